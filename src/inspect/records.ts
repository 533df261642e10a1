// The records of one direction, plain and encrypted, as far as the stream goes (RFC 5246 §6.2.1).

import { type Field, Reader } from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'
import {
  CONTENT_TYPE,
  contentTypeName,
  decodeAlert,
  decodeChangeCipherSpec,
  RECORD_HEADER_LENGTH,
  type RecordIv,
  readRecord,
  recordIvOf,
  versionName,
} from '../tls/index.ts'
import type { Preamble, Recording, Sender } from './message.ts'
import { negotiatedVersion } from './negotiated.ts'
import { beginsWithSsl2ClientHello } from './ssl2-hello.ts'

export interface RecordReport {
  readonly sender: Sender
  /** ContentType by name: "handshake". */
  readonly type: string
  /** "TLS 1.0": a first record often has a lower version than its ClientHello. */
  readonly version: string
  /** Of the record's header, in its sender's stream. */
  readonly offset: number
  /** Header included. */
  readonly length: number
  /** Sent after ChangeCipherSpec, or application data: its content can't be read. */
  readonly encrypted: boolean
  /** What stands in the clear in front of what is encrypted; null when nothing does, or when no ServerHello says. */
  readonly iv: RecordIv | null
}

export interface RecordList {
  /** The first MAX_RECORDS ones. */
  readonly records: readonly RecordReport[]
  /** How many there are. */
  readonly count: number
  /** Bytes of the stream. */
  readonly bytes: number
  /** Where the records end; the stream's length, unless there is an error. */
  readonly end: number
  /** What is there instead of a record. */
  readonly error?: { readonly code: string; readonly message: string }
}

/** Lists the records of a stream. Never throws on what the bytes hold. */
export function listRecords(
  sender: Sender,
  stream: Uint8Array,
  { afterRetry, preamble, serverHello }: Recording,
): RecordList {
  const iv = serverHello && recordIvOf(serverHello.cipherSuite ?? 0, negotiatedVersion(serverHello))
  const records: RecordReport[] = []
  const bytes = stream.length
  let at = startOfRecords(sender, stream, preamble)
  let count = 0
  let encrypted = false
  try {
    while (at < bytes) {
      const record = readRecord(stream, at)
      if (!record) throw new DecodeError('truncated', 'TLSPlaintext', at, cutShort(stream, at))
      const { type, version, fragment } = record
      const length = RECORD_HEADER_LENGTH + fragment.length
      const opaque = encrypted || type === CONTENT_TYPE.application_data
      count++
      if (records.length < MAX_RECORDS) {
        records.push({
          sender,
          type: contentTypeName(type),
          version: versionName(version),
          offset: at,
          length,
          encrypted: opaque,
          iv: (opaque && iv) || null,
        })
      }
      encrypted ||= type === CONTENT_TYPE.change_cipher_spec && !afterRetry
      at += length
    }
    return { records, count, bytes, end: at }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return { records, count, bytes, end: at, error: { code: error.code, message: error.message } }
  }
}

/**
 * The fields of a record's header, of what is in a plain alert or ChangeCipherSpec, and of what stands in front of what is
 * encrypted; offsets count from the header.
 */
export function traceRecord(
  stream: Uint8Array,
  { offset, length, encrypted, iv }: RecordReport,
): Field[] {
  const fields: Field[] = []
  const reader = new Reader('TLSPlaintext', stream.subarray(offset, offset + length), 0, fields)
  const type = reader.u8('type', contentTypeName)
  reader.u16('version', versionName)
  reader.u16('length')
  if (encrypted) {
    if (iv && iv.length <= reader.left) reader.bytes(iv.length, iv.name)
    reader.rest('encrypted')
  } else if (type === CONTENT_TYPE.alert) reader.rest('alert', nested(decodeAlert))
  else if (type === CONTENT_TYPE.change_cipher_spec) {
    reader.rest('change_cipher_spec', nested(decodeChangeCipherSpec))
  } else if (type !== CONTENT_TYPE.handshake) reader.rest(contentTypeName(type))
  return fields
}

/** A decoder of a whole structure as one that goes on reading. */
function nested(decode: (bytes: Uint8Array, trace: Field[]) => unknown): (reader: Reader) => void {
  return (reader) => {
    const own: Field[] = []
    decode(reader.whole, own)
    for (const { name, length, meaning } of own) {
      if (length === 1) reader.u8(name, () => meaning ?? '')
      else reader.bytes(length, name)
    }
  }
}

/** Behind plain text, or behind a ClientHello that is in no record. */
export function startOfRecords(
  sender: Sender,
  stream: Uint8Array,
  preamble: Preamble | undefined,
): number {
  return preamble?.[sender] || (sender === 'client' ? lengthOfSsl2Hello(stream) : 0)
}

/** Zero when the stream begins with a record. */
export function lengthOfSsl2Hello(stream: Uint8Array): number {
  if (!beginsWithSsl2ClientHello(stream)) return 0
  const [high = 0, low = 0] = stream
  return Math.min(stream.length, 2 + (high & 0x7f) * 256 + low)
}

function cutShort(stream: Uint8Array, at: number): string {
  const [high, low] = stream.subarray(at + 3, at + RECORD_HEADER_LENGTH)
  const there = stream.length - at
  if (high === undefined || low === undefined) {
    return `the stream ends within a record's header, after ${there} of 5 bytes`
  }
  const whole = RECORD_HEADER_LENGTH + high * 256 + low
  return `the stream ends within a record, after ${there} of ${whole} bytes`
}

/** Of one direction; the rest is counted. */
const MAX_RECORDS = 2 ** 12
