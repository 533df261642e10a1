// Where the bytes of a message lie in its sender's stream, and those of them that are in no field. Pure.

import type { Field } from '../../encoding/index.ts'
import type { MessageReport, RecordReport } from '../../inspect/index.ts'
import { RECORD_HEADER_LENGTH } from '../../tls/index.ts'

/** The fields, and behind them the bytes that a fault has kept from being taken apart. */
export function withRest(
  fields: readonly Field[],
  start: number,
  end: number,
  byteAt: (offset: number) => number,
): Field[] {
  const filled = fields.map((field): Field => {
    const { offset, length, bytes, fields: inside } = field
    if (!inside?.length) return field
    const begin = offset + length - bytes.length
    return { ...field, fields: withRest(inside, begin, offset + length, byteAt) }
  })
  const last = filled.at(-1)
  const at = last ? last.offset + last.length : start
  if (at >= end) return filled
  const bytes = Uint8Array.from({ length: end - at }, (_, i) => byteAt(at + i))
  const meaning = 'not decoded'
  return [...filled, { name: 'rest', offset: at, length: bytes.length, bytes, meaning }]
}

/** Where the bytes of a message lie, which may be spread over records. */
export function placesIn(
  { offset, length }: MessageReport,
  plain: readonly RecordReport[],
  tail: number | undefined,
  ssl2: number,
): (at: number) => number {
  if (offset < ssl2) return (at) => offset + at
  const pieces: { readonly from: number; readonly at: number }[] = []
  let from = 0
  for (let i = indexAt(plain, offset); from < length; i++) {
    const record = plain[i]
    const begin = record ? record.offset + RECORD_HEADER_LENGTH : (tail ?? 0) + RECORD_HEADER_LENGTH
    const at = pieces.length === 0 ? offset : begin
    pieces.push({ from, at })
    if (!record) break
    from += record.offset + record.length - at
  }
  return (at) => {
    let [low, high] = [0, pieces.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((pieces[middle]?.from ?? 0) <= at) low = middle
      else high = middle - 1
    }
    const piece = pieces[low] ?? { from: 0, at: offset }
    return piece.at + at - piece.from
  }
}

/** The record that an offset lies in. */
function indexAt(records: readonly RecordReport[], offset: number): number {
  let [low, high] = [0, records.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const { offset: start, length } = records[middle] as RecordReport
    if (start + length <= offset) low = middle + 1
    else high = middle
  }
  return low
}
