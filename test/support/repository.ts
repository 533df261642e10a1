// Where the repository's own files are, for tests that run compiled or not.

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Absolute path of a file or folder, given from the repository's root. Throws when there is none. */
export function repositoryPath(path: string): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    if (existsSync(join(at, path))) return join(at, path)
  }
  throw new Error(`expected ${path} in the repository`)
}
