// Lists of a thousand to a million digests through the command line: signed, one cut out, all compared.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeStatement } from '../../src/statement/decode.ts'
import { PROGRAM } from '../support/harness/command-line.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { endEntities, startBunServer } from '../support/servers/servers.ts'
import { heading, ratio, row } from './table.ts'

interface Taken {
  readonly milliseconds: number
  /** Of resident memory. */
  readonly megabytes: number
}

export async function benchLists(): Promise<void> {
  heading('lists of digests through the command line; each step is ten times the one before')
  const pki = mintTestPki({ endEntityKeys: ['p256'] })
  const [endEntity] = endEntities(pki)
  await using server = await startBunServer({ endEntity })
  const folder = mkdtempSync(join(tmpdir(), 'tls-stamp-lists-'))
  const before = new Map<string, Taken>()
  try {
    writeFileSync(join(folder, 'ca.pem'), pki.root.pem)
    for (const count of [1_000, 10_000, 100_000, 1_000_000]) {
      writeFileSync(join(folder, 'sums'), makeList(count))
      for (const [what, bar, args] of steps(count, server.port)) {
        const taken = await run(args, folder)
        print(`${what} ${count}`, taken, before.get(what), count === 1_000_000 ? bar : '')
        before.set(what, taken)
      }
      const [subject] = decodeStatement(readFileSync(join(folder, 'one'))).subjects
      row(`hashes in the proof of one of ${count}`, `${subject?.inclusionProof?.hashes.length}`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

type Step = readonly [what: string, bar: string, args: readonly string[]]

function steps(count: number, port: number): readonly Step[] {
  const sign = ['sign', 'localhost', `${port}`, '--sums', 'sums', '--ca', 'ca.pem', '--force']
  const verify = ['verify', 'list', '--sums', 'sums', '--ca', 'ca.pem', '--witness', 'localhost']
  const name = `folder/file-${count / 2}.txt`
  return [
    ['sign', 'bar 6 s, 700 MB', [...sign, '-o', 'list']],
    ['sign --blind', '', [...sign, '--blind', '-o', 'blind']],
    ['extract one of', 'bar 3 s', ['extract', 'list', name, '-o', 'one', '--force']],
    ['verify --sums', '', verify],
  ]
}

function makeList(count: number): string {
  const lines = Array.from({ length: count }, (_, i) => {
    return `${createHash('sha256').update(`${i}`).digest('hex')}  folder/file-${i}.txt\n`
  })
  return lines.join('')
}

function print(what: string, taken: Taken, before: Taken | undefined, bar: string): void {
  const { milliseconds, megabytes } = taken
  const times = before
    ? `${ratio(milliseconds, before.milliseconds)} time, ${ratio(megabytes, before.megabytes)} memory`
    : ''
  row(
    `${what}, ${megabytes.toFixed(0)} MB`,
    `${(milliseconds / 1000).toFixed(2)} s`,
    `${times}  ${bar}`,
  )
}

/** Time from start to end, and the most memory at once, as the process itself saw it. */
async function run(args: readonly string[], cwd: string): Promise<Taken> {
  const report = `process.on("exit",()=>process.stderr.write("peak "+process.resourceUsage().maxRSS+"\\n"))`
  const start = performance.now()
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(report)}`, PROGRAM, ...args],
    { cwd, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`expected ${args[0]} to work: ${errors}`)
  const milliseconds = performance.now() - start
  return { milliseconds, megabytes: Number(/peak (\d+)/.exec(errors)?.[1]) / 1000 }
}
