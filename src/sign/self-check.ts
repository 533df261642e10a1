// What `sign` asks of its own statement before anybody gets it (SPEC.md §7): the verifier's word, its own clock's, and
// which trust anchors it took.

import { createHash } from 'node:crypto'
import { equal, instant } from '../encoding/index.ts'
import { RefusalError } from '../errors.ts'
import type { VerifySignature } from '../signature/index.ts'
import { type Round, readRoundHandshake, type SignedStatement } from '../statement/index.ts'
import {
  type Check,
  failedPath,
  type Report,
  verifyStatement,
  type WitnessReport,
  worstOf,
} from '../verify/index.ts'
import { type PathInput, validatePath } from '../x509/index.ts'

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
  const faults = faultsOf(report, statement, options)
  if (faults.length > 0) return { report, faults, anchors: [] }
  const anchors =
    report.verdict === 'passed' ? anchorsOf(report, trustAnchors) : anchorsNow(statement, options)
  return { report, faults, anchors }
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
  const wrong = noClock ? undefined : wrongTime(witness, localTime, options)
  if (wrong) return unlikelyClock(witness, localTime) ?? wrong
  const fault = witness.faults.find((each) => isRefused(each, options))
  return fault && refusal(fault)
}

/** Tells random bytes from a clock that is wrong, as far as one round shows it. */
function unlikelyClock(
  { rounds: [first] }: WitnessReport,
  localTime: Date,
): RefusalError | undefined {
  const time = first?.serverTime
  if (!time || Math.abs(time.getTime() - localTime.getTime()) <= LIKELY_SKEW) return undefined
  const message = `the server shows no clock: ${instant(time)} stands where the time belongs`
  return new RefusalError('implausible', message)
}

/** Picks whom to blame: a witness's own faults come before contradictions, which the others have a part in, and before guards'. */
function faultsOf(
  report: Report,
  { unsigned }: SignedStatement,
  options: SelfCheckOptions,
): OwnJudgement['faults'] {
  const refused = report.checks.find((each) => ALL_ROUNDS.has(each.id) && isRefused(each, options))
  if (refused) return [{ error: refusal(refused) }]
  const ownFaults = (witness: WitnessReport): OwnJudgement['faults'] => {
    const fault = witness.faults.find((each) => each.id !== 'agreement' && isRefused(each, options))
    const error = fault ? refusal(fault) : wrongTime(witness, unsigned.localTime, options)
    return error ? [{ host: witness.host, error }] : []
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

/** Holds what a witness shows of the time against this machine's clock: its own clock, or its window when that is all there is. */
function wrongTime(
  { clock, rounds: [first] }: WitnessReport,
  localTime: Date,
  { maxSkew, window }: SelfCheckOptions,
): RefusalError | undefined {
  if (clock === 'none' && window && first?.window) {
    const { notBefore, notAfter } = first.window
    if (notBefore <= localTime && localTime.getTime() < notAfter.getTime() + 1000) return undefined
    const message = `this clock is outside the window of the server's certificates, ${instant(notBefore)} to ${instant(notAfter)}`
    return new RefusalError('outside-window', message)
  }
  const claimed = first?.serverTime
  if (clock !== 'corroborated' || !claimed) return undefined
  const skew = Math.round((claimed.getTime() - localTime.getTime()) / 1000)
  if (Math.abs(skew) <= maxSkew) return undefined
  const side = skew > 0 ? 'ahead of' : 'behind'
  const message = `the server's clock is ${Math.abs(skew)} seconds ${side} this one, more than ${maxSkew}`
  return new RefusalError('clock-skew', message)
}

/** Picks the trust anchors at the ends of the paths in the report. */
function anchorsOf({ witnesses }: Report, trustAnchors: readonly Uint8Array[]): Uint8Array[] {
  const ends = new Set(witnesses.map(({ path }) => path.at(-1)?.fingerprint))
  const used = new Set<string>()
  return trustAnchors.filter((anchor) => {
    const fingerprint = createHash('sha256').update(anchor).digest('hex')
    if (!ends.has(fingerprint) || used.has(fingerprint)) return false
    used.add(fingerprint)
    return true
  })
}

/** Judges paths here and now where the verifier did not reach their ends: they must be good except for what is weak. */
function anchorsNow(
  { rounds, unsigned }: SignedStatement,
  { trustAnchors, verifySignature, allowWeak }: SelfCheckOptions,
): Uint8Array[] {
  const trust: Pick<PathInput, 'trustAnchors' | 'verifySignature' | 'allowWeak'> = {
    trustAnchors,
    verifySignature,
    allowWeak,
  }
  const anchors: Uint8Array[] = []
  const distinct = rounds.filter(
    ({ certificate }, i) =>
      !rounds.slice(0, i).some((other) => equal(other.certificate, certificate)),
  )
  for (const round of distinct) {
    const [endEntity, ...intermediates] = readRoundHandshake(round).certificates
    const path = validatePath({ endEntity, intermediates, time: unsigned.localTime, ...trust })
    if (path.outcome === 'fail') throw new RefusalError(path.code, failedPath(path).message)
    const anchor = path.path.at(-1)
    if (anchor && !anchors.some((other) => equal(other, anchor))) anchors.push(anchor)
  }
  return anchors
}

/** Milliseconds that the clocks of running servers may be off: most random bytes are years off. */
const LIKELY_SKEW = 7 * 86_400_000

/** The checks of a statement as a whole, whoever its witnesses are. */
const ALL_ROUNDS: ReadonlySet<string> = new Set(['handshakes', 'commitment', 'chain'])

/** The faults of a path that an old server can't help. */
const WEAK_PATHS: ReadonlySet<string> = new Set(['weak-key', 'weak-algorithm'])
