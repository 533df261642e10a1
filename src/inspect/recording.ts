// A recorded connection taken apart as far as it is plain text and goes: TLS record streams in, messages, alerts and
// what they say out (RFC 5246 §6.2.1, §7.4).

import type { Field } from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'
import {
  alertName,
  CONTENT_TYPE,
  HANDSHAKE_TYPE,
  handshakeName,
  MAX_CERTIFICATES,
  MESSAGE_HEADER_LENGTH,
  RECORD_HEADER_LENGTH,
  readRecord,
} from '../tls/index.ts'
import {
  limitFields,
  type MessageReport,
  negotiatedIn,
  type Reading,
  type Recording,
  readMessage,
  recordFault,
  type Sender,
  traceUnfinished,
} from './message.ts'
import { beginsWithSsl2ClientHello, decodeSsl2ClientHello } from './ssl2-hello.ts'

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

/** What a Certificate message came to, and the first round that has it. */
interface ReadCertificates {
  readonly round: number
  readonly seen: Reading
}

/**
 * Gives a function that reads the messages of a statement's rounds, which come without records, one round after the
 * other; each message's offset is zero. A Certificate message that rounds share is read once, with its certificates.
 */
export function openRoundReader(): (
  sent: readonly { readonly sender: Sender; readonly message: Uint8Array }[],
) => Recording {
  const known = new Map<Uint8Array, ReadCertificates>()
  let round = -1
  return (sent) => {
    round++
    const seen = openReading()
    for (const { sender, message } of sent) {
      if (message[0] !== HANDSHAKE_TYPE.certificate || sender === 'client') {
        readWhole(sender, message, seen)
        continue
      }
      const earlier = known.get(message)
      const read = earlier ?? { round, seen: openReading(false, MAX_CERTIFICATES) }
      if (!earlier) readWhole(sender, message, read.seen)
      known.set(message, read)
      const { messages, certificates, fault, unfinished, later } = read.seen
      seen.messages.push(
        ...(earlier ? messages.map((one) => ({ ...one, asInRound: earlier.round })) : messages),
      )
      seen.unfinished.push(...unfinished)
      if (!earlier) seen.later.push(...later)
      seen.certificates = certificates
      if (fault) seen.fault ??= fault
    }
    return conclude(seen)
  }
}

function readWhole(sender: Sender, message: Uint8Array, seen: Reading): void {
  const starts = [{ stream: 0, flight: 0 }]
  const flight: Flight = { parts: [message], starts, length: message.length }
  recordFault(seen, sender, () => readMessages(sender, flight, seen))
}

function openReading(
  afterRetry: boolean = false,
  mostCertificates: number = Number.POSITIVE_INFINITY,
): Reading {
  return {
    messages: [],
    alerts: [],
    unfinished: [],
    certificates: [],
    opaqueExchange: false,
    afterRetry,
    mostCertificates,
    fieldCount: 0,
    later: [],
  }
}

function conclude(reading: Reading): Recording {
  for (const read of reading.later) read()
  const { later, afterRetry, mostCertificates, fieldCount, ...seen } = reading
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
  recordFault(seen, sender, () => {
    const start = sender === 'client' ? readSsl2Hello(stream, seen) : 0
    readRecords(sender, stream, start, flight, seen)
  })
  recordFault(seen, sender, () => readMessages(sender, flight, seen))
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
  let count = 0
  for (let at = 0; at < bytes.length; ) {
    while ((flight.starts[record + 1]?.flight ?? Number.POSITIVE_INFINITY) <= at) record++
    const start = flight.starts[record] ?? { stream: 0, flight: 0 }
    const offset = start.stream + at - start.flight
    const [type = 0, a = 0, b = 0, c = 0] = bytes.subarray(at, at + MESSAGE_HEADER_LENGTH)
    const name = handshakeName(type)
    const length = MESSAGE_HEADER_LENGTH + a * 65536 + b * 256 + c
    if (bytes.length - at < length) {
      noteUnfinished(seen, { sender, name, offset, length }, bytes.subarray(at))
      throw new DecodeError('truncated', name, offset, 'the stream ends within the message')
    }
    if (++count > MAX_MESSAGES) {
      throw new DecodeError('too-large', name, offset, `more than ${MAX_MESSAGES} messages`)
    }
    const message = bytes.subarray(at, at + length)
    const fields: Field[] = []
    recordFault(seen, sender, () => readMessage(sender, type, message, fields, seen))
    limitFields(message, fields, seen)
    seen.messages.push({ sender, name, offset, length, fields })
    at += length
  }
}

function noteUnfinished(
  seen: Reading,
  message: Omit<MessageReport, 'fields'>,
  there: Uint8Array,
): void {
  const fields: Field[] = []
  seen.unfinished.push({ ...message, there: there.length, fields })
  seen.later.push(() => {
    fields.push(...traceUnfinished(there, message.length, negotiatedIn(seen)))
  })
}

/** Alert { AlertLevel level; AlertDescription description; } (RFC 5246 §7.2); encrypted ones come later. */
function noteAlerts(sender: Sender, fragment: Uint8Array, offset: number, seen: Reading): void {
  for (let at = 0; at + 1 < fragment.length; at += 2) {
    const [level = 0, description = 0] = fragment.subarray(at, at + 2)
    seen.alerts.push({ sender, offset: offset + at, level, description: alertName(description) })
  }
}

/** Plain bytes of one direction; a real one's first flight has 2 to 30 KB. */
const MAX_PLAIN = 2 ** 18

/** Messages of one direction; a handshake has up to ten, and each asks for a hundred times the memory of an empty one. */
const MAX_MESSAGES = 1000
