// The rounds and the certificates in time, as a drawing: above, how long each certificate of the path is valid and
// where in it the signatures fall; below, those seconds enlarged. It is redrawn for the width there is, so that its
// words keep their size.

import { type CertificateDescription, type WitnessReport, wording } from '../../index.ts'
import { element, replace, svg } from './element.ts'
import { drawRounds, drawWindows, shortName, timesOf, windowsOf } from './rounds.ts'
import {
  dayOf,
  drawAxis,
  type Frame,
  nameTicks,
  type Scale,
  type Span,
  scaleOf,
} from './time-axis.ts'

/** What is drawn of one chain of rounds. */
export interface DrawnChain {
  readonly witnesses: readonly WitnessReport[]
  /** The host of each round of the chain, which tells the rounds' numbers. */
  readonly hosts: readonly string[]
  /** Tells when the next chain renewed it. */
  readonly renewed: Date | null
}

/** Makes a figure that is drawn again when the room for it changes, and has a fixed width in print. */
export function renderTimeline(chain: DrawnChain): HTMLElement {
  const drawing = element('div', { class: 'drawing' })
  const figure = element(
    'figure',
    {},
    drawing,
    element(
      'figcaption',
      {},
      'The upper part shows when each certificate is valid, with a line at the moment of signing. The lower part enlarges that moment: ' +
        'each numbered mark is a round, as wide as the second in which the server says it signed.' +
        (chain.witnesses.some(({ clock }) => clock === 'none')
          ? ' A server without a clock has a window instead: the time during which all certificates on its path are valid.'
          : '') +
        (chain.renewed ? ' The dashed line marks the renewal.' : ''),
    ),
  )
  let drawn = 0
  const draw = (width: number): void => {
    if (width < 1 || Math.abs(width - drawn) < 1) return
    drawn = width
    replace(drawing, drawTimeline(chain, Math.max(MIN_WIDTH, Math.round(width))))
  }
  draw(DEFAULT_WIDTH)
  new ResizeObserver(([entry]) => draw(entry?.contentRect.width ?? 0)).observe(drawing)
  return figure
}

/** Draws the witnesses' rounds and their paths; gives undefined when there is nothing to draw. */
function drawTimeline(
  { witnesses, hosts, renewed }: DrawnChain,
  width: number,
): SVGSVGElement | undefined {
  const times = witnesses.flatMap(({ rounds }) => timesOf(rounds))
  const bounds = witnesses.flatMap(windowsOf).flatMap(({ from, to }) => [from, to])
  const moments = times.length > 0 ? times : bounds
  const paths = witnesses.map(({ path }) => path.slice(0, MAX_BARS))
  if (moments.length === 0) return undefined
  const frame = { left: MARGIN, right: width - MARGIN }
  const parts: SVGElement[] = []
  let y = 0
  const signed = { from: Math.min(...moments), to: Math.max(...moments) }
  const bars = [...certificateBars(paths), ...witnesses.flatMap(windowBars).slice(0, MAX_BARS)]
  const validity = windowOf(paths, signed, renewed)
  if (validity !== undefined) {
    const scale = scaleOf(validity, frame)
    const bottom = TITLE + bars.length * BAR_ROW
    parts.push(heading('certificates', 0, frame), drawAxis(validity, scale, bottom, TITLE))
    bars.forEach((bar, i) => {
      parts.push(drawBar(bar, { y: TITLE + i * BAR_ROW, scale, frame }))
    })
    y = bottom + AXIS + GAP
    const [top, end] = [TITLE - 4, bottom + AXIS]
    if (renewed) parts.push(drawRenewal(scale(+renewed), { top, bottom: end, frame }))
    parts.push(
      ...drawMoments(moments.map(scale), { top, bottom: end, y, frame }),
      nameTicks(validity, scale, bottom, TITLE),
      ...bars.map((each, i) => nameBar(each, TITLE + i * BAR_ROW, frame)),
    )
  }
  const margin = Math.max(1000, (signed.to - signed.from) * 0.04)
  const seconds = { from: signed.from - margin, to: signed.to + 1000 + margin }
  const scale = scaleOf(seconds, frame)
  const top = y + TITLE
  const bottom = top + witnesses.length * ROUND_ROW
  parts.push(heading('rounds', y, frame), drawAxis(seconds, scale, bottom, top))
  parts.push(nameTicks(seconds, scale, bottom, top))
  witnesses.forEach((witness, i) => {
    const numbers = hosts.flatMap((host, number) => (host === witness.host ? [number] : []))
    const draw = witness.clock === 'none' ? drawWindows : drawRounds
    parts.push(draw(witness, numbers, { y: top + i * ROUND_ROW, scale, frame }))
  })
  const height = bottom + AXIS + 4
  return svg(
    'svg',
    {
      class: 'timeline',
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': `Timeline. ${describe(witnesses)}`,
    },
    ...parts,
  )
}

