import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { DecodeError, type DecodeErrorCode } from '../../src/errors.ts'
import { decodeSpki, describeKey, keyIdentity } from '../../src/signature/public-key.ts'
import { casesOf } from '../support/harness/sweep-step.ts'
import { bitString, context, integer, nullValue, oid, sequence, tlv } from '../support/make/asn1.ts'
import { keys, rsaSpki, spkiOf } from '../support/make/fresh-signatures.ts'

const OID = {
  rsaEncryption: oid('1.2.840.113549.1.1.1'),
  mgf1: oid('1.2.840.113549.1.1.8'),
  rsassaPss: oid('1.2.840.113549.1.1.10'),
  ecPublicKey: oid('1.2.840.10045.2.1'),
  p256: oid('1.2.840.10045.3.1.7'),
  ed25519: oid('1.3.101.112'),
  ed448: oid('1.3.101.113'),
  sha1: oid('1.3.14.3.2.26'),
  sha256: oid('2.16.840.1.101.3.4.2.1'),
  sha3: oid('2.16.840.1.101.3.4.2.8'),
}
const rsaKey = sequence(integer((1n << 1023n) + 1n), integer(65537))
const point = Uint8Array.of(4, ...new Uint8Array(64))

describe('keyIdentity', () => {
  const ec = (encoded: Uint8Array): Uint8Array =>
    sequence(sequence(OID.ecPublicKey, OID.p256), bitString(encoded))
  const rsa = (modulus: bigint, exponent: number, algorithm: Uint8Array): Uint8Array =>
    sequence(algorithm, bitString(sequence(integer(modulus), integer(exponent))))
  const plainRsa = sequence(OID.rsaEncryption, nullValue())
  const modulus = (1n << 2047n) + 1n

  test('is one for a point however it is written, and for its negative', () => {
    const x = new Uint8Array(32).fill(7)
    const spellings = [
      Uint8Array.of(4, ...x, ...new Uint8Array(32).fill(8)),
      Uint8Array.of(2, ...x),
      Uint8Array.of(3, ...x),
    ]
    assert.equal(new Set(spellings.map((one) => keyIdentity(ec(one)))).size, 1)
    assert.notEqual(keyIdentity(ec(Uint8Array.of(2, ...x))), keyIdentity(ec(point)))
  })

  test('is one for an RSA modulus under both algorithms and with any exponent', () => {
    const spellings = [
      rsa(modulus, 65537, plainRsa),
      rsa(modulus, 3, plainRsa),
      rsa(modulus, 65537, sequence(OID.rsassaPss)),
    ]
    assert.equal(new Set(spellings.map(keyIdentity)).size, 1)
    assert.notEqual(
      keyIdentity(rsa(modulus, 3, plainRsa)),
      keyIdentity(rsa(modulus + 2n, 3, plainRsa)),
    )
  })

  test('is one for both signs of an Edwards point', () => {
    const ed = (last: number): string =>
      keyIdentity(sequence(sequence(OID.ed25519), bitString(new Uint8Array(32).with(31, last))))
    assert.equal(ed(0x01), ed(0x81))
    assert.notEqual(ed(0x01), ed(0x02))
  })

  test('is that of the bytes for a key that does not decode', () => {
    const [one, two] = [Uint8Array.of(0x30, 0x00), Uint8Array.of(0x30)]
    assert.equal(keyIdentity(one), keyIdentity(one.slice()))
    assert.notEqual(keyIdentity(one), keyIdentity(two))
  })
})

