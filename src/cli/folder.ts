// All that is in a folder and in the folders within it, for those that sign a folder and those that compare one.

import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

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
