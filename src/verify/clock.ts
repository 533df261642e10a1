// What the server times of a witness's rounds say together: whether a clock showed them, and what forging them takes.

/** The judgement of a witness's server times in a row. */
export type ClockJudgement = 'corroborated' | 'uncorroborated' | 'implausible'

/**
 * Judges the server times of one witness's rounds, in seconds since 1970: "implausible" when one is zero or a step is
 * less than -1 or more than 10 seconds; else "corroborated" for three or more, and "uncorroborated" for fewer, so that
 * nobody can cut a statement down to a cheaper one.
 */
export function judgeClock(serverTimes: readonly number[]): ClockJudgement {
  if (serverTimes.length === 0 || serverTimes.includes(0)) return 'implausible'
  const steps = serverTimes.slice(1).map((time, i) => time - (serverTimes[i] as number))
  if (steps.some((step) => step < MIN_STEP || step > MAX_STEP)) return 'implausible'
  return serverTimes.length >= MIN_ROUNDS ? 'corroborated' : 'uncorroborated'
}

/**
 * Computes how many handshakes a forger needs on average with a server that fills the time with random bytes: each round
 * after the first takes 2^32 over the 12 seconds that a step may end in, one round after the other. A single round
 * only has to fall into `validity` seconds, the end entity's lifetime.
 */
export function expectedTries(rounds: number, validity: number): number {
  const perRound = 2 ** 32 / (MAX_STEP - MIN_STEP + 1)
  return Math.round(rounds > 1 ? (rounds - 1) * perRound : 2 ** 32 / Math.max(1, validity))
}

/** Writes a server time, in seconds since 1970, as "2026-01-31T12:00:00Z". */
function showClock(serverTime: number): string {
  return `${new Date(serverTime * 1000).toISOString().slice(0, 19)}Z`
}

/** Says which times the rounds show; zero is no time, but what some servers send in place of it. */
export function showClocks(serverTimes: readonly number[]): string {
  return serverTimes.every((time) => time === 0)
    ? 'the server sends zero in place of the time'
    : serverTimes.map(showClock).join(', ')
}

/** The fewest rounds that corroborate a clock. */
const MIN_ROUNDS = 3

/** Seconds a clock may go back between rounds: servers behind one name are not exactly in step. */
const MIN_STEP = -1

/** Seconds a round may take. */
const MAX_STEP = 10
