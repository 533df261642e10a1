// What a probe of a server found, judged: whether it can be a clock witness or a guard. Pure.

import { equal } from '../encoding/index.ts'
import { type TlsStampError, tryDecode } from '../errors.ts'
import type { VerifySignature } from '../signature/index.ts'
import type { Handshake } from '../tls/index.ts'
import { judgeClock, pathNow, type Window } from '../verify/index.ts'
import type { PathCode } from '../x509/index.ts'
import {
  type CertificateDescription,
  decodeCertificate,
  decodeOcspResponse,
  describePath,
  matchesHost,
} from '../x509/index.ts'
import type { Question } from './questions.ts'

/** All that is known of a server. Null stands for what was not asked, or not answered. */
export interface ProbeReport {
  readonly host: string
  readonly port: number
  /** "TLS 1.2": what everything but the versions was asked at. */
  readonly version: string
  /** Whether it can be a clock witness: true when there is no reason why not. */
  readonly witness: boolean
  readonly reasons: readonly Reason[]
  /** Connections made. */
  readonly connections: number
  readonly versions: readonly Answer[] | null
  readonly cipherSuites: readonly Answer[] | null
  readonly signatureSchemes: readonly Answer[] | null
  readonly groups: readonly Answer[] | null
  readonly certificates: CertificatesReport | null
  readonly staple: StapleReport | null
  readonly clock: ClockReport
  readonly tls13: Tls13Report
}

/** What a server does in TLS 1.3. */
export interface Tls13Report {
  /** True when there is no reason why not. */
  readonly guard: boolean
  readonly reasons: readonly Reason[]
  /** In which its certification path is valid; null without one. */
  readonly window: Window | null
  readonly cipherSuites: readonly Answer[] | null
  readonly signatureSchemes: readonly Answer[] | null
  readonly groups: readonly Answer[] | null
}

/** What came of asking in TLS 1.3. */
export interface Tls13Answer
  extends Pick<Tls13Report, 'cipherSuites' | 'signatureSchemes' | 'groups'> {
  /** Whether it takes the version. */
  readonly spoken: Answer
  readonly handshake: Handshake | undefined
  /** Why there is no handshake. */
  readonly failure: TlsStampError | undefined
}

/** Why a server is no clock witness, or no guard. */
export interface Reason {
  /** Stable: a clock's kind, or the code of a check, of a path's failure or of an error. */
  readonly code: string
  readonly message: string
}

export interface Answer extends Pick<Question, 'code' | 'name'> {
  readonly outcome: AnswerOutcome
  /** Says what came instead. */
  readonly detail: string | null
}

/**
 * "other": the server answered with something else than the one thing asked for, which says little about that.
 * "refused": by an alert. "closed": without one. "no-answer": nothing came in time, or there was no connection.
 * "not-asked": the server had stopped answering by then.
 */
export type AnswerOutcome = 'taken' | 'other' | 'refused' | 'closed' | 'no-answer' | 'not-asked'

export interface CertificatesReport {
  readonly trusted: boolean
  /** "trusted", or why there is no path now. */
  readonly code: 'trusted' | PathCode
  readonly message: string
  readonly namesHost: boolean
  /** End entity first, trust anchor last; as sent when there is no path. */
  readonly path: readonly CertificateDescription[]
  /** Whole days until the first of these expires; negative when one has. Null when none can be read. */
  readonly daysLeft: number | null
}

/** An OCSP response, as stapled: nobody has verified it. */
export interface StapleReport {
  /** What it says of the end entity; null when it says nothing, or does not parse. */
  readonly status: 'good' | 'revoked' | 'unknown' | null
  readonly thisUpdate: Date | null
  readonly nextUpdate: Date | null
}

/** One round's time, and this machine's clock around it. */
export interface TimedRound {
  /** The first four bytes of server_random. */
  readonly serverTime: number
  readonly sent: Date
  readonly received: Date
}

/**
 * "corroborated": a clock, within an hour of this machine's. "wrong": a clock, further off. "uncorroborated": a single
 * round. "unsteady": near this machine's clock, but not one clock. "milliseconds": the low 32 bits of them. "none": no
 * round came about.
 */
export type ClockKind =
  | ('corroborated' | 'wrong' | 'uncorroborated' | 'unsteady')
  | ('zero' | 'milliseconds' | 'random' | 'none')

