// Runs a server program for a test, bounded in time and never orphaned: a watchdog ends it when this process does.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { program } from '../servers/programs.ts'

export const HOST = '127.0.0.1'

/** A server on loopback that accepts connections. */
export interface Server {
  readonly host: typeof HOST
  readonly port: number
  /** Ends the server and removes its files; resolves when both are gone. May be called twice. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface ChildOptions {
  readonly program: string
  readonly args: readonly string[]
  /** Files to put into the working directory, by name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly env?: Readonly<Record<string, string>>
  /** Seconds that the server's clock is ahead of the true one (negative: behind). Needs faketime. */
  readonly clockOffset?: number | undefined
}

export interface Child {
  /** The first line of standard output that matches. Rejects with the program's stderr when it ends before, or after `seconds`. */
  line(pattern: RegExp, seconds?: number): Promise<RegExpMatchArray>
  /** Resolves when the port accepts. Rejects like `line`. */
  accepts(port: number, seconds?: number): Promise<void>
  /** From here on this process may exit while the child runs: the child then ends too. */
  unref(): void
  stop(): Promise<void>
}

/** Starts a program in a new temporary working directory that goes away with it. */
export function startChild(options: ChildOptions): Child {
  const prefix = options.clockOffset === undefined ? [] : clockPrefix(options.clockOffset)
  const folder = mkdtempSync(join(tmpdir(), 'tls-stamp-peer-'))
  for (const [name, content] of Object.entries(options.files ?? {})) {
    writeFileSync(join(folder, name), content, { mode: 0o600 })
  }
  const { PATH } = process.env
  const command = [...prefix, options.program, ...options.args]
  const child = spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', folder, ...command], {
    cwd: folder,
    env: { PATH, HOME: folder, TMPDIR: folder, LC_ALL: 'C', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  child.stdin.on('error', () => {})
  return watch(child, options.program, folder)
}

/** A child whose port it chose itself and printed: the first capture group of `pattern`. */
export async function startPrinting(options: ChildOptions, pattern: RegExp): Promise<Server> {
  const child = startChild(options)
  const match = await child.line(pattern)
  return serverOf(child, Number(match[1]))
}

/** A port that nobody listens on: it is none of those that are given out, so no server takes it by chance. */
export const UNUSED_PORT = 1

/** A child that must be told its port. Another port is tried when somebody else was quicker. */
export async function startOnFreePort(
  options: (port: number) => ChildOptions,
  attempts = 5,
): Promise<Server> {
  const port = await freePort()
  const child = startChild(options(port))
  try {
    await child.accepts(port)
    return serverOf(child, port)
  } catch (error) {
    const taken = error instanceof Error && /in use|EADDRINUSE/i.test(error.message)
    if (!taken || attempts <= 1) throw error
    return startOnFreePort(options, attempts - 1)
  }
}

export function serverOf(child: Child, port: number): Server {
  child.unref()
  return { host: HOST, port, stop: child.stop, [Symbol.asyncDispose]: child.stop }
}

function watch(child: ChildProcess, name: string, folder: string): Child {
  let stdout = ''
  let stderr = ''
  let ended: string | undefined
  let wake = (): void => {}
  child.stdout?.on('data', (chunk) => {
    stdout = (stdout + chunk).slice(-KEPT)
    wake()
  })
  child.stderr?.on('data', (chunk) => {
    stderr = (stderr + chunk).slice(-KEPT)
  })
  const gone = new Promise<void>((resolve) => {
    const end = (reason: string): void => {
      ended ??= reason
      wake()
      resolve()
    }
    child.once('error', (error) => end(error.message))
    child.once('exit', (code, signal) => {
      const reason = `ended with ${signal ?? `exit code ${code}`}`
      // Its last words follow, unless something it left behind keeps the pipe open.
      child.once('close', () => end(reason))
      setTimeout(end, LAST_WORDS_MS, reason)
    })
  })

  const stop = async (): Promise<void> => {
    child.ref()
    child.stdin?.destroy()
    const timer = setTimeout(() => killGroup(child.pid), STOP_MS)
    await gone
    clearTimeout(timer)
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }

  // Polls `ready` whenever something happened, and each few milliseconds, until it gives a value.
  const until = async <T>(
    ready: () => Promise<T | undefined>,
    what: string,
    seconds: number,
  ): Promise<T> => {
    const deadline = Date.now() + seconds * 1000
    for (;;) {
      const value = await ready()
      if (ended === undefined && value !== undefined) return value
      if (ended !== undefined || Date.now() > deadline) {
        const reason = ended ?? `expected ${what} within ${seconds} s`
        await stop()
        throw new Error(`${name}: ${reason}\n${stderr}`.trim())
      }
      await new Promise<void>((resolve) => {
        wake = resolve
        setTimeout(resolve, POLL_MS)
      })
    }
  }

  return {
    line: (pattern, seconds = START_SECONDS) =>
      until(async () => stdout.match(pattern) ?? undefined, `output like ${pattern}`, seconds),
    accepts: async (port, seconds = START_SECONDS) => {
      const ready = async (): Promise<true | undefined> => (await accepts(port)) || undefined
      await until(ready, `port ${port} to accept`, seconds)
    },
    unref: () => {
      child.unref()
      for (const stream of child.stdio) if (stream instanceof Socket) stream.unref()
    },
    stop,
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended by itself in this moment.
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port })
    socket.once('connect', () => socket.end(() => resolve(true)))
    socket.once('error', () => resolve(false))
    socket.resume()
  })
}

// Below the range that the kernel hands out by itself, so that only another call of this function competes.
async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 20000 + Math.floor(Math.random() * 12000)
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer()
      server.once('error', () => resolve(false))
      server.listen(port, HOST, () => server.close(() => resolve(true)))
    })
    if (free) return port
  }
  throw new Error('no free port on loopback')
}

// The library itself, without the wrapper of the same name, which would stay between us and the server.
function clockPrefix(offset: number): string[] {
  return [
    'env',
    `LD_PRELOAD=${program('faketime')}`,
    `FAKETIME=${offset < 0 ? '' : '+'}${offset}s`,
    'FAKETIME_DONT_FAKE_MONOTONIC=1',
    'FAKETIME_DISABLE_SHM=1',
  ]
}

// Standard input is a pipe that nobody writes to: its end means that this process is gone, however it went.
const WATCHDOG = `
exec 3<&0
folder=$1
shift
"$@" 3<&- </dev/null &
server=$!
{ read -r nothing; kill -9 $server; } <&3 3<&- >/dev/null 2>&1 &
watchdog=$!
exec 3<&- </dev/null >/dev/null 2>&1
wait $server
status=$?
kill $watchdog
wait $watchdog
rm -rf -- "$folder"
exit $status
`

const KEPT = 8192
const POLL_MS = 10
const LAST_WORDS_MS = 2000
const STOP_MS = 2000
// Java is up in a second or two on an idle machine.
const START_SECONDS = 120
