// The drawing in its place: redrawn when the room for it changes, and of a fixed width for print.

import type { WitnessReport } from '../index.ts'
import { element, replace } from './element.ts'
import { drawTimeline } from './timeline.ts'

/** A figure that keeps itself as wide as its place. */
export function renderTimeline(witnesses: readonly WitnessReport[]): HTMLElement {
  const drawing = element('div', { class: 'drawing' })
  const figure = element(
    'figure',
    {},
    drawing,
    element(
      'figcaption',
      {},
      'Above, how long each certificate is valid, and the moment of signing in it. Below, that moment enlarged: ' +
        'each numbered mark is a round, as wide as the second in which the server says it signed.',
    ),
  )
  let drawn = 0
  const draw = (width: number): void => {
    if (width < 1 || Math.abs(width - drawn) < 1) return
    drawn = width
    replace(drawing, drawTimeline(witnesses, Math.max(MIN_WIDTH, Math.round(width))))
  }
  draw(DEFAULT_WIDTH)
  new ResizeObserver(([entry]) => draw(entry?.contentRect.width ?? 0)).observe(drawing)
  return figure
}

const DEFAULT_WIDTH = 720
const MIN_WIDTH = 240
