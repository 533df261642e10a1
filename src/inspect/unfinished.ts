// A handshake message that its stream ends within: the fields of what there is of it.

import type { Field } from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'
import { MAX_MESSAGE, MESSAGE_HEADER_LENGTH, type Negotiated, traceMessage } from '../tls/index.ts'

/** `there` is the beginning of a message of `length` bytes, header included. The fields cover it without gaps. */
export function traceUnfinished(
  there: Uint8Array,
  length: number,
  negotiated: Negotiated,
): Field[] {
  const fields: Field[] = []
  if (there.length >= MESSAGE_HEADER_LENGTH && length <= MESSAGE_HEADER_LENGTH + MAX_MESSAGE) {
    // What is missing is taken for zeros: no field that is kept reaches there
    const whole = new Uint8Array(length)
    whole.set(there)
    try {
      traceMessage(whole, negotiated, fields)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
    }
  }
  return cut(fields, 0, there)
}

/** The fields that begin within these bytes; of one that goes beyond, what there is of it. None is left out from `start` on. */
function cut(fields: readonly Field[], start: number, there: Uint8Array): Field[] {
  const kept = fields
    .filter(({ offset }) => offset < there.length)
    .map((field) => {
      const { name, offset, length, fields: inside } = field
      if (offset + length <= there.length) return field
      const bytes = there.subarray(offset)
      const left = { name, offset, length: bytes.length, bytes, meaning: 'truncated' }
      const prefix = length - field.bytes.length
      if (!inside || prefix >= bytes.length) return left
      const own = { offset, length: prefix, bytes: bytes.subarray(0, prefix) }
      const before = prefix > 0 ? [{ name: 'length', ...own }] : []
      return { ...left, fields: [...before, ...cut(inside, offset + prefix, there)] }
    })
  const last = kept.at(-1)
  const end = last ? last.offset + last.length : start
  const rest = there.subarray(end)
  if (rest.length === 0) return kept
  return [...kept, { name: 'rest', offset: end, length: rest.length, bytes: rest }]
}
