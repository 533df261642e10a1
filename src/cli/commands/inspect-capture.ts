// The TLS connections of a packet capture for `tls-stamp inspect`, each with the times of its packets.

import { type Capture, type Connection, readCapture } from '../../capture/index.ts'
import { DecodeError } from '../../errors.ts'
import {
  type ConnectionReport,
  hasContent,
  inspectConnection,
  type NamedBytes,
} from '../../inspect/index.ts'
import { verifySignatureNative } from '../../system/index.ts'
import type { Inspected } from '../inspected.ts'
import { paint } from '../terminal.ts'
import {
  explainConnection,
  renderCapture,
  renderConnection,
  titleOfConnection,
} from '../text/connection.ts'

/** All of a capture: its TLS connections in full, as many as fit, the others by their ends. */
export function inspectCapture({ path, bytes }: NamedBytes, hex: boolean): Inspected {
  const files = [path]
  const kind = 'capture'
  const capture = tryCapture(bytes)
  if (typeof capture === 'string') {
    return { kind, files, found: {}, lines: () => [], fault: capture, shown: false }
  }
  const connections = inspectConnections(capture)
  const shown = connections.some(({ report }) => report)
  const lines = (): Iterable<string> => renderAll(capture, connections, hex)
  const found = { ...capture, connections: connections.map(dataOf) }
  const inspected = { kind, files, found, lines, shown } as const
  if (shown) return inspected
  const size = `${capture.packets} packets and ${connections.length} TCP connections`
  return { ...inspected, fault: `a capture of ${size}, none of them TLS` }
}

interface InspectedConnection {
  readonly connection: Connection
  /** Undefined when it is not TLS, or did not fit. */
  readonly report: ConnectionReport | undefined
  readonly leftOut: boolean
}

function tryCapture(bytes: Uint8Array): Capture | string {
  try {
    return readCapture(bytes)
  } catch (error) {
    if (error instanceof DecodeError) return `a damaged capture: ${error.message}`
    throw error
  }
}

function inspectConnections({ connections }: Capture): InspectedConnection[] {
  let spent = 0
  return connections.map((connection) => {
    if (spent > MAX_SHOWN) return { connection, report: undefined, leftOut: true }
    const report = inspectConnection(streamsOf(connection), verifySignatureNative)
    spent += costOf(report)
    return { connection, report: hasContent(report) ? report : undefined, leftOut: false }
  })
}

/** About the bytes that a report is made of. */
function costOf({ messages, streams }: ConnectionReport): number {
  const { client, server } = streams
  const records = (client?.records.length ?? 0) + (server?.records.length ?? 0)
  return messages.reduce((sum, { length }) => sum + length, 0) + 64 * (records + 1)
}

function streamsOf(connection: Connection): {
  readonly client: Uint8Array
  readonly server: Uint8Array
  readonly timeAt: Connection['timeAt']
} {
  const { clientStream: client, serverStream: server } = connection
  return { client, server, timeAt: (sender, offset) => connection.timeAt(sender, offset) }
}

function dataOf({ connection, report, leftOut }: InspectedConnection): object {
  const { client, server, roles, time, gaps, notes } = connection
  const tls = report ? explainConnection(report) : null
  return { client, server, roles, time: time ?? null, gaps, notes, leftOut, tls }
}

/** One connection after the other: all of them at once may be more than fits in memory. */
function* renderAll(
  capture: Capture,
  all: readonly InspectedConnection[],
  hex: boolean,
): Iterable<string> {
  yield* renderCapture(capture)
  for (const { connection, report } of all) if (report) yield* renderTls(connection, report, hex)
  const others = all.filter(({ report, leftOut }) => !report && !leftOut)
  if (others.length > 0) yield* ['', 'not TLS']
  for (const { connection } of others.slice(0, MAX_OTHERS)) {
    yield `  ${titleOfConnection(connection)}`
  }
  if (others.length > MAX_OTHERS) yield `  and ${others.length - MAX_OTHERS} more`
  const leftOut = all.filter((one) => one.leftOut).length
  if (leftOut > 0) yield* ['', `${leftOut} more connections left out`]
}

function renderTls(connection: Connection, report: ConnectionReport, hex: boolean): string[] {
  const streams = streamsOf(connection)
  const { time } = connection
  const order = (sender: 'client' | 'server', offset: number): number =>
    (connection.timeAt(sender, offset) ?? time)?.getTime() ?? 0
  const lines = renderConnection(report, time ? { ...streams, order } : streams, { hex })
  return ['', paint('bold', titleOfConnection(connection)), ...lines]
}

/** Plain bytes of all connections that are shown: some hundred handshakes. */
const MAX_SHOWN = 2 ** 20
const MAX_OTHERS = 20
