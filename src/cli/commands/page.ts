// tls-stamp page: a copy of the page that verifies statements in a browser, offline.

import { readFile } from 'node:fs/promises'
import { type Command, defineCommand } from '../command.ts'
import { UsageError } from '../errors.ts'
import { force, json, output } from '../options.ts'
import { requireWritable, writeOutput } from '../output.ts'

export const page: Command = defineCommand({
  about: [
    'Writes a web page that verifies signed statements in a browser. It is a single file, and needs no network.',
  ],
  operands: [],
  example: '-o verify.html',
  options: {
    output: output({
      describe: 'where to write the page; - is standard output',
      otherwise: 'verify.html',
    }),
    force,
    json,
  },
  run: async ([other], { output, force, json }) => {
    if (other !== undefined) {
      throw new UsageError(`expected no argument, got ${other}`, ['say where to write with -o'])
    }
    await requireWritable(output, { force, json })
    await writeOutput(output, await readPage(), { force, json })
    return 0
  },
})

async function readPage(): Promise<Uint8Array> {
  try {
    return await readFile(PAGE)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new UsageError('the page is missing from this installation', [
      'install tls-stamp again, or run npm run build in its repository',
    ])
  }
}

/** Beside the bundle of the command line, which this is part of. */
const PAGE = new URL('../web/verify.html', import.meta.url)
