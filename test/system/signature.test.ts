import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { ed448 } from '@noble/curves/ed448.js'
import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToNumberLE } from '@noble/curves/utils.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { shake256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { concat, toHex } from '../../src/encoding/bytes.ts'
import { signatureSchemes, verifySignature } from '../../src/signature/portable.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { testSignatureBackend } from '../support/harness/signature-backend.ts'
import { casesOf } from '../support/harness/sweep-step.ts'
import { bitString, oid, sequence } from '../support/make/asn1.ts'
import { freshSignatures } from '../support/make/fresh-signatures.ts'

describe('the native backend', () => testSignatureBackend(verifySignatureNative))

test('both backends agree on whatever mutation of a valid signature', () => {
  const mutation = fc.record({
    one: fc.constantFrom(...freshSignatures),
    other: fc.constantFrom(...freshSignatures),
    part: fc.constantFrom('spki', 'signature'),
    // Where structure is: the first bytes, or anywhere.
    at: fc.oneof(fc.nat(40), fc.nat(1000)),
    change: fc.oneof(
      fc.record({ xor: fc.integer({ min: 1, max: 255 }) }),
      fc.record({ byte: fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff) }),
      fc.record({ insert: fc.nat(255) }),
      fc.constant({ remove: true }),
      fc.constant({ swap: true }),
    ),
    scheme: fc.option(fc.constantFrom(...signatureSchemes), { freq: 5 }),
  })
  fc.assert(
    fc.property(mutation, ({ one, other, part, at, change, scheme }) => {
      const parts = { spki: one.spki, signature: one.signature }
      parts[part] =
        'swap' in change ? other[part] : mutated(one[part], at % one[part].length, change)
      agreed(scheme ?? one.scheme, parts.spki, one.message, parts.signature)
    }),
    { numRuns: casesOf(600) },
  )
})

for (const [curve, { Point }, challenge] of [
  ['ed25519', ed25519, (bytes: Uint8Array) => sha512(bytes)],
  ['ed448', ed448, (bytes: Uint8Array) => shake256(concat(SIG_ED448, bytes), { dkLen: 114 })],
] as const) {
  const size = Point.Fp.BYTES

  test(`${curve}: both backends agree on points with a part of small order, in every encoding`, () => {
    const small = smallOrderPoints(Point)
    assert.equal(small.length, curve === 'ed25519' ? 8 : 4)
    const [a, r] = [123_456_789_123_456_789n, 987_654_321n]
    let accepted = 0
    for (const keyPart of small) {
      for (const commitmentPart of small) {
        for (const [key, commitment] of [
          [a, r],
          [0n, r],
          [a, 0n],
          [0n, 0n],
        ] as const) {
          const spkiPoints = encodings(Point, Point.BASE.multiplyUnsafe(key).add(keyPart))
          const rPoints = encodings(
            Point,
            Point.BASE.multiplyUnsafe(commitment).add(commitmentPart),
          )
          for (const point of spkiPoints) {
            for (const rPoint of rPoints) {
              const message = Uint8Array.of(1)
              const k = Point.Fn.create(bytesToNumberLE(challenge(concat(rPoint, point, message))))
              const s = Point.Fn.toBytes(Point.Fn.create(commitment + k * key))
              const signature = concat(rPoint, s, new Uint8Array(size - s.length))
              const answer = agreed(curve, spkiOfPoint(curve, point), message, signature)
              if (answer) accepted++
              const isSmall = key === 0n || commitment === 0n
              assert(!(answer && isSmall), 'a point of small order is accepted')
            }
          }
        }
      }
    }
    assert(accepted > 0)
  })

  test(`${curve}: both backends refuse s plus the order`, () => {
    for (const { spki, signature, message, scheme } of freshSignatures) {
      if (scheme !== curve) continue
      const s = bytesToNumberLE(signature.subarray(size)) + Point.Fn.ORDER
      const larger = concat(signature.subarray(0, size), littleEndian(s, size))
      assert(agreed(curve, spki, message, signature))
      assert(!agreed(curve, spki, message, larger))
    }
  })
}

