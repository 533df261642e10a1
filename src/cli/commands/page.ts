// tls-stamp page: a copy of the page that verifies statements in a browser, offline.

import { readFile } from 'node:fs/promises'
import { UsageError } from '../errors.ts'
import { requireWritable, writeOutput } from '../output.ts'

export interface PageArguments {
  readonly output: string
  readonly force: boolean
  readonly json: boolean
}

/** Gives the exit code; throws what kept it from writing. */
export async function page(args: PageArguments): Promise<number> {
  const { output, force } = args
  await requireWritable(output, force)
  await writeOutput(output, await readPage(), args)
  return 0
}

async function readPage(): Promise<Uint8Array> {
  try {
    return await readFile(PAGE)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new UsageError('the page is missing from this installation', [
      'install tls-stamp anew, or in its repository run npm run build',
    ])
  }
}

/** Beside the bundle of the command line, which this is part of. */
const PAGE = new URL('../web/verify.html', import.meta.url)
