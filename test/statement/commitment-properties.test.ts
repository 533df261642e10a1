// Inclusion proofs for every list to 300 subjects: each leads to the commitment, and none with anything changed does.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { concat, utf8 } from '../../src/encoding/bytes.ts'
import {
  commitmentOf,
  commitsTo,
  proveInclusion,
  type Subject,
} from '../../src/statement/commitment.ts'
import { hashInto, type InclusionProof, openTree } from '../../src/statement/merkle-tree.ts'
import { casesOf, isExhaustive } from '../support/harness/sweep-step.ts'
import { merkleTree, sidesOf } from '../support/make/merkle.ts'
import { blinded, printedLine, subject } from '../support/make/statements.ts'

const MAX = isExhaustive ? 300 : 70
const all = Array.from({ length: MAX }, (_, i) => subject(`file ${i}`))
const tree = merkleTree(all.map(printedLine))
const leads = (one: Subject, inclusionProof: InclusionProof, size: number): boolean =>
  commitsTo([{ ...one, inclusionProof }], tree.head(size))
const proofOf = (leafIndex: number, treeSize: number): InclusionProof => ({
  leafIndex,
  treeSize,
  hashes: tree.path(leafIndex, treeSize),
})

/** A list's size and an index into it. */
const place = fc
  .integer({ min: 2, max: MAX })
  .chain((size) => fc.tuple(fc.constant(size), fc.nat({ max: size - 1 })))

describe(`inclusion proofs of lists of all sizes to ${MAX}`, () => {
  test('all lead to the commitment', () => {
    for (let size = 2; size <= MAX; size++) {
      for (let index = 0; index < size; index++) {
        const proof = proofOf(index, size)
        assert(leads(all[index] as Subject, proof, size), `${index} of ${size}`)
      }
    }
  })

  test('are made as they should be: all of the small lists, some of the large', () => {
    for (let size = 2; size <= MAX; size += size < 40 ? 1 : 7) {
      const list = all.slice(0, size)
      const some = [0, size >> 1, size - 1]
      for (const index of size < 20 ? list.keys() : some) {
        assert.deepEqual(proveInclusion(list, index), proofOf(index, size))
      }
    }
  })

  test('do not with another subject or index', () => {
    fc.assert(
      fc.property(place, fc.nat({ max: MAX - 1 }), ([size, index], other) => {
        fc.pre(other !== index)
        const proof = proofOf(index, size)
        const one = all[index] as Subject
        assert(!leads(all[other] as Subject, proof, size))
        assert(!leads(one, { ...proof, leafIndex: other }, size))
        assert(!leads({ ...one, name: `${one.name}'` }, proof, size))
      }),
      { numRuns: casesOf(300) },
    )
  })

  test('do not with another size, unless the path goes left and right as before', () => {
    for (let size = 2; size <= 20; size++) {
      for (let index = 0; index < size; index++) {
        const proof = proofOf(index, size)
        for (let treeSize = index + 1; treeSize <= 40; treeSize++) {
          const same = sidesOf(index, treeSize) === sidesOf(index, size)
          assert.equal(leads(all[index] as Subject, { ...proof, treeSize }, size), same)
        }
      }
    }
  })

  test('do not with a hash altered, left out, put in, or two of them swapped', () => {
    fc.assert(
      fc.property(place, fc.nat(), fc.nat({ max: 255 }), ([size, index], pick, bit) => {
        const proof = proofOf(index, size)
        const one = all[index] as Subject
        const { hashes } = proof
        const at = pick % hashes.length
        const hash = hashes[at] as Uint8Array
        const altered = hash.with(bit >> 3, (hash[bit >> 3] ?? 0) ^ (1 << (bit & 7)))
        const head = tree.head(size)
        const lists = [
          hashes.with(at, altered),
          hashes.toSpliced(at, 1),
          hashes.toSpliced(at, 0, hash),
          [...hashes, head],
          [head, ...hashes],
          ...(at > 0 ? [hashes.with(at, hashes[at - 1] as Uint8Array).with(at - 1, hash)] : []),
        ]
        for (const changed of lists) assert(!leads(one, { ...proof, hashes: changed }, size))
      }),
      { numRuns: casesOf(300) },
    )
  })
})

describe(`inclusion proofs of blind lists of all sizes to ${MAX}`, () => {
  const blind = all.map(blinded)
  const leaves = blind.map((one) => concat(one.salt ?? new Uint8Array(0), utf8(printedLine(one))))
  const salted = merkleTree(leaves)

  test('lead to the commitment, and to none without their salt', () => {
    for (let size = 2; size <= MAX; size++) {
      const head = salted.head(size)
      for (let index = 0; index < size; index += size < 40 ? 1 : 1 + (size % 7)) {
        const hashes = salted.path(index, size)
        const one = blind[index] as Subject
        const inclusionProof = { leafIndex: index, treeSize: size, hashes }
        assert(commitsTo([{ ...one, inclusionProof }], head), `${index} of ${size}`)
        const { salt, ...bare } = one
        if (salt) assert(!commitsTo([{ ...bare, inclusionProof }], head), `${index} of ${size}`)
      }
    }
  })

  test('are made many at a time as they should be, in the order of their leaves', () => {
    const several = place.chain(([size]) =>
      fc.tuple(fc.constant(size), fc.array(fc.nat({ max: size - 1 }), { maxLength: 12 })),
    )
    fc.assert(
      fc.property(several, ([size, indexes]) => {
        const asked = new Set(indexes)
        const grown = openTree(hashInto)
        for (const [i, leaf] of leaves.slice(0, size).entries()) {
          grown.add(concat(Uint8Array.of(0), leaf))
          if (asked.has(i)) grown.prove()
        }
        const { head, proofs } = grown.close()
        assert.deepEqual(head, salted.head(size))
        const expected = [...asked]
          .sort((one, other) => one - other)
          .map((leafIndex) => ({
            leafIndex,
            treeSize: size,
            hashes: salted.path(leafIndex, size),
          }))
        assert.deepEqual(proofs, expected)
      }),
      { numRuns: casesOf(100) },
    )
  })
})

describe('any list', () => {
  const names = fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }), {
    minLength: 2,
    maxLength: 6,
  })

  test('has another commitment than any other list of the same digests', () => {
    const { sha256 } = subject('same')
    fc.assert(
      fc.property(names, names, (some, others) => {
        const [a, b] = [some, others].map((list) =>
          commitmentOf(list.map((name) => ({ name, sha256 }))),
        )
        const same = some.length === others.length && some.every((name, i) => name === others[i])
        if (same) assert.deepEqual(a, b)
        else assert.notDeepEqual(a, b)
      }),
    )
  })
})
