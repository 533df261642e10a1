// What a recorded handshake says, field by field, however far it goes: raw TLS record streams in, a report out.

import type { Field } from './codec.ts'
import { DecodeError } from './errors.ts'
import { decodeCertificate } from './pki/certificate.ts'
import { type CertificateDescription, describeCertificate } from './pki/describe.ts'
import { verifySignature } from './signature.ts'
import {
  type ClientHello,
  decodeCertificateMessage,
  decodeCertificateStatus,
  decodeClientHello,
  decodeServerHello,
  decodeServerHelloDone,
  decodeServerKeyExchange,
  MESSAGE_HEADER_LENGTH,
  type ServerHello,
  type ServerKeyExchange,
  serverTimeOf,
  signedBytes,
} from './tls/handshake.ts'
import { RECORD_HEADER_LENGTH, readRecord } from './tls/record.ts'
import {
  alertName,
  CONTENT_TYPE,
  cipherSuiteName,
  EXTENSION,
  HANDSHAKE_TYPE,
  handshakeName,
  type KeyExchange,
  suiteKind,
  versionName,
} from './tls/registry.ts'

/** What is known stays, what is not is null: a recording may end anywhere. */
export interface HandshakeReport {
  /** "TLS 1.2"; the server's choice, or the client's offer when no server answered. */
  readonly version: string | null
  /** By its registry name, or hex. */
  readonly cipherSuite: string | null
  readonly keyExchange: KeyExchange | null
  /** Curve name, or "dh2048" by the bits of the prime. */
  readonly group: string | null
  /** 32 bytes. */
  readonly clientRandom: Uint8Array | null
  /** 32 bytes. */
  readonly serverRandom: Uint8Array | null
  /** The first four bytes of server_random, read as a clock: a claim, random bytes on most servers. */
  readonly serverTime: Date | null
  /** SignatureScheme of ServerKeyExchange. */
  readonly scheme: string | null
  /** "unsupported": there is one that can't be checked; "absent": nothing is signed. */
  readonly signature: 'valid' | 'invalid' | 'unsupported' | 'absent'
  /** As sent, end entity first; one that does not parse is left out. */
  readonly certificates: readonly CertificateDescription[]
  /** In plain text, in the order of each stream, the client's first. */
  readonly messages: readonly MessageReport[]
  readonly alerts: readonly AlertReport[]
  /** The first thing that was wrong. */
  readonly error?: { readonly code: string; readonly message: string }
}

export type Sender = 'client' | 'server'

export interface MessageReport {
  readonly sender: Sender
  /** "ServerHello". */
  readonly name: string
  /** Of the message's header, in its sender's stream. */
  readonly offset: number
  /** Header included; a message may be spread over several records. */
  readonly length: number
  /** Offsets in here count from the message's header. */
  readonly fields: readonly Field[]
}

export interface AlertReport {
  readonly sender: Sender
  readonly offset: number
  readonly level: number
  /** "handshake_failure". */
  readonly description: string
}

/** Takes apart what was recorded of one connection. Never throws on what the bytes hold. */
export function inspectHandshake(flights: {
  readonly client?: Uint8Array
  readonly server: Uint8Array
}): HandshakeReport {
  const seen: Seen = { messages: [], alerts: [], certificates: [], faults: [] }
  if (flights.client) inspectStream('client', flights.client, seen)
  inspectStream('server', flights.server, seen)
  const { clientHello, serverHello, exchange, faults } = seen
  const version = serverHello ? negotiatedVersion(serverHello) : clientHello?.version
  const suite = serverHello?.cipherSuite
  return {
    version: version === undefined ? null : versionName(version),
    cipherSuite: suite === undefined ? null : cipherSuiteName(suite),
    keyExchange: (suite !== undefined && suiteKind(suite).keyExchange) || null,
    group: exchange?.group ?? null,
    clientRandom: clientHello?.random ?? null,
    serverRandom: serverHello?.random ?? null,
    serverTime: serverHello ? new Date(serverTimeOf(serverHello.random) * 1000) : null,
    scheme: exchange?.scheme ?? null,
    signature: judgeSignature(seen),
    certificates: describeAll(seen),
    messages: seen.messages,
    alerts: seen.alerts,
    ...(faults[0] && { error: faults[0] }),
  }
}

/** What has come up so far, over both streams. */
interface Seen {
  readonly messages: MessageReport[]
  readonly alerts: AlertReport[]
  certificates: readonly Uint8Array[]
  readonly faults: { readonly code: string; readonly message: string }[]
  clientHello?: ClientHello
  serverHello?: ServerHello
  exchange?: ServerKeyExchange
}

/** Walks over the plain records of one direction; ChangeCipherSpec is the last of them (RFC 5246 §7.1). */
function inspectStream(sender: Sender, stream: Uint8Array, seen: Seen): void {
  const flight: Flight = { parts: [], starts: [], length: 0 }
  noteFaults(seen, sender, () => {
    for (let at = 0; at < stream.length; ) {
      const record = readRecord(stream, at)
      if (record === undefined) {
        throw new DecodeError('truncated', 'TLSPlaintext', at, 'the stream ends within a record')
      }
      const { type, fragment } = record
      if (type === CONTENT_TYPE.change_cipher_spec || type === CONTENT_TYPE.application_data) return
      at += RECORD_HEADER_LENGTH + fragment.length
      if (type === CONTENT_TYPE.alert) noteAlerts(sender, fragment, at - fragment.length, seen)
      if (type !== CONTENT_TYPE.handshake) continue
      flight.starts.push({ stream: at - fragment.length, flight: flight.length })
      flight.parts.push(fragment)
      flight.length += fragment.length
    }
  })
  inspectMessages(sender, flight, seen)
}