describe('decodeSpki decodes', () => {
  const kinds: [keyof typeof keys, string, string][] = [
    ['RSA-1024', 'rsa', 'RSA-1024'],
    ['RSA-1033', 'rsa', 'RSA-1033'],
    ['RSA-2048', 'rsa', 'RSA-2048'],
    ['RSA-PSS', 'rsa', 'RSA-PSS-2048'],
    ['P-256', 'ec', 'P-256'],
    ['P-384', 'ec', 'P-384'],
    ['P-521', 'ec', 'P-521'],
    ['Ed25519', 'ed25519', 'Ed25519'],
    ['Ed448', 'ed448', 'Ed448'],
  ]
  for (const [name, type, description] of kinds) {
    test(`${name}, described as "${description}"`, () => {
      const key = decodeSpki(spkiOf(keys[name]))
      assert.equal(key.type, type)
      assert.equal(describeKey(key), description)
    })
  }

  test('the numbers of an RSA key without their sign octet', () => {
    const key = decodeSpki(spkiOf(keys['RSA-2048']))
    assert(key.type === 'rsa')
    const { n, e } = keys['RSA-2048'].publicKey.export({ format: 'jwk' })
    assert.equal(Buffer.from(key.modulus).toString('base64url'), n)
    assert.equal(Buffer.from(key.exponent).toString('base64url'), e)
    assert.equal(key.pss, undefined)
  })

  test('the true bit length of a modulus', () => {
    for (const bits of [1, 7, 8, 9, 512, 1023, 1025]) {
      const key = decodeSpki(rsaSpki(1n << BigInt(bits - 1), 3n))
      assert.equal(key.type === 'rsa' && key.bits, bits)
    }
  })

  test('a point, compressed or not', () => {
    const { x = '', y = '' } = keys['P-256'].publicKey.export({ format: 'jwk' })
    const key = decodeSpki(spkiOf(keys['P-256']))
    assert(key.type === 'ec')
    assert.equal(
      Buffer.from(key.point).toString('hex'),
      `04${Buffer.from(x, 'base64url').toString('hex')}${Buffer.from(y, 'base64url').toString('hex')}`,
    )
    for (const sign of [2, 3]) {
      const compressed = Uint8Array.of(sign, ...new Uint8Array(32))
      const spki = sequence(sequence(OID.ecPublicKey, OID.p256), bitString(compressed))
      assert.deepEqual(decodeSpki(spki), { type: 'ec', curve: 'P-256', point: compressed })
    }
  })

  test('the restrictions of an id-RSASSA-PSS key', () => {
    const free = decodeSpki(spkiOf(keys['RSA-PSS']))
    assert.deepEqual(free.type === 'rsa' && free.pss, {})
    const bound = decodeSpki(spkiOf(keys['RSA-PSS for sha256']))
    const expected = { hash: 'sha256', mgfHash: 'sha256', saltLength: 32 }
    assert.deepEqual(bound.type === 'rsa' && bound.pss, expected)
  })

  test('the defaults of RSASSA-PSS-params, left out or written out', () => {
    const defaults = { hash: 'sha1', mgfHash: 'sha1', saltLength: 20 }
    const sha1 = sequence(OID.sha1, nullValue())
    const written = [
      context(0, sha1),
      context(1, sequence(OID.mgf1, sha1)),
      context(2, integer(20)),
      context(3, integer(1)),
    ]
    for (const parts of [[], written, written.slice(0, 1), written.slice(3)]) {
      const key = decodeSpki(pssSpki(sequence(...parts)))
      assert.deepEqual(key.type === 'rsa' && key.pss, defaults)
    }
  })

  test('hashes with absent parameters, and unknown ones as their OID', () => {
    const parameters = sequence(context(0, sequence(OID.sha256)), context(1, mgf1(OID.sha3)))
    const key = decodeSpki(pssSpki(parameters))
    const expected = { hash: 'sha256', mgfHash: '2.16.840.1.101.3.4.2.8', saltLength: 20 }
    assert.deepEqual(key.type === 'rsa' && key.pss, expected)
  })

  test('other algorithms and other curves as unsupported', () => {
    const pairs = [
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
      generateKeyPairSync('x25519'),
    ]
    const dsa = spki([oid('1.2.840.10040.4.1'), sequence(integer(7))], integer(3))
    const [secp256k1, x25519, other] = [...pairs.map(spkiOf), dsa].map(decodeSpki)
    assert(secp256k1 && x25519 && other)
    const [algorithm, curve] = ['1.2.840.10045.2.1', '1.3.132.0.10']
    assert.deepEqual(secp256k1, { type: 'unsupported', algorithm, curve })
    assert.equal(describeKey(secp256k1), 'curve 1.3.132.0.10')
    assert.deepEqual(x25519, { type: 'unsupported', algorithm: '1.3.101.110' })
    assert.deepEqual(other, { type: 'unsupported', algorithm: '1.2.840.10040.4.1' })
    assert.equal(describeKey(other), 'algorithm 1.2.840.10040.4.1')
  })
})

