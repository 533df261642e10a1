// A recorded connection as lines in the order of the conversation: records, the messages in them, what is encrypted. Pure.

import { counted, type Field, printable } from '../../encoding/index.ts'
import {
  type ConnectionReport,
  lengthOfSsl2Hello,
  type MessageReport,
  meaningOf,
  type RecordReport,
  type Sender,
  type SendingOrder,
  traceRecord,
} from '../../inspect/index.ts'
import { RECORD_HEADER_LENGTH } from '../../tls/index.ts'
import { paint } from '../terminal.ts'
import { isProtected, merge, type ProtectedMessage, usualOrder } from './conversation-order.ts'
import { columns, type LineStyle, type PlacedLine, placeFields } from './fields.ts'
import { placesIn, withRest } from './message-places.ts'

export interface ConversationStyle {
  readonly layout: LineStyle['layout']
  /** Without one, the usual order of a handshake. */
  readonly order?: SendingOrder | undefined
  /** More about a record: when it was captured. */
  readonly note?: (sender: Sender, offset: number) => string | undefined
}

/** All lines of a connection; in the brief layout, runs of encrypted records are cut short. */
export function conversationLines(
  report: ConnectionReport,
  streams: { readonly client?: Uint8Array; readonly server?: Uint8Array },
  style: ConversationStyle,
): string[] {
  const sides = (['client', 'server'] as const).map((sender) => {
    const stream = streams[sender]
    return stream ? blocksOf(sender, stream, report, style) : []
  })
  const order = style.order ?? usualOrder(report)
  const blocks = merge(sides[0] ?? [], sides[1] ?? [], order)
  return (style.layout === 'brief' ? abridge(blocks) : blocks).flatMap(({ lines }) => lines)
}

/** Lines that stay together. */
interface Block {
  readonly sender: Sender
  readonly at: number
  /** Bytes of an encrypted record; zero for all else. */
  readonly encrypted: number
  readonly lines: readonly string[]
}

function blocksOf(
  sender: Sender,
  stream: Uint8Array,
  report: ConnectionReport,
  style: ConversationStyle,
): Block[] {
  const list = report.streams[sender]
  const records = list?.records ?? []
  const messages = report.messages.filter((message) => message.sender === sender)
  const placed: PlacedRecord[] = []
  placed.push(...preambleLines(sender, stream, report, style))
  const content = new Map(messages.filter(isContent).map((message) => [message.offset, message]))
  for (const record of records) {
    placed.push(...recordLines(stream, record, style, content.get(record.offset)))
  }
  const plain = records.filter(({ type, encrypted }) => type === 'handshake' && !encrypted)
  const tail = list && list.end < list.bytes ? list.end : undefined
  for (const message of messages) {
    if (isProtected(message)) placed.push(...openedLines(message, style))
    else placed.push(...messageLines(stream, message, plain, tail, style))
  }
  placed.push(...remainderLines(sender, stream, report, style))
  for (const message of report.unfinished.filter((one) => one.sender === sender)) {
    if (isProtected(message)) placed.push(...openedLines(message, style))
    else placed.push(...messageLines(stream, message, plain, tail, style))
  }
  placed.sort((a, b) => a.at - b.at)
  return placed.map(({ at, text, encrypted = 0, inside = [] }) => {
    return { sender, at, encrypted, lines: [text, ...inside] }
  })
}

/** A line; of an encrypted record with its length, and in the brief layout the lines that stay with it. */
interface PlacedRecord extends PlacedLine {
  readonly encrypted?: number
  readonly inside?: readonly string[]
}

/** What was said before TLS. */
function preambleLines(
  sender: Sender,
  stream: Uint8Array,
  { preamble }: ConnectionReport,
  { layout }: ConversationStyle,
): PlacedLine[] {
  const bytes = stream.subarray(0, preamble?.[sender] ?? 0)
  if (bytes.length === 0) return []
  const field = { name: 'content', offset: 0, length: bytes.length, bytes }
  const style = lineStyle(layout, same)
  const place = layout === 'dump' ? undefined : 0
  const title = titleFor(sender, 'plain text')
  const text = columns(style, { place, bytes: NONE, title, meaning: counted(bytes.length, 'byte') })
  return [{ at: 0, text }, ...placeFields([field], style, 1)]
}

function recordLines(
  stream: Uint8Array,
  record: RecordReport,
  { layout, note }: ConversationStyle,
  opened: MessageReport | undefined,
): PlacedRecord[] {
  const { sender, offset, length, type, version, encrypted } = record
  const fields = traceRecord(stream, record)
  const style = lineStyle(layout, (at) => offset + at)
  const body = counted(length - RECORD_HEADER_LENGTH, 'byte')
  const said = [`${type}, ${version}, ${body}${encrypted ? ', encrypted' : ''}`]
  const time = note?.(sender, offset)
  const held = opened && layout === 'brief' ? [`decrypted to ${contentText(opened)}`] : []
  const meaning = [...said, ...(time ? [time] : []), ...held].join(', ')
  const title = titleFor(sender, encrypted ? 'encrypted record' : 'record')
  const dump = layout === 'dump'
  const place = dump ? undefined : offset
  const header = dump ? NONE : stream.subarray(offset, offset + RECORD_HEADER_LENGTH)
  const text = columns(style, { place, bytes: header, title, meaning })
  const shown = fields.slice(dump ? 0 : HEADER_FIELDS).filter((field) => dump || !isSealed(field))
  const inside = placeFields(shown, style, 1)
  if (!encrypted) return [{ at: offset, text }, ...inside]
  if (!dump) return [{ at: offset, text, encrypted: length, inside: inside.map((one) => one.text) }]
  return [{ at: offset, text }, ...inside].map((line) => ({ ...line, encrypted: length }))
}