/** Handshake bytes of one direction, and where each record's part of them lay in the stream. */
interface Flight {
  readonly parts: Uint8Array[]
  readonly starts: { readonly stream: number; readonly flight: number }[]
  length: number
}

function inspectMessages(sender: Sender, flight: Flight, seen: Seen): void {
  const bytes = new Uint8Array(flight.length)
  flight.parts.forEach((part, i) => {
    bytes.set(part, flight.starts[i]?.flight)
  })
  let record = 0
  for (let at = 0; at < bytes.length; ) {
    while ((flight.starts[record + 1]?.flight ?? Number.POSITIVE_INFINITY) <= at) record++
    const start = flight.starts[record] ?? { stream: 0, flight: 0 }
    const offset = start.stream + at - start.flight
    const [type = 0, a = 0, b = 0, c = 0] = bytes.subarray(at)
    const length = MESSAGE_HEADER_LENGTH + a * 65536 + b * 256 + c
    if (bytes.length - at < Math.max(length, MESSAGE_HEADER_LENGTH)) {
      const message = `the stream ends within ${handshakeName(type)} at byte ${offset}`
      seen.faults.push({ code: 'truncated', message: `${sender}: ${message}` })
      return
    }
    const message = bytes.subarray(at, at + length)
    const fields: Field[] = []
    noteFaults(seen, sender, () => inspectMessage(sender, type, message, fields, seen))
    seen.messages.push({ sender, name: handshakeName(type), offset, length, fields })
    at += length
  }
}

function inspectMessage(
  sender: Sender,
  type: number,
  message: Uint8Array,
  fields: Field[],
  seen: Seen,
): void {
  switch (`${sender} ${type}`) {
    case `client ${HANDSHAKE_TYPE.client_hello}`:
      seen.clientHello = decodeClientHello(message, fields)
      return
    case `server ${HANDSHAKE_TYPE.server_hello}`:
      seen.serverHello = decodeServerHello(message, fields)
      return
    case `server ${HANDSHAKE_TYPE.certificate}`:
      seen.certificates = decodeCertificateMessage(message, fields)
      return
    case `server ${HANDSHAKE_TYPE.certificate_status}`:
      decodeCertificateStatus(message, fields)
      return
    case `server ${HANDSHAKE_TYPE.server_key_exchange}`:
      if (seen.serverHello === undefined) return
      seen.exchange = decodeServerKeyExchange(message, seen.serverHello, fields)
      return
    case `server ${HANDSHAKE_TYPE.server_hello_done}`:
      decodeServerHelloDone(message, fields)
      return
    default: {
      const body = message.subarray(MESSAGE_HEADER_LENGTH)
      const [offset, length] = [MESSAGE_HEADER_LENGTH, body.length]
      if (length > 0) fields.push({ name: 'body', offset, length, bytes: body })
    }
  }
}

/** Alert { AlertLevel level; AlertDescription description; } (RFC 5246 §7.2); encrypted ones come later. */
function noteAlerts(sender: Sender, fragment: Uint8Array, offset: number, seen: Seen): void {
  for (let at = 0; at + 1 < fragment.length; at += 2) {
    const [level = 0, description = 0] = fragment.subarray(at)
    seen.alerts.push({ sender, offset: offset + at, level, description: alertName(description) })
  }
}

function noteFaults(seen: Seen, sender: Sender, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    seen.faults.push({ code: error.code, message: `${sender}: ${error.message}` })
  }
}

function judgeSignature({
  clientHello,
  serverHello,
  exchange,
  certificates,
}: Seen): HandshakeReport['signature'] {
  const [endEntity] = certificates
  if (!serverHello || exchange?.scheme === undefined || !exchange.signature) return 'absent'
  if (!clientHello || !endEntity) return 'unsupported'
  const { random: clientRandom } = clientHello
  const { random: serverRandom } = serverHello
  const signed = signedBytes({ clientRandom, serverRandom, params: exchange.params })
  try {
    const { spki } = decodeCertificate(endEntity)
    return verifySignature(exchange.scheme, spki, signed, exchange.signature) ? 'valid' : 'invalid'
  } catch (error) {
    if (error instanceof DecodeError || error instanceof RangeError) return 'unsupported'
    throw error
  }
}

function describeAll(seen: Seen): readonly CertificateDescription[] {
  return seen.certificates.flatMap((der) => {
    const described: CertificateDescription[] = []
    noteFaults(seen, 'server', () => {
      described.push(describeCertificate(decodeCertificate(der)))
    })
    return described
  })
}

/** supported_versions in a ServerHello holds what was really chosen (RFC 8446 §4.2.1). */
function negotiatedVersion({ version, extensions }: ServerHello): number {
  const chosen = extensions.find(({ type }) => type === EXTENSION.supported_versions)?.content
  return chosen?.length === 2 ? (chosen[0] as number) * 256 + (chosen[1] as number) : version
}
