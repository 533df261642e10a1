// Bytes as they come from a peer, bounded: appended in any chunks, taken out record by record and message by message
// (RFC 5246 §6.2.1, §7.4).

import { DecodeError, HandshakeError } from '../errors.ts'
import { MAX_MESSAGE, MESSAGE_HEADER_LENGTH } from './messages.ts'
import { encodeRecord } from './record.ts'
import { alertName, CONTENT_TYPE, handshakeName } from './registry.ts'
import { misbehaving } from './transcript.ts'

/** Received bytes: `storage` up to `length`, of which `read` are used up. */
export interface Inflow {
  readonly limit: number
  storage: Uint8Array
  length: number
  read: number
}

/** limit: how many bytes may come in all. */
export function openInflow(limit: number): Inflow {
  return { limit, storage: new Uint8Array(4096), length: 0, read: 0 }
}

export function received(inflow: Inflow): Uint8Array {
  return inflow.storage.subarray(0, inflow.length)
}

/** Appends in amortised constant time per byte. Throws HandshakeError beyond the limit. */
export function append(inflow: Inflow, bytes: Uint8Array): void {
  const length = inflow.length + bytes.length
  if (length > inflow.limit) throw misbehaving(`a flight of more than ${inflow.limit} bytes`)
  if (length > inflow.storage.length) {
    const storage = new Uint8Array(Math.max(length, 2 * inflow.storage.length))
    storage.set(received(inflow))
    inflow.storage = storage
  }
  inflow.storage.set(bytes, inflow.length)
  inflow.length = length
}

/** A copy of the next whole handshake message, header included; undefined when there is none yet. */
export function nextMessage(inflow: Inflow): Uint8Array | undefined {
  const rest = received(inflow).subarray(inflow.read)
  const [type, a, b, c] = rest
  if (type === undefined || a === undefined || b === undefined || c === undefined) return undefined
  const length = a * 65536 + b * 256 + c
  if (length > MAX_MESSAGE) throw misbehaving(`a ${handshakeName(type)} of ${length} bytes`)
  const end = MESSAGE_HEADER_LENGTH + length
  if (rest.length < end) return undefined
  inflow.read += end
  return rest.slice(0, end)
}

/** Bad bytes are the peer's fault; bytes that are not TLS from the first record on mean that it is no TLS server. */
export function blame(error: unknown, stream: Inflow, records: number): unknown {
  if (!(error instanceof DecodeError)) return error
  if (error.struct !== 'TLSPlaintext' || records > 0) {
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
export function takeAlerts(fragment: Uint8Array): void {
  if (fragment.length === 0 || fragment.length % 2 !== 0) throw misbehaving('a malformed alert')
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
