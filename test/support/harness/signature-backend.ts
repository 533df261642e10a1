// What every signature backend must do, as tests over keys made on the spot: both backends run the same ones.

import assert from 'node:assert/strict'
import { sign } from 'node:crypto'
import { describe, test } from 'node:test'
import { signatureSchemes, type VerifySignature } from '../../../src/signature/portable.ts'
import { bitString, integer, nullValue, oid, sequence, tlv } from '../make/asn1.ts'
import {
  type FreshSignature,
  freshSignature,
  freshSignatures,
  keys,
  message,
  signAs,
  spkiOf,
} from '../make/fresh-signatures.ts'
import { toBigInt, toBytes } from '../make/rsa-numbers.ts'
import { testRsa } from './signature-backend-rsa.ts'

export function testSignatureBackend(verify: VerifySignature): void {
  describe('it accepts', () => {
    for (const one of freshSignatures) {
      test(`${one.scheme} by ${one.by}`, () => assert(verifies(verify, one)))
    }
    test('every scheme it claims, at least once', () => {
      const used = new Set(freshSignatures.map(({ scheme }) => scheme))
      assert.deepEqual([...used].sort(), [...signatureSchemes].sort())
    })
    test('a signature over an empty message', () => {
      const empty = new Uint8Array(0)
      const { privateKey } = keys['P-256']
      const ecdsa = sign('sha256', empty, privateKey)
      assert(verify('ecdsa_sha256', spkiOf(keys['P-256']), empty, ecdsa))
      assert(
        verify('ed25519', spkiOf(keys.Ed25519), empty, sign(null, empty, keys.Ed25519.privateKey)),
      )
    })
  })

  describe('it refuses', () => {
    test('a signature under every other scheme', () => {
      for (const one of freshSignatures) {
        for (const scheme of signatureSchemes) {
          const same =
            scheme.replace('pss_pss', 'pss_rsae') === one.scheme.replace('pss_pss', 'pss_rsae')
          assert.equal(verifies(verify, { ...one, scheme }), same, `${one.scheme} as ${scheme}`)
        }
      }
    })
    test('a signature under every other key', () => {
      for (const one of freshSignatures) {
        for (const [by, key] of Object.entries(keys)) {
          const answer = verifies(verify, { ...one, spki: spkiOf(key) })
          assert.equal(answer, by === one.by, `${one.by} as ${by}`)
        }
      }
    })
    test('a flipped bit of the message or of the signature', () => {
      for (const one of freshSignatures) {
        assert(!verifies(verify, { ...one, message: flipped(message, 8 * message.length - 1) }))
        for (const bit of [0, 7, 4 * one.signature.length, 8 * one.signature.length - 1]) {
          assert(!verifies(verify, { ...one, signature: flipped(one.signature, bit) }), one.scheme)
        }
      }
    })
    test('a signature with a byte more or less at either end, or none', () => {
      for (const one of freshSignatures) {
        const { signature: s } = one
        for (const signature of [[...s, 0], [0, ...s], s.subarray(1), s.subarray(0, -1), []]) {
          assert(!verifies(verify, { ...one, signature: Uint8Array.from(signature) }), one.scheme)
        }
      }
    })
    test('a key with a byte more or less, or none', () => {
      for (const one of freshSignatures) {
        const { spki: k } = one
        for (const spki of [[...k, 0], k.subarray(0, -1), k.subarray(1), []]) {
          assert(!verifies(verify, { ...one, spki: Uint8Array.from(spki) }), one.scheme)
        }
      }
    })
    test('an unknown scheme, with a RangeError', () => {
      const { spki, signature } = freshSignature('ed25519', 'Ed25519')
      for (const scheme of ['', 'rsa_pkcs1_md5', 'ecdsa_secp256r1_sha256', 'ED25519', 'toString']) {
        assert.throws(() => verify(scheme, spki, message, signature), RangeError)
      }
    })
  })

  describe('RSA', () => testRsa(verify))
  describe('ECDSA', () => testEcdsa(verify))
}

