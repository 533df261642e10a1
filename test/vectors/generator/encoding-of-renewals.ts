// Bytes that are no signed statement for what their salts, stored trust anchors and renewals are (SPEC.md §2).

import { utf8 } from '../../../src/encoding/bytes.ts'
import { proveInclusion } from '../../../src/statement/commitment.ts'
import { encodeStatement } from '../../../src/statement/encode.ts'
import type { SignedStatement } from '../../../src/statement/statement.ts'
import {
  blinded,
  makeStatement,
  renew,
  roundsAt,
  subject,
  TIME,
} from '../../support/make/statements.ts'
import { witness } from './authority.ts'
import type { Undecodable } from './scenario.ts'

type Edit = readonly [name: string, description: string, edit: (text: string) => string]

const rounds = roundsAt(witness, [TIME, TIME, TIME])
const one = subject('document.txt')
const blind = makeStatement({ subjects: [{ ...one, salt: one.sha256 }], rounds })
const storing = makeStatement({ rounds, trustAnchors: [Uint8Array.of(0x30, 0)] })
const renewed = renew(makeStatement({ rounds }), { rounds })
const textOf = (statement: SignedStatement): string =>
  new TextDecoder().decode(encodeStatement(statement))

const ofTwo = makeStatement({
  subjects: ['a.txt', 'b.txt'].map((name) => blinded(subject(name))),
  rounds,
})
const list = ['a.txt', 'b.txt', 'c.txt'].map((name) => blinded(subject(name)))
const cutOut = makeStatement({
  subjects: list
    .slice(0, 1)
    .map((first) => ({ ...first, inclusionProof: proveInclusion(list, 0) })),
  rounds,
})

const salt = (value: string) => (text: string) =>
  text.replace(/("salts": \[\n {4})"[^"]*"/, `$1${value}`)
const salts = (value: string) => (text: string) =>
  text.replace(/("salts": )\[[^\]]*\]/, `$1${value}`)
const anchorList = (list: string) => (text: string) =>
  text.replace(/("trustAnchors": )\[[^\]]*\]/, `$1${list}`)
const hex = /"salts": \[\n {4}"([0-9a-f]+)"/.exec(textOf(blind))?.[1] ?? ''

const SALTS: readonly Edit[] = [
  ['salt-short', 'A salt of 31 bytes.', salt(`"${hex.slice(2)}"`)],
  ['salt-long', 'A salt of 33 bytes.', salt(`"${hex}00"`)],
  ['salt-empty', 'An empty salt.', salt('""')],
  ['salt-upper-case', 'A salt in upper case.', salt(`"${hex.toUpperCase()}"`)],
  ['salt-null', 'null for a salt.', salt('null')],
  ['salts-empty', 'An empty list of salts.', salts('[]')],
  ['salts-null', 'null for the list of salts.', salts('null')],
  ['salts-text', 'A salt that is not in a list.', salts(`"${hex}"`)],
]
const COUNTS: readonly Edit[] = [
  [
    'salts-too-few',
    'Two subjects and one salt: all of them are blind, or none.',
    (text) => text.replace(/,\n {4}"[0-9a-f]{64}"\n {2}\]/, '\n  ]'),
  ],
  [
    'salts-too-many',
    'Two subjects and three salts.',
    (text) => text.replace(/(,\n {4}"[0-9a-f]{64}")\n {2}\]/, '$1$1\n  ]'),
  ],
]
const PROOF_IN_LIST: readonly Edit[] = [
  [
    'proof-in-blind-list',
    'Two subjects with their salts, and an inclusion proof.',
    (text) => text.replace(/( {4}"[^"\n]*")\n {2}\]/g, '$1,\n$1\n  ]'),
  ],
]
const SALT_ORDER: readonly Edit[] = [
  [
    'salts-before-subjects',
    'The salts before the subjects.',
    (text) => text.replace(/( +"subjects": \[[^\]]*\]),\n( +"salts": \[[^\]]*\])/, '$2,\n$1'),
  ],
]
const PROOF_ORDER: readonly Edit[] = [
  [
    'proof-before-salts',
    'The inclusion proof before the salts.',
    (text) => text.replace(/( +"salts": \[[^\]]*\]),\n( +"inclusionProof": \{[^}]*\})/, '$2,\n$1'),
  ],
]

