// Scenarios about time: what corroborates a clock, and at which moment a certificate is judged (SPEC.md §5, §6).

import type { CheckId } from '../../../src/verify/report.ts'
import type { Finding } from '../../support/harness/vector.ts'
import { makeStatement, roundsAt, TIME } from '../../support/make/statements.ts'
import { issue, NOT_AFTER, NOT_BEFORE, trustAnchors, witness } from './authority.ts'
import type { Scenario } from './scenario.ts'

type Findings = Partial<Record<CheckId, Finding>>

const IMPLAUSIBLE: Findings = {
  clock: 'unknown implausible',
  path: 'unknown no-credible-time',
}

const STEPS: readonly [name: string, description: string, times: number[], findings?: Findings][] =
  [
    ['passes-clock-back-1s', 'A step of -1 second is allowed.', [TIME, TIME - 1, TIME - 1]],
    ['passes-clock-forward-10s', 'A step of 10 seconds is allowed.', [TIME, TIME + 10, TIME + 20]],
    ['passes-clock-back-and-forth', 'Each step is judged by itself.', [TIME, TIME - 1, TIME + 9]],
    ['indeterminate-clock-back-2s', 'A step of -2 seconds.', [TIME, TIME - 2], IMPLAUSIBLE],
    [
      'indeterminate-clock-back-in-last-round',
      'The first step is right, the second goes back 2 seconds.',
      [TIME, TIME + 1, TIME - 1],
      IMPLAUSIBLE,
    ],
    ['indeterminate-clock-step-11s', 'A step of 11 seconds.', [TIME, TIME + 11], IMPLAUSIBLE],
    ['indeterminate-clock-zero', 'A server that sends zeros.', [0, 0, 0], IMPLAUSIBLE],
    [
      'indeterminate-clock-zero-single-round',
      'One round of zeros.',
      [0],
      {
        ...IMPLAUSIBLE,
        chain: 'pass single-round',
      },
    ],
    [
      'indeterminate-clock-random',
      'A server that fills the field with random bytes.',
      [0x5f3759df, 0xc2b2ae35, 0x85ebca6b],
      IMPLAUSIBLE,
    ],
    [
      'indeterminate-clock-wraps',
      'From the last second that the field can hold to the first.',
      [2 ** 32 - 1, 4],
      IMPLAUSIBLE,
    ],
    [
      'indeterminate-two-rounds',
      'Two rounds in step, to be had for half the price of three.',
      [TIME, TIME + 1],
      { clock: 'unknown uncorroborated', path: 'unknown no-credible-time' },
    ],
    [
      'indeterminate-single-round-ground',
      'One round whose time lies within the validity of the certificate: 552 handshakes on average with a server that runs no clock.',
      [TIME],
      {
        chain: 'pass single-round',
        clock: 'unknown uncorroborated',
        path: 'unknown no-credible-time',
      },
    ],
  ]

const steps: Scenario[] = STEPS.map(([name, description, times, findings]) => ({
  name,
  description,
  statement: makeStatement({ rounds: roundsAt(witness, times) }),
  trustAnchors,
  ...(findings && { findings }),
}))

const seconds = (date: Date, plus = 0): number => date.getTime() / 1000 + plus
const steady = { statement: makeStatement({ rounds: roundsAt(witness) }), trustAnchors }
/** Three rounds, of which the last two have one time. */
const at = (first: number, last: number): Pick<Scenario, 'statement' | 'trustAnchors'> => ({
  statement: makeStatement({ rounds: roundsAt(witness, [first, last, last]) }),
  trustAnchors,
})

const moments: Scenario[] = [
  {
    name: 'passes-expired-since',
    description: 'The certificate has long expired at `now`, but was valid at the claimed time.',
    ...steady,
    now: new Date('2046-01-01T00:00:00Z'),
  },
  {
    name: 'passes-in-first-second',
    description: 'The claimed time is notBefore.',
    ...at(seconds(NOT_BEFORE), seconds(NOT_BEFORE)),
  },
  {
    name: 'passes-in-last-second',
    description: 'The claimed time is notAfter.',
    ...at(seconds(NOT_AFTER), seconds(NOT_AFTER)),
  },
  {
    name: 'fails-before-not-before',
    description:
      'The claimed time is a second before notBefore, though the certificate is valid at `now`.',
    ...at(seconds(NOT_BEFORE, -1), seconds(NOT_BEFORE, -1)),
    now: new Date('2026-02-01T00:00:00Z'),
    findings: { path: 'fail not-yet-valid' },
  },
  {
    name: 'fails-after-not-after',
    description: 'The claimed time is a second after notAfter.',
    ...at(seconds(NOT_AFTER, 1), seconds(NOT_AFTER, 1)),
    findings: { path: 'fail expired' },
  },
  {
    name: 'fails-expires-between-rounds',
    description: 'The first round is in the last second of the certificate, the second after it.',
    ...at(seconds(NOT_AFTER), seconds(NOT_AFTER, 1)),
    findings: { path: 'fail expired' },
  },
  {
    name: 'fails-valid-from-second-round',
    description: 'The first round is a second before notBefore, the second is not.',
    ...at(seconds(NOT_BEFORE, -1), seconds(NOT_BEFORE)),
    findings: { path: 'fail not-yet-valid' },
  },
  {
    name: 'fails-certificate-of-later-round-expired',
    description: 'The last round presents a certificate that has expired.',
    statement: makeStatement({
      rounds: [
        ...roundsAt(witness, [TIME, TIME]),
        ...roundsAt(issue({ notAfter: new Date('2026-01-30T00:00:00Z') }), [TIME]),
      ],
    }),
    trustAnchors,
    findings: { path: 'fail expired' },
  },
  {
    name: 'passes-an-hour-ahead',
    description: 'The claimed time is exactly 3600 seconds after `now`.',
    ...steady,
    now: new Date((TIME - 3600) * 1000),
  },
  {
    name: 'fails-in-the-future',
    description: 'The claimed time is 3601 seconds after `now`.',
    ...steady,
    now: new Date((TIME - 3601) * 1000),
    findings: { clock: 'fail in-the-future' },
  },
  {
    name: 'passes-later-round-in-the-future',
    description: 'The claimed time is 3600 seconds after `now`, and the later rounds are 10 more.',
    ...at(TIME, TIME + 10),
    now: new Date((TIME - 3600) * 1000),
  },
  {
    name: 'indeterminate-two-rounds-in-the-future',
    description: 'Too few rounds are no clock, and what is no clock is not held against `now`.',
    statement: makeStatement({ rounds: roundsAt(witness, [TIME, TIME]) }),
    trustAnchors,
    now: new Date((TIME - 7200) * 1000),
    findings: { clock: 'unknown uncorroborated', path: 'unknown no-credible-time' },
  },
  {
    name: 'fails-in-the-future-and-expired',
    description: 'A time from the future is still the one at which the path is judged.',
    ...at(seconds(NOT_AFTER, 1), seconds(NOT_AFTER, 1)),
    now: new Date(NOT_AFTER.getTime() - 7200_000),
    findings: { clock: 'fail in-the-future', path: 'fail expired' },
  },
]

export const clock: readonly Scenario[] = [...steps, ...moments]
