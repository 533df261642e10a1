// Statements whose last round, the third, is off in one way.

import type { CheckId } from '../../../src/verify/report.ts'
import type { Finding } from '../../support/harness/vector.ts'
import { type MessageName, replaceBody } from '../../support/make/flight.ts'
import {
  HOST,
  makeStatement,
  type RoundPlan,
  roundsAt,
  TIME,
} from '../../support/make/statements.ts'
import { trustAnchors, witness } from './authority.ts'
import type { Scenario } from './scenario.ts'

export type Findings = Partial<Record<CheckId, Finding>>

/** What is off, and what it leads to. */
export type Case = readonly [name: string, description: string, off: Partial<RoundPlan>]
export type JudgedCase = readonly [...Case, Findings]

/** One scenario per case; `outcome` begins its name. */
export function toScenarios(outcome: string, cases: readonly JudgedCase[]): Scenario[] {
  return cases.map(([name, description, off, findings]) => {
    const { endEntity = witness } = off
    const rounds = [...roundsAt(endEntity, [TIME, TIME]), { endEntity, time: TIME, ...off }]
    return {
      name: `${outcome}-${name}`,
      description,
      statement: makeStatement({ rounds }),
      trustAnchors,
      ...(off.host !== undefined && { witnesses: [HOST, off.host] }),
      findings,
    }
  })
}

/** The round with the body of one message changed after it was signed. */
export function body(
  name: MessageName,
  change: (body: Uint8Array) => Uint8Array,
): Partial<RoundPlan> {
  return { edit: (messages) => replaceBody(messages, name, change) }
}

export const plusByte = (bytes: Uint8Array): Uint8Array => Uint8Array.of(...bytes, 0)
