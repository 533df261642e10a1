// One chain of rounds over one commitment to a report (SPEC.md §6, §11): a statement's own chain, or a renewal's.

import { equal } from '../encoding/index.ts'
import { isTls13Round, nextClientRandom, type Round } from '../statement/index.ts'
import type { ChainCriteria } from './criteria.ts'
import { compareWitnesses, groupGuards, type WitnessComparison } from './quorum.ts'
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
import { checkWindows, mergeWindows } from './windows.ts'
import {
  type JudgedWitness,
  judgeClockWitness,
  judgeGuard,
  judgeWindowWitness,
  serverTimesOf,
  WITNESS_CHECKS,
} from './witness.ts'

/** Judges a chain by every check except those on subjects and renewals. */
export function judgeChain(
  rounds: readonly Round[],
  isCommitment: (clientRandom: Uint8Array) => boolean,
  criteria: ChainCriteria,
): ChainReport {
  const read = readRounds(rounds, criteria.budget)
  const handshakes = read.filter((round) => 'handshake' in round)
  const groups = groupByHost(handshakes)
  const faults = [...read.filter((round) => 'outcome' in round), ...groups.flatMap(twoKinds)]
  if (faults.length > 0) {
    const rest = AFTER_HANDSHAKES.map((id) => check(id, 'unknown', 'not-reached'))
    const time = { claimed: null, notBefore: null, notAfter: null }
    return { time, witnesses: [], independent: 0, guards: 0, checks: [worstOf(faults), ...rest] }
  }
  const { witnesses, comparison, quorum, heard } = judgeWitnesses(groups, criteria)
  const guards = judgeGuards(groups, witnesses, heard, criteria)
  const parties = groupGuards(guards, witnesses, heard)
  const isIndependent = (guard: JudgedWitness): boolean => parties.flat().includes(guard)
  const counted = guards.filter((guard) => {
    return isIndependent(guard) && Object.values(guard.checks).every(passes)
  })
  const guardCount = parties.filter((own) => own.some((guard) => counted.includes(guard))).length
  const enough = criteria.guards !== undefined && guardCount >= criteria.guards
  const heardGuards = enough ? counted : guards.filter(({ checks }) => passes(checks.witness))
  const all = [...witnesses, ...guards].sort((a, b) => firstIndex(a) - firstIndex(b))
  const merged = (among: readonly JudgedWitness[], pick: (one: JudgedWitness) => Check): Check =>
    mergeChecks(among.map(pick))
  const listened = [...heard, ...heardGuards]
  const checks = [
    check('handshakes', 'pass', 'consistent'),
    checkCommitment(handshakes, isCommitment),
    checkChain(handshakes),
    worstOf(all.map(({ checks: { signatures } }) => signatures)),
    merged(listened, ({ checks: { strength } }) => strength),
    merged(heard, ({ checks: { clock } }) => clock),
    merged(listened, ({ checks: { path } }) => path),
    merged(all, ({ checks: { identity } }) => identity),
    merged(listened, ({ checks: { witness } }) => witness),
    merged(heard, (witness) => comparison.agreement[witnesses.indexOf(witness)] as Check),
    mergeWindows(all.flatMap(({ checks: { windows } }) => windows ?? [])),
    checkGuards(quorum, guardCount, criteria.guards),
  ]
  return {
    time: claimedTime(heard),
    witnesses: all.map((witness) => {
      const { report, checks: own } = witness
      const i = witnesses.indexOf(witness)
      const agreement = comparison.agreement[i]
      const further = i < 0 && !isIndependent(witness) ? [NOT_INDEPENDENT] : (agreement ?? [])
      const faults = [...Object.values(own), further].flat().filter((each) => !passes(each))
      const counts = i < 0 ? counted.includes(witness) : comparison.counts[i] === true
      return { ...report, counts, faults }
    }),
    independent: comparison.independent,
    guards: guardCount,
    checks,
  }
}

const NOT_INDEPENDENT: Check = check('windows', 'unknown', 'not-independent')

/** Names a host whose rounds are of both kinds: TLS 1.3 rounds beside those that show a clock. */
function twoKinds(own: readonly ReadRound[]): readonly Check[] {
  const kinds = new Set(own.map(({ round }) => isTls13Round(round)))
  return kinds.size > 1
    ? [check('handshakes', 'fail', 'two-kinds', own[0]?.round.host as string)]
    : []
}

interface JudgedWitnesses {
  readonly witnesses: readonly JudgedWitness[]
  readonly comparison: WitnessComparison
  readonly quorum: Check
  readonly heard: readonly JudgedWitness[]
}

