// Where the repository's own files are, for tests that run compiled or not.

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Absolute path of a file or folder, given from the repository's root. Throws when there is none. */
export function repositoryPath(path: string): string {
  const found = join(root(), path)
  if (!existsSync(found)) throw new Error(`expected ${path} in the repository`)
  return found
}

/** What is compiled has no package.json of its own. */
function root(): string {
  let at = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(at, 'package.json'))) at = dirname(at)
  return at
}
