// The comparison of digests with subjects against a slow and plain definition, and that no order of digests matters.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Subject } from '../../src/statement/commitment.ts'
import { compareSubjects, type GivenDigest } from '../../src/verify/subjects.ts'
import { casesOf } from '../support/harness/sweep-step.ts'

const names = ['a', 'b', 'f/c']
const sha256 = fc.integer({ min: 0, max: 3 }).map((byte) => new Uint8Array(32).fill(byte))
const subjects: fc.Arbitrary<Subject[]> = fc.array(
  fc.record({ name: fc.constantFrom(...names), sha256 }),
  { minLength: 1, maxLength: 5 },
)
const digests: fc.Arbitrary<GivenDigest[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ name: fc.constantFrom(...names, 'x', 'g/a', 'g/c', ''), sha256 }),
    },
    fc.record({ name: fc.constantFrom(...names, 'x'), sha256: fc.constant(null) }),
  ),
  { maxLength: 6 },
)

/**
 * A digest belongs to the subjects of its name, else to those that are called as its last part, else to those with the
 * same digest. One that is none of them fails, and so does a file that is missing.
 */
function plain(list: readonly Subject[], given: readonly GivenDigest[]): string {
  const same = (a: GivenDigest, b: GivenDigest): boolean => `${a.sha256}` === `${b.sha256}`
  const candidates = (digest: GivenDigest): readonly Subject[] => {
    const last = (name = ''): string => name.slice(name.lastIndexOf('/') + 1)
    const exact = list.filter(({ name }) => name === digest.name)
    const namesakes =
      exact.length > 0 ? exact : list.filter(({ name }) => last(name) === last(digest.name))
    return namesakes.length > 0 ? namesakes : list.filter((one) => same(one, digest))
  }
  const digests = given.filter(({ sha256 }) => sha256 !== null)
  const strangers = digests.filter((one) => !candidates(one).some((other) => same(one, other)))
  const called = strangers.filter((one) => candidates(one).length > 0)
  const isOther = (one: GivenDigest): boolean => list.some((other) => same(one, other))
  if (called.some((one) => !isOther(one))) return 'altered'
  if (called.length > 0) return 'other-subject'
  if (digests.length < given.length) return 'missing-file'
  if (strangers.length > 0) return 'no-such-subject'
  const compared = list.filter((one) =>
    given.some((digest) => candidates(digest).includes(one) && same(one, digest)),
  )
  if (compared.length === list.length) return 'all-compared'
  return compared.length > 0 ? 'some-compared' : 'none-compared'
}

describe('comparing digests with subjects', () => {
  test('finds what the plain definition finds', () => {
    fc.assert(
      fc.property(subjects, digests, (list, given) => {
        assert.equal(compareSubjects(list, given).check.code, plain(list, given))
      }),
      { numRuns: casesOf(1000) },
    )
  })

  test('does not depend on the order of the digests, nor on one given twice', () => {
    const shuffled = digests.chain((given) =>
      fc.tuple(
        fc.constant(given),
        fc.shuffledSubarray([...given, ...given], { minLength: 2 * given.length }),
      ),
    )
    fc.assert(
      fc.property(subjects, shuffled, (list, [given, others]) => {
        const [one, two] = [compareSubjects(list, given), compareSubjects(list, others)]
        assert.deepEqual(two.subjects, one.subjects)
        assert.deepEqual([two.check.outcome, two.check.code], [one.check.outcome, one.check.code])
      }),
      { numRuns: casesOf(500) },
    )
  })
})
