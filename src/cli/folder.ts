// What is in a folder and in the folders within it, and what a name in a folder leads to.

import { type Dirent, lstatSync } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, posix } from 'node:path'
import { pathWithin } from './input.ts'

export interface Entry {
  /** Relative to the folder, with "/" on every system. */
  readonly path: string
  readonly entry: Dirent
  /** Whether its name is not UTF-8: nothing opens by the path then. */
  readonly isMisspelt: boolean
}

/** What is in the folder at any depth except folders that can be read; links are not followed. */
export async function* entriesIn(folder: string): AsyncGenerator<Entry> {
  const folders = ['']
  for (let inner = folders.pop(); inner !== undefined; inner = folders.pop()) {
    for (const entry of await readdir(join(folder, inner), { withFileTypes: true })) {
      const path = posix.join(inner, entry.name)
      const isMisspelt = entry.name.includes(REPLACEMENT) && !isThere(join(folder, path))
      if (entry.isDirectory() && !isMisspelt) folders.push(path)
      else yield { path, entry, isMisspelt }
    }
  }
}

/** Where the name leads, links followed, or why that is no file to compare; undefined when nothing has that name. */
export async function fileWithin(
  folder: string,
  name: string,
): Promise<{ readonly file: string } | { readonly why: string } | undefined> {
  if (name === '-' || isAbsolute(name) || name.split(/[/\\]/).includes('..')) return undefined
  if (pathWithin(folder, join(folder, name)) === undefined) return undefined
  const spelt = spellingIn(folder, name)
  if (spelt === undefined) return undefined
  const path = join(folder, spelt)
  const file = await realpath(path).catch(() => undefined)
  if (file === undefined) return { why: 'is a link that leads nowhere' }
  if (pathWithin(folder, file) === undefined)
    return { why: 'is a link that leads out of the folder' }
  return (await stat(file)).isFile() ? { file } : { why: 'is not a regular file' }
}

/**
 * How what has this name is spelt in the folder, which may be composed or decomposed (Unicode NFC, NFD) where the name is
 * not; undefined when it is not there.
 */
export function spellingIn(folder: string, name: string): string | undefined {
  // Of a million files that are not there this one tells the soonest
  if (isThere(join(folder, name))) return name
  if (name === name.normalize('NFC') && name === name.normalize('NFD')) return undefined
  let found = ''
  for (const part of name.split('/')) {
    const forms = [part, part.normalize('NFC'), part.normalize('NFD')]
    const there = forms
      .map((form) => posix.join(found, form))
      .find((path) => isThere(join(folder, path)))
    if (there === undefined) return undefined
    found = there
  }
  return found
}

/** Whether anything, a link too, has this path; also none that can't be one. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    if (IMPOSSIBLE.has((error as NodeJS.ErrnoException).code)) return false
    throw error
  }
}

/** What Node has in place of bytes that are not UTF-8. */
const REPLACEMENT = '\u{fffd}'

/** What no file can be called. */
const IMPOSSIBLE: ReadonlySet<string | undefined> = new Set([
  'ENOTDIR',
  'ENAMETOOLONG',
  'ERR_INVALID_ARG_VALUE',
])
