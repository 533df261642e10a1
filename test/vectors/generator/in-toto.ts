// In-toto Statements that carry a signed one: the spellings that are free, and what is no such Statement (SPEC.md §13).

import { toHex } from '../../../src/encoding/bytes.ts'
import { proveInclusion, type Subject } from '../../../src/statement/commitment.ts'
import { encodeInToto } from '../../../src/statement/in-toto.ts'
import type { Tls12Round } from '../../../src/statement/round.ts'
import type { SignedStatement } from '../../../src/statement/statement.ts'
import {
  blinded,
  HOST,
  makeStatement,
  renew,
  roundsAt,
  subject,
  TIME,
} from '../../support/make/statements.ts'
import { root, trustAnchors, witness } from './authority.ts'
import type { Scenario, Undecodable } from './scenario.ts'

const rounds = roundsAt(witness, [TIME, TIME + 1, TIME + 1])
const single = makeStatement({ rounds, trustAnchors: [root.der] })
const names = ['a.txt', 'ü "quoted": name.txt', 'c.txt']
const list = names.map((name) => blinded(subject(name)))
const [first, second] = list as [Subject, Subject]
const ofList = makeStatement({ subjects: list, rounds })
const cutOut: SignedStatement = {
  ...ofList,
  subjects: [{ ...second, inclusionProof: proveInclusion(list, 1) }],
}
const renewed = renew(single, {
  rounds: roundsAt(witness, [TIME + 86_400, TIME + 86_400, TIME + 86_400]),
})
const textOf = (statement: SignedStatement): string =>
  new TextDecoder().decode(encodeInToto(statement))

type Spelling = readonly [
  name: string,
  description: string,
  statement: SignedStatement,
  spell?: (text: string) => string,
  rest?: Partial<Scenario>,
]

const PASSING: readonly Spelling[] = [
  ['', 'A statement as the predicate of an in-toto Statement.', single],
  ['-minified', 'Without any white space, as tools write it anew.', single, minified],
  [
    '-white-space',
    'Tabs, CR LF, white space around the whole and no line feed at its end.',
    single,
    (text) => `\r\n ${JSON.stringify(JSON.parse(text), null, '\t').replaceAll('\n', '\r\n')}\t`,
  ],
  [
    '-member-order',
    'The members of every object in the opposite order.',
    single,
    (text) => JSON.stringify(reversed(JSON.parse(text)), null, 2),
  ],
  [
    '-escapes',
    'Slashes, colons, letters of a name and of the name of a member as escapes, and a port as 4.43e2.',
    single,
    (text) =>
      replaced(text, [
        ['/v1"', '\\/v1"'],
        ['urn:uuid:', 'urn\\u003auuid\\u003A'],
        ['"document.txt"', '"\\u0064ocument.txt"'],
        ['"predicateType"', '"predicat\\u0065Type"'],
        ['"port": 443', '"port": 4.43e2'],
      ]),
  ],
  ['-blind-list', 'A blind list: the salts are in the predicate alone.', ofList],
  ['-cut-out', 'A subject that was cut out of a blind list, with its inclusion proof.', cutOut],
  [
    '-renewed',
    'A renewed statement: what the renewal commits to is the canonical encoding, however this one is written.',
    renewed,
    (text) => minified(JSON.stringify(reversed(JSON.parse(text)))),
    { findings: { renewals: 'pass renewed' } },
  ],
]

const passing = PASSING.map(
  ([name, description, statement, spell = same, rest]): Scenario => ({
    name: `passes-in-toto${name}`,
    description,
    statement,
    trustAnchors,
    inToto: spell(textOf(statement)),
    ...rest,
  }),
)

const [round, nextRound, lastRound] = single.rounds as [Tls12Round, Tls12Round, Tls12Round]
const { serverKeyExchange } = lastRound
const end = serverKeyExchange.length - 1
const altered = serverKeyExchange.with(end, (serverKeyExchange[end] ?? 0) ^ 1)

