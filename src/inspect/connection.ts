// What a recorded connection says beyond its handshake report: its records, how far it went, what its clock shows, and
// which stapled OCSP response came along.

import type { Field } from '../encoding/index.ts'
import { tryDecode } from '../errors.ts'
import type { VerifySignature } from '../signature/index.ts'
import { type CertificateStatus, decodeOcspResponse, type OcspStatus } from '../x509/index.ts'
import type { Secrets } from './decryption.ts'
import { type HandshakeReport, inspectHandshake, MAX_DESCRIBED } from './handshake.ts'
import { timestampsIn } from './meanings.ts'
import type { MessageReport, Preamble, Sender, UnfinishedMessage } from './message.ts'
import { readRecording } from './recording.ts'
import { listRecords, type RecordList, type RecordReport } from './records.ts'

export interface ConnectionReport extends HandshakeReport {
  /** What was said in plain text before TLS, such as SMTP's STARTTLS; null when nothing was. */
  readonly preamble: Preamble | null
  /** Messages that their stream ends within, at most one of each side; not among the messages. */
  readonly unfinished: readonly UnfinishedMessage[]
  readonly progress: Progress
  /** Null without a ServerHello, and in TLS 1.3. */
  readonly clock: ClockReading | null
  /** The times of the certificate transparency timestamps in each certificate of the message, the first hundred. */
  readonly certificateTimestamps: readonly (readonly Date[])[]
  /** Null when none is stapled, or when it does not parse. */
  readonly staple: StapledResponse | null
  readonly streams: { readonly client: RecordList | null; readonly server: RecordList | null }
}

/** How far a connection went, by what is there. */
export type Progress =
  | 'nothing' // no handshake message
  | 'offered' // a ClientHello, no answer
  | 'refused' // a fatal alert before anything was encrypted
  | 'answered' // a ServerHello, and no end of the server's flight
  | 'server-done' // up to ServerHelloDone; nothing is encrypted yet
  | 'one-side' // one side has sent something encrypted
  | 'complete' // both sides have

/** The first four bytes of server_random, as a clock. */
export interface ClockReading {
  readonly shows: Date
  /** When the ServerHello was captured; null when the recording has no times. */
  readonly capturedAt: Date | null
  /** Seconds that it shows less the seconds captured; null likewise. */
  readonly difference: number | null
  /** Whether it is a clock, by being within an hour of the capture; null likewise. */
  readonly plausible: boolean | null
}

/** The stapled OCSP response: nobody has verified it. */
export interface StapledResponse {
  readonly status: OcspStatus
  readonly producedAt: Date | null
  readonly responses: readonly {
    readonly serialNumber: Uint8Array
    readonly status: CertificateStatus['type']
    readonly revoked: Date | null
    readonly thisUpdate: Date
    readonly nextUpdate: Date | null
  }[]
}

/** Streams of one connection: raw TLS records, as far as they go. */
export interface RecordedStreams {
  readonly client?: Uint8Array
  readonly server?: Uint8Array
  /** When the byte at an offset of a stream was captured. */
  readonly timeAt?: (sender: Sender, offset: number) => Date | undefined
}

/** Takes a connection apart, and with `secrets` what is in its protected records. Never throws on what the bytes hold. */
export function inspectConnection(
  recorded: RecordedStreams,
  verify: VerifySignature,
  secrets?: Secrets,
): ConnectionReport {
  const { client, server = NOTHING } = recorded
  const seen = readRecording({ ...(client && { client }), server }, secrets)
  const report = inspectHandshake(seen, verify)
  const streams = {
    client: client ? listRecords('client', client, seen) : null,
    server: recorded.server ? listRecords('server', server, seen) : null,
  }
  return {
    ...report,
    preamble: seen.preamble ?? null,
    unfinished: seen.unfinished,
    progress: progressOf(report, streams),
    clock: readClock(report, recorded.timeAt),
    certificateTimestamps: certificatesIn(report).map(timestampsIn),
    staple: readStapledResponse(report),
    streams,
  }
}

/** Whether there is anything to show of it. */
export function hasContent({ messages, unfinished, streams }: ConnectionReport): boolean {
  const records = (streams.client?.count ?? 0) + (streams.server?.count ?? 0)
  return messages.length + unfinished.length + records > 0
}

function progressOf(
  { messages, alerts }: HandshakeReport,
  streams: ConnectionReport['streams'],
): Progress {
  const encrypts = (list: RecordList | null): boolean =>
    list?.records.some(({ encrypted }: RecordReport) => encrypted) ?? false
  const sides = Number(encrypts(streams.client)) + Number(encrypts(streams.server))
  if (sides === 2) return 'complete'
  const has = (sender: Sender, name: string): boolean =>
    messages.some((message) => message.sender === sender && message.name === name)
  if (sides === 1) return 'one-side'
  if (alerts.some(({ level }) => level === FATAL)) return 'refused'
  if (has('server', 'ServerHelloDone')) return 'server-done'
  if (['ServerHello', 'HelloRetryRequest'].some((name) => has('server', name))) return 'answered'
  return has('client', 'ClientHello') ? 'offered' : 'nothing'
}

function readClock(
  { serverTime, messages }: HandshakeReport,
  timeAt: RecordedStreams['timeAt'],
): ClockReading | null {
  const hello = messages.findLast(
    ({ sender, name }) => sender === 'server' && name === 'ServerHello',
  )
  if (!serverTime || !hello) return null
  const capturedAt = timeAt?.('server', hello.offset) ?? null
  if (!capturedAt) return { shows: serverTime, capturedAt, difference: null, plausible: null }
  const difference = Math.floor(serverTime.getTime() / 1000) - capturedAt.getTime() / 1000
  return { shows: serverTime, capturedAt, difference, plausible: Math.abs(difference) <= HOUR }
}

function certificatesIn(report: HandshakeReport): Uint8Array[] {
  const list = fieldOf(report, 'Certificate', 'certificate_list')?.fields ?? []
  const certificates = list.filter(({ name }) => name === 'certificate')
  return certificates.slice(0, MAX_DESCRIBED).map(({ bytes }) => bytes)
}

function readStapledResponse(report: HandshakeReport): StapledResponse | null {
  const response =
    fieldOf(report, 'CertificateStatus', 'ocsp_response') ??
    fieldOf(report, 'Certificate', 'ocsp_response')
  if (!response) return null
  const decoded = tryDecode(() => decodeOcspResponse(response.bytes))
  if (!decoded) return null
  const { status, basic } = decoded
  const responses = basic?.responses.slice(0, MAX_DESCRIBED).map((one) => ({
    serialNumber: one.serialNumber,
    status: one.status.type,
    revoked: one.status.type === 'revoked' ? one.status.time : null,
    thisUpdate: one.thisUpdate,
    nextUpdate: one.nextUpdate ?? null,
  }))
  return { status, producedAt: basic?.producedAt ?? null, responses: responses ?? [] }
}

/** The first field of this name in the server's message of that name. */
function fieldOf({ messages }: HandshakeReport, message: string, field: string): Field | undefined {
  const sent = (one: MessageReport): boolean => one.sender === 'server' && one.name === message
  return findField(messages.find(sent)?.fields ?? [], field)
}

function findField(fields: readonly Field[], wanted: string): Field | undefined {
  for (const field of fields) {
    const found = field.name === wanted ? field : findField(field.fields ?? [], wanted)
    if (found) return found
  }
  return undefined
}

const NOTHING = new Uint8Array(0)
const FATAL = 2
const HOUR = 3600
