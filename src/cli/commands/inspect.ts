// tls-stamp inspect: what is in statements, raw TLS records and packet captures, field by field.

import { looksLikeCapture } from '../../capture/index.ts'
import { counted, printable } from '../../encoding/index.ts'
import { DecodeError } from '../../errors.ts'
import {
  bytesOfHexText,
  describeBytes,
  groupFlights,
  hasContent,
  holdsRecords,
  inspectConnection,
  inspectRemains,
  inspectStatement,
  joinSides,
  type NamedBytes,
  type Recorded,
} from '../../inspect/index.ts'
import { describeOldStatement } from '../../legacy/index.ts'
import { damageOfStatement, openStatement } from '../../statement/index.ts'
import { verifySignatureNative } from '../../system/index.ts'
import { type Inspected, inspectCapture, secretsIn, type View } from '../capture.ts'
import { anyText, type Command, defineCommand, flag, repeatedFile, setting } from '../command.ts'
import { CallError, decodingFault, UsageError } from '../errors.ts'
import { readInput, requireInputOnce } from '../input.ts'
import { findOldStatement, type OldStatementFile, renderOldStatement } from '../legacy.ts'
import { json } from '../options.ts'
import { remediesFor } from '../remedies.ts'
import { paint, print, printError, printJsonResult, printNote } from '../terminal.ts'
import { explainConnection, renderConnection } from '../text/connection.ts'
import { explainStatement, renderStatement } from '../text/statement.ts'

export const inspect: Command = defineCommand({
  about: ['Shows a signed statement, recorded TLS records or a packet capture field by field.'],
  operands: [
    [
      'FILE',
      'a statement of tls-stamp, toytls or timmy; a capture (pcap, pcapng); or the TLS records that one side of a connection sent, as bytes or as hex text; - is standard input',
    ],
  ],
  notes: [
    'Consecutive files of records belong to one connection, in the order given, until a side sends another hello. A file that begins with a hello belongs to the side that sends it. For any other file, the side is found by its name (cli, client, srv, server) or by its first message; failing that, it is the other side than that of the file before.',
    'The exit code is 2 if nothing can be shown of a file.',
  ],
  example: '--hex signed_statement',
  options: {
    client: repeatedFile('records that the client sent; may be repeated'),
    server: repeatedFile('records that the server sent; may be repeated'),
    keylog: setting(
      {
        value: 'FILE',
        describe: 'decrypt with the secrets in this key log, as SSLKEYLOGFILE names one',
      },
      anyText,
    ),
    hex: flag('print every byte with its meaning'),
    all: flag('show everything, regardless of the memory and time it takes'),
    json,
  },
  run: async (files, { client, server, keylog, hex, all, json }) => {
    const paths = [...files, ...client, ...server]
    if (paths.length === 0) {
      throw new CallError('expected FILE')
    }
    requireInputOnce([...paths, keylog])
    const keyLogs = keylog === undefined ? [] : [await readBytes(keylog, all)]
    const view = { hex, all, keyLogs, secrets: secretsIn(keylog ?? '', keyLogs) }
    const everything = [
      ...(await inspectSides(client, server, view)),
      ...(await inspectFiles(files, view)),
    ]
    if (json) printJsonResult({ inspected: everything.map(inspectedAsJson) })
    for (const [index, item] of everything.entries()) {
      if (!json && item.shown) {
        if (index > 0) print('')
        print(paint('bold', item.files.map(printable).join(' ')))
        printLines(item.lines())
      }
      if (item.fault !== undefined) {
        printError(`${item.files.join(' ')}: ${item.fault}`, item.hints)
      }
    }
    return everything.every(({ shown }) => shown) ? 0 : 2
  },
})

function inspectedAsJson({ kind, files, found, fault }: Inspected): object {
  return { kind, files, ...(fault !== undefined && { fault }), ...found() }
}

/** Prints some lines at a time: there may be more than a string can hold. */
function printLines(lines: Iterable<string>): void {
  let some: string[] = []
  for (const line of lines) {
    if (some.push(line) < MAX_LINES) continue
    print(some.join('\n'))
    some = []
  }
  if (some.length > 0) print(some.join('\n'))
}

/** What the sides of one connection sent, each in order. */
async function inspectSides(
  client: readonly string[],
  server: readonly string[],
  view: View,
): Promise<Inspected[]> {
  if (client.length + server.length === 0) return []
  return [inspectRecords(joinSides(await readAll(client, view), await readAll(server, view)), view)]
}

async function inspectFiles(paths: readonly string[], view: View): Promise<Inspected[]> {
  const everything: Inspected[] = []
  let flights: NamedBytes[] = []
  const endRun = (): void => {
    everything.push(...groupFlights(flights).map((group) => inspectRecords(group, view)))
    flights = []
  }
  for (const path of paths) {
    const file = await readGiven(path, view)
    if ('bytes' in file && !looksLikeCapture(file.bytes) && holdsRecords(file.bytes)) {
      flights.push(file)
      continue
    }
    endRun()
    everything.push(await inspectFile(file, view))
  }
  endRun()
  return everything
}

