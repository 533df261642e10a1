// Scenarios about what was signed: the commitment, the chain of rounds, and the digests that the verifier is given (SPEC.md §3, §4).

import { proveInclusion, type Subject } from '../../../src/statement/commitment.ts'
import type { Tls12Round } from '../../../src/statement/round.ts'
import type { SignedStatement } from '../../../src/statement/statement.ts'
import {
  makeRound,
  makeStatement,
  nextRandom,
  roundsAt,
  subject,
  TIME,
} from '../../support/make/statements.ts'
import { trustAnchors, witness } from './authority.ts'
import type { Scenario } from './scenario.ts'

const list = ['a.txt', 'b.txt', 'c.txt'].map((name) => subject(name))
const [a, b, c] = list as [Subject, Subject, Subject]
const usual = roundsAt(witness, [TIME, TIME, TIME])
const single = makeStatement({ rounds: usual })
const ofList = makeStatement({ subjects: list, rounds: usual })
const proof = proveInclusion(list, 1)
const cutOut = (subjects: readonly Subject[]): SignedStatement => ({ ...ofList, subjects })
const first = proof.hashes[0] as Uint8Array
const last = proof.hashes[1] as Uint8Array

const NOT_COMMITTED = { commitment: 'fail not-committed' } as const

const commitments: Scenario[] = [
  {
    name: 'passes-renamed-single-subject',
    description:
      'The name of a single subject is bound to nothing: whoever holds the file may change it.',
    statement: { ...single, subjects: [{ ...(single.subjects[0] as Subject), name: 'other.txt' }] },
    trustAnchors,
  },
  {
    name: 'fails-other-digest',
    description: 'The digest of a single subject was replaced.',
    statement: { ...single, subjects: [subject('document.txt', 'forged')] },
    trustAnchors,
    findings: NOT_COMMITTED,
  },
  {
    name: 'fails-renamed-in-list',
    description: 'In a list the names are bound.',
    statement: cutOut([a, { ...b, name: 'x.txt' }, c]),
    trustAnchors,
    findings: NOT_COMMITTED,
  },
  {
    name: 'fails-list-reordered',
    description: 'So is the order.',
    statement: cutOut([b, a, c]),
    trustAnchors,
    findings: NOT_COMMITTED,
  },
  {
    name: 'fails-list-shortened',
    description: 'And the number.',
    statement: cutOut([a, b]),
    trustAnchors,
    findings: NOT_COMMITTED,
  },
  {
    name: 'fails-list-last-repeated',
    description:
      'A tree that pairs an odd last leaf with itself would have one head for both lists.',
    statement: cutOut([a, b, c, c]),
    trustAnchors,
    findings: NOT_COMMITTED,
  },
  {
    name: 'fails-list-under-first-digest',
    description: 'The server signed the digest of the first subject; a second was added.',
    statement: makeStatement({ subjects: [a, b], commitment: a.sha256, rounds: usual }),
    trustAnchors,
    findings: NOT_COMMITTED,
  },
  {
    name: 'fails-cut-out-without-proof',
    description: 'A subject of a list, alone and without its inclusion proof.',
    statement: cutOut([b]),
    trustAnchors,
    findings: NOT_COMMITTED,
  },
  ...(
    [
      ['wrong-index', { ...proof, leafIndex: 0 }],
      ['wrong-size', { ...proof, treeSize: 2 }],
      ['larger-size', { ...proof, treeSize: 5 }],
      ['hash-missing', { ...proof, hashes: [first] }],
      ['hash-added', { ...proof, hashes: [first, last, last] }],
      ['hashes-swapped', { ...proof, hashes: [last, first] }],
      ['hash-altered', { ...proof, hashes: [first, last.with(31, (last[31] ?? 0) ^ 1)] }],
    ] as const
  ).map(([name, inclusionProof]) => ({
    name: `fails-inclusion-proof-${name}`,
    description: `A subject of a list of three whose inclusion proof is wrong: ${name.replace('-', ' ')}.`,
    statement: cutOut([{ ...b, inclusionProof }]),
    trustAnchors,
    findings: NOT_COMMITTED,
  })),
  {
    name: 'passes-inclusion-proof-other-size',
    description:
      'treeSize is 4 instead of 3, and the path goes left and right as before: only where the path leads is signed.',
    statement: cutOut([{ ...a, inclusionProof: { ...proveInclusion(list, 0), treeSize: 4 } }]),
    trustAnchors,
  },
  {
    name: 'fails-inclusion-proof-of-other-subject',
    description: 'The inclusion proof is of another subject of the same list.',
    statement: cutOut([{ ...a, inclusionProof: proof }]),
    trustAnchors,
    findings: NOT_COMMITTED,
  },
]

