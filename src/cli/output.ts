// Where a command may write: nowhere over what is there, unless it is told to; and what it says when it has.

import { access, constants, lstat, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { concat } from '../encoding/index.ts'
import type { SignedStatement } from '../statement/index.ts'
import { type WholeFile, writeWhole } from '../system/index.ts'
import { UsageError } from './errors.ts'
import { printFile, printResult } from './terminal.ts'
import { writtenRow } from './text/report.ts'

export interface Writing {
  readonly force: boolean
  readonly json: boolean
}

/**
 * Refuses before any work is done; writing decides again. `option` is what gives the output its name, "-" being standard output.
 * Throws UsageError, and the system's errors.
 */
export async function requireWritable(
  output: string,
  { force, json }: Writing,
  option: string = '-o',
): Promise<void> {
  if (output === '-') {
    if (json) throw new UsageError('expected --json only with an output that is a file, got -')
    return
  }
  const folder = dirname(output)
  const isFolder = await stat(folder).then((entry) => entry.isDirectory())
  if (!isFolder) throw new UsageError(`${folder} is not a folder`)
  await access(folder, constants.W_OK)
  const existing = await lstat(output).catch(() => undefined)
  if (existing?.isDirectory()) throw new UsageError(`${output} is a folder`)
  if (existing && !force) {
    throw new UsageError(`${output} exists already`, [
      `give another name with ${option}, or overwrite it with --force`,
    ])
  }
  // Writing puts a new file in its place, which nobody wants of a device or of what a link leads to.
  if (existing && !existing.isFile()) throw new UsageError(`${output} is not a regular file`)
}

/** Writes a whole file or none, "-" being standard output. Throws UsageError, and the system's errors. */
export async function writeFileOrStream(
  file: WholeFile,
  options: { readonly replace: boolean },
): Promise<void> {
  if (file.path !== '-') return writeWhole(file, options)
  const { content } = file
  if (await printFile(content instanceof Uint8Array ? content : concat(...content))) return
  throw new UsageError('the output contains a workflow command, which the runner would obey', [
    'say where to write it with -o',
  ])
}

/** Writes the whole output and says so, which is all that the command says. Throws as writeFileOrStream does. */
export async function writeOutput(
  output: string,
  bytes: Uint8Array,
  { force, json, secret = false }: Writing & { readonly secret?: boolean },
): Promise<void> {
  await writeFileOrStream({ path: output, content: bytes, secret }, { replace: force })
  const { length: size } = bytes
  printResult(json, { output, size }, () => writtenRow(output, size))
}

/** Whether a statement has salts, which tell of what else it is over to whoever reads them: then a new file is its owner's. */
export function isSecret({ subjects }: SignedStatement): boolean {
  return subjects.some(({ salt }) => salt !== undefined)
}
