// Names of files as other systems spell them: composed and decomposed, and in bytes that are not UTF-8.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { entriesIn, fileWithin, spellingIn } from '../../src/cli/folder.ts'
import { openWorkspace } from '../support/harness/command-line.ts'

const composed = 'caf\u00e9'
const decomposed = 'cafe\u0301'
const folder = mkdtempSync(join(tmpdir(), 'tls-stamp-names-'))
const at = openWorkspace({})

after(() => {
  rmSync(folder, { recursive: true, force: true })
  at.remove()
})

describe('a name in a folder', { skip: process.platform !== 'linux' }, () => {
  mkdirSync(join(folder, decomposed))
  writeFileSync(join(folder, decomposed, composed), 'x')
  writeFileSync(join(folder, composed), 'y')
  const odd = Buffer.concat([Buffer.from(`${folder}/na`), Buffer.of(0xef), Buffer.from('ve')])
  writeFileSync(odd, 'z')

  test('is found composed or decomposed, each part by itself, and exactly before that', async () => {
    const other = `${decomposed}/${decomposed}`
    assert.deepEqual(await fileWithin(folder, other), { file: join(folder, decomposed, composed) })
    assert.equal(spellingIn(folder, composed), composed)
    assert.equal(spellingIn(folder, decomposed), decomposed)
    assert.equal(spellingIn(folder, 'cafe'), undefined)
    assert.equal(await fileWithin(folder, 'cafe/cafe'), undefined)
  })

  test('that is not UTF-8 is told, and nothing is read by it', async () => {
    const misspelt: string[] = []
    for await (const { path, isMisspelt } of entriesIn(folder)) if (isMisspelt) misspelt.push(path)
    assert.deepEqual(misspelt, ['na\u{fffd}ve'])
    const { code, stderr } = await at.run(['sign', 'localhost', '1', '--recursive', folder])
    assert.match(
      stderr,
      /na\ufffdve has a name that is not UTF-8, which no statement can contain$/m,
    )
    assert.equal(code, 2)
    const one = await at.run(['sign', 'localhost', '1', join(folder, 'na\u{fffd}ve')])
    assert.match(one.stderr, /: its name is not UTF-8$/m)
  })
})
