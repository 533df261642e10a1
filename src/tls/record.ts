// The TLS record layer without protection (RFC 5246 §6.2.1): a byte stream in, records out.

import { DecodeError } from '../errors.ts'
import { CONTENT_TYPE } from './registry.ts'

/**
 * struct {
 *   ContentType type;
 *   ProtocolVersion version;
 *   uint16 length;
 *   opaque fragment[TLSPlaintext.length];
 * } TLSPlaintext;
 */
export interface TlsRecord {
  readonly type: number
  readonly version: number
  readonly fragment: Uint8Array
  /** Offset of the record's header in the stream. */
  readonly offset: number
}

/** 2^14 plus what protection may add (RFC 5246 §6.2.3). */
const MAX_LENGTH = 2 ** 14 + 2048

const ALERT_LENGTH = 2

/** TLSPlaintext.length may not exceed 2^14. */
export const MAX_PLAINTEXT: number = 2 ** 14

export const RECORD_HEADER_LENGTH = 5

/**
 * The record that begins at `at`, or undefined when the stream does not hold all of it yet. The header is judged as
 * soon as its bytes are there, so that what is not TLS is refused before anybody waits for 65,535 bytes of it. Servers that
 * take no version of those offered may say so in an alert of version 0.0.
 * Throws DecodeError.
 */
export function readRecord(stream: Uint8Array, at: number): TlsRecord | undefined {
  const [type, major, minor, high, low] = stream.subarray(at, at + RECORD_HEADER_LENGTH)
  if (type === undefined) return undefined
  if (type < CONTENT_TYPE.change_cipher_spec || type > CONTENT_TYPE.heartbeat) {
    throw new DecodeError('invalid-value', 'TLSPlaintext', at, `not a TLS record (type ${type})`)
  }
  const isBare = type === CONTENT_TYPE.alert && major === 0 && (minor ?? 0) === 0
  if (major !== undefined && major !== 3 && !isBare) {
    throw new DecodeError(
      'invalid-value',
      'TLSPlaintext',
      at + 1,
      `expected version 3.x, got ${major}`,
    )
  }
  if (major === undefined || minor === undefined || high === undefined || low === undefined)
    return undefined
  const length = high * 256 + low
  if (isBare && length !== ALERT_LENGTH) {
    throw new DecodeError('invalid-length', 'TLSPlaintext', at + 3, 'expected an alert of 2 bytes')
  }
  if (length > MAX_LENGTH) {
    throw new DecodeError(
      'invalid-length',
      'TLSPlaintext',
      at + 3,
      `expected at most ${MAX_LENGTH} bytes, got ${length}`,
    )
  }
  const start = at + RECORD_HEADER_LENGTH
  if (stream.length < start + length) return undefined
  return {
    type,
    version: major * 256 + minor,
    fragment: stream.subarray(start, start + length),
    offset: at,
  }
}

/** One record around `fragment`, which must fit (at most 2^14 bytes). */
export function encodeRecord(type: number, version: number, fragment: Uint8Array): Uint8Array {
  if (fragment.length > MAX_PLAINTEXT) throw new RangeError('expected at most 16384 bytes')
  const record = new Uint8Array(RECORD_HEADER_LENGTH + fragment.length)
  record.set([type, version >> 8, version & 0xff, fragment.length >> 8, fragment.length & 0xff])
  record.set(fragment, RECORD_HEADER_LENGTH)
  return record
}
