// A packet capture as inspect shows it: all its TLS connections, with the secrets that it carries or that are given.

import { type Capture, readCapture } from '../capture/index.ts'
import { counted } from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'
import {
  type ConnectionReport,
  hasContent,
  inspectConnection,
  type NamedBytes,
  readKeyLogs,
  type Secrets,
  withinBudget,
} from '../inspect/index.ts'
import { recordCiphersNative, verifySignatureNative } from '../system/index.ts'
import { printNote } from './terminal.ts'
import {
  type CapturedConnection,
  explainCaptured,
  renderCapture,
  skippedText,
  streamsOf,
} from './text/capture.ts'

/** How things are shown, and what they are decrypted with. */
export interface View {
  readonly hex: boolean
  /** Whether limits are lifted. */
  readonly all: boolean
  /** Those of --keylog. */
  readonly keyLogs: readonly Uint8Array[]
  readonly secrets: Secrets | undefined
}

/** What key logs hold; undefined when there is none. Says how much of it was passed over. */
export function secretsIn(path: string, keyLogs: readonly Uint8Array[]): Secrets | undefined {
  if (keyLogs.length === 0) return undefined
  const keyLog = readKeyLogs(keyLogs)
  if (keyLog.malformed > 0) {
    printNote(`${path}: skipped ${counted(keyLog.malformed, 'malformed line')} of the key log`)
  }
  return { keyLog, ciphers: recordCiphersNative }
}

/** One thing that was given, inspected. */
export interface Inspected {
  readonly kind: 'statement' | 'old-statement' | 'records' | 'capture' | 'unknown'
  readonly files: readonly string[]
  /** What JSON has of it, made when it is asked for. */
  readonly found: () => object
  /** Made when they are asked for. */
  readonly lines: () => Iterable<string>
  /** Why nothing, or not everything, could be shown; lower case, no full stop. */
  readonly fault?: string
  /** What to do about the fault. */
  readonly hints?: readonly string[]
  /** Whether there is anything to show. */
  readonly shown: boolean
}

/** All of a capture: its TLS connections, as many as fit in full and the rest in brief, the others by their ends. */
export function inspectCapture({ path, bytes }: NamedBytes, view: View): Inspected {
  const files = [path]
  const kind = 'capture'
  const capture = tryCapture(bytes, view)
  if (typeof capture === 'string') {
    return { kind, files, found: () => ({}), lines: () => [], fault: capture, shown: false }
  }
  const { keyLogs, ...rest } = capture
  const own = keyLogs.length > 0 ? secretsIn(path, [...view.keyLogs, ...keyLogs]) : view.secrets
  const connections = inspectConnections(capture, own, view)
  const shown = connections.some(({ report }) => report)
  const lines = (): Iterable<string> => renderCapture(capture, connections, view)
  const found = (): object => ({ ...rest, connections: connections.map(explainCaptured) })
  const inspected = { kind, files, found, lines, shown } as const
  if (shown) return inspected
  const skips = skippedText(capture.skipped)
  const tcp = counted(connections.length, 'TCP connection')
  const held = connections.length === 0 ? 'no readable TCP' : `${tcp}, none with TLS`
  const leftOut = skips && `; left out: ${skips}`
  return {
    ...inspected,
    fault: `the capture has ${counted(capture.packets, 'packet')}, but ${held}${leftOut}`,
  }
}

function tryCapture(bytes: Uint8Array, { all }: View): Capture | string {
  try {
    return readCapture(bytes, all ? { maxStreamBytes: Number.POSITIVE_INFINITY } : {})
  } catch (error) {
    if (error instanceof DecodeError) return `the capture is damaged: ${error.message}`
    throw error
  }
}

function inspectConnections(
  { connections }: Capture,
  secrets: Secrets | undefined,
  { all }: View,
): CapturedConnection[] {
  let spent = 0
  const verify = all ? verifySignatureNative : withinBudget(verifySignatureNative, MAX_SHARES)
  return connections.map((connection) => {
    const leftOut = spent > MAX_SHOWN && !all
    const report = inspectConnection(streamsOf(connection), verify, secrets)
    if (!hasContent(report)) return { connection, report: undefined, leftOut: false }
    if (!leftOut) spent += costOf(report)
    return { connection, report: leftOut ? inBrief(report) : report, leftOut }
  })
}

/** What a connection comes to, without what it is made of. */
function inBrief(report: ConnectionReport): ConnectionReport {
  const { client, server } = report.streams
  return {
    ...report,
    messages: [],
    unfinished: [],
    alerts: report.alerts.slice(0, 1),
    certificates: report.certificates.slice(0, 1),
    certificateTimestamps: [],
    streams: {
      client: client && { ...client, records: [] },
      server: server && { ...server, records: [] },
    },
  }
}

/** About the bytes that a report is made of. */
function costOf({ messages, streams }: ConnectionReport): number {
  const { client, server } = streams
  const records = (client?.records.length ?? 0) + (server?.records.length ?? 0)
  const shown = messages.filter(({ fields }) => fields.length > 0)
  return shown.reduce((sum, { length }) => sum + length, 0) + 64 * (records + 1)
}

/** Plain bytes of all connections whose details are shown: some hundred handshakes. */
const MAX_SHOWN = 2 ** 20
/** Of a budget: 65,536 signatures by usual keys, a minute at most. */
const MAX_SHARES = 410
