// The rounds and the certificates in time, as a drawing: above, how long each certificate of the path is valid and
// where in it the signatures fall; below, those seconds enlarged. It is redrawn for the width there is, so that its
// words keep their size.

import type { CertificateDescription, WitnessReport } from '../index.ts'
import { svg } from './element.ts'
import { dayOf, shortName, ticksOf } from './time-scale.ts'

/** Draws the witnesses' rounds and the first one's path; undefined when there is nothing to draw. */
export function drawTimeline(
  witnesses: readonly WitnessReport[],
  width: number,
): SVGSVGElement | undefined {
  const times = witnesses.flatMap(({ rounds }) => rounds.map(({ serverTime }) => +serverTime))
  const paths = witnesses.map(({ path }) => path.slice(0, MAX_BARS))
  if (times.length === 0) return undefined
  const frame = { left: MARGIN, right: width - MARGIN }
  const parts: SVGElement[] = []
  let y = 0
  const signed = { from: Math.min(...times), to: Math.max(...times) }
  const certificates = byDepth(paths)
  const validity = windowOf(paths, signed)
  if (validity !== undefined) {
    const scale = scaleOf(validity, frame)
    const bottom = TITLE + certificates.length * BAR_ROW
    parts.push(heading('certificates', 0, frame), ...drawAxis(validity, scale, bottom, TITLE))
    certificates.forEach((certificate, i) => {
      const depth = depthOf(certificate, paths)
      parts.push(drawBar(certificate, { y: TITLE + i * BAR_ROW, scale, frame, depth }))
    })
    y = bottom + AXIS + GAP
    parts.push(
      ...drawMoments(times.map(scale), { top: TITLE - 4, bottom: bottom + AXIS, y, frame }),
    )
  }
  const margin = Math.max(1000, (signed.to - signed.from) * 0.04)
  const seconds = { from: signed.from - margin, to: signed.to + 1000 + margin }
  const scale = scaleOf(seconds, frame)
  const top = y + TITLE
  const bottom = top + witnesses.length * ROUND_ROW
  parts.push(heading('rounds', y, frame), ...drawAxis(seconds, scale, bottom, top))
  witnesses.forEach((witness, i) => {
    parts.push(drawRounds(witness, top + i * ROUND_ROW, scale, frame))
  })
  const height = bottom + AXIS + 4
  return svg(
    'svg',
    {
      ...{ class: 'timeline', viewBox: `0 0 ${width} ${height}` },
      ...{ role: 'img', 'aria-label': `Time line. ${describe(witnesses)}` },
    },
    ...parts,
  )
}

interface Span {
  /** Milliseconds. */
  readonly from: number
  readonly to: number
}

interface Frame {
  readonly left: number
  readonly right: number
}

type Scale = (time: number) => number

function scaleOf({ from, to }: Span, { left, right }: Frame): Scale {
  return (time) => {
    const x = left + ((time - from) / (to - from)) * (right - left)
    return Math.round(Math.min(right, Math.max(left, x)) * 10) / 10
  }
}

/** As wide as the end entities' validity and some more: longer ones run out of the picture. */
function windowOf(paths: WitnessReport['path'][], signed: Span): Span | undefined {
  const first = paths.flatMap((path) => path.slice(0, 1))
  if (first.length === 0) return undefined
  const from = Math.min(...first.map(({ notBefore }) => +notBefore), signed.from)
  const to = Math.max(...first.map(({ notAfter }) => +notAfter), signed.to)
  const rest = Math.max((to - from) * 0.18, DAY)
  return { from: from - rest, to: to + rest }
}

/** A line where each round falls, usually all in one place, and the lens that enlarges it. */
function drawMoments(
  all: readonly number[],
  at: { readonly top: number; readonly bottom: number; readonly y: number; readonly frame: Frame },
): SVGElement[] {
  const { top, bottom, y, frame } = at
  const [first, last] = [Math.min(...all), Math.max(...all)]
  return [
    ...[...new Set(all)].map((x) => {
      return svg('line', { class: 'moment', x1: x, x2: x, y1: top, y2: bottom })
    }),
    svg('path', {
      class: 'lens',
      d: `M${first} ${bottom} H${last} L${frame.right} ${y} H${frame.left} Z`,
    }),
  ]
}

