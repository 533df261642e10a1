// The timers of this process by a clock that the test turns: what happens when is exact, however slow the machine.

import { syncBuiltinESMExports } from 'node:module'
import timersPromises, { setImmediate } from 'node:timers/promises'

export interface TurnedClock {
  /** Lets so many milliseconds pass: what is due by then runs, in the order of its time. */
  turn(milliseconds: number): void
  /** Milliseconds of each pause that was awaited; none of them takes any time. */
  readonly pauses: readonly number[]
  /** Puts the machine's own timers back. */
  [Symbol.dispose](): void
}

/** A timer as setTimeout gives it, as far as anybody here uses one. */
class TurnedTimer {
  due = 0
  readonly #clock: Clock
  readonly #milliseconds: number
  readonly run: () => void

  constructor(clock: Clock, run: () => void, milliseconds: number) {
    this.#clock = clock
    this.#milliseconds = milliseconds
    this.run = run
    this.refresh()
  }

  refresh(): this {
    this.due = this.#clock.now + this.#milliseconds
    this.#clock.timers.add(this)
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}

interface Clock {
  now: number
  readonly timers: Set<TurnedTimer>
}

/** Puts a clock that stands still in the place of the machine's, for setTimeout and the pauses of node:timers/promises. */
export function turnedClock(): TurnedClock {
  const clock: Clock = { now: 0, timers: new Set() }
  const pauses: number[] = []
  const own = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout }
  const ownPause = timersPromises.setTimeout
  const set = (run: (...given: unknown[]) => void, milliseconds = 0, ...given: unknown[]) =>
    new TurnedTimer(clock, () => run(...given), milliseconds)
  // A socket of an earlier test may close only now, and its timer is the machine's
  const clear = (timer: TurnedTimer | NodeJS.Timeout | undefined): void => {
    if (timer instanceof TurnedTimer) clock.timers.delete(timer)
    else own.clearTimeout(timer)
  }
  Object.assign(globalThis, { setTimeout: set, clearTimeout: clear })
  setPause(async (milliseconds = 0) => void pauses.push(milliseconds))
  return {
    pauses,
    turn: (milliseconds) => {
      const end = clock.now + milliseconds
      for (let next = dueBy(clock, end); next; next = dueBy(clock, end)) {
        clock.now = next.due
        clock.timers.delete(next)
        next.run()
      }
      clock.now = end
    },
    [Symbol.dispose]: () => {
      Object.assign(globalThis, own)
      setPause(ownPause)
    },
  }
}

function setPause(pause: (milliseconds?: number) => Promise<unknown>): void {
  Object.assign(timersPromises, { setTimeout: pause })
  syncBuiltinESMExports()
}

function dueBy({ timers }: Clock, end: number): TurnedTimer | undefined {
  return [...timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0]
}

/** What has come of it after the event loop has gone round a few times. */
export async function soFar<Result>(promise: Promise<Result>): Promise<Result | 'waiting'> {
  const rounds = async (): Promise<'waiting'> => {
    for (let i = 0; i < 20; i++) await setImmediate()
    return 'waiting'
  }
  return Promise.race([promise, rounds()])
}
