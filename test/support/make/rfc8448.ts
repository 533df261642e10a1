// The traces of RFC 8448, played as far as the client's keys open them.

import assert from 'node:assert/strict'
import { createECDH, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { concat, fromHex, toHex } from '../../../src/encoding/bytes.ts'
import { makeAeadNative } from '../../../src/system/tls-cryptography.ts'
import { type Tls13Cipher, tls13Cipher } from '../../../src/tls/cipher-suites.ts'
import {
  applicationSecrets,
  handshakeSecrets,
  hashMessages,
  type TrafficSecrets,
  trafficKeys,
} from '../../../src/tls/key-schedule.ts'
import { decodeServerHello } from '../../../src/tls/messages.ts'
import { readRecord, type TlsRecord } from '../../../src/tls/record.ts'
import { checkTls13Answer, readTls13Offer } from '../../../src/tls/tls13-hello.ts'
import {
  type OpenTls13,
  type SealTls13,
  tls13Opener,
  tls13Sealer,
} from '../../../src/tls/tls13-records.ts'
import { hashedMessages, type Tls13Transcript } from '../../../src/tls/tls13-transcript.ts'
import { repositoryPath } from '../harness/repository.ts'

/** One section, as test/fixtures/rfc8448/README.md has it. */
export interface Trace {
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
export const traces: readonly Trace[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Trace)

// RFC 8448 has one suite only, TLS_AES_128_GCM_SHA256.
export const cipher: Tls13Cipher = tls13Cipher(0x1301) ?? assert.fail('no such suite')

export function bytes(hex: string): Uint8Array {
  return fromHex(hex) ?? assert.fail(`expected hex, got ${hex.slice(0, 20)}`)
}

export function record(hex: string): TlsRecord {
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

export interface Sides {
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

export interface Played {
  readonly transcript: Tls13Transcript
  readonly finished: Uint8Array
  readonly secrets: ReturnType<typeof handshakeSecrets>
  readonly handshake: Sides
  readonly application: Sides
}

/** All that a client knows after the server's flight. */
export function play(trace: Trace): Played {
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

/** What each side sent: one stream each. */
export function streamsOf(trace: Trace): {
  readonly client: Uint8Array
  readonly server: Uint8Array
} {
  const { firstClientHello = '', helloRetryRequest = '' } = trace
  const {
    clientFinished = '',
    clientContent = '',
    newSessionTicket = '',
    serverContent = '',
  } = trace
  const client = [firstClientHello, trace.clientHello, clientFinished, clientContent]
  const server = [helloRetryRequest, trace.serverHello, trace.serverFlight, newSessionTicket]
  return {
    client: bytes(client.concat(clientFinished && trace.clientCloseNotify).join('')),
    server: bytes(server.concat(serverContent, trace.serverCloseNotify).join('')),
  }
}

/** The secrets in NSS's format. */
export function keyLogOf(trace: Trace): string {
  const { transcript, finished, secrets } = play(trace)
  const random = toHex(transcript.clientHello.slice(6, 38))
  const all = [...hashedMessages('sha256', transcript), finished]
  const application = applicationSecrets('sha256', secrets.master, hashMessages('sha256', all))
  return [
    `CLIENT_HANDSHAKE_TRAFFIC_SECRET ${random} ${toHex(secrets.client)}`,
    `SERVER_HANDSHAKE_TRAFFIC_SECRET ${random} ${toHex(secrets.server)}`,
    `CLIENT_TRAFFIC_SECRET_0 ${random} ${toHex(application.client)}`,
    `SERVER_TRAFFIC_SECRET_0 ${random} ${toHex(application.server)}`,
  ].join('\n')
}
