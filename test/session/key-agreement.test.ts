// The client's half of the key exchange against node:crypto as the server's half, and against servers that cheat.

import assert from 'node:assert/strict'
import {
  constants,
  createDiffieHellman,
  createECDH,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  getDiffieHellman,
  privateDecrypt,
} from 'node:crypto'
import { test } from 'node:test'
import { toHex } from '../../src/encoding/bytes.ts'
import { Writer } from '../../src/encoding/presentation.ts'
import { HandshakeError } from '../../src/errors.ts'
import { agreeDhe, agreeEcdhe, transportRsa } from '../../src/session/key-agreement.ts'
import { decodeSpki } from '../../src/signature/public-key.ts'

/** Bytes that are always the same for the same seed. */
function randomFrom(seed: number): (length: number) => Uint8Array {
  let counter = 0
  return (length) => {
    const parts: Buffer[] = []
    for (let at = 0; at < length; at += 32) {
      parts.push(createHash('sha256').update(`${seed} ${counter++}`).digest())
    }
    return Uint8Array.from(Buffer.concat(parts).subarray(0, length))
  }
}

const misbehaves = (error: unknown): boolean =>
  error instanceof HandshakeError && error.code === 'misbehaving-peer'

function ecParams(curve: number, point: Uint8Array): Uint8Array {
  return new Writer().u8(3).u16(curve).opaque(1, point).done()
}

function dhParams(p: Uint8Array, g: Uint8Array, ys: Uint8Array): Uint8Array {
  return new Writer().opaque(2, p).opaque(2, g).opaque(2, ys).done()
}

for (const [group, code, name] of [
  ['secp256r1', 0x17, 'prime256v1'],
  ['secp384r1', 0x18, 'secp384r1'],
  ['secp521r1', 0x19, 'secp521r1'],
] as const) {
  test(`${group} gives the secret that OpenSSL gets`, () => {
    for (let round = 0; round < 8; round++) {
      const server = createECDH(name)
      server.generateKeys()
      const params = ecParams(code, server.getPublicKey())
      const { exchangeKeys, premaster } = agreeEcdhe(code, params)
      assert.equal(exchangeKeys[0], exchangeKeys.length - 1)
      assert.equal(toHex(premaster), server.computeSecret(exchangeKeys.subarray(1)).toString('hex'))
    }
  })

  test(`${group} refuses a point that is not on the curve`, () => {
    const point = createECDH(name).generateKeys()
    point.writeUInt8((point.at(-1) ?? 0) ^ 1, point.length - 1)
    assert.throws(() => agreeEcdhe(code, ecParams(code, point)), misbehaves)
  })
}

test('x25519 gives the secret that OpenSSL gets', () => {
  const prefix = Buffer.from('302a300506032b656e032100', 'hex')
  for (let round = 0; round < 8; round++) {
    const { publicKey, privateKey } = generateKeyPairSync('x25519')
    const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(prefix.length)
    const agreement = agreeEcdhe(0x1d, ecParams(0x1d, point))
    const own = Buffer.concat([prefix, agreement.exchangeKeys.subarray(1)])
    const theirs = createPublicKey({ key: own, type: 'spki', format: 'der' })
    const secret = diffieHellman({ privateKey, publicKey: theirs })
    assert.equal(toHex(agreement.premaster), secret.toString('hex'))
  }
})

test('x25519 refuses points of small order, whose secret is all zero', () => {
  for (const point of [new Uint8Array(32), new Uint8Array(32).fill(1, 0, 1)]) {
    assert.throws(() => agreeEcdhe(0x1d, ecParams(0x1d, point)), misbehaves)
  }
})

test('a group that is not spoken is named', () => {
  const params = ecParams(0x1e, new Uint8Array(56))
  assert.throws(() => agreeEcdhe(0x1e, params), /key agreement over x448 is not supported/)
})

