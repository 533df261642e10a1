// The command line's SHA-2 by node:crypto, held against the package that it stands in for.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expand, extract } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import * as noble from '@noble/hashes/sha2.js'
import * as native from '../../src/system/sha2.ts'

const PAIRS = [
  ['SHA-256', native.sha256, noble.sha256],
  ['SHA-384', native.sha384, noble.sha384],
  ['SHA-512', native.sha512, noble.sha512],
] as const
const LENGTHS = [0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 1000]

test('messages of every length around a block have the same digests', () => {
  for (const [name, ours, theirs] of PAIRS) {
    assert.equal(ours.outputLen, theirs.outputLen)
    assert.equal(ours.blockLen, theirs.blockLen)
    for (const length of LENGTHS) {
      const message = bytes(length)
      assert.deepEqual(ours(message), theirs(message), `${name} of ${length} bytes`)
      const parts = [message.subarray(0, 7), message.subarray(7)] as const
      const running = ours.create().update(parts[0]).update(parts[1])
      const copy = running.clone()
      assert.deepEqual(running.digest(), theirs(message), `${name} of ${length} bytes in two parts`)
      assert.deepEqual(copy.digest(), theirs(message), `a copy of ${name} of ${length} bytes`)
    }
  }
})

test('HMAC and HKDF over it have the same values, of one block and of several', () => {
  for (const [name, native, theirs] of PAIRS) {
    const ours = native as unknown as typeof noble.sha256
    for (const length of LENGTHS) {
      const [key, message] = [bytes(length), bytes(99)]
      assert.deepEqual(hmac(ours, key, message), hmac(theirs, key, message), `${name}, ${length}`)
      const secret = extract(theirs, key, message)
      assert.deepEqual(extract(ours, key, message), secret)
      const wanted = Math.max(1, length)
      assert.deepEqual(
        expand(ours, secret, message, wanted),
        expand(theirs, secret, message, wanted),
      )
    }
  }
})

function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 0xff)
}
