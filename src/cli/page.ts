// tls-stamp page: a copy of the page that verifies statements in a browser, offline.

import { readFile } from 'node:fs/promises'
import { writeWhole } from '../node/files.ts'
import { requireWritable } from './output.ts'
import { renderJson, row } from './render.ts'
import { print, printable } from './terminal.ts'
import { UsageError } from './usage-error.ts'

export interface PageArguments {
  readonly output: string
  readonly force: boolean
  readonly json: boolean
}

/** Gives the exit code; throws what kept it from writing. */
export async function page({ output, force, json }: PageArguments): Promise<number> {
  await requireWritable(output, force)
  const bytes = await readPage()
  await writeWhole(output, bytes, { replace: force })
  const { length: size } = bytes
  const shown = row('written', `${printable(output)}, ${size} bytes`)
  print(json ? renderJson({ output, size }) : shown)
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
