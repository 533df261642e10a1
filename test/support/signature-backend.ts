// What every signature backend must do, as tests over keys made on the spot: both backends run the same ones.

import assert from 'node:assert/strict'
import {
  constants,
  createHash,
  privateDecrypt,
  privateEncrypt,
  publicDecrypt,
  sign,
} from 'node:crypto'
import { describe, test } from 'node:test'
import { signatureSchemes, type VerifySignature } from '../../src/signature.ts'
import { bitString, context, integer, nullValue, oid, sequence, tlv } from './asn1.ts'
import {
  type FreshSignature,
  freshSignature,
  freshSignatures,
  keys,
  message,
  rsaSpki,
  signAs,
  spkiOf,
} from './fresh-signatures.ts'
import { cubeKey, gcd, inverse, numbersOf, pkcs1, power, toBigInt, toBytes } from './rsa-numbers.ts'

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

function testRsa(verify: VerifySignature): void {
  const { privateKey } = keys['RSA-1024']
  const padding = constants.RSA_NO_PADDING
  const spki = spkiOf(keys['RSA-1024'])
  const sha256 = createHash('sha256').update(message).digest()
  const algorithm = sequence(oid('2.16.840.1.101.3.4.2.1'), nullValue())
  const digestInfo = sequence(algorithm, tlv(4, sha256))

  /** Whether what opens to these bytes verifies. */
  const opensTo = (scheme: string, em: Uint8Array) =>
    verify(scheme, spki, message, privateEncrypt({ key: privateKey, padding }, em))

  test('PKCS #1: one encoding and no other', () => {
    const em = pkcs1(128, digestInfo)
    assert(opensTo('rsa_pkcs1_sha256', em))
    const withoutNull = sequence(sequence(oid('2.16.840.1.101.3.4.2.1')), tlv(4, sha256))
    const wrongHash = sequence(sequence(oid('2.16.840.1.101.3.4.2.3'), nullValue()), tlv(4, sha256))
    const longLength = Buffer.concat([Uint8Array.of(0x30, 0x81), digestInfo.subarray(1)])
    const others = [
      pkcs1(128, withoutNull),
      pkcs1(128, wrongHash),
      pkcs1(128, longLength),
      pkcs1(128, sha256),
      pkcs1(128, sequence(algorithm, tlv(4, sha256), nullValue())),
      pkcs1(128, Buffer.concat([digestInfo, Uint8Array.of(0)])),
      Buffer.concat([pkcs1(64, digestInfo), new Uint8Array(64)]),
      em.with(1, 2),
      em.with(1, 0),
      em.with(2, 0),
      em.with(50, 0),
      em.with(50, 0xfe),
    ]
    for (const [i, other] of others.entries()) assert(!opensTo('rsa_pkcs1_sha256', other), `${i}`)
  })

  test('MD5 with SHA-1: bare hashes only', () => {
    const md5 = createHash('md5').update(message).digest()
    const sha1 = createHash('sha1').update(message).digest()
    assert(opensTo('rsa_pkcs1_md5_sha1', pkcs1(128, Buffer.concat([md5, sha1]))))
    for (const tail of [[sha1, md5], [md5], [sha1], [tlv(4, md5, sha1)]]) {
      assert(!opensTo('rsa_pkcs1_md5_sha1', pkcs1(128, Buffer.concat(tail))))
    }
  })

  test('PSS: a modulus of 8k + 1 bits, whose first byte opened must be 0', () => {
    const scheme = 'rsa_pss_rsae_sha256'
    const key = keys['RSA-1033']
    const { n = '' } = key.publicKey.export({ format: 'jwk' })
    const raw = (opened: Uint8Array) => privateDecrypt({ key: key.privateKey, padding }, opened)
    for (let i = 0; ; i++) {
      assert(i < 300, 'no encoding found that stays below the modulus with its first byte 1')
      const em = publicDecrypt({ key: key.publicKey, padding }, signAs(scheme, key))
      assert.equal(em[0], 0)
      const larger = em.with(0, 1)
      if (Buffer.compare(larger, Buffer.from(n, 'base64url')) >= 0) continue
      assert(verify(scheme, spkiOf(key), message, raw(em)))
      assert(!verify(scheme, spkiOf(key), message, raw(larger)))
      break
    }
  })

  test('PSS: nothing but a salt as long as the hash, and MGF1 of the same hash', () => {
    const { publicKey } = keys['RSA-1024']
    const { signature } = freshSignature('rsa_pss_rsae_sha256', 'RSA-1024')
    const em = publicDecrypt({ key: publicKey, padding }, signature)
    assert(opensTo('rsa_pss_rsae_sha256', em))
    for (const at of [0, 1, 60, 94, 95, 126, 127]) {
      assert(!opensTo('rsa_pss_rsae_sha256', em.with(at, (em[at] ?? 0) ^ 0x40)), `${at}`)
    }
  })

  test('an id-RSASSA-PSS key allows what its parameters say, and never PKCS #1', () => {
    const one = freshSignature('rsa_pss_rsae_sha256', 'RSA-2048')
    const hash = (name: string) => sequence(oid(name), nullValue())
    const sha256Oid = '2.16.840.1.101.3.4.2.1'
    const sha384Oid = '2.16.840.1.101.3.4.2.2'
    const restricted = (message: string, mask: string, salt: number) =>
      pssSpki(
        one.spki,
        sequence(
          context(0, hash(message)),
          context(1, sequence(oid('1.2.840.113549.1.1.8'), hash(mask))),
          context(2, integer(salt)),
        ),
      )
    const cases: [Uint8Array, boolean][] = [
      [pssSpki(one.spki), true],
      [restricted(sha256Oid, sha256Oid, 32), true],
      [restricted(sha256Oid, sha256Oid, 0), true],
      [restricted(sha256Oid, sha256Oid, 33), false],
      [restricted(sha384Oid, sha256Oid, 32), false],
      [restricted(sha256Oid, sha384Oid, 32), false],
      [restricted('2.16.840.1.101.3.4.2.8', sha256Oid, 32), false],
      [pssSpki(one.spki, sequence()), false],
      [pssSpki(one.spki, nullValue()), false],
    ]
    for (const [i, [spki, expected]] of cases.entries()) {
      assert.equal(verifies(verify, { ...one, spki }), expected, `${i}`)
      assert.equal(verifies(verify, { ...one, spki, scheme: 'rsa_pss_pss_sha256' }), expected)
    }
    const pkcs1 = freshSignature('rsa_pkcs1_sha256', 'RSA-2048')
    assert(!verifies(verify, { ...pkcs1, spki: pssSpki(pkcs1.spki) }))
  })

  test('moduli of 512 to 16384 bits, no other', () => {
    const sizes: [number, boolean][] = [
      [504, false],
      [511, false],
      [512, true],
      [513, true],
      [3071, true],
      [16384, true],
      [16385, false],
      [16392, false],
      [32768, false],
    ]
    for (const [bits, expected] of sizes) {
      const { spki, signature } = cubeKey(bits, digestInfo)
      assert.equal(verify('rsa_pkcs1_sha256', spki, message, signature), expected, `${bits} bits`)
    }
  })

  test('a modulus too short for the encoding', () => {
    const { spki } = cubeKey(512, digestInfo)
    const signature = new Uint8Array(64).fill(1)
    for (const scheme of ['rsa_pkcs1_sha384', 'rsa_pkcs1_sha512', 'rsa_pss_rsae_sha256']) {
      assert(!verify(scheme, spki, message, signature))
    }
  })

  test('an even modulus, an even exponent, or the exponent 1', () => {
    const { n = '' } = keys['RSA-1024'].publicKey.export({ format: 'jwk' })
    const modulus = toBigInt(Buffer.from(n, 'base64url'))
    const em = pkcs1(128, digestInfo)
    assert(!verify('rsa_pkcs1_sha256', rsaSpki(modulus, 1n), message, em), 'exponent 1')
    const { signature } = freshSignature('rsa_pkcs1_sha256', 'RSA-1024')
    assert(!verify('rsa_pkcs1_sha256', rsaSpki(modulus - 1n, 65537n), message, signature))
    // s^2 = em (mod s^2 - em): a valid signature, were 2 an exponent.
    const s = (1n << 512n) - 1n
    const square = rsaSpki(s ** 2n - toBigInt(em), 2n)
    assert(!verify('rsa_pkcs1_sha256', square, message, toBytes(s, 128)), 'exponent 2')
  })

  test('exponents to 64 bits, no longer ones', () => {
    const { n, order } = numbersOf('RSA-1024')
    const exponents: [bigint, boolean][] = [
      [5n, true],
      [2n ** 32n + 1n, true],
      [2n ** 63n + 1n, true],
      [2n ** 64n + 1n, false],
      [2n ** 128n + 1n, false],
    ]
    for (const [least, expected] of exponents) {
      let e = least
      while (gcd(e, order) !== 1n) e += 2n
      const signature = toBytes(power(toBigInt(pkcs1(128, digestInfo)), inverse(e, order), n), 128)
      assert.equal(verify('rsa_pkcs1_sha256', rsaSpki(n, e), message, signature), expected, `${e}`)
    }
  })

  test('a signature at or above the modulus', () => {
    const one = freshSignature('rsa_pkcs1_sha256', 'RSA-1034')
    const { n } = numbersOf('RSA-1034')
    const length = one.signature.length
    const signature = toBytes(toBigInt(one.signature) + n, length + 1)
    for (const bytes of [
      signature,
      signature.subarray(1),
      toBytes(n, length),
      toBytes(0n, length),
    ]) {
      assert(!verifies(verify, { ...one, signature: bytes }))
    }
  })

  test('the slowest keys in bounds end in time', { timeout: 10_000 }, () => {
    for (const [bits, e] of [
      [16384n, 2n ** 24n - 1n],
      [10033n, 2n ** 64n - 1n],
    ] as const) {
      const n = 2n ** bits - 1n
      const signature = toBytes(n / 3n, Math.ceil(Number(bits) / 8))
      assert(!verify('rsa_pkcs1_sha256', rsaSpki(n, e), message, signature))
    }
  })
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

/** The same RSA key under id-RSASSA-PSS; `spki` has the 24 bytes of header that 2048-bit rsaEncryption keys have. */
function pssSpki(spki: Uint8Array, ...parameters: Uint8Array[]): Uint8Array {
  return sequence(
    sequence(oid('1.2.840.113549.1.1.10'), ...parameters),
    bitString(spki.subarray(24)),
  )
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
