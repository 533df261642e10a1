// Short reports, over reports written down by hand: what they say, how wide and how long they are.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as brief from '../../../src/cli/text/brief.ts'
import { unmarked } from '../../../src/cli/text/folded.ts'
import { check, type Report } from '../../../src/verify/report.ts'
import { DIGEST, passed, witness } from '../../support/make/report.ts'

const { briefReport } = brief
const briefSigning: typeof brief.briefSigning = (...given) => unmarked(brief.briefSigning(...given))
const briefRenewed: typeof brief.briefRenewed = (...given) => unmarked(brief.briefRenewed(...given))

const WRITTEN = { output: 'signed_statement', size: 5063, ca: undefined }

test('a short report has the verdict, the time, on whose word, what was compared and what is not proven', () => {
  const lines = briefReport(passed, 80).split('\n')
  assert.match(lines[0] ?? '', /^passed {2}.* existed no later than 2026-01-31 12:00:01 UTC$/)
  assert.match(lines[1] ?? '', /^ {8}only .*example\.test says so$/)
  assert.equal(lines[2], '  compared      unaltered: doc.txt')
  assert.match(lines[3] ?? '', /^ {2}not proven {4}who made it, /)
  assert.equal(lines.length, 4)
})

test('a short report of one that failed says why, and calls the time a claim', () => {
  const failed: Report = {
    ...passed,
    verdict: 'failed',
    subjects: [
      { name: 'a.txt', sha256: DIGEST, matched: true },
      { name: 'b.txt', sha256: DIGEST, matched: false },
      { name: 'c.txt', sha256: DIGEST, matched: null },
    ],
    checks: [
      check('clock', 'unknown', 'uncorroborated'),
      check('subjects', 'fail', 'altered', 'b.txt'),
    ],
  }
  const lines = briefReport(failed, 80).split('\n')
  assert.match(lines[0] ?? '', /^failed {2}.*: b\.txt$/)
  assert.equal(lines[1], '  claimed       no later than 2026-01-31 12:00:01 UTC')
  assert.equal(lines[2], '  compared      ALTERED: b.txt; 1 of 3 files are unaltered')
  assert.match(lines[3] ?? '', /^ {2}unknown {7}fewer than three rounds /)
  assert.ok(!lines.some((line) => line.includes('not proven')))
})

test('a list that is signed has a line of its own for the files that it names', () => {
  const listed = ['a', 'b'].map((name) => ({ name, sha256: DIGEST, matched: true }))
  const text = briefReport({ ...passed, listed }, 80)
  assert.match(text, /\n {2}compared {6}unaltered: doc\.txt\n {2}listed {8}all 2 files unaltered\n/)
})

test('sign ends with the command that verifies, as a shell takes it', () => {
  const known = { ...passed, witnesses: [{ ...witness, operator: 'Example' }] }
  assert.match(
    briefSigning(known, WRITTEN, 80),
    /\n {2}verify {8}tls-stamp verify signed_statement$/,
  )
  const odd = { ...WRITTEN, output: "-it's", ca: 'my roots.pem' }
  assert.ok(
    briefSigning(passed, odd, 120).endsWith(
      "tls-stamp verify './-it'\\''s' --ca 'my roots.pem' --witness example.test",
    ),
  )
})

test('a command too long for a row is continued as a shell continues it', () => {
  const hosts = ['one', 'two', 'three', 'four'].map((name) => `${name}.example.test`)
  const witnesses = hosts.map((host) => ({ ...witness, host }))
  const text = briefSigning({ ...passed, witnesses }, { ...WRITTEN, ca: 'roots.pem' }, 60)
  const [, command = ''] = /\n {2}verify\n([\s\S]*)$/.exec(text) ?? []
  for (const line of text.split('\n')) assert.ok(line.length <= 60, line)
  assert.equal(
    command.replace(/ \\\n/g, ' ').trim().replace(/\s+/g, ' '),
    `tls-stamp verify signed_statement --ca roots.pem ${hosts.map((host) => `--witness ${host}`).join(' ')}`,
  )
})

