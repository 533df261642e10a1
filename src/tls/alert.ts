// Alerts before keys are agreed on: what a server's say, and the one that a client leaves with (RFC 5246 §7.2).

import { HandshakeError } from '../errors.ts'
import { encodeRecord } from './record.ts'
import { alertName, CONTENT_TYPE } from './registry.ts'
import { misbehaving } from './transcript.ts'

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
