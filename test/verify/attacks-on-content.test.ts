// The arguments of SPEC.md about what was signed, played: what a cheating signer and the holder of an extracted statement can do, and what they can't.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { equal } from '../../src/encoding/bytes.ts'
import { type VerifyOptions, verifyStatement } from '../../src/index.ts'
import { commitmentOf, proveInclusion, type Subject } from '../../src/statement/commitment.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import { type HashInto, hashInto, type InclusionProof } from '../../src/statement/merkle-tree.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import type { CheckId, Report } from '../../src/verify/report.ts'
import { casesOf } from '../support/harness/sweep-step.ts'
import { type EndEntity, endEntity } from '../support/make/end-entity.ts'
import { mintCertificate } from '../support/make/mint.ts'
import {
  blinded,
  HOST,
  inTurn,
  makeStatement,
  renew,
  roundsAt,
  subject,
  TIME,
} from '../support/make/statements.ts'

const HOSTS = [HOST, 'second.test']
const root = mintCertificate({ subject: 'Test Root', ca: true })

const certified = (host: string): EndEntity =>
  endEntity(mintCertificate({ subject: host, dnsNames: [host], issuer: root }))

const [witness, second] = HOSTS.map((host) => certified(host)) as [EndEntity, EndEntity]
const judge = (made: SignedStatement, more: Partial<VerifyOptions> = {}): Report =>
  verifyStatement(made, {
    trustAnchors: [root.der],
    witnesses: HOSTS,
    statementOnly: true,
    verifySignature: verifySignatureNative,
    ...more,
  })
const codeOf = ({ checks }: Report, id: CheckId): string | undefined =>
  checks.find((one) => one.id === id)?.code
const forged = (report: Report): boolean =>
  report.verdict === 'failed' && codeOf(report, 'commitment') === 'not-committed'

const rounds = roundsAt(witness, [TIME, TIME + 1, TIME + 1])
const open = ['contract', 'plan', 'report', 'table', 'text'].map((name) => subject(name))
const blind = open.map(blinded)
const cutOut = (from: SignedStatement, index: number): SignedStatement => {
  const inclusionProof = proveInclusion(from.subjects, index)
  return { ...from, subjects: [{ ...(from.subjects[index] as Subject), inclusionProof }] }
}
/** The file as another one would read it. */
const handedOver = (made: SignedStatement): SignedStatement =>
  decodeStatement(encodeStatement(made))

describe('a cheating signer', () => {
  const statements = [open, blind].map((subjects) => makeStatement({ subjects, rounds }))

  test('can not change a digest, a name, a salt, the order or the number of a signed list', () => {
    for (const made of statements) {
      assert.equal(judge(made).verdict, 'passed')
      const { subjects } = made
      const [a, b] = subjects as [Subject, Subject]
      const lists: (readonly Subject[])[] = [
        subjects.with(0, { ...a, sha256: subject('forged').sha256 }),
        subjects.with(0, { ...a, name: 'contract 2' }),
        subjects.with(0, { ...a, salt: subject('salt').sha256 }),
        subjects.with(0, b).with(1, a),
        subjects.slice(0, -1),
        [...subjects, a],
        [...subjects, subject('forged')],
      ]
      for (const changed of lists) assert(forged(judge({ ...made, subjects: changed })))
    }
  })

  test('can not claim that a file was in the list with a proof of its own making', () => {
    for (const made of statements) {
      const stranger = subject('forged')
      const proofs = made.subjects.map((_, i) => proveInclusion(made.subjects, i))
      const head = commitmentOf(made.subjects) as Uint8Array
      const parts = [head, ...proofs.flatMap(({ hashes }) => hashes)]
      const claims: InclusionProof[] = [
        ...proofs,
        ...parts.flatMap((hash) =>
          [0, 1].map((leafIndex) => ({ leafIndex, treeSize: 2, hashes: [hash] })),
        ),
        { leafIndex: 0, treeSize: 2 ** 32, hashes: Array.from({ length: 32 }, () => head) },
      ]
      for (const inclusionProof of claims) {
        for (const one of [stranger, blinded(stranger)]) {
          assert(forged(judge({ ...made, subjects: [{ ...one, inclusionProof }] })))
        }
      }
    }
  })

  test('can not show two contents for one blind leaf, as no two subjects have one leaf input', () => {
    const hex = fc.stringMatching(/^[0-9a-f]{32}$/).map((text) => new TextEncoder().encode(text))
    const digest = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const one = fc.record(
      {
        name: fc.oneof(
          fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
          fc.stringMatching(/^[\\ \n0-9a-f]{1,80}$/),
        ),
        sha256: digest,
        // Also such as look like the beginning of a line
        salt: fc.oneof(digest, hex),
      },
      { noNullPrototype: true, requiredKeys: ['name', 'sha256'] },
    ) as fc.Arbitrary<Subject>
    fc.assert(
      fc.property(one, (made) => {
        const read = readLeaf(leafInputOf(made))
        assert.equal(read.name, made.name)
        assert.deepEqual(read.sha256, made.sha256)
        assert.deepEqual(read.salt, made.salt)
      }),
      { numRuns: casesOf(1000) },
    )
  })

  test('can not open a blind leaf otherwise by another salt, unless it finds a second preimage', () => {
    const made = makeStatement({ subjects: blind.slice(0, 1), rounds })
    const [signed] = made.subjects as [Subject]
    const other = { ...signed, sha256: subject('forged').sha256 }
    for (let i = 0; i < 200; i++) {
      const one = { ...other, salt: subject(`salt ${i}`).sha256 }
      assert(forged(judge({ ...made, subjects: [one] })))
    }
    assert(forged(judge({ ...made, subjects: [{ name: other.name, sha256: other.sha256 }] })))
  })

  test('can sign two lists, and leave a witness out that it does not like: no statement says what else was signed', () => {
    const lists = [open, open.with(0, subject('contract', 'other terms'))]
    for (const subjects of lists)
      assert.equal(judge(makeStatement({ subjects, rounds })).verdict, 'passed')
    const contradicted = inTurn(
      rounds,
      roundsAt(second, [TIME - 4000, TIME - 4000, TIME - 4000], { host: 'second.test' }),
    )
    assert.equal(judge(makeStatement({ rounds: contradicted })).verdict, 'failed')
    assert.equal(judge(makeStatement({ rounds })).verdict, 'passed')
    assert.equal(judge(makeStatement({ rounds }), { quorum: 2 }).verdict, 'indeterminate')
  })
})

