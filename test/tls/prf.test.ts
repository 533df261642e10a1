// The PRF against published outputs, and against P_hash written down once more over node:crypto.

import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { toHex, utf8 } from '../../src/encoding/bytes.ts'
import {
  extendedMasterSecret,
  finishedHash,
  keyBlock,
  masterSecret,
  type PrfHash,
  prf,
  prfHash,
  transcriptHash,
} from '../../src/tls/prf.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))

/** RFC 5246 §5, word for word: A(0) = seed, A(i) = HMAC_hash(secret, A(i-1)). */
function pHash(algorithm: string, secret: Uint8Array, seed: Uint8Array, length: number): Buffer {
  const out: Buffer[] = []
  let a = Buffer.from(seed)
  for (let i = 0; i * 16 < length; i++) {
    a = createHmac(algorithm, secret).update(a).digest()
    out.push(createHmac(algorithm, secret).update(a).update(seed).digest())
  }
  return Buffer.concat(out).subarray(0, length)
}

/** RFC 2246 §5: S1 is the first half of the secret, S2 the last, both rounded up. */
function oldPrf(secret: Uint8Array, seed: Uint8Array, length: number): Buffer {
  const half = (secret.length + 1) >> 1
  const left = pHash('md5', secret.subarray(0, half), seed, length)
  const right = pHash('sha1', secret.subarray(secret.length - half), seed, length)
  return Buffer.from(left.map((byte, i) => byte ^ (right[i] ?? 0)))
}

function reference(hash: PrfHash, secret: Uint8Array, seed: Uint8Array, length: number): string {
  const out = hash === 'md5_sha1' ? oldPrf(secret, seed, length) : pHash(hash, secret, seed, length)
  return out.toString('hex')
}

test('P_SHA256 gives the published output', () => {
  const out = prf({
    hash: 'sha256',
    secret: bytes('9bbe436ba940f017b17652849a71db35'),
    label: 'test label',
    seed: bytes('a0ba9f936cda311827a6f796ffd5198c'),
    length: 100,
  })
  const published =
    'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af' +
    '0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701' +
    '87347b66'
  assert.equal(toHex(out), published)
})

test('P_SHA384 gives the published output', () => {
  const out = prf({
    hash: 'sha384',
    secret: bytes('b80b733d6ceefcdc71566ea48e5567df'),
    label: 'test label',
    seed: bytes('cd665cf6a8447dd6ff8b27555edb7465'),
    length: 148,
  })
  const published =
    '7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0' +
    'e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d918425' +
    '9b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be85e099070' +
    '3d73e56f'
  assert.equal(toHex(out), published)
})

test('every hash, secret length and output length agrees with node:crypto', () => {
  for (const hash of ['md5_sha1', 'sha256', 'sha384'] as const) {
    for (const secretLength of [0, 1, 2, 15, 47, 48, 129]) {
      for (const length of [0, 1, 12, 16, 31, 32, 33, 48, 104, 136]) {
        const secret = new Uint8Array(secretLength).map((_, i) => 7 * i + 1)
        const seed = new Uint8Array(64).map((_, i) => 255 - i)
        const out = prf({ hash, secret, label: 'key expansion', seed, length })
        const expected = reference(
          hash,
          secret,
          Buffer.concat([utf8('key expansion'), seed]),
          length,
        )
        assert.equal(toHex(out), expected, `${hash} ${secretLength} ${length}`)
      }
    }
  }
})

test('labels and seeds are those of the specifications', () => {
  const clientRandom = new Uint8Array(32).fill(1)
  const serverRandom = new Uint8Array(32).fill(2)
  const secret = new Uint8Array(48).fill(3)
  const messages = [Uint8Array.of(1, 2), Uint8Array.of(3)]
  const seeded = (label: string, ...seed: Uint8Array[]): Uint8Array =>
    Buffer.concat([Buffer.from(label), ...seed])
  for (const hash of ['md5_sha1', 'sha256', 'sha384'] as const) {
    const digest = transcriptHash(hash, messages)
    const check = (out: Uint8Array, label: string, ...seed: Uint8Array[]): void => {
      assert.equal(toHex(out), reference(hash, secret, seeded(label, ...seed), out.length))
    }
    const randoms = { clientRandom, serverRandom }
    check(masterSecret(hash, secret, randoms), 'master secret', clientRandom, serverRandom)
    check(keyBlock(hash, secret, randoms, 99), 'key expansion', serverRandom, clientRandom)
    check(extendedMasterSecret(hash, secret, digest), 'extended master secret', digest)
    check(finishedHash(hash, secret, 'client', messages), 'client finished', digest)
    check(finishedHash(hash, secret, 'server', messages), 'server finished', digest)
    assert.equal(masterSecret(hash, secret, randoms).length, 48)
    assert.equal(finishedHash(hash, secret, 'client', messages).length, 12)
  }
})

test('the transcript is hashed as the version has it', () => {
  const whole = Buffer.from([1, 2, 3])
  const of = (name: string): string => createHash(name).update(whole).digest('hex')
  const messages = [Uint8Array.of(1), Uint8Array.of(2, 3)]
  assert.equal(toHex(transcriptHash('md5_sha1', messages)), of('md5') + of('sha1'))
  assert.equal(toHex(transcriptHash('sha256', messages)), of('sha256'))
  assert.equal(toHex(transcriptHash('sha384', messages)), of('sha384'))
})

test('the hash is MD5 and SHA-1 before TLS 1.2, then SHA-256 unless the suite says SHA-384', () => {
  assert.equal(prfHash(0x0302, { hash: 'SHA' }), 'md5_sha1')
  assert.equal(prfHash(0x0303, { hash: 'SHA' }), 'sha256')
  assert.equal(prfHash(0x0303, { hash: 'SHA256' }), 'sha256')
  assert.equal(prfHash(0x0303, { hash: 'SHA384' }), 'sha384')
})
