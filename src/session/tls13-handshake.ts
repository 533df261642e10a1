// A complete handshake of TLS 1.3 as a client, from ClientHello to the Finished messages, and what may come of the handshake
// protocol after it (RFC 8446 §2, §4.4.4, §4.6): no PSK, no client certificate.

import { randomBytes } from 'node:crypto'
import { equal, toHex } from '../encoding/index.ts'
import { HandshakeError } from '../errors.ts'
import { makeAeadNative, makeKeyPairNative } from '../system/index.ts'
import {
  type Agreed,
  applicationSecrets,
  CONTENT_TYPE,
  decodeKeyUpdate,
  decodeTls13Finished,
  encodeEmptyTls13Certificate,
  encodeFinished,
  encodeKeyUpdate,
  finishedMac,
  HANDSHAKE_TYPE,
  handshakeName,
  hashedMessages,
  hashMessages,
  misbehaving,
  nextSecret,
  openChangeCipherSpecs,
  Tls13Flight,
  type TrafficSecrets,
  tls13Opener,
  tls13Sealer,
  trafficKeys,
  VERSION,
} from '../tls/index.ts'
import type { OpenRecord, RecordChannel, SealMessage } from './channel.ts'
import { nameOf, refuseAlert } from './conversation.ts'
import type { CompleteHandshake, CompleteOptions } from './handshake.ts'
import type { ReceivedMessage } from './observed-message.ts'

/** Throws NetworkError and HandshakeError. */
export async function completeTls13(
  channel: RecordChannel,
  { serverName, keyLog }: CompleteOptions,
  statusRequest: boolean,
): Promise<CompleteHandshake> {
  const clientRandom = randomBytes(32)
  const flight = new Tls13Flight({
    clientRandom,
    sessionId: randomBytes(32),
    ...(serverName !== undefined && { serverName }),
    statusRequest,
    makeKeyPair: makeKeyPairNative,
  })
  const log = (label: string, secret: Uint8Array): void =>
    keyLog?.(`${label} ${toHex(clientRandom)} ${toHex(secret)}\n`)
  const hear = hearing(channel)
  const agreed = await exchangeHellos(channel, flight, hear)
  log('CLIENT_HANDSHAKE_TRAFFIC_SECRET', agreed.client)
  log('SERVER_HANDSHAKE_TRAFFIC_SECRET', agreed.server)
  while (flight.take(await hear()) !== 'signed');
  const application = await finish(channel, flight, agreed, hear)
  log('CLIENT_TRAFFIC_SECRET_0', application.client)
  log('SERVER_TRAFFIC_SECRET_0', application.server)
  const { handshake } = flight
  return {
    version: VERSION.tls13,
    cipherSuite: agreed.cipherSuite,
    clientRandom,
    serverRandom: handshake.serverRandom,
    extendedMasterSecret: undefined,
    certificates: handshake.certificates,
    signed: handshake,
  }
}

type Hear = () => Promise<Uint8Array>

/** Waits for the next handshake message, past ChangeCipherSpecs, which come for the sake of old boxes on the way (§D.4). */
function hearing(channel: RecordChannel): Hear {
  const takeChangeCipherSpec = openChangeCipherSpecs()
  return async () => {
    for (;;) {
      const message = await channel.receive()
      if (message.kind === 'handshake') return message.bytes
      if (message.kind === 'alert') refuseAlert(message.bytes)
      else if (message.kind === 'change_cipher_spec') takeChangeCipherSpec(message.bytes)
      else throw unexpected('a handshake message', message)
    }
  }
}

/** Until ServerHello, with a second try when the server asks for one; then both sides' handshake keys are set. */
async function exchangeHellos(
  channel: RecordChannel,
  flight: Tls13Flight,
  hear: Hear,
): Promise<Agreed> {
  channel.send('handshake', flight.clientHello)
  for (;;) {
    const step = flight.take(await hear())
    channel.negotiated = { version: VERSION.tls13, cipherSuite: flight.agreed?.cipherSuite ?? 0 }
    if (step === 'retry') {
      channel.send('change_cipher_spec', Uint8Array.of(1))
      channel.send('handshake', flight.clientHello)
    } else if (flight.agreed) {
      channel.openWith(openerOf(flight.agreed, flight.agreed.server))
      channel.sealWith(sealerOf(flight.agreed, flight.agreed.client))
      return flight.agreed
    }
  }
}

