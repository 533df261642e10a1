// What inspect prints of each fixture, line by line; `node dist/test/snapshots/generator/make-snapshots.js` writes it anew.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  inspectFixtures,
  SNAPSHOT_ARGUMENTS,
  SNAPSHOTS,
} from '../snapshots/generator/inspect-snapshots.ts'

describe('inspect prints what it printed before', () => {
  for (const [name, args] of Object.entries(SNAPSHOT_ARGUMENTS)) {
    test(`of ${args.join(' ')}`, async () => {
      const expected = readFileSync(join(SNAPSHOTS, `${name}.txt`), 'utf8')
      assert.equal(await inspectFixtures(args), expected)
    })
  }

  test('and there is no snapshot of anything else', () => {
    const names = Object.keys(SNAPSHOT_ARGUMENTS).map((name) => `${name}.txt`)
    const kept = readdirSync(SNAPSHOTS).filter((name) => name !== 'generator')
    assert.deepEqual(kept.sort(), names.sort())
  })
})

describe('a dump holds every byte once, in order', () => {
  for (const name of ['tls12', 'tls10-dhe', 'tls13-retry', 'ssl2-hello', 'odd', 'refused']) {
    for (const side of ['client', 'server'] as const) {
      test(`${name}, ${side}`, async () => {
        const path = `recordings/${name}.${side}.raw`
        const lines = (await inspectFixtures(['--hex', `--${side}`, path])).split('\n')
        const stream = readFileSync(join(SNAPSHOTS, '../fixtures', path))
        let at = 0
        for (const line of lines) {
          const [, offset, hex = ''] =
            /^ {0,5}(\d+) {2}((?:[0-9a-f]{2} ){0,15}[0-9a-f]{2})(?: {2}|$)/.exec(line) ?? []
          if (offset === undefined) continue
          assert.equal(Number(offset), at, line)
          const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
          assert.deepEqual(bytes, stream.subarray(at, at + bytes.length), line)
          at += bytes.length
        }
        assert.equal(at, stream.length)
      })
    }
  }
})
