// Runs the command line in processes that stay: each takes one run at a time, with a folder and streams of its own.

import { type ChildProcess, fork } from 'node:child_process'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Outcome } from './command-line.ts'
import type { Ran, Run } from './resident.ts'

export interface ResidentRun {
  readonly args: readonly string[]
  readonly folder: string
  readonly stdin: string | Uint8Array
  /** The environment of the process; runs share it. */
  readonly env: NodeJS.ProcessEnv
  /** Milliseconds until it is killed: the exit code is then null. */
  readonly deadline: number
}

interface Resident {
  readonly child: ChildProcess
  /** What it writes past the streams that the run sees, such as Node's own warnings. */
  aside: string
}

/** Runs tls-stamp in a process that is idle, or in a new one. A run that ends its process has what it printed lost. */
export async function runInResident(run: ResidentRun): Promise<Outcome> {
  const resident = await takeResident(run.env)
  const { child } = resident
  hold(child, true)
  let isLeft = false
  const timer = setTimeout(() => child.kill('SIGKILL'), run.deadline)
  try {
    const answer = await answerOf(child, {
      args: run.args,
      folder: run.folder,
      stdin: Buffer.from(run.stdin).toString('base64'),
    })
    isLeft = 'stdout' in answer
    const { aside } = resident
    resident.aside = ''
    const [stdout, stderr] =
      'stdout' in answer ? [textOf(answer.stdout), textOf(answer.stderr)] : ['', '']
    return { code: answer.code, stdout, stderr: stderr + aside }
  } finally {
    clearTimeout(timer)
    hold(child, false)
    giveBack(isLeft ? resident : undefined)
  }
}

/** An idle one, a new one while there are few, or the first that another run gives back. */
async function takeResident(env: NodeJS.ProcessEnv): Promise<Resident> {
  if (running === MOST) await new Promise<void>((resolve) => waiting.push(resolve))
  else running++
  try {
    return idle.pop() ?? (await startResident(env))
  } catch (error) {
    giveBack(undefined)
    throw error
  }
}

/** Lets the next run begin; without a resident when that is gone with its run. */
function giveBack(resident: Resident | undefined): void {
  if (resident) idle.push(resident)
  const next = waiting.shift()
  if (next) next()
  else running--
}

/** What it sends, or the exit code of a process that ended instead: null when it was killed. */
function answerOf(child: ChildProcess, run: Run): Promise<Ran | { readonly code: number | null }> {
  return new Promise((resolve) => {
    const ended = (code: number | null): void => resolve({ code })
    child.once('close', ended)
    child.once('message', (ran) => {
      child.off('close', ended)
      resolve(ran as Ran)
    })
    child.send(run)
  })
}

function startResident(env: NodeJS.ProcessEnv): Promise<Resident> {
  const child = fork(PROGRAM, { env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  const resident: Resident = { child, aside: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      resident.aside += chunk
    })
  }
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new Error(`expected the command line: ${resident.aside}`))
    child.once('close', fail)
    child.once('message', () => {
      child.off('close', fail)
      resolve(resident)
    })
  })
}

/** Whether this process waits for the other; the other ends when this one does. */
function hold(child: ChildProcess, waits: boolean): void {
  const held = [child, child.channel, child.stdout, child.stderr]
  for (const one of held) {
    if (one instanceof Socket || (one && 'ref' in one)) waits ? one.ref() : one.unref()
  }
}

function textOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString()
}

/** A process takes longer to start than most runs, and the tests of several files run at once anyway. */
const MOST = 3
const idle: Resident[] = []
const waiting: (() => void)[] = []
let running = 0
// Beside this file and, as this file, either a source or what was compiled from it.
const PROGRAM = fileURLToPath(import.meta.url).replace(/residents\.([jt]s)$/, 'resident.$1')
