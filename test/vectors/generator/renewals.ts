// Scenarios of renewals: what they commit to, and the times at which they and what they renew are judged (SPEC.md §12).

import type { Subject } from '../../../src/statement/commitment.ts'
import type { Renewal, SignedStatement } from '../../../src/statement/statement.ts'
import {
  HOST,
  inTurn,
  makeStatement,
  type RoundPlan,
  renew,
  roundsAt,
  subject,
  TIME,
} from '../../support/make/statements.ts'
import { issue, NOT_AFTER, root, trustAnchors, witness } from './authority.ts'
import { body, type Findings } from './last-round.ts'
import type { Scenario } from './scenario.ts'

const seconds = (text: string): number => Date.parse(text) / 1000
const IN_TIME = seconds('2026-03-15T12:00:00Z')
const TOO_LATE = NOT_AFTER.getTime() / 1000 + 1
const IN_MAY = seconds('2026-05-15T12:00:00Z')
const IN_AUGUST = seconds('2026-08-15T12:00:00Z')

const LATER = {
  notBefore: new Date('2026-03-01T00:00:00Z'),
  notAfter: new Date('2026-05-31T23:59:59Z'),
}
const LATEST = {
  notBefore: new Date('2026-05-01T00:00:00Z'),
  notAfter: new Date('2026-09-30T23:59:59Z'),
}
const OTHER = 'second.test'
const next = issue(LATER)
const other = issue({ subject: OTHER, dnsNames: [OTHER], ...LATER })
const last = issue({ subject: OTHER, dnsNames: [OTHER], ...LATEST })
const ACCEPTED = [HOST, OTHER]

const statement = makeStatement({
  rounds: roundsAt(witness, [TIME, TIME + 1, TIME + 1]),
  trustAnchors: [root.der],
})
const [one] = statement.subjects as [Subject]
const byOther = (time: number, own = other): RoundPlan[] =>
  roundsAt(own, [time, time, time], { host: OTHER })
const once = renew(statement, { rounds: byOther(IN_TIME), trustAnchors: [root.der] })
const twice = renew(once, { rounds: byOther(IN_MAY, last) })
const [older, newer] = twice.renewals as [Renewal, Renewal]

const RENEWED: Findings = { renewals: 'pass renewed' }
const NOT_GOOD: Findings = { renewals: 'fail renewal-not-good' }
const DOUBTFUL: Findings = { renewals: 'unknown renewal-not-good' }

type Case = readonly [
  name: string,
  description: string,
  statement: SignedStatement,
  findings?: Findings,
  options?: Partial<Scenario>,
]

const good: readonly Case[] = [
  ['passes-renewed', 'Another host signed the whole file six weeks later.', once],
  [
    'passes-renewed-by-same-host',
    'The same host, with its next certificate.',
    renew(statement, { rounds: roundsAt(next, [IN_TIME, IN_TIME, IN_TIME]) }),
  ],
  [
    'passes-renewed-with-same-certificate',
    'The same host with the same certificate, stored again: a reference stays within its chain.',
    renew(statement, { rounds: roundsAt(witness, [IN_TIME, IN_TIME, IN_TIME]) }),
  ],
  [
    'passes-renewed-twice',
    'The second renewal comes when the certificate of the statement has ended, and that of the first renewal has not.',
    twice,
  ],
  [
    'passes-renewed-in-last-second',
    'Renewed in the last second of the certificate.',
    renew(statement, { rounds: byOther(TOO_LATE - 1) }),
  ],
  [
    'passes-renewed-list',
    'A blind list, renewed.',
    renew(
      makeStatement({
        subjects: ['a.txt', 'b.txt'].map((name) => ({ ...subject(name), salt: one.sha256 })),
        rounds: roundsAt(witness, [TIME, TIME, TIME]),
      }),
      { rounds: byOther(IN_TIME) },
    ),
  ],
  [
    'passes-renewed-10s-back',
    "The renewal's clock is 10 seconds behind.",
    renew(statement, { rounds: roundsAt(witness, [TIME - 10, TIME - 9, TIME - 9]) }),
  ],
  [
    'passes-renewed-by-two',
    'Two witnesses signed, and two renewed: a quorum of two holds for each chain.',
    renew(
      makeStatement({
        rounds: inTurn(
          roundsAt(witness, [TIME, TIME, TIME]),
          byOther(TIME, issue({ subject: OTHER, dnsNames: [OTHER] })),
        ),
      }),
      { rounds: inTurn(roundsAt(next, [IN_TIME, IN_TIME, IN_TIME]), byOther(IN_TIME)) },
    ),
    { agreement: 'pass agree', quorum: 'pass quorum-met' },
    { quorum: 2 },
  ],
]

