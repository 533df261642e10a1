// Messages as they go by on a connection: what is reported of each, by its content type (RFC 5246 §6.2.1).

import { type Field, Reader } from '../encoding/index.ts'
import type { MessageReport } from '../inspect/index.ts'
import {
  decodeAlert,
  decodeChangeCipherSpec,
  HANDSHAKE_TYPE,
  handshakeName,
  isRetryRandom,
  type Negotiated,
  RECORD_HEADER_LENGTH,
  recordIvOf,
  traceMessage,
} from '../tls/index.ts'

/** A message of any content type as it goes by. Offset and length are the message's, decrypted. */
export interface ObservedMessage extends MessageReport {
  /** The protected record that it is in, or begins in: header included; null in plain text. */
  readonly protectedLength: number | null
  /** What stands in the clear at the beginning of that record; null when nothing does. Offset: from the record's header. */
  readonly iv: Field | null
}

/**
 * Takes a message as it goes by. place: where the byte at an offset of the message lies in its sender's stream, since it
 * may be spread over records; or in the message itself when that is encrypted.
 */
export type ReportMessage = (message: ObservedMessage, place: (at: number) => number) => void

/** A message as the server sent it, decrypted. */
export interface ReceivedMessage {
  readonly kind: 'handshake' | 'change_cipher_spec' | 'alert' | 'application_data'
  /** The message, with the header of a handshake message. */
  readonly bytes: Uint8Array
}

/** Notes the fields of a message, those before its fault when there is one. Throws DecodeError. */
export function traceReceived(
  { kind, bytes }: ReceivedMessage,
  negotiated: Negotiated,
  fields: Field[],
): void {
  if (kind === 'handshake') traceMessage(bytes, negotiated, fields)
  else if (kind === 'alert') decodeAlert(bytes, fields)
  else if (kind === 'change_cipher_spec') decodeChangeCipherSpec(bytes, fields)
  else new Reader('ApplicationData', bytes, 0, fields).bytes(bytes.length, 'content')
}

/** The explicit nonce or IV that a protected record begins with; null when it has none. */
export function ivIn(
  fragment: Uint8Array,
  { cipherSuite, version }: Pick<Negotiated, 'cipherSuite' | 'version'>,
): Field | null {
  const iv = recordIvOf(cipherSuite, version)
  if (!iv || fragment.length < iv.length) return null
  return { ...iv, offset: RECORD_HEADER_LENGTH, bytes: fragment.slice(0, iv.length) }
}

/** "ServerHello", "Alert". */
export function receivedName({ kind, bytes }: ReceivedMessage): string {
  return kind === 'handshake' ? messageName(bytes) : NAMES[kind]
}

/** A HelloRetryRequest is a ServerHello by its type (RFC 8446 §4.1.4). */
function messageName(message: Uint8Array): string {
  const [type = 0] = message
  const isRetry =
    type === HANDSHAKE_TYPE.server_hello && isRetryRandom(message.subarray(RANDOM, RANDOM + 32))
  return isRetry ? 'HelloRetryRequest' : handshakeName(type)
}

const NAMES = {
  change_cipher_spec: 'ChangeCipherSpec',
  alert: 'Alert',
  application_data: 'ApplicationData',
} as const

/** Where a hello has its random: behind header and version. */
const RANDOM = 6
