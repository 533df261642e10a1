// Runs the command line as a user does, in a temporary folder that goes away with the test.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { repositoryPath } from './repository.ts'
import { runInResident } from './residents.ts'

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** What standard input holds; default nothing. */
  readonly stdin?: string | Uint8Array
  /** Added to PATH, which is all that there is else. A run with any has a process of its own. */
  readonly env?: Readonly<Record<string, string>>
}

/** A folder with files, and the command line in it. */
export interface Workspace {
  readonly folder: string
  /** Runs tls-stamp with these arguments, in a process that earlier runs may have used. */
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<Outcome>
  /** Runs a line of sh, where $STAMP is the command: a process of its own. */
  readonly shell: (line: string, options?: RunOptions) => Promise<Outcome>
  readonly path: (name: string) => string
  readonly read: (name: string) => string
  readonly exists: (name: string) => boolean
  /** Names in the folder, hidden ones too, sorted. */
  readonly list: () => string[]
  readonly write: (name: string, content: string | Uint8Array) => void
  readonly remove: () => void
}

export function openWorkspace(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'tls-stamp-cli-'))
  const path = (name: string): string => join(folder, name)
  for (const [name, content] of Object.entries(files)) writeFileSync(path(name), content)
  return {
    folder,
    run: (args, options) => runIn(folder, args, options),
    shell: (line, options) => start('/bin/sh', ['-c', line], folder, options),
    path,
    read: (name) => readFileSync(path(name), 'utf8'),
    exists: (name) => existsSync(path(name)),
    list: () => readdirSync(folder).sort(),
    write: (name, content) => writeFileSync(path(name), content),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The lines that an error may have: one, and at most two hints. */
export const ERROR_LINES = /^tls-stamp: error: [^\n]+\n(?:hint: [^\n]+\n){0,2}$/

/** Runs tls-stamp in this folder, which stays as it is. */
export function runIn(
  folder: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  if (options.env) return start(process.execPath, [PROGRAM, ...args], folder, options)
  const { stdin = '' } = options
  return runInResident({ args, folder, stdin, env: environment(), deadline: DEADLINE })
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, STAMP: `${process.execPath} ${PROGRAM}` }
}

function start(
  program: string,
  args: readonly string[],
  cwd: string,
  { stdin = '', env = {} }: RunOptions = {},
): Promise<Outcome> {
  const child = spawn(program, args, {
    cwd,
    env: { ...environment(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: DEADLINE,
    killSignal: 'SIGKILL',
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(stdin)
  return outcomeOf(child)
}

function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const gather = (stream: ChildProcess['stdout']): { text: string } => {
    const gathered = { text: '' }
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      gathered.text += chunk
    })
    return gathered
  }
  const [stdout, stderr] = [gather(child.stdout), gather(child.stderr)]
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout: stdout.text, stderr: stderr.text }))
  })
}

export const PROGRAM: string = repositoryPath('bin/tls-stamp.js')
export const ROOT: string = dirname(dirname(PROGRAM))

// A run takes a second at most: this is for one that hangs, on a machine that is many times slower.
const DEADLINE = 120_000
