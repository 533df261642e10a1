// One witness's rounds to what its word is worth (SPEC.md §5, §6): its clock, its certification path, its acceptance.

import { equal } from '../encoding/index.ts'
import type { VerifySignature } from '../signature/index.ts'
import type { Handshake } from '../tls/index.ts'
import type { Budget } from '../x509/index.ts'
import {
  type CertificateDescription,
  describePath,
  type MatchedName,
  matchedName,
  type PathInput,
  type PathResult,
  validatePath,
} from '../x509/index.ts'
import { type ClockJudgement, expectedTries, judgeClock, showClock } from './clock.ts'
import { acceptedHosts } from './known-witnesses.ts'
import {
  type Check,
  type CheckId,
  check,
  failedPath,
  type WitnessReport,
  worstOf,
} from './report.ts'
import { checkIdentity, checkSignature, checkStrength, lifetime, type ReadRound } from './round.ts'

/** What a chain of rounds is judged by. */
export interface WitnessCriteria {
  readonly trustAnchors: readonly Uint8Array[]
  /** Hosts whose clock the caller accepts; default: the built-in list. */
  readonly witnesses?: readonly string[]
  /** The caller's time, to refuse a claim from the future. */
  readonly now?: Date
  readonly verifySignature: VerifySignature
  /** The work that all searches for paths share. */
  readonly budget: Budget
  /** When the chain was renewed: its certificates must still have been good. */
  readonly renewed?: Date
  /** The signer's own trust anchors: never trusted, only named. */
  readonly storedAnchors?: readonly Uint8Array[]
}

export interface JudgedWitness {
  readonly report: Omit<WitnessReport, 'counts' | 'faults'>
  readonly rounds: readonly ReadRound[]
  readonly claimed: Date | null
  readonly checks: WitnessChecks
}

/** The checks that each witness answers for itself. */
export const WITNESS_CHECKS = [
  'signatures',
  'strength',
  'clock',
  'path',
  'identity',
  'witness',
] as const satisfies readonly CheckId[]

export type WitnessChecks = Readonly<Record<(typeof WITNESS_CHECKS)[number], Check>>

/** Judges the rounds of one witness, at least one, in order. */
export function judgeWitness(
  rounds: readonly ReadRound[],
  criteria: WitnessCriteria,
): JudgedWitness {
  const [first] = rounds as [ReadRound]
  const { host, port } = first.round
  const judgement = judgeClock(rounds.map(({ serverTime }) => serverTime))
  const clock = checkClock(judgement, rounds, criteria.now)
  const path = checkPath(rounds, judgement === 'corroborated', criteria)
  return {
    report: {
      host,
      port,
      clock: clock.outcome === 'fail' ? 'implausible' : judgement,
      expectedTries:
        judgement === 'implausible' ? 1 : expectedTries(rounds.length, lifetime(first.endEntity)),
      rounds: rounds.map(({ serverTime, handshake: { scheme, group } }) => ({
        serverTime: new Date(serverTime * 1000),
        scheme,
        group,
      })),
      path: path.certificates,
      matchedNames: matchedNames(rounds),
      expiresFirst: path.expiresFirst ?? null,
      missingAnchor: path.missingAnchor ?? null,
    },
    rounds,
    claimed: judgement === 'implausible' ? null : new Date(first.serverTime * 1000),
    checks: {
      signatures: worstOf(
        rounds.map((round) =>
          checkSignature(round, criteria.verifySignature, criteria.budget.spend),
        ),
      ),
      strength: worstOf(rounds.map(checkStrength)),
      clock,
      path: path.check,
      identity: worstOf(rounds.map(checkIdentity)),
      witness: checkAcceptance(host, criteria.witnesses),
    },
  }
}

/** A claim may be ahead of the caller's clock by as much as `sign` allows a server to be off by default. */
const CLOCK_TOLERANCE = 3600

function checkClock(judgement: ClockJudgement, rounds: readonly ReadRound[], now?: Date): Check {
  const times = rounds.map(({ serverTime }) => serverTime)
  if (judgement !== 'corroborated') {
    return check('clock', 'unknown', judgement, times.map(showClock).join(', '))
  }
  const first = times[0] as number
  if (now !== undefined && first > now.getTime() / 1000 + CLOCK_TOLERANCE) {
    const ahead = Math.round(first - now.getTime() / 1000)
    return check('clock', 'fail', 'in-the-future', `${ahead} seconds ahead of this clock`)
  }
  return check('clock', 'pass', 'corroborated', `${rounds.length} rounds`)
}

