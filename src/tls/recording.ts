// A recorded connection taken apart as far as it is plain text and goes: TLS record streams in, messages, alerts and
// what they say out (RFC 5246 §6.2.1, §7.4).

import { type Field, Reader } from '../codec.ts'
import { DecodeError } from '../errors.ts'
import { expandExtensions } from './extensions.ts'
import {
  decodeCertificateMessage,
  decodeCertificateStatus,
  decodeClientHello,
  decodeServerHello,
  decodeServerHelloDone,
  type Extension,
  MESSAGE_HEADER_LENGTH,
} from './handshake.ts'
import { decodeServerKeyExchange, type ServerKeyExchange } from './key-exchange.ts'
import { traceMessage } from './later-messages.ts'
import { RECORD_HEADER_LENGTH, readRecord } from './record.ts'
import {
  alertName,
  CONTENT_TYPE,
  HANDSHAKE_TYPE,
  handshakeName,
  suiteKind,
  VERSION,
} from './registry.ts'
import { beginsWithSsl2ClientHello, decodeSsl2ClientHello } from './ssl2-hello.ts'

export type Sender = 'client' | 'server'

export interface MessageReport {
  readonly sender: Sender
  /** "ServerHello". */
  readonly name: string
  /** Of the message's header, in its sender's stream. */
  readonly offset: number
  /** Header included; a message may be spread over several records. */
  readonly length: number
  /**
   * Side by side without gaps from the header to the end, or to the fault of a message that does not parse. Offsets in
   * here count from the header.
   */
  readonly fields: readonly Field[]
}

export interface AlertReport {
  readonly sender: Sender
  readonly offset: number
  readonly level: number
  /** "handshake_failure". */
  readonly description: string
}

/** What of a hello counts; of one that does not parse, what comes before its fault. */
export interface Hello {
  readonly version: number
  readonly random: Uint8Array
  readonly cipherSuite?: number
  readonly extensions?: readonly Extension[]
}

/** What has come up in both streams. */
export interface Recording {
  readonly messages: MessageReport[]
  readonly alerts: AlertReport[]
  /** The last one, when there are several: TLS 1.3 may ask for a second. */
  clientHello?: Hello
  serverHello?: Hello
  certificates: readonly Uint8Array[]
  exchange?: ServerKeyExchange
  /** There is a ServerKeyExchange of a kind that is not taken apart. */
  opaqueExchange: boolean
  /** The first one. */
  fault?: { readonly code: string; readonly message: string }
}

/**
 * Reads both directions. Never throws on what the bytes hold. A ChangeCipherSpec ends what is plain, but `afterRetry`:
 * in TLS 1.3 it means nothing, and hellos come after it when the server has sent a HelloRetryRequest.
 */
export function readRecording(
  flights: { readonly client?: Uint8Array; readonly server: Uint8Array },
  { afterRetry = false }: { readonly afterRetry?: boolean } = {},
): Recording {
  const seen = openReading(afterRetry)
  if (flights.client) readStream('client', flights.client, seen)
  readStream('server', flights.server, seen)
  return conclude(seen)
}

/** Reads messages that come without records, as a statement holds them; each one's offset is zero. */
export function readMessageList(
  sent: readonly { readonly sender: Sender; readonly message: Uint8Array }[],
): Recording {
  const seen = openReading()
  for (const { sender, message } of sent) {
    const flight: Flight = {
      parts: [message],
      starts: [{ stream: 0, flight: 0 }],
      length: message.length,
    }
    noteFault(seen, sender, () => readMessages(sender, flight, seen))
  }
  return conclude(seen)
}

/** Does the work; a DecodeError in it becomes the recording's fault, if it is the first. */
export function noteFault(seen: Recording, sender: Sender, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    seen.fault ??= { code: error.code, message: `${sender}: ${error.message}` }
  }
}

/** A recording being read. */
interface Reading extends Recording {
  readonly afterRetry: boolean
  /** What is read once both hellos are known. */
  readonly later: (() => void)[]
}

function openReading(afterRetry: boolean = false): Reading {
  const seen = { messages: [], alerts: [], certificates: [], opaqueExchange: false }
  return { ...seen, afterRetry, later: [] }
}

