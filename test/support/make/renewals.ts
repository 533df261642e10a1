// Renews signed statements in memory, as SPEC.md §12 says.

import { renewalCommitments } from '../../../src/statement/encode.ts'
import type { Renewal, SignedStatement } from '../../../src/statement/statement.ts'
import type { EndEntity } from './end-entity.ts'
import { HOST, makeStatement, roundsAt, TIME } from './statements.ts'

/** The statement with one renewal more: an hour after TIME, or as many hours as there are renewals then. */
export function renewed(
  statement: SignedStatement,
  endEntity: EndEntity,
  { host = HOST, rounds: count = 3 }: { readonly host?: string; readonly rounds?: number } = {},
): SignedStatement {
  const { unsigned, renewals = [] } = statement
  const open: Renewal = { rounds: [], unsigned }
  const commitment = renewalCommitments({ ...statement, renewals: [...renewals, open] }).at(-1)
  if (commitment === undefined) throw new RangeError('expected a commitment for each renewal')
  const times = Array.from({ length: count }, () => TIME + 3600 * (renewals.length + 1))
  const { rounds } = makeStatement({ commitment, rounds: roundsAt(endEntity, times, { host }) })
  return { ...statement, renewals: [...renewals, { rounds, unsigned }] }
}
