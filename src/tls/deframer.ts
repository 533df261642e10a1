// Bytes as they come from a peer, bounded: appended in any chunks, taken out record by record and message by message
// (RFC 5246 §6.2.1, §7.4).

import { DecodeError, HandshakeError } from '../errors.ts'
import { MAX_MESSAGE, MESSAGE_HEADER_LENGTH } from './messages.ts'
import {
  encodeRecord,
  MAX_PLAINTEXT,
  RECORD_HEADER_LENGTH,
  readRecord,
  type TlsRecord,
} from './record.ts'
import { alertName, CONTENT_TYPE, HANDSHAKE_TYPE, handshakeName } from './registry.ts'
import { misbehaving } from './transcript.ts'

/** Received bytes: `storage` up to `length`, of which `read` are used up. */
export interface ReceiveBuffer {
  readonly limit: number
  storage: Uint8Array
  length: number
  read: number
  /** Records taken out. */
  records: number
}

/** limit: how many bytes may come in all. */
export function openReceiveBuffer(limit: number): ReceiveBuffer {
  return { limit, storage: new Uint8Array(4096), length: 0, read: 0, records: 0 }
}

export function received(buffer: ReceiveBuffer): Uint8Array {
  return buffer.storage.subarray(0, buffer.length)
}

/** Appends in amortised constant time per byte. Throws HandshakeError beyond the limit. */
export function append(buffer: ReceiveBuffer, bytes: Uint8Array): void {
  const length = buffer.length + bytes.length
  if (length > buffer.limit)
    throw misbehaving(`the server's flight is longer than ${buffer.limit} bytes`)
  if (length > buffer.storage.length) {
    const storage = new Uint8Array(Math.max(length, 2 * buffer.storage.length))
    storage.set(received(buffer))
    buffer.storage = storage
  }
  buffer.storage.set(bytes, buffer.length)
  buffer.length = length
}

/**
 * Takes a handshake message; gives whether it was the last one awaited. atEnd: whether its record ends with it.
 */
export type TakeMessage = (type: number, message: Uint8Array, atEnd: boolean) => boolean

/**
 * Gives a function that takes a server's bytes in any chunks and hands each handshake message of its records to
 * `take`; it is true once `take` has been, and looks at nothing after that. It throws HandshakeError.
 * awaited: the message that `take` waits for, by name. unprotect: gives what is in a record, or undefined to pass it over.
 */
export function openDeframer(
  awaited: string,
  take: TakeMessage,
  unprotect: (record: TlsRecord) => TlsRecord | undefined = (record) => record,
): (bytes: Uint8Array) => boolean {
  const stream = openReceiveBuffer(MAX_FLIGHT)
  const flight = openReceiveBuffer(MAX_FLIGHT)
  let done = false
  return (bytes) => {
    if (done) return true
    try {
      append(stream, bytes)
      while (!done) {
        const record = nextRecord(stream)
        if (record === undefined) return false
        const plain = unprotect(record)
        done =
          plain !== undefined &&
          takePlainRecord(plain, awaited) &&
          takeMessages(plain.fragment, flight, take)
      }
      return true
    } catch (error) {
      throw blame(error, stream)
    }
  }
}

/** Whether a record holds handshake bytes. An alert that is a warning is passed over, anything else throws. */
function takePlainRecord({ type, fragment }: TlsRecord, awaited: string): boolean {
  const { length } = fragment
  if (length > MAX_PLAINTEXT)
    throw misbehaving(`the server sent a plaintext record of ${length} bytes`)
  if (type === CONTENT_TYPE.alert) {
    takeAlerts(fragment)
    return false
  }
  if (type !== CONTENT_TYPE.handshake) {
    throw misbehaving(`the server sent a record of content type ${type} before ${awaited}`)
  }
  if (length === 0) throw misbehaving('the server sent an empty handshake record')
  return true
}

function takeMessages(fragment: Uint8Array, flight: ReceiveBuffer, take: TakeMessage): boolean {
  append(flight, fragment)
  for (let message = nextMessage(flight); message; message = nextMessage(flight)) {
    if (take(message[0] ?? 0, message, flight.read === flight.length)) return true
  }
  return false
}

/** HelloRequests may come at any time until TLS 1.2, and are ignored during a handshake (RFC 5246 §7.4.1.1). */
export function isHelloRequest(message: Uint8Array): boolean {
  return message[0] === HANDSHAKE_TYPE.hello_request && message.length === MESSAGE_HEADER_LENGTH
}

/** The next whole record; undefined when there is none yet. Throws DecodeError, and HandshakeError beyond the limit. */
export function nextRecord(buffer: ReceiveBuffer): TlsRecord | undefined {
  const record = readRecord(received(buffer), buffer.read)
  if (record === undefined) return undefined
  buffer.read += RECORD_HEADER_LENGTH + record.fragment.length
  if (++buffer.records > MAX_RECORDS)
    throw misbehaving(`the server sent more than ${MAX_RECORDS} records`)
  return record
}

/** A copy of the next whole handshake message, header included; undefined when there is none yet. */
export function nextMessage(buffer: ReceiveBuffer): Uint8Array | undefined {
  const rest = received(buffer).subarray(buffer.read)
  const [type, a, b, c] = rest
  if (type === undefined || a === undefined || b === undefined || c === undefined) return undefined
  const length = a * 65536 + b * 256 + c
  if (length > MAX_MESSAGE)
    throw misbehaving(`the server sent a ${handshakeName(type)} message of ${length} bytes`)
  const end = MESSAGE_HEADER_LENGTH + length
  if (rest.length < end) return undefined
  buffer.read += end
  return rest.slice(0, end)
}

/** Bad bytes are the peer's fault; bytes that are not TLS from the first record on mean that it is no TLS server. */
export function blame(error: unknown, stream: ReceiveBuffer): unknown {
  if (!(error instanceof DecodeError)) return error
  if (error.struct !== 'TLSPlaintext' || stream.records > 0) {
    return new HandshakeError('misbehaving-peer', error.message, undefined, { cause: error })
  }
  const http = String.fromCharCode(...received(stream).subarray(0, 5)) === 'HTTP/'
  return new HandshakeError(
    'incompatible-peer',
    http ? 'the server answered in plain HTTP, not TLS' : 'the server does not speak TLS',
    undefined,
    { cause: error },
  )
}

/** Alert { level; description }: a warning is passed over, anything else throws HandshakeError. */
function takeAlerts(fragment: Uint8Array): void {
  if (fragment.length === 0 || fragment.length % 2 !== 0)
    throw misbehaving('the server sent a malformed alert')
  for (let at = 0; at < fragment.length; at += 2) {
    const [level, description = 0] = fragment.subarray(at, at + 2)
    if (level === 1 && description !== CLOSE_NOTIFY) continue
    throw new HandshakeError(
      'alert',
      `the server sent alert ${alertName(description)}(${description})`,
      description,
    )
  }
}

/** The record of a fatal user_canceled alert, which servers take without an answer. */
export function encodeFarewell(version: number): Uint8Array {
  return encodeRecord(CONTENT_TYPE.alert, version, Uint8Array.of(2, 90))
}

const CLOSE_NOTIFY = 0

/** Bytes of a server's flight, records included; real ones have 2 to 30 KB. */
const MAX_FLIGHT = 2 ** 18
const MAX_RECORDS = 2 ** 15