interface JudgedPath {
  readonly check: Check
  /** The first path; the certificates as sent when no path was found. */
  readonly certificates: readonly CertificateDescription[]
  /** The certificate that expires first on any of the paths. */
  readonly expiresFirst?: CertificateDescription | undefined
  readonly missingAnchor?: CertificateDescription | undefined
}

/**
 * Looks for the path of each distinct certificate list, at the earliest and the latest server time it was presented and
 * when it was renewed.
 */
function checkPath(
  rounds: readonly ReadRound[],
  credible: boolean,
  criteria: WitnessCriteria,
): JudgedPath {
  const sent = (rounds[0] as ReadRound).handshake.certificates
  if (!credible) {
    return {
      check: check('path', 'unknown', 'no-credible-time'),
      certificates: describePath(sent, criteria.budget),
    }
  }
  const { trustAnchors, renewed } = criteria
  const paths: (readonly CertificateDescription[])[] = []
  for (const { certificates, times } of presentations(rounds)) {
    const own = [Math.min(...times), Math.max(...times)].map((time) => time * 1000)
    for (const time of new Set(renewed ? [...own, renewed.getTime()] : own)) {
      const result = pathAt(new Date(time), certificates, { trustAnchors }, criteria)
      if (result.outcome === 'fail') {
        const missing = missingAnchor(result, new Date(time), certificates, criteria)
        const late = own.includes(time) ? '' : ', when it was renewed'
        const check = failedPath(result, `${late}${missing ? describeMissing(missing) : ''}`)
        return { check, certificates: describePath(sent, criteria.budget), missingAnchor: missing }
      }
      paths.push(describePath(result.path, criteria.budget))
    }
  }
  const [certificates = []] = paths
  const passed = check('path', 'pass', 'trusted')
  return { check: passed, certificates, expiresFirst: firstToExpire(paths.flat()) }
}

function firstToExpire(
  certificates: readonly CertificateDescription[],
): CertificateDescription | undefined {
  const [first, ...rest] = certificates
  return first && rest.reduce((a, b) => (b.notAfter < a.notAfter ? b : a), first)
}

/** Collects the names by which the rounds' certificates name the host, each once. */
function matchedNames(rounds: readonly ReadRound[]): readonly MatchedName[] {
  const names = new Map<string, MatchedName>()
  for (const { endEntity, round } of rounds) {
    const matched = endEntity && matchedName(endEntity, round.host)
    if (matched) names.set(matched.name, matched)
  }
  return [...names.values()]
}

function pathAt(
  time: Date,
  [endEntity, ...intermediates]: Handshake['certificates'],
  anchors: Pick<PathInput, 'trustAnchors' | 'foreignAnchors'>,
  { verifySignature, budget }: WitnessCriteria,
): PathResult {
  return validatePath({ endEntity, intermediates, ...anchors, time, verifySignature }, budget)
}

/** Finds the signer's trust anchor, when with it there is a path. */
function missingAnchor(
  fault: PathResult,
  time: Date,
  certificates: Handshake['certificates'],
  criteria: WitnessCriteria,
): CertificateDescription | undefined {
  const { storedAnchors = [] } = criteria
  if (fault.outcome === 'pass' || fault.code !== 'unknown-issuer') return undefined
  const anchors = { trustAnchors: storedAnchors, foreignAnchors: true }
  const result = pathAt(time, certificates, anchors, criteria)
  return result.outcome === 'pass' ? describePath(result.path, criteria.budget).at(-1) : undefined
}

function describeMissing({ subject, fingerprint }: CertificateDescription): string {
  return `; the signer's trust anchor is not among those given: ${subject}, SHA-256 ${fingerprint}`
}

interface Presentation {
  readonly message: Uint8Array
  readonly certificates: Handshake['certificates']
  readonly times: number[]
}

/** Collects the distinct Certificate messages, and the server times of the rounds that have each. */
function presentations(rounds: readonly ReadRound[]): readonly Presentation[] {
  const distinct: Presentation[] = []
  for (const { round, handshake, serverTime } of rounds) {
    const known = distinct.find(({ message }) => equal(message, round.certificate))
    if (known) known.times.push(serverTime)
    else {
      const { certificates } = handshake
      distinct.push({ message: round.certificate, certificates, times: [serverTime] })
    }
  }
  return distinct
}

function checkAcceptance(host: string, accepted?: readonly string[]): Check {
  return acceptedHosts(accepted).includes(host)
    ? check('witness', 'pass', 'accepted', host)
    : check('witness', 'unknown', 'not-accepted', host)
}