const ANCHORS: readonly Edit[] = [
  ['anchors-empty', 'An empty list of trust anchors.', anchorList('[]')],
  ['anchors-null', 'null for the list.', anchorList('null')],
  ['anchors-not-base64', 'A trust anchor without its padding.', anchorList('["MAA"]')],
  ['anchors-too-many', '33 trust anchors.', anchorList(`[${Array(33).fill('"MAA="').join()}]`)],
]
const ANCHORS_ORDER: readonly Edit[] = [
  [
    'anchors-before-tool',
    'The trust anchors before the tool.',
    (text) => text.replace(/( +"tool": "[^"]*"),\n( +"trustAnchors": \[[^\]]*\])/, '$2,\n$1'),
  ],
]

/** Applied to the list of renewals, as JSON. */
const edited =
  (change: (list: Record<string, unknown>[]) => unknown) =>
  (text: string): string => {
    const document = JSON.parse(text)
    return `${JSON.stringify({ ...document, renewals: change(document.renewals) }, null, 2)}\n`
  }

const RENEWALS: readonly Edit[] = [
  ['renewals-empty', 'An empty list of renewals.', edited(() => [])],
  ['renewals-null', 'null for the list.', edited(() => null)],
  ['renewals-object', 'A renewal instead of a list.', edited(([first]) => first)],
  ['renewals-too-many', '65 renewals.', edited(([first]) => Array(65).fill(short(first)))],
  [
    'renewal-unknown-member',
    'A member that the format does not know.',
    edited(each({ subjects: [] })),
  ],
  ['renewal-renewed', 'A renewal within a renewal.', edited(each({ renewals: [] }))],
  [
    'renewal-without-unsigned',
    'A renewal without its unsigned.',
    edited(each({ unsigned: undefined })),
  ],
  ['renewal-without-rounds', 'A renewal without rounds.', edited(each({ rounds: undefined }))],
  ['renewal-no-rounds', 'An empty list of rounds.', edited(each({ rounds: [] }))],
  [
    'renewal-too-many-rounds',
    'A renewal of 33 rounds.',
    edited(([first]) => [{ ...first, rounds: emptyRounds(33) }]),
  ],
  [
    'renewal-refers-to-other-chain',
    "A renewal's first round refers to the certificate of the statement's.",
    edited(([first]) => [
      { ...first, rounds: emptyRounds(1).map((round) => ({ ...round, certificate: 0 })) },
    ]),
  ],
]
const RENEWALS_ORDER: readonly Edit[] = [
  [
    'renewals-before-unsigned',
    'The renewals before unsigned.',
    (text) => {
      const { unsigned, ...document } = JSON.parse(text)
      return `${JSON.stringify({ ...document, unsigned }, null, 2)}\n`
    },
  ],
  [
    'renewal-members-swapped',
    'In a renewal unsigned before rounds.',
    edited(([first]) => [{ unsigned: first?.unsigned, rounds: first?.rounds }]),
  ],
]
const TOO_LARGE: readonly Edit[] = [
  [
    'too-many-rounds-in-all',
    '257 rounds in all, in a statement with eight renewals.',
    edited(([first]) => [
      ...Array(7).fill({ ...first, rounds: emptyRounds(32) }),
      { ...first, rounds: emptyRounds(31) },
    ]),
  ],
]

function each(change: object): (list: Record<string, unknown>[]) => unknown {
  return (list) => list.map((renewal) => ({ ...renewal, ...change }))
}

function short(renewal: Record<string, unknown> | undefined): unknown {
  return { ...renewal, rounds: emptyRounds(1) }
}

function emptyRounds(count: number): object[] {
  return Array.from({ length: count }, (_, i) => ({
    host: 'h.test',
    port: 1,
    clientHello: '',
    serverHello: '',
    certificate: i === 0 ? '' : 0,
    serverKeyExchange: '',
  }))
}

function encoded(
  edits: readonly Edit[],
  statement: SignedStatement,
  error: Undecodable['error'],
): Undecodable[] {
  const from = textOf(statement)
  return edits.map(([name, description, edit]) => {
    const text = edit(from)
    if (text === from) throw new Error(`expected ${name} to change the statement`)
    return { name: `undecodable-${name}`, description, bytes: utf8(text), error }
  })
}

export const encodingOfRenewals: readonly Undecodable[] = [
  ...encoded(SALTS, blind, 'invalid-value'),
  ...encoded(COUNTS, ofTwo, 'invalid-value'),
  ...encoded(PROOF_IN_LIST, cutOut, 'invalid-value'),
  ...encoded(SALT_ORDER, blind, 'not-canonical'),
  ...encoded(PROOF_ORDER, cutOut, 'not-canonical'),
  ...encoded(ANCHORS, storing, 'invalid-value'),
  ...encoded(ANCHORS_ORDER, storing, 'not-canonical'),
  ...encoded(RENEWALS, renewed, 'invalid-value'),
  ...encoded(RENEWALS_ORDER, renewed, 'not-canonical'),
  ...encoded(TOO_LARGE, renewed, 'too-large'),
]
