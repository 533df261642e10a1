// A statement, the caller's digests and the caller's trust to a report (SPEC.md §6): the checks, in order. Every
// check runs, also after a failure.

import { equal } from './bytes.ts'
import { type ClockJudgement, expectedTries, judgeClock, nextClientRandom } from './chain.ts'
import { commitsTo, type Subject } from './commitment.ts'
import { compareSubjects, type GivenDigest } from './comparison.ts'
import { openBudget } from './pki/budget.ts'
import type { Certificate } from './pki/certificate.ts'
import { describeCertificate } from './pki/describe.ts'
import { parseHost } from './pki/identity.ts'
import { buildPath } from './pki/path.ts'
import {
  type Check,
  check,
  failedPath,
  type Report,
  type SubjectReport,
  verdictOf,
  type WitnessReport,
} from './report.ts'
import {
  checkIdentity,
  checkSignature,
  checkStrength,
  lifetime,
  type ReadRound,
  readCertificate,
  readRound,
} from './round.ts'
import { type VerifySignature, verifySignature } from './signature.ts'
import type { SignedStatement } from './statement.ts'
import type { Handshake } from './tls/transcript.ts'
import { KNOWN_WITNESSES } from './witnesses.ts'

export interface VerifyOptions {
  readonly digests?: readonly GivenDigest[]
  /** DER certificates that a certification path may end at. */
  readonly trustAnchors: readonly Uint8Array[]
  /** Hosts whose clock the caller accepts; default: the built-in list. */
  readonly witnesses?: readonly string[]
  /** The caller's time, to refuse a claim from the future; left out, nothing is too late. */
  readonly now?: Date
  /** Default: the portable backend. */
  readonly verifySignature?: VerifySignature
}

/**
 * Verifies a signed statement. Content that is wrong makes the report say so and never throws.
 * Throws TypeError or RangeError for options of another shape.
 */
export function verifyStatement(statement: SignedStatement, options: VerifyOptions): Report {
  return judgeStatement(statement, {
    ...options,
    verifySignature: options.verifySignature ?? verifySignature,
  })
}

/** Like verifyStatement, over the given backend alone, so that a bundle need not hold the portable one. */
export function judgeStatement(statement: SignedStatement, options: Judging): Report {
  const { subjects, check: comparison } = compareSubjects(statement.subjects, options.digests ?? [])
  const read = statement.rounds.map(readRound)
  const rounds = read.filter((round) => 'handshake' in round)
  const faults = read.filter((round) => 'outcome' in round)
  if (faults.length > 0) {
    const rest = AFTER_HANDSHAKES.map((id) => check(id, 'unknown', 'not-reached'))
    return conclude([worstOf(faults), ...rest, comparison], subjects, [])
  }
  const witnesses = groupByHost(rounds).map((own) => judgeWitness(own, options))
  const worst = (pick: (witness: JudgedWitness) => Check): Check => worstOf(witnesses.map(pick))
  const checks = [
    check('handshakes', 'pass', 'consistent'),
    checkCommitment(statement.subjects, rounds),
    checkChain(rounds),
    worstOf(rounds.map((round) => checkSignature(round, options.verifySignature))),
    worstOf(rounds.map(checkStrength)),
    worst(({ clock }) => clock),
    worst(({ path }) => path),
    worst(({ identity }) => identity),
    worst(({ acceptance }) => acceptance),
    comparison,
  ]
  return conclude(checks, subjects, witnesses)
}

type Judging = VerifyOptions & { readonly verifySignature: VerifySignature }

interface JudgedWitness {
  readonly report: WitnessReport
  readonly claimed: Date | null
  readonly clock: Check
  readonly path: Check
  readonly identity: Check
  readonly acceptance: Check
}

const AFTER_HANDSHAKES = [
  ...(['commitment', 'chain', 'signatures', 'strength'] as const),
  ...(['clock', 'path', 'identity', 'witness'] as const),
]

/** The time is the latest of the witnesses' first rounds: by then each of them had signed. */
function conclude(
  checks: readonly Check[],
  subjects: readonly SubjectReport[],
  witnesses: readonly JudgedWitness[],
): Report {
  const times = witnesses.map(({ claimed }) => claimed?.getTime() ?? Number.NaN)
  const latest = Math.max(Number.NEGATIVE_INFINITY, ...times)
  const claimed = Number.isFinite(latest) ? new Date(latest) : null
  const credible = claimed !== null && witnesses.every(({ clock }) => clock.outcome === 'pass')
  return {
    verdict: verdictOf(checks),
    time: {
      claimed,
      notBefore: credible ? claimed : null,
      notAfter: credible ? new Date(latest + 1000) : null,
    },
    subjects,
    witnesses: witnesses.map(({ report }) => report),
    checks,
  }
}

function checkCommitment(subjects: readonly Subject[], [first]: readonly ReadRound[]): Check {
  const committed = first && commitsTo(subjects, first.handshake.clientRandom)
  return committed
    ? check('commitment', 'pass', 'committed')
    : check('commitment', 'fail', 'not-committed')
}

