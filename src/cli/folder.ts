// What is in a folder and in the folders within it, and what a name in a folder leads to.

import { type Dirent, lstatSync } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { pathWithin } from './input.ts'

/** What is in the folder at any depth except folders, with its path relative to it; links are not followed. */
export async function* entriesIn(
  folder: string,
): AsyncGenerator<{ readonly path: string; readonly entry: Dirent }> {
  const folders = ['']
  for (let inner = folders.pop(); inner !== undefined; inner = folders.pop()) {
    for (const entry of await readdir(join(folder, inner), { withFileTypes: true })) {
      const path = join(inner, entry.name)
      if (entry.isDirectory()) folders.push(path)
      else yield { path, entry }
    }
  }
}

/** Where the name leads, links followed, or why that is no file to compare; undefined when nothing has that name. */
export async function fileWithin(
  folder: string,
  name: string,
): Promise<{ readonly file: string } | { readonly why: string } | undefined> {
  if (name === '-' || isAbsolute(name) || name.split(/[/\\]/).includes('..')) return undefined
  const path = join(folder, name)
  if (pathWithin(folder, path) === undefined) return undefined
  // Of a million files that are not there this one tells the soonest
  if (!isThere(path)) return undefined
  const file = await realpath(path).catch(() => undefined)
  if (file === undefined) return { why: 'is a link that leads nowhere' }
  if (pathWithin(folder, file) === undefined)
    return { why: 'is a link that leads out of the folder' }
  return (await stat(file)).isFile() ? { file } : { why: 'is not a regular file' }
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

/** What no file can be called. */
const IMPOSSIBLE: ReadonlySet<string | undefined> = new Set([
  'ENOTDIR',
  'ENAMETOOLONG',
  'ERR_INVALID_ARG_VALUE',
])
