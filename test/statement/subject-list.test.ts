// The short way of reading a statement's list takes what the long way takes, and nothing else.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { utf8 } from '../../src/encoding/bytes.ts'
import { DecodeError } from '../../src/errors.ts'
import type { Subject } from '../../src/statement/commitment.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import { HEAD, readLists } from '../../src/statement/subject-list.ts'
import { casesOf, sweepStep } from '../support/harness/sweep-step.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import { endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
const [endEntity] = endEntities(pki)
const sample = makeStatement({ rounds: roundsAt(endEntity) })
const START = HEAD.length

const salt = new Uint8Array(32).fill(7)
const list: readonly Subject[] = [
  subject('plain'),
  subject('back\\slash'),
  subject('"quoted\\ \n\u0001\u007f\u2028 ü 😀'),
  subject('x'.repeat(4096)),
]

const blind = list.map((one, i) => ({ ...one, salt: salt.with(0, i) }))

/** What the short way reads; undefined where it leaves all to the long way. */
function readShort(bytes: Uint8Array): readonly Subject[] | undefined {
  return readLists(bytes)?.subjects
}

function encoded(subjects: readonly Subject[]): Uint8Array {
  return encodeStatement({ ...sample, subjects })
}

describe('a list of subjects', () => {
  test('is read as it was written', () => {
    for (const subjects of [list, blind]) {
      assert.deepEqual(readShort(encoded(subjects)), subjects)
      assert.deepEqual(decodeStatement(encoded(subjects)), { ...sample, subjects })
    }
  })

  test('has salts for all its subjects or for none, and an inclusion proof for none', () => {
    const [a, b] = blind as [Subject, Subject]
    const { salt: _, ...open } = b
    assert.throws(() => encoded([a, open]), RangeError)
    assert.throws(() => encoded([open, a]), RangeError)
    const text = new TextDecoder().decode(encoded([a, b]))
    const line = `    "${Buffer.from(b.salt as Uint8Array).toString('hex')}"`
    for (const salts of [text.replace(`,\n${line}`, ''), text.replace(line, `${line},\n${line}`)]) {
      assert.notEqual(salts, text)
      assert.equal(readShort(utf8(salts)), undefined)
      assert.throws(() => decodeStatement(utf8(salts)), /expected a list of .* in salts/)
    }
    const inclusionProof = { leafIndex: 0, treeSize: 2, hashes: [salt] }
    const [cut] = [new TextDecoder().decode(encoded([{ ...a, inclusionProof }]))]
    assert.deepEqual(decodeStatement(utf8(cut)).subjects, [{ ...a, inclusionProof }])
    const two = cut
      .replace(/\n( {4}".*)\n/, '\n$1,\n$1\n')
      .replace(/(salts": \[\n)(.*)\n/, '$1$2,\n$2\n')
    assert.throws(() => decodeStatement(utf8(two)), /expected no inclusionProof beside several/)
  })

  test('of any names and salts comes back, over more than a piece', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
    const names = fc.array(
      name.filter((one) => !one.includes('\0')),
      { minLength: 2, maxLength: 40 },
    )
    fc.assert(
      fc.property(names, fc.boolean(), (all, isBlind) => {
        const subjects = all.map((one) => (isBlind ? { ...subject(one), salt } : subject(one)))
        assert.deepEqual(readShort(encoded(subjects)), subjects)
      }),
      { numRuns: casesOf(200) },
    )
    const long = Array.from({ length: 1030 }, (_, i) => subject(`${i}`.padEnd(1000, '\u0001')))
    assert.deepEqual(decodeStatement(encoded(long)).subjects, long)
  })

  test('with any byte altered, left out or put in is refused, or the encoding of what is read', () => {
    const bytes = encoded(blind.slice(0, 3))
    const end = Buffer.from(bytes).indexOf('"rounds"')
    const others = [
      0x00, 0x09, 0x0a, 0x20, 0x22, 0x2c, 0x30, 0x41, 0x5c, 0x61, 0x7f, 0x80, 0xed, 0xff,
    ]
    const check = (altered: Uint8Array): void => {
      let statement: ReturnType<typeof decodeStatement>
      try {
        statement = decodeStatement(altered)
      } catch (error) {
        assert.ok(error instanceof DecodeError)
        return
      }
      assert.deepEqual(encodeStatement(statement), Uint8Array.from(altered))
    }
    for (let at = START; at < end; at += sweepStep(3)) {
      check(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]))
      for (const byte of others) {
        check(Buffer.concat([bytes.subarray(0, at), Uint8Array.of(byte), bytes.subarray(at)]))
        check(Buffer.from(bytes).fill(byte, at, at + 1))
      }
    }
  })

  test('with an error behind it is refused where the error is', () => {
    const text = Buffer.from(encoded(list)).toString()
    const altered = text.replace('"localTime"', '"localtime"')
    assert.throws(() => decodeStatement(utf8(altered)), /unknown member "localtime"/)
    const spaced = text.replace('"tool": ', '"tool":  ')
    const at = Buffer.from(spaced).indexOf('"tool":  ') + 8
    assert.throws(
      () => decodeStatement(utf8(spaced)),
      (error) => error instanceof DecodeError && error.offset === at,
    )
  })

  test('is refused by its names as in a list of one', () => {
    const [one] = [encoded([subject('abc'), subject('def')])]
    const text = Buffer.from(one).toString()
    const names = [
      '',
      '\\u0000',
      '\\ud800',
      '\\u0061bc',
      '\\/',
      'x'.repeat(4097),
      '\u0001',
      '\\n',
      '\\r',
    ]
    for (const bad of [...names, '\\\\', '\\"\\\\']) {
      const altered = utf8(text.replace('  abc"', `  ${bad}"`))
      assert.notDeepEqual(altered, one)
      assert.equal(readShort(altered), undefined)
      assert.throws(() => decodeStatement(altered), DecodeError)
    }
  })
})
