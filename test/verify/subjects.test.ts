// Given digests against subjects: by name first, else by digest.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Subject } from '../../src/statement/commitment.ts'
import { subjectFinder } from '../../src/verify/names.ts'
import { compareSubjects, type GivenDigest } from '../../src/verify/subjects.ts'
import { subject } from '../support/make/statements.ts'

const [a, b, c] = ['a', 'b', 'c'].map((name) => subject(name)) as [Subject, Subject, Subject]
const other = subject('other')

function compared(
  subjects: readonly Subject[],
  digests: readonly GivenDigest[],
  statementOnly?: boolean,
) {
  const { subjects: reports, check } = compareSubjects(subjects, digests, statementOnly)
  assert.equal(check.id, 'subjects')
  return [`${check.outcome} ${check.code}`, ...reports.map(({ matched }) => matched)]
}

describe('comparing digests with subjects', () => {
  test('passes for all or some of them', () => {
    assert.deepEqual(compared([a, b], [a, b]), ['pass all-compared', true, true])
    assert.deepEqual(compared([a, b], [b]), ['pass some-compared', null, true])
  })

  test('leaves open what compares nothing, unless the statement is to be judged alone', () => {
    assert.deepEqual(compared([a, b], []), ['unknown none-compared', null, null])
    assert.deepEqual(compared([a, b], [], true), ['pass statement-only', null, null])
    assert.deepEqual(compared([a, b], [b], true), ['pass some-compared', null, true])
    assert.deepEqual(compared([a, b], [other], true), ['fail no-such-subject', null, null])
  })

  test('goes by digest when no subject has the name', () => {
    assert.deepEqual(compared([a], [{ sha256: a.sha256 }]), ['pass all-compared', true])
    assert.deepEqual(compared([a], [{ ...a, name: './a' }]), ['pass all-compared', true])
  })

  test('fails for a subject whose file has another digest', () => {
    assert.deepEqual(compared([a, b], [{ ...other, name: 'a' }, b]), ['fail altered', false, true])
  })

  test("fails for a file under a subject's name that is another subject, and says which", () => {
    const swapped = [{ ...b, name: 'a' }]
    assert.deepEqual(compared([a, b], swapped), ['fail other-subject', false, null])
    assert.match(compareSubjects([a, b], swapped).check.message, /: a has the content of b$/)
  })

  test('fails for a file that is no subject, and says nothing of the subjects', () => {
    assert.deepEqual(compared([a, b], [other]), ['fail no-such-subject', null, null])
    assert.deepEqual(compared([a], [other]), ['fail no-such-subject', null])
    assert.deepEqual(compared([a], [{ sha256: other.sha256 }]), ['fail no-such-subject', null])
    assert.deepEqual(compared([a], [other, a]), ['fail no-such-subject', true])
    assert.deepEqual(compared([a], [a, other]), ['fail no-such-subject', true])
  })

  test('tells what each digest came to', () => {
    const missing = { name: 'c', sha256: null }
    const altered = { ...other, name: 'c' }
    const swapped = { ...a, name: 'b' }
    assert.deepEqual(compareSubjects([a, b, c], [a, other, missing, altered, swapped]).digests, [
      'same',
      'no-such-subject',
      'missing-file',
      'altered',
      'other-subject',
    ])
    assert.deepEqual(compareSubjects([a, b], [a, b]).digests, ['same', 'same'])
  })

  test('names an altered file rather than a stranger, in any order', () => {
    const altered = { ...other, name: 'b' }
    for (const digests of [
      [altered, other],
      [other, altered],
    ]) {
      const { check } = compareSubjects([a, b, c], digests)
      assert.equal(check.code, 'altered')
      assert.match(check.message, /: b; no subject: other$/)
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
    assert.match(check.message, /: 0, 1, 2, 3, 4 and 2 more; missing: 7, 8; no subject: other$/)
    const unnamed = compareSubjects(many, [{ sha256: other.sha256 }])
    assert.match(unnamed.check.message, /: [0-9a-f]{64}$/)
  })

  test('says how many were not compared', () => {
    const { check } = compareSubjects([a, b, c], [b])
    assert.match(check.message, /: 1 of 3; 2 not compared$/)
  })

  test('marks every subject of the same digest, and only the right one of the same name', () => {
    const copy = { ...a, name: 'copy' }
    assert.deepEqual(compared([a, copy], [{ sha256: a.sha256 }]), ['pass all-compared', true, true])
    assert.deepEqual(compared([a, copy], [a]), ['pass some-compared', true, null])
    const namesake = { ...b, name: 'a' }
    assert.deepEqual(compared([a, namesake], [a]), ['pass some-compared', true, null])
    assert.deepEqual(compared([a, namesake], [a, namesake]), ['pass all-compared', true, true])
  })

  describe('of files in folders', () => {
    const [prod, own] = ['dist/prod.bin', 'dist/test.bin'].map((name) => subject(name)) as [
      Subject,
      Subject,
    ]
    const spare = { ...subject('spare'), name: 'spare/prod.bin' }
    const called = ({ sha256 }: Subject, name: string): GivenDigest => ({ name, sha256 })

    test('goes by the last part of the name: what is called as a subject has to be that one', () => {
      const list = [prod, own]
      assert.deepEqual(compared(list, [called(prod, 'down/prod.bin')]), [
        'pass some-compared',
        true,
        null,
      ])
      assert.deepEqual(compared(list, [called(own, 'down/prod.bin')]), [
        'fail other-subject',
        false,
        null,
      ])
      assert.deepEqual(compared(list, [called(other, 'prod.bin')]), ['fail altered', false, null])
      assert.deepEqual(compared(list, [called(own, 'down/mine.bin')]), [
        'pass some-compared',
        null,
        true,
      ])
    })

    test('goes by as many parts as agree', () => {
      const list = [prod, spare]
      const find = subjectFinder(list.map(({ name }) => name))
      assert.deepEqual(find('/down/dist/prod.bin'), [0])
      assert.deepEqual(find('./spare//prod.bin'), [1])
      assert.deepEqual(find('x/../spare/./prod.bin'), [1])
      assert.deepEqual(find('prod.bin'), [0, 1])
      assert.deepEqual(find('bin'), [])
      assert.deepEqual(find('/'), [])
      assert.deepEqual(compared(list, [called(prod, 'down/spare/prod.bin')]), [
        'fail other-subject',
        null,
        false,
      ])
    })

    test('takes a name in full before one that only ends so', () => {
      const find = subjectFinder(['a/b', 'b', './c'])
      assert.deepEqual(find('x/b'), [1])
      assert.deepEqual(find('x/a/b'), [0])
      assert.deepEqual(find('c'), [2])
      const deep = `${'d/'.repeat(40)}e`
      assert.deepEqual(subjectFinder([deep, 'd/e'])(`x/${deep}`), [0])
    })

    test('says of no subject that it is altered when the name may mean several', () => {
      const list = [prod, spare, own]
      const name = 'down/prod.bin'
      assert.deepEqual(compared(list, [called(other, name)]), [
        'fail no-such-subject',
        null,
        null,
        null,
      ])
      assert.deepEqual(compared(list, [called(own, name)]), [
        'fail other-subject',
        null,
        null,
        null,
      ])
      assert.deepEqual(compared(list, [called(spare, name)]), [
        'pass some-compared',
        null,
        true,
        null,
      ])
    })
  })

  test('keeps the names and digests of the subjects, in order', () => {
    const { subjects } = compareSubjects([a, b], [])
    assert.deepEqual(subjects, [
      { ...a, matched: null },
      { ...b, matched: null },
    ])
  })

  test('takes a second spelling of a name for that name', () => {
    const named = (name: string, sha256 = a.sha256): Subject => ({ name, sha256 })
    const subjects = [named('dist/prod.bin'), named('dist/caf\u00e9.bin'), named('other', b.sha256)]
    for (const name of ['PROD.BIN', 'down\\Prod.bin', 'C:\\x\\prod.bin', 'cafe\u0301.bin']) {
      assert.equal(
        compareSubjects(subjects, [{ name, sha256: a.sha256 }]).check.outcome,
        'pass',
        name,
      )
      const { code } = compareSubjects(subjects, [{ name, sha256: b.sha256 }]).check
      assert.equal(code, 'other-subject', name)
    }
    const both = [named('Makefile'), named('makefile', b.sha256)]
    assert.equal(compareSubjects(both, [{ ...b, name: 'makefile' }]).check.outcome, 'pass')
    assert.equal(compareSubjects(both, [{ ...b, name: 'Makefile' }]).check.code, 'other-subject')
    assert.equal(compareSubjects(both, [{ ...b, name: 'MAKEFILE' }]).check.outcome, 'pass')
  })

  test('refuses a digest that is not one', () => {
    const short = { sha256: new Uint8Array(31) }
    assert.throws(() => compareSubjects([a], [short]), RangeError)
    const text = { sha256: '00' } as unknown as GivenDigest
    assert.throws(() => compareSubjects([a], [text]), TypeError)
    const named = { name: 5, sha256: a.sha256 } as unknown as GivenDigest
    assert.throws(() => compareSubjects([a], [named]), /^TypeError: expected the name/)
    const list = new Set([a]) as unknown as GivenDigest[]
    assert.throws(() => compareSubjects([a], list), /^TypeError: expected digests as a list$/)
  })
})
