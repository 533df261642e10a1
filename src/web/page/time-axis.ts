// A time axis: its scale, where its ticks stand and what they say, in UTC, from seconds to centuries.

import { svg } from './element.ts'

/** How long the axis is: from when to when, in milliseconds. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The drawing's left and right border. */
export interface Frame {
  readonly left: number
  readonly right: number
}

/** Tells where in the frame a time stands; what is beyond the frame stands at its border. */
export type Scale = (time: number) => number

/** Makes the scale on which `span` fills the frame. */
export function scaleOf({ from, to }: Span, { left, right }: Frame): Scale {
  return (time) => {
    const x = left + ((time - from) / (to - from)) * (right - left)
    return Math.round(Math.min(right, Math.max(left, x)) * 10) / 10
  }
}

/** Draws the axis and the line of each tick. */
export function drawAxis(span: Span, scale: Scale, y: number, top: number): SVGElement {
  const [left, right] = [scale(span.from), scale(span.to)]
  const lines = ticksWithin(span, scale).ticks.map(({ time }) => {
    return svg('line', { x1: scale(time), x2: scale(time), y1: top, y2: y + 5 })
  })
  const axis = svg('line', { class: 'axis', x1: left, x2: right, y1: y + 2, y2: y + 2 })
  return svg('g', { class: 'tick' }, ...lines, axis)
}

/** Draws what the ticks say, which stands above other lines to stay readable. */
export function nameTicks(span: Span, scale: Scale, y: number, top: number): SVGElement {
  const [left, right] = [scale(span.from), scale(span.to)]
  const { ticks, note } = ticksWithin(span, scale)
  const labels = ticks.map(({ time, label }) => {
    const x = scale(time)
    const anchor = x - left < 30 ? 'start' : right - x < 30 ? 'end' : 'middle'
    return svg('text', { x, y: y + 18, 'text-anchor': anchor }, label)
  })
  const day = svg('text', { class: 'axis-note', x: right, y: top - 12, 'text-anchor': 'end' }, note)
  return svg('g', { class: 'tick' }, ...labels, note !== '' && day)
}

/** Says the day as "2026-11-22". */
export function dayOf(date: Date): string {
  return date.toISOString().slice(...DATE)
}

function ticksWithin({ from, to }: Span, scale: Scale): Ticks {
  return ticksOf(from, to, Math.max(2, Math.floor((scale(to) - scale(from)) / 92)))
}

interface Ticks {
  readonly ticks: readonly { readonly time: number; readonly label: string }[]
  /** What all labels leave out: the day, when they are hours. */
  readonly note: string
}

/** Places at most `most` marks at round times from `from` to `to`, both in milliseconds. */
function ticksOf(from: number, to: number, most: number): Ticks {
  const step = STEPS.find((each) => (to - from) / each <= most) ?? (to - from) / most
  if (step >= MONTH) return monthTicks(from, to, Math.round(step / MONTH))
  const ticks = []
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
    ticks.push({ time, label: isoOf(time).slice(...(step < DAY ? CLOCK : DATE)) })
  }
  return { ticks, note: step < DAY ? `${isoOf(from).slice(...DATE)}, UTC` : '' }
}

function monthTicks(from: number, to: number, months: number): Ticks {
  const first = new Date(from)
  const begin = first.getUTCFullYear() * 12 + first.getUTCMonth()
  const ticks = []
  for (let month = Math.ceil(begin / months) * months; ; month += months) {
    const time = Date.UTC(Math.floor(month / 12), month % 12)
    if (time > to || !Number.isFinite(time)) break
    if (time >= from) ticks.push({ time, label: isoOf(time).slice(0, months >= 12 ? 4 : 7) })
  }
  return { ticks, note: '' }
}

function isoOf(time: number): string {
  return new Date(time).toISOString()
}

const CLOCK = [11, 19] as const
const DATE = [0, 10] as const
const SECOND = 1000
const DAY = 86_400 * SECOND
/** Longer steps count in months. */
const MONTH = 30 * DAY
const STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800].map((seconds) => seconds * SECOND),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3600 * SECOND),
  ...[1, 2, 5, 10].map((days) => days * DAY),
  ...[1, 2, 3, 6, 12, 24, 60, 120, 300, 600, 1200].map((months) => months * MONTH),
]
