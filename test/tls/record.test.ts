import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { DecodeError } from '../../src/errors.ts'
import { encodeRecord, MAX_PLAINTEXT, readRecord } from '../../src/tls/record.ts'

const stream = Uint8Array.of(22, 3, 1, 0, 3, 1, 2, 3, 21, 3, 3, 0, 0)

function refuses(bytes: Uint8Array, at: number, code: string, offset: number): void {
  assert.throws(
    () => readRecord(bytes, at),
    (error) => error instanceof DecodeError && error.code === code && error.offset === offset,
  )
}

test('records are read one after the other, an empty one too', () => {
  assert.deepEqual(readRecord(stream, 0), {
    type: 22,
    version: 0x0301,
    fragment: Uint8Array.of(1, 2, 3),
    offset: 0,
  })
  assert.deepEqual(readRecord(stream, 8), {
    type: 21,
    version: 0x0303,
    fragment: new Uint8Array(0),
    offset: 8,
  })
  assert.equal(readRecord(stream, 13), undefined)
})

test('a record that is not all there yet is no record and no error', () => {
  for (let length = 0; length < 8; length++) {
    assert.equal(readRecord(stream.subarray(0, length), 0), undefined)
  }
})

test('what is not TLS is refused at the byte that says so, before any further one comes', () => {
  refuses(Uint8Array.of(19), 0, 'invalid-value', 0)
  refuses(Uint8Array.of(25), 0, 'invalid-value', 0)
  refuses(Buffer.from('HTTP'), 0, 'invalid-value', 0)
  refuses(Uint8Array.of(22, 2), 0, 'invalid-value', 1)
  refuses(Uint8Array.of(22, 3, 3, 0x48, 0x01), 0, 'invalid-length', 3)
  assert.equal(readRecord(Uint8Array.of(22, 3, 3, 0x48, 0x00), 0), undefined)
  for (const type of [20, 21, 22, 23, 24])
    assert.equal(readRecord(Uint8Array.of(type), 0), undefined)
})

test('reading back what was encoded gives the same record', () => {
  const fragment = fc.uint8Array({ maxLength: 300 })
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 24 }), fragment, (type, bytes) => {
      const record = readRecord(encodeRecord(type, 0x0302, bytes), 0)
      assert.deepEqual(record, { type, version: 0x0302, fragment: bytes, offset: 0 })
    }),
  )
})

test('a fragment over 2^14 bytes does not fit into a record', () => {
  assert.equal(encodeRecord(22, 0x0303, new Uint8Array(MAX_PLAINTEXT)).length, 5 + 2 ** 14)
  assert.throws(() => encodeRecord(22, 0x0303, new Uint8Array(MAX_PLAINTEXT + 1)), RangeError)
})
