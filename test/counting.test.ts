// The counter of work that other tests rely on: it tells a square from a line, and gives the same number each time.

import './support/harness/counting.ts'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { concat, readHex, toHex } from '../src/encoding/bytes.ts'
import { assertLinear, workOf } from './support/harness/counting.ts'

const BYTE = Uint8Array.of(7)

/** So many bytes, put behind each other one by one. */
function append(count: number): void {
  let all = new Uint8Array(0)
  for (let i = 0; i < count; i++) all = Uint8Array.from(concat(all, BYTE))
}

function each(count: number, call: () => void): void {
  for (let i = 0; i < count; i++) call()
}

describe('the work of a program', () => {
  test('is counted the same each time, whatever was optimized before', () => {
    const digits = new Uint8Array(10_000).fill(0x30)
    const output = new Uint8Array(5000)
    const read = (): number => workOf(() => void readHex(digits, 0, output))
    const first = read()
    assert.ok(first >= output.length, `${first} steps`)
    each(50, () => void readHex(digits, 0, output))
    assert.equal(read(), first)
  })

  test('is a line when it is in proportion', () => {
    assertLinear(
      (count: number) => each(count, () => void toHex(BYTE)),
      (scale) => 200 * scale,
    )
  })

  test('is a square when calls are, or what they copy is', () => {
    const calls = (count: number): void => each(count, () => each(count, () => void toHex(BYTE)))
    assert.throws(() => assertLinear(calls, (scale) => 50 * scale), /times the work/)
    assert.throws(() => assertLinear(append, (scale) => 500 * scale), /times the work/)
  })
})
