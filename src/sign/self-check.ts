// What `sign` asks of its own statement before anybody gets it (SPEC.md §7): the verifier's word, its own clock's, and
// which trust anchors it took.

import { RefusalError } from '../errors.ts'
import type { VerifySignature } from '../signature/index.ts'
import type { Round, SignedStatement } from '../statement/index.ts'
import {
  type Check,
  type Report,
  verifyStatement,
  type WitnessReport,
  worstOf,
} from '../verify/index.ts'
import { isFirst, type PathsNow, pathsNow, unlikelyClock, wrongTime } from './here-and-now.ts'

export interface SelfCheckOptions {
  /** The commitment to the subjects: for a million of them it takes a second to compute. */
  readonly commitment: Uint8Array
  readonly trustAnchors: readonly Uint8Array[]
  readonly verifySignature: VerifySignature
  /** How many witnesses have to count; left out for one witness, where there is nothing to count. */
  readonly quorum?: number
  /** How many guards have to count, which is all of them; left out without any. */
  readonly guards?: number
  /** Whether windows alone are asked for. */
  readonly window: boolean
  /** The seconds that a server's clock may be off this one. */
  readonly maxSkew: number
  readonly noClock: boolean
  /** Whether to take what an old version of TLS can't help. */
  readonly allowWeak: boolean
}

export interface OwnJudgement {
  readonly report: Report
  /** Empty when the statement is good; without a host when no witness is at fault. */
  readonly faults: readonly { readonly host?: string; readonly error: RefusalError }[]
  /** DER of the trust anchors that the paths ended at, each once. */
  readonly anchors: readonly Uint8Array[]
}

/** Runs the verifier as the statement's first reader would, who accepts just these witnesses. */
export function checkOwnStatement(
  statement: SignedStatement,
  options: SelfCheckOptions,
): OwnJudgement {
  const { commitment, trustAnchors, verifySignature, quorum, guards, window } = options
  const hosts = new Set(statement.rounds.map(({ host }) => host))
  const report = verifyStatement(statement, {
    digests: statement.subjects,
    trustAnchors,
    witnesses: [...hosts],
    ...(quorum !== undefined && { quorum }),
    ...(guards !== undefined && { guards }),
    window,
    verifySignature,
    commitment,
  })
  const { localTime } = statement.unsigned
  const paths = new Map(
    report.witnesses.map(({ host }) => {
      const own = statement.rounds.filter((round) => round.host === host)
      return [host, pathsNow(own, localTime, options)]
    }),
  )
  const faults = faultsOf(report, { localTime, paths }, options)
  const anchors = [...paths.values()].flatMap((each) => each.anchors)
  return { report, faults, anchors: anchors.filter((_, i) => isFirst(i, anchors)) }
}

/**
 * Judges a witness by its first round, before there is a chain: what no later round could mend. Undefined when it is good so
 * far.
 */
export function faultOfFirst(
  round: Round,
  localTime: Date,
  options: SelfCheckOptions,
): RefusalError | undefined {
  const { commitment, trustAnchors, verifySignature, noClock } = options
  const statement = {
    subjects: [{ name: 'commitment', sha256: commitment }],
    // As if it went on like this: a path is judged at no other time than that of a clock
    rounds: noClock ? [round] : [round, round, round],
    unsigned: { localTime, tool: '' },
  }
  const { checks, witnesses } = verifyStatement(statement, {
    trustAnchors,
    witnesses: [round.host],
    statementOnly: true,
    verifySignature,
    commitment,
  })
  const [witness] = witnesses
  if (witness === undefined) return refusal(worstOf(checks))
  const path = pathsNow([round], localTime, options)
  const error = faultOfWitness(witness, { localTime, path }, options)
  return (error?.code === 'clock-skew' && unlikelyClock(witness, localTime)) || error
}

/** Picks whom to blame: a witness's own faults come before contradictions, which the others have a part in, and before guards'. */
function faultsOf(
  report: Report,
  { localTime, paths }: { readonly localTime: Date; readonly paths: ReadonlyMap<string, PathsNow> },
  options: SelfCheckOptions,
): OwnJudgement['faults'] {
  const refused = report.checks.find((each) => ALL_ROUNDS.has(each.id) && isRefused(each, options))
  if (refused) return [{ error: refusal(refused) }]
  const ownFaults = (witness: WitnessReport): OwnJudgement['faults'] => {
    const { host } = witness
    const error = faultOfWitness(witness, { localTime, path: paths.get(host) }, options)
    return error ? [{ host, error }] : []
  }
  const isGuard = ({ clock }: WitnessReport): boolean => clock === 'none' && !options.window
  const own = report.witnesses.filter((each) => !isGuard(each)).flatMap(ownFaults)
  if (own.length > 0) return own
  const contradicting = report.witnesses.flatMap(({ host, faults }) =>
    faults.filter(({ id }) => id === 'agreement').map((fault) => ({ host, error: refusal(fault) })),
  )
  if (contradicting.length > 0) return contradicting
  const guards = report.witnesses.filter(isGuard).flatMap(ownFaults)
  if (guards.length > 0) return guards
  const open = report.checks.find((each) => isRefused(each, options))
  return open ? [{ error: refusal(open) }] : []
}

/**
 * Picks what is wrong with a witness by itself: that it did not sign, then that it shows no clock or a wrong one, since a
 * certificate is not to blame for that; then its path now and at the time of its clock.
 */
function faultOfWitness(
  witness: WitnessReport,
  { localTime, path }: { readonly localTime: Date; readonly path: PathsNow | undefined },
  options: SelfCheckOptions,
): RefusalError | undefined {
  const faults = witness.faults.filter((each) => isRefused(each, options))
  const first = faults.find(({ id }) => BEFORE_TIME.has(id))
  const other = faults.find(({ id }) => id !== 'agreement')
  return (
    (first && refusal(first)) ??
    wrongTime(witness, localTime, options) ??
    path?.fault ??
    (other && refusal(other))
  )
}

function isRefused(
  { id, outcome, code }: Check,
  { noClock, allowWeak }: SelfCheckOptions,
): boolean {
  if (allowWeak && id === 'path' && WEAK_PATHS.has(code)) return false
  if (outcome !== 'unknown') return outcome === 'fail'
  if (noClock && (id === 'clock' || id === 'path' || id === 'quorum')) return false
  return !(allowWeak && (id === 'strength' || id === 'quorum'))
}

function refusal({ code, message }: Check): RefusalError {
  return new RefusalError(code, message)
}

/** The checks of a witness that no wrong clock can spoil, and that of the clock itself. */
const BEFORE_TIME: ReadonlySet<string> = new Set(['signatures', 'strength', 'clock'])

/** The checks of a statement as a whole, whoever its witnesses are. */
const ALL_ROUNDS: ReadonlySet<string> = new Set(['handshakes', 'commitment', 'chain'])

/** The faults of a path that an old server can't help. */
const WEAK_PATHS: ReadonlySet<string> = new Set(['weak-key', 'weak-algorithm'])
