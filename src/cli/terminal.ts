// The only place that writes to the terminal. Results go to standard output, everything else to standard error.

import { printable } from '../encoding/index.ts'

/** A line of the result, or several. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** The result as it is: for formats, which are not to be spelled out. */
export function printBytes(bytes: Uint8Array): void {
  process.stdout.write(bytes)
}

/** Whether the result goes to a terminal. */
export function isTerminal(): boolean {
  return Boolean(process.stdout.isTTY)
}

/** Lower case, no full stop; at most two hints. */
export function printError(message: string, hints: readonly string[] = []): void {
  process.stderr.write(`tls-stamp: error: ${printable(message)}\n`)
  printHints(hints)
}

export function printHints(hints: readonly string[]): void {
  for (const hint of hints.slice(0, 2)) process.stderr.write(`hint: ${printable(hint)}\n`)
}

/** Colour on a terminal that has not been asked to do without (no-color.org). */
export function paint(colour: 'green' | 'red' | 'yellow' | 'bold' | 'dim', text: string): string {
  if (!process.stdout.isTTY || process.env.NO_COLOR || process.env.TERM === 'dumb') return text
  return `\u001b[${COLOURS[colour]}m${text}\u001b[0m`
}

/** Columns; 80 when standard output is no terminal. */
export function terminalWidth(): number {
  return process.stdout.columns || 80
}

/** A closed pipe at the other end (`| head`) is no error of ours; a full disk is. */
export function watchStreams(): void {
  process.stderr.on('error', () => undefined)
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return
    printError(`standard output: ${error.message.replace(/^[A-Z0-9]+: /, '')}`)
    process.exit(2)
  })
}

export interface ProgressBar {
  /** Bytes hashed of the current file. */
  readonly advance: (hashed: number) => void
  readonly end: () => void
}

/** Shows itself after a second, on a terminal only, and leaves nothing behind. */
export function progressBar(label: string, total: number | undefined): ProgressBar {
  const began = Date.now()
  let drawn = 0
  return {
    advance: (hashed) => {
      const now = Date.now()
      if (!process.stderr.isTTY || now - began < 1000 || now - drawn < 100) return
      drawn = now
      const rate = hashed / 2 ** 20 / ((now - began) / 1000)
      const done = total ? Math.min(1, hashed / total) : undefined
      const bar =
        done === undefined
          ? ''
          : `[${'#'.repeat(done * 30).padEnd(30)}] ${(done * 100).toFixed(0)} %, `
      process.stderr.write(`\r\u001b[Khashing ${printable(label)} ${bar}${rate.toFixed(0)} MiB/s`)
    },
    end: () => {
      if (drawn > 0) process.stderr.write('\r\u001b[K')
    },
  }
}

export interface StatusLine {
  /** Takes the place of what was shown before. */
  readonly show: (text: string) => void
  readonly end: () => void
}

/** One line of standard error that changes, on a terminal only, and leaves nothing behind. */
export function statusLine(): StatusLine {
  let shown = false
  return {
    show: (text) => {
      if (!process.stderr.isTTY) return
      shown = true
      const width = Math.max(20, process.stderr.columns || 80)
      process.stderr.write(`\r\u001b[K${printable(text).slice(0, width - 1)}`)
    },
    end: () => {
      if (shown) process.stderr.write('\r\u001b[K')
      shown = false
    },
  }
}

/** Whether somebody watches standard error. */
export function isWatched(): boolean {
  return Boolean(process.stderr.isTTY)
}

/** A line of what is going on, to standard error. */
export function printNote(text: string): void {
  process.stderr.write(`${printable(text)}\n`)
}

const COLOURS = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const