const BAD: readonly (readonly [string, string, SignedStatement, Scenario['findings']])[] = [
  [
    'other-digest',
    'Both digests were replaced alike, which no server signed.',
    { ...single, subjects: [subject('document.txt', 'forged')] },
    { commitment: 'fail not-committed' },
  ],
  [
    'bad-signature',
    'A bit of the last signature is wrong.',
    { ...single, rounds: [round, nextRound, { ...lastRound, serverKeyExchange: altered }] },
    { signatures: 'fail bad-signature' },
  ],
  [
    'renewal-of-other',
    'The renewal is over the in-toto Statement instead of the signed one.',
    renew(single, {
      commitment: subject('', textOf(single)).sha256,
      rounds: roundsAt(witness, [TIME + 86_400, TIME + 86_400, TIME + 86_400]),
    }),
    { renewals: 'fail renewal-not-good' },
  ],
]

const failing = BAD.map(
  ([name, description, statement, findings]): Scenario => ({
    name: `fails-in-toto-${name}`,
    description,
    statement,
    trustAnchors,
    inToto: textOf(statement),
    ...(findings && { findings }),
  }),
)

type Edit = readonly [name: string, description: string, edit: (text: string) => string]

/** One place of the text replaced by another. */
const edit =
  (from: string | RegExp, to: string): Edit[2] =>
  (text) =>
    text.replace(from, to)

const one = single.subjects[0] as Subject
const NAME = '{ "name": "document.txt"'
const DIGEST = `{ "sha256": "${toHex(one.sha256)}" }`
const otherDigest = toHex(first.sha256)

const OF_SINGLE: readonly Edit[] = [
  [
    'other-digest',
    'subject has another digest than what was signed.',
    edit(DIGEST, `{ "sha256": "${otherDigest}" }`),
  ],
  ['other-name', 'subject has another name.', edit(NAME, '{ "name": "other.txt"')],
  [
    'added-subject',
    'subject names one more, which nobody signed.',
    edit(`"digest": ${DIGEST} }`, `"digest": ${DIGEST} }, { "name": "b", "digest": ${DIGEST} }`),
  ],
  ['no-subject', 'subject is an empty list.', edit(/"subject": \[[^\]]*\]/, '"subject": []')],
  [
    'subject-not-a-list',
    'subject is not in a list.',
    edit(/"subject": \[([^\]]*)\]/, '"subject": $1'),
  ],
  [
    'upper-case-hex',
    'The digest of subject in upper case.',
    edit(toHex(one.sha256), toHex(one.sha256).toUpperCase()),
  ],
  [
    'other-algorithm',
    'A digest by another algorithm beside SHA-256.',
    edit(DIGEST, DIGEST.replace('{ ', `{ "sha512": "${'00'.repeat(64)}", `)),
  ],
  ['no-digest', 'A digest by no algorithm.', edit(DIGEST, '{}')],
  [
    'unknown-member',
    'A member that in-toto does not know; its own rule would pass over it.',
    edit('{\n', '{\n  "comment": "",\n'),
  ],
  [
    'unknown-member-in-subject',
    "in-toto's own resource descriptors have one, and nobody signed it.",
    edit(NAME, '{ "uri": "https://example.test/", "name": "document.txt"'),
  ],
  [
    'unknown-member-in-predicate',
    'A member that the statement does not know.',
    edit('"format": "tls-stamp/1"', '"format": "tls-stamp/1", "comment": ""'),
  ],
  [
    'unknown-member-in-round',
    'The same within a round.',
    edit(`"host": "${HOST}"`, `"host": "${HOST}", "certificateRequest": ""`),
  ],
  [
    'proto-member',
    'A member named __proto__.',
    edit('"predicate": {', '"__proto__": {}, "predicate": {'),
  ],
  [
    'member-twice',
    'predicateType twice with the same value.',
    edit(/( +"predicateType": .*\n)/, '$1$1'),
  ],
  [
    'member-twice-first-forged',
    'subject twice: readers that keep the first see a file that nobody signed.',
    edit('"subject": [', `"subject": [{ "name": "x", "digest": ${DIGEST} }], "subject": [`),
  ],
  [
    'member-twice-in-predicate',
    'subjects in the predicate twice; readers that keep the first see another digest.',
    edit('"subjects": [', `"subjects": ["${otherDigest}  document.txt"], "subjects": [`),
  ],
  [
    'member-twice-by-escape',
    'The same member twice, once with an escape in its name.',
    edit('"port": 443', '"p\\u006frt": 444, "port": 443'),
  ],
  ['other-type', 'An earlier version of in-toto.', edit('Statement/v1"', 'Statement/v0.1"')],
  [
    'other-predicate-type',
    'Another kind of predicate.',
    edit(/"predicateType": "[^"]*"/, '"predicateType": "https://slsa.dev/provenance/v1"'),
  ],
  ['no-predicate-type', 'predicateType is missing.', edit(/ +"predicateType": .*\n/, '')],
  [
    'predicate-null',
    'null for the predicate.',
    edit(/"predicate": \{[\s\S]*/, '"predicate": null }'),
  ],
  [
    'predicate-text',
    'The statement as a string, not as an object.',
    (text) => {
      const { predicate, ...rest } = JSON.parse(text)
      return JSON.stringify({ ...rest, predicate: `${JSON.stringify(predicate, null, 2)}\n` })
    },
  ],
  ['other-format', 'Another version of the predicate.', edit('tls-stamp/1', 'tls-stamp/2')],
  [
    'upper-case-host',
    'A host in upper case: only its spelling in JSON is free.',
    edit(HOST, 'EXAMPLE.test'),
  ],
  ['port-string', 'The port as a string.', edit('"port": 443', '"port": "443"')],
  ['not-json', 'A comma too many.', edit(/\n\}\n$/, ',\n}\n')],
  ['bom', 'A byte order mark before the object.', (text) => `\ufeff${text}`],
  ['list', 'A list around the object.', (text) => `[${text}]`],
  ['two', 'A second one after the first.', (text) => text + text],
]

