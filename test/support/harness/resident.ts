// The command line as a process that takes one run after the other, since starting a process is most of a short run.

import { Console } from 'node:console'
import { createRequire } from 'node:module'
import { Readable, Writable } from 'node:stream'
import { repositoryPath } from './repository.ts'

/** One run, as the process is told of it. */
export interface Run {
  readonly args: readonly string[]
  readonly folder: string
  /** Standard input, base64. */
  readonly stdin: string
}

/** What it answers: the exit code, and what was printed, base64. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const load = createRequire(import.meta.url)
const commandLine: { run: (argv: readonly string[]) => Promise<number> } = load(
  repositoryPath('dist/cli/run.cjs'),
)

process.on('message', (run: Run) => serve(run))
process.on('disconnect', () => process.exit())
process.send?.('ready')

function serve({ args, folder, stdin }: Run): void {
  const [stdout, stderr] = [collect('stdout'), collect('stderr')]
  // yargs prints help and version through it, and it keeps the streams that it has seen
  globalThis.console = new Console(process.stdout, process.stderr)
  replace('stdin', Readable.from([Buffer.from(stdin, 'base64')], { objectMode: false }))
  process.chdir(folder)
  // The run ends as the process would: when nothing is left to wait for, whether or not it gave a code.
  let code = UNSETTLED
  process.channel?.unref()
  process.once('beforeExit', () => {
    process.channel?.ref()
    process.chdir('/')
    const ran: Ran = { code, stdout: stdout(), stderr: stderr() }
    process.send?.(ran)
  })
  void commandLine.run(args).then((given) => {
    code = given
  })
}

/** Puts a stream that keeps what is written in the place of the process's own; gives all of it, in base64. */
function collect(name: 'stdout' | 'stderr'): () => string {
  const chunks: Uint8Array[] = []
  const stream = new Writable({
    write: (chunk: Uint8Array, _encoding, done) => {
      chunks.push(chunk)
      done()
    },
  })
  replace(name, stream)
  return () => Buffer.concat(chunks).toString('base64')
}

function replace(name: 'stdin' | 'stdout' | 'stderr', stream: Readable | Writable): void {
  Object.defineProperty(process, name, { value: stream, configurable: true })
}

/** Node's exit code for a main module that never came to its end. */
const UNSETTLED = 13
