// A recorded connection as lines in the order of the conversation: records, the messages in them, what is encrypted. Pure.

import { counted, type Field, printable } from '../../encoding/index.ts'
import {
  type ConnectionReport,
  lengthOfSsl2Hello,
  type MessageReport,
  type RecordReport,
  type Sender,
  type SendingOrder,
  traceRecord,
} from '../../inspect/index.ts'
import { RECORD_HEADER_LENGTH } from '../../tls/index.ts'
import { paint } from '../terminal.ts'
import { columns, type LineStyle, type PlacedLine, placeFields } from './fields.ts'

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
  const placed: (PlacedLine & { readonly encrypted?: number })[] = []
  for (const record of records) placed.push(...recordLines(stream, record, style))
  const plain = records.filter(({ type, encrypted }) => type === 'handshake' && !encrypted)
  const tail = list && list.end < list.bytes ? list.end : undefined
  for (const message of messages) placed.push(...messageLines(stream, message, plain, tail, style))
  placed.push(...remainderLines(sender, stream, report, style))
  for (const message of report.unfinished.filter((one) => one.sender === sender)) {
    placed.push(...messageLines(stream, message, plain, tail, style))
  }
  placed.sort((a, b) => a.at - b.at)
  return placed.map(({ at, text, encrypted = 0 }) => ({ sender, at, encrypted, lines: [text] }))
}

function recordLines(
  stream: Uint8Array,
  record: RecordReport,
  { layout, note }: ConversationStyle,
): (PlacedLine & { readonly encrypted?: number })[] {
  const { sender, offset, length, type, version, encrypted } = record
  const fields = traceRecord(stream, record)
  const style = lineStyle(layout, (at) => offset + at)
  const body = counted(length - RECORD_HEADER_LENGTH, 'byte')
  const said = [`${type}, ${version}, ${body}${encrypted ? ' encrypted' : ''}`]
  const time = note?.(sender, offset)
  const meaning = [...said, ...(time ? [time] : [])].join(', ')
  const title = titleFor(sender, encrypted ? 'encrypted record' : 'record')
  const dump = layout === 'dump'
  const place = dump ? undefined : offset
  const header = dump ? NONE : stream.subarray(offset, offset + RECORD_HEADER_LENGTH)
  const text = columns(style, { place, bytes: header, title, meaning })
  const inside = encrypted && !dump ? [] : fields.slice(dump ? 0 : HEADER_FIELDS)
  const lines = [{ at: offset, text }, ...placeFields(inside, style, 1)]
  return encrypted ? lines.map((line) => ({ ...line, encrypted: length })) : lines
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
  const meaning = `${counted(length, 'byte')}${there === undefined ? '' : `, cut off after ${there}`}`
  const text = columns(style, { place: known, bytes: NONE, title, meaning })
  const shown = withRest(fields, 0, there ?? length, (at) => stream[place(at)] ?? 0)
  return [{ at: offset, text }, ...placeFields(shown, style, 1)]
}

/** The fields, and behind them the bytes that a fault has kept from being taken apart. */
function withRest(
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
  const meaning = 'not taken apart'
  return [...filled, { name: 'rest', offset: at, length: bytes.length, bytes, meaning }]
}

/** Where the bytes of a message lie, which may be spread over records. */
function placesIn(
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
    const meaning = `${more}, not listed`
    lines.push({ at, text: columns(style, { place: at, bytes: NONE, title, meaning }) })
  }
  const { end, bytes, error } = list
  if (!error) return lines
  const isRead = unfinished.some(
    (one) => one.sender === sender && one.offset + one.length > end + RECORD_HEADER_LENGTH,
  )
  const head = isRead ? RECORD_HEADER_LENGTH : bytes - end
  const left = stream.subarray(end, end + head)
  const meaning = `${counted(bytes - end, 'byte')} left: ${error.message}`
  const field = { offset: end, length: left.length, bytes: left, name: 'bytes' }
  const title = titleFor(sender, 'no whole record')
  const text = columns(style, { place: undefined, bytes: NONE, title, meaning })
  return [...lines, { at: end, text }, ...placeFields([field], style, 1)]
}

/** A merge that leaves each side in its order. */
function merge(client: readonly Block[], server: readonly Block[], order: SendingOrder): Block[] {
  const [ours, theirs] = [rising(client, order), rising(server, order)]
  const merged: Block[] = []
  let [i, j] = [0, 0]
  while (i < client.length || j < server.length) {
    const first = j >= server.length || (i < client.length && (ours[i] ?? 0) <= (theirs[j] ?? 0))
    merged.push((first ? client[i++] : server[j++]) as Block)
  }
  return merged
}

function rising(blocks: readonly Block[], order: SendingOrder): number[] {
  let latest = Number.NEGATIVE_INFINITY
  return blocks.map(({ sender, at }) => {
    latest = Math.max(latest, order(sender, at))
    return latest
  })
}

/**
 * Who usually speaks when: the ClientHello, the server up to ServerHelloDone, the rest of the client's handshake, the
 * rest of the server's, then each side's application data.
 */
function usualOrder({ messages, streams }: ConnectionReport): SendingOrder {
  const ends = (sender: Sender, name: string): number | undefined => {
    const message = messages.find((one) => one.sender === sender && one.name === name)
    return message && message.offset + message.length
  }
  const hello = ends('client', 'ClientHello') ?? 0
  const done = ends('server', 'ServerHelloDone') ?? Number.POSITIVE_INFINITY
  const [fromClient, fromServer] = (['client', 'server'] as const).map((sender) => {
    const first = streams[sender]?.records.find(({ type }) => type === 'application_data')
    return first?.offset ?? Number.POSITIVE_INFINITY
  })
  return (sender, offset) => {
    if (sender === 'client') return offset < hello ? 0 : offset < (fromClient ?? 0) ? 2 : 4
    return offset < Math.min(done, fromServer ?? 0) ? 1 : offset < (fromServer ?? 0) ? 3 : 5
  }
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
