// The many ways in which one flight may arrive: how messages fall into records, and records into TCP reads (RFC 5246 §6.2.1).

import { Writer } from '../../../src/encoding/presentation.ts'

/**
 * From messages (with their headers) to what is written at once, write by write. All names give the same transcript:
 * - 'whole': one record per message, all in one write; 'record-by-record': one write for each
 * - 'one-record': all messages in one record, as far as 2^14 bytes go
 * - 'odd-records': records of 7, 1, 300 and 64 bytes in turn, whatever message they cut; 'one-byte-records'
 * - 'byte-by-byte': one record per message, one byte per write
 */
export type Delivery =
  | 'whole'
  | 'record-by-record'
  | 'one-record'
  | 'odd-records'
  | 'one-byte-records'
  | 'byte-by-byte'
  | ((messages: readonly Uint8Array[], version: number) => readonly Uint8Array[])

export const DELIVERIES: readonly Extract<Delivery, string>[] = [
  'whole',
  'record-by-record',
  'one-record',
  'odd-records',
  'one-byte-records',
  'byte-by-byte',
]

/** version: of the records; default 0x0303. */
export function deliver(
  messages: readonly Uint8Array[],
  delivery: Delivery = 'whole',
  version = 0x0303,
): readonly Uint8Array[] {
  if (typeof delivery === 'function') return delivery(messages, version)
  const stream = Buffer.concat(messages)
  const separate = messages.flatMap((message) => fragments(message, [MAX_FRAGMENT], version))
  switch (delivery) {
    case 'whole':
      return [Buffer.concat(separate)]
    case 'record-by-record':
      return separate
    case 'one-record':
      return [Buffer.concat(fragments(stream, [MAX_FRAGMENT], version))]
    case 'odd-records':
      return [Buffer.concat(fragments(stream, [7, 1, 300, 64], version))]
    case 'one-byte-records':
      return [Buffer.concat(fragments(stream, [1], version))]
    case 'byte-by-byte':
      return [...Buffer.concat(separate)].map((byte) => Uint8Array.of(byte))
  }
}

/** Handshake bytes in records of these sizes in turn. */
export function fragments(
  stream: Uint8Array,
  sizes: readonly number[],
  version = 0x0303,
): Uint8Array[] {
  const out: Uint8Array[] = []
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const size = sizes[turn % sizes.length] ?? MAX_FRAGMENT
    out.push(record(HANDSHAKE, stream.subarray(at, at + size), version))
    at += size
  }
  return out
}

// struct { ContentType type; ProtocolVersion version; opaque fragment<0..2^14> } TLSPlaintext
/** type: 20 change_cipher_spec, 21 alert, 22 handshake, 23 application_data. */
export function record(type: number, content: Uint8Array, version = 0x0303): Uint8Array {
  return new Writer().u8(type).u16(version).opaque(2, content).done()
}

/** An alert in a record. level: 1 warning, 2 fatal. */
export function alertRecord(level: number, description: number, version = 0x0303): Uint8Array {
  return record(21, Uint8Array.of(level, description), version)
}

const HANDSHAKE = 22
const MAX_FRAGMENT = 0x4000
