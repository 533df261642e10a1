// The certification paths of one witness (SPEC.md §6): good at each time that its rounds have to answer for.

import { equal } from '../encoding/index.ts'
import type { Handshake } from '../tls/index.ts'
import {
  type CertificateDescription,
  describePath,
  type PathInput,
  type PathResult,
  tryDecodeCertificate,
  validatePath,
} from '../x509/index.ts'
import type { WitnessCriteria } from './criteria.ts'
import { shownSecond } from './path-now.ts'
import { type Check, check, failedPath, type Window } from './report.ts'
import type { ReadRound } from './round.ts'

export interface JudgedPath {
  readonly check: Check
  /** The first path; the certificates as sent when no path was found. */
  readonly certificates: readonly CertificateDescription[]
  /** The certificate that expires first on any of the paths. */
  readonly expiresFirst?: CertificateDescription | undefined
  readonly missingAnchor?: CertificateDescription | undefined
}

/**
 * Looks for the path of each distinct certificate list, at the earliest and the latest of the times (milliseconds) of the
 * rounds that presented it, and when it was renewed.
 */
export function checkPath(
  rounds: readonly ReadRound[],
  timesOf: (round: ReadRound) => readonly number[],
  criteria: WitnessCriteria,
): JudgedPath {
  const sent = (rounds[0] as ReadRound).handshake.certificates
  const asSent = (): readonly CertificateDescription[] => describePath(sent, criteria.budget)
  const { trustAnchors, renewed } = criteria
  const paths: (readonly CertificateDescription[])[] = []
  for (const { certificates, times } of presentations(rounds, timesOf)) {
    if (times.length === 0) {
      return { check: check('path', 'unknown', 'no-credible-time'), certificates: asSent() }
    }
    const own = [Math.min(...times), Math.max(...times)]
    for (const time of new Set(renewed ? [...own, renewed.getTime()] : own)) {
      const result = pathAt(new Date(time), certificates, { trustAnchors }, criteria)
      if (result.outcome === 'fail') {
        const missing = missingAnchor(result, new Date(time), certificates, criteria)
        const moment = own.includes(time) ? '' : ', when it was renewed'
        const when = isOfTime(result)
          ? `; it was needed at ${shownSecond(new Date(time))}${moment}`
          : moment
        const message = missing ? describeMissing(missing) : result.message
        const check = failedPath({ code: result.code, message }, when)
        return { check, certificates: asSent(), missingAnchor: missing }
      }
      paths.push(describePath(result.path, criteria.budget))
    }
  }
  const [certificates = []] = paths
  const passed = check('path', 'pass', 'trusted')
  return { check: passed, certificates, expiresFirst: firstToExpire(paths.flat()) }
}

/**
 * Finds the window of a round that shows no clock: the time in which any path of it was good. An honest server may sign
 * whenever one is, so that no single path bounds the time. Null without a path at the given times (milliseconds) and at the
 * ends of the end entity's validity.
 */
export function pathWindow(
  round: ReadRound,
  times: readonly number[],
  criteria: WitnessCriteria,
): Window | null {
  const { handshake, endEntity } = round
  if (!endEntity) return null
  const { trustAnchors } = criteria
  const pathOf = (time: number): readonly CertificateDescription[] => {
    const result = pathAt(new Date(time), handshake.certificates, { trustAnchors }, criteria)
    return result.outcome === 'pass' ? describePath(result.path, criteria.budget) : []
  }
  const ends = [endEntity.notBefore.getTime(), endEntity.notAfter.getTime()]
  const found = [...new Set([...times, ...ends])].map(pathOf).find(({ length }) => length > 0)
  if (!found) return null
  const bound = (which: keyof Window): Date => {
    const [own, ...others] = found.map((certificate) => certificate[which].getTime())
    const sign = which === 'notAfter' ? 1 : -1
    const least = others.reduce((a, b) => (sign * b < sign * a ? b : a), own as number)
    if (least === own) return new Date(least)
    // What the end entity allows, if a path is good then; else the last moment at which one is
    const further = boundsOf(which, [...handshake.certificates, ...trustAnchors])
      .filter((time) => sign * time > sign * least && sign * time <= sign * (own as number))
      .sort((a, b) => sign * (b - a))
    if (further.length > MAX_BOUNDS) return new Date(own as number)
    return new Date(further.find((time) => pathOf(time).length > 0) ?? least)
  }
  return { notBefore: bound('notBefore'), notAfter: bound('notAfter') }
}

/** Collects where the validity of certificates begins or ends, each time once. */
function boundsOf(which: keyof Window, certificates: readonly Uint8Array[]): number[] {
  return [
    ...new Set(certificates.flatMap((der) => tryDecodeCertificate(der)?.[which].getTime() ?? [])),
  ]
}

/** The most times at which another path is looked for, of which honest chains have one or two; else the end entity's own bound stands. */
const MAX_BOUNDS = 32

function firstToExpire(
  certificates: readonly CertificateDescription[],
): CertificateDescription | undefined {
  const [first, ...rest] = certificates
  return first && rest.reduce((a, b) => (b.notAfter < a.notAfter ? b : a), first)
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
  return `it leads to ${subject} (SHA-256 ${fingerprint}), which the signer trusted, but which is not among the given trust anchors`
}

/** Tells whether a failure depends on the time alone. */
function isOfTime(fault: PathResult): boolean {
  return fault.outcome === 'fail' && (fault.code === 'expired' || fault.code === 'not-yet-valid')
}

interface Presentation {
  readonly message: Uint8Array
  readonly certificates: Handshake['certificates']
  readonly times: number[]
}

/** Collects the distinct Certificate messages, and the times of the rounds that have each. */
function presentations(
  rounds: readonly ReadRound[],
  timesOf: (round: ReadRound) => readonly number[],
): readonly Presentation[] {
  const distinct: Presentation[] = []
  for (const read of rounds) {
    const { round, handshake } = read
    const known = distinct.find(({ message }) => equal(message, round.certificate))
    if (known) known.times.push(...timesOf(read))
    else {
      const { certificates } = handshake
      distinct.push({ message: round.certificate, certificates, times: [...timesOf(read)] })
    }
  }
  return distinct
}
