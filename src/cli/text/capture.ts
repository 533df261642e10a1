// A packet capture and its connections, as text and as data. Pure.

import type { Capture, Connection } from '../../capture/index.ts'
import { address, counted, instant, printable } from '../../encoding/index.ts'
import type { ConnectionReport } from '../../inspect/index.ts'
import { paint } from '../terminal.ts'
import { explainConnection, renderConnection, summarize } from './connection.ts'
import { row } from './report.ts'

/** A connection of a capture, inspected. */
export interface CapturedConnection {
  readonly connection: Connection
  /** Undefined when it is not TLS. */
  readonly report: ConnectionReport | undefined
  /** Whether its messages are left out, as there are too many before it. */
  readonly leftOut: boolean
}

/** A capture with its TLS connections, one after the other: all of them at once may be more than fits in memory. */
export function* renderCapture(
  capture: Capture,
  all: readonly CapturedConnection[],
  view: { readonly hex: boolean; readonly all: boolean },
): Iterable<string> {
  yield* captureRows(capture)
  for (const { connection, report, leftOut } of all) {
    if (report && leftOut) yield* ['', titleRow(connection), ...summarize(report)]
    else if (report) yield* renderTls(connection, report, view)
  }
  const others = all.filter(({ report }) => !report)
  const most = view.all ? others.length : MAX_OTHERS
  if (others.length > 0) yield* ['', 'not TLS']
  for (const { connection } of others.slice(0, most)) yield `  ${titleOfConnection(connection)}`
  if (others.length > most) yield `  and ${others.length - most} more`
  const leftOut = all.filter((one) => one.leftOut).length
  if (leftOut > 0) {
    yield* ['', `the messages of ${counted(leftOut, 'connection')} are not shown; --all shows them`]
  }
}

function titleRow(connection: Connection): string {
  return paint('bold', titleOfConnection(connection))
}

function renderTls(
  connection: Connection,
  report: ConnectionReport,
  view: { readonly hex: boolean },
): string[] {
  const streams = streamsOf(connection)
  const { time } = connection
  const order = (sender: 'client' | 'server', offset: number): number =>
    (connection.timeAt(sender, offset) ?? time)?.getTime() ?? 0
  const lines = renderConnection(report, time ? { ...streams, order } : streams, view)
  return ['', titleRow(connection), ...lines]
}

/** What a capture holds besides its TLS connections. */
function captureRows(capture: Capture): string[] {
  const { format, packets, connections, skipped, error } = capture
  const skips = skippedText(skipped)
  return [
    row(
      'capture',
      `${format}, ${counted(packets, 'packet')}, ${counted(connections.length, 'TCP connection')}`,
    ),
    ...(skips ? [row('left out', skips)] : []),
    ...(error ? [row('error', printable(error.message))] : []),
  ]
}

/** How many packets were left out, and why; empty when none were. */
export function skippedText(skipped: Capture['skipped']): string {
  return SKIPS.flatMap(([reason, why]) => {
    return skipped[reason] > 0 ? [`${counted(skipped[reason], 'packet')} ${why}`] : []
  }).join(', ')
}

/** "192.0.2.1:4711 -> 192.0.2.2:443, 2026-11-21 12:00:00 UTC". */
function titleOfConnection(connection: Connection): string {
  const { client, server, roles, time, gaps, notes } = connection
  const [from, to] = [client, server].map(({ address: host, port }) => address({ host, port }))
  const more = [
    ...(time ? [instant(time)] : []),
    ...(roles === 'port' ? ['client and server guessed from the ports'] : []),
    ...gaps.map(
      ({ length, sender, offset }) =>
        `${counted(length, 'byte')} from the ${sender} missing at ${offset}`,
    ),
    ...notes.map((note) => NOTES[note]),
  ]
  return [`${from} -> ${to}`, ...more].join(', ')
}

/** What inspecting a captured connection takes. */
export function streamsOf(connection: Connection): {
  readonly client: Uint8Array
  readonly server: Uint8Array
  readonly timeAt: Connection['timeAt']
} {
  const { clientStream: client, serverStream: server } = connection
  return { client, server, timeAt: (sender, offset) => connection.timeAt(sender, offset) }
}

/** A captured connection for JSON. */
export function explainCaptured({ connection, report, leftOut }: CapturedConnection): object {
  const { client, server, roles, time, gaps, notes } = connection
  const tls = report ? explainConnection(report) : null
  return { client, server, roles, time: time ?? null, gaps, notes, leftOut, tls }
}

const SKIPS: readonly (readonly [keyof Capture['skipped'], string])[] = [
  ['link-type', 'with an unsupported link layer'],
  ['encapsulation', 'in PPPoE, MPLS or a tunnel (not supported)'],
  ['fragment', 'with an IP fragment (not reassembled)'],
  ['malformed', 'damaged or truncated'],
  ['not-tcp', 'without TCP'],
  ['not-ip', 'without IP'],
  ['connection-limit', 'beyond the limit on connections'],
]

const NOTES: Readonly<Record<Connection['notes'][number], string>> = {
  'no-syn': 'may begin before the capture',
  'packets-cut-off': 'packets truncated by the capture',
  contradiction: 'retransmissions with different bytes',
  'stream-limit': 'longer than is read',
  reset: 'reset',
}

/** Connections that are not TLS. */
const MAX_OTHERS = 20
