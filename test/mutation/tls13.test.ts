// Every byte of a stored TLS 1.3 round, changed: nothing of it is left unsigned.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat } from '../../src/encoding/bytes.ts'
import { DecodeError, HandshakeError } from '../../src/errors.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { makeAeadNative, makeKeyPairNative } from '../../src/system/tls-cryptography.ts'
import { readRecord } from '../../src/tls/record.ts'
import { Tls13Client } from '../../src/tls/tls13-client.ts'
import { readTls13Transcript, type Tls13Transcript } from '../../src/tls/tls13-transcript.ts'
import { spkiOf } from '../../src/x509/index.ts'
import { sweepStep } from '../support/harness/sweep-step.ts'
import { type EndEntity, endEntities } from '../support/make/end-entity.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { encodeRetry, tls13Records, tls13ServerFlight } from '../support/make/tls13-flight.ts'
import { record } from '../support/servers/delivery.ts'

const KINDS = ['p256', 'rsa-2048', 'ed25519'] as const
const pki = mintTestPki({ endEntityKeys: KINDS })
const byKind = endEntities(pki)

function roundOf(endEntity: EndEntity, isRetried: boolean): Tls13Transcript {
  const client = new Tls13Client({
    clientRandom: new Uint8Array(32).fill(0xc1),
    serverName: 'localhost',
    sessionId: new Uint8Array(32).fill(0x5e),
    statusRequest: true,
    makeKeyPair: makeKeyPairNative,
    makeAead: makeAeadNative,
  })
  const options = { endEntity, certificateRequest: true }
  const clientHello = client.hello.slice(5)
  if (!isRetried) {
    client.receive(concat(...tls13Records(tls13ServerFlight(options, clientHello))))
    return client.transcript
  }
  const helloRetryRequest = encodeRetry({ group: 0x0018, cookie: Uint8Array.of(1) }, clientHello)
  client.receive(record(22, helloRetryRequest))
  // Behind a ChangeCipherSpec
  const second = readRecord(client.takeReply() ?? assert.fail(), 6)?.fragment ?? assert.fail()
  const first = { clientHello, helloRetryRequest }
  const flight = tls13ServerFlight({ ...options, group: 0x0018 }, second, first)
  client.receive(concat(...tls13Records(flight)))
  return client.transcript
}

function isSigned(transcript: Tls13Transcript): boolean {
  try {
    const { scheme, signedBytes, signature, certificates } = readTls13Transcript(transcript)
    const spki = spkiOf(certificates[0])
    return spki !== undefined && verifySignatureNative(scheme, spki, signedBytes, signature)
  } catch (error) {
    if (error instanceof DecodeError || error instanceof HandshakeError) return false
    throw error
  }
}

for (const [i, endEntity] of byKind.entries()) {
  for (const isRetried of [false, true]) {
    const way = isRetried ? 'with' : 'without'
    test(`no byte of a round under ${KINDS[i]} ${way} a HelloRetryRequest can be changed`, () => {
      const transcript = roundOf(endEntity, isRetried)
      assert.ok(isSigned(transcript))
      const step = sweepStep(3)
      let tried = 0
      for (const [name, message] of Object.entries(transcript)) {
        for (let at = 0; at < message.length; at += step) {
          const changed = message.with(at, (message[at] ?? 0) ^ 1)
          assert.ok(!isSigned({ ...transcript, [name]: changed }), `${name}, byte ${at}`)
          tried++
        }
      }
      assert.ok(tried > 750 / step, `${tried} bytes`)
    })
  }
}

test('no message of a round can be left out, doubled or taken from another', () => {
  const [endEntity] = byKind
  const [one, other] = [roundOf(endEntity, true), roundOf(endEntity, true)]
  for (const name of ['firstClientHello', 'helloRetryRequest', 'certificateRequest'] as const) {
    const { [name]: _, ...rest } = one
    assert.ok(!isSigned(rest), name)
  }
  const { firstClientHello: _, helloRetryRequest: __, ...short } = one
  assert.ok(!isSigned(short))
  for (const name of ['clientHello', 'serverHello', 'certificateVerify'] as const) {
    assert.ok(!isSigned({ ...one, [name]: other[name] }), name)
  }
})
