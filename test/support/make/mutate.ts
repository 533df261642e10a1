// Structure-aware mutation: changes at the seams of a structure, lengths made to agree or not, parts doubled, dropped and
// moved. Deterministic: the same seed gives the same bytes.

import type { Field } from '../../../src/encoding/presentation.ts'

/** A number below its argument. */
export type Random = (below: number) => number

/** mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, below)
  }
}

/** Where parts of a structure begin and end; a length in front of a part, when there is one. */
export interface Seam {
  readonly offset: number
  readonly length: number
  /** Bytes of the length that is at the offset. */
  readonly prefix: number
}

/** The seams of a trace, all levels of it. */
export function seamsOf(fields: readonly Field[], base: number = 0): Seam[] {
  return fields.flatMap(({ offset, length, bytes, fields: inside = [] }) => [
    { offset: base + offset, length, prefix: length - bytes.length },
    ...seamsOf(inside, base),
  ])
}

/** The seams of DER: every element, constructed ones and what is in OCTET and BIT STRINGs too. */
export function seamsOfDer(der: Uint8Array, start: number = 0, end: number = der.length): Seam[] {
  const seams: Seam[] = []
  for (let at = start; at + 2 <= end; ) {
    const first = der[at + 1] ?? 0
    const size = first < 0x80 ? 0 : first & 0x7f
    if (size > 3 || at + 2 + size > end) break
    const long = der.subarray(at + 2, at + 2 + size).reduce((sum, byte) => sum * 256 + byte, 0)
    const content = at + 2 + size
    const stop = content + (size === 0 ? first : long)
    if (stop > end) break
    seams.push({ offset: at + 1 + Math.min(size, 1), length: stop - at - 1, prefix: size || 1 })
    if ((der[at] ?? 0) & 0x20 || der[at] === 4) seams.push(...seamsOfDer(der, content, stop))
    at = stop
  }
  return seams
}

/** One to four changes. */
export function mutate(bytes: Uint8Array, seams: readonly Seam[], random: Random): Uint8Array {
  let changed: Uint8Array = bytes.slice()
  for (let i = random(4); i >= 0; i--) {
    const seam = seams[random(seams.length)] ?? {
      offset: random(changed.length),
      length: random(16),
      prefix: random(3),
    }
    changed = CHANGES[random(CHANGES.length)]?.(changed, seam, random) ?? changed
  }
  return changed
}

type Change = (bytes: Uint8Array, seam: Seam, random: Random) => Uint8Array

const CHANGES: readonly Change[] = [
  // A byte of the part, or beside it
  (bytes, { offset, length }, random) => put(bytes, offset - 1 + random(length + 2), random(256)),
  (bytes, { offset }, random) => put(bytes, offset, EDGES[random(EDGES.length)] ?? 0),
  // A length that lies
  (bytes, { offset, prefix }, random) =>
    put(bytes, offset + random(prefix || 1), EDGES[random(EDGES.length)] ?? 0),
  (bytes, { offset, prefix }, random) => {
    const at = offset + Math.max(0, prefix - 1)
    return put(bytes, at, ((bytes[at] ?? 0) + random(3) - 1) & 0xff)
  },
  // Without the part, with it twice, or with it elsewhere
  (bytes, { offset, length }) => splice(bytes, offset, length, NONE),
  (bytes, { offset, length }) =>
    splice(bytes, offset, 0, bytes.subarray(offset, offset + Math.min(length, 4096))),
  (bytes, { offset, length }, random) =>
    splice(bytes, random(bytes.length), 0, bytes.subarray(offset, offset + Math.min(length, 4096))),
  // Cut there
  (bytes, { offset, length }, random) => bytes.slice(0, offset + random(length + 1)),
  // Noise in its place
  (bytes, { offset, length }, random) =>
    splice(
      bytes,
      offset,
      length,
      Uint8Array.from({ length: random(24) }, () => random(256)),
    ),
  // The same content, filled
  (bytes, { offset, length, prefix }, random) =>
    bytes.slice().fill(random(256), offset + prefix, offset + length),
]

function put(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const changed = bytes.slice()
  if (at >= 0 && at < changed.length) changed[at] = value
  return changed
}

function splice(bytes: Uint8Array, at: number, drop: number, insert: Uint8Array): Uint8Array {
  const changed = new Uint8Array(
    Math.min(at, bytes.length) + insert.length + Math.max(0, bytes.length - at - drop),
  )
  changed.set(bytes.subarray(0, at))
  changed.set(insert, Math.min(at, bytes.length))
  changed.set(bytes.subarray(at + drop), Math.min(at, bytes.length) + insert.length)
  return changed
}

const NONE = new Uint8Array(0)
const EDGES: readonly number[] = [0, 1, 2, 3, 0x0f, 0x10, 0x7f, 0x80, 0x82, 0xfe, 0xff]
