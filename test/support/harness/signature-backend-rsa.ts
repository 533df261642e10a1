// What every signature backend must do with RSA keys and signatures that no honest peer makes (RFC 8017, RFC 4055).

import assert from 'node:assert/strict'
import {
  constants,
  createHash,
  privateDecrypt,
  privateEncrypt,
  publicDecrypt,
  sign,
} from 'node:crypto'
import { test } from 'node:test'
import type { VerifySignature } from '../../../src/signature/portable.ts'
import { bitString, context, integer, nullValue, oid, sequence, tlv } from '../make/asn1.ts'
import {
  type FreshSignature,
  freshSignature,
  keys,
  message,
  rsaSpki,
  signAs,
  spkiOf,
} from '../make/fresh-signatures.ts'
import {
  cubeKey,
  gcd,
  inverse,
  numbersOf,
  pkcs1,
  power,
  toBigInt,
  toBytes,
} from '../make/rsa-numbers.ts'

export function testRsa(verify: VerifySignature): void {
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

  // emBits is one less than the modulus's bits, so the first bit of what a signature opens to must be 0.
  for (const [name, firstBit] of [
    ['RSA-1024', 0x80],
    ['RSA-1033', 0x01],
    ['RSA-1034', 0x02],
  ] as const) {
    test(`PSS by ${name}: a first bit that is not 0`, () => {
      const scheme = 'rsa_pss_rsae_sha256'
      const key = keys[name]
      const { n = '' } = key.publicKey.export({ format: 'jwk' })
      const raw = (opened: Uint8Array) => privateDecrypt({ key: key.privateKey, padding }, opened)
      for (let i = 0; ; i++) {
        assert(i < 1000, 'no encoding found that stays below the modulus with its first bit set')
        const em = publicDecrypt({ key: key.publicKey, padding }, signAs(scheme, key))
        const larger = em.with(0, (em[0] ?? 0) | firstBit)
        if (Buffer.compare(larger, Buffer.from(n, 'base64url')) >= 0) continue
        assert(verify(scheme, spkiOf(key), message, raw(em)))
        assert(!verify(scheme, spkiOf(key), message, raw(larger)))
        break
      }
    })
  }

  test('PSS: an encoding with any part changed', () => {
    const { publicKey } = keys['RSA-1024']
    const { signature } = freshSignature('rsa_pss_rsae_sha256', 'RSA-1024')
    const em = publicDecrypt({ key: publicKey, padding }, signature)
    assert(opensTo('rsa_pss_rsae_sha256', em))
    // DB is 62 bytes 00, then 01, then 32 of salt; then come 32 of H, and bc.
    for (const at of [1, 61, 62, 63, 94, 95, 126, 127]) {
      assert(!opensTo('rsa_pss_rsae_sha256', em.with(at, (em[at] ?? 0) ^ 0x40)), `${at}`)
    }
  })

  test('PSS: a salt longer or shorter than the hash', () => {
    for (const [saltLength, expected] of [
      [32, true],
      [0, false],
      [20, false],
      [31, false],
      [33, false],
      [94 - 32, false],
    ] as const) {
      const padding = constants.RSA_PKCS1_PSS_PADDING
      const signature = sign('sha256', message, { key: privateKey, padding, saltLength })
      assert.equal(
        verify('rsa_pss_rsae_sha256', spki, message, signature),
        expected,
        `${saltLength}`,
      )
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

  test('moduli of 512 to 8192 bits, no other', () => {
    const sizes: [number, boolean][] = [
      [504, false],
      [511, false],
      [512, true],
      [513, true],
      [3071, true],
      [8192, true],
      [8193, false],
      [8200, false],
      [32768, false],
    ]
    for (const [bits, expected] of sizes) {
      const { spki, signature } = cubeKey(bits, digestInfo)
      assert.equal(verify('rsa_pkcs1_sha256', spki, message, signature), expected, `${bits} bits`)
    }
  })

  test('a modulus too short for 8 bytes of padding', () => {
    const sha384 = createHash('sha384').update(message).digest()
    const algorithm = sequence(oid('2.16.840.1.101.3.4.2.2'), nullValue())
    for (const [length, expected] of [
      [70, false],
      [77, false],
      [78, true],
    ] as const) {
      const { spki, signature } = cubeKey(8 * length, sequence(algorithm, tlv(4, sha384)))
      assert.equal(verify('rsa_pkcs1_sha384', spki, message, signature), expected, `${length}`)
      assert(!verify('rsa_pkcs1_sha512', spki, message, signature))
      assert(!verify('rsa_pss_rsae_sha384', spki, message, signature))
    }
  })

  test('an even exponent, or the exponent 1', () => {
    const { n } = numbersOf('RSA-1024')
    const em = pkcs1(128, digestInfo)
    assert(!verify('rsa_pkcs1_sha256', rsaSpki(n, 1n), message, em), 'exponent 1')
    // s^2 = em (mod s^2 - em): a valid signature, were 2 an exponent.
    const s = (1n << 512n) - 1n
    const square = rsaSpki(s ** 2n - toBigInt(em), 2n)
    assert(!verify('rsa_pkcs1_sha256', square, message, toBytes(s, 128)), 'exponent 2')
  })

  test('exponents to 32 bits, no longer ones', () => {
    const { n, order } = numbersOf('RSA-1024')
    const exponents: [bigint, boolean][] = [
      [5n, true],
      [2n ** 31n + 1n, true],
      [2n ** 32n + 1n, false],
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

  test('the slowest keys in bounds give an answer', { timeout: 120_000 }, () => {
    const n = 2n ** 8192n - 1n
    const signature = toBytes(n / 3n, 1024)
    assert(!verify('rsa_pkcs1_sha256', rsaSpki(n, 2n ** 32n - 1n), message, signature))
  })
}

/** The same RSA key under id-RSASSA-PSS; `spki` has the 24 bytes of header that 2048-bit rsaEncryption keys have. */
function pssSpki(spki: Uint8Array, ...parameters: Uint8Array[]): Uint8Array {
  return sequence(
    sequence(oid('1.2.840.113549.1.1.10'), ...parameters),
    bitString(spki.subarray(24)),
  )
}

function verifies(verify: VerifySignature, one: Omit<FreshSignature, 'by'>): boolean {
  return verify(one.scheme, one.spki, one.message, one.signature)
}
