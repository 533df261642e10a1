// Opens the protected records of a recorded connection with the secrets of a key log, and puts the messages in them together
// (RFC 5246 §6.2.3, RFC 8446 §5.2). AEADs and block ciphers come from the caller.

import { counted } from '../encoding/index.ts'
import { DecodeError, HandshakeError } from '../errors.ts'
import {
  append,
  CONTENT_TYPE,
  cipherSuiteName,
  nextMessage,
  openReceiveBuffer,
  RECORD_HEADER_LENGTH,
  type ReceiveBuffer,
  type RecordCiphers,
  readRecord,
  type TlsRecord,
  type Unprotected,
  VERSION,
  versionName,
} from '../tls/index.ts'
import type { KeyLog } from './key-log.ts'
import type { DecryptionFault, DecryptionReport, Recording, Sender } from './message.ts'
import { negotiatedVersion } from './negotiated.ts'
import { startOfRecords } from './records.ts'
import { findSides, type Side, type Sides } from './sides.ts'

/** What opens protected records. */
export interface Secrets {
  readonly keyLog: KeyLog
  readonly ciphers: RecordCiphers
}

type FaultCode = DecryptionFault['code']

/** A message of any content type that was in a protected record, or in several. */
export interface OpenedMessage {
  readonly type: number
  readonly bytes: Uint8Array
  /** Of the header of the record that it begins in, in its sender's stream. */
  readonly offset: number
  /** Of that record, header included. */
  readonly protectedLength: number
}

/** What was in the protected records of one side. */
export interface OpenedStream {
  readonly messages: readonly OpenedMessage[]
  /** What there is of a handshake message that the stream ends within. */
  readonly rest: OpenedMessage | undefined
}

/** Opens what can be opened. Never throws on what the bytes hold. */
export function openRecording(
  streams: { readonly client?: Uint8Array; readonly server: Uint8Array },
  seen: Recording,
  secrets: Secrets,
): Readonly<Record<Sender, OpenedStream>> & { readonly report: DecryptionReport } {
  const sides = sidesOf(seen, secrets)
  const known = 'code' in sides ? undefined : sides
  const version = seen.serverHello && negotiatedVersion(seen.serverHello)
  const open = (sender: Sender): OpeningStream => {
    const stream = streams[sender] ?? NONE
    const start = startOfRecords(sender, stream, seen.preamble)
    const records = protectedRecords(stream, start, version === VERSION.tls13)
    return openStream(records, known?.[sender], stream.length)
  }
  const [client, server] = [open('client'), open('server')]
  const faults = known
    ? [...faultsOf('client', client), ...faultsOf('server', server)]
    : [sides as DecryptionFault]
  const records = client.records + server.records
  const report = { records, opened: client.opened + server.opened, faults }
  return { client, server, report }
}

function sidesOf(
  { clientHello, serverHello }: Recording,
  { keyLog, ciphers }: Secrets,
): Sides | DecryptionFault {
  const fault = (code: FaultCode, message: string): DecryptionFault => {
    return { sender: null, code, message }
  }
  if (!clientHello || serverHello?.cipherSuite === undefined) {
    return fault(
      'no-hellos',
      'ClientHello or ServerHello is missing, and finding the secrets takes both',
    )
  }
  const sides = findSides(clientHello, serverHello, keyLog, ciphers)
  if (sides === 'no-secrets') return fault(sides, 'the key log has no secrets for this connection')
  if (sides !== 'unsupported') return sides
  const version = versionName(negotiatedVersion(serverHello))
  const suite = cipherSuiteName(serverHello.cipherSuite)
  return fault(sides, `decryption of ${version} with ${suite} is not supported`)
}

/** The records that are protected, up to where the stream has none. */
function* protectedRecords(
  stream: Uint8Array,
  start: number,
  isTls13: boolean,
): Generator<TlsRecord> {
  let changed = false
  for (let at = start; ; ) {
    const record = nextRecordOf(stream, at)
    if (!record) return
    const isProtected = isTls13 ? record.type === CONTENT_TYPE.application_data : changed
    if (isProtected) yield record
    changed ||= record.type === CONTENT_TYPE.change_cipher_spec
    at += RECORD_HEADER_LENGTH + record.fragment.length
  }
}