function checkChain(rounds: readonly ReadRound[]): Check {
  const commitment = rounds[0]?.handshake.clientRandom as Uint8Array
  for (const { index, handshake } of rounds.slice(1)) {
    const previous = rounds[index - 1] as ReadRound
    const { serverKeyExchange } = previous.round
    const expected = nextClientRandom(commitment, { ...previous.handshake, serverKeyExchange })
    if (!equal(expected, handshake.clientRandom)) {
      return check('chain', 'fail', 'broken-chain', `round ${index}`)
    }
  }
  return check('chain', 'pass', rounds.length > 1 ? 'chained' : 'single-round')
}

function judgeWitness(rounds: readonly ReadRound[], options: Judging): JudgedWitness {
  const [first] = rounds as [ReadRound]
  const { host, port } = first.round
  const judgement = judgeClock(rounds.map(({ serverTime }) => serverTime))
  const claimed = judgement === 'implausible' ? null : new Date(first.serverTime * 1000)
  const clock = checkClock(judgement, rounds, options.now)
  const { path, certificates } = checkPath(rounds, judgement === 'corroborated', options)
  return {
    report: {
      host,
      port,
      clock: clock.outcome === 'fail' ? 'implausible' : judgement,
      expectedTries:
        judgement === 'implausible' ? 1 : expectedTries(rounds.length, lifetime(first)),
      rounds: rounds.map(({ serverTime, handshake: { scheme, group } }) => ({
        serverTime: new Date(serverTime * 1000),
        scheme,
        group,
      })),
      path: certificates.map(describeCertificate),
    },
    claimed,
    clock,
    path,
    identity: worstOf(rounds.map(checkIdentity)),
    acceptance: checkAcceptance(host, options.witnesses),
  }
}

/** A claim may be ahead of the caller's clock by as much as `sign` allows a server to be off by default. */
const CLOCK_TOLERANCE = 3600

function checkClock(judgement: ClockJudgement, rounds: readonly ReadRound[], now?: Date): Check {
  const times = rounds.map(({ serverTime }) => serverTime)
  if (judgement !== 'corroborated') {
    const shown = times.map((time) => new Date(time * 1000).toISOString().slice(0, 19))
    return check('clock', 'unknown', judgement, `${shown.join('Z, ')}Z`)
  }
  const first = times[0] as number
  if (now !== undefined && first > now.getTime() / 1000 + CLOCK_TOLERANCE) {
    const ahead = Math.round(first - now.getTime() / 1000)
    return check('clock', 'fail', 'in-the-future', `${ahead} seconds ahead of this clock`)
  }
  return check('clock', 'pass', 'corroborated', `${rounds.length} rounds`)
}

/**
 * The path of each distinct certificate list, at the earliest and the latest server time it was presented; the report
 * shows the first one. All searches share one budget of work.
 */
function checkPath(
  rounds: readonly ReadRound[],
  credible: boolean,
  { trustAnchors, verifySignature: verify }: Judging,
): { readonly path: Check; readonly certificates: readonly Certificate[] } {
  const sent = (rounds[0] as ReadRound).handshake.certificates
  if (!credible) {
    return { path: check('path', 'unknown', 'no-credible-time'), certificates: readable(sent) }
  }
  const budget = openBudget()
  let first: readonly Uint8Array[] | undefined
  for (const { certificates, times } of presentations(rounds)) {
    const [endEntity, ...intermediates] = certificates
    for (const time of new Set([Math.min(...times), Math.max(...times)])) {
      const moment = { time: new Date(time * 1000), verifySignature: verify }
      const result = buildPath({ endEntity, intermediates, trustAnchors, ...moment }, budget)
      if (result.outcome === 'fail') {
        return { path: failedPath(result), certificates: readable(sent) }
      }
      first ??= result.path
    }
  }
  return { path: check('path', 'pass', 'trusted'), certificates: readable(first ?? sent) }
}

interface Presentation {
  readonly message: Uint8Array
  readonly certificates: Handshake['certificates']
  readonly times: number[]
}

/** Each distinct Certificate message, and the server times of the rounds that have it. */
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
  const list = accepted ?? KNOWN_WITNESSES.map((witness) => witness.host)
  const canonical = list.map((name) => parseHost(name)?.name)
  return canonical.includes(host)
    ? check('witness', 'pass', 'accepted', host)
    : check('witness', 'unknown', 'not-accepted', host)
}

function groupByHost(rounds: readonly ReadRound[]): readonly (readonly ReadRound[])[] {
  const groups = new Map<string, ReadRound[]>()
  for (const read of rounds) {
    const group = groups.get(read.round.host)
    if (group) group.push(read)
    else groups.set(read.round.host, [read])
  }
  return [...groups.values()]
}

/** The first failure, else the first unknown, else the first. */
function worstOf(checks: readonly Check[]): Check {
  const worst =
    checks.find(({ outcome }) => outcome === 'fail') ??
    checks.find(({ outcome }) => outcome === 'unknown') ??
    checks[0]
  if (worst === undefined) throw new RangeError('expected at least one round')
  return worst
}

function readable(certificates: readonly Uint8Array[]): readonly Certificate[] {
  return certificates.map(readCertificate).filter((certificate) => certificate !== undefined)
}