const late: readonly Case[] = [
  [
    'fails-renewed-too-late',
    'Renewed a second after the end of the certificate.',
    renew(statement, { rounds: byOther(TOO_LATE) }),
    { ...RENEWED, path: 'fail expired' },
  ],
  [
    'fails-renewal-renewed-too-late',
    'Renewed in time, and that renewal when its own certificate had ended.',
    renew(once, { rounds: byOther(IN_AUGUST, last) }),
    NOT_GOOD,
  ],
  [
    'fails-renewed-before-signed',
    "The renewal's clock is 11 seconds behind the statement's.",
    renew(statement, { rounds: roundsAt(witness, [TIME - 11, TIME - 10, TIME - 10]) }),
    { renewals: 'fail renewed-before-signed' },
  ],
  [
    'fails-renewals-out-of-order',
    "The second renewal's clock is behind the first's.",
    renew(once, { rounds: byOther(IN_TIME - 11) }),
    { renewals: 'fail renewed-before-signed' },
  ],
  [
    'fails-renewal-after-not-after',
    "The renewal's own certificate had ended.",
    renew(statement, { rounds: roundsAt(witness, [TOO_LATE, TOO_LATE, TOO_LATE]) }),
    NOT_GOOD,
  ],
]

const altered = (changed: Partial<SignedStatement>): SignedStatement => ({ ...once, ...changed })
const { rounds, unsigned } = statement
const chained = (commitment: Uint8Array): SignedStatement =>
  renew(statement, { rounds: byOther(IN_TIME), commitment })

const otherBytes: readonly Case[] = [
  [
    'fails-renewed-then-other-digest',
    'The digest was replaced after the renewal.',
    altered({ subjects: [subject(one.name, 'forged')] }),
    { ...NOT_GOOD, commitment: 'fail not-committed' },
  ],
  [
    'fails-renewed-then-renamed',
    'So was the name, which binds nobody without a renewal.',
    altered({ subjects: [{ ...one, name: 'other.txt' }] }),
    NOT_GOOD,
  ],
  [
    'fails-renewed-then-port-altered',
    'And the port of the last round, which no later round signs.',
    altered({
      rounds: rounds.map((round, i) => (i === rounds.length - 1 ? { ...round, port: 444 } : round)),
    }),
    NOT_GOOD,
  ],
  [
    'fails-renewed-then-round-dropped',
    'The last round of the statement was dropped after the renewal.',
    altered({ rounds: rounds.slice(0, 1) }),
    {
      ...NOT_GOOD,
      chain: 'pass single-round',
      clock: 'unknown uncorroborated',
      path: 'unknown no-credible-time',
    },
  ],
  [
    'fails-renewed-then-local-time-altered',
    "The signer's own clock was changed after the renewal.",
    altered({ unsigned: { ...unsigned, localTime: new Date(0) } }),
    NOT_GOOD,
  ],
  [
    'fails-renewed-then-tool-altered',
    "And the tool's name.",
    altered({ unsigned: { ...unsigned, tool: 'other' } }),
    NOT_GOOD,
  ],
  [
    'fails-renewed-then-anchors-dropped',
    'And the stored trust anchor was dropped.',
    altered({ unsigned: { localTime: unsigned.localTime, tool: unsigned.tool } }),
    NOT_GOOD,
  ],
  [
    'fails-first-renewal-altered',
    'What nobody signed of the first renewal was changed after the second.',
    altered({ renewals: [{ ...older, unsigned: { ...older.unsigned, tool: 'other' } }, newer] }),
    NOT_GOOD,
  ],
  [
    'fails-renewals-swapped',
    'Two renewals in the place of each other.',
    altered({ renewals: [newer, older] }),
    // The first in the list is held against the end of the certificate at the time of the other
    NOT_GOOD,
  ],
  [
    'fails-first-renewal-dropped',
    'The first of two renewals was dropped: the second commits to it too.',
    altered({ renewals: [newer] }),
    NOT_GOOD,
  ],
  [
    'passes-last-renewal-dropped',
    'The last of two renewals was dropped: this is the file as it was before.',
    altered({ renewals: [older] }),
  ],
  [
    'passes-all-renewals-dropped',
    'So is the statement without its renewals.',
    statement,
    { renewals: 'pass not-renewed' },
  ],
  [
    'fails-renewal-of-subject',
    'The renewal commits to the digest of the subject.',
    chained(one.sha256),
    NOT_GOOD,
  ],
  [
    'fails-renewal-of-nothing',
    'The renewal commits to another file.',
    chained(subject('other').sha256),
    NOT_GOOD,
  ],
]

