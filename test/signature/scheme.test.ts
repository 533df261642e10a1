import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prepareVerification, signatureSchemes } from '../../src/signature/scheme.ts'
import { sequence, tlv } from '../support/make/asn1.ts'
import { freshSignature, freshSignatures, rsaSpki } from '../support/make/fresh-signatures.ts'
import { toBytes } from '../support/make/rsa-numbers.ts'

test('what is left to verify says which mathematics, hash and key', () => {
  const { scheme, spki, signature } = freshSignature('ecdsa_sha512', 'P-521')
  const verification = prepareVerification(scheme, spki, signature)
  assert(verification?.kind === 'ecdsa')
  assert.equal(verification.hash, 'sha512')
  assert.equal(verification.key.curve, 'P-521')
  assert.equal(verification.compact.length, 132)
})

test('every well-formed signature of every scheme is let through', () => {
  for (const { scheme, spki, signature, by } of freshSignatures) {
    assert(prepareVerification(scheme, spki, signature), `${scheme} by ${by}`)
  }
  assert.equal(signatureSchemes.length, 19)
})

test('an RSA key is let through when its numbers are in bounds', () => {
  const numbers: [bigint, bigint, boolean][] = [
    [2n ** 512n - 1n, 3n, true],
    [2n ** 511n - 1n, 3n, false],
    [2n ** 512n - 2n, 3n, false],
    [2n ** 512n - 1n, 1n, false],
    [2n ** 512n - 1n, 4n, false],
    [2n ** 512n - 1n, 2n ** 32n - 1n, true],
    [2n ** 512n - 1n, 2n ** 32n + 1n, false],
    [2n ** 8192n - 1n, 2n ** 32n - 1n, true],
    [2n ** 8193n - 1n, 3n, false],
  ]
  for (const [modulus, exponent, expected] of numbers) {
    const signature = toBytes(1n, Math.ceil(modulus.toString(2).length / 8))
    const spki = rsaSpki(modulus, exponent)
    const verification = prepareVerification('rsa_pkcs1_sha256', spki, signature)
    assert.equal(verification !== undefined, expected, `${modulus.toString(2).length}, ${exponent}`)
  }
})

test('an ECDSA signature of a hostile size costs nothing', () => {
  const { scheme, spki } = freshSignature('ecdsa_sha256', 'P-256')
  const huge = tlv(2, Uint8Array.of(1), new Uint8Array(1_000_000))
  assert.equal(prepareVerification(scheme, spki, sequence(huge, huge)), undefined)
})
