// One witness's rounds to what its word is worth (SPEC.md §5, §6): its clock, its certification path, its acceptance.

import { type MatchedName, matchedName } from '../x509/index.ts'
import { expectedTries, judgeClock, showClocks } from './clock.ts'
import type { WitnessCriteria } from './criteria.ts'
import { acceptedHosts, operatorOf } from './known-witnesses.ts'
import { checkPath, type JudgedPath, pathWindow } from './path.ts'
import { shownSecond } from './path-now.ts'
import {
  type Check,
  type CheckId,
  check,
  type Window,
  type WitnessReport,
  worstOf,
} from './report.ts'
import { checkIdentity, checkSignature, checkStrength, lifetime, type ReadRound } from './round.ts'

export interface JudgedWitness {
  readonly report: Omit<WitnessReport, 'counts' | 'faults'>
  readonly rounds: readonly ReadRound[]
  /** When each of the rounds can have been signed. */
  readonly windows: readonly (Window | null)[]
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

/** A witness of TLS 1.3 also answers for its windows, once they have been held against the others'. */
export type WitnessChecks = Readonly<Record<(typeof WITNESS_CHECKS)[number], Check>> & {
  readonly windows?: Check
}

/** Judges the rounds of one witness of TLS 1.0 to 1.2, at least one, in order. */
export function judgeClockWitness(
  rounds: readonly ReadRound[],
  criteria: WitnessCriteria,
): JudgedWitness {
  const [first] = rounds as [ReadRound]
  const times = serverTimesOf(rounds)
  const judgement = judgeClock(times)
  const clock = checkClock(times, criteria.now)
  const isCredible = judgement === 'corroborated'
  const timesOf = (round: ReadRound): number[] =>
    isCredible ? serverTimesOf([round]).map((time) => time * 1000) : []
  return judge(rounds, criteria, {
    judgement: clock.outcome === 'fail' ? 'implausible' : judgement,
    expectedTries:
      judgement === 'implausible' ? 1 : expectedTries(rounds.length, lifetime(first.endEntity)),
    clock,
    path: checkPath(rounds, timesOf, criteria),
    windows: rounds.map((round) => {
      const [time] = timesOf(round)
      return time === undefined ? null : { notBefore: new Date(time), notAfter: new Date(time) }
    }),
    claimed: judgement === 'implausible' ? null : new Date((times[0] as number) * 1000),
  })
}

/**
 * Judges the rounds of a guard: a witness of TLS 1.3 among clock witnesses, whose path has to be good at the clock times
 * (milliseconds) beside each of its rounds.
 */
export function judgeGuard(
  rounds: readonly ReadRound[],
  timesBeside: (round: ReadRound) => readonly number[],
  criteria: WitnessCriteria,
): JudgedWitness {
  return judge(rounds, criteria, {
    ...NO_CLOCK,
    clock: check('clock', 'pass', 'no-clock'),
    path: checkPath(rounds, timesBeside, criteria),
    windows: rounds.map((round) => pathWindow(round, timesBeside(round), criteria)),
  })
}

/** Judges the rounds of a witness of TLS 1.3 in a chain without any clock, by its windows alone. */
export function judgeWindowWitness(
  rounds: readonly ReadRound[],
  criteria: WitnessCriteria,
): JudgedWitness {
  const windows = rounds.map((round) => pathWindow(round, [], criteria))
  const timesOf = (round: ReadRound): number[] => {
    const window = windows[rounds.indexOf(round)] ?? round.endEntity
    return window ? [window.notBefore.getTime(), window.notAfter.getTime()] : []
  }
  return judge(rounds, criteria, {
    ...NO_CLOCK,
    clock: criteria.window
      ? check('clock', 'pass', 'window-alone')
      : check('clock', 'unknown', 'no-clock'),
    path: checkPath(rounds, timesOf, criteria),
    windows,
  })
}

/** What differs between the kinds of witnesses. */
interface Timing {
  readonly judgement: WitnessReport['clock']
  readonly expectedTries: number | null
  readonly clock: Check
  readonly path: JudgedPath
  readonly windows: readonly (Window | null)[]
  readonly claimed: Date | null
}

const NO_CLOCK = { judgement: 'none', expectedTries: null, claimed: null } as const

function judge(
  rounds: readonly ReadRound[],
  { verifySignature, budget, witnesses }: WitnessCriteria,
  { judgement, expectedTries, clock, path, windows, claimed }: Timing,
): JudgedWitness {
  const { host, port } = (rounds[0] as ReadRound).round
  return {
    report: {
      host,
      operator: operatorOf(host) ?? null,
      port,
      clock: judgement,
      expectedTries,
      rounds: rounds.map(({ serverTime, handshake: { scheme, group } }, i) => ({
        serverTime: serverTime === undefined ? null : new Date(serverTime * 1000),
        window: windows[i] ?? null,
        scheme,
        group,
      })),
      path: path.certificates,
      matchedNames: matchedNames(rounds),
      expiresFirst: path.expiresFirst ?? null,
      missingAnchor: path.missingAnchor ?? null,
    },
    rounds,
    windows,
    claimed,
    checks: {
      signatures: worstOf(
        rounds.map((round) => checkSignature(round, verifySignature, budget.spend)),
      ),
      strength: worstOf(rounds.map(checkStrength)),
      clock,
      path: path.check,
      identity: worstOf(rounds.map(checkIdentity)),
      witness: checkAcceptance(host, witnesses),
    },
  }
}

/** Collects the server times of those rounds that show one, in seconds since 1970. */
export function serverTimesOf(rounds: readonly ReadRound[]): readonly number[] {
  return rounds.flatMap(({ serverTime }) => serverTime ?? [])
}

/** A claim may be ahead of the caller's clock by as much as `sign` allows a server to be off by default. */
const CLOCK_TOLERANCE = 3600

function checkClock(times: readonly number[], now?: Date): Check {
  const judgement = judgeClock(times)
  if (judgement !== 'corroborated') {
    return check('clock', 'unknown', judgement, showClocks(times))
  }
  const first = times[0] as number
  if (now !== undefined && first > now.getTime() / 1000 + CLOCK_TOLERANCE) {
    const ahead = Math.round(first - now.getTime() / 1000)
    const here = `the time here, ${shownSecond(now)}: check this machine's clock`
    const particulars = `${shownSecond(new Date(first * 1000))} is ${ahead} seconds ahead of ${here}`
    return check('clock', 'fail', 'in-the-future', particulars)
  }
  return check('clock', 'pass', 'corroborated', `${times.length} rounds`)
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

function checkAcceptance(host: string, accepted?: readonly string[]): Check {
  return acceptedHosts(accepted).includes(host)
    ? check('witness', 'pass', 'accepted', host)
    : check('witness', 'unknown', 'not-accepted', host)
}