test('the native backend loads neither the curves nor forge', () => {
  const reached = new Set<string>()
  const packages = new Set<string>()
  const visit = (url: URL) => {
    if (reached.has(url.href)) return
    reached.add(url.href)
    for (const [, specifier = ''] of readFileSync(url, 'utf8').matchAll(IMPORT)) {
      if (specifier.startsWith('.')) visit(new URL(specifier, url))
      else packages.add(specifier)
    }
  }
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  visit(new URL(`../../src/system/signature.${extension}`, import.meta.url))
  assert.deepEqual([...packages].sort(), ['@noble/hashes/utils.js', 'node:crypto'])
})

/** Both backends' one answer. */
function agreed(
  scheme: string,
  spki: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const portable = verifySignature(scheme, spki, message, signature)
  const native = verifySignatureNative(scheme, spki, message, signature)
  assert.equal(native, portable, `${scheme}, key ${toHex(spki)}, signature ${toHex(signature)}`)
  return portable
}

type Change =
  | { readonly xor: number }
  | { readonly byte: number }
  | { readonly insert: number }
  | { readonly remove: boolean }

function mutated(bytes: Uint8Array, at: number, change: Change): Uint8Array {
  if ('xor' in change) return bytes.with(at, (bytes[at] ?? 0) ^ change.xor)
  if ('byte' in change) return bytes.with(at, change.byte)
  const inserted = 'insert' in change ? [change.insert] : []
  const rest = bytes.subarray('insert' in change ? at : at + 1)
  return Uint8Array.of(...bytes.subarray(0, at), ...inserted, ...rest)
}

type Edwards = typeof ed25519.Point | typeof ed448.Point
type EdwardsPoint = InstanceType<Edwards>

/** The points whose order divides the cofactor: multiples of the order of any point that has such a part. */
function smallOrderPoints(Point: Edwards): EdwardsPoint[] {
  let best: EdwardsPoint[] = []
  for (let seed = 2; seed < 100; seed++) {
    try {
      const point = Point.fromBytes(new Uint8Array(Point.Fp.BYTES).fill(seed, 0, 1))
      const generator = point.multiplyUnsafe(Point.Fn.ORDER - 1n).add(point)
      const multiples = [Point.ZERO]
      for (let next = generator; !next.is0(); next = next.add(generator)) multiples.push(next)
      if (multiples.length > best.length) best = multiples
    } catch {
      // Not every y is a point's.
    }
  }
  return best
}

/** A point's encoding and the wrong ones: y plus the prime where it fits, the sign of x flipped where x is 0. */
function encodings(Point: Edwards, point: EdwardsPoint): Uint8Array[] {
  const right = point.toBytes()
  const { x, y } = point.toAffine()
  const sign = (right.at(-1) ?? 0) & 0x80
  const larger = littleEndian(y + Point.Fp.ORDER, right.length)
  const wrong = (larger.at(-1) ?? 0) < 0x80 ? [larger.with(-1, (larger.at(-1) ?? 0) | sign)] : []
  if (x === 0n) wrong.push(right.with(-1, (right.at(-1) ?? 0) ^ 0x80))
  return [right, ...wrong]
}

function littleEndian(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
}

function spkiOfPoint(curve: 'ed25519' | 'ed448', point: Uint8Array): Uint8Array {
  const algorithm = curve === 'ed25519' ? '1.3.101.112' : '1.3.101.113'
  return sequence(sequence(oid(algorithm)), bitString(point))
}

/** dom4(0, "") (RFC 8032 §2). */
const SIG_ED448 = Uint8Array.of(...new TextEncoder().encode('SigEd448'), 0, 0)

const IMPORT = /^(?:import|export)\s(?!type\s)[^'"]*from\s+['"]([^'"]+)['"]/gm
