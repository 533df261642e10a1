// Scenarios of several witnesses in one chain: who counts, who contradicts whom, and keys that two share (SPEC.md §11).

import { concat } from '../../../src/encoding/bytes.ts'
import { bitString, oid, sequence } from '../../support/make/asn1.ts'
import { type EndEntity, endEntity } from '../../support/make/end-entity.ts'
import { replaceBody } from '../../support/make/flight.ts'
import { type MintedKey, mintCertificate, mintKey } from '../../support/make/mint.ts'
import {
  HOST,
  inTurn,
  makeStatement,
  type RoundPlan,
  roundsAt,
  TIME,
} from '../../support/make/statements.ts'
import { issue, trustAnchors, witness } from './authority.ts'
import type { Findings } from './last-round.ts'
import type { Scenario } from './scenario.ts'

const SECOND = 'second.test'
const THIRD = 'third.test'
const HOSTS = [HOST, SECOND, THIRD]
const named = (host: string, key?: MintedKey): EndEntity =>
  issue({ subject: host, dnsNames: [host], ...(key && { key }) })

const second = named(SECOND)
const third = named(THIRD)
/** Three rounds of each, the clock being off by so many seconds. */
const first = (off = 0): RoundPlan[] =>
  roundsAt(witness, [TIME + off, TIME + 3 + off, TIME + 3 + off])
const of = (host: string, own: EndEntity, off = 0): RoundPlan[] =>
  roundsAt(own, [TIME + off, TIME + 3 + off, TIME + 3 + off], { host })

const HOURS = 4 * 3600
const AGREE: Findings = { agreement: 'pass agree' }
const MET: Findings = { ...AGREE, quorum: 'pass quorum-met' }
const NOT_MET: Findings = { quorum: 'unknown quorum-not-met' }

interface Case {
  readonly rounds: readonly RoundPlan[]
  /** Default: the usual host and the second. */
  readonly witnesses?: readonly string[]
  readonly quorum?: number
  readonly findings?: Findings
}

const threeWith = (off: number): RoundPlan[] =>
  inTurn(first(), of(SECOND, second, 1), of(THIRD, third, off))
const twoWith = (off: number): RoundPlan[] => inTurn(first(), of(SECOND, second, off))

/** One key in both forms of SEC 1 §2.3.3, certified for two hosts. */
const spelledKey = mintKey('p256')
const compressed = named(SECOND, { ...spelledKey, spki: compressedSpki(spelledKey.spki) })

function compressedSpki(spki: Uint8Array): Uint8Array {
  const [x, y] = [spki.slice(-64, -32), spki.slice(-32)]
  const point = concat(Uint8Array.of(2 + ((y.at(-1) ?? 0) & 1)), x)
  const algorithm = sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7'))
  return sequence(algorithm, bitString(point))
}