/** Inspects a file that is not raw records. */
async function inspectFile(file: NamedBytes | OldStatementFile, view: View): Promise<Inspected> {
  if ('old' in file) return inspectOld(file)
  const { path, bytes } = file
  if (looksLikeCapture(bytes)) return inspectCapture(file, view)
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
    const lines = (): string[] => renderStatement(report, { hex: view.hex, inToto })
    return {
      kind: 'statement',
      files,
      found: () => ({ inToto, ...explainStatement(report) }),
      lines,
      shown: true,
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return inspectDamaged(file, decodingFault(error), view.hex)
  }
}

function inspectDamaged({ path, bytes }: NamedBytes, fault: string, hex: boolean): Inspected {
  const files = [path]
  const report = inspectRemains(bytes, verifySignatureNative)
  if (!report) {
    const what = describeBytes(bytes)
    return { kind: 'unknown', files, found: () => ({}), lines: () => [], fault: what, shown: false }
  }
  const lines = (): string[] => renderStatement(report, { hex, fault })
  const found = (): object => explainStatement(report)
  return {
    kind: 'statement',
    files,
    found,
    lines,
    fault: `the statement is damaged: ${fault}`,
    hints: remediesFor(damageOfStatement(bytes), path),
    shown: true,
  }
}

/** Of what is a statement in either form: its own begins with this, and the other can't. */
function isInToto(bytes: Uint8Array): boolean {
  return !new TextDecoder().decode(bytes.subarray(0, 32)).startsWith('{\n  "format"')
}

function inspectOld({ path, old }: OldStatementFile): Inspected {
  const description = describeOldStatement(old, verifySignatureNative)
  const lines = (): string[] => renderOldStatement(description, path).split('\n')
  const found = (): object => description
  return { kind: 'old-statement', files: [path], found, lines, shown: true }
}

function inspectRecords(recorded: Recorded, view: View): Inspected {
  const { paths: files, order } = recorded
  const most = view.all ? MAX_FILE : MAX_STREAM
  const streams = {
    ...(recorded.client && { client: recorded.client.subarray(0, most) }),
    ...(recorded.server && { server: recorded.server.subarray(0, most) }),
    ...(order && { order }),
  }
  const report = inspectConnection(streams, verifySignatureNative, view.secrets)
  const shown = hasContent(report)
  const lines = (): string[] => renderConnection(report, streams, view)
  const begins = describeBytes(streams.client ?? streams.server ?? NOTHING)
  const isLong = [recorded.client, recorded.server].some((all = NOTHING) => all.length > most)
  const cut = isLong
    ? `only the first ${most} bytes of each side are shown; --all shows more`
    : undefined
  const fault = shown ? cut : (report.error?.message ?? begins)
  const known = {
    kind: 'records',
    files,
    found: () => explainConnection(report),
    lines,
    shown,
  } as const
  return { ...known, ...(fault !== undefined && { fault }) }
}

async function readAll(paths: readonly string[], { all }: View): Promise<NamedBytes[]> {
  const files: NamedBytes[] = []
  for (const path of paths) {
    files.push({ path, bytes: readText(path, await readBytes(path, all)) })
  }
  return files
}

/** A file, or toytls's three whose names begin with it. */
async function readGiven(path: string, { all }: View): Promise<NamedBytes | OldStatementFile> {
  try {
    return { path, bytes: readText(path, await readBytes(path, all)) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const old = await findOldStatement(path, undefined)
    if (old) return old
    throw error
  }
}

/** What hex text stands for, when that is records or a capture. */
function readText(path: string, file: Uint8Array): Uint8Array {
  const bytes = bytesOfHexText(file)
  if (!bytes || !(holdsRecords(bytes) || looksLikeCapture(bytes))) return file
  printNote(`${path}: read as hex text, ${counted(bytes.length, 'byte')}`)
  return bytes
}

async function readBytes(path: string, all: boolean): Promise<Uint8Array> {
  const most = all ? MAX_FILE : MAX_INPUT
  return readInput(path, most).catch((error: unknown) => {
    if (error instanceof DecodeError) {
      const hints = all ? [] : [`with --all, up to ${MAX_FILE} bytes are read`]
      throw new UsageError(`${path}: expected at most ${most} bytes`, hints)
    }
    throw error
  })
}

const NOTHING = new Uint8Array(0)
/** Of each side of a connection, as in captures. */
const MAX_STREAM = 2 ** 22
const MAX_LINES = 4096
/** A capture of 64 MiB takes some hundred MB of memory. */
const MAX_INPUT = 2 ** 26
/** What Node reads into one buffer on every machine. */
const MAX_FILE = 2 ** 31 - 1
