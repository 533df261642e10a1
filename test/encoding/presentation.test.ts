// The presentation language of RFC 5246 §4: what Writer writes Reader reads, and nothing else.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Field, Reader, Writer } from '../../src/encoding/presentation.ts'
import type { DecodeErrorCode } from '../../src/errors.ts'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const open = (...values: number[]): Reader => new Reader('Thing', bytes(...values))

function refuses(code: DecodeErrorCode, offset: number, read: () => unknown): void {
  assert.throws(read, { name: 'DecodeError', code, offset })
}

describe('Writer', () => {
  test('writes numbers big-endian', () => {
    const written = new Writer().u8(1, 0xff).u16(0x0203, 0xffff).u24(0x040506, 0xffffff).done()
    assert.deepEqual(written, bytes(1, 0xff, 2, 3, 0xff, 0xff, 4, 5, 6, 0xff, 0xff, 0xff))
  })

  test('writes a vector behind its length', () => {
    for (const [prefix, header] of [
      [1, [2]],
      [2, [0, 2]],
      [3, [0, 0, 2]],
    ] as const) {
      assert.deepEqual(new Writer().opaque(prefix, bytes(7, 8)).done(), bytes(...header, 7, 8))
    }
  })

  test('refuses numbers and vectors that do not fit', () => {
    for (const value of [-1, 256, 0.5, Number.NaN]) {
      assert.throws(() => new Writer().u8(value), RangeError)
    }
    assert.throws(() => new Writer().u16(2 ** 16), RangeError)
    assert.throws(() => new Writer().u24(2 ** 24), RangeError)
    assert.throws(() => new Writer().opaque(1, new Uint8Array(256)), RangeError)
  })
})

describe('Reader', () => {
  test('reads what Writer wrote', () => {
    const written = new Writer()
      .u8(1)
      .u16(0xabcd)
      .u24(0xabcdef)
      .opaque(2, bytes(1, 2, 3))
      .done()
    const reader = new Reader('Thing', written)
    assert.equal(reader.u8('a'), 1)
    assert.equal(reader.u16('b'), 0xabcd)
    assert.equal(reader.u24('c'), 0xabcdef)
    assert.deepEqual(reader.opaque(2, 'd'), bytes(1, 2, 3))
    assert.equal(reader.left, 0)
    reader.end()
  })

  test('refuses a field that is cut off at any length, at the offset of what is missing', () => {
    const read = (reader: Reader): void => {
      reader.u8('a')
      reader.u16('b')
      reader.opaque(1, 'c')
      reader.end()
    }
    const whole = [1, 2, 3, 2, 8, 9]
    read(open(...whole))
    for (let length = 0; length < whole.length; length++) {
      const offset = length < 1 ? 0 : length < 3 ? 1 : length < 4 ? 3 : 4
      refuses('truncated', offset, () => read(open(...whole.slice(0, length))))
    }
  })

  test('refuses bytes left over', () => {
    const reader = open(1, 2)
    reader.u8('a')
    refuses('trailing-bytes', 1, () => reader.end())
  })

  test('refuses a vector outside its bounds, at the offset of its length', () => {
    const reader = (): Reader => {
      const whole = open(0, 2, 8, 9)
      whole.u8('a')
      return whole
    }
    assert.deepEqual(reader().opaque(1, 'b', 2, 2), bytes(8, 9))
    refuses('invalid-length', 1, () => reader().opaque(1, 'b', 3))
    refuses('invalid-length', 1, () => reader().opaque(1, 'b', 0, 1))
  })

  test('keeps a reader over a vector within it, and counts from the outermost byte', () => {
    const reader = new Reader('Thing', bytes(0, 2, 8, 9, 7), 100)
    const list = reader.sub(2, 'list')
    assert.equal(list.struct, 'Thing.list')
    assert.equal(list.offset, 102)
    assert.deepEqual(list.whole, bytes(8, 9))
    assert.deepEqual(
      list.list((r) => r.u8('item')),
      [8, 9],
    )
    refuses('truncated', 104, () => list.u8('item'))
    assert.equal(reader.u8('rest'), 7)
    reader.end()
  })

  test('stops in the middle of an item that a list cuts off', () => {
    const list = open(3, 0, 1, 0).sub(1, 'list')
    refuses('truncated', 3, () => list.list((r) => r.u16('item')))
  })

  test('says what it expected and what it got, and where', () => {
    assert.throws(() => open(1).u16('version'), {
      message: 'Thing at byte 0: expected 2 bytes of version, got 1',
      struct: 'Thing',
    })
  })

  test('notes every field with its place, value and meaning', () => {
    const trace: Field[] = []
    const reader = new Reader('Thing', bytes(5, 0, 2, 8, 9), 10, trace)
    reader.u8('kind', (value) => `kind ${value}`)
    reader.sub(2, 'list').list((r) => r.bytes(1, 'item'))
    assert.deepEqual(trace, [
      { name: 'kind', offset: 10, length: 1, bytes: bytes(5), meaning: 'kind 5' },
      {
        name: 'list',
        offset: 11,
        length: 4,
        bytes: bytes(8, 9),
        fields: [
          { name: 'item', offset: 13, length: 1, bytes: bytes(8) },
          { name: 'item', offset: 14, length: 1, bytes: bytes(9) },
        ],
      },
    ])
  })
})
