// A recorded connection taken apart as far as it is plain text and goes: TLS record streams in, messages, alerts and
// what they say out (RFC 5246 §6.2.1, §7.4).

import type { Field } from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'
import {
  CONTENT_TYPE,
  HANDSHAKE_TYPE,
  handshakeName,
  isRetryRandom,
  MAX_CERTIFICATES,
  MESSAGE_HEADER_LENGTH,
  RECORD_HEADER_LENGTH,
  readRecord,
} from '../tls/index.ts'
import { noteAlerts, takeContent } from './content.ts'
import { type OpenedMessage, openRecording, type Secrets } from './decryption.ts'
import {
  limitFields,
  type MessageReport,
  type Reading,
  type Recording,
  readMessage,
  recordFault,
  type Sender,
} from './message.ts'
import { negotiatedIn } from './negotiated.ts'
import { findPreamble } from './preamble.ts'
import { beginsWithSsl2ClientHello, decodeSsl2ClientHello } from './ssl2-hello.ts'
import { tls13Reader } from './tls13-message.ts'
import { traceUnfinished } from './unfinished.ts'

interface Flights {
  readonly client?: Uint8Array
  readonly server: Uint8Array
}

/**
 * Reads both directions, and with `secrets` what is in protected records. Never throws on what the bytes hold. A
 * ChangeCipherSpec ends what is plain, except after a HelloRetryRequest: it means nothing in TLS 1.3, and hellos follow.
 */
export function readRecording(flights: Flights, secrets?: Secrets): Recording {
  const first = readPlain(flights, false)
  const isRetried = first.serverHello !== undefined && isRetryRandom(first.serverHello.random)
  const seen = isRetried ? readPlain(flights, true) : first
  if (secrets) readProtected(flights, secrets, seen)
  return conclude(seen)
}

function readPlain(flights: Flights, afterRetry: boolean): Reading {
  const preamble = findPreamble(flights)
  const seen = { ...openReading(afterRetry), ...(preamble && { preamble }) }
  if (flights.client) readStream('client', flights.client, seen)
  readStream('server', flights.server, seen)
  return seen
}

function readProtected(flights: Flights, secrets: Secrets, seen: Reading): void {
  const { report, ...sides } = openRecording(flights, seen, secrets)
  seen.decryption = report
  for (const sender of ['client', 'server'] as const) {
    const { messages, rest } = sides[sender]
    let content = 0
    for (const message of messages) {
      if (message.type === CONTENT_TYPE.handshake) takeMessage(sender, message, seen)
      else takeContent(sender, message, content, seen)
      if (message.type === CONTENT_TYPE.application_data) content += message.bytes.length
    }
    if (rest) recordFault(seen, sender, () => refuseUnfinished(sender, rest, seen))
  }
  // In the order of each stream, the client's first
  seen.messages.sort((a, b) => Number(a.sender === 'server') - Number(b.sender === 'server'))
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
      // The form of the message is the version's
      if (seen.serverHello) read.seen.serverHello = seen.serverHello
      if (seen.encryptedExtensions) read.seen.encryptedExtensions = seen.encryptedExtensions
      if (!earlier) readWhole(sender, message, read.seen)
      seen.whole.server.push(message)
      seen.isDelegated = read.seen.isDelegated
      known.set(message, read)
      const { messages, certificates, rawPublicKey, fault, unfinished, later } = read.seen
      seen.messages.push(
        ...(earlier ? messages.map((one) => ({ ...one, asInRound: earlier.round })) : messages),
      )
      seen.unfinished.push(...unfinished)
      if (!earlier) seen.later.push(...later)
      seen.certificates = certificates
      if (rawPublicKey) seen.rawPublicKey = rawPublicKey
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
    whole: { client: [], server: [] },
    certificates: [],
    opaqueExchange: false,
    isDelegated: false,
    afterRetry,
    mostCertificates,
    fieldCount: 0,
    later: [],
  }
}

function conclude(reading: Reading): Recording {
  for (const read of reading.later) read()
  const { later, mostCertificates, fieldCount, isDelegated, whole, ...seen } = reading
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
    const plain = seen.preamble?.[sender] ?? 0
    const start = sender === 'client' && plain === 0 ? readSsl2Hello(stream, seen) : plain
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
        `more than ${MAX_PLAIN} bytes in plaintext`,
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
    const { name, length } = headOf(bytes.subarray(at, at + MESSAGE_HEADER_LENGTH))
    const there = bytes.subarray(at, at + length)
    if (there.length < length) refuseUnfinished(sender, { bytes: there, offset }, seen)
    if (++count > MAX_MESSAGES) {
      throw new DecodeError('too-large', name, offset, `more than ${MAX_MESSAGES} messages`)
    }
    takeMessage(sender, { bytes: there, offset }, seen)
    at += length
  }
}

function headOf([type = 0, a = 0, b = 0, c = 0]: Uint8Array): { name: string; length: number } {
  return { name: handshakeName(type), length: MESSAGE_HEADER_LENGTH + a * 65536 + b * 256 + c }
}

/** A handshake message, and where it was. */
type Found = Pick<OpenedMessage, 'bytes' | 'offset'> & Partial<OpenedMessage>

function takeMessage(sender: Sender, { bytes, offset, ...found }: Found, seen: Reading): void {
  const [type = 0] = bytes
  const { name, length } = headOf(bytes)
  const fields: Field[] = []
  recordFault(seen, sender, () => {
    const read = tls13Reader(sender, type, seen)
    if (read) read(bytes, fields, seen)
    else readMessage(sender, type, bytes, fields, seen)
  })
  limitFields(bytes, fields, seen)
  seen.whole[sender].push(bytes)
  seen.messages.push({ sender, name, offset, length, ...protectionOf(found), fields })
}

function protectionOf({ protectedLength }: Partial<OpenedMessage>): Partial<MessageReport> {
  return protectedLength === undefined ? {} : { protectedLength }
}

/** Notes a message that its stream ends within. Throws DecodeError. */
function refuseUnfinished(
  sender: Sender,
  { bytes, offset, ...found }: Found,
  seen: Reading,
): never {
  const { name, length } = headOf(bytes)
  const fields: Field[] = []
  const there = bytes.length
  seen.unfinished.push({ sender, name, offset, length, ...protectionOf(found), there, fields })
  seen.later.push(() => {
    fields.push(...traceUnfinished(bytes, length, negotiatedIn(seen, sender)))
  })
  throw new DecodeError('truncated', name, offset, 'the stream ends within the message')
}

/** Plain bytes of one direction, as much as is kept of it; a real one's first flight has 2 to 30 KB, one is known of 340 KB. */
const MAX_PLAIN = 2 ** 22

/** Messages of one direction; a handshake has up to ten, and each asks for a hundred times the memory of an empty one. */
const MAX_MESSAGES = 1000
