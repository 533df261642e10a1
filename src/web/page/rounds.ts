// The rounds of one witness in the time line: a mark for each second that its clock shows, or the window of its certificates.

import { type WitnessReport, wording } from '../../index.ts'
import { svg } from './element.ts'
import type { Frame, Scale, Span } from './time-axis.ts'

/** Draws the windows of a witness without a clock, with the numbers of its rounds: mostly wider than the picture. */
export function drawWindows(
  witness: WitnessReport,
  numbers: readonly number[],
  at: { readonly y: number; readonly scale: Scale; readonly frame: Frame },
): SVGElement {
  const { y, scale, frame } = at
  const bars = windowsOf(witness).map(({ from, to }) => {
    const [left, right] = [scale(from), scale(to)]
    return svg('rect', { x: left, y: y + 20, width: Math.max(3, right - left), height: 18, rx: 3 })
  })
  const middle = (frame.left + frame.right) / 2
  const label = svg('text', { x: middle, y: y + 33, 'text-anchor': 'middle' }, numbers.join(', '))
  return svg(
    'g',
    { class: witness.counts ? 'witness counts' : 'witness' },
    titleOf(witness, y, frame),
    svg('g', { class: 'round window' }, ...bars, label),
  )
}

function titleOf({ host }: WitnessReport, y: number, { left, right }: Frame): SVGElement {
  const name = shortName(host, Math.floor((right - left) / 7) - 16)
  return svg('text', { class: 'bar-name', x: left, y: y + 13 }, name)
}

/** Collects the windows of a witness without a clock, each once. */
export function windowsOf({ clock, rounds }: WitnessReport): readonly Span[] {
  const windows = clock === 'none' ? rounds.flatMap(({ window }) => window ?? []) : []
  const spans = windows.map(({ notBefore, notAfter }): [string, Span] => {
    return [`${+notBefore} ${+notAfter}`, { from: +notBefore, to: +notAfter }]
  })
  return [...new Map(spans).values()]
}

/** Draws each round a second wide, since that is all that a server time says. */
export function drawRounds(
  witness: WitnessReport,
  numbers: readonly number[],
  at: { readonly y: number; readonly scale: Scale; readonly frame: Frame },
): SVGElement {
  const { rounds, counts } = witness
  const { y, scale, frame } = at
  const stacked = new Map<number, number>()
  const times = timesOf(rounds)
  const marks = times.map((time, i) => {
    const level = stacked.get(time) ?? 0
    stacked.set(time, level + 1)
    const [left, right] = [scale(time), scale(time + 1000)]
    const many = times.filter((other) => other === time).length
    const each = Math.max(3, (right - left - 2) / many)
    const x = left + 1 + level * each
    const wide = each >= 16
    return svg(
      'g',
      { class: i === 0 ? 'round first' : 'round' },
      svg('rect', { x, y: y + 20, width: Math.max(3, each - 2), height: 18, rx: 3 }),
      wide &&
        svg(
          'text',
          { x: x + (each - 2) / 2, y: y + 33, 'text-anchor': 'middle' },
          `${numbers[i] ?? i}`,
        ),
    )
  })
  return svg(
    'g',
    { class: counts ? 'witness counts' : 'witness' },
    titleOf(witness, y, frame),
    ...marks,
    ...whenNarrow(rounds, at),
  )
}

/** Writes the time beside marks that are close together and too small to show it. */
function whenNarrow(
  rounds: WitnessReport['rounds'],
  { y, scale, frame }: { readonly y: number; readonly scale: Scale; readonly frame: Frame },
): SVGElement[] {
  const times = timesOf(rounds)
  if (times.length === 0) return []
  const [first, last] = [Math.min(...times), Math.max(...times)]
  const [from, to] = [scale(first), scale(last) + 3 * rounds.length]
  if (scale(first + 1000) - from >= 16 || to - from > 40) return []
  const isRight = from > (frame.left + frame.right) / 2
  const x = isRight ? from - 7 : to + 7
  const anchor = isRight ? 'end' : 'start'
  return [svg('text', { x, y: y + 33, 'text-anchor': anchor }, wording.instant(new Date(first)))]
}

/** Collects the clock times of rounds, in milliseconds. */
export function timesOf(rounds: WitnessReport['rounds']): number[] {
  return rounds.flatMap(({ serverTime }) => (serverTime ? [+serverTime] : []))
}

/** Gives the common name of a distinguished name, or all of the text, cut in the middle when it is long. */
export function shortName(name: string, most: number): string {
  const common = /(?:^|,)CN=((?:\\.|[^,\\])*)/s.exec(name)?.[1]?.replace(/\\(.)/gs, '$1')
  const text = wording.printable(common || name || '(no name)')
  if (text.length <= most) return text
  const half = Math.max(1, Math.floor((most - 1) / 2))
  return `${text.slice(0, half)}…${text.slice(-half)}`
}
