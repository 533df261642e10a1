// Where a command may write: nowhere over what is there, unless it is told to.

import { access, constants, lstat, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UsageError } from './usage-error.ts'

/** Refuses before any work is done; writing decides again. Throws UsageError, and the system's errors. */
export async function requireWritable(output: string, force: boolean): Promise<void> {
  const folder = dirname(output)
  const isFolder = await stat(folder).then((entry) => entry.isDirectory())
  if (!isFolder) throw new UsageError(`${folder} is not a folder`)
  await access(folder, constants.W_OK)
  const existing = await lstat(output).catch(() => undefined)
  if (existing?.isDirectory()) throw new UsageError(`${output} is a folder`)
  if (existing && !force) {
    throw new UsageError(`${output} exists already`, [
      'give another name with -o, or overwrite it with --force',
    ])
  }
  // Writing puts a new file in its place, which nobody wants of a device or of what a link leads to.
  if (existing && !existing.isFile()) throw new UsageError(`${output} is not a regular file`)
}