function conclude({ later, afterRetry: _, ...seen }: Reading): Recording {
  for (const read of later) read()
  return seen
}

/** Handshake bytes of one direction, and where each record's part of them lay in the stream. */
interface Flight {
  readonly parts: Uint8Array[]
  readonly starts: { readonly stream: number; readonly flight: number }[]
  length: number
}

function readStream(sender: Sender, stream: Uint8Array, seen: Reading): void {
  const flight: Flight = { parts: [], starts: [], length: 0 }
  noteFault(seen, sender, () => {
    const start = sender === 'client' ? readSsl2Hello(stream, seen) : 0
    readRecords(sender, stream, start, flight, seen)
  })
  noteFault(seen, sender, () => readMessages(sender, flight, seen))
}

/** A ClientHello in SSL 2.0's form is in no record; gives where the records begin. */
function readSsl2Hello(stream: Uint8Array, seen: Reading): number {
  if (!beginsWithSsl2ClientHello(stream)) return 0
  const fields: Field[] = []
  const hello = decodeSsl2ClientHello(stream, fields)
  seen.clientHello = hello
  const { length } = hello
  seen.messages.push({ sender: 'client', name: 'ClientHello', offset: 0, length, fields })
  return length
}

/** Gathers the handshake bytes up to ChangeCipherSpec, behind which all is encrypted (RFC 5246 §7.1). */
function readRecords(
  sender: Sender,
  stream: Uint8Array,
  start: number,
  flight: Flight,
  seen: Reading,
): void {
  const add = (fragment: Uint8Array, at: number): void => {
    flight.starts.push({ stream: at, flight: flight.length })
    flight.parts.push(fragment)
    flight.length += fragment.length
  }
  for (let at = start; at < stream.length; ) {
    const record = readRecord(stream, at)
    const begin = at + RECORD_HEADER_LENGTH
    if (record === undefined) {
      // The messages that are whole in what there is of the last record still count.
      if (stream[at] === CONTENT_TYPE.handshake) add(stream.subarray(begin), begin)
      throw new DecodeError('truncated', 'TLSPlaintext', at, 'the stream ends within a record')
    }
    const { type, fragment } = record
    if (type === CONTENT_TYPE.application_data) return
    if (type === CONTENT_TYPE.change_cipher_spec && !seen.afterRetry) return
    at = begin + fragment.length
    if (at > MAX_PLAIN) {
      throw new DecodeError(
        'too-large',
        'TLSPlaintext',
        begin,
        `more than ${MAX_PLAIN} plain bytes`,
      )
    }
    if (type === CONTENT_TYPE.alert) noteAlerts(sender, fragment, begin, seen)
    if (type === CONTENT_TYPE.handshake && fragment.length > 0) add(fragment, begin)
  }
}

function readMessages(sender: Sender, flight: Flight, seen: Reading): void {
  const bytes = new Uint8Array(flight.length)
  flight.parts.forEach((part, i) => {
    bytes.set(part, flight.starts[i]?.flight)
  })
  let record = 0
  for (let at = 0; at < bytes.length; ) {
    while ((flight.starts[record + 1]?.flight ?? Number.POSITIVE_INFINITY) <= at) record++
    const start = flight.starts[record] ?? { stream: 0, flight: 0 }
    const offset = start.stream + at - start.flight
    const [type = 0, a = 0, b = 0, c = 0] = bytes.subarray(at, at + MESSAGE_HEADER_LENGTH)
    const name = handshakeName(type)
    const length = MESSAGE_HEADER_LENGTH + a * 65536 + b * 256 + c
    if (bytes.length - at < length) {
      throw new DecodeError('truncated', name, offset, 'the stream ends within the message')
    }
    const message = bytes.subarray(at, at + length)
    const fields: Field[] = []
    noteFault(seen, sender, () => readMessage(sender, type, message, fields, seen))
    seen.messages.push({ sender, name, offset, length, fields })
    at += length
  }
}

