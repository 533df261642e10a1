// SECURITY.md names the tests that play each attack: they are there.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { repositoryPath } from './support/harness/repository.ts'

const rows = readFileSync(repositoryPath('SECURITY.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| attack'))
const vectors = readdirSync(repositoryPath('test/vectors')).map((file) =>
  file.replace(/^(?:passes|fails|indeterminate)-/, '').replace(/\.json$/, ''),
)

test('each attack in SECURITY.md is played in a test or a vector that is there', () => {
  assert(rows.length > 20)
  for (const row of rows) {
    const played = row.split(' | ').at(-1) ?? ''
    const names = [...played.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
    assert.notDeepEqual(names, [], row)
    for (const name of names) assert(isThere(name), `${name}, of: ${row}`)
  }
})

function isThere(name: string): boolean {
  if (name.startsWith('test/')) return existsSync(repositoryPath(name))
  const pattern = new RegExp(`^${name.replaceAll('*', '.*')}$`)
  return vectors.some((vector) => pattern.test(vector))
}