describe('the holder of an extracted statement', () => {
  const GUESSES = ['contract', 'plan', 'report', 'table', 'text', 'salary', 'secret']
  /** Names of subjects that a list of guesses finds in the sibling hashes. */
  const find = (made: SignedStatement, salt?: Uint8Array): string[] => {
    const [{ inclusionProof } = assert.fail()] = made.subjects
    return GUESSES.filter((guess) => {
      const leaf = leafOf({ ...subject(guess), ...(salt && { salt }) })
      return inclusionProof?.hashes.some((hash) => equal(hash, leaf))
    })
  }

  test('can guess the file beside it in an open list, by trying what it may be', () => {
    const extracted = handedOver(cutOut(makeStatement({ subjects: open, rounds }), 0))
    assert.equal(judge(extracted).verdict, 'passed')
    assert.deepEqual(find(extracted), ['plan', 'text'])
  })

  test('can not in a blind list, though the guess is right', () => {
    const extracted = handedOver(cutOut(makeStatement({ subjects: blind, rounds }), 0))
    assert.equal(judge(extracted).verdict, 'passed')
    const [{ salt } = assert.fail()] = extracted.subjects
    assert.deepEqual(find(extracted), [])
    assert.deepEqual(find(extracted, salt), [])
  })

  test('finds neither name, digest nor salt of another subject in it', () => {
    for (const subjects of [open, blind]) {
      const file = new TextDecoder().decode(
        encodeStatement(cutOut(makeStatement({ subjects, rounds }), 2)),
      )
      for (const [i, { name, sha256, salt }] of subjects.entries()) {
        for (const trace of [`  ${name}"`, hexOf(sha256), ...(salt ? [hexOf(salt)] : [])]) {
          assert.equal(file.includes(trace), i === 2, trace)
        }
      }
    }
  })

  test('knows as much as the witness, which can guess a single file but not a blind one', () => {
    const guess = subject('contract')
    const seen = (made: SignedStatement): Uint8Array =>
      (made.rounds[0] as { clientHello: Uint8Array }).clientHello.slice(6, 38)
    assert.deepEqual(seen(makeStatement({ subjects: [guess], rounds })), guess.sha256)
    const hidden = seen(makeStatement({ subjects: [blinded(guess)], rounds }))
    assert.notDeepEqual(hidden, guess.sha256)
    assert.notDeepEqual(hidden, leafOf(guess))
  })

  test('can not cut a subject out of a renewed list: the renewal is of the whole file', () => {
    const made = makeStatement({ subjects: open, rounds })
    const renewed = renew(made, {
      rounds: roundsAt(second, [TIME, TIME + 2, TIME + 2], { host: 'second.test' }),
    })
    assert.equal(judge(renewed).verdict, 'passed')
    assert.equal(codeOf(judge(cutOut(renewed, 1)), 'renewals'), 'renewal-not-good')
    assert.equal(judge(cutOut(made, 1)).verdict, 'passed')
  })
})

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** What the library hashes for this subject's leaf, without its leading zero. */
function leafInputOf(one: Subject): Uint8Array {
  const inputs: Uint8Array[] = []
  const listening: HashInto = (input, output, offset) => {
    inputs.push(input.slice())
    hashInto(input, output, offset)
  }
  commitmentOf([one, one], listening)
  const [first] = inputs as [Uint8Array]
  assert.equal(first[0], 0)
  return first.subarray(1)
}

function leafOf(one: Subject): Uint8Array {
  const leaf = new Uint8Array(32)
  hashInto(Uint8Array.of(0, ...leafInputOf(one)), leaf, 0)
  return leaf
}

/** The only subject that has this leaf input: the two spaces say where the line begins. */
function readLeaf(input: Uint8Array): Subject {
  const isLine = (bytes: Uint8Array): boolean =>
    /^\\?[0-9a-f]{64} {2}/.test(Buffer.from(bytes).toString('latin1'))
  const start = isLine(input) ? 0 : 32
  assert(isLine(input.subarray(start)))
  const line = new TextDecoder().decode(input.subarray(start))
  const [, escaped, digest = '', text = ''] = /^(\\?)([0-9a-f]{64}) {2}(.*)\n$/s.exec(line) ?? []
  const meant: Record<string, string> = { '\\\\': '\\', '\\n': '\n', '\\r': '\r' }
  return {
    name: escaped ? text.replace(/\\[\\nr]/g, (pair) => meant[pair] as string) : text,
    sha256: Uint8Array.from(Buffer.from(digest, 'hex')),
    ...(start > 0 && { salt: input.slice(0, start) }),
  }
}