/** Judges those that say when: the clock witnesses, or in a chain without any clock the witnesses of TLS 1.3. */
function judgeWitnesses(
  groups: readonly (readonly ReadRound[])[],
  criteria: ChainCriteria,
): JudgedWitnesses {
  const clocks = groups.filter((own) => !isGuard(own))
  const witnesses =
    clocks.length > 0
      ? clocks.map((own) => judgeClockWitness(own, criteria))
      : withWindows(
          groups.map((own) => judgeWindowWitness(own, criteria)),
          [],
        )
  const comparison = compareWitnesses(witnesses)
  const quorum = checkQuorum(comparison, criteria.quorum)
  const heard = chooseHeard(comparison, witnesses, criteria.quorum !== undefined && passes(quorum))
  return { witnesses, comparison, quorum, heard }
}

/** Judges the witnesses of TLS 1.3 among clock witnesses, by the times of those that are heard. */
function judgeGuards(
  groups: readonly (readonly ReadRound[])[],
  witnesses: readonly JudgedWitness[],
  heard: readonly JudgedWitness[],
  criteria: ChainCriteria,
): readonly JudgedWitness[] {
  if (witnesses.some(({ report }) => report.clock === 'none')) return []
  const clocks = heard
    .filter(({ checks }) => passes(checks.clock))
    .flatMap(({ rounds }) => rounds)
    .sort((a, b) => a.index - b.index)
  const timesBeside = ({ index }: ReadRound): readonly number[] => {
    const before = clocks.findLast((round) => round.index < index)
    const after = clocks.find((round) => round.index > index)
    return serverTimesOf([before ?? [], after ?? []].flat()).map((time) => time * 1000)
  }
  const guards = groups.filter(isGuard).map((own) => judgeGuard(own, timesBeside, criteria))
  return withWindows(guards, heard)
}

function withWindows(
  guards: readonly JudgedWitness[],
  clocks: readonly JudgedWitness[],
): readonly JudgedWitness[] {
  const windows = checkWindows(guards, clocks)
  return guards.map((guard, i) => {
    return { ...guard, checks: { ...guard.checks, windows: windows[i] as Check } }
  })
}

function isGuard(own: readonly ReadRound[]): boolean {
  return own.some(({ round }) => isTls13Round(round))
}

function firstIndex({ rounds }: JudgedWitness): number {
  return rounds[0]?.index ?? 0
}

/** The checks of judgeChain that need readable handshakes. */
const AFTER_HANDSHAKES: readonly CheckId[] = [
  'commitment',
  'chain',
  ...WITNESS_CHECKS,
  'agreement',
  'windows',
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

function checkQuorum({ counts, independent }: WitnessComparison, asked: number | undefined): Check {
  if (asked === undefined) {
    return check('quorum', 'pass', 'no-quorum-asked')
  }
  const shared =
    counts.filter((each) => each).length > independent
      ? '; the others share a key or an operator'
      : ''
  const found = `${independent} of ${asked} requested${shared}`
  return independent >= asked
    ? check('quorum', 'pass', 'quorum-met', found)
    : check('quorum', 'unknown', 'quorum-not-met', found)
}

/** Lets the guards that were asked for decide, once the quorum is met. */
function checkGuards(quorum: Check, count: number, asked: number | undefined): Check {
  if (asked === undefined || !passes(quorum)) return quorum
  const found = `${count} of ${asked} requested`
  return count >= asked
    ? { ...quorum, message: `${quorum.message}; guards: ${found}` }
    : check('quorum', 'unknown', 'guards-not-met', found)
}

/** Takes the latest of the first rounds that each witness signed. */
function claimedTime(heard: readonly JudgedWitness[]): ClaimedTime {
  if (heard.every(({ report }) => report.clock === 'none')) return windowOf(heard)
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

/** Takes the widest window of the first rounds, which holds on each witness's word alone; none unless it was asked for. */
function windowOf(heard: readonly JudgedWitness[]): ClaimedTime {
  const windows = heard.flatMap(({ windows }) => windows[0] ?? [])
  const isClaim =
    windows.length === heard.length && heard.every((each) => passes(each.checks.clock))
  if (!isClaim) return { claimed: null, notBefore: null, notAfter: null }
  const begins = windows.map(({ notBefore }) => notBefore.getTime())
  const ends = windows.map(({ notAfter }) => notAfter.getTime())
  return {
    claimed: null,
    notBefore: new Date(Math.min(...begins)),
    notAfter: new Date(Math.max(...ends)),
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
    const expected = nextClientRandom(commitment, previous.round)
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
