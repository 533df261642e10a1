// One chain of rounds over one commitment to a report (SPEC.md §6, §11): a statement's own chain, or a renewal's.

import { equal } from '../encoding/index.ts'
import type { Round } from '../statement/index.ts'
import { nextClientRandom } from '../statement/index.ts'
import { compareWitnesses, type WitnessComparison } from './quorum.ts'
import {
  type ChainReport,
  type Check,
  type CheckId,
  type ClaimedTime,
  check,
  mergeChecks,
  worstOf,
} from './report.ts'
import { type ReadRound, readRounds } from './round.ts'
import {
  type JudgedWitness,
  judgeWitness,
  WITNESS_CHECKS,
  type WitnessCriteria,
} from './witness.ts'

export interface ChainCriteria extends WitnessCriteria {
  /** How many witnesses have to count; default: all that are accepted. */
  readonly quorum?: number
}

/** Judges a chain by every check except those on subjects and renewals. */
export function judgeChain(
  rounds: readonly Round[],
  isCommitment: (clientRandom: Uint8Array) => boolean,
  criteria: ChainCriteria,
): ChainReport {
  const read = readRounds(rounds, criteria.budget)
  const faults = read.filter((round) => 'outcome' in round)
  if (faults.length > 0) {
    const rest = AFTER_HANDSHAKES.map((id) => check(id, 'unknown', 'not-reached'))
    const time = { claimed: null, notBefore: null, notAfter: null }
    return { time, witnesses: [], independent: 0, checks: [worstOf(faults), ...rest] }
  }
  const handshakes = read.filter((round) => 'handshake' in round)
  const witnesses = groupByHost(handshakes).map((own) => judgeWitness(own, criteria))
  const comparison = compareWitnesses(witnesses)
  const quorum = checkQuorum(comparison, witnesses, criteria.quorum)
  const heard = chooseHeard(comparison, witnesses, criteria.quorum !== undefined && passes(quorum))
  const merged = (pick: (witness: JudgedWitness) => Check): Check => mergeChecks(heard.map(pick))
  const checks = [
    check('handshakes', 'pass', 'consistent'),
    checkCommitment(handshakes, isCommitment),
    checkChain(handshakes),
    worstOf(witnesses.map(({ checks: { signatures } }) => signatures)),
    merged(({ checks: { strength } }) => strength),
    merged(({ checks: { clock } }) => clock),
    merged(({ checks: { path } }) => path),
    mergeChecks(witnesses.map(({ checks: { identity } }) => identity)),
    merged(({ checks: { witness } }) => witness),
    merged((witness) => comparison.agreement[witnesses.indexOf(witness)] as Check),
    quorum,
  ]
  return {
    time: claimedTime(heard),
    witnesses: witnesses.map(({ report, checks: own }, i) => {
      const all = [...Object.values(own), comparison.agreement[i] as Check]
      const faults = all.filter((each) => !passes(each))
      return { ...report, counts: comparison.counts[i] === true, faults }
    }),
    independent: comparison.independent,
    checks,
  }
}

/** The checks of judgeChain that need readable handshakes. */
const AFTER_HANDSHAKES: readonly CheckId[] = [
  'commitment',
  'chain',
  ...WITNESS_CHECKS,
  'agreement',
  'quorum',
]

/**
 * Chooses whose clock, path and acceptance the report is about: those that count when they are as many as were asked for;
 * otherwise every accepted witness, or else every one.
 */
function chooseHeard(
  { counts }: WitnessComparison,
  witnesses: readonly JudgedWitness[],
  enough: boolean,
): readonly JudgedWitness[] {
  if (enough) return witnesses.filter((_, i) => counts[i])
  const accepted = witnesses.filter(({ checks }) => passes(checks.witness))
  return accepted.length > 0 ? accepted : witnesses
}

function checkQuorum(
  { counts, independent }: WitnessComparison,
  witnesses: readonly JudgedWitness[],
  asked: number | undefined,
): Check {
  if (asked === undefined) {
    const accepted = witnesses.filter(({ checks }) => passes(checks.witness)).length
    return check('quorum', 'pass', 'no-quorum-asked', `${accepted} of ${witnesses.length}`)
  }
  const shared = counts.filter((each) => each).length > independent ? ', others share a key' : ''
  const found = `${independent} of ${asked}${shared}`
  return independent >= asked
    ? check('quorum', 'pass', 'quorum-met', found)
    : check('quorum', 'unknown', 'quorum-not-met', found)
}

/** Takes the latest of the first rounds that each witness signed. */
function claimedTime(heard: readonly JudgedWitness[]): ClaimedTime {
  const times = heard.map(({ claimed }) => claimed?.getTime() ?? Number.NaN)
  const [earliest, latest] = [Math.min(...times), Math.max(...times)]
  const claimed = Number.isFinite(latest) ? new Date(latest) : null
  const credible = claimed !== null && heard.every(({ checks }) => passes(checks.clock))
  return {
    claimed,
    notBefore: credible ? new Date(earliest) : null,
    notAfter: credible ? new Date(latest + 1000) : null,
  }
}

function checkCommitment(
  [first]: readonly ReadRound[],
  isCommitment: (clientRandom: Uint8Array) => boolean,
): Check {
  return first && isCommitment(first.handshake.clientRandom)
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

function groupByHost(rounds: readonly ReadRound[]): readonly (readonly ReadRound[])[] {
  const groups = new Map<string, ReadRound[]>()
  for (const read of rounds) {
    const group = groups.get(read.round.host)
    if (group) group.push(read)
    else groups.set(read.round.host, [read])
  }
  return [...groups.values()]
}

function passes({ outcome }: Check): boolean {
  return outcome === 'pass'
}
