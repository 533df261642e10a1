// SHA-256 by node:crypto is the portable one.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { commitmentOf, proveInclusion } from '../../src/statement/commitment.ts'
import { hashInto } from '../../src/statement/merkle-tree.ts'
import { hashIntoNative } from '../../src/system/files.ts'
import { subject } from '../support/make/statements.ts'

describe('the native hash', () => {
  test('is SHA-256 where it is asked for, and touches nothing else', () => {
    for (let length = 0; length <= 200; length++) {
      const input = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 0xff)
      const [own, portable] = [new Uint8Array(40).fill(0xee), new Uint8Array(40).fill(0xee)]
      hashIntoNative(input, own, 5)
      hashInto(input, portable, 5)
      assert.deepEqual(own, portable)
    }
  })

  test('takes a part of a larger array for what it is', () => {
    const all = new Uint8Array(64).fill(1)
    const [own, portable] = [new Uint8Array(32), new Uint8Array(32)]
    hashIntoNative(all.subarray(3, 10), own, 0)
    hashInto(new Uint8Array(7).fill(1), portable, 0)
    assert.deepEqual(own, portable)
  })

  test('makes the same commitments and proofs', () => {
    for (const count of [1, 2, 3, 7, 8, 100]) {
      const salt = new Uint8Array(32).fill(count)
      const subjects = Array.from({ length: count }, (_, i) => ({ ...subject(`${i}`), salt }))
      assert.deepEqual(commitmentOf(subjects, hashIntoNative), commitmentOf(subjects))
      if (count === 1) continue
      for (const end of [0, count - 1]) {
        const proof = proveInclusion(subjects, end, hashIntoNative)
        assert.deepEqual(proof, proveInclusion(subjects, end))
      }
    }
  })
})