describe('decodeSpki refuses', () => {
  const refusals: [string, Uint8Array, DecodeErrorCode][] = [
    ['an RSA key without NULL parameters', spki([OID.rsaEncryption], rsaKey), 'truncated'],
    [
      'an RSA key with other parameters',
      spki([OID.rsaEncryption, integer(1)], rsaKey),
      'invalid-value',
    ],
    [
      'a second RSA parameter',
      spki([OID.rsaEncryption, nullValue(), nullValue()], rsaKey),
      'trailing-bytes',
    ],
    ['a modulus of 0', rsaSpki(0n, 3n), 'invalid-value'],
    ['an exponent of 0', rsaSpki(15n, 0n), 'invalid-value'],
    ['a negative modulus', rsaWith(tlv(2, Uint8Array.of(0x81))), 'invalid-value'],
    ['a padded modulus', rsaWith(tlv(2, Uint8Array.of(0, 0x21))), 'not-canonical'],
    ['bytes after the RSA key', rsaBits(rsaKey, Uint8Array.of(0)), 'trailing-bytes'],
    [
      'a third RSA number',
      rsaBits(sequence(integer(15), integer(3), integer(1))),
      'trailing-bytes',
    ],
    ['an empty RSA key', rsaBits(), 'truncated'],
    [
      'unused bits',
      sequence(sequence(OID.rsaEncryption, nullValue()), tlv(3, Uint8Array.of(1), rsaKey)),
      'invalid-value',
    ],
    ['an EC key without a curve', spki([OID.ecPublicKey], point), 'truncated'],
    ['an implicit curve', spki([OID.ecPublicKey, nullValue()], point), 'invalid-value'],
    [
      'explicit curve parameters',
      spki([OID.ecPublicKey, sequence(integer(1))], point),
      'invalid-value',
    ],
    ['the point at infinity', ec(Uint8Array.of(0)), 'invalid-value'],
    ['a hybrid point', ec(Uint8Array.of(6, ...new Uint8Array(64))), 'invalid-value'],
    ['a point one byte short', ec(point.subarray(0, 64)), 'invalid-value'],
    ['a point one byte long', ec(Uint8Array.of(...point, 0)), 'invalid-value'],
    ['an empty point', ec(new Uint8Array(0)), 'invalid-value'],
    [
      'an Ed25519 key with parameters',
      spki([OID.ed25519, nullValue()], new Uint8Array(32)),
      'trailing-bytes',
    ],
    ['an Ed25519 key of 33 bytes', spki([OID.ed25519], new Uint8Array(33)), 'invalid-length'],
    ['an Ed448 key of 56 bytes', spki([OID.ed448], new Uint8Array(56)), 'invalid-length'],
    ['RSASSA-PSS-params that are NULL', pssSpki(nullValue()), 'invalid-value'],
    ['trailerField 2', pssSpki(sequence(context(3, integer(2)))), 'invalid-value'],
    ['a negative salt length', pssSpki(sequence(context(2, integer0xff()))), 'invalid-value'],
    [
      'a mask generation function other than MGF1',
      pssSpki(sequence(context(1, sequence(OID.sha1, sequence(OID.sha1))))),
      'invalid-value',
    ],
    [
      'RSASSA-PSS-params out of order',
      pssSpki(sequence(context(2, integer(32)), context(0, sequence(OID.sha256)))),
      'trailing-bytes',
    ],
    [
      'bytes after an explicit parameter',
      pssSpki(sequence(context(2, integer(32), integer(32)))),
      'trailing-bytes',
    ],
  ]
  for (const [name, bytes, code] of refusals) {
    test(name, () => {
      assert.throws(
        () => decodeSpki(bytes),
        (error) => error instanceof DecodeError && error.code === code,
      )
    })
  }

  test('every key cut off, at every length', () => {
    for (const pair of Object.values(keys)) {
      const whole = spkiOf(pair)
      for (let length = 0; length < whole.length; length++) {
        assert.throws(() => decodeSpki(whole.subarray(0, length)), DecodeError)
      }
    }
  })

  test('every key with a byte behind it', () => {
    for (const pair of Object.values(keys)) {
      const longer = Uint8Array.of(...spkiOf(pair), 0)
      assert.throws(() => decodeSpki(longer), { code: 'trailing-bytes' })
    }
  })
})

test('decodeSpki throws nothing but DecodeError', () => {
  const originals = Object.values(keys).map(spkiOf)
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc
      .tuple(fc.constantFrom(...originals), fc.nat(), fc.nat(255))
      .map(([bytes, at, byte]) => bytes.with(at % Math.min(bytes.length, 60), byte)),
  )
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      try {
        describeKey(decodeSpki(bytes))
      } catch (error) {
        assert(error instanceof DecodeError)
      }
    }),
    { numRuns: casesOf(2000) },
  )
})

function spki(algorithm: Uint8Array[], key: Uint8Array): Uint8Array {
  return sequence(sequence(...algorithm), bitString(key))
}

function ec(encoded: Uint8Array): Uint8Array {
  return spki([OID.ecPublicKey, OID.p256], encoded)
}

function rsaBits(...parts: Uint8Array[]): Uint8Array {
  return spki([OID.rsaEncryption, nullValue()], Buffer.concat(parts))
}

function rsaWith(modulus: Uint8Array): Uint8Array {
  return rsaBits(sequence(modulus, integer(3)))
}

function pssSpki(parameters: Uint8Array): Uint8Array {
  return spki([OID.rsassaPss, parameters], rsaKey)
}

function mgf1(hash: Uint8Array): Uint8Array {
  return sequence(OID.mgf1, sequence(hash))
}

/** INTEGER -1. */
function integer0xff(): Uint8Array {
  return tlv(2, Uint8Array.of(0xff))
}
