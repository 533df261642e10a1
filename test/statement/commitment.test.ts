// The commitment against the definition of RFC 9162 §2.1 written down a second time, and the lines against `sha256sum`.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { toHex } from '../../src/encoding/bytes.ts'
import {
  commitmentOf,
  commitsTo,
  proveInclusion,
  type Subject,
} from '../../src/statement/commitment.ts'
import type { HashInto } from '../../src/statement/merkle-tree.ts'
import { merkleTree } from '../support/make/merkle.ts'
import { blinded, printedLine, subject } from '../support/make/statements.ts'

const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const listOf = (size: number): Subject[] =>
  Array.from({ length: size }, (_, i) => subject(`file ${i}`))
const lineOf = ({ name, sha256: digest }: Subject): string => `${toHex(digest)}  ${name}\n`

describe('the commitment', () => {
  test('to one subject is its digest', () => {
    const one = subject('a')
    assert.deepEqual(commitmentOf([one]), one.sha256)
    assert(commitsTo([one], one.sha256))
  })

  test('to a list is the tree head of its lines', () => {
    const subjects = listOf(70)
    const tree = merkleTree(subjects.map(lineOf))
    for (let size = 2; size <= 70; size++) {
      assert.deepEqual(commitmentOf(subjects.slice(0, size)), tree.head(size))
    }
  })

  test('to two known files is the known value', () => {
    const [a, b] = [subject('a'), subject('b')]
    const leaf = (text: string): Buffer => sha256('\x00', text)
    const known = sha256('\x01', leaf(`${toHex(a.sha256)}  a\n`), leaf(`${toHex(b.sha256)}  b\n`))
    assert.deepEqual(Buffer.from(commitmentOf([a, b]) ?? []), known)
    assert(commitsTo([a, b], Uint8Array.from(known)))
    assert(!commitsTo([b, a], Uint8Array.from(known)))
  })

  test('depends on each name, each digest, and the order', () => {
    const subjects = listOf(5)
    const head = commitmentOf(subjects) as Uint8Array
    for (const [i, one] of subjects.entries()) {
      const altered = { ...one, sha256: one.sha256.with(31, (one.sha256[31] ?? 0) ^ 1) }
      assert(!commitsTo(subjects.with(i, altered), head))
      assert(!commitsTo(subjects.with(i, { ...one, name: `${one.name} ` }), head))
      assert(!commitsTo([...subjects.slice(i), ...subjects.slice(0, i)], head) || i === 0)
    }
  })

  test('to one subject with a salt is the head of a tree of one leaf', () => {
    const one = blinded(subject('a'))
    const leaf = sha256('\x00', one.salt as Uint8Array, `${toHex(one.sha256)}  a\n`)
    assert.deepEqual(Buffer.from(commitmentOf([one]) ?? []), leaf)
    assert(!commitsTo([one], one.sha256))
    assert(!commitsTo([subject('a')], Uint8Array.from(leaf)))
  })

  test('to a list with salts has each before its line', () => {
    const [a, b] = [blinded(subject('a')), blinded(subject('b'))]
    const left = sha256('\x00', a.salt as Uint8Array, `${toHex(a.sha256)}  a\n`)
    const right = sha256('\x00', b.salt as Uint8Array, `${toHex(b.sha256)}  b\n`)
    const head = Uint8Array.from(sha256('\x01', left, right))
    assert.deepEqual(commitmentOf([a, b]), head)
    assert(!commitsTo([a, subject('b')], head))
    assert(!commitsTo([subject('a'), b], head))
  })

  test('takes all of a name, however long', () => {
    for (const text of ['a', '\\', 'ü', '€', '\u{1f512}']) {
      const [long, longer] = [5000, 5001].map((length) => ({
        ...blinded(subject('long')),
        name: text.repeat(length),
      })) as [Subject, Subject]
      const line = sha256('\x00', long.salt as Uint8Array, printedLine(long))
      assert.deepEqual(Buffer.from(commitmentOf([long]) ?? []), line)
      assert.notDeepEqual(commitmentOf([longer]), commitmentOf([long]))
    }
  })

  test('is the same over a native hash, which is all that it asks', () => {
    let asked = 0
    const native: HashInto = (input, output, offset) => {
      asked++
      output.set(sha256(input), offset)
    }
    for (const size of [1, 2, 3, 20, 33]) {
      const list = listOf(size).map((one, i) => (i % 3 === 0 ? blinded(one) : one))
      asked = 0
      assert.deepEqual(commitmentOf(list, native), commitmentOf(list))
      assert.equal(asked, 2 * size - 1)
      if (size < 2) continue
      const inclusionProof = proveInclusion(list, size - 1, native)
      assert.deepEqual(inclusionProof, proveInclusion(list, size - 1))
      const cutOut = [{ ...(list.at(-1) as Subject), inclusionProof }]
      asked = 0
      assert(commitsTo(cutOut, commitmentOf(list) as Uint8Array, native))
      assert(asked > 1)
    }
  })

  test('to nothing does not exist', () => {
    assert.throws(() => commitmentOf([]), RangeError)
  })
})

