// What is printed as JSON: reports above all, the same on every surface.

import { toHex } from './bytes.ts'

/** Bytes as hex, dates as ISO 8601; what could act on a terminal is escaped, as JSON allows for any character. */
export function renderJson(value: unknown): string {
  const json = JSON.stringify(
    value,
    (_key, part: unknown) => (part instanceof Uint8Array ? toHex(part) : part),
    2,
  )
  return json.replace(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}
