// Where the marks of a time axis stand and what they say, in UTC, from seconds to centuries.

import { wording } from '../../index.ts'

export interface Ticks {
  readonly ticks: readonly { readonly time: number; readonly label: string }[]
  /** What all labels leave out: the day, when they are hours. */
  readonly note: string
}

/** At most `most` marks at round times from `from` to `to`, both in milliseconds. */
export function ticksOf(from: number, to: number, most: number): Ticks {
  const step = STEPS.find((each) => (to - from) / each <= most) ?? (to - from) / most
  if (step >= MONTH) return monthTicks(from, to, Math.round(step / MONTH))
  const ticks = []
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
    ticks.push({ time, label: isoOf(time).slice(...(step < DAY ? CLOCK : DATE)) })
  }
  return { ticks, note: step < DAY ? `${isoOf(from).slice(...DATE)}, UTC` : '' }
}

/** "2026-11-22". */
export function dayOf(date: Date): string {
  return date.toISOString().slice(...DATE)
}

/** The common name of a distinguished name, or all of the text, cut in the middle when it is long. */
export function shortName(name: string, most: number): string {
  const common = /(?:^|,)CN=((?:\\.|[^,\\])*)/s.exec(name)?.[1]?.replace(/\\(.)/gs, '$1')
  const text = wording.printable(common || name || '(no name)')
  if (text.length <= most) return text
  const half = Math.max(1, Math.floor((most - 1) / 2))
  return `${text.slice(0, half)}…${text.slice(-half)}`
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