/** Finished of both sides; theirs is checked (RFC 8446 §4.4.4). Then the application keys are set. */
async function finish(
  channel: RecordChannel,
  flight: Tls13Flight,
  agreed: Agreed,
  hear: Hear,
): Promise<TrafficSecrets> {
  const { hash } = agreed.cipher
  const messages = [...hashedMessages(hash, flight.transcript)]
  const expected = finishedMac(hash, agreed.server, hashMessages(hash, messages))
  channel.expectedFinished = expected
  const finished = await hear()
  const [type = 0] = finished
  if (type !== HANDSHAKE_TYPE.finished) {
    throw misbehaving(`expected Finished, got ${handshakeName(type)}`, UNEXPECTED_MESSAGE)
  }
  if (!equal(decodeTls13Finished(finished), expected)) {
    const message = "the server's Finished does not match the handshake (decrypt_error)"
    throw new HandshakeError('misbehaving-peer', message, DECRYPT_ERROR)
  }
  messages.push(finished)
  const application = applicationSecrets(hash, agreed.master, hashMessages(hash, messages))
  channel.openWith(openerOf(agreed, application.server))
  if (!flight.isRetried) channel.send('change_cipher_spec', Uint8Array.of(1))
  if (flight.transcript.certificateRequest) {
    messages.push(encodeEmptyTls13Certificate())
    channel.send('handshake', encodeEmptyTls13Certificate())
  }
  const own = finishedMac(hash, agreed.client, hashMessages(hash, messages))
  channel.send('handshake', encodeFinished(own))
  channel.sealWith(sealerOf(agreed, application.client))
  channel.complete(lateMessages(channel, agreed, application))
  return application
}

/** What may come after the handshake: tickets, which nobody uses, and new keys (RFC 8446 §4.6, §7.2). */
function lateMessages(
  channel: RecordChannel,
  agreed: Agreed,
  { client, server }: TrafficSecrets,
): (message: ReceivedMessage) => void {
  const { hash } = agreed.cipher
  let [ours, theirs] = [client, server]
  return (message) => {
    const [type] = message.bytes
    if (message.kind === 'handshake' && type === HANDSHAKE_TYPE.new_session_ticket) return
    if (message.kind !== 'handshake' || type !== HANDSHAKE_TYPE.key_update) {
      throw unexpected('application data', message)
    }
    theirs = nextSecret(hash, theirs)
    channel.openWith(openerOf(agreed, theirs))
    if (!decodeKeyUpdate(message.bytes) || channel.hasSaidGoodbye) return
    channel.send('handshake', encodeKeyUpdate())
    ours = nextSecret(hash, ours)
    channel.sealWith(sealerOf(agreed, ours))
  }
}

function openerOf({ cipher }: Agreed, secret: Uint8Array): OpenRecord {
  const keys = trafficKeys(cipher, secret)
  return tls13Opener(makeAeadNative(cipher.aead, keys.key), keys)
}

function sealerOf({ cipher }: Agreed, secret: Uint8Array): SealMessage {
  const keys = trafficKeys(cipher, secret)
  const seal = tls13Sealer(makeAeadNative(cipher.aead, keys.key), keys)
  const type = CONTENT_TYPE.application_data
  return (inner, bytes) => ({ type, fragment: seal(inner, bytes) })
}

function unexpected(expected: string, message: ReceivedMessage): HandshakeError {
  return misbehaving(`expected ${expected}, got ${nameOf(message)}`, UNEXPECTED_MESSAGE)
}

/** AlertDescription (RFC 8446 §6.2). */
const UNEXPECTED_MESSAGE = 10
const DECRYPT_ERROR = 51
