// The words of a report: a sentence for each code, and a verdict that is a function of the checks alone.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { CHECKS, check, type Outcome, SENTENCES, verdictOf } from '../../src/verify/report.ts'
import { PATH_CODES } from '../../src/x509/path-code.ts'
import { repositoryPath } from '../support/harness/repository.ts'

const outcomes = (...list: Outcome[]) => list.map((outcome) => check('chain', outcome, 'chained'))

describe('the verdict', () => {
  test('is passed when every check passes', () => {
    assert.equal(verdictOf(outcomes('pass', 'pass')), 'passed')
  })

  test('is failed when one check fails, whatever else is unknown', () => {
    for (const list of [['fail'], ['pass', 'fail'], ['unknown', 'fail', 'pass']] as const) {
      assert.equal(verdictOf(outcomes(...list)), 'failed')
    }
  })

  test('is indeterminate when none fails and one is unknown', () => {
    assert.equal(verdictOf(outcomes('unknown')), 'indeterminate')
    assert.equal(verdictOf(outcomes('pass', 'unknown', 'pass')), 'indeterminate')
  })
})

describe('a check', () => {
  test('says its sentence, and the particulars behind a colon', () => {
    assert.deepEqual(check('witness', 'pass', 'accepted', 'example.test'), {
      id: 'witness',
      outcome: 'pass',
      code: 'accepted',
      message: 'the host is on the list of accepted witnesses: example.test',
    })
    assert.equal(check('chain', 'pass', 'chained').message, SENTENCES.chained)
    assert.equal(check('chain', 'pass', 'chained', '').message, SENTENCES.chained)
  })
})

describe('the sentences', () => {
  const all = [...Object.entries(SENTENCES), ...Object.entries(PATH_CODES)]

  test('are lower case and without a full stop, and so are the questions', () => {
    const questions = Object.values(CHECKS).map(([question]) => question)
    for (const sentence of [...all.map(([, text]) => text), ...questions]) {
      assert.match(sentence, /^(?:[a-z'"]|TLS |RSA )[^\n]*[^.\s]$/, sentence)
    }
  })

  test('have codes in kebab case', () => {
    for (const [code] of all) assert.match(code, /^[a-z]+(?:-[a-z]+)*$/)
  })

  test('have codes that SPEC.md lists', () => {
    const spec = readFileSync(repositoryPath('SPEC.md'), 'utf8')
    for (const [code] of all) assert(spec.includes(`\`${code}\``), code)
  })

  test('are all different', () => {
    assert.equal(new Set(all.map(([, text]) => text)).size, all.length)
  })
})

describe('the checks', () => {
  test('are fourteen, in the order of SPEC.md', () => {
    assert.deepEqual(Object.keys(CHECKS), [
      'handshakes',
      'commitment',
      'chain',
      'signatures',
      'strength',
      'clock',
      'path',
      'identity',
      'witness',
      'agreement',
      'windows',
      'quorum',
      'renewals',
      'subjects',
    ])
  })

  test('each name the text they follow', () => {
    for (const [, source] of Object.values(CHECKS))
      assert.match(source, /(?:RFC \d{4}|SPEC\.md §\d)/)
  })
})
