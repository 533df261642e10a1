// tls-stamp status, as a user types it, over statements made in memory.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describeStatus, type ReadStatus, renderStatus } from '../../../src/cli/text/status.ts'
import { verifyStatement } from '../../../src/index.ts'
import { encodeStatement } from '../../../src/statement/encode.ts'
import { encodeInToto } from '../../../src/statement/in-toto.ts'
import type { SignedStatement } from '../../../src/statement/statement.ts'
import { openWorkspace, type Workspace } from '../../support/harness/command-line.ts'
import { repositoryPath } from '../../support/harness/repository.ts'
import { mintTestPki } from '../../support/make/mint.ts'
import {
  HOST,
  makeStatement,
  renewedBy,
  roundsAt,
  subject,
  TIME,
} from '../../support/make/statements.ts'
import { type EndEntity, endEntities } from '../../support/servers/servers.ts'

const DAY = 86_400_000
const TEXT = 'some text\n'
const SUBJECTS = [subject('doc.txt', TEXT)]
const TRUST = ['--ca', 'ca', '--witness', HOST, '--witness', 'other.test']

const schema = readFileSync(repositoryPath('schema/status-report.schema.json'), 'utf8')
const isStatusReport = new Ajv2020({ strict: false }).compile(JSON.parse(schema))

// Half a day more, so that a test has time
const inDays = (days: number): Date => new Date(Date.now() + (days + 0.5) * DAY)
const pki = mintTestPki({ endEntityKeys: ['p256', 'p384'], dnsNames: [HOST, 'other.test'] })
const [lasting, alsoLasting] = endEntities(pki) as [EndEntity, EndEntity]

/** An end entity whose path ends then, and its root. */
function endingAt(notAfter: Date): { readonly endEntity: EndEntity; readonly ca: string } {
  const own = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST], notAfter })
  const [endEntity] = endEntities(own) as [EndEntity]
  return { endEntity, ca: own.root.pem }
}

const soon = endingAt(inDays(10))
const ended = endingAt(new Date((TIME + 86_400) * 1000))

const good = makeStatement({ subjects: SUBJECTS, rounds: roundsAt(lasting) })
const due = makeStatement({ subjects: SUBJECTS, rounds: roundsAt(soon.endEntity) })
const late = makeStatement({ subjects: SUBJECTS, rounds: roundsAt(ended.endEntity) })
const damaged: SignedStatement = { ...good, subjects: [subject('doc.txt', 'other')] }

function status(
  name: string,
  files: Readonly<Record<string, SignedStatement | Uint8Array>>,
  body: (at: Workspace) => Promise<void>,
): void {
  test(name, async () => {
    const at = openWorkspace({
      ca: [pki.root.pem, soon.ca, ended.ca].join(''),
      'doc.txt': TEXT,
    })
    for (const [file, content] of Object.entries(files)) {
      at.write(file, content instanceof Uint8Array ? content : encodeStatement(content))
    }
    try {
      await body(at)
    } finally {
      at.remove()
    }
  })
}

