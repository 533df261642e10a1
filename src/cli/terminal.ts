// The only place that writes to the terminal. Results go to standard output, everything else to standard error.

import { fstatSync } from 'node:fs'
import { printable, renderJson } from '../encoding/index.ts'
import { folded, unmarked } from './text/folded.ts'
import {
  errorCommand,
  inActions,
  jsonWithoutCommands,
  withoutCommands,
} from './workflow-commands.ts'

/** Whether nothing but errors is printed. */
let silent = false

/** Says whether nothing but errors is to be printed from here on. */
export function silence(wanted: boolean): void {
  silent = wanted
}

/** A line of the result, or several. */
export function print(text: string): void {
  if (silent) return
  const stream = process[results]
  stream.write(`${shownOn(stream, text)}\n`)
}

/** Where results go. */
let results: 'stdout' | 'stderr' = 'stdout'

/**
 * Writes a file to standard output, and from then on what else there is to say to standard error. Gives whether it was written:
 * what holds a command for the runner of GitHub Actions is not, where that reads it. Throws Error when nobody reads on.
 */
export async function printFile(bytes: Uint8Array): Promise<boolean> {
  // A terminal shows a statement in safe characters, and is no place that keeps its bytes
  if (isTerminal() && bytes[0] === BRACE) printJson(JSON.parse(new TextDecoder().decode(bytes)))
  else if (isCommand(bytes)) return false
  else await writeAll(bytes)
  results = 'stderr'
  return true
}

/** Whether the runner of GitHub Actions reads standard output, and would find a command there. */
function isCommand(bytes: Uint8Array): boolean {
  if (!inActions() || isRegularFile(STDOUT)) return false
  const text = new TextDecoder().decode(bytes)
  return withoutCommands(text) !== text
}

function writeAll(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()))
  })
}

/** The result as JSON. */
export function printJson(value: unknown): void {
  const json = renderJson(value)
  process.stdout.write(`${inActions() ? jsonWithoutCommands(json) : json}\n`)
}

/** How much of a report to print. */
export interface ReportLength {
  readonly json: boolean
  readonly verbose: boolean
}

/** A report in the form that was asked for: short, unless `verbose`. */
export function printReport(
  { json, verbose }: ReportLength,
  value: unknown,
  text: { readonly brief: (width: number) => string; readonly whole: () => string },
): void {
  if (json) printJsonResult(value)
  else print(verbose ? text.whole() : text.brief(terminalWidth()))
}

/** The result in the form that was asked for. */
export function printResult(asJson: boolean, value: unknown, text: () => string): void {
  if (asJson) printJsonResult(value)
  else print(text())
}

/** The result as JSON: an object says which settings came from the environment. */
export function printJsonResult(value: unknown): void {
  const told = settings.length > 0 && typeof value === 'object' && !Array.isArray(value)
  printJson(told ? { ...value, environment: settings } : value)
}

/** Variables of the environment that settings of this run came from. */
let settings: readonly string[] = []

/** Says which these are, so that no setting is silent. */
export function tellSettings(variables: readonly string[]): void {
  settings = variables
  if (variables.length > 0) printNote(`options set in the environment: ${variables.join(', ')}`)
}

function isRegularFile(descriptor: number): boolean {
  return fstatSync(descriptor).isFile()
}

/** Lines as a stream may have them: folded on a terminal, without commands where the runner of GitHub Actions reads them. */
function shownOn(stream: NodeJS.WriteStream, text: string): string {
  const lines = inActions() ? withoutCommands(unmarked(text)) : text
  if (!stream.isTTY) return unmarked(lines)
  const width = Math.max(MIN_WIDTH, stream.columns || 80)
  return unmarked(lines.replace(/.+/g, (line) => folded(line, width)))
}

/** A line of standard error, of text from outside too. */
function note(text: string): void {
  process.stderr.write(`${shownOn(process.stderr, printable(text))}\n`)
}

/** Whether the result goes to a terminal. */
export function isTerminal(): boolean {
  return Boolean(process.stdout.isTTY)
}

/** Lower case, no full stop; at most two hints. */
export function printError(message: string, hints: readonly string[] = []): void {
  note(`tls-stamp: error: ${message}`)
  showHints(hints)
}

/** Hints on a result; at most two. */
export function printHints(hints: readonly string[]): void {
  if (!silent) showHints(hints)
}

function showHints(hints: readonly string[]): void {
  for (const hint of hints.slice(0, 2)) note(`hint: ${hint}`)
}

/** Colour on a terminal that has not been asked to do without (no-color.org). */
export function paint(colour: 'green' | 'red' | 'yellow' | 'bold' | 'dim', text: string): string {
  if (!process[results].isTTY || process.env.NO_COLOR || process.env.TERM === 'dumb') return text
  return `\u001b[${COLOURS[colour]}m${text}\u001b[0m`
}

/** Columns; 80 when results go to no terminal. */
export function terminalWidth(): number {
  return Math.max(MIN_WIDTH, process[results].columns || 80)
}

/** A closed pipe at the other end (`| head`) is no error of ours; a full disk is. */
export function watchStreams(): void {
  results = 'stdout'
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
      if (silent || !process.stderr.isTTY) return
      shown = true
      const width = Math.max(MIN_WIDTH, process.stderr.columns || 80)
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
  if (!silent) note(text)
}

/** Has the runner of GitHub Actions show an error beside the log; it reads standard error, too. */
export function printAnnotation(message: string): void {
  if (inActions()) process.stderr.write(`${errorCommand(printable(message))}\n`)
}

const STDOUT = 1
const BRACE = 0x7b
/** Columns: a narrower terminal is not believed. */
const MIN_WIDTH = 20

const COLOURS = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const
