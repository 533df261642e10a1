// Scenarios of several witnesses that contradict each other: what a majority is, and whom it convicts (SPEC.md §11); and
// how the verifier may spell those that it accepts.

import type { EndEntity } from '../../support/make/end-entity.ts'
import {
  HOST,
  inTurn,
  makeStatement,
  type RoundPlan,
  roundsAt,
  TIME,
} from '../../support/make/statements.ts'
import { issue, trustAnchors, witness } from './authority.ts'
import type { Scenario } from './scenario.ts'

const HOSTS = [HOST, 'second.test', 'third.test', 'fourth.test']
const own: readonly EndEntity[] = HOSTS.map((host) =>
  host === HOST ? witness : issue({ subject: host, dnsNames: [host] }),
)
const HOURS = 4 * 3600

/** Three rounds of the witness of this number, whose clock is off by so many seconds. */
function of(i: number, off: number): RoundPlan[] {
  const [endEntity, host] = [own[i] as EndEntity, HOSTS[i] as string]
  return roundsAt(endEntity, [TIME + off, TIME + off, TIME + off], { host })
}

const half = inTurn(of(0, 0), of(1, 1), of(2, HOURS), of(3, 2 * HOURS))
/** The first contradicts nobody, the second and the third each other. */
const between = [...of(0, 0), ...inTurn(of(1, HOURS), of(2, 1))]

const ONE_LIES = { agreement: 'fail one-lies' } as const
const NOT_MET = { quorum: 'unknown quorum-not-met' } as const
const base = { trustAnchors, witnesses: HOSTS }

export const majorities: readonly Scenario[] = [
  {
    ...base,
    name: 'fails-half-agree',
    description:
      'Two of four agree, and the other two contradict everybody: exactly half is no majority, and convicts nobody.',
    statement: makeStatement({ rounds: half }),
    findings: ONE_LIES,
  },
  {
    ...base,
    name: 'fails-half-agree-quorum-of-two',
    description: 'Two are asked for, but the two that agree do not count.',
    statement: makeStatement({ rounds: half }),
    quorum: 2,
    findings: { ...ONE_LIES, ...NOT_MET },
  },
  {
    ...base,
    name: 'fails-in-some-of-the-largest-sets',
    description:
      'The second and the third contradict each other, and the first neither: each of the two is in one of the two largest sets, so nobody knows which lies.',
    statement: makeStatement({ rounds: between }),
    findings: ONE_LIES,
  },
  {
    ...base,
    name: 'passes-in-all-of-the-largest-sets',
    description: 'One is asked for: the first is in both of the largest sets, and counts.',
    statement: makeStatement({ rounds: between }),
    quorum: 1,
    findings: { agreement: 'pass agree', quorum: 'pass quorum-met' },
  },
  {
    ...base,
    name: 'fails-in-some-of-the-largest-sets-quorum-of-two',
    description: 'Two are asked for, and only the first counts.',
    statement: makeStatement({ rounds: between }),
    quorum: 2,
    findings: { ...ONE_LIES, ...NOT_MET },
  },
  {
    name: 'passes-witness-in-upper-case-with-dot',
    description: 'The verifier spells the host in upper case and with a dot at its end.',
    statement: makeStatement({ rounds: of(0, 0) }),
    trustAnchors,
    witnesses: [`${HOST.toUpperCase()}.`],
  },
]
