// Every one-byte change of a statement that passes: an error, or another verdict, or a byte that nobody signed (SPEC.md §8).

import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { UNSIGNED_MEMBERS } from './fixture.ts'
import { passingPlaces, SECOND_ROUND, unsignedPlaces } from './sweep.ts'

describe('a one-byte change of the file up to the end of its first round', () => {
  let passing: ReadonlySet<string> = new Set()
  before(() => {
    passing = passingPlaces(0, SECOND_ROUND)
  })

  test('is an error or another verdict, except where nobody signed', () => {
    const listed = unsignedPlaces()
    assert.deepEqual(
      [...passing].filter((place) => !listed.has(place)),
      [],
    )
  })

  test('passes in each member that nobody signed, which no message of the round is', () => {
    const members = UNSIGNED_MEMBERS.filter((member) => /^subjects/.test(member))
    assert.deepEqual([...passing], members)
  })
})
