// Messages taken apart, as text: for each field its offset, its bytes, its name and what they mean. Pure.

import { concat, counted, type Field, printable, toHex } from '../../encoding/index.ts'
import { type Detail, detailsOf, meaningOf, partsOf } from '../../inspect/index.ts'

/** How fields become lines. */
export interface LineStyle {
  /** "brief": a line a field, long values cut; "dump": every byte once, sixteen in a line. */
  readonly layout: 'brief' | 'dump'
  /** Bytes of a value that a brief line shows at most. */
  readonly maxBytes: number
  /** Where the byte at a field's offset lies in the stream. Rising, not always by one. */
  readonly place: (offset: number) => number
  /** Whether to say what is in certificates and stapled responses. */
  readonly details?: boolean
  /** Whether a mark stands beside the byte at this offset; without, there is no room for one. */
  readonly marked?: (offset: number) => boolean
}

/** A line, and the offset in the stream of what it shows. */
export interface PlacedLine {
  readonly at: number
  readonly text: string
}

/** The lines of fields, in order. */
export function placeFields(
  fields: readonly Field[],
  style: LineStyle,
  depth: number = 0,
): PlacedLine[] {
  return fields.flatMap((field) => {
    const inside = field.fields ?? partsOf(field)
    const own = style.layout === 'brief' ? briefLines : dumpLines
    return [...own(field, inside, style, depth), ...placeFields(inside, style, depth + 1)]
  })
}

/** One line in the columns of a style. */
export function columns(
  style: Pick<LineStyle, 'layout' | 'maxBytes' | 'marked'>,
  line: {
    readonly place: number | undefined
    readonly bytes: Uint8Array
    readonly cut?: boolean
    readonly title: string
    readonly meaning?: string
    readonly mark?: boolean
  },
): string {
  const { place, bytes, title, meaning = '', mark = false } = line
  const dump = style.layout === 'dump'
  const digits = toHex(bytes)
  const hex = dump ? digits.replace(/..(?=.)/g, '$& ') : `${digits}${line.cut ? '..' : ''}`
  const width = dump ? ROW * 3 - 1 : 2 * style.maxBytes
  const margin = style.marked ? (mark ? ' *' : '  ') : ''
  const name = meaning === '' ? title : title.padEnd(NAME_WIDTH)
  const shown = `${place ?? ''}`.padStart(6) + margin
  return `${shown}  ${hex.padEnd(width)}  ${name}  ${printable(meaning)}`.trimEnd()
}

function briefLines(
  field: Field,
  inside: readonly Field[],
  style: LineStyle,
  depth: number,
): PlacedLine[] {
  const { offset, bytes } = field
  const whole = bytes.length <= style.maxBytes
  const shown = whole ? bytes : bytes.subarray(0, style.maxBytes - 1)
  const at = style.place(offset)
  const text = columns(style, {
    place: at,
    bytes: inside.length > 0 ? NONE : shown,
    cut: !whole && inside.length === 0,
    title: titleOf(field.name, depth),
    meaning: meaningsOf(field, !whole || inside.length > 0),
    mark: style.marked?.(offset) ?? false,
  })
  return [{ at, text }, ...detailsIn(field, style).map((detail) => ({ at, text: beside(detail) }))]

  function beside({ name, text: said }: Detail): string {
    const title = titleOf(name, depth + 1)
    return columns(style, { place: undefined, bytes: NONE, title, meaning: said })
  }
}

/** Every byte of a field but those of the fields inside, in rows that end where the stream jumps. */
function dumpLines(
  field: Field,
  inside: readonly Field[],
  style: LineStyle,
  depth: number,
): PlacedLine[] {
  const { offset, length, bytes } = field
  const prefix = Math.max(0, length - bytes.length)
  const own = inside.length > 0 ? lengthBytes(prefix, bytes) : withPrefix(prefix, bytes)
  const first = {
    title: titleOf(field.name, depth),
    meaning: meaningsOf(field, inside.length > 0 || own.length > ROW),
  }
  const texts: { title: string; meaning?: string }[] = [
    first,
    ...detailsIn(field, style).map(({ name, text }) => {
      return { title: titleOf(name, depth + 1), meaning: text }
    }),
  ]
  const lines: PlacedLine[] = []
  const add = (start: number, row: Uint8Array): void => {
    const at = style.place(start)
    const said = texts[lines.length] ?? { title: '' }
    const place = row.length > 0 ? at : undefined
    const mark = row.length > 0 && (style.marked?.(start) ?? false)
    lines.push({ at, text: columns(style, { place, bytes: row, mark, ...said }) })
  }
  for (let from = 0; from < own.length; ) {
    const end = rowEnd(from, own.length, offset, style.place)
    add(offset + from, own.subarray(from, end))
    from = end
  }
  const last = offset + Math.max(0, own.length - 1)
  while (lines.length < texts.length) add(last, NONE)
  return lines
}

function rowEnd(from: number, length: number, offset: number, place: LineStyle['place']): number {
  let end = Math.min(from + ROW, length)
  const start = place(offset + from)
  while (end > from + 1 && place(offset + end - 1) - start !== end - 1 - from) end--
  return end
}

function titleOf(name: string, depth: number): string {
  return `${'  '.repeat(depth)}${printable(name)}`
}

function meaningsOf(field: Field, withLength: boolean): string {
  return [...(withLength ? [counted(field.bytes.length, 'byte')] : []), meaningOf(field)]
    .filter((meaning) => meaning !== undefined)
    .join(', ')
}

function detailsIn(field: Field, style: LineStyle): readonly Detail[] {
  return style.details ? detailsOf(field) : []
}

/** The length in front of a vector; nothing when the field has none. */
function lengthBytes(prefix: number, bytes: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: prefix }, (_, i) =>
    Math.floor(bytes.length / 256 ** (prefix - 1 - i)),
  )
}

function withPrefix(prefix: number, bytes: Uint8Array): Uint8Array {
  return prefix === 0 ? bytes : concat(lengthBytes(prefix, bytes), bytes)
}

const NONE = new Uint8Array(0)
const NAME_WIDTH = 26
const ROW = 16
