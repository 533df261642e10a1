// How often the native backend makes a key object: once per key, however often and by whichever certificate it is asked for.

import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { mock, test } from 'node:test'
import { verifyStatement } from '../../src/index.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, TIME } from '../support/make/statements.ts'
import { endEntities } from '../support/servers/servers.ts'

const createPublicKey = mock.method(crypto, 'createPublicKey')
syncBuiltinESMExports()

function made(run: () => void): number {
  createPublicKey.mock.resetCalls()
  run()
  return createPublicKey.mock.callCount()
}

test('verifying a statement makes one key object per key, and none the next time', () => {
  const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
  const [endEntity] = endEntities(pki)
  const statement = makeStatement({ rounds: roundsAt(endEntity, [TIME, TIME + 1, TIME + 2]) })
  const verify = (): void => {
    const { verdict } = verifyStatement(statement, {
      trustAnchors: [pki.root.der],
      witnesses: [HOST],
      statementOnly: true,
      verifySignature: verifySignatureNative,
    })
    assert.equal(verdict, 'passed')
  }
  // Of the end entity, the intermediate and the root
  assert.equal(made(verify), 3)
  assert.equal(made(verify), 0)
})

test('a key is known by its bytes as they are now, and the oldest are forgotten', () => {
  const pairs = Array.from({ length: 100 }, () => crypto.generateKeyPairSync('ed25519'))
  const message = Uint8Array.of(1, 2, 3)
  const signed = pairs.map(({ publicKey, privateKey }) => ({
    spki: Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' })),
    signature: crypto.sign(null, message, privateKey),
  }))
  const buffer = new Uint8Array(44)
  const verifyAll = (): void => {
    for (const [i, { spki, signature }] of signed.entries()) {
      // All in the same place, as from a caller that reads into one buffer
      buffer.set(spki)
      assert.equal(verifySignatureNative('ed25519', buffer, message, signature), true)
      const others = signed[(i + 1) % signed.length]?.signature ?? assert.fail()
      assert.equal(verifySignatureNative('ed25519', buffer, message, others), false)
    }
  }
  assert.equal(made(verifyAll), signed.length)
  assert.equal(made(verifyAll), signed.length)
})