function testEcdsa(verify: VerifySignature): void {
  const one = freshSignature('ecdsa_sha256', 'P-256')
  const { r, s } = decodeEcdsa(one.signature)
  const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const encoded = (...parts: Uint8Array[]) => sequence(...parts)
  const accepts = (signature: Uint8Array) => verifies(verify, { ...one, signature })

  test('both s and its negative', () => {
    assert(accepts(encoded(integer(r), integer(s))))
    assert(accepts(encoded(integer(r), integer(n - s))))
  })

  test('nothing but DER', () => {
    const [rBytes, sBytes] = [integer(r), integer(s)]
    const content = Buffer.concat([rBytes, sBytes])
    const refused = [
      encoded(tlv(2, Uint8Array.of(0, ...rBytes.subarray(2))), sBytes),
      encoded(rBytes, sBytes, nullValue()),
      Uint8Array.of(...encoded(rBytes, sBytes), 5, 0),
      Uint8Array.of(0x30, 0x81, content.length, ...content),
      Uint8Array.of(0x30, 0x80, ...content, 0, 0),
      tlv(0x31, content),
      encoded(rBytes),
      encoded(tlv(4, rBytes.subarray(2)), sBytes),
      encoded(tlv(2), sBytes),
      Buffer.concat([toBytes(r, 32), toBytes(s, 32)]),
    ]
    for (const [i, signature] of refused.entries()) assert(!accepts(signature), `${i}`)
  })

  test('a negative r, though its octets are those of the right one', () => {
    let numbers = { r, s }
    while (numbers.r < 1n << 255n) numbers = decodeEcdsa(signAs('ecdsa_sha256', keys['P-256']))
    assert(accepts(encoded(integer(numbers.r), integer(numbers.s))))
    assert(!accepts(encoded(tlv(2, toBytes(numbers.r, 32)), integer(numbers.s))))
  })

  test('r and s in [1, n - 1] only', () => {
    for (const bad of [0n, n, n + 1n, r + n, 1n << 256n])
      assert(!accepts(encoded(integer(bad), integer(s))))
    for (const bad of [0n, n, s + n, 1n << 300n])
      assert(!accepts(encoded(integer(r), integer(bad))))
  })

  test('a compressed point is the same key, its mirror is not', () => {
    for (const by of ['P-256', 'P-384', 'P-521'] as const) {
      const one = freshSignature('ecdsa_sha384', by)
      const { x = '', y = '' } = keys[by].publicKey.export({ format: 'jwk' })
      const sign = (Buffer.from(y, 'base64url').at(-1) ?? 0) & 1
      const spki = (prefix: number) =>
        ecSpki(by, Buffer.concat([Uint8Array.of(prefix), Buffer.from(x, 'base64url')]))
      assert(verifies(verify, { ...one, spki: spki(2 + sign) }))
      assert(!verifies(verify, { ...one, spki: spki(3 - sign) }))
    }
  })

  test('a point that is not on the curve', () => {
    const point = one.spki.subarray(-65)
    for (const other of [
      flipped(point, 8 * 65 - 1),
      Uint8Array.of(4, ...new Uint8Array(64)),
      Uint8Array.of(4, ...new Uint8Array(64).fill(0xff)),
      Uint8Array.of(2, ...new Uint8Array(32).fill(0xff)),
    ]) {
      assert(!verifies(verify, { ...one, spki: ecSpki('P-256', other) }))
    }
  })
}

function verifies(verify: VerifySignature, one: Omit<FreshSignature, 'by'>): boolean {
  return verify(one.scheme, one.spki, one.message, one.signature)
}

function ecSpki(by: 'P-256' | 'P-384' | 'P-521', point: Uint8Array): Uint8Array {
  const curve = { 'P-256': '1.2.840.10045.3.1.7', 'P-384': '1.3.132.0.34', 'P-521': '1.3.132.0.35' }
  return sequence(sequence(oid('1.2.840.10045.2.1'), oid(curve[by])), bitString(point))
}

function decodeEcdsa(signature: Uint8Array) {
  const length = signature[3] ?? 0
  const [r, s] = [signature.subarray(4, 4 + length), signature.subarray(6 + length)]
  return { r: toBigInt(r), s: toBigInt(s) }
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  return Uint8Array.from(bytes).with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7)))
}