const [listed, other, last] = list.map(
  ({ name, sha256 }) =>
    `    { "name": ${JSON.stringify(name)}, "digest": { "sha256": "${toHex(sha256)}" } }`,
) as [string, string, string]

const OF_LIST: readonly Edit[] = [
  [
    'subjects-reordered',
    'subject in another order than the statement.',
    edit(`${listed},\n${other}`, `${other},\n${listed}`),
  ],
  ['subject-missing', 'subject lacks the last one.', edit(`,\n${last}`, '')],
  [
    'salt-in-subject',
    'A salt in subject.',
    edit(listed, listed.replace('{ ', `{ "salt": "${toHex(first.salt ?? first.sha256)}", `)),
  ],
]

const certificate = /"certificate": ("[^"]*")/.exec(textOf(single))?.[1] ?? ''
const SPELLINGS: readonly Edit[] = [
  [
    'certificate-twice',
    'The second round repeats the certificate instead of referring to the first: not all spellings are free.',
    edit('"certificate": 0', `"certificate": ${certificate}`),
  ],
]

const undecodable = (
  edits: readonly Edit[],
  statement: SignedStatement,
  error: Undecodable['error'] = 'invalid-value',
): Undecodable[] =>
  edits.map(([name, description, change]) => {
    const from = textOf(statement)
    const bytes = change(from)
    if (bytes === from) throw new Error(`expected ${name} to change the in-toto Statement`)
    return { name: `undecodable-in-toto-${name}`, description, bytes, error }
  })

export const inToto: readonly (Scenario | Undecodable)[] = [
  ...passing,
  ...failing,
  ...undecodable(OF_SINGLE, single),
  ...undecodable(OF_LIST, ofList),
  ...undecodable(SPELLINGS, single, 'not-canonical'),
]

function same(text: string): string {
  return text
}

function minified(text: string): string {
  return JSON.stringify(JSON.parse(text))
}

/** Every object's members in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).reverse()
  return Object.fromEntries(entries.map(([name, member]) => [name, reversed(member)]))
}

function replaced(text: string, pairs: readonly (readonly [from: string, to: string])[]): string {
  return pairs.reduce((all, [from, to]) => {
    if (!all.includes(from)) throw new Error(`expected ${from} in the in-toto Statement`)
    return all.replaceAll(from, to)
  }, text)
}
