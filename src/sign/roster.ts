// The witnesses of a chain that is under way: who is asked, who was left out and why, and who comes in instead.

import type { TlsStampError } from '../errors.ts'
import { ofGuard, ofWitness, tooFew } from './faults.ts'
import { type Ask, type Panel, type Seat, seatAnother } from './panel.ts'
import type { Plan } from './plan.ts'
import type { PlannedWitness } from './rounds.ts'

/** A witness that was left out, and why. */
export interface DroppedWitness {
  readonly host: string
  readonly port: number
  readonly error: TlsStampError
}

export class Roster {
  readonly #plan: Plan
  readonly #ask: Ask
  readonly #fastest: number
  #seats: readonly Seat[]
  #named: readonly PlannedWitness[]
  readonly #dropped: DroppedWitness[] = []

  /** Throws the reason when the panel and the witnesses that are named are too few. */
  constructor(plan: Plan, { seats, failures, fastest }: Panel, ask: Ask) {
    this.#plan = plan
    this.#ask = ask
    this.#fastest = fastest
    this.#seats = seats
    this.#named = plan.witnesses
    for (const { witness, error } of failures) this.#note(witness, error)
    this.#requireEnough()
  }

  /** Those who sign in turn. */
  get witnesses(): readonly PlannedWitness[] {
    return [...this.#seats.map(({ witness }) => witness), ...this.#named]
  }

  /** Those who were left out and did not sign in the end, each host once. */
  get dropped(): readonly DroppedWitness[] {
    const signing = this.witnesses.map(({ address }) => address.host)
    const last = new Map(this.#dropped.map((each) => [each.host, each]))
    return [...last.values()].filter(({ host }) => !signing.includes(host))
  }

  /** Whether the witness stands for an operator, of which there may be other hosts. */
  isOfPanel(witness: PlannedWitness): boolean {
    return this.#seats.some((seat) => seat.witness === witness)
  }

  /** Goes on without a witness, or with another host of its operator. Throws the reason when that can't be. */
  async leaveOut(witness: PlannedWitness, error: TlsStampError): Promise<void> {
    const { guards, needsNamed, quorum } = this.#plan
    if (guards.includes(witness)) throw ofGuard(witness, error)
    const seat = this.#seats.find((each) => each.witness === witness)
    if (seat === undefined) {
      const isNeeded = needsNamed || this.witnesses.length <= quorum
      const isAlone = this.witnesses.length + guards.length === 1
      if (isNeeded) throw ofWitness(witness, error, isAlone)
      this.#named = this.#named.filter((other) => other !== witness)
      this.#note(witness, error)
      return
    }
    this.#note(witness, error)
    const { seat: another, failures } = await seatAnother(seat, this.#fastest, this.#ask)
    for (const failure of failures) this.#note(failure.witness, failure.error)
    this.#seats = this.#seats.flatMap((each) => (each === seat ? (another ?? []) : each))
    this.#requireEnough()
  }

  #note({ address: { host, port } }: PlannedWitness, error: TlsStampError): void {
    this.#dropped.push({ host, port, error })
  }

  #requireEnough(): void {
    const able = this.witnesses.length
    const { quorum, operators } = this.#plan
    if (operators.length > 0 && able < quorum) throw tooFew(this.#dropped, { able, quorum })
  }
}
