// The drawing in its place: redrawn when the room for it changes, and of a fixed width for print.

import { element, replace } from './element.ts'
import { type DrawnChain, drawTimeline } from './timeline.ts'

/** A figure that keeps itself as wide as its place. */
export function renderTimeline(chain: DrawnChain): HTMLElement {
  const drawing = element('div', { class: 'drawing' })
  const figure = element(
    'figure',
    {},
    drawing,
    element(
      'figcaption',
      {},
      'Above, how long each certificate is valid, and the moment of signing in it. Below, that moment enlarged: ' +
        'each numbered mark is a round, as wide as the second in which the server says it signed.' +
        (chain.renewed ? ' The broken line is when all of it was renewed.' : ''),
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

const DEFAULT_WIDTH = 720
const MIN_WIDTH = 240
