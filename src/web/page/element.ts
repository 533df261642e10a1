// The page's elements: made of names, attributes and text, so that what comes from outside becomes text and never markup,
// and the parts that several sections share.

import { type Verdict, wording } from '../../index.ts'

export type Child = Node | string | undefined | false

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

/** Makes an element. An attribute that is false or undefined is left out; one that is true has no value. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  return fill(document.createElement(name), attributes, children)
}

/** Makes an element of a drawing. */
export function svg<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Name] {
  return fill(document.createElementNS(SVG, name), attributes, children)
}

/** Finds the element of the page with this id. Throws when there is none. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`expected an element #${id}`)
  return found
}

/** Puts these in the place of what was there. */
export function replace(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren(...shown(children, true))
}

/** Calls `taken` with the files chosen in the field with this id; choosing the same ones again counts too. */
export function onChoice(id: string, taken: (files: readonly File[]) => void): void {
  const field = byId(id) as HTMLInputElement
  field.addEventListener('change', () => {
    const files = [...(field.files ?? [])]
    field.value = ''
    if (files.length > 0) taken(files)
  })
}

/** Makes a section under a heading. */
export function section(id: string, title: string, ...children: readonly Child[]): HTMLElement {
  return element(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    element('h2', { id: `${id}-title` }, title),
    ...children,
  )
}

/** Lists names and what they are. */
export function rowsOf(rows: readonly (readonly [name: string, value: Child])[]): HTMLElement {
  return element(
    'dl',
    { class: 'rows' },
    ...rows.map(([name, value]) =>
      element('div', {}, element('dt', {}, name), element('dd', {}, value)),
    ),
  )
}

/** Makes the button beside something that the user gave, which removes it. */
export function removeButton(name: string, remove: () => void): HTMLElement {
  const label = `Remove ${name}`
  const button = element('button', { type: 'button', class: 'remove', 'aria-label': label }, '×')
  button.addEventListener('click', remove)
  return button
}

/** Makes a button that does something. */
export function actionButton(id: string, title: string, action: () => void): HTMLElement {
  const button = element('button', { type: 'button', class: 'button', id }, title)
  button.addEventListener('click', action)
  return button
}

/** Has the browser save a text as a file. */
export function saveFile(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  element('a', { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** Shows digits to be read off or copied, which may break anywhere. */
export function digits(hex: string): HTMLElement {
  return element('code', { class: 'digits' }, hex)
}

/** Draws the verdict's sign; the word beside it says the same. */
export function icon(verdict: Verdict): SVGElement {
  return svg(
    'svg',
    { class: 'icon', viewBox: '0 0 48 48', 'aria-hidden': 'true' },
    svg('circle', { cx: 24, cy: 24, r: 21 }),
    svg('path', { d: SIGNS[verdict] }),
  )
}

/** Says a size as "2.4 MB". */
export function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  const power = Math.min(UNITS.length, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return `${value.toFixed(value < 10 ? 1 : 0)} ${UNITS[power - 1]}`
}

function fill<Kind extends Element>(
  target: Kind,
  attributes: Attributes,
  children: readonly Child[],
): Kind {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    target.setAttribute(name, value === true ? '' : shownText(`${value}`))
  }
  target.append(...shown(children, !VERBATIM.has(target.localName)))
  return target
}

/** Makes nodes of what is put into an element; of prose, dates and digests stay in one piece or break anywhere. */
function shown(children: readonly Child[], isProse: boolean): (Node | string)[] {
  return children
    .filter((child) => child !== undefined && child !== false)
    .flatMap((child) => {
      if (typeof child !== 'string') return child
      const text = shownText(child)
      return isProse ? text.split(UNBROKEN).flatMap(piece) : text
    })
}

/** Makes every second piece of a text, a date or a digest, an element of its own. */
function piece(text: string, index: number): (Node | string)[] {
  if (index % 2 === 0) return text === '' ? [] : [text]
  const own = document.createElement(text.length === DIGEST_LENGTH ? 'code' : 'span')
  own.className = text.length === DIGEST_LENGTH ? 'digest' : 'date'
  own.textContent = text
  return [own]
}

/**
 * All text of the page goes through here: what can't be seen or could act is spelled out, and nothing is endless. Spaces
 * stay, which part our own words; a name is made printable where it is put between them.
 */
function shownText(text: string): string {
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
  return short.replace(/[^ ]+/g, (word) => wording.printable(word))
}

/** Dates, times and digests: "2026-01-31", "12:00:01 UTC", 64 hexadecimal digits. */
const UNBROKEN = /\b(\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d UTC|[0-9a-f]{64})\b/
const DIGEST_LENGTH = 64
/** Elements that hold text as it is: code, and what drawings and fields say. */
const VERBATIM: ReadonlySet<string> = new Set(['code', 'pre', 'text', 'title', 'option'])

/** How many characters are shown: the longest name that a subject may have, and some more. */
const MAX_TEXT = 8192
const SVG = 'http://www.w3.org/2000/svg'
const UNITS = ['kB', 'MB', 'GB', 'TB'] as const

const SIGNS: Readonly<Record<Verdict, string>> = {
  passed: 'M14.5 24.5l6.5 6.5 12.5-14',
  failed: 'M16.5 16.5l15 15m0-15l-15 15',
  indeterminate: 'M18.5 19a5.5 5.5 0 1 1 8.3 4.7c-2 1.200-2.800 2.200-2.800 4.300M24 33.500v.5',
}