test('the command asks for windows where a time is one, of the statement or of a renewal', () => {
  const window = { ...passed, time: { ...passed.time, claimed: null } }
  assert.match(briefSigning(window, WRITTEN, 80), / --window$/)
  assert.match(briefSigning({ ...passed, renewals: [window] }, WRITTEN, 80), / --window$/)
  const silent = { ...passed, time: { claimed: null, notBefore: null, notAfter: null } }
  for (const other of [passed, silent]) {
    assert.doesNotMatch(briefSigning(other, WRITTEN, 80), /--window/)
  }
})

test('the command is not there for what can never pass, and has what else must be typed', () => {
  for (const id of ['strength', 'clock'] as const) {
    const open = { ...passed, checks: [check(id, 'unknown', 'uncorroborated')] }
    assert.doesNotMatch(briefSigning(open, WRITTEN, 80), /verify/)
  }
  const open = { ...passed, checks: [check('path', 'unknown', 'no-credible-time')] }
  assert.match(
    briefSigning(open, { ...WRITTEN, comparing: ['--sums SUMS'] }, 120),
    /tls-stamp verify signed_statement --sums SUMS --witness example\.test$/,
  )
})

test('a command names the hosts that renewed, too', () => {
  const renewal = { ...passed, witnesses: [{ ...witness, host: 'other.test' }] }
  const text = briefRenewed(
    { ...passed, renewals: [renewal] },
    { ...WRITTEN, statement: 'signed_statement' },
    120,
  )
  assert.match(text, /--witness example\.test --witness other\.test$/)
  assert.match(text, /^renewed: signed_statement, whose previous version existed no later than /)
})

test('of what does not fit the last faults are left out first, and one line says so', () => {
  const names = Array.from({ length: 12 }, (_, i) => `file ${i}`)
  const open = names.map((name) => check('subjects', 'unknown', 'altered', name))
  const checks = [check('subjects', 'fail', 'altered', 'doc.txt'), ...open]
  const lines = briefReport({ ...passed, verdict: 'failed', checks }, 80).split('\n')
  for (const begin of ['claimed', 'compared']) {
    assert.ok(
      lines.some((line) => line.startsWith(`  ${begin} `)),
      lines.join('\n'),
    )
  }
  assert.equal(lines.length, 10)
  assert.match(lines[8] ?? '', /^ {2}unknown {7}.*: file 5$/)
  assert.equal(lines[9], '  more          with --verbose')
})

test('nothing takes more than five lines', () => {
  const subjects = [{ name: 'x'.repeat(1000), sha256: DIGEST, matched: true }]
  const lines = briefReport({ ...passed, subjects }, 80).split('\n')
  assert.equal(lines.filter((line) => line.includes('xxx')).length, 3, lines.join('\n'))
  assert.ok(lines.includes(`${' '.repeat(16)}...`))
  assert.match(lines.at(-1) ?? '', /^ {2}not proven |^ {16}/)
})

test('sign says of a clock that is in doubt what it is', () => {
  const text = briefSigning(
    { ...passed, witnesses: [{ ...witness, clock: 'uncorroborated' }] },
    WRITTEN,
    80,
  )
  assert.match(text, /\n {2}signed by {5}example\.test:443 \(clock uncorroborated\)\n/)
})

test('short reports have at most ten lines within the width, and begin with the answer, whatever names say', () => {
  const name = fc.oneof(fc.string(), fc.string({ unit: 'grapheme', maxLength: 300 }))
  fc.assert(
    fc.property(
      fc.array(name, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 20, max: 200 }),
      (names, width) => {
        const subjects = names.map((each, i) => ({
          name: each,
          sha256: DIGEST,
          matched: i % 3 > 0,
        }))
        const witnesses = names.map((host) => ({ ...witness, host }))
        const checks = names.map((each) => check('subjects', 'fail', 'altered', each))
        const some: Report = { ...passed, subjects, witnesses }
        const failed: Report = { ...some, verdict: 'failed', checks }
        for (const [text, first] of [
          [briefReport(some, width), 'passed'],
          [briefReport(failed, width), 'failed'],
        ] as const) {
          assert.ok(text.startsWith(first))
          const lines = text.split('\n')
          assert.ok(lines.length <= 10, text)
          for (const line of lines) assert.ok(line.length <= Math.max(width, 20), line)
          assert.doesNotMatch(text, /(?!\n)\p{Cc}/u)
        }
        assert.ok(briefSigning(some, WRITTEN, width).startsWith('signed: '))
      },
    ),
    { numRuns: 200 },
  )
})
