// tls-stamp inspect: what is in statements, raw TLS records and packet captures, field by field.

import { looksLikeCapture } from '../../capture/index.ts'
import { concat } from '../../encoding/index.ts'
import { DecodeError } from '../../errors.ts'
import {
  type ChainInspection,
  describeBytes,
  groupFlights,
  hasContent,
  inspectConnection,
  inspectRemains,
  inspectStatement,
  joinSides,
  looksLikeRecords,
  type NamedBytes,
  type Recorded,
  type StatementReport,
} from '../../inspect/index.ts'
import { describeOldStatement } from '../../legacy/index.ts'
import { openStatement } from '../../statement/index.ts'
import { readBounded, verifySignatureNative } from '../../system/index.ts'
import { UsageError } from '../errors.ts'
import type { Inspected } from '../inspected.ts'
import { findOldStatement, type OldStatementFile, renderOldStatement } from '../legacy.ts'
import { paint, print, printable, printError } from '../terminal.ts'
import { explainConnection, explainReport, renderConnection } from '../text/connection.ts'
import { renderJson } from '../text/report.ts'
import { renderStatement } from '../text/statement.ts'
import { inspectCapture } from './inspect-capture.ts'

export interface InspectArguments {
  readonly files: readonly string[]
  /** What one side of a connection sent, in order. */
  readonly client: readonly string[]
  readonly server: readonly string[]
  readonly hex: boolean
  readonly json: boolean
}

/** Gives the exit code: 0 when something could be shown of everything given, else 2. */
export async function inspect(args: InspectArguments): Promise<number> {
  const everything = await inspectAll(args)
  if (args.json) {
    const items = everything.map(({ kind, files, found, fault }) => {
      return { kind, files, ...(fault !== undefined && { fault }), ...found }
    })
    print(renderJson({ inspected: items }))
  }
  for (const [index, item] of everything.entries()) {
    const name = item.files.map(printable).join(' ')
    if (!args.json && item.shown) {
      if (index > 0) print('')
      print(paint('bold', name))
      printLines(item.lines())
    }
    if (item.fault !== undefined) printError(`${item.files.join(' ')}: ${item.fault}`)
  }
  return everything.every(({ shown }) => shown) ? 0 : 2
}

/** Not all at once: there may be more than a string can hold. */
function printLines(lines: Iterable<string>): void {
  let some: string[] = []
  for (const line of lines) {
    if (some.push(line) < MAX_LINES) continue
    print(some.join('\n'))
    some = []
  }
  if (some.length > 0) print(some.join('\n'))
}

async function inspectAll(args: InspectArguments): Promise<Inspected[]> {
  const { hex } = args
  const [client, server] = [await readAll(args.client), await readAll(args.server)]
  const everything: Inspected[] = []
  if (client.length + server.length > 0)
    everything.push(inspectRecords(joinSides(client, server), hex))
  let flights: NamedBytes[] = []
  const endRun = (): void => {
    everything.push(...groupFlights(flights).map((group) => inspectRecords(group, hex)))
    flights = []
  }
  for (const path of args.files) {
    const file = await readGiven(path)
    if ('bytes' in file && looksLikeRecords(file.bytes)) {
      flights.push(file)
      continue
    }
    endRun()
    everything.push(await inspectFile(file, hex))
  }
  endRun()
  return everything
}

/** Anything but raw records. */
async function inspectFile(file: NamedBytes | OldStatementFile, hex: boolean): Promise<Inspected> {
  if ('old' in file) return inspectOld(file)
  const { path, bytes } = file
  if (looksLikeCapture(bytes)) return inspectCapture(file, hex)
  const stem = path.replace(/\.(?:bytes|signature|certificate\.der)$/, '')
  const old =
    (await findOldStatement(path, bytes)) ??
    (stem === path ? undefined : await findOldStatement(stem, undefined))
  if (old) return inspectOld(old)
  const files = [path]
  try {
    const statement = openStatement(bytes)
    const inToto = isInToto(bytes)
    const report = inspectStatement(statement, verifySignatureNative)
    const lines = (): string[] => renderStatement(report, { hex, inToto })
    return { kind: 'statement', files, found: { inToto, ...explained(report) }, lines, shown: true }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return inspectDamaged(file, error.message, hex)
  }
}

