// What inspect found, as text and as data. Pure.

import type { Capture, Connection } from '../../capture/index.ts'
import { address, counted, instant, printable } from '../../encoding/index.ts'
import {
  type ClockReading,
  type ConnectionReport,
  explainField,
  type HandshakeReport,
  type Progress,
  type RecordList,
  type SendingOrder,
  signatureOf,
} from '../../inspect/index.ts'
import { alertLevelName } from '../../tls/index.ts'
import type { CertificateDescription } from '../../x509/index.ts'
import { paint } from '../terminal.ts'
import { conversationLines } from './conversation.ts'
import { row } from './report.ts'

export interface ShownStreams {
  readonly client?: Uint8Array
  readonly server?: Uint8Array
  readonly order?: SendingOrder
  /** When a byte was captured. */
  readonly timeAt?: (sender: 'client' | 'server', offset: number) => Date | undefined
}

/** A connection: what it comes to, then all of it, line by line. */
export function renderConnection(
  report: ConnectionReport,
  streams: ShownStreams,
  { hex }: { readonly hex: boolean },
): string[] {
  const begin = streams.timeAt?.('client', 0) ?? streams.timeAt?.('server', 0)
  const lines = conversationLines(report, streams, {
    layout: hex ? 'dump' : 'brief',
    order: streams.order,
    note: (sender, offset) => {
      const time = streams.timeAt?.(sender, offset)
      return time && begin && `+${((time.getTime() - begin.getTime()) / 1000).toFixed(3)} s`
    },
  })
  return [...summarize(report), '', ...lines]
}

function summarize(report: ConnectionReport): string[] {
  const { streams, error, clock, staple, certificates, certificateTimestamps } = report
  const faults = [streams.client?.error, streams.server?.error].filter((one) => one !== undefined)
  const logged = certificateTimestamps.flat()
  return [
    ...preambleRows(report),
    ...sessionRows(report),
    row('reached', PROGRESS[report.progress]),
    ...decryptionRows(report),
    row('signature', paint(COLOURS[report.signature], signatureOf(report))),
    ...(clock ? [row('clock', renderClock(clock, certificates))] : []),
    ...(certificates.length > 0
      ? [row('certificates', certificates.map(({ subject }) => printable(subject)).join(' < '))]
      : []),
    ...rawPublicKeyRows(report),
    ...(logged.length > 0
      ? [row('logged', logged.slice(0, MAX_TIMES).map(instant).join(', '))]
      : []),
    ...(staple
      ? [row('OCSP staple', [staple.status, ...staple.responses.map(responseText)].join(', '))]
      : []),
    ...report.alerts.slice(0, MAX_ALERTS).map(({ sender, level, description }) => {
      return row('alert', `${sender}: ${alertLevelName(level)}, ${description}`)
    }),
    ...(streams.client ? [row('client sent', sizeOf(streams.client))] : []),
    ...(streams.server ? [row('server sent', sizeOf(streams.server))] : []),
    ...(error ? [row('wrong', printable(error.message))] : []),
    ...faults
      .filter(({ message }) => !error?.message.includes(message.replace(/:.*$/s, ':')))
      .map(({ message }) => row('wrong', printable(message))),
  ]
}

function preambleRows({ preamble, streams }: ConnectionReport): string[] {
  if (!preamble) return []
  const sizes = (['client', 'server'] as const)
    .filter((sender) => streams[sender])
    .map((sender) => `${counted(preamble[sender], 'byte')} of the ${sender}`)
  return [row('before TLS', `${preamble.protocol} in plain text, ${sizes.join(' and ')}`)]
}

function sessionRows({ version, cipherSuite, group }: HandshakeReport): string[] {
  const session = [version, cipherSuite, group && `over ${group}`].filter(Boolean).join(' ')
  return session ? [row('session', session)] : []
}

/** Two lines for a key that came without a certificate. */
function rawPublicKeyRows({ rawPublicKey }: HandshakeReport): string[] {
  if (!rawPublicKey) return []
  const { key, fingerprint } = rawPublicKey
  return [
    row(
      'public key',
      `${key}, sent as a raw public key: no certificate names its holder (RFC 7250)`,
    ),
    row('', `sha256 ${fingerprint}`),
  ]
}