describe('status', { concurrency: 6 }, () => {
  status('says in a line what is proven and until when, with exit code 0', { good }, async (at) => {
    const { stdout, stderr, code } = await at.run(['status', 'good', ...TRUST])
    assert.match(
      stdout,
      /^good {2}good {2}no later than 2026-01-31 12:00:01 UTC {2}until 2040-01-01, \d+ days left: CN=example\.test of example\.test:443\n$/,
    )
    assert.equal(stderr, '')
    assert.equal(code, 0)
  })

  status('exits 1 when one is due within the days', { good, due }, async (at) => {
    const { stdout, stderr, code } = await at.run(['status', 'good', 'due', ...TRUST])
    const lines = stdout.split('\n')
    assert.match(lines[0] ?? '', /^good {2}good {2}/)
    assert.match(lines[1] ?? '', /^due {3}due {3}no later than .*, 10 days left: CN=example\.test /)
    assert.equal(stderr, 'hint: to renew: tls-stamp renew due\n')
    assert.equal(code, 1)
    for (const [within, expected] of [
      [9, 0],
      [11, 1],
      [0, 0],
    ] as const) {
      const args = ['status', 'due', '--within', `${within}`, ...TRUST]
      assert.equal((await at.run(args)).code, expected, `${within}`)
    }
  })

  status('exits 1 for what has ended, however few the days', { late }, async (at) => {
    const { stdout, stderr, code } = await at.run(['status', 'late', '--within', '0', ...TRUST])
    assert.match(stdout, /^expired {2}late {2}no later than .* until 2026-02-01, \d+ days ago: /)
    assert.match(stderr, /^hint: expired statements cannot be renewed: /)
    assert.equal(code, 1)
  })

  status(
    'goes by the newest renewal, whatever ended before',
    { saved: renewedBy(late, lasting), again: renewedBy(renewedBy(good, lasting), soon.endEntity) },
    async (at) => {
      const { stdout, code } = await at.run(['status', 'saved', 'again', ...TRUST])
      const lines = stdout.split('\n')
      assert.match(
        lines[0] ?? '',
        /^good {2}saved {2}no later than 2026-01-31 12:00:01 UTC, renewed 1 time +until 2040/,
      )
      assert.match(lines[1] ?? '', /^due {3}again {2}.*, renewed 2 times {2}until .*, 10 days left/)
      assert.equal(code, 1)
    },
  )

  status('exits 1 for what does not verify', { damaged, good }, async (at) => {
    const failed = await at.run(['status', 'damaged', 'good', ...TRUST])
    assert.match(failed.stdout, /^unverified {2}damaged {2}failed +the first client_random is not /)
    assert.match(failed.stdout, /\ngood {8}good {5}no later/)
    assert.equal(failed.stderr, 'hint: for details: tls-stamp verify damaged\n')
    assert.equal(failed.code, 1)
    const stranger = await at.run(['status', 'good', '--ca', 'ca'])
    assert.match(
      stranger.stdout,
      /^unverified {2}good {2}indeterminate {2}the host is not on the list/,
    )
    assert.match(
      stranger.stderr,
      /^hint: .* --witness example\.test\nhint: for details: tls-stamp verify good\n$/,
    )
    assert.equal(stranger.code, 1)
  })

  status('shows the others when one can not be read, with exit code 2', { good }, async (at) => {
    const args = ['status', 'nothing', 'good', 'doc.txt', '.', ...TRUST]
    const { stdout, stderr, code } = await at.run(args)
    const lines = stdout.split('\n')
    assert.match(lines[0] ?? '', /^unreadable {2}nothing {2}- +nothing: no such file or directory$/)
    assert.match(lines[1] ?? '', /^good {8}good {5}no later than/)
    assert.match(
      lines[2] ?? '',
      /^unreadable {2}doc\.txt {2}- +doc\.txt is not a signed statement: /,
    )
    assert.match(lines[3] ?? '', /^unreadable {2}\. +- +\. is a folder$/)
    assert.equal(lines.length, 5)
    assert.match(stderr, /^(?:tls-stamp: error: [^\n]+\n){3}$/)
    assert.equal(code, 2)
  })

  status('says what is wrong with a changed statement, and what to do', {}, async (at) => {
    at.write('crlf', Buffer.from(encodeStatement(good)).toString().replaceAll('\n', '\r\n'))
    const { stdout, stderr, code } = await at.run(['status', 'crlf', ...TRUST])
    assert.match(stdout, /^unreadable {2}crlf {2}- +crlf is not a signed statement: it has CR LF /)
    assert.match(
      stderr,
      /^tls-stamp: error: crlf is not a signed statement: it has CR LF [^\n]+\nhint: Git does this [^\n]+\nhint: then delete [^\n]+\n$/,
    )
    assert.equal(code, 2)
  })

  status(
    'names no statement in a hint on several',
    { due: renewedBy(good, soon.endEntity), other: renewedBy(good, soon.endEntity) },
    async (at) => {
      const { stderr } = await at.run(['status', 'due', 'other', ...TRUST])
      assert.equal(stderr, 'hint: to renew: tls-stamp renew STATEMENT [HOST PORT]\n')
    },
  )

  status('prints a list as JSON', { good, due: renewedBy(good, soon.endEntity) }, async (at) => {
    const { stdout, code } = await at.run(['status', 'good', 'due', 'nothing', '--json', ...TRUST])
    assert.ok(isStatusReport(JSON.parse(stdout)), JSON.stringify(isStatusReport.errors))
    const [one, two, three, ...more] = JSON.parse(stdout)
    const { daysLeft, ends, ...rest } = one
    assert.deepEqual(rest, {
      statement: 'good',
      state: 'good',
      verdict: 'passed',
      message: null,
      time: {
        claimed: '2026-01-31T12:00:00.000Z',
        notBefore: '2026-01-31T12:00:00.000Z',
        notAfter: '2026-01-31T12:00:01.000Z',
      },
      renewed: [],
    })
    assert.ok(daysLeft > 365)
    const [{ certificate, ...ending }] = ends
    assert.deepEqual(ending, { host: HOST, port: 443, end: '2040-01-01T00:00:00.000Z' })
    assert.equal(certificate.subject, 'CN=example.test')
    assert.match(certificate.fingerprint, /^[0-9a-f]{64}$/)
    assert.deepEqual([two.state, two.daysLeft], ['due', 10])
    assert.deepEqual(two.renewed, ['2026-01-31T13:00:00.000Z'])
    assert.equal(three.state, 'unreadable')
    assert.equal(three.message, 'nothing: no such file or directory')
    assert.deepEqual(more, [])
    assert.equal(code, 2)
  })

  const both = makeStatement({
    subjects: SUBJECTS,
    rounds: [0, 1, 2].flatMap((i) => [
      { endEntity: lasting, time: TIME + i },
      { endEntity: alsoLasting, time: TIME + i, host: 'other.test' },
    ]),
  })
  status('heeds --quorum, and reads in-toto Statements', { both }, async (at) => {
    at.write('in-toto', encodeInToto(both))
    for (const file of ['both', 'in-toto']) {
      const run = async (quorum: string): Promise<number | null> =>
        (await at.run(['status', file, '--quorum', quorum, ...TRUST])).code
      assert.deepEqual([await run('2'), await run('3')], [0, 1])
    }
  })

  status('refuses arguments that make no sense', {}, async (at) => {
    for (const [args, message] of [
      [[], 'expected STATEMENT'],
      [['x', '--within', '-1'], 'expected --within to be a number from 0 to 36500, got -1'],
      [['x', '--within', 'week'], 'expected --within to be a number from 0 to 36500, got week'],
      [['x', '--quorum', '0'], 'expected --quorum to be a number from 1 to 32, got 0'],
    ] as const) {
      const { stdout, stderr, code } = await at.run(['status', ...args])
      assert.equal(stderr.split('\n')[0], `tls-stamp: error: ${message}`)
      assert.equal(stdout, '')
      assert.equal(code, 2)
    }
  })
})