const three = makeStatement({ rounds: roundsAt(witness, [TIME, TIME + 1, TIME + 2]) })
const four = makeStatement({ rounds: roundsAt(witness, [TIME, TIME + 1, TIME + 2, TIME + 3]) })
const [r0, r1, r2] = three.rounds as [Tls12Round, Tls12Round, Tls12Round]
const commitment = (three.subjects[0] as Subject).sha256
const BROKEN = { chain: 'fail broken-chain' } as const

/** A round at the end whose client_random follows from the chain, but for one part. */
const misled = (round: Partial<Tls12Round>): SignedStatement => ({
  ...three,
  rounds: [
    r0,
    r1,
    makeRound(
      { endEntity: witness, time: TIME + 2 },
      nextRandom(commitment, [r0, { ...r1, ...round }]),
    ),
  ],
})

const chains: Scenario[] = [
  {
    name: 'fails-rounds-swapped',
    description: 'The second and the third round in the wrong order.',
    statement: { ...three, rounds: [r0, r2, r1] },
    trustAnchors,
    findings: BROKEN,
  },
  {
    name: 'fails-first-round-swapped',
    description: 'The first round is no longer first.',
    statement: { ...three, rounds: [r1, r0, r2] },
    trustAnchors,
    findings: { ...BROKEN, ...NOT_COMMITTED },
  },
  {
    name: 'fails-round-removed',
    description: 'The second of four rounds is missing.',
    statement: { ...four, rounds: four.rounds.filter((_, i) => i !== 1) },
    trustAnchors,
    findings: BROKEN,
  },
  {
    name: 'fails-first-round-removed',
    description: 'The round with the commitment is missing.',
    statement: { ...four, rounds: four.rounds.slice(1) },
    trustAnchors,
    findings: { ...BROKEN, ...NOT_COMMITTED },
  },
  {
    name: 'passes-last-round-removed',
    description: 'A chain cut short at its end is a chain.',
    statement: { ...four, rounds: four.rounds.slice(0, 3) },
    trustAnchors,
  },
  {
    name: 'indeterminate-cut-to-two-rounds',
    description:
      'A statement of three rounds without the third, as if it had been had for half the price.',
    statement: { ...three, rounds: [r0, r1] },
    trustAnchors,
    findings: { clock: 'unknown uncorroborated', path: 'unknown no-credible-time' },
  },
  {
    name: 'fails-round-repeated',
    description: 'One good round three times is not three rounds.',
    statement: { ...three, rounds: [r0, r0, r0] },
    trustAnchors,
    findings: BROKEN,
  },
  {
    name: 'fails-same-commitment-in-each-round',
    description: 'Each round signs the commitment itself, so the second could have come first.',
    statement: makeStatement({
      rounds: roundsAt(witness, [TIME, TIME, TIME], { clientRandom: commitment }),
    }),
    trustAnchors,
    findings: BROKEN,
  },
  {
    name: 'fails-chained-to-other-commitment',
    description: 'The third client_random follows from the second round and another commitment.',
    statement: {
      ...three,
      rounds: [
        r0,
        r1,
        makeRound({ endEntity: witness, time: TIME + 2 }, nextRandom(a.sha256, [r0, r1])),
      ],
    },
    trustAnchors,
    findings: BROKEN,
  },
  {
    name: 'fails-chained-to-other-server-random',
    description:
      "The third client_random follows from another server_random than the second round's.",
    statement: misled({ serverHello: r0.serverHello }),
    trustAnchors,
    findings: BROKEN,
  },
  {
    name: 'fails-chained-to-other-key-exchange',
    description:
      "The third client_random follows from another ServerKeyExchange than the second round's.",
    statement: misled({ serverKeyExchange: r0.serverKeyExchange }),
    trustAnchors,
    findings: BROKEN,
  },
  {
    name: 'fails-chained-to-other-client-hello',
    description: 'The third client_random follows from a ClientHello with another version.',
    statement: misled({ clientHello: r1.clientHello.with(5, 4) }),
    trustAnchors,
    findings: BROKEN,
  },
  {
    name: 'fails-chained-to-other-certificate',
    description: 'The third client_random follows from a Certificate message that was not sent.',
    statement: misled({ certificate: r1.certificate.with(-1, (r1.certificate.at(-1) ?? 0) ^ 1) }),
    trustAnchors,
    findings: BROKEN,
  },
  {
    name: 'fails-chained-to-other-host',
    description: 'The third client_random follows from another host than the second round has.',
    statement: misled({ host: 'other.test' }),
    trustAnchors,
    findings: BROKEN,
  },
  {
    name: 'fails-chained-to-other-port',
    description: 'The third client_random follows from another port than the second round has.',
    statement: misled({ port: 444 }),
    trustAnchors,
    findings: BROKEN,
  },
  {
    name: 'fails-chained-without-certificate-status',
    description: 'The third client_random follows from a round with a CertificateStatus more.',
    statement: misled({ certificateStatus: Uint8Array.of(22, 0, 0, 5, 1, 0, 0, 1, 0) }),
    trustAnchors,
    findings: BROKEN,
  },
]

