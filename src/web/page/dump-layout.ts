// Which bytes of a message belong to which field, and in which row each of them stands.

import type { ExplainedField, SignedPart } from '../../index.ts'

/** A field in the order of its bytes. */
export interface Entry {
  readonly field: ExplainedField
  readonly depth: number
  /** Its name behind those it is inside of: "extensions › extension › type". */
  readonly path: string
  /** How many of the entries behind this one are inside it. */
  readonly inside: number
  /** Bytes of the field that no field inside holds. */
  readonly own: Uint8Array
  readonly isSigned: boolean
}

/** Bytes of one field within one row, all signed or none. */
export interface Run {
  readonly start: number
  readonly bytes: Uint8Array
  readonly entry: number
  readonly isSigned: boolean
}

/** Lists all fields, each before those inside it. */
export function listEntries(
  fields: readonly ExplainedField[],
  signed: readonly SignedPart[] = [],
  depth = 0,
  above = '',
): Entry[] {
  return fields.flatMap((field) => {
    const path = above === '' ? field.name : `${above} › ${field.name}`
    const parts = field.fields ?? []
    const inside = depth < MAX_DEPTH ? listEntries(parts, signed, depth + 1, path) : []
    const isSigned = signed.some((part) => covers(part, field.offset, field.length))
    const own = ownBytes(field, inside.length > 0)
    return [{ field, depth, path, inside: inside.length, own, isSigned }, ...inside]
  })
}

/** Lays the bytes out in rows of `width`, each cut into runs. */
export function rowsOfBytes(
  entries: readonly Entry[],
  signed: readonly SignedPart[],
  width: number,
): readonly (readonly Run[])[] {
  const rows = new Map<number, Run[]>()
  entries.forEach(({ field, own }, entry) => {
    for (let from = 0; from < own.length; ) {
      const start = field.offset + from
      const isSigned = signed.some((part) => covers(part, start, 1))
      const rest = Math.min(own.length - from, width - (start % width))
      let length = 1
      while (length < rest && signed.some((part) => covers(part, start + length, 1)) === isSigned)
        length++
      const row = Math.floor(start / width)
      const run = { start, bytes: own.subarray(from, from + length), entry, isSigned }
      const known = rows.get(row)
      if (known) known.push(run)
      else rows.set(row, [run])
      from += length
    }
  })
  return [...rows.entries()].sort(([a], [b]) => a - b).map(([, runs]) => runs)
}

function covers(part: SignedPart, offset: number, length: number): boolean {
  return offset >= part.offset && offset + length <= part.offset + part.length
}

/** Gives the length in front of a vector, and its bytes unless fields inside hold them. */
function ownBytes({ length, bytes }: ExplainedField, hasInside: boolean): Uint8Array {
  const prefix = Math.max(0, length - bytes.length)
  const size = Uint8Array.from({ length: prefix }, (_, i) =>
    Math.floor(bytes.length / 256 ** (prefix - 1 - i)),
  )
  if (hasInside) return size
  const own = new Uint8Array(prefix + bytes.length)
  own.set(size)
  own.set(bytes, prefix)
  return own
}

const MAX_DEPTH = 16