describe('a status', () => {
  const trustAnchors = [pki.root.der]
  const report = verifyStatement(good, { trustAnchors, witnesses: [HOST], statementOnly: true })
  const end = Date.UTC(2040, 0, 1)

  test('turns due and then ended to the millisecond', () => {
    const at = (time: number): ReadStatus =>
      describeStatus('x', report, { now: new Date(time), within: 30 })
    const seen = [end - 30 * DAY - 1, end - 30 * DAY, end, end + 1].map((time) => at(time))
    assert.deepEqual(
      seen.map(({ state }) => state),
      ['good', 'due', 'due', 'ended'],
    )
    assert.deepEqual(
      seen.map(({ daysLeft }) => daysLeft),
      [30, 30, 0, -1],
    )
  })

  test('tells the certificate that expires first, whichever round relies on it', () => {
    const [first] = report.witnesses
    assert.ok(first?.path[1])
    const intermediate = { ...first.path[1], notAfter: new Date(end - DAY) }
    const changed = { ...report, witnesses: [{ ...first, expiresFirst: intermediate }] }
    const { ends } = describeStatus('x', changed, { now: new Date(TIME * 1000), within: 30 })
    assert.equal(ends[0]?.certificate.subject, 'CN=Test Intermediate')
  })

  test('is a table with a heading on a terminal, and never acts on it', () => {
    const one = describeStatus('a\u001b[2J\u202e', report, { now: new Date(end), within: 30 })
    const lines = renderStatus([one], { table: true })
    assert.match(lines[0] ?? '', /^STATE {2}STATEMENT +PROVES +CERTIFICATES$/)
    assert.match(lines[1] ?? '', /^due {4}a\\u\{1b\}\[2J\\u\{202e\} {2}no later than /)
    assert.equal(lines.length, 2)
  })
})
