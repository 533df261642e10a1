// A message byte by byte beside its fields: each shows where the other is, under the pointer and under the keyboard.

import { type ExplainedField, toHex, wording } from '../../index.ts'
import type { MessageFields } from '../tasks.ts'
import { type Entry, listEntries, type Run, rowsOfBytes } from './dump-layout.ts'
import { element, replace } from './element.ts'

/** Shows bytes and fields side by side; `width` is how many bytes a row has. */
export function renderDump(name: string, message: MessageFields, width: number): HTMLElement {
  const entries = listEntries(message.fields, message.signed).slice(0, MAX_FIELDS)
  const rows = rowsOfBytes(entries, message.signed, width)
  const cut = rows.length - MAX_ROWS
  const spans: Marked[] = []
  const bytes = element(
    'div',
    {
      class: 'bytes',
      tabindex: 0,
      role: 'group',
      'aria-label': `Bytes of ${name}; arrow keys move from field to field`,
    },
    ...rows.slice(0, MAX_ROWS).map((row) => renderRow(row, spans)),
    cut > 0 && element('p', { class: 'more' }, `and ${wording.counted(cut, 'more row')}`),
  )
  const items = entries.map((entry, index) => renderEntry(entry, index))
  const fields = element(
    'ul',
    { class: 'fields', role: 'tree', 'aria-label': `Fields of ${name}` },
    ...items,
  )
  const caption = element('p', { class: 'caption', role: 'status' }, HINT)
  connect({ entries, spans, items, bytes, fields, caption })
  return element('div', { class: 'dump' }, bytes, fields, caption)
}

interface Marked {
  readonly span: HTMLElement
  readonly entry: number
}

interface Dump {
  readonly entries: readonly Entry[]
  readonly spans: readonly Marked[]
  readonly items: readonly HTMLElement[]
  readonly bytes: HTMLElement
  readonly fields: HTMLElement
  readonly caption: HTMLElement
}

function renderRow(row: readonly Run[], spans: Marked[]): HTMLElement {
  const [first] = row
  const runs = row.map(({ bytes, entry, isSigned }) => {
    const text = toHex(bytes).replace(/..(?=.)/g, '$& ')
    const span = element(
      'span',
      { class: isSigned ? 'run signed' : 'run', 'data-entry': entry },
      text,
    )
    spans.push({ span, entry })
    return span
  })
  const mark = row.some(({ isSigned }) => isSigned) ? '*' : ' '
  return element(
    'div',
    { class: 'byte-row' },
    element('span', { class: 'offset' }, `${first?.start ?? 0}`),
    element('span', { class: 'mark' }, mark),
    ...runs.flatMap((run) => [run, ' ']),
  )
}

function renderEntry({ field, depth, isSigned }: Entry, index: number): HTMLElement {
  return element(
    'li',
    {
      role: 'treeitem',
      'aria-level': depth + 1,
      'data-entry': index,
      tabindex: index === 0 ? 0 : -1,
      class: `entry level-${Math.min(depth, 6)}`,
    },
    element('span', { class: 'field-name' }, field.name),
    ' ',
    element('span', { class: 'field-meaning' }, meaningOf(field)),
    isSigned && element('span', { class: 'signed-note' }, ' signed'),
    ...(field.details ?? []).map(({ name, text }) =>
      element('span', { class: 'detail' }, `${name}: ${text}`),
    ),
  )
}

function meaningOf({ bytes, meaning, fields }: ExplainedField): string {
  const size = bytes.length > 4 || fields ? wording.counted(bytes.length, 'byte') : undefined
  const said = meaning === undefined ? undefined : meaning.slice(0, MAX_TEXT)
  return [size, said].filter((part) => part !== undefined).join(', ')
}

function connect({ entries, spans, items, bytes, fields, caption }: Dump): void {
  let current = -1
  const select = (index: number, from: 'bytes' | 'fields', isMoving: boolean): void => {
    const entry = entries[index]
    if (entry === undefined) return
    const last = index + entry.inside
    if (index !== current) {
      current = index
      for (const { span, entry: own } of spans)
        span.classList.toggle('lit', own >= index && own <= last)
      items.forEach((item, i) => {
        item.classList.toggle('lit', i === index)
        item.tabIndex = i === index ? 0 : -1
      })
      replace(caption, captionOf(entry))
    }
    if (!isMoving) return
    const target =
      from === 'bytes' ? items[index] : spans.find(({ entry: own }) => own >= index)?.span
    target?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }
  const entryAt = (event: Event): number => {
    const target = event.target instanceof Element ? event.target.closest('[data-entry]') : null
    return Number(target?.getAttribute('data-entry') ?? -1)
  }
  for (const [pane, name] of [
    [bytes, 'bytes'],
    [fields, 'fields'],
  ] as const) {
    pane.addEventListener('pointerover', (event) => select(entryAt(event), name, false))
    pane.addEventListener('click', (event) => select(entryAt(event), name, true))
    pane.addEventListener('keydown', (event) => {
      const next = step(event.key, current, entries.length)
      if (next === undefined) return
      event.preventDefault()
      select(next, name, true)
      if (name === 'fields') items[next]?.focus()
    })
  }
  fields.addEventListener('focusin', (event) => select(entryAt(event), 'fields', true))
  bytes.addEventListener('focus', () => select(Math.max(0, current), 'bytes', false))
}

function step(key: string, current: number, length: number): number | undefined {
  const last = length - 1
  switch (key) {
    case 'ArrowDown':
    case 'ArrowRight':
      return Math.min(last, current + 1)
    case 'ArrowUp':
    case 'ArrowLeft':
      return Math.max(0, current - 1)
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return undefined
  }
}

function captionOf({ field, path, isSigned }: Entry): string {
  const place = `${wording.counted(field.length, 'byte')} at ${field.offset}`
  const meaning = field.meaning === undefined ? '' : `: ${field.meaning.slice(0, MAX_TEXT)}`
  return `${path}, ${place}${isSigned ? ', signed' : ''}${meaning}`
}

const HINT = 'Point at bytes or fields, or move through either with the arrow keys.'
/** These are 16 kB, and more fields than any honest message has. */
const MAX_ROWS = 1024
const MAX_FIELDS = 1000
const MAX_TEXT = 300
