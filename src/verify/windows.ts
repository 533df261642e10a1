// When each round can have been signed, and whether the chain's order is possible then (SPEC.md §11).

import { instant } from '../encoding/index.ts'
import { type Check, check, type Window } from './report.ts'
import type { ReadRound } from './round.ts'
import type { JudgedWitness } from './witness.ts'

/** A round whose window is known. */
export interface WindowedRound {
  readonly read: ReadRound
  readonly window: Window
}

/** Collects the rounds of a witness whose windows are known. */
export function windowedRounds({ rounds, windows }: JudgedWitness): readonly WindowedRound[] {
  return rounds.flatMap((read, i) => {
    const window = windows[i]
    return window ? [{ read, window }] : []
  })
}

/**
 * Tells whether two rounds of different hosts can't have been signed one after the other: the earlier one's window
 * begins more than 10 seconds after the later one's has ended.
 */
export function contradict(earlier: WindowedRound, later: WindowedRound): boolean {
  if (earlier.read.round.host === later.read.round.host) return false
  return earlier.window.notBefore.getTime() > later.window.notAfter.getTime() + TOLERANCE
}

/** Names two rounds that contradict each other, and what each one says. */
export function describeContradiction(earlier: WindowedRound, later: WindowedRound): string {
  return `${claimOf(earlier, 'notBefore')}, but ${claimOf(later, 'notAfter')}`
}

function claimOf({ read, window }: WindowedRound, bound: keyof Window): string {
  const { index, round, serverTime } = read
  const time = instant(window[bound])
  if (serverTime !== undefined) return `${round.host} shows ${time} in round ${index}`
  const side = bound === 'notBefore' ? 'at or after' : 'at or before'
  return `${round.host} can only have signed round ${index} ${side} ${time}`
}

/**
 * Holds the witnesses of TLS 1.3 against each other and against the clock witnesses that are heard; gives the check
 * `windows` of each one. Those that are not accepted, or that did not sign, contradict nobody. A guard also has to be
 * followed by each clock witness: what comes last holds nothing back.
 */
export function checkWindows(
  guards: readonly JudgedWitness[],
  clocks: readonly JudgedWitness[],
): readonly Check[] {
  const voices = guards.filter(isVoice)
  const rounds = [...voices, ...clocks]
    .flatMap(windowedRounds)
    .sort((a, b) => a.read.index - b.read.index)
  return guards.map((guard) => {
    const own = voices.includes(guard) ? windowedRounds(guard) : []
    const others = rounds.filter(({ read }) => read.round.host !== guard.report.host)
    for (const mine of own) {
      for (const other of others) {
        const [earlier, later] = mine.read.index < other.read.index ? [mine, other] : [other, mine]
        if (contradict(earlier, later)) {
          const message = describeContradiction(earlier, later)
          return check('windows', 'fail', 'out-of-order', message)
        }
      }
    }
    const last = guard.rounds.at(-1)?.index ?? 0
    const unheard = clocks.find(({ rounds }) => (rounds.at(-1)?.index ?? 0) < last)
    if (unheard) {
      return check(
        'windows',
        'unknown',
        'not-followed',
        `${unheard.report.host} does not sign after ${guard.report.host}`,
      )
    }
    return own.length > 0 && others.length > 0
      ? check('windows', 'pass', 'in-order', guard.report.host)
      : check('windows', 'pass', 'no-windows')
  })
}

/** Concludes the check for the chain: a guard that is not followed guards nothing, which is no fault of the chain. */
export function mergeWindows(checks: readonly Check[]): Check {
  const fault = checks.find(({ outcome }) => outcome === 'fail')
  const inOrder = checks.find(({ code }) => code === 'in-order')
  return fault ?? (inOrder ? check('windows', 'pass', 'in-order') : NO_WINDOWS)
}

function isVoice({ checks: { signatures, strength, identity, witness } }: JudgedWitness): boolean {
  return [signatures, strength, identity, witness].every(({ outcome }) => outcome === 'pass')
}

export const NO_WINDOWS: Check = check('windows', 'pass', 'no-windows')

/** Milliseconds by which honest clocks may differ. */
const TOLERANCE = 10_000