const flawed = (rounds: readonly RoundPlan[]): SignedStatement => renew(statement, { rounds })
const [firstOf, secondOf] = byOther(IN_TIME) as [RoundPlan, RoundPlan]

const bad: readonly Case[] = [
  [
    'indeterminate-renewal-not-accepted',
    "The verifier accepts the statement's witness and not the renewal's.",
    once,
    DOUBTFUL,
    { witnesses: [HOST] },
  ],
  [
    'indeterminate-only-renewal-accepted',
    "The verifier accepts the renewal's witness and not the statement's.",
    once,
    { ...RENEWED, witness: 'unknown not-accepted' },
    { witnesses: [OTHER] },
  ],
  [
    'indeterminate-renewal-single-round',
    'A renewal of one round, whose clock nothing corroborates.',
    flawed([firstOf]),
    DOUBTFUL,
  ],
  [
    'indeterminate-renewed-by-one-of-two',
    'Two witnesses are asked for; two signed, and one renewed.',
    renew(
      makeStatement({
        rounds: inTurn(
          roundsAt(witness, [TIME, TIME, TIME]),
          byOther(TIME, issue({ subject: OTHER, dnsNames: [OTHER] })),
        ),
      }),
      { rounds: byOther(IN_TIME) },
    ),
    { agreement: 'pass agree', quorum: 'pass quorum-met', ...DOUBTFUL },
    { quorum: 2 },
  ],
  [
    'fails-renewal-bad-signature',
    'A signature of the renewal does not verify.',
    flawed([
      firstOf,
      { ...secondOf, ...body('serverKeyExchange', (was) => was.with(-1, (was.at(-1) ?? 0) ^ 1)) },
    ]),
    NOT_GOOD,
  ],
  [
    'fails-renewal-broken-chain',
    'The second round of the renewal does not follow from the first.',
    flawed([firstOf, { ...secondOf, clientRandom: one.sha256 }]),
    NOT_GOOD,
  ],
  [
    'fails-renewal-malformed',
    'A handshake of the renewal does not parse.',
    flawed([firstOf, { ...secondOf, ...body('serverHello', (was) => was.subarray(0, 9)) }]),
    NOT_GOOD,
  ],
  [
    'fails-renewal-of-other-host',
    "The renewal's certificate names another host.",
    flawed(roundsAt(next, [IN_TIME, IN_TIME, IN_TIME], { host: OTHER })),
    NOT_GOOD,
  ],
  [
    'fails-renewal-in-the-future',
    'The renewal claims a time that has not come.',
    once,
    NOT_GOOD,
    { now: new Date((IN_TIME - 3601) * 1000) },
  ],
]

const scenario =
  (findings: Findings) =>
  ([name, description, made, own, options]: Case): Scenario => ({
    name,
    description,
    statement: made,
    trustAnchors,
    witnesses: ACCEPTED,
    findings: { ...findings, ...own },
    ...options,
  })

export const renewals: readonly Scenario[] = [
  ...good.map(scenario(RENEWED)),
  ...[...late, ...bad].map(scenario({})),
  ...otherBytes.map(scenario(RENEWED)),
]
