// Runs the commands that a document shows, against servers on loopback, and gives the document with what they print now.
//
// A fenced block "console" holds commands, each after "$ ", and what they print. In it a line "..." stands for lines left
// out. A comment <!-- $ COMMAND --> is run and not shown. Each document has a folder of its own, with the files in FILES.

import { chmodSync, cpSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { openWorkspace, PROGRAM, type Workspace } from '../support/harness/command-line.ts'
import { repositoryPath } from '../support/harness/repository.ts'
import { standIns } from '../support/harness/stand-ins.ts'
import { startKnownHosts } from '../support/servers/known-hosts.ts'
import { startLocalhost } from './localhost.ts'

/** What a document's commands print, as it stands there and as it is. */
export interface Transcript {
  readonly command: string
  readonly shown: string
  readonly printed: string
}

export interface Machine extends AsyncDisposable {
  /** Runs all commands of a document, in their order. */
  replay(text: string): Promise<Transcript[]>
}

const LEFT_OUT = '...\n'
/** The name of a statement, after -o, as an operand, or where it was written; without one, it is that of doc.txt. */
const STATEMENT = /(?<=\s)\w[\w.]*(?:statement|\.tls-stamp)\b/

/** A machine on which the hosts of the built-in list are stand-ins, and localhost:4433 and :4434 are BoringSSL. */
export async function startMachine(): Promise<Machine> {
  const known = await startKnownHosts()
  const local = await startLocalhost()
  const env = {
    PATH: `bin:${process.env.PATH}`,
    NODE_OPTIONS: '--import ./bin/stand-ins.mjs',
    // On a busy machine a stand-in may need longer than a real host
    TLS_STAMP_TIMEOUT: '120',
  }
  const preloaded = standIns({ ...known.ports, ...local.ports }, known.ca)
  return {
    replay: async (text) => {
      const folder = openFolder(local.ca, preloaded)
      try {
        const transcripts: Transcript[] = []
        for (const { command, shown } of commandsIn(text)) {
          const { stdout, stderr } = await folder.shell(command, { env })
          const printed =
            stdout + stderr.replace('options set in the environment: TLS_STAMP_TIMEOUT\n', '')
          if (shown !== undefined) transcripts.push({ command, shown, printed })
        }
        return transcripts
      } finally {
        folder.remove()
      }
    },
    [Symbol.asyncDispose]: async () => {
      await local.stop()
      await known[Symbol.asyncDispose]()
    },
  }
}

/** The text, with what each command prints in place of what is shown, so that all of it comes from one run. */
export function withTranscripts(text: string, transcripts: readonly Transcript[]): string {
  let rest = text
  let done = ''
  for (const { command, shown, printed } of transcripts) {
    const before = `$ ${command}\n`
    const at = rest.indexOf(before + shown) + before.length
    done += rest.slice(0, at) + abridged(shown, printed)
    rest = rest.slice(at + shown.length)
  }
  return done + rest
}

/** The times that the text shows for each statement, by its name: one each, if all is from one run. */
export function timesOf(text: string): Map<string, Set<string>> {
  const times = new Map<string, Set<string>>()
  for (const { command, shown = '' } of commandsIn(text)) {
    const [name = 'doc.txt.tls-stamp'] = STATEMENT.exec(`${command}\n${shown}`) ?? []
    const known = times.get(name) ?? new Set()
    for (const [, time = ''] of shown.matchAll(
      /(?<!previous version existed )no later than\s+(\S+ \S+)/g,
    ))
      known.add(time)
    times.set(name, known)
  }
  return times
}

/** Whether a command prints what is shown, except for what differs from run to run. */
export function isSame(shown: string, printed: string): boolean {
  const parts = partsOf(masked(shown)).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[\\s\\S]*?')}$`).test(masked(printed))
}

/** What is printed, with the same lines left out, as far as they can be told. */
function abridged(shown: string, printed: string): string {
  const parts = partsOf(shown)
  if (parts.length === 1) return printed
  const lines = printed.split(/(?<=\n)/)
  let from = 0
  const kept = parts.map((part, i) => {
    const wanted = part.split(/(?<=\n)/)
    const isLast = i === parts.length - 1
    const places = lines.map((_, j) => j).filter((j) => j >= from)
    const isAt = (count: number) => (j: number) =>
      masked(lines.slice(j, j + count).join('')) === masked(wanted.slice(0, count).join(''))
    const found = places.find(isAt(wanted.length)) ?? places.find(isAt(1)) ?? -1
    const start = i === 0 ? 0 : isLast && found < 0 ? lines.length - wanted.length : found
    const end = isLast ? lines.length : start + wanted.length
    from = end
    return part === '' ? '' : start < 0 ? part : lines.slice(start, end).join('')
  })
  return kept.join(LEFT_OUT)
}

function partsOf(shown: string): string[] {
  return shown.split(/^\.\.\.\n/m)
}

function commandsIn(text: string): { readonly command: string; readonly shown?: string }[] {
  const places = text.matchAll(/^<!-- \$ (.*) -->$|^```console\n([\s\S]*?)^```$/gm)
  return [...places].flatMap(([, hidden, block = '']) => {
    if (hidden !== undefined) return [{ command: hidden }]
    return [...block.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)].map(
      ([, command = '', shown = '']) => ({ command, shown }),
    )
  })
}

function openFolder(ca: string, preloaded: string): Workspace {
  const folder = openWorkspace({
    'ca.pem': ca,
    'doc.txt': readFileSync(repositoryPath('examples/doc.txt')),
  })
  for (const name of ['bin', 'dist', 'test/fixtures']) {
    mkdirSync(folder.path(name), { recursive: true })
  }
  folder.write('dist/app.js', 'console.log(1)\n')
  folder.write('dist/notes.txt', 'notes\n')
  cpSync(dirname(repositoryPath('test/fixtures/captures')), folder.path('test/fixtures'), {
    recursive: true,
  })
  folder.write('bin/tls-stamp', `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`)
  chmodSync(folder.path('bin/tls-stamp'), 0o755)
  folder.write('bin/stand-ins.mjs', preloaded)
  return folder
}

/** The text without what differs from run to run. */
function masked(text: string): string {
  return (
    text
      .replace(/\d{4}-\d\d-\d\d([ T])\d\d:\d\d:\d\d(?:\.\d+)?(?: UTC|Z)/g, 'TIME')
      // Only when the witnesses' clocks did not show the same second
      .replace(/^ *each first signed it between TIME and\s+TIME\n/gm, '')
      .replace(/\b[0-9a-f]{64}\b/g, 'DIGEST')
      .replace(/\b[0-9a-f]{6,}(?:\.\.)?/g, 'HEX')
      .replace(/^ *\d+(?= )/gm, 'OFFSET')
      .replace(/(server clock +TIME), .* this machine's/g, "$1, beside this machine's")
      .replace(/\d+ days/g, 'SOME days')
      .replace(/(record of|length +) \d+/g, '$1 SIZE')
      .replace(/\d[\d,.]* bytes/g, 'SIZE bytes')
  )
}