function drawBar(
  { subject, notBefore, notAfter }: CertificateDescription,
  at: { readonly y: number; readonly scale: Scale; readonly frame: Frame; readonly depth: number },
): SVGElement {
  const { y, scale, frame, depth } = at
  const [left, right] = [scale(+notBefore), scale(+notAfter)]
  const [cutLeft, cutRight] = [left <= frame.left, right >= frame.right]
  const years = `${dayOf(notBefore)} to ${dayOf(notAfter)}`
  const room = Math.floor((frame.right - frame.left) / 6.6) - years.length - 3
  const name = shortName(subject, Math.max(12, room))
  const end = (x: number, sign: number): string => `M${x} ${y + 19} l${sign * 5} 4 l${-sign * 5} 4`
  return svg(
    'g',
    { class: `bar depth-${Math.min(depth, 3)}` },
    svg('text', { class: 'bar-name', x: frame.left, y: y + 12 }, name),
    svg('text', { class: 'bar-dates', x: frame.right, y: y + 12, 'text-anchor': 'end' }, years),
    svg('rect', { x: left, y: y + 18, width: Math.max(2, right - left), height: 10, rx: 2 }),
    cutLeft && svg('path', { class: 'beyond', d: end(left + 8, -1) }),
    cutRight && svg('path', { class: 'beyond', d: end(right - 8, 1) }),
  )
}

/** Each a second wide, since that is all that a server time says. */
function drawRounds(witness: WitnessReport, y: number, scale: Scale, frame: Frame): SVGElement {
  const { host, rounds, counts } = witness
  const stacked = new Map<number, number>()
  const marks = rounds.map(({ serverTime }, i) => {
    const time = +serverTime
    const level = stacked.get(time) ?? 0
    stacked.set(time, level + 1)
    const [left, right] = [scale(time), scale(time + 1000)]
    const many = rounds.filter((round) => +round.serverTime === time).length
    const each = Math.max(3, (right - left - 2) / many)
    const x = left + 1 + level * each
    const wide = each >= 16
    return svg(
      'g',
      { class: i === 0 ? 'round first' : 'round' },
      svg('rect', { x, y: y + 20, width: Math.max(3, each - 2), height: 18, rx: 3 }),
      wide && svg('text', { x: x + (each - 2) / 2, y: y + 33, 'text-anchor': 'middle' }, `${i}`),
    )
  })
  const name = shortName(host, Math.floor((frame.right - frame.left) / 7) - 16)
  const title = svg('text', { class: 'bar-name', x: frame.left, y: y + 13 }, name)
  return svg('g', { class: counts ? 'witness counts' : 'witness' }, title, ...marks)
}

function drawAxis(span: Span, scale: Scale, y: number, top: number): SVGElement[] {
  const [left, right] = [scale(span.from), scale(span.to)]
  const { ticks, note } = ticksOf(span.from, span.to, Math.max(2, Math.floor((right - left) / 92)))
  return [
    ...ticks.map(({ time, label }) => {
      const x = scale(time)
      const anchor = x - left < 30 ? 'start' : right - x < 30 ? 'end' : 'middle'
      return svg(
        'g',
        { class: 'tick' },
        svg('line', { x1: x, x2: x, y1: top, y2: y + 5 }),
        svg('text', { x, y: y + 18, 'text-anchor': anchor }, label),
      )
    }),
    svg('line', { class: 'axis', x1: left, x2: right, y1: y + 2, y2: y + 2 }),
    ...(note
      ? [svg('text', { class: 'axis-note', x: right, y: top - 12, 'text-anchor': 'end' }, note)]
      : []),
  ]
}

function heading(text: string, y: number, { left }: Frame): SVGElement {
  return svg('text', { class: 'panel', x: left, y: y + 16 }, text)
}

/** Each certificate once, end entities first. */
function byDepth(paths: readonly WitnessReport['path'][]): readonly CertificateDescription[] {
  const seen = new Map(paths.flat().map((one) => [one.fingerprint, one]))
  const all = [...seen.values()].sort((a, b) => depthOf(a, paths) - depthOf(b, paths))
  return all.slice(0, MAX_BARS)
}

function depthOf(
  { fingerprint }: CertificateDescription,
  paths: readonly (readonly CertificateDescription[])[],
): number {
  const depths = paths.map((path) => path.findIndex((one) => one.fingerprint === fingerprint))
  return Math.max(0, ...depths)
}

function describe(witnesses: readonly WitnessReport[]): string {
  return witnesses
    .map(({ host, rounds, path }) => {
      const times = rounds.map(({ serverTime }) => serverTime.toISOString()).join(', ')
      const [first] = path
      const valid = first
        ? `; certificate valid ${dayOf(first.notBefore)} to ${dayOf(first.notAfter)}`
        : ''
      return `${host}: rounds at ${times}${valid}.`
    })
    .join(' ')
}

const DAY = 86_400_000
const MARGIN = 1
const TITLE = 34
const BAR_ROW = 40
const ROUND_ROW = 44
const AXIS = 24
const GAP = 26
const MAX_BARS = 12
