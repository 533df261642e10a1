// The traces of RFC 8448: messages, key schedule, records and signatures of TLS 1.3, byte for byte.

import assert from 'node:assert/strict'
import { createECDH, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { concat, fromHex, toHex } from '../../src/encoding/bytes.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { makeAeadNative } from '../../src/system/tls-cryptography.ts'
import { tls13Cipher } from '../../src/tls/cipher-suites.ts'
import {
  applicationSecrets,
  finishedMac,
  handshakeSecrets,
  hashMessages,
  type TrafficSecrets,
  trafficKeys,
} from '../../src/tls/key-schedule.ts'
import { decodeServerHello } from '../../src/tls/messages.ts'
import { readRecord } from '../../src/tls/record.ts'
import { checkTls13Answer, readTls13Offer } from '../../src/tls/tls13-hello.ts'
import { decodeTls13NewSessionTicket } from '../../src/tls/tls13-messages.ts'
import {
  encodeProtected,
  type OpenTls13,
  type SealTls13,
  tls13Opener,
  tls13Sealer,
} from '../../src/tls/tls13-records.ts'
import {
  hashedMessages,
  readTls13Transcript,
  type Tls13Transcript,
} from '../../src/tls/tls13-transcript.ts'
import { spkiOf } from '../../src/x509/index.ts'
import { repositoryPath } from '../support/harness/repository.ts'

interface Trace {
  readonly section: string
  readonly privateKeys: Readonly<Record<string, string>>
  readonly firstClientHello?: string
  readonly helloRetryRequest?: string
  readonly clientHello: string
  readonly serverHello: string
  readonly serverFlight: string
  readonly signedHash: string
  readonly serverFinished: string
  readonly clientFinished?: string
  readonly newSessionTicket?: string
  readonly clientContent?: string
  readonly serverContent?: string
  readonly clientCloseNotify: string
  readonly serverCloseNotify: string
}

const FOLDER = repositoryPath('test/fixtures/rfc8448')
const traces = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Trace)

// RFC 8448 has one suite only, TLS_AES_128_GCM_SHA256.
const cipher = tls13Cipher(0x1301) ?? assert.fail('no such suite')

function bytes(hex: string): Uint8Array {
  return fromHex(hex) ?? assert.fail(`expected hex, got ${hex.slice(0, 20)}`)
}

function record(hex: string): NonNullable<ReturnType<typeof readRecord>> {
  return readRecord(bytes(hex), 0) ?? assert.fail('expected a whole record')
}

function messagesIn(stream: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = []
  for (let at = 0; at < stream.length; ) {
    const length = Buffer.from(stream).readUIntBE(at + 1, 3)
    messages.push(stream.slice(at, at + 4 + length))
    at += 4 + length
  }
  return messages
}

function agree({ privateKeys }: Trace, group: number, share: Uint8Array): Uint8Array {
  if (group === 0x0017) {
    const ecdh = createECDH('prime256v1')
    ecdh.setPrivateKey(bytes(privateKeys.secp256r1 ?? ''))
    return ecdh.computeSecret(share)
  }
  const der = (prefix: string, key: Uint8Array) => ({
    key: Buffer.from(concat(bytes(prefix), key)),
    format: 'der' as const,
  })
  const own = der('302e020100300506032b656e04220420', bytes(privateKeys.x25519 ?? ''))
  const privateKey = createPrivateKey({ ...own, type: 'pkcs8' })
  const theirs = der('302a300506032b656e032100', share)
  return diffieHellman({ privateKey, publicKey: createPublicKey({ ...theirs, type: 'spki' }) })
}

interface Sides {
  readonly open: OpenTls13
  readonly seal: SealTls13
}

function sidesOf({ client, server }: TrafficSecrets): Sides {
  const [ours, theirs] = [client, server].map((secret) => trafficKeys(cipher, secret))
  if (!ours || !theirs) assert.fail()
  return {
    seal: tls13Sealer(makeAeadNative(cipher.aead, ours.key), ours),
    open: tls13Opener(makeAeadNative(cipher.aead, theirs.key), theirs),
  }
}

