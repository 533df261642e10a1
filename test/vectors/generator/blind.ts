// Scenarios of blind subjects, and of trees that somebody wants to read otherwise than they were made (SPEC.md §3).

import { commitmentOf, proveInclusion, type Subject } from '../../../src/statement/commitment.ts'
import type { SignedStatement } from '../../../src/statement/statement.ts'
import { blinded, makeStatement, roundsAt, subject, TIME } from '../../support/make/statements.ts'
import { trustAnchors, witness } from './authority.ts'
import type { Scenario } from './scenario.ts'

const usual = roundsAt(witness, [TIME, TIME, TIME])
const list = ['a.txt', 'b.txt', 'c.txt'].map((name) => blinded(subject(name)))
const [a, b, c] = list as [Subject, Subject, Subject]
const open = ['a.txt', 'b.txt', 'c.txt', 'd.txt'].map((name) => subject(name))
const [openA, openB] = open as [Subject, Subject]
const ofList = makeStatement({ subjects: list, rounds: usual })
const ofOpen = makeStatement({ subjects: open, rounds: usual })
const single = makeStatement({ subjects: [a], rounds: usual })
const ofDigest = makeStatement({ subjects: [openA], rounds: usual })
const proof = proveInclusion(list, 1)
const openProof = proveInclusion(open, 0)
const salt = a.salt as Uint8Array

const without = ({ name, sha256 }: Subject): Subject => ({ name, sha256 })
const flipped = (bytes: Uint8Array): Uint8Array => bytes.with(31, (bytes[31] ?? 0) ^ 1)
const claim = (from: SignedStatement, ...subjects: readonly Subject[]): SignedStatement => ({
  ...from,
  subjects,
})

const passing: Scenario[] = (
  [
    ['blind-list', 'Three subjects, each with a salt before its line in the leaf.', ofList],
    [
      'blind-single',
      'One subject with a salt: the commitment is the tree head of one leaf.',
      single,
    ],
    [
      'blind-inclusion-proof-1-of-3',
      'A subject of a blind list, alone: its own salt, and none of the others.',
      claim(ofList, { ...b, inclusionProof: proof }),
    ],
    [
      'same-subject-twice',
      'One subject twice makes two equal leaves.',
      makeStatement({ subjects: [openA, openA, openB], rounds: usual }),
    ],
    [
      'same-subject-twice-blind',
      'One subject twice with two salts makes leaves of which nobody sees that they are equal.',
      makeStatement({ subjects: [a, { ...a, salt: b.salt as Uint8Array }], rounds: usual }),
    ],
    [
      'tree-head-as-digest',
      'The head of a list is the digest of 65 bytes. Whoever says that these are a file says the truth.',
      claim(ofList, { name: 'node', sha256: commitmentOf(list) as Uint8Array }),
    ],
  ] as const
).map(([name, description, statement]) => ({
  name: `passes-${name}`,
  description,
  statement,
  trustAnchors,
}))

const failing: Scenario[] = (
  [
    [
      'blind-salt-altered',
      'One bit of a salt.',
      claim(ofList, { ...a, salt: flipped(salt) }, b, c),
    ],
    ['blind-salts-missing', 'The salts were left out.', claim(ofList, ...list.map(without))],
    [
      'blind-salts-swapped',
      'Two salts in the place of each other.',
      claim(ofList, { ...a, salt: b.salt as Uint8Array }, { ...b, salt }, c),
    ],
    ['blind-other-digest', 'Another digest under the same salt.', claim(single, { ...b, salt })],
    [
      'blind-single-renamed',
      'With a salt the name of a single subject is bound too.',
      claim(single, { ...a, name: 'x.txt' }),
    ],
    [
      'blind-single-salt-altered',
      'One bit of its salt.',
      claim(single, { ...a, salt: flipped(salt) }),
    ],
    ['blind-single-salt-missing', 'Its salt was left out.', claim(single, without(a))],
    ['salts-added-to-list', 'Salts where none were.', claim(ofOpen, ...open.map(blinded))],
    [
      'salt-added-to-single',
      'The server signed the digest itself; a salt was added.',
      claim(ofDigest, a),
    ],
    [
      'blind-inclusion-proof-salt-altered',
      'An inclusion proof with one bit of its salt changed.',
      claim(ofList, { ...b, salt: flipped(b.salt as Uint8Array), inclusionProof: proof }),
    ],
    [
      'blind-inclusion-proof-salt-missing',
      'An inclusion proof whose salt was left out.',
      claim(ofList, { ...without(b), inclusionProof: proof }),
    ],
    [
      'salt-added-to-inclusion-proof',
      'An inclusion proof of a list without salts, and a salt.',
      claim(ofOpen, { ...a, inclusionProof: openProof }),
    ],
    [
      'leaf-in-place-of-node',
      'A subject whose proof leaves out its sibling, as if the list were two nodes.',
      claim(ofOpen, {
        ...openA,
        inclusionProof: { leafIndex: 0, treeSize: 2, hashes: openProof.hashes.slice(1) },
      }),
    ],
    [
      'node-in-place-of-leaf',
      'A subject whose digest is an inner node, with the proof of that node.',
      claim(ofOpen, {
        name: 'node',
        sha256: commitmentOf(open.slice(0, 2)) as Uint8Array,
        inclusionProof: { leafIndex: 0, treeSize: 2, hashes: openProof.hashes.slice(1) },
      }),
    ],
  ] as const
).map(([name, description, statement]) => ({
  name: `fails-${name}`,
  description,
  statement,
  trustAnchors,
  findings: { commitment: 'fail not-committed' },
}))

export const blind: readonly Scenario[] = [...passing, ...failing]