function inspectDamaged({ path, bytes }: NamedBytes, fault: string, hex: boolean): Inspected {
  const files = [path]
  const report = inspectRemains(bytes, verifySignatureNative)
  if (!report) {
    const what = describeBytes(bytes)
    return { kind: 'unknown', files, found: {}, lines: () => [], fault: what, shown: false }
  }
  const lines = (): string[] => renderStatement(report, { hex })
  const found = explained(report)
  return { kind: 'statement', files, found, lines, fault: `damaged: ${fault}`, shown: true }
}

/** Of what is a statement in either form: its own begins with this, and the other can't. */
function isInToto(bytes: Uint8Array): boolean {
  return !new TextDecoder().decode(bytes.subarray(0, 32)).startsWith('{\n  "format"')
}

function explained(report: StatementReport): StatementReport {
  const chain = <Chain extends ChainInspection>(one: Chain): Chain => ({
    ...one,
    rounds: one.rounds.map((round) => ({ ...round, handshake: explainReport(round.handshake) })),
  })
  return { ...chain(report), renewals: report.renewals.map(chain) }
}

function inspectOld({ path, old }: OldStatementFile): Inspected {
  const found = describeOldStatement(old, verifySignatureNative)
  const lines = (): string[] => renderOldStatement(found, path).split('\n')
  return { kind: 'old-statement', files: [path], found, lines, shown: true }
}

function inspectRecords(recorded: Recorded, hex: boolean): Inspected {
  const { paths: files, order } = recorded
  const streams = {
    ...(recorded.client && { client: recorded.client.subarray(0, MAX_STREAM) }),
    ...(recorded.server && { server: recorded.server.subarray(0, MAX_STREAM) }),
    ...(order && { order }),
  }
  const report = inspectConnection(streams, verifySignatureNative)
  const shown = hasContent(report)
  const lines = (): string[] => renderConnection(report, streams, { hex })
  const begins = describeBytes(streams.client ?? streams.server ?? NOTHING)
  const isLong = [recorded.client, recorded.server].some((all = NOTHING) => all.length > MAX_STREAM)
  const cut = isLong ? `only the first ${MAX_STREAM} bytes of each side are shown` : undefined
  const fault = shown ? cut : (report.error?.message ?? begins)
  const known = { kind: 'records', files, found: explainConnection(report), lines, shown } as const
  return { ...known, ...(fault !== undefined && { fault }) }
}

async function readAll(paths: readonly string[]): Promise<NamedBytes[]> {
  const files: NamedBytes[] = []
  for (const path of paths) files.push({ path, bytes: await readBytes(path) })
  return files
}

/** A file, or toytls's three whose names begin with it. */
async function readGiven(path: string): Promise<NamedBytes | OldStatementFile> {
  try {
    return { path, bytes: await readBytes(path) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const old = await findOldStatement(path, undefined)
    if (old) return old
    throw error
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return path === '-' ? await readStandardInput() : await readBounded(path, MAX_INPUT)
  } catch (error) {
    if (error instanceof DecodeError)
      throw new UsageError(`${path}: expected at most ${MAX_INPUT} bytes`)
    if ((error as NodeJS.ErrnoException).code === 'EISDIR')
      throw new UsageError(`${path} is a folder`)
    throw error
  }
}

async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let total = 0
  for await (const chunk of process.stdin) {
    total += chunk.length
    if (total > MAX_INPUT) throw new UsageError(`-: expected at most ${MAX_INPUT} bytes`)
    chunks.push(chunk)
  }
  return concat(...chunks)
}

const NOTHING = new Uint8Array(0)
/** Of each side of a connection, as in captures. */
const MAX_STREAM = 2 ** 22
const MAX_LINES = 4096
/** A capture of 64 MiB takes some hundred MB of memory. */
const MAX_INPUT = 2 ** 26