interface Played {
  readonly transcript: Tls13Transcript
  readonly finished: Uint8Array
  readonly secrets: ReturnType<typeof handshakeSecrets>
  readonly handshake: Sides
  readonly application: Sides
}

/** All that a client knows after the server's flight. */
function play(trace: Trace): Played {
  const { firstClientHello, helloRetryRequest } = trace
  const hellos = {
    ...(firstClientHello && { firstClientHello: record(firstClientHello).fragment }),
    ...(helloRetryRequest && { helloRetryRequest: record(helloRetryRequest).fragment }),
    clientHello: record(trace.clientHello).fragment,
    serverHello: record(trace.serverHello).fragment,
  }
  const offer = readTls13Offer(hellos.clientHello)
  const { group, keyExchange } = checkTls13Answer(offer, decodeServerHello(hellos.serverHello))
  const shared = agree(trace, group, keyExchange)
  const hash = cipher.hash
  const secrets = handshakeSecrets(hash, shared, hashMessages(hash, hashedMessages(hash, hellos)))
  const handshake = sidesOf(secrets)
  const { type, content } = handshake.open(record(trace.serverFlight))
  assert.equal(type, 22)
  const flight = messagesIn(content)
  const certificateRequest = flight.find(([first]) => first === 13)
  const [encryptedExtensions, certificate, certificateVerify, finished] = flight.filter(
    (message) => message !== certificateRequest,
  )
  if (!encryptedExtensions || !certificate || !certificateVerify || !finished) assert.fail()
  const transcript = {
    ...hellos,
    encryptedExtensions,
    ...(certificateRequest && { certificateRequest }),
    certificate,
    certificateVerify,
  }
  const all = [...hashedMessages(hash, transcript), finished]
  const application = sidesOf(applicationSecrets(hash, secrets.master, hashMessages(hash, all)))
  return { transcript, finished, secrets, handshake, application }
}

test('there are the four traces with a certificate', () => {
  assert.equal(traces.length, 4)
})

for (const trace of traces) {
  describe(`section ${trace.section}`, () => {
    const { transcript, finished, secrets, handshake, application } = play(trace)
    const { hash } = cipher

    test('is consistent, and its signature verifies', () => {
      const { scheme, signedBytes, signature, certificates, serverName, version } =
        readTls13Transcript(transcript)
      assert.deepEqual([version, serverName], [0x0304, 'server'])
      assert.equal(toHex(signedBytes.slice(-32)), trace.signedHash)
      const spki = spkiOf(certificates[0]) ?? assert.fail()
      assert.ok(verifySignatureNative(scheme, spki, signedBytes, signature))
    })

    test("has the server's Finished", () => {
      const before = hashMessages(hash, hashedMessages(hash, transcript))
      assert.equal(toHex(finishedMac(hash, secrets.server, before)), trace.serverFinished)
      assert.equal(toHex(finished.slice(4)), trace.serverFinished)
    })

    test("has the client's Finished, where it is alone in its record", () => {
      const before = hashMessages(hash, [...hashedMessages(hash, transcript), finished])
      const own = concat(bytes('14000020'), finishedMac(hash, secrets.client, before))
      const sent = toHex(encodeProtected(handshake.seal(22, own)))
      if (transcript.certificateRequest) assert.equal(trace.clientFinished, undefined)
      else assert.equal(sent, trace.clientFinished)
    })

    test('has the records after it', () => {
      if (trace.newSessionTicket) {
        const { type, content } = application.open(record(trace.newSessionTicket))
        assert.equal(type, 22)
        decodeTls13NewSessionTicket(content)
      }
      const content = Uint8Array.from({ length: 50 }, (_, i) => i)
      if (trace.serverContent && trace.clientContent) {
        const received = application.open(record(trace.serverContent))
        assert.deepEqual(received, { type: 23, content })
        const sent = encodeProtected(application.seal(23, content))
        assert.equal(toHex(sent), trace.clientContent)
      }
      const closeNotify = Uint8Array.of(1, 0)
      const sent = encodeProtected(application.seal(21, closeNotify))
      assert.equal(toHex(sent), trace.clientCloseNotify)
      const received = application.open(record(trace.serverCloseNotify))
      assert.deepEqual(received, { type: 21, content: closeNotify })
    })
  })
}