function decryptionRows({ decryption }: HandshakeReport): string[] {
  if (!decryption) return []
  const { records, opened, faults } = decryption
  return [
    row('decrypted', `${opened} of ${counted(records, 'encrypted record')}`),
    ...faults.map(({ message }) => row('', message)),
  ]
}

function renderClock(
  { shows, capturedAt, difference, plausible }: ClockReading,
  [endEntity]: readonly CertificateDescription[],
): string {
  if (capturedAt === null || difference === null) {
    const valid = endEntity && shows >= endEntity.notBefore && shows <= endEntity.notAfter
    return endEntity && !valid
      ? `${instant(shows)}: its certificate was not valid then, so random bytes, or an expired certificate`
      : `${instant(shows)}; the recording has no times to hold against it`
  }
  if (!plausible) return `${instant(shows)}: random bytes, or a clock far off the capture's`
  const seconds = Math.abs(difference).toFixed(3)
  const side = difference > 0 ? 'after' : 'before'
  return `${instant(shows)}, ${seconds} s ${side} the packet that brought it`
}

function responseText(response: {
  readonly status: string
  readonly thisUpdate: Date
  readonly nextUpdate: Date | null
}): string {
  const until = response.nextUpdate ? ` to ${instant(response.nextUpdate)}` : ''
  return `${response.status} from ${instant(response.thisUpdate)}${until}`
}

function sizeOf({ bytes, count: records, end, error }: RecordList): string {
  const rest = error ? `, the first ${end} bytes` : ''
  return `${counted(bytes, 'byte')} in ${counted(records, 'record')}${rest}`
}

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
    yield* ['', `the messages of ${counted(leftOut, 'connection')} are left out: --all shows them`]
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
    row('capture', `${format}, ${packets} packets, TCP connections: ${connections.length}`),
    ...(skips ? [row('left out', skips)] : []),
    ...(error ? [row('wrong', printable(error.message))] : []),
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
    ...(roles === 'port' ? ['roles guessed from the ports'] : []),
    ...gaps.map((gap) => `${gap.length} bytes of the ${gap.sender} missing at ${gap.offset}`),
    ...notes,
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

/** A report for JSON: fields with what they mean. */
export function explainReport<Report extends HandshakeReport>(report: Report): Report {
  const messages = report.messages.map((message) => ({
    ...message,
    fields: message.asInRound === undefined ? message.fields.map(explainField) : [],
  }))
  const alerts = report.alerts.map((alert) => ({
    ...alert,
    levelName: alertLevelName(alert.level),
  }))
  return { ...report, messages, alerts }
}

/** As explainReport, with the messages that are cut off. */
export function explainConnection(report: ConnectionReport): ConnectionReport {
  const unfinished = report.unfinished.map((message) => ({
    ...message,
    fields: message.fields.map(explainField),
  }))
  return { ...explainReport(report), unfinished }
}

const PROGRESS: Readonly<Record<Progress, string>> = {
  nothing: 'no handshake message',
  offered: 'the ClientHello, without an answer',
  refused: 'a fatal alert: the handshake was refused',
  answered: 'the ServerHello; the server did not finish its flight',
  'server-done': 'ServerHelloDone; nothing is encrypted yet',
  'one-side': 'one side has begun to encrypt',
  complete: 'both sides encrypt: the handshake is complete',
}

const COLOURS = { valid: 'green', invalid: 'red', unsupported: 'yellow', absent: 'dim' } as const

const SKIPS: readonly (readonly [keyof Capture['skipped'], string])[] = [
  ['link-type', 'of a link layer that is not read'],
  ['encapsulation', 'in PPPoE, MPLS or a tunnel, not read'],
  ['fragment', 'with a fragment of IP, not put together'],
  ['malformed', 'damaged or cut off'],
  ['not-tcp', 'of another protocol than TCP'],
  ['not-ip', 'of another protocol than IP'],
  ['connection-limit', 'of more connections than are followed'],
]

const MAX_ALERTS = 8
const MAX_TIMES = 6
/** Connections that are not TLS. */
const MAX_OTHERS = 20
