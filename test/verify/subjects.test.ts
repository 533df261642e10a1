// Given digests against subjects: by name first, else by digest.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Subject } from '../../src/statement/commitment.ts'
import { compareSubjects, type GivenDigest } from '../../src/verify/subjects.ts'
import { subject } from '../support/make/statements.ts'

const [a, b, c] = ['a', 'b', 'c'].map((name) => subject(name)) as [Subject, Subject, Subject]
const other = subject('other')

function compared(subjects: readonly Subject[], digests: readonly GivenDigest[]) {
  const { subjects: reports, check } = compareSubjects(subjects, digests)
  assert.equal(check.id, 'subjects')
  return [`${check.outcome} ${check.code}`, ...reports.map(({ matched }) => matched)]
}

describe('comparing digests with subjects', () => {
  test('passes for all, some or none of them', () => {
    assert.deepEqual(compared([a, b], [a, b]), ['pass all-compared', true, true])
    assert.deepEqual(compared([a, b], [b]), ['pass some-compared', null, true])
    assert.deepEqual(compared([a, b], []), ['pass none-compared', null, null])
  })

  test('goes by digest when no subject has the name', () => {
    assert.deepEqual(compared([a], [{ sha256: a.sha256 }]), ['pass all-compared', true])
    assert.deepEqual(compared([a], [{ ...a, name: './a' }]), ['pass all-compared', true])
  })

  test('fails for a subject whose file has another digest', () => {
    assert.deepEqual(compared([a, b], [{ ...other, name: 'a' }, b]), ['fail altered', false, true])
  })

  test("fails for a file under a subject's name, also when it is another subject", () => {
    assert.deepEqual(compared([a, b], [{ ...b, name: 'a' }]), ['fail altered', false, null])
  })

  test('fails for a file that is no subject, and takes a single subject for what was meant', () => {
    assert.deepEqual(compared([a, b], [other]), ['fail no-such-subject', null, null])
    assert.deepEqual(compared([a], [other]), ['fail no-such-subject', false])
    assert.deepEqual(compared([a], [other, a]), ['fail no-such-subject', true])
    assert.deepEqual(compared([a], [a, other]), ['fail no-such-subject', true])
  })

  test('names an altered file rather than a stranger, in any order', () => {
    const altered = { ...other, name: 'b' }
    for (const digests of [
      [altered, other],
      [other, altered],
    ]) {
      const { check } = compareSubjects([a, b, c], digests)
      assert.equal(check.code, 'altered')
      assert.match(check.message, /: b; none of the subjects: other$/)
    }
  })

  test('fails for a file that is missing, and says so of its subject', () => {
    const missing = { name: 'a', sha256: null }
    const { subjects, check } = compareSubjects([a, b], [missing, b])
    assert.deepEqual([check.outcome, check.code], ['fail', 'missing-file'])
    assert.match(check.message, /: a$/)
    assert.deepEqual(subjects, [
      { ...a, matched: false, missing: true },
      { ...b, matched: true },
    ])
    assert.deepEqual(compared([a, b], [{ name: 'x', sha256: null }]), [
      'fail missing-file',
      null,
      null,
    ])
    assert.throws(() => compareSubjects([a], [{ sha256: null }]), TypeError)
  })

  test('names five files of each fault, each once, the altered ones first', () => {
    const many = Array.from({ length: 30 }, (_, i) => subject(`${i}`))
    const altered = many.slice(0, 7).map(({ name }) => ({ ...other, name }))
    const missing = many.slice(7, 9).map(({ name }) => ({ name, sha256: null }))
    const { check } = compareSubjects(many, [other, ...missing, ...altered, ...altered])
    assert.match(
      check.message,
      /: 0, 1, 2, 3, 4 and 2 more; missing: 7, 8; none of the subjects: other$/,
    )
    const unnamed = compareSubjects(many, [{ sha256: other.sha256 }])
    assert.match(unnamed.check.message, /: [0-9a-f]{64}$/)
  })

  test('says how many were not compared', () => {
    const { check } = compareSubjects([a, b, c], [b])
    assert.match(check.message, /: 1 of 3; not compared: 2$/)
  })

  test('marks every subject of the same digest, and only the right one of the same name', () => {
    const copy = { ...a, name: 'copy' }
    assert.deepEqual(compared([a, copy], [{ sha256: a.sha256 }]), ['pass all-compared', true, true])
    assert.deepEqual(compared([a, copy], [a]), ['pass some-compared', true, null])
    const namesake = { ...b, name: 'a' }
    assert.deepEqual(compared([a, namesake], [a]), ['pass some-compared', true, null])
    assert.deepEqual(compared([a, namesake], [a, namesake]), ['pass all-compared', true, true])
  })

  test('keeps the names and digests of the subjects, in order', () => {
    const { subjects } = compareSubjects([a, b], [])
    assert.deepEqual(subjects, [
      { ...a, matched: null },
      { ...b, matched: null },
    ])
  })

  test('refuses a digest that is not one', () => {
    const short = { sha256: new Uint8Array(31) }
    assert.throws(() => compareSubjects([a], [short]), RangeError)
    const text = { sha256: '00' } as unknown as GivenDigest
    assert.throws(() => compareSubjects([a], [text]), TypeError)
  })
})
