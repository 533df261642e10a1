// What to do about a file that something on its way has changed.

import { basename, extname } from 'node:path'
import type { Damage } from '../statement/index.ts'
import { shellPath } from './shell-word.ts'

/** At most two hints, for the gravest damage to the file at `path`. */
export function remediesFor(found: readonly Damage[], path: string): readonly string[] {
  const [damage] = found
  return damage === undefined ? [] : REMEDIES[damage](path)
}

const REMEDIES: Readonly<Record<Damage, (path: string) => readonly string[]>> = {
  empty: () => [AGAIN],
  unfinished: () => [AGAIN],
  'utf-16': () => [
    'PowerShell writes UTF-16 with ">": let the program that makes the file write it',
  ],
  'byte-order-mark': () => [
    'some editors and shells add one: get the original file again, and do not save it in them',
  ],
  'carriage-returns': (path) => [
    `Git does this when core.autocrlf is set: add the line "${patternFor(path)} -text" to .gitattributes`,
    'then delete the file and check it out again',
  ],
  'no-last-line-feed': (path) => [
    `an editor or a copy through the clipboard removes it: echo >> ${shellPath(path)} adds it again`,
  ],
}

/** In .gitattributes, where a pattern with white space stands in quotation marks. */
function patternFor(path: string): string {
  const ending = /\.certificate\.der$/.exec(path)?.[0] ?? extname(path)
  const pattern = ending === '' ? basename(path) : `*${ending}`
  return /\s/.test(pattern) ? JSON.stringify(pattern) : pattern
}

const AGAIN = 'get the whole file again from where it came from'
