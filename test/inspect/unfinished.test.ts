import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { Field } from '../../src/encoding/presentation.ts'
import { inspectConnection } from '../../src/inspect/connection.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { repositoryPath } from '../support/harness/repository.ts'
import { sweepStep } from '../support/harness/sweep-step.ts'

/** Fields follow each other without gap or overlap, inside too; gives where they end. */
function cover(fields: readonly Field[], start: number): number {
  let at = start
  for (const { name, offset, length, bytes, fields: inner } of fields) {
    assert.equal(offset, at, name)
    const prefix = length - bytes.length
    assert.ok(prefix >= 0 && prefix <= 3, name)
    if (inner?.length) assert.equal(cover(inner, at + prefix), at + length, name)
    at += length
  }
  return at
}

describe('a message that its stream ends within', () => {
  for (const name of ['tls12', 'tls10-dhe', 'odd', 'ssl2-hello', 'tls13-retry']) {
    for (const side of ['client', 'server'] as const) {
      const path = repositoryPath(`test/fixtures/recordings/${name}.${side}.raw`)
      const stream = new Uint8Array(readFileSync(path))

      test(`has the fields of what there is of it, wherever ${name} of the ${side} is cut`, () => {
        const { messages } = inspectConnection({ [side]: stream }, verifySignatureNative)
        let cut = 0
        const step = sweepStep(3)
        for (let length = 0; length < Math.min(stream.length, 1600); length += step) {
          const streams = { [side]: stream.subarray(0, length) }
          const { unfinished, ...report } = inspectConnection(streams, verifySignatureNative)
          const whole = messages.slice(0, report.messages.length)
          assert.deepEqual(
            report.messages.map((message) => [message.name, message.offset, message.length]),
            whole.map((message) => [message.name, message.offset, message.length]),
          )
          for (const { fields, there, offset } of unfinished) {
            assert.equal(cover(fields, 0), there)
            assert.equal(fields[0]?.offset, 0)
            assert.equal(fields[0]?.bytes[0], stream[offset])
            cut++
          }
        }
        if (name !== 'ssl2-hello' || side === 'server') assert.ok(cut > 50 / step)
      })
    }
  }
})
