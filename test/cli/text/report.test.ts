// Reports as text and as JSON, over reports written down by hand.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unmarked } from '../../../src/cli/text/folded.ts'
import * as report from '../../../src/cli/text/report.ts'
import { renderJson } from '../../../src/encoding/json.ts'
import { check } from '../../../src/verify/report.ts'
import { AT, DIGEST, passed, ROUND } from '../../support/make/report.ts'

const { renderReport } = report
const renderSigning: typeof report.renderSigning = (...given) =>
  unmarked(report.renderSigning(...given))

test('a report that passed says what, when, who, and what it does not prove', () => {
  const text = renderReport(passed)
  assert.ok(text.startsWith('passed  the subject existed no later than 2026-01-31 12:00:01 UTC\n'))
  assert.ok(
    text.includes('\n        only the holder of the key certified for example.test says so\n'),
  )
  assert.ok(text.includes(`\n  unaltered     ${'ab'.repeat(32)}  doc.txt\n`))
  assert.ok(text.includes('takes about 716 million handshakes\n'))
  assert.ok(text.includes('\n  signed        ecdsa_sha256 over x25519\n'))
  assert.ok(text.includes('\nnot proven\n'))
  assert.doesNotMatch(text, /(?!\n)\p{Cc}| \n|\n$/u)
})

test('a verdict is explained by the checks it comes from, and no others', () => {
  const failed = renderReport({
    ...passed,
    verdict: 'failed',
    checks: [
      check('clock', 'unknown', 'uncorroborated'),
      check('signatures', 'fail', 'bad-signature', 'round 0'),
      check('subjects', 'fail', 'altered', 'doc.txt'),
    ],
  })
  assert.ok(
    failed.startsWith(
      'failed  the signature of a round is not valid: round 0\n        a file differs from what was signed: doc.txt\n\n',
    ),
  )
  assert.doesNotMatch(failed, /not proven/)
  const open = renderReport({
    ...passed,
    verdict: 'indeterminate',
    checks: [check('witness', 'unknown', 'not-accepted', 'example.test')],
  })
  assert.ok(open.startsWith('indeterminate  the host is not on the list of accepted witnesses'))
})

test('each state of a subject and each clock has its words', () => {
  const text = renderReport({
    ...passed,
    time: { claimed: null, notBefore: null, notAfter: null },
    subjects: [
      { name: 'a', sha256: DIGEST, matched: true },
      { name: 'b', sha256: DIGEST, matched: false },
      { name: 'c', sha256: DIGEST, matched: null },
      { name: 'd', sha256: DIGEST, matched: false, missing: true },
    ],
    witnesses: [
      {
        host: '::1',
        operator: null,
        port: 4433,
        clock: 'implausible',
        expectedTries: 1,
        rounds: [ROUND],
        path: [],
        matchedNames: [],
        expiresFirst: null,
        missingAnchor: null,
        counts: true,
        faults: [],
      },
      {
        host: 'b.test',
        operator: null,
        port: 1,
        clock: 'uncorroborated',
        expectedTries: 552,
        rounds: [ROUND],
        path: [],
        matchedNames: [],
        expiresFirst: null,
        missingAnchor: null,
        counts: true,
        faults: [],
      },
    ],
  })
  assert.match(
    text,
    /\n {2}ALTERED .* b\n {2}MISSING .* d\n {2}unaltered .* a\n {2}not compared .* c\n/,
  )
  assert.match(text, /\nwitness \[::1\]:4433\n/)
  assert.match(text, /\n {2}clock {9}implausible: random bytes, or several clocks\n/)
  assert.match(text, /\n {2}clock {9}uncorroborated: 1 round only; .* about 552 handshakes\n/)
})

test('a signing report names the digest, the key and the file, and ends with how to verify', () => {
  const lines = (written: { readonly output: string; readonly ca: string | undefined }) =>
    renderSigning(passed, { ...written, size: 1234 }).split('\n')
  const own = lines({ output: 'signed_statement', ca: undefined })
  assert.equal(own[0], 'signed: doc.txt, existed no later than 2026-01-31 12:00:01 UTC')
  assert.equal(own[1], `  sha256        ${'ab'.repeat(32)}  doc.txt`)
  assert.equal(own.at(-2), '  written       signed_statement, 1234 bytes')
  const verify = '  verify        tls-stamp verify'
  assert.equal(own.at(-1), `${verify} signed_statement --witness example.test`)
  assert.equal(
    lines({ output: "a man's file", ca: 'my roots' }).at(-1),
    `${verify} 'a man'\\''s file' --ca 'my roots' --witness example.test`,
  )
})

test('long lists are cut short in text', () => {
  const subjects = Array.from({ length: 25 }, (_, i) => ({
    name: `file-${i}`,
    sha256: DIGEST,
    matched: null,
  }))
  assert.match(
    renderReport({ ...passed, subjects }),
    /file-19\n {16}and 5 more; 25 of the 25 were not compared\n/,
  )
  assert.match(
    renderSigning({ ...passed, subjects }, { output: 'x', size: 1, ca: undefined }),
    /file-19\n {16}and 5 more\n/,
  )
  assert.match(
    renderSigning({ ...passed, subjects }, { output: 'x', size: 1, ca: undefined }),
    /^signed: file-0 and 24 more, /,
  )
})

test('JSON has hex for bytes, ISO 8601 for dates, and no character that acts', () => {
  const name = 'a\u001b\u009b\u202e\u2028\u{e0041}\nb"\\'
  const json = renderJson({ name, bytes: Uint8Array.of(0, 255), date: AT })
  assert.deepEqual(JSON.parse(json), { name, bytes: '00ff', date: '2026-01-31T12:00:00.000Z' })
  assert.doesNotMatch(json, /[^\n\u0020-\u007e]/)
})