/** Encrypted bytes, of which a brief line has only the length. */
function isSealed({ name }: Field): boolean {
  return name === 'encrypted'
}

function isContent(message: MessageReport): boolean {
  return isProtected(message) && message.name === 'ApplicationData'
}

/** Its length, and how it begins where that was kept. */
function contentText({ length, fields: [content] }: MessageReport): string {
  return [counted(length, 'byte'), ...(content ? [meaningOf(content)] : [])].join(', ')
}

/** A message that was decrypted, behind the record that it begins in; that record's line says what application data is. */
function openedLines(
  message: ProtectedMessage & { readonly there?: number },
  { layout }: ConversationStyle,
): PlacedLine[] {
  if (layout === 'brief' && isContent(message)) return []
  const { sender, offset, protectedLength, fields } = message
  const at = offset + protectedLength - 1
  const title = titleFor(sender, paint('bold', printable(message.name)))
  const place = layout === 'dump' ? undefined : offset
  const meaning = `${sizeOf(message)}, decrypted from a record of ${counted(protectedLength, 'byte')}`
  const style = lineStyle(layout, same)
  const text = columns(style, { place, bytes: NONE, title, meaning })
  return [text, ...placeFields(fields, style, 1).map((line) => line.text)].map((line) => {
    return { at, text: line }
  })
}

function sizeOf({
  length,
  there,
}: Pick<MessageReport & { there?: number }, 'length' | 'there'>): string {
  return `${counted(length, 'byte')}${there === undefined ? '' : `, truncated after ${there}`}`
}

function messageLines(
  stream: Uint8Array,
  message: MessageReport & { readonly there?: number },
  plain: readonly RecordReport[],
  tail: number | undefined,
  { layout }: ConversationStyle,
): PlacedLine[] {
  const { sender, name, offset, length, fields, there } = message
  const place = placesIn(message, plain, tail, sender === 'client' ? lengthOfSsl2Hello(stream) : 0)
  const style = lineStyle(layout, place)
  const title = titleFor(sender, paint('bold', printable(name)))
  const known = layout === 'dump' ? undefined : offset
  const meaning = sizeOf(message)
  const text = columns(style, { place: known, bytes: NONE, title, meaning })
  const shown = withRest(fields, 0, there ?? length, (at) => stream[place(at)] ?? 0)
  return [{ at: offset, text }, ...placeFields(shown, style, 1)]
}

/** What comes after the last record that is listed; bytes that no unfinished message has are shown here. */
function remainderLines(
  sender: Sender,
  stream: Uint8Array,
  { streams, unfinished }: ConnectionReport,
  { layout }: ConversationStyle,
): PlacedLine[] {
  const list = streams[sender]
  const last = list?.records.at(-1)
  if (!list) return []
  const style = lineStyle(layout, same)
  const lines: PlacedLine[] = []
  const more = list.count - list.records.length
  if (last && more > 0) {
    const at = last.offset + last.length
    const title = titleFor(sender, 'more records')
    const meaning = `${more} not listed`
    lines.push({ at, text: columns(style, { place: at, bytes: NONE, title, meaning }) })
  }
  const { end, bytes, error } = list
  if (!error) return lines
  const isRead = unfinished.some(
    (one) =>
      one.sender === sender &&
      !isProtected(one) &&
      one.offset + one.length > end + RECORD_HEADER_LENGTH,
  )
  const head = isRead ? RECORD_HEADER_LENGTH : bytes - end
  const left = stream.subarray(end, end + head)
  const meaning = `${counted(bytes - end, 'byte')} left: ${error.message}`
  const field = { offset: end, length: left.length, bytes: left, name: 'bytes' }
  const title = titleFor(sender, 'incomplete record')
  const text = columns(style, { place: undefined, bytes: NONE, title, meaning })
  return [...lines, { at: end, text }, ...placeFields([field], style, 1)]
}

/** Keeps the first few of each run of encrypted records from one side. */
function abridge(blocks: readonly Block[]): Block[] {
  const shown: Block[] = []
  let run: Block[] = []
  const end = (): void => {
    shown.push(...run.slice(0, MAX_RUN))
    const rest = run.slice(MAX_RUN)
    const [first] = rest
    run = []
    if (!first) return
    const bytes = rest.reduce((sum, { encrypted }) => sum + encrypted, 0)
    const said = {
      title: titleFor(first.sender, 'encrypted records'),
      place: first.at,
      bytes: NONE,
    }
    const meaning = `${rest.length} more, ${counted(bytes, 'byte')}`
    shown.push({ ...first, lines: [columns(lineStyle('brief', same), { ...said, meaning })] })
  }
  for (const block of blocks) {
    if (run[0] && (block.encrypted === 0 || block.sender !== run[0].sender)) end()
    if (block.encrypted > 0) run.push(block)
    else shown.push(block)
  }
  end()
  return shown
}

function lineStyle(layout: LineStyle['layout'], place: LineStyle['place']): LineStyle {
  return { layout, place, maxBytes: 8, details: true }
}

function titleFor(sender: Sender, name: string): string {
  return `${sender === 'client' ? '->' : '<-'} ${name}`
}

const same = (at: number): number => at

const NONE = new Uint8Array(0)
/** type, version and length. */
const HEADER_FIELDS = 3
const MAX_RUN = 6