const stranger = subject('stranger.txt')
const altered = { name: 'b.txt', sha256: stranger.sha256 }

const folders = ['dist/prod.bin', 'dist/test.bin', 'next/prod.bin'].map((name) => subject(name))
const [prod, trial, sameName] = folders as [Subject, Subject, Subject]
const inFolders = makeStatement({ subjects: folders, rounds: usual })

const namesakes = [subject('a.txt'), subject('a.txt', 'another content'), b]
const ofNamesakes = makeStatement({ subjects: namesakes, rounds: usual })

const digests: Scenario[] = [
  {
    name: 'indeterminate-nothing-compared',
    description: 'No digest is given, and nobody said that the statement is to be judged alone.',
    statement: ofList,
    trustAnchors,
    digests: [],
    findings: { subjects: 'unknown none-compared' },
  },
  {
    name: 'passes-statement-only',
    description: 'No digest is given, and none is needed: the statement is to be judged alone.',
    statement: ofList,
    trustAnchors,
    digests: [],
    statementOnly: true,
    findings: { subjects: 'pass statement-only' },
  },
  {
    name: 'fails-statement-only-altered',
    description: 'A digest that is given counts also when none is needed.',
    statement: ofList,
    trustAnchors,
    digests: [altered],
    statementOnly: true,
    findings: { subjects: 'fail altered' },
  },
  {
    name: 'passes-some-compared',
    description: 'One of three subjects is given.',
    statement: ofList,
    trustAnchors,
    digests: [b],
    findings: { subjects: 'pass some-compared' },
  },
  {
    name: 'passes-same-name-twice',
    description:
      'Two subjects have one name and different digests, and both of these files are given.',
    statement: ofNamesakes,
    trustAnchors,
  },
  {
    name: 'passes-same-name-twice-one-compared',
    description: 'One of two files that share their name is given: the other subject is open.',
    statement: ofNamesakes,
    trustAnchors,
    digests: namesakes.slice(1),
    findings: { subjects: 'pass some-compared' },
  },
  {
    name: 'fails-same-name-twice-altered',
    description: 'Two subjects have one name, and the file of that name is neither.',
    statement: ofNamesakes,
    trustAnchors,
    digests: [{ ...stranger, name: 'a.txt' }],
    findings: { subjects: 'fail altered' },
  },
  {
    name: 'passes-digest-without-name',
    description: 'A digest without a name, and one under another name, are compared by value.',
    statement: ofList,
    trustAnchors,
    digests: [{ sha256: a.sha256 }, { ...b, name: 'copy of b.txt' }, c],
  },
  {
    name: 'fails-altered',
    description: "The file of a subject's name has another digest.",
    statement: ofList,
    trustAnchors,
    digests: [a, altered],
    findings: { subjects: 'fail altered' },
  },
  {
    name: 'fails-names-swapped',
    description: "Two files have each other's name: each is another subject than it is called by.",
    statement: ofList,
    trustAnchors,
    digests: [{ ...a, name: 'b.txt' }, { ...b, name: 'a.txt' }, c],
    findings: { subjects: 'fail other-subject' },
  },
  {
    name: 'passes-file-in-another-folder',
    description: "The last part of a file's name is a subject's, and so is its digest.",
    statement: inFolders,
    trustAnchors,
    digests: [{ ...prod, name: 'down/prod.bin' }],
    findings: { subjects: 'pass some-compared' },
  },
  {
    name: 'fails-file-in-another-folder-is-another-subject',
    description: "The last part of a file's name is a subject's, and its digest is another's.",
    statement: inFolders,
    trustAnchors,
    digests: [{ ...trial, name: 'down/prod.bin' }],
    findings: { subjects: 'fail other-subject' },
  },
  {
    name: 'fails-file-in-other-case-is-another-subject',
    description: "But for its case a file's name is a subject's, and its digest is another's.",
    statement: inFolders,
    trustAnchors,
    digests: [{ ...trial, name: 'down\\PROD.bin' }],
    findings: { subjects: 'fail other-subject' },
  },
  {
    name: 'fails-file-in-another-folder-altered',
    description: "The last part of a file's name is a subject's, and its digest is nobody's.",
    statement: inFolders,
    trustAnchors,
    digests: [{ ...stranger, name: './down/../test.bin' }],
    findings: { subjects: 'fail altered' },
  },
  {
    name: 'passes-name-of-two-subjects',
    description: 'The last part of a name may mean two subjects: it has to be one of them.',
    statement: inFolders,
    trustAnchors,
    digests: [{ ...sameName, name: 'prod.bin' }],
    findings: { subjects: 'pass some-compared' },
  },
  {
    name: 'fails-name-of-two-subjects-is-third',
    description: 'The last part of a name may mean two subjects, and the digest is of a third.',
    statement: inFolders,
    trustAnchors,
    digests: [{ ...trial, name: 'prod.bin' }],
    findings: { subjects: 'fail other-subject' },
  },
  {
    name: 'passes-folder-decides-between-names',
    description:
      'Of two subjects with one last part, the folder in front of it tells which is meant.',
    statement: inFolders,
    trustAnchors,
    digests: [{ ...sameName, name: '/tmp/down/next/prod.bin' }],
    findings: { subjects: 'pass some-compared' },
  },
  {
    name: 'fails-folder-decides-between-names',
    description:
      'Of two subjects with one last part, the folder in front of it names the other one.',
    statement: inFolders,
    trustAnchors,
    digests: [{ ...prod, name: '/tmp/down/next/prod.bin' }],
    findings: { subjects: 'fail other-subject' },
  },
  {
    name: 'fails-missing-file',
    description: 'One of three files should be there and is not.',
    statement: ofList,
    trustAnchors,
    digests: [a, { name: 'b.txt', sha256: null }, c],
    findings: { subjects: 'fail missing-file' },
  },
  {
    name: 'fails-no-such-subject',
    description: 'A file that is none of the subjects, beside all that are.',
    statement: ofList,
    trustAnchors,
    digests: [...list, stranger],
    findings: { subjects: 'fail no-such-subject' },
  },
  {
    name: 'fails-altered-and-no-such-subject',
    description: 'Of the two, the altered file is what the check names.',
    statement: ofList,
    trustAnchors,
    digests: [stranger, altered],
    findings: { subjects: 'fail altered' },
  },
]

export const subjects: readonly Scenario[] = [...commitments, ...chains, ...digests]
