// One host for each operator of the built-in list: all operators are asked at once for the first round of the chain, and the
// first host of each that signs well stands for it.

import { address } from '../encoding/index.ts'
import { NetworkError, type TlsStampError } from '../errors.ts'
import type { Round } from '../statement/index.ts'
import { openConnection } from '../system/index.ts'
import type { Operator } from './plan.ts'
import type { PlannedWitness, Waiting } from './rounds.ts'

/** Has a host sign the commitment, unless it is given up: one round that is good so far, or what is wrong. */
export type Ask = (host: PlannedWitness, signal: AbortSignal) => Promise<Round | TlsStampError>

/** A host that can't sign, and why. */
export interface Failure {
  readonly witness: PlannedWitness
  readonly error: TlsStampError
}

/** A host that stands for its operator. */
export interface Seat {
  readonly witness: PlannedWitness
  /** The operator's hosts that were not asked yet. */
  readonly spare: readonly PlannedWitness[]
}

export interface Panel {
  /** In the order of the operators; none for one of which no host can sign. */
  readonly seats: readonly Seat[]
  /** What the first of them signed, unless that was too long ago for a chain to go on. */
  readonly begun: readonly Round[]
  /** A connection to the second. */
  readonly ahead: Waiting | undefined
  readonly failures: readonly Failure[]
  /** Milliseconds that the fastest host took to connect and sign. */
  readonly fastest: number
}

/**
 * Asks all operators at once. None costs more than a share of its timeout, PATIENCE, beyond the time that the fastest takes, in
 * which its other hosts are asked too: as soon as one fails, or after a while without an answer.
 */
export async function seatPanel(operators: readonly Operator[], ask: Ask): Promise<Panel> {
  const began = performance.now()
  const all = operators.flatMap(({ hosts }) => hosts)
  const patience = new AbortController()
  const searches = operators.map(({ hosts }) => search(hosts, ask, patience.signal))
  const second = operators[1]?.hosts[0]
  const ahead = second && { host: second.address.host, connection: openConnection(second.address) }
  let isOfUse = false
  try {
    await firstFound(searches)
    const fastest = performance.now() - began
    const found = await atMost(shareOf(all, PATIENCE), patience, Promise.all(searches))
    const seated = found.flatMap(({ found }) => found ?? [])
    const [first, next] = seated
    const isFresh = first !== undefined && performance.now() - first.answered < FRESH
    isOfUse = isFresh && next?.witness === second
    return {
      seats: seated.map((each) => within(each, fastest)),
      begun: isFresh ? [first.round] : [],
      ahead: isOfUse ? ahead : undefined,
      failures: found.flatMap(({ failures }) => failures),
      fastest,
    }
  } finally {
    if (!isOfUse) ahead?.connection.close()
  }
}

/** Looks for another host of the same operator; undefined when none can sign in time. */
export async function seatAnother(
  { spare }: Seat,
  fastest: number,
  ask: Ask,
): Promise<{ readonly seat: Seat | undefined; readonly failures: readonly Failure[] }> {
  const patience = new AbortController()
  const searching = search(spare, ask, patience.signal)
  const { found, failures } = await atMost(
    shareOf(spare, LAST_PATIENCE) + fastest,
    patience,
    searching,
  )
  return { seat: found && within(found, fastest), failures }
}

interface Outcome {
  readonly found: (Seat & { readonly round: Round; readonly answered: number }) | undefined
  readonly failures: readonly Failure[]
}

/** Asks the hosts one after the other, with overlap, until one has signed or the signal ends it. */
function search(hosts: readonly PlannedWitness[], ask: Ask, signal: AbortSignal): Promise<Outcome> {
  const spare = [...hosts]
  const pending = new Set<PlannedWitness>()
  const failures: Failure[] = []
  const rest = new AbortController()
  let overlap: NodeJS.Timeout | undefined
  return new Promise((resolve, reject) => {
    const conclude = (good?: { readonly witness: PlannedWitness; readonly round: Round }): void => {
      clearTimeout(overlap)
      const late = [...pending].map((witness) => ({ witness, error: lateness(witness) }))
      const found = good && { ...good, spare, answered: performance.now() }
      // One that was asked later, in case it were needed, is not left out
      const isBefore = ({ witness }: Failure): boolean =>
        good === undefined || hosts.indexOf(witness) < hosts.indexOf(good.witness)
      resolve({ found, failures: [...failures, ...late].filter(isBefore) })
      rest.abort()
    }
    const next = (): void => {
      clearTimeout(overlap)
      const witness = spare.shift()
      if (witness === undefined) {
        if (pending.size === 0) conclude()
        return
      }
      pending.add(witness)
      overlap = setTimeout(next, shareOf(hosts, OVERLAP))
      ask(witness, rest.signal).then((answer) => {
        if (rest.signal.aborted) return
        pending.delete(witness)
        if (!(answer instanceof Error)) return conclude({ witness, round: answer })
        failures.push({ witness, error: answer })
        next()
      }, reject)
    }
    signal.addEventListener('abort', () => conclude())
    next()
  })
}

/** Waits for the first search that finds a host, or for all when none does. */
async function firstFound(searches: readonly Promise<Outcome>[]): Promise<void> {
  const finding = searches.map((each) => each.then(({ found }) => found ?? Promise.reject()))
  await Promise.any(finding).catch(() => undefined)
}

/** Waits for the result, and ends the wait for it after so many milliseconds. */
async function atMost<Result>(
  milliseconds: number,
  patience: AbortController,
  result: Promise<Result>,
): Promise<Result> {
  const timer = setTimeout(() => patience.abort(), milliseconds)
  return result.finally(() => clearTimeout(timer))
}

/** So much of the time, in milliseconds, that one connection may take: hosts of operators all have the same. */
function shareOf([host]: readonly PlannedWitness[], share: number): number {
  return host ? share * host.address.timeout : 0
}

/** The seat, with as much time for a round as no answer may cost. */
function within({ witness, spare }: Seat, fastest: number): Seat {
  const timeout = Math.min(witness.address.timeout, shareOf([witness], PATIENCE) + fastest)
  return { witness: { ...witness, address: { ...witness.address, timeout } }, spare }
}

function lateness({ address: target }: PlannedWitness): NetworkError {
  return new NetworkError('timeout', `${address(target)} did not answer in time`)
}

/** What an operator may cost beyond the time of the fastest, as shares of the timeout: at first, and when a host stands in. */
const PATIENCE = 0.15
const LAST_PATIENCE = 0.1

/** The same, without an answer, until the next host of the operator is asked as well. */
const OVERLAP = 0.05

/** Milliseconds after which a round is too old to go on from: the clock would seem to jump. */
const FRESH = 1000
