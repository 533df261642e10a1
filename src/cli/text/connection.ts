// A recorded connection as text and as data. Pure.

import { counted, instant, printable } from '../../encoding/index.ts'
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

/** What a connection comes to. */
export function summarize(report: ConnectionReport): string[] {
  const { streams, error, clock, staple, certificates, certificateTimestamps } = report
  const faults = [streams.client?.error, streams.server?.error].filter((one) => one !== undefined)
  const logged = certificateTimestamps.flat()
  return [
    ...preambleRows(report),
    ...sessionRows(report),
    row('reached', reachedText(report)),
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
    ...(error ? [row('error', printable(error.message))] : []),
    ...faults
      .filter(({ message }) => !error?.message.includes(message.replace(/:.*$/s, ':')))
      .map(({ message }) => row('error', printable(message))),
  ]
}

function preambleRows({ preamble, streams }: ConnectionReport): string[] {
  if (!preamble) return []
  const sizes = (['client', 'server'] as const)
    .filter((sender) => streams[sender])
    .map((sender) => `${counted(preamble[sender], 'byte')} from the ${sender}`)
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

/** Whether both sides have sent Finished shows before TLS 1.3, by the types of encrypted records, and in what was decrypted. */
function reachedText(report: ConnectionReport): string {
  const { progress, streams, messages } = report
  const hasFinished = (side: 'client' | 'server'): boolean =>
    messages.some(({ sender, name }) => sender === side && name === 'Finished') ||
    (streams[side]?.records ?? []).some(({ type, encrypted }) => encrypted && type === 'handshake')
  return progress === 'complete' && hasFinished('client') && hasFinished('server')
    ? 'both sides sent Finished: the handshake is complete'
    : PROGRESS[progress]
}

function renderClock(
  { shows, capturedAt, difference, plausible }: ClockReading,
  [endEntity]: readonly CertificateDescription[],
): string {
  if (capturedAt === null || difference === null) {
    if (endEntity && shows < endEntity.notBefore) {
      return `${instant(shows)}, before its certificate was valid: random bytes, or a wrong clock`
    }
    if (endEntity && shows > endEntity.notAfter) {
      return `${instant(shows)}, after its certificate expired: random bytes, a wrong clock, or an expired certificate in use`
    }
    return `${instant(shows)}; the recording has no times to compare it with`
  }
  if (!plausible) return `${instant(shows)}: random bytes, or a clock far from the capture's`
  const seconds = Math.abs(difference).toFixed(3)
  const side = difference > 0 ? 'after' : 'before'
  return `${instant(shows)}, ${seconds} s ${side} its packet was captured`
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
  const whole = counted(records, 'record')
  return error
    ? `${counted(bytes, 'byte')}, the first ${end} of them in ${whole}`
    : `${counted(bytes, 'byte')} in ${whole}`
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
  offered: 'a ClientHello without an answer',
  refused: 'a fatal alert ended the handshake',
  answered: "a ServerHello, but not the end of the server's flight",
  'server-done': 'ServerHelloDone; nothing is encrypted yet',
  'one-side': 'encrypted records from one side only',
  complete: 'encrypted records from both sides; they do not show whether the handshake is complete',
}

const COLOURS = { valid: 'green', invalid: 'red', unsupported: 'yellow', absent: 'dim' } as const

const MAX_ALERTS = 8
const MAX_TIMES = 6
