// A statement, the caller's digests and the caller's trust to a report (SPEC.md §6): the checks, in order. Every
// check runs, also after a failure.

import { equal } from '../encoding/index.ts'
import type { VerifySignature } from '../signature/index.ts'
import {
  commitsTo,
  type HashInto,
  type Renewal,
  renewalCommitments,
  type SignedStatement,
} from '../statement/index.ts'
import { openBudget } from '../x509/index.ts'
import { judgeChain } from './chain.ts'
import { type ChainReport, type Check, check, type Report, verdictOf, worstOf } from './report.ts'
import { compareSubjects, type GivenDigest } from './subjects.ts'

/** What a statement is verified by. */
export interface VerifyOptions {
  readonly digests?: readonly GivenDigest[]
  /** Whether the statement is to be judged alone: else nothing passes of which no subject was compared. */
  readonly statementOnly?: boolean
  /** DER certificates that a certification path may end at. */
  readonly trustAnchors: readonly Uint8Array[]
  /** Hosts whose clock the caller accepts; default: the built-in list. */
  readonly witnesses?: readonly string[]
  /**
   * How many witnesses have to be accepted, corroborated and in agreement, each with a key of its own, at least 1;
   * default: all those in the statement that are accepted.
   */
  readonly quorum?: number
  /**
   * How many guards have to count, each with a key of its own, at least 1; default: all those in the statement that are
   * accepted.
   */
  readonly guards?: number
  /** Whether a statement without any clock is good enough: it says no more than when its certificates were good. */
  readonly window?: boolean
  /** The caller's time, to refuse a claim from the future; left out, nothing is too late. */
  readonly now?: Date
  readonly verifySignature: VerifySignature
  /** Hashes the subjects of a long list; default: the portable one. */
  readonly hash?: HashInto
  /** The commitment to the subjects, from a caller that has computed it already. */
  readonly commitment?: Uint8Array
}

/**
 * Verifies a signed statement. Content that is wrong makes the report say so and never throws.
 * Throws TypeError or RangeError for options of another shape.
 */
export function verifyStatement(statement: SignedStatement, options: VerifyOptions): Report {
  requireCount('quorum', options.quorum)
  requireCount('guards', options.guards)
  requireFlag('statementOnly', options.statementOnly)
  requireFlag('window', options.window)
  const { subjects, renewals = [] } = statement
  const { digests = [], statementOnly, hash, commitment, ...criteria } = options
  const comparison = compareSubjects(subjects, digests, statementOnly)
  const budget = openBudget(Math.min(countWitnesses(statement), MAX_SHARES))
  const judge = ({ rounds, unsigned }: Renewal, isCommitment: IsCommitment, renewed?: Date) =>
    judgeChain(rounds, isCommitment, {
      ...criteria,
      budget,
      ...(renewed && { renewed }),
      storedAnchors: unsigned.trustAnchors ?? [],
    })
  const later = judgeRenewals(statement, judge)
  const isOwn: IsCommitment = (random) =>
    commitment ? equal(random, commitment) : commitsTo(subjects, random, hash)
  const own = judge(statement, isOwn, provenTime(later[0]))
  const renewed = checkRenewals([own, ...later], renewals.length)
  const checks = [...own.checks, renewed, comparison.check]
  return {
    verdict: verdictOf(checks),
    time: own.time,
    subjects: comparison.subjects,
    witnesses: own.witnesses,
    independent: own.independent,
    guards: own.guards,
    renewals: later,
    checks,
  }
}

type IsCommitment = (clientRandom: Uint8Array) => boolean

/** Judges the renewals from the newest to the oldest, each at the time that the next one proves. */
function judgeRenewals(
  statement: SignedStatement,
  judge: (chain: Renewal, isCommitment: IsCommitment, renewed?: Date) => ChainReport,
): readonly ChainReport[] {
  const { renewals = [] } = statement
  const commitments = renewalCommitments(statement)
  const reports: ChainReport[] = []
  for (const [i, renewal] of [...renewals.entries()].reverse()) {
    const isCommitment: IsCommitment = (random) => equal(random, commitments[i] as Uint8Array)
    reports.unshift(judge(renewal, isCommitment, provenTime(reports[0])))
  }
  return reports
}

/** Tells the time that a good renewal proves of everything before it. */
function provenTime(renewal: ChainReport | undefined): Date | undefined {
  const good = renewal && verdictOf(renewal.checks) === 'passed'
  return good ? (renewal.time.claimed ?? renewal.time.notAfter ?? undefined) : undefined
}

function checkRenewals(chains: readonly ChainReport[], count: number): Check {
  if (count === 0) return check('renewals', 'pass', 'not-renewed')
  const faults = chains.slice(1).flatMap((each, i) => renewalFault(each, chains[i], i) ?? [])
  return faults.length > 0
    ? worstOf(faults)
    : check('renewals', 'pass', 'renewed', count === 1 ? 'once' : `${count} times`)
}

function renewalFault(
  { checks, time }: ChainReport,
  before: ChainReport | undefined,
  i: number,
): Check | undefined {
  const { outcome, message } = worstOf(checks)
  if (outcome !== 'pass') {
    return check('renewals', outcome, 'renewal-not-good', `renewal ${i}: ${message}`)
  }
  const claimed = before?.time.claimed ?? before?.time.notBefore
  const renewed = time.claimed ?? time.notAfter
  if (!claimed || !renewed || claimed.getTime() <= renewed.getTime() + TOLERANCE) return undefined
  return check('renewals', 'fail', 'renewed-before-signed', `renewal ${i}`)
}

function countWitnesses({ rounds, renewals = [] }: SignedStatement): number {
  const chains = [rounds, ...renewals.map((renewal) => renewal.rounds)]
  return chains.reduce((sum, own) => sum + new Set(own.map(({ host }) => host)).size, 0)
}

/** Throws TypeError for "false" and the like, which would be taken for true. */
function requireFlag(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return
  throw new TypeError(`expected ${name} to be true or false, got ${typeof value}`)
}

/** Throws RangeError unless the number can be met. */
export function requireCount(name: 'quorum' | 'guards', count: number | undefined): void {
  if (count === undefined || (Number.isInteger(count) && count >= 1)) return
  throw new RangeError(`expected ${name} of at least 1, got ${count}`)
}

/** Milliseconds by which the clocks of a statement and of its renewal may differ. */
const TOLERANCE = 10_000

/** The most shares of the work that one witness may cause: with these the worst statement takes about a second. */
const MAX_SHARES = 8
