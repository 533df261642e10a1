// A complete handshake as text and as data. Pure.

import { counted, instant, printable } from '../../encoding/index.ts'
import type {
  Answer,
  Closing,
  CompleteHandshake,
  ObservedMessage,
  SessionCheck,
  SessionChecks,
} from '../../session/index.ts'
import {
  cipherSuiteName,
  type KeyExchange,
  serverTimeOf,
  suiteKind,
  VERSION,
  versionName,
} from '../../tls/index.ts'
import { type CertificateDescription, certificateLine, describePath } from '../../x509/index.ts'
import { paint } from '../terminal.ts'
import { columns, placeFields } from './fields.ts'
import { renderCheck, row } from './report.ts'

/** What --json prints, beside the messages. */
export interface SessionReport {
  readonly host: string
  readonly port: number
  readonly version: string
  readonly cipherSuite: string
  readonly keyExchange: KeyExchange | null
  /** Null for RSA key transport, as is the scheme. */
  readonly group: string | null
  readonly scheme: string | null
  /** Null in TLS 1.3, where every secret is bound to the messages. */
  readonly extendedMasterSecret: boolean | null
  readonly clientRandom: Uint8Array
  readonly serverRandom: Uint8Array
  /** The first four bytes of server_random, read as a clock; null in TLS 1.3, where they are none. */
  readonly serverTime: Date | null
  /** This machine's, when the handshake was complete. */
  readonly localTime: Date
  readonly checks: readonly SessionCheck[]
  /** The certification path, or the certificates as sent when there is none. */
  readonly path: readonly CertificateDescription[]
  /** Null without --request. */
  readonly answer: Answer | null
  /** Null while the session is open. */
  readonly closed: Closing | null
}

export function reportSession(
  { host, port }: { readonly host: string; readonly port: number },
  handshake: CompleteHandshake,
  { checks, path }: SessionChecks,
  localTime: Date,
): SessionReport {
  const { signed, cipherSuite, serverRandom } = handshake
  const isTls13 = handshake.version === VERSION.tls13
  return {
    host,
    port,
    version: versionName(handshake.version),
    cipherSuite: cipherSuiteName(cipherSuite),
    keyExchange: isTls13 ? 'ECDHE' : (suiteKind(cipherSuite).keyExchange ?? null),
    group: signed?.group ?? null,
    scheme: signed?.scheme ?? null,
    extendedMasterSecret: handshake.extendedMasterSecret ?? null,
    clientRandom: handshake.clientRandom,
    serverRandom,
    serverTime: isTls13 ? null : new Date(serverTimeOf(serverRandom) * 1000),
    localTime,
    checks,
    path: describePath(path),
    answer: null,
    closed: null,
  }
}

/**
 * One message, as it goes by, in the manner of `inspect`. place: where the byte at an offset of the message lies in its
 * sender's stream, or in the message itself when that is encrypted.
 */
export function renderPassing(message: ObservedMessage, place: (at: number) => number): string {
  const { sender, name, offset, length, protectedLength, iv, fields } = message
  const verb = sender === 'client' ? 'encrypted in' : 'decrypted from'
  const layer =
    protectedLength === null ? '' : `, ${verb} a record of ${counted(protectedLength, 'byte')}`
  const style = { layout: 'brief', maxBytes: 8, place, details: true } as const
  const headline = columns(style, {
    place: offset,
    bytes: new Uint8Array(0),
    title: `${sender === 'client' ? '->' : '<-'} ${paint('bold', printable(name))}`,
    meaning: `${counted(length, 'byte')}${layer}`,
  })
  const inRecord = { ...style, place: (at: number) => offset + at }
  const lines = [...placeFields(iv ? [iv] : [], inRecord, 1), ...placeFields(fields, style, 1)]
  return [headline, ...lines.map(({ text }) => text)].join('\n')
}

/** What came out of it all. */
export function renderSession(report: SessionReport): string {
  const { checks, answer, closed, path } = report
  const failed =
    checks.find(({ outcome }) => outcome === 'fail') ??
    checks.find(({ outcome }) => outcome === 'unknown')
  const suite = `${report.version}, ${report.cipherSuite}${report.group ? ` over ${report.group}` : ''}`
  return [
    '',
    failed
      ? `${paint('yellow', paint('bold', 'complete'))}  ${suite}, but ${printable(failed.message)}`
      : `${paint('green', paint('bold', 'complete'))}  ${suite}`,
    ...renderMasterSecret(report),
    row('server clock', renderClock(report)),
    ...(answer ? renderAnswer(answer, report) : []),
    ...(closed ? [row('closed', CLOSINGS[closed])] : []),
    ...path.map((certificate, i) => row(i === 0 ? 'path' : '', certificateLine(certificate))),
    '',
    'checks',
    ...checks.map(renderCheck),
  ].join('\n')
}

function renderMasterSecret({ extendedMasterSecret }: SessionReport): string[] {
  if (extendedMasterSecret === null) return []
  return [row('master secret', extendedMasterSecret ? 'extended' : 'not extended (RFC 7627)')]
}

function renderClock({ serverTime, localTime }: SessionReport): string {
  if (serverTime === null) return 'none: TLS 1.3 handshakes contain no clock'
  return isPlausible(serverTime, localTime)
    ? `${instant(serverTime)}, ${difference(serverTime, localTime)} this machine's`
    : `${instant(serverTime)}: random bytes, or a clock far from this machine's`
}

function renderAnswer(answer: Answer, { serverTime, localTime }: SessionReport): string[] {
  const { status, headers, date, whole } = answer
  if (status === null) return [row('answer', 'no HTTP response')]
  const hasClock = serverTime !== null && isPlausible(serverTime, localTime)
  const against = hasClock
    ? `${difference(date ?? serverTime, serverTime)} the server clock`
    : `${difference(date ?? localTime, localTime)} this machine's clock; there is no server clock to compare it with`
  return [
    ...[status, ...headers].map((line, i) => row(i === 0 ? 'answer' : '', printable(line))),
    ...(whole ? [] : [row('', '(truncated)')]),
    row('Date', date ? `${instant(date)}, ${against}` : 'missing or invalid'),
  ]
}

/** Whether the clocks agree within an hour, which random bytes do once in 600,000 times. */
function isPlausible(serverTime: Date, localTime: Date): boolean {
  return Math.abs(serverTime.getTime() - localTime.getTime()) <= 3_600_000
}

/** Says how far apart two times are, in whole seconds, as both are. */
function difference(one: Date, other: Date): string {
  const [a, b] = [one, other].map((date) => Math.floor(date.getTime() / 1000)) as [number, number]
  const seconds = Math.abs(a - b)
  if (a === b) return 'in step with'
  return `${counted(seconds, 'second')} ${a > b ? 'ahead of' : 'behind'}`
}

const CLOSINGS: Readonly<Record<Closing, string>> = {
  close_notify: 'by both sides with close_notify',
  end: 'by the server without close_notify',
  cut: 'by this client, before the server had sent everything',
  timeout: 'by this client: the server did not answer close_notify in time',
}
