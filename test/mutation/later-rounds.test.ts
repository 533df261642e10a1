// Every one-byte change of a passing statement from its second round on: see statement.test.ts.

import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { LAST, MESSAGES, UNSIGNED, UNSIGNED_MEMBERS } from './fixture.ts'
import { END, passingPlaces, SECOND_ROUND, unsignedPlaces } from './sweep.ts'

describe('a one-byte change of the file from its second round on', () => {
  let passing: ReadonlySet<string> = new Set()
  before(() => {
    passing = passingPlaces(SECOND_ROUND, END)
  })

  test('is an error or another verdict, except where nobody signed', () => {
    const listed = unsignedPlaces()
    assert.deepEqual(
      [...passing].filter((place) => !listed.has(place)),
      [],
    )
  })

  test('passes in each member that nobody signed, and in each such part of each message', () => {
    for (const member of UNSIGNED_MEMBERS) {
      if (!/^subjects/.test(member)) assert(passing.has(member), member)
    }
    for (const message of MESSAGES) {
      for (const [name, offsets] of UNSIGNED[message]) {
        if (SEEN_BY_ALL_VALUES.has(`${message} ${name}`)) continue
        assert(
          offsets.some((at) => passing.has(`rounds[${LAST}].${message} ${at}`)),
          `${message}, ${name}`,
        )
      }
    }
  })
})

/** Where only one or two values of a byte pass, which the few values here seldom hit: hello.test.ts tries all. */
const SEEN_BY_ALL_VALUES: ReadonlySet<string> = new Set([
  'clientHello client_version',
  'clientHello extension length',
  'serverHello extension length',
  'serverHello extension_type',
  'serverHello cipher_suite',
])
