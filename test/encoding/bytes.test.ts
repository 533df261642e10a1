// Hex, base64 and equality: one spelling per byte string, and Node's own Buffer as the second opinion.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import {
  concat,
  equal,
  fromBase64,
  fromHex,
  toBase64,
  toHex,
  utf8,
} from '../../src/encoding/bytes.ts'

const samples = [...Array.from({ length: 70 }, (_, n) => n), 8191, 8192, 8193, 100_000].map(
  (length) => Uint8Array.from(randomBytes(length)),
)

describe('hex', () => {
  test('is what Buffer writes, and comes back', () => {
    for (const bytes of samples) {
      assert.equal(toHex(bytes), Buffer.from(bytes).toString('hex'))
      assert.deepEqual(fromHex(toHex(bytes)), bytes)
    }
  })

  test('has no second spelling', () => {
    for (const text of ['0', 'abc', 'AB', 'aB', '0x00', ' 00', '00 ', '00\n', '0g', '٠٠', 'é']) {
      assert.equal(fromHex(text), undefined, JSON.stringify(text))
    }
  })
})

describe('base64', () => {
  test('is what Buffer writes, and comes back', () => {
    for (const bytes of samples) {
      assert.equal(toBase64(bytes), Buffer.from(bytes).toString('base64'))
      assert.deepEqual(fromBase64(toBase64(bytes)), bytes)
    }
  })

  test('reads a view as well as a whole buffer', () => {
    const bytes = Uint8Array.of(9, 1, 2, 3, 9)
    assert.equal(toBase64(bytes.subarray(1, 4)), 'AQID')
  })

  test('of two characters has exactly the 256 spellings of one byte', () => {
    const spellings = new Map<string, number>()
    for (const a of ALPHABET) {
      for (const b of ALPHABET) {
        const bytes = fromBase64(`${a}${b}==`)
        if (bytes) spellings.set(`${a}${b}==`, bytes[0] ?? -1)
      }
    }
    assert.equal(spellings.size, 256)
    assert.equal(new Set(spellings.values()).size, 256)
  })

  test('has no second spelling', () => {
    const refused = ['A', 'AA', 'AAA', 'AA=', 'A===', '====', 'AA==AA==', 'AAAA=', '=AAA', 'AB==']
    const others = [
      'AAB=',
      'AA\n==',
      'AAAA\n',
      ' AAAA',
      'AAA-',
      'AAA_',
      'AAAé',
      '\0AAA',
      'ＡＡＡＡ',
    ]
    for (const text of [...refused, ...others]) {
      assert.equal(fromBase64(text), undefined, JSON.stringify(text))
    }
  })
})

describe('byte strings', () => {
  test('are equal when each byte is', () => {
    const bytes = Uint8Array.of(1, 2, 3)
    assert(equal(bytes, bytes))
    assert(equal(bytes, bytes.slice()))
    assert(equal(new Uint8Array(0), new Uint8Array(0)))
    for (const other of [[1, 2], [1, 2, 4], [0, 2, 3], [1, 2, 3, 0], []]) {
      assert(!equal(bytes, Uint8Array.from(other)))
      assert(!equal(Uint8Array.from(other), bytes))
    }
  })

  test('are put together in order', () => {
    const [a, b, c] = [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)]
    assert.deepEqual(concat(a, b, c), Uint8Array.of(1, 2, 3))
    assert.deepEqual(concat(), new Uint8Array(0))
  })

  test('of a text are its UTF-8', () => {
    assert.deepEqual(utf8('aü€🔒'), Uint8Array.from(Buffer.from('aü€🔒')))
  })
})

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