describe('an inclusion proof', () => {
  test('is the path of RFC 9162', () => {
    const all = listOf(33)
    const tree = merkleTree(all.map(lineOf))
    for (const size of [2, 3, 4, 5, 7, 8, 9, 31, 33]) {
      for (let leafIndex = 0; leafIndex < size; leafIndex++) {
        const hashes = tree.path(leafIndex, size)
        const expected = { leafIndex, treeSize: size, hashes }
        assert.deepEqual(proveInclusion(all.slice(0, size), leafIndex), expected)
      }
    }
  })

  test('leads from its subject alone to the commitment of the list', () => {
    const subjects = listOf(11)
    for (const [index, one] of subjects.entries()) {
      const inclusionProof = proveInclusion(subjects, index)
      assert.deepEqual(commitmentOf([{ ...one, inclusionProof }]), commitmentOf(subjects))
    }
  })

  test('leads nowhere with too few or too many hashes for its size', () => {
    const [one] = listOf(1) as [Subject]
    const hashes = Array.from({ length: 40 }, () => new Uint8Array(32))
    for (const [leafIndex, treeSize, count] of [
      [0, 2, 0],
      [0, 2, 2],
      [2, 3, 2],
      [1, 3, 1],
      [0, 2 ** 32, 31],
      [0, 2 ** 32, 33],
      [2 ** 32 - 1, 2 ** 32, 33],
    ] as const) {
      const inclusionProof = { leafIndex, treeSize, hashes: hashes.slice(0, count) }
      assert.equal(commitmentOf([{ ...one, inclusionProof }]), undefined)
      assert(!commitsTo([{ ...one, inclusionProof }], one.sha256))
    }
  })

  test('leads somewhere in the largest tree', () => {
    const [one] = listOf(1) as [Subject]
    const hashes = Array.from({ length: 32 }, () => new Uint8Array(32))
    for (const leafIndex of [0, 1, 2 ** 31, 2 ** 32 - 1]) {
      const inclusionProof = { leafIndex, treeSize: 2 ** 32, hashes }
      assert.equal(commitmentOf([{ ...one, inclusionProof }])?.length, 32)
    }
  })

  test('is for a member of a list of two or more', () => {
    for (const index of [-1, 3, 0.5, Number.NaN]) {
      assert.throws(() => proveInclusion(listOf(3), index), RangeError)
    }
    assert.throws(() => proveInclusion(listOf(1), 0), RangeError)
  })

  test('takes no memory of its list', () => {
    const list = listOf(9)
    const proof = proveInclusion(list, 4)
    for (const hash of proof.hashes) assert.equal(hash.buffer.byteLength, 32)
  })
})

describe("a subject's line", () => {
  const names = [
    'a',
    'ü',
    '-n',
    ' ',
    'a b ',
    '*',
    'a\\b',
    'a\nb',
    '\\',
    '\n',
    'a\\\nb\\n',
    '"',
    '\t',
    '🔒',
    'a\rb',
  ]

  test('is what sha256sum prints', { skip: missingSha256sum() }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'tls-stamp-'))
    try {
      for (const name of names) {
        writeFileSync(join(folder, name), name)
        const printed = execFileSync('sha256sum', ['--', name], { cwd: folder, encoding: 'utf8' })
        assert.equal(printedLine(subject(name)), printed, JSON.stringify(name))
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('escapes a carriage return, as coreutils did not before version 9', () => {
    const { sha256: digest } = subject('a\rb')
    assert.equal(printedLine(subject('a\rb')), `\\${toHex(digest)}  a\\rb\n`)
  })

  test('is another one for another name', () => {
    const tricky = ['a\nb', 'a\\nb', 'a\\\nb', 'a\\\\nb', 'a\rb', 'a\\rb', '\\a\nb']
    const { sha256: digest } = subject('same')
    const lines = tricky.map((name) => printedLine({ name, sha256: digest }))
    assert.equal(new Set(lines).size, tricky.length)
    for (const line of lines) assert.equal(line.indexOf('\n'), line.length - 1)
  })
})

/** Why there is nothing to compare with, or false. */
function missingSha256sum(): string | false {
  try {
    const version = execFileSync('sha256sum', ['--version'], { encoding: 'utf8' })
    return /GNU coreutils\) (?:9|\d\d)\./.test(version) ? false : 'sha256sum is not of coreutils 9'
  } catch {
    return 'there is no sha256sum'
  }
}
