// What is in a recording beside handshake messages: alerts in plain text, and all that was decrypted.

import { type Field, Reader } from '../encoding/index.ts'
import {
  alertName,
  CONTENT_TYPE,
  contentTypeName,
  decodeAlert,
  decodeChangeCipherSpec,
} from '../tls/index.ts'
import type { OpenedMessage } from './decryption.ts'
import { type Reading, recordFault, type Sender } from './message.ts'

/** before: bytes of application data that this side has sent; the first ones are kept. */
export function takeContent(
  sender: Sender,
  { type, bytes, ...origin }: OpenedMessage,
  before: number,
  seen: Reading,
): void {
  if (type === CONTENT_TYPE.alert) noteAlerts(sender, bytes, origin.offset, seen)
  const name = CONTENT_NAMES.get(type) ?? contentTypeName(type)
  const fields: Field[] = []
  recordFault(seen, sender, () => {
    if (type === CONTENT_TYPE.alert) decodeAlert(bytes, fields)
    else if (type === CONTENT_TYPE.change_cipher_spec) decodeChangeCipherSpec(bytes, fields)
    else if (before < MAX_CONTENT) new Reader(name, bytes, 0, fields).rest('content')
  })
  const { offset, protectedLength } = origin
  seen.messages.push({ sender, name, offset, length: bytes.length, protectedLength, fields })
}

/** Alert { AlertLevel level; AlertDescription description; } (RFC 5246 §7.2); encrypted ones come later. */
export function noteAlerts(
  sender: Sender,
  fragment: Uint8Array,
  offset: number,
  seen: Reading,
): void {
  for (let at = 0; at + 1 < fragment.length; at += 2) {
    const [level = 0, description = 0] = fragment.subarray(at, at + 2)
    seen.alerts.push({ sender, offset: offset + at, level, description: alertName(description) })
  }
}

const CONTENT_NAMES: ReadonlyMap<number, string> = new Map([
  [CONTENT_TYPE.alert, 'Alert'],
  [CONTENT_TYPE.change_cipher_spec, 'ChangeCipherSpec'],
  [CONTENT_TYPE.application_data, 'ApplicationData'],
])

/** Bytes of application data that are kept of one direction. */
const MAX_CONTENT = 2 ** 16
