// Every one-byte change of a passing statement from its second round on: see statement.test.ts.

import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { UNSIGNED_MEMBERS } from './fixture.ts'
import { END, passingPlaces, SECOND_ROUND, unsignedPlaces } from './sweep.ts'

describe('a one-byte change of the file from its second round on', () => {
  let passing: ReadonlySet<string> = new Set()
  before(() => {
    passing = passingPlaces(SECOND_ROUND, END)
  })

  test('is an error or another verdict, except where nobody signed', () => {
    const listed = unsignedPlaces([1, 2])
    assert.deepEqual(
      [...passing].filter((place) => !listed.has(place)),
      [],
    )
  })

  test('passes in each member that nobody signed', () => {
    for (const member of UNSIGNED_MEMBERS) {
      if (/^(?:unsigned|rounds.[12])/.test(member)) assert(passing.has(member), member)
    }
  })
})