test('DHE gives the secret that OpenSSL gets', () => {
  const { prime, generator } = modp()
  const server = createDiffieHellman(prime, generator)
  const ys = server.generateKeys()
  for (let round = 0; round < 8; round++) {
    const { exchangeKeys, premaster } = agreeDhe(dhParams(prime, generator, ys), randomFrom(round))
    const secret = server.computeSecret(exchangeKeys.subarray(2)).toString('hex')
    assert.equal(toHex(premaster), secret.replace(/^(?:00)+/, ''))
  }
})

test('a DHE secret and share have no leading zeros', () => {
  const { prime } = modp()
  const exponent = (length: number): Uint8Array => new Uint8Array(length).fill(2, length - 1)
  const params = dhParams(prime, Uint8Array.of(0, 200), Uint8Array.of(3))
  const { exchangeKeys, premaster } = agreeDhe(params, exponent)
  assert.deepEqual([...premaster], [9])
  assert.deepEqual([...exchangeKeys], [0, 2, 0x9c, 0x40])
})

test('DHE refuses a weak prime, and parameters that leave no secret', () => {
  const { prime } = modp()
  const one = Uint8Array.of(1)
  const two = Uint8Array.of(2)
  const minusOne = Buffer.from(prime)
  minusOne.writeUInt8((prime.at(-1) ?? 0) - 1, prime.length - 1)
  const random = randomFrom(1)
  assert.throws(
    () => agreeDhe(dhParams(Uint8Array.of(23), Uint8Array.of(5), two), random),
    /5 bits, which is insecure/,
  )
  for (const [g, ys] of [
    [one, two],
    [two, one],
    [two, minusOne],
    [minusOne, two],
    [new Uint8Array(1), two],
  ] as const) {
    assert.throws(() => agreeDhe(dhParams(prime, g, ys), random), misbehaves)
  }
})

test('RSA key transport decrypts to the version offered and 46 random bytes', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = decodeSpki(Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' })))
  assert.ok(key.type === 'rsa')
  // A source with zeros in it: none may end up in the padding.
  const random = (length: number): Uint8Array =>
    randomFrom(3)(length).map((byte, i) => (i % 3 === 0 ? 0 : byte))
  const { exchangeKeys, premaster } = transportRsa(key, 0x0302, random)
  assert.deepEqual([...premaster.subarray(0, 2)], [3, 2])
  assert.equal(premaster.length, 48)
  assert.deepEqual([...exchangeKeys.subarray(0, 2)], [1, 0])
  const padding = constants.RSA_NO_PADDING
  const block = privateDecrypt({ key: privateKey, padding }, exchangeKeys.subarray(2))
  assert.deepEqual([...block.subarray(0, 2)], [0, 2])
  assert.equal(block.indexOf(0, 2), 256 - 48 - 1)
  assert.equal(block.subarray(-48).toString('hex'), toHex(premaster))
})

test('RSA key transport refuses keys that are unfit', () => {
  const spki = (type: 'rsa' | 'rsa-pss', modulusLength: number): Uint8Array => {
    const options = { modulusLength, publicKeyEncoding: { type: 'spki', format: 'der' } as const }
    const privateKeyEncoding = { type: 'pkcs8', format: 'der' } as const
    const pair =
      type === 'rsa'
        ? generateKeyPairSync('rsa', { ...options, privateKeyEncoding })
        : generateKeyPairSync('rsa-pss', { ...options, privateKeyEncoding })
    return Uint8Array.from(pair.publicKey)
  }
  for (const [type, bits, message] of [
    ['rsa-pss', 2048, /cannot encrypt/],
    ['rsa', 512, /RSA key of 512 bits is not supported/],
  ] as const) {
    const key = decodeSpki(spki(type, bits))
    assert.ok(key.type === 'rsa')
    assert.throws(() => transportRsa(key, 0x0303, randomFrom(1)), message)
  }
})

/** 1024 bits (RFC 2409 §6.2): quick. */
function modp(): { readonly prime: Buffer; readonly generator: Buffer } {
  const group = getDiffieHellman('modp2')
  return { prime: group.getPrime(), generator: group.getGenerator() }
}