/** Makes the window as wide as the end entities' validity and some more: longer ones run out of the picture. */
function windowOf(
  paths: WitnessReport['path'][],
  signed: Span,
  renewed: Date | null,
): Span | undefined {
  const first = paths.flatMap((path) => path.slice(0, 1))
  if (first.length === 0) return undefined
  const from = Math.min(...first.map(({ notBefore }) => +notBefore), signed.from)
  const to = Math.max(...first.map(({ notAfter }) => +notAfter), signed.to, +(renewed ?? 0))
  const rest = Math.max((to - from) * 0.18, DAY)
  return { from: from - rest, to: to + rest }
}

/** Draws a line where each round falls, usually all in one place, and the lens that enlarges it. */
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

/** Draws a broken line, named at its top on the side that has room. */
function drawRenewal(
  x: number,
  { top, bottom, frame }: { readonly top: number; readonly bottom: number; readonly frame: Frame },
): SVGElement {
  const isRight = x > (frame.left + frame.right) / 2
  const place = { x: isRight ? x - 5 : x + 5, y: top - 2, 'text-anchor': isRight ? 'end' : 'start' }
  return svg(
    'g',
    { class: 'renewed' },
    svg('line', { x1: x, x2: x, y1: top - 12, y2: bottom }),
    svg('text', place, 'renewed'),
  )
}

function drawBar(
  { notBefore, notAfter, kind }: Bar,
  at: { readonly y: number; readonly scale: Scale; readonly frame: Frame },
): SVGElement {
  const { y, scale, frame } = at
  const [left, right] = [scale(+notBefore), scale(+notAfter)]
  const [cutLeft, cutRight] = [left <= frame.left, right >= frame.right]
  const end = (x: number, sign: number): string => `M${x} ${y + 19} l${sign * 5} 4 l${-sign * 5} 4`
  return svg(
    'g',
    { class: `bar ${kind}` },
    svg('rect', { x: left, y: y + 18, width: Math.max(2, right - left), height: 10, rx: 2 }),
    cutLeft && svg('path', { class: 'beyond', d: end(left + 8, -1) }),
    cutRight && svg('path', { class: 'beyond', d: end(right - 8, 1) }),
  )
}

/** Writes whose a bar is and from when to when, above the lines so that it stays readable. */
function nameBar(
  { subject, notBefore, notAfter }: Bar,
  y: number,
  { left, right }: Frame,
): SVGElement {
  const years = `${dayOf(notBefore)} to ${dayOf(notAfter)}`
  const name = shortName(
    subject,
    Math.max(12, Math.floor((right - left) / LETTER) - years.length - 3),
  )
  return svg(
    'g',
    { class: 'bar-label' },
    svg('text', { class: 'bar-name', x: left, y: y + 12 }, name),
    svg('text', { class: 'bar-dates', x: right, y: y + 12, 'text-anchor': 'end' }, years),
  )
}

function heading(text: string, y: number, { left }: Frame): SVGElement {
  return svg('text', { class: 'panel', x: left, y: y + 16 }, text)
}

/** What is drawn from when to when among the certificates. */
interface Bar extends Pick<CertificateDescription, 'subject' | 'notBefore' | 'notAfter'> {
  readonly kind: `depth-${number}` | 'window'
}

/** Lists each certificate once, end entities first. */
function certificateBars(paths: readonly WitnessReport['path'][]): readonly Bar[] {
  const seen = new Map(paths.flat().map((one) => [one.fingerprint, one]))
  return [...seen.values()]
    .map((one) => ({ one, depth: depthOf(one, paths) }))
    .sort((a, b) => a.depth - b.depth)
    .slice(0, MAX_BARS)
    .map(({ one, depth }): Bar => ({ ...one, kind: `depth-${Math.min(depth, 3)}` }))
}

/** Lists the windows of a witness without a clock, which are what all certificates of its path have in common. */
function windowBars(witness: WitnessReport): readonly Bar[] {
  const subject = `window of ${witness.host}`
  return windowsOf(witness).map(({ from, to }): Bar => {
    return { subject, notBefore: new Date(from), notAfter: new Date(to), kind: 'window' }
  })
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
      const times = rounds.map(wording.roundTime).join(', ')
      const [first] = path
      const valid = first
        ? `; certificate valid ${dayOf(first.notBefore)} to ${dayOf(first.notAfter)}`
        : ''
      return `${host}: rounds at ${times}${valid}.`
    })
    .join(' ')
}

const DEFAULT_WIDTH = 720
const MIN_WIDTH = 240
const DAY = 86_400_000
const MARGIN = 1
const TITLE = 34
const BAR_ROW = 40
const ROUND_ROW = 44
const AXIS = 24
const GAP = 26
const MAX_BARS = 12
/** How wide a letter is on average, in pixels. */
const LETTER = 6.6
