// Subjects cut out of a statement's text are those cut out of the statement, or none.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { utf8 } from '../../src/encoding/bytes.ts'
import {
  commitmentOf,
  commitsTo,
  proveInclusion,
  type Subject,
} from '../../src/statement/commitment.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import { cutOut } from '../../src/statement/extract.ts'
import { hashInto } from '../../src/statement/merkle-tree.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { casesOf, sweepStep } from '../support/harness/sweep-step.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, renew, roundsAt, subject, TIME } from '../support/make/statements.ts'
import { endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
const [endEntity] = endEntities(pki)
const sample = makeStatement({ rounds: roundsAt(endEntity) })

const salt = new Uint8Array(32).fill(7)
const open: readonly Subject[] = [
  subject('plain'),
  subject('second'),
  subject('back\\slash\r\n"quoted"\u0001\u007f\u2028'),
  subject('ü 😀'),
  subject('\\'),
  subject('x'.repeat(4096)),
]
const blind = open.map((one, i) => ({ ...one, salt: salt.with(0, i) }))

function encoded(subjects: readonly Subject[]): Uint8Array {
  return encodeStatement({ ...sample, subjects })
}

/** By the whole statement; undefined where some name is nobody's, or several subjects'. */
function general(bytes: Uint8Array, names: readonly string[]): SignedStatement[] | undefined {
  const { subjects, rounds, unsigned } = decodeStatement(bytes)
  const called = names.map((name) => {
    return subjects.flatMap((one, i) => (one.name === name ? [i] : []))
  })
  if (called.some(({ length }) => length !== 1)) return undefined
  return called.flat().map((index) => {
    const inclusionProof = proveInclusion(subjects, index)
    return { subjects: [{ ...(subjects[index] as Subject), inclusionProof }], rounds, unsigned }
  })
}

describe('cutting out by name', () => {
  test('gives what is cut out of the whole statement, for any names and salts', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((one) => !one.includes('\0'))
    const special = fc.constantFrom('a\\b', 'a\nb', '"', 'é', 'a/b.txt', 'a/c.txt', '\u007f')
    const lists = fc.uniqueArray(fc.oneof(name, special), { minLength: 2, maxLength: 70 })
    const picked = fc.array(fc.nat(), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(lists, fc.boolean(), picked, (list, isBlind, picks) => {
        const subjects = list.map((one, i): Subject => {
          const plain = subject(one, `${i}`)
          return isBlind ? { ...plain, salt: new Uint8Array(32).fill(i) } : plain
        })
        const names = picks.map((pick) => (subjects[pick % subjects.length] as Subject).name)
        const bytes = encoded(subjects)
        const cut = cutOut(bytes, names, hashInto)
        assert.ok(cut)
        assert.deepEqual(cut, general(bytes, names))
        const commitment = commitmentOf(subjects) as Uint8Array
        assert.ok(cut.every((part) => commitsTo(part.subjects, commitment)))
      }),
      { numRuns: casesOf(150) },
    )
  })

  test('gives what is cut out of the whole statement, for every size to 70', () => {
    const all = Array.from({ length: 70 }, (_, i) => subject(`file-${i}`))
    for (let size = 2; size <= all.length; size += sweepStep(3)) {
      const bytes = encoded(all.slice(0, size))
      const names = ['file-0', `file-${size >> 1}`, `file-${size - 1}`]
      assert.deepEqual(cutOut(bytes, names, hashInto), general(bytes, names))
    }
  })

  test('takes each kind of subject, also from within a larger array', () => {
    for (const list of [open, blind]) {
      const names = list.map(({ name }) => name)
      const bytes = encoded(list)
      const expected = general(bytes, names)
      assert.equal(expected?.length, list.length)
      assert.deepEqual(cutOut(bytes, names, hashInto), expected)
      assert.deepEqual(cutOut(Buffer.concat([bytes]), names, hashInto), expected)
      const inner = Buffer.concat([salt, bytes, salt]).subarray(salt.length, -salt.length)
      assert.deepEqual(cutOut(inner, names, hashInto), expected)
    }
  })

  test('leaves the text of TLS 1.3 rounds as it is, and what was cut out can be renewed by such', () => {
    const guard = { endEntity, host: 'guard.test' }
    const [first = guard, ...later] = roundsAt(endEntity, [TIME, TIME, TIME])
    const rounds = [first, { ...guard, retry: { group: 0x0018 } }, ...later]
    const bytes = encodeStatement(makeStatement({ subjects: open, rounds }))
    const [cut] = cutOut(bytes, ['second'], hashInto) ?? []
    assert.ok(cut)
    assert.deepEqual([cut], general(bytes, ['second']))
    const roundsOf = (text: Uint8Array): string => {
      return Buffer.from(text).toString().split('"rounds"').slice(1).join()
    }
    assert.match(roundsOf(bytes), /"firstClientHello"[^}]*"certificateVerify"/)
    assert.equal(roundsOf(encodeStatement(cut)), roundsOf(bytes))
    const renewed = renew(cut, { rounds: [guard, guard] })
    assert.deepEqual(decodeStatement(encodeStatement(renewed)), renewed)
  })

  test('leaves to others a name that is nobody’s, or several subjects’', () => {
    const bytes = encoded([...open, subject('plain', 'other content')])
    for (const names of [
      ['plain'],
      ['second', 'plain'],
      ['none'],
      ['second', 'none'],
      ['./second'],
    ])
      assert.equal(cutOut(bytes, names, hashInto), undefined)
    assert.equal(cutOut(bytes, ['second'], hashInto)?.length, 1)
  })

  test('leaves to others what is renewed, has one subject, or is no statement', () => {
    const { rounds, unsigned } = sample
    const renewed = { ...sample, subjects: open, renewals: [{ rounds, unsigned }] }
    assert.equal(cutOut(encodeStatement(renewed), ['plain'], hashInto), undefined)
    assert.equal(cutOut(encoded([subject('plain')]), ['plain'], hashInto), undefined)
    const [cut] = cutOut(encoded(open), ['plain'], hashInto) as [SignedStatement]
    assert.equal(cutOut(encodeStatement(cut), ['plain'], hashInto), undefined)
    for (const text of ['', '{}', 'plain']) {
      assert.equal(cutOut(utf8(text), ['plain'], hashInto), undefined)
    }
  })

  test('with any byte altered, left out or put in gives no more than the whole statement does', () => {
    const bytes = encoded(blind.slice(0, 4))
    const names = ['plain', 'ü 😀']
    const end = Buffer.from(bytes).indexOf('"rounds"') + 20
    const others = [0x00, 0x0a, 0x20, 0x22, 0x2c, 0x30, 0x41, 0x5c, 0x61, 0x7f, 0x80, 0xed, 0xff]
    const step = sweepStep(3)
    let given = 0
    const check = (altered: Uint8Array): void => {
      const cut = cutOut(altered, names, hashInto)
      if (cut === undefined) return
      given++
      assert.deepEqual(cut, general(altered, names))
    }
    for (let at = 0; at < end; at += step) {
      check(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]))
      for (const byte of others) {
        check(Buffer.concat([bytes.subarray(0, at), Uint8Array.of(byte), bytes.subarray(at)]))
        check(Buffer.from(bytes).fill(byte, at, at + 1))
      }
    }
    // Other digits and names that nobody asked for are another statement's
    assert.ok(given > 300 / step, `${given} cuts`)
    for (let length = 0; length < bytes.length; length += 7) {
      assert.equal(cutOut(bytes.subarray(0, length), names, hashInto), undefined)
    }
  })
})