function nextRecordOf(stream: Uint8Array, at: number): TlsRecord | undefined {
  try {
    return readRecord(stream, at)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

interface OpeningStream extends OpenedStream {
  readonly messages: OpenedMessage[]
  rest: OpenedMessage | undefined
  readonly flight: ReceiveBuffer
  records: number
  opened: number
  /** Why records stayed closed, and how many. */
  readonly closed: Map<FaultCode, number>
  /** The epoch in which a record stayed closed: a message may lack its beginning, so none is read until the keys change. */
  torn: number | undefined
  /** Application data, and all else, that came in protected records. */
  readonly counts: { application: number; others: number }
  /** What ends the opening. */
  end: FaultCode | undefined
}

function openStream(
  records: Iterable<TlsRecord>,
  side: Side | undefined,
  length: number,
): OpeningStream {
  const stream: OpeningStream = {
    messages: [],
    rest: undefined,
    flight: openReceiveBuffer(length),
    records: 0,
    opened: 0,
    closed: new Map(),
    torn: undefined,
    counts: { application: 0, others: 0 },
    end: undefined,
  }
  for (const record of records) {
    stream.records++
    if (!side) continue
    const content = stream.end ?? side.open(record)
    if (typeof content === 'string') {
      stream.closed.set(content, (stream.closed.get(content) ?? 0) + 1)
      if (content === 'early-data') continue
      stream.torn = side.epoch()
      stream.flight.read = stream.flight.length
      stream.rest = undefined
    } else {
      stream.opened++
      takeContent(stream, content, record, side)
    }
  }
  return stream
}

function takeContent(
  stream: OpeningStream,
  { type, content: bytes }: Unprotected,
  { offset, fragment }: TlsRecord,
  side: Side,
): void {
  const origin = { offset, protectedLength: RECORD_HEADER_LENGTH + fragment.length }
  const { flight } = stream
  if (type !== CONTENT_TYPE.handshake) {
    keep(stream, { type, bytes, ...origin })
    if (type === CONTENT_TYPE.change_cipher_spec) stream.end = 'renegotiation'
    return
  }
  if (stream.torn === side.epoch()) return
  try {
    append(flight, bytes)
    for (let message = nextMessage(flight); message; message = nextMessage(flight)) {
      keep(stream, { ...origin, ...stream.rest, type, bytes: message })
      stream.rest = undefined
      side.hear(message)
      if (stream.end) return
    }
  } catch (error) {
    if (!(error instanceof HandshakeError)) throw error
    stream.end = 'too-large'
  }
  const left = flight.storage.subarray(flight.read, flight.length)
  stream.rest = left.length > 0 ? { ...origin, ...stream.rest, type, bytes: left } : undefined
}

/** Keeps a message: of application data the first ones, while too much of anything else is the end. */
function keep(stream: OpeningStream, message: OpenedMessage): void {
  const { messages, counts } = stream
  if (message.type === CONTENT_TYPE.application_data) {
    if (++counts.application <= MAX_APPLICATION) messages.push(message)
  } else if (++counts.others <= MAX_MESSAGES) messages.push(message)
  else stream.end = 'too-large'
}

function faultsOf(sender: Sender, { closed }: OpeningStream): DecryptionFault[] {
  return [...closed].map(([code, count]) => {
    const records = `${counted(count, 'record')} from the ${sender}`
    return { sender, code, message: `not decrypted: ${records}, ${WHY[code] ?? code}` }
  })
}

const WHY: Readonly<Partial<Record<FaultCode, string>>> = {
  'no-secret': 'for which the key log has no secret',
  'not-authentic': 'whose authentication failed (a wrong secret, or damaged or missing records)',
  'early-data': 'with early data, which is not supported',
  renegotiation: 'after a renegotiation, which is not supported',
  'too-large': 'after the limit on messages was reached',
}

/** Of one side: records of application data that are shown, as many as are listed. */
const MAX_APPLICATION = 2 ** 12
/** Of one side; a session has a dozen. */
const MAX_MESSAGES = 1000

const NONE = new Uint8Array(0)