const counting: Record<string, readonly [description: string, scenario: Case]> = {
  'passes-three-witnesses': [
    'A, B, C, A, B, C, all accepted. The time is the latest of their first rounds.',
    { rounds: threeWith(2), witnesses: HOSTS, findings: AGREE },
  ],
  'passes-three-witnesses-one-after-the-other': [
    'A, A, B, B, C, C: the order says less, and is allowed.',
    {
      rounds: [...first(), ...of(SECOND, second, 60), ...of(THIRD, third, 120)],
      witnesses: HOSTS,
      findings: AGREE,
    },
  ],
  'passes-quorum-of-two': [
    'Two are asked for, and two are there.',
    { rounds: twoWith(1), quorum: 2, findings: MET },
  ],
  'passes-quorum-of-two-of-three': [
    'Two are asked for, and three are there.',
    { rounds: threeWith(2), witnesses: HOSTS, quorum: 2, findings: MET },
  ],
  'indeterminate-quorum-larger': [
    'Three are asked for, and two are there.',
    { rounds: twoWith(1), quorum: 3, findings: { ...AGREE, ...NOT_MET } },
  ],
  'indeterminate-quorum-of-one-key-spelled-twice': [
    'Two are asked for; both have one key, once as an uncompressed point and once as a compressed one.',
    {
      rounds: inTurn(
        roundsAt(issue({ key: spelledKey }), [TIME, TIME + 3, TIME + 6]),
        of(SECOND, compressed, 1),
      ),
      quorum: 2,
      findings: { ...NOT_MET },
    },
  ],
  'indeterminate-quorum-of-accepted': [
    'Two are asked for, and one of two is accepted.',
    { rounds: twoWith(1), witnesses: [HOST], quorum: 2, findings: NOT_MET },
  ],
  'indeterminate-quorum-none-accepted': [
    'One is asked for, and none is accepted.',
    {
      rounds: twoWith(1),
      witnesses: [],
      quorum: 1,
      findings: { ...NOT_MET, witness: 'unknown not-accepted' },
    },
  ],
  'passes-quorum-beside-single-round': [
    'An accepted witness with one round does not count; two others do.',
    {
      rounds: inTurn(first(), of(SECOND, second, 1), of(THIRD, third, 2).slice(0, 1)),
      witnesses: HOSTS,
      quorum: 2,
      findings: MET,
    },
  ],
  'fails-one-of-two-untrusted': [
    'Without a quorum every accepted witness has to hold, and one has no certification path.',
    {
      rounds: inTurn(first(), of(SECOND, selfSigned(SECOND), 1)),
      findings: { path: 'fail unknown-issuer' },
    },
  ],
  'passes-quorum-beside-untrusted': [
    'The same with a quorum of one, which the other makes.',
    {
      rounds: inTurn(first(), of(SECOND, selfSigned(SECOND), 1)),
      quorum: 1,
      findings: { quorum: 'pass quorum-met' },
    },
  ],
}

const contradicting: typeof counting = {
  'fails-two-contradict': [
    'After a round of the second witness, the first shows a time four hours earlier: one of them lies.',
    { rounds: twoWith(HOURS), findings: { agreement: 'fail one-lies' } },
  ],
  'fails-two-contradict-back': [
    'The second witness is four hours behind.',
    { rounds: twoWith(-HOURS), findings: { agreement: 'fail one-lies' } },
  ],
  'fails-two-contradict-quorum-of-one': [
    'One is asked for, but nobody can tell which.',
    { rounds: twoWith(HOURS), quorum: 1, findings: { agreement: 'fail one-lies', ...NOT_MET } },
  ],
  'fails-one-of-three-contradicts': [
    'Two agree and the third is four hours ahead. Without a quorum every accepted witness has to hold.',
    { rounds: threeWith(HOURS), witnesses: HOSTS, findings: { agreement: 'fail contradicts' } },
  ],
  'fails-one-of-three-contradicts-quorum-of-three': [
    'The third is four hours behind, and all three are asked for.',
    {
      rounds: threeWith(-HOURS),
      witnesses: HOSTS,
      quorum: 3,
      findings: { agreement: 'fail contradicts', ...NOT_MET },
    },
  ],
  'passes-quorum-without-one-ahead': [
    'The third is four hours ahead and left out; the time is that of the two that agree.',
    { rounds: threeWith(HOURS), witnesses: HOSTS, quorum: 2, findings: MET },
  ],
  'passes-quorum-without-one-behind': [
    'The third is four hours behind and left out.',
    { rounds: threeWith(-HOURS), witnesses: HOSTS, quorum: 2, findings: MET },
  ],
  'passes-witnesses-10s-apart': [
    "A later round is exactly 10 seconds behind another witness's earlier one.",
    { rounds: inTurn(steady(witness, HOST, 10), steady(second, SECOND, 0)), findings: AGREE },
  ],
  'fails-witnesses-11s-apart': [
    'And 11 seconds.',
    {
      rounds: inTurn(steady(witness, HOST, 11), steady(second, SECOND, 0)),
      findings: { agreement: 'fail one-lies' },
    },
  ],
  'passes-one-ahead-after-the-other': [
    'The second begins after the first has ended, four hours ahead: nothing shows who is right, and the time is the later.',
    { rounds: [...first(), ...of(SECOND, second, HOURS)], findings: AGREE },
  ],
}