function readMessage(
  sender: Sender,
  type: number,
  message: Uint8Array,
  fields: Field[],
  seen: Reading,
): void {
  switch (`${sender} ${type}`) {
    case `client ${HANDSHAKE_TYPE.client_hello}`:
      readHello(sender, decodeClientHello, message, fields, (hello) => {
        seen.clientHello = hello
      })
      return
    case `server ${HANDSHAKE_TYPE.server_hello}`:
      readHello(sender, decodeServerHello, message, fields, (hello) => {
        seen.serverHello = hello
      })
      return
    case `server ${HANDSHAKE_TYPE.certificate}`:
      seen.certificates = decodeCertificateMessage(message, fields)
      return
    case `server ${HANDSHAKE_TYPE.certificate_status}`:
      decodeCertificateStatus(message, fields)
      return
    case `server ${HANDSHAKE_TYPE.server_key_exchange}`:
      readKeyExchange(message, fields, seen)
      return
    case `server ${HANDSHAKE_TYPE.server_hello_done}`:
      decodeServerHelloDone(message, fields)
      return
    default:
      seen.later.push(() => readLeniently(message, fields, seen))
  }
}

/** What nothing depends on: taken apart where its form is known and right, else whole. */
function readLeniently(message: Uint8Array, fields: Field[], seen: Reading): void {
  const version = seen.serverHello?.version ?? seen.clientHello?.version ?? VERSION.tls12
  const cipherSuite = seen.serverHello?.cipherSuite ?? 0
  const known =
    message[0] !== HANDSHAKE_TYPE.client_key_exchange ||
    suiteKind(cipherSuite).keyExchange !== undefined
  const trace: Field[] = []
  try {
    if (known) traceMessage(message, { version, cipherSuite }, trace)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    trace.length = 0
  }
  if (trace.length > 0) fields.push(...trace)
  else readOpaque(message, fields)
}

function readHello(
  sender: Sender,
  decode: (message: Uint8Array, trace: Field[]) => Hello,
  message: Uint8Array,
  fields: Field[],
  keep: (hello: Hello) => void,
): void {
  try {
    keep(decode(message, fields))
  } catch (error) {
    const value = (name: RegExp): Uint8Array | undefined =>
      fields.find((field) => name.test(field.name))?.bytes
    const [version, random, suite] = [/_version$/, /^random$/, /^cipher_suite$/].map(value)
    if (version && random) {
      const sure = { version: uint16(version), random }
      keep(suite ? { ...sure, cipherSuite: uint16(suite) } : sure)
    }
    throw error
  } finally {
    expandExtensions(sender, fields)
  }
}

/** Kinds that nothing is known of, such as SRP and GOST, stay whole; a server that resumes or refuses has none. */
function readKeyExchange(message: Uint8Array, fields: Field[], seen: Reading): void {
  const { version, cipherSuite } = seen.serverHello ?? {}
  if (version === undefined || cipherSuite === undefined || !suiteKind(cipherSuite).keyExchange) {
    seen.opaqueExchange = true
    readOpaque(message, fields)
    return
  }
  try {
    seen.exchange = decodeServerKeyExchange(message, { version, cipherSuite }, fields)
  } catch (error) {
    seen.opaqueExchange = true
    throw error
  }
}

function readOpaque(message: Uint8Array, fields: Field[]): void {
  const reader = new Reader('Handshake', message, 0, fields)
  reader.u8('msg_type', handshakeName)
  reader.u24('length')
  if (reader.left > 0) reader.bytes(reader.left, 'body')
}

/** Alert { AlertLevel level; AlertDescription description; } (RFC 5246 §7.2); encrypted ones come later. */
function noteAlerts(sender: Sender, fragment: Uint8Array, offset: number, seen: Reading): void {
  for (let at = 0; at + 1 < fragment.length; at += 2) {
    const [level = 0, description = 0] = fragment.subarray(at, at + 2)
    seen.alerts.push({ sender, offset: offset + at, level, description: alertName(description) })
  }
}

function uint16([high = 0, low = 0]: Uint8Array): number {
  return high * 256 + low
}

/** Plain bytes of one direction; a real one's first flight has 2 to 30 KB. */
const MAX_PLAIN = 2 ** 18
