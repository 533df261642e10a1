// A statement, the caller's digests and the caller's trust to a report (SPEC.md §6): the checks, in order. Every
// check runs, also after a failure.

import { equal } from './bytes.ts'
import { type ClockJudgement, expectedTries, judgeClock, nextClientRandom } from './chain.ts'
import { commitsTo, type Subject } from './commitment.ts'
import { compareSubjects, type GivenDigest } from './comparison.ts'
import { DecodeError, HandshakeError } from './errors.ts'
import { type Certificate, decodeCertificate } from './pki/certificate.ts'
import { describeCertificate } from './pki/describe.ts'
import { matchesHost, parseHost } from './pki/identity.ts'
import { buildPath } from './pki/path.ts'
import {
  type Check,
  check,
  type Report,
  type SubjectReport,
  verdictOf,
  type WitnessReport,
} from './report.ts'
import { type VerifySignature, verifySignature } from './signature.ts'
import type { Round, SignedStatement } from './statement.ts'
import { serverTimeOf } from './tls/handshake.ts'
import { VERSION, versionName } from './tls/registry.ts'
import { type Handshake, readTranscript } from './tls/transcript.ts'
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
  return judgeStatement(statement, { verifySignature, ...options })
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

interface ReadRound {
  readonly index: number
  readonly round: Round
  readonly handshake: Handshake
  /** Seconds since 1970. */
  readonly serverTime: number
  /** undefined when it does not parse. */
  readonly endEntity: Certificate | undefined
}

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

/** The round's handshake, or the check that says why it is none. */
function readRound(round: Round, index: number): ReadRound | Check {
  try {
    const handshake = readTranscript(round)
    const host = parseHost(round.host)
    if (handshake.serverName !== (host?.type === 'dns' ? host.name : undefined)) {
      const asked = handshake.serverName ?? 'no name'
      return check('handshakes', 'fail', 'other-host-asked', `round ${index} asked for ${asked}`)
    }
    const endEntity = parsed(handshake.certificates[0])
    return { index, round, handshake, serverTime: serverTimeOf(handshake.serverRandom), endEntity }
  } catch (error) {
    if (error instanceof DecodeError) {
      return check('handshakes', 'fail', 'malformed-handshake', `round ${index}, ${error.message}`)
    }
    if (error instanceof HandshakeError) {
      return check(
        'handshakes',
        'fail',
        'inconsistent-handshake',
        `round ${index}, ${error.message}`,
      )
    }
    throw error
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

function checkSignature(round: ReadRound, verify: VerifySignature): Check {
  const { scheme, signature, signedBytes } = round.handshake
  const particulars = `round ${round.index}, ${scheme}`
  if (round.endEntity === undefined) {
    return check(
      'signatures',
      'fail',
      'bad-signature',
      `${particulars}: the certificate does not parse`,
    )
  }
  try {
    return verify(scheme, round.endEntity.spki, signedBytes, signature)
      ? check('signatures', 'pass', 'signed')
      : check('signatures', 'fail', 'bad-signature', particulars)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return check('signatures', 'unknown', 'unsupported-scheme', particulars)
  }
}

function checkStrength({ index, handshake }: ReadRound): Check {
  const { version, scheme, primeBits } = handshake
  if (version < VERSION.tls12) {
    return check('strength', 'unknown', 'weak-version', `round ${index}, ${versionName(version)}`)
  }
  if (/(?:sha1|md5)$/.test(scheme)) {
    return check('strength', 'unknown', 'weak-hash', `round ${index}, ${scheme}`)
  }
  if (primeBits !== undefined && primeBits < 2048) {
    return check('strength', 'unknown', 'weak-group', `round ${index}, ${primeBits} bits`)
  }
  return check('strength', 'pass', 'strong')
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

/** The path of each distinct certificate list at each distinct time; the report shows the first round's. */
function checkPath(
  rounds: readonly ReadRound[],
  credible: boolean,
  options: Judging,
): { readonly path: Check; readonly certificates: readonly Certificate[] } {
  const sent = (rounds[0] as ReadRound).handshake.certificates
  if (!credible) {
    return { path: check('path', 'unknown', 'no-credible-time'), certificates: readable(sent) }
  }
  let first: readonly Uint8Array[] | undefined
  for (const round of distinct(rounds)) {
    const [endEntity, ...intermediates] = round.handshake.certificates
    const time = new Date(round.serverTime * 1000)
    const { trustAnchors, verifySignature: verify } = options
    const result = buildPath({
      endEntity,
      intermediates,
      trustAnchors,
      time,
      verifySignature: verify,
    })
    if (result.outcome === 'fail') {
      const { code, message } = result
      return { path: { id: 'path', outcome: 'fail', code, message }, certificates: readable(sent) }
    }
    first ??= result.path
  }
  return { path: check('path', 'pass', 'trusted'), certificates: readable(first ?? sent) }
}

function distinct(rounds: readonly ReadRound[]): readonly ReadRound[] {
  return rounds.filter((round, i) => {
    const same = (other: ReadRound): boolean =>
      other.serverTime === round.serverTime &&
      equal(other.round.certificate, round.round.certificate)
    return rounds.findIndex(same) === i
  })
}

function checkIdentity({ round, endEntity }: ReadRound): Check {
  if (endEntity === undefined) return check('identity', 'unknown', 'not-reached')
  return matchesHost(endEntity, round.host)
    ? check('identity', 'pass', 'host-matches', round.host)
    : check('identity', 'fail', 'host-mismatch', round.host)
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

/** The end entity's validity in seconds. */
function lifetime({ endEntity }: ReadRound): number {
  if (endEntity === undefined) return 1
  return (endEntity.notAfter.getTime() - endEntity.notBefore.getTime()) / 1000 + 1
}

function readable(certificates: readonly Uint8Array[]): readonly Certificate[] {
  return certificates.map(parsed).filter((certificate) => certificate !== undefined)
}

function parsed(der: Uint8Array): Certificate | undefined {
  try {
    return decodeCertificate(der)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
