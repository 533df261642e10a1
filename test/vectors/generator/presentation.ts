// Statements of a witness that presents certificates which are off in one way.

import type { CheckId } from '../../../src/verify/report.ts'
import type { Finding } from '../../support/harness/vector.ts'
import type { EndEntity } from '../../support/make/end-entity.ts'
import { makeStatement, roundsAt, TIME } from '../../support/make/statements.ts'
import { trustAnchors } from './authority.ts'
import type { Scenario } from './scenario.ts'

export type Case = readonly [
  name: string,
  description: string,
  presented: EndEntity,
  findings?: Partial<Record<CheckId, Finding>>,
  options?: Partial<Scenario>,
]

/** Its scenario: two rounds in one second, with `host` when that is not the usual one. */
export function presents(
  [name, description, presented, findings, options]: Case,
  host?: string,
): Scenario {
  const asked = host === undefined ? {} : { host }
  return {
    name,
    description,
    statement: makeStatement({ rounds: roundsAt(presented, [TIME, TIME, TIME], asked) }),
    trustAnchors,
    ...(findings && { findings }),
    ...(host !== undefined && { witnesses: [host] }),
    ...options,
  }
}