export interface ClockReport {
  readonly kind: ClockKind
  /** Seconds that it is ahead of this machine's clock (negative: behind); null when it is no clock. */
  readonly offset: number | null
  readonly serverTimes: readonly Date[]
}

/** Says what kind of clock the times of chained rounds come from. `maxSkew`: seconds that it may be off. */
export function judgeProbedClock(rounds: readonly TimedRound[], maxSkew: number): ClockReport {
  const times = rounds.map(({ serverTime }) => serverTime)
  const serverTimes = times.map((time) => new Date(time * 1000))
  const kind = clockKind(rounds, maxSkew)
  const isClock = ['corroborated', 'wrong', 'uncorroborated', 'unsteady'].includes(kind)
  return { kind, offset: isClock ? offsetOf(rounds) : null, serverTimes }
}

function clockKind(rounds: readonly TimedRound[], maxSkew: number): ClockKind {
  if (rounds.length === 0) return 'none'
  const times = rounds.map(({ serverTime }) => serverTime)
  if (times.every((time) => time === 0)) return 'zero'
  if (rounds.every(isMilliseconds)) return 'milliseconds'
  const near = (allowed: number): boolean =>
    rounds.every((round) => Math.abs(offsetOf([round])) <= allowed)
  const judgement = judgeClock(times)
  if (judgement === 'implausible') return near(DAY) ? 'unsteady' : 'random'
  if (judgement === 'uncorroborated') return near(DAY) ? 'uncorroborated' : 'random'
  return near(maxSkew) ? 'corroborated' : 'wrong'
}

/**
 * Whole seconds. A time is the beginning of its second, and was taken between sending and receiving: so each round
 * gives bounds, and a clock within all of them is in step. Clocks that contradict each other have a mean.
 */
function offsetOf(rounds: readonly TimedRound[]): number {
  const lows = rounds.map(({ serverTime, received }) => serverTime - received.getTime() / 1000)
  const highs = rounds.map(({ serverTime, sent }) => serverTime + 1 - sent.getTime() / 1000)
  const [low, high] = [Math.max(...lows), Math.min(...highs)]
  if (low <= TICK && high >= -TICK) return 0
  const bounds = low <= high ? [low, high] : [...lows, ...highs]
  // No negative zero
  return Math.round(bounds.reduce((sum, bound) => sum + bound, 0) / bounds.length) || 0
}

function isMilliseconds({ serverTime, received }: TimedRound): boolean {
  const distance = Math.abs(serverTime - (received.getTime() % 2 ** 32))
  return Math.min(distance, 2 ** 32 - distance) <= 60_000
}

/** The certification path as of `time`, and whom the end entity's certificate names. */
export function judgeCertificates(
  certificates: Handshake['certificates'],
  trust: {
    readonly host: string
    readonly trustAnchors: readonly Uint8Array[]
    readonly time: Date
    readonly verifySignature: VerifySignature
  },
): CertificatesReport {
  const [endEntity, ...intermediates] = certificates
  const { host, ...rest } = trust
  const found = pathNow({ endEntity, intermediates, ...rest })
  const path = describePath(found.outcome === 'pass' ? found.path : certificates)
  const ends = path.map(({ notAfter }) => notAfter.getTime() - trust.time.getTime())
  return {
    trusted: found.outcome === 'pass',
    ...(found.outcome === 'pass'
      ? { code: 'trusted', message: 'leads to a trust anchor and is valid now' }
      : { code: found.code, message: found.message }),
    namesHost: tryDecode(() => matchesHost(decodeCertificate(endEntity), host)) ?? false,
    path,
    daysLeft: ends.length > 0 ? Math.floor(Math.min(...ends) / (DAY * 1000)) : null,
  }
}

/** The stapled response, or null when there is none. */
export function readStaple({
  ocspResponse,
  certificates,
}: Pick<Handshake, 'ocspResponse' | 'certificates'>): StapleReport | null {
  if (ocspResponse === undefined) return null
  const single = tryDecode(() => {
    const { serialNumber } = decodeCertificate(certificates[0])
    const responses = decodeOcspResponse(ocspResponse).basic?.responses ?? []
    return responses.find((response) => equal(response.serialNumber, serialNumber))
  })
  return {
    status: single?.status.type ?? null,
    thisUpdate: single?.thisUpdate ?? null,
    nextUpdate: single?.nextUpdate ?? null,
  }
}

/** Seconds. */
const DAY = 86_400

/** Seconds that some servers' clocks lag behind, since they are read by the tick. */
const TICK = 0.01
