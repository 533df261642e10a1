// What README.md, docs/ and examples/ show is what the program prints: their transcripts are run again, and compared except
// for what differs from run to run. `node dist/test/docs/make-transcripts.js` writes them anew.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { missing } from '../support/servers/programs.ts'
import { readManual } from './documents.ts'
import { isSame, type Machine, startMachine, timesOf } from './transcripts.ts'

describe('the transcripts', { skip: missing('bun'), concurrency: 4 }, () => {
  let machine: Machine

  before(async () => {
    machine = await startMachine()
  })

  after(() => machine[Symbol.asyncDispose]())

  for (const { path, text } of readManual()) {
    if (!text.includes('\n```console\n')) continue
    test(`of ${path} are what its commands print`, async () => {
      const transcripts = await machine.replay(text)
      assert.ok(transcripts.length > 0)
      for (const { command, shown, printed } of transcripts) {
        if (!isSame(shown, printed)) assert.equal(printed, shown, command)
      }
    })
  }
})

for (const { path, text } of readManual()) {
  const times = [...timesOf(text)].filter(([, shown]) => shown.size > 0)
  if (times.length === 0) continue
  test(`${path} shows one time for each statement`, () => {
    for (const [name, shown] of times) assert.equal(shown.size, 1, `${name}: ${[...shown]}`)
  })
}

test('README.md shows sign and verify', () => {
  const [readme] = readManual()
  assert.match(readme?.text ?? '', /^\$ tls-stamp sign /m)
  assert.match(readme?.text ?? '', /^\$ tls-stamp verify /m)
})