const key = mintCertificate({ subject: 'key' }).key
const otherKey = mintCertificate({ subject: 'key' }).key
const shared = issue({ dnsNames: [HOST, SECOND] })
const linked = [
  ...roundsAt(named(HOST, key), [TIME, TIME + 3, TIME + 3]),
  ...of(SECOND, named(SECOND, otherKey), 4),
  { endEntity: named(THIRD, key), time: TIME + 8, host: THIRD },
  { endEntity: named(THIRD, otherKey), time: TIME + 9, host: THIRD },
  { endEntity: named(THIRD, key), time: TIME + 10, host: THIRD },
]

const sharing: typeof counting = {
  'passes-shared-certificate': [
    'Two hosts with one certificate; nobody asks how many they are.',
    { rounds: inTurn(roundsAt(shared, [TIME, TIME, TIME]), of(SECOND, shared, 1)) },
  ],
  'indeterminate-shared-certificate': [
    'Two are asked for, and two hosts with one certificate are one.',
    {
      rounds: inTurn(roundsAt(shared, [TIME, TIME, TIME]), of(SECOND, shared, 1)),
      quorum: 2,
      findings: NOT_MET,
    },
  ],
  'indeterminate-shared-key': [
    'Two are asked for, and two hosts with two certificates of one key are one.',
    {
      rounds: inTurn(
        roundsAt(named(HOST, key), [TIME, TIME + 1, TIME + 1]),
        of(SECOND, named(SECOND, key), 1),
      ),
      quorum: 2,
      findings: NOT_MET,
    },
  ],
  'indeterminate-key-shared-through-third': [
    'Two hosts have keys of their own, and a third has both: all three are one.',
    { rounds: linked, witnesses: HOSTS, quorum: 2, findings: NOT_MET },
  ],
  'indeterminate-key-shared-through-unaccepted': [
    'It does not matter that the third is not accepted.',
    { rounds: linked, quorum: 2, findings: NOT_MET },
  ],
  'fails-shared-key-contradicts-itself': [
    'Two hosts with one key, four hours apart.',
    {
      rounds: inTurn(roundsAt(shared, [TIME, TIME, TIME]), of(SECOND, shared, HOURS)),
      findings: { agreement: 'fail one-lies' },
    },
  ],
}

const unaccepted: typeof counting = {
  'passes-unaccepted-contradicts': [
    'A witness that is not accepted says another time: nobody asked it.',
    { rounds: twoWith(HOURS), witnesses: [HOST] },
  ],
  'passes-unaccepted-untrusted': [
    'A witness that is not accepted needs no certification path.',
    { rounds: inTurn(first(), of(SECOND, selfSigned(SECOND), 1)), witnesses: [HOST] },
  ],
  'passes-unaccepted-single-round': [
    'Nor a clock.',
    { rounds: inTurn(first(), of(SECOND, second, 1).slice(0, 1)), witnesses: [HOST] },
  ],
  'fails-unaccepted-bad-signature': [
    'But every signature has to verify, whosever it is.',
    {
      rounds: inTurn(first(), of(SECOND, second, 1).map(misSigned)),
      witnesses: [HOST],
      findings: { signatures: 'fail bad-signature' },
    },
  ],
  'fails-unaccepted-of-other-host': [
    'And every certificate has to name its host.',
    {
      rounds: inTurn(first(), of(SECOND, third, 1)),
      witnesses: [HOST],
      findings: { identity: 'fail host-mismatch' },
    },
  ],
}

function selfSigned(host: string): EndEntity {
  return endEntity(mintCertificate({ subject: host, dnsNames: [host] }))
}

/** The same time in three rounds. */
function steady(own: EndEntity, host: string, off: number): RoundPlan[] {
  return roundsAt(own, [TIME + off, TIME + off, TIME + off], { host })
}

function misSigned(plan: RoundPlan): RoundPlan {
  const change = (body: Uint8Array): Uint8Array => body.with(-1, (body.at(-1) ?? 0) ^ 1)
  return { ...plan, edit: (messages) => replaceBody(messages, 'serverKeyExchange', change) }
}

const all = { ...counting, ...contradicting, ...sharing, ...unaccepted }
export const witnesses: readonly Scenario[] = Object.entries(all).map(
  ([name, [description, { rounds, witnesses: accepted = [HOST, SECOND], ...rest }]]) => ({
    name,
    description,
    statement: makeStatement({ rounds }),
    trustAnchors,
    witnesses: accepted,
    ...rest,
  }),
)
