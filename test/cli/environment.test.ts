// Options from the environment, as a user sets them: what is taken, what is said of it, and what is left alone.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { encodeStatement } from '../../src/statement/encode.ts'
import { ERROR_LINES, type Outcome, openWorkspace } from '../support/harness/command-line.ts'
import { repositoryPath } from '../support/harness/repository.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'

type Environment = Readonly<Record<string, string>>

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
const [endEntity] = endEntities(pki) as [EndEntity]
const TEXT = 'some text\n'
const stamp = encodeStatement(
  makeStatement({ subjects: [subject('doc.txt', TEXT)], rounds: roundsAt(endEntity) }),
)
const TRUST = { TLS_STAMP_CA: 'ca.pem', TLS_STAMP_WITNESS: HOST }
const SUMS = `${Buffer.from(subject('doc.txt', TEXT).sha256).toString('hex')}  doc.txt\n`

/** Runs a command line in a folder with a statement, its file, and two lists that have its digest. */
async function run(line: string, env: Environment): Promise<Outcome> {
  const at = openWorkspace({
    stamp,
    'doc.txt': TEXT,
    'ca.pem': pki.root.pem,
    'one, of two.sums': SUMS,
    'two.sums': SUMS,
  })
  try {
    return await at.run(line.split(' '), { env })
  } finally {
    at.remove()
  }
}

describe('options from the environment', { concurrency: 4 }, () => {
  test('are taken, and named on standard error', async () => {
    const { stdout, stderr, code } = await run('verify stamp', TRUST)
    assert.match(stdout, /^passed {2}/)
    assert.equal(stderr, 'options set in the environment: TLS_STAMP_WITNESS, TLS_STAMP_CA\n')
    assert.equal(code, 0)
  })

  test('are a member of the result in JSON, as its schema has it', async () => {
    const { stdout, code } = await run('verify stamp', { ...TRUST, TLS_STAMP_JSON: '1' })
    const report = JSON.parse(stdout)
    assert.deepEqual(report.environment, ['TLS_STAMP_WITNESS', 'TLS_STAMP_CA', 'TLS_STAMP_JSON'])
    const schema = JSON.parse(readFileSync(repositoryPath('schema/report.schema.json'), 'utf8'))
    const isReport = new Ajv2020({ strict: false }).compile(schema)
    assert.ok(isReport(report), JSON.stringify(isReport.errors))
    assert.equal(code, 0)
    const without = await run(`verify stamp --ca ca.pem --witness ${HOST} --json`, {})
    assert.equal('environment' in JSON.parse(without.stdout), false)
    assert.equal(without.stderr, '')
  })

  test('give way to the command line, which is then not said to come from there', async () => {
    const env = { ...TRUST, TLS_STAMP_WITNESS: 'other.test', TLS_STAMP_CA: 'nothing' }
    const { stderr, code } = await run(`verify stamp --witness ${HOST} --ca ca.pem`, env)
    assert.equal(stderr, '')
    assert.equal(code, 0)
  })

  test('with several values have white space or commas between hosts', async () => {
    for (const hosts of [`other.test ${HOST}`, `other.test,${HOST}`, ` ${HOST} ,\n other.test,`]) {
      const env = { ...TRUST, TLS_STAMP_WITNESS: hosts }
      assert.equal((await run('verify stamp', env)).code, 0, hosts)
    }
  })

  test('with several files have one a line, since a name may hold anything else', async () => {
    for (const files of ['one, of two.sums', 'one, of two.sums\ntwo.sums\n']) {
      const env = { ...TRUST, TLS_STAMP_SUMS: files }
      const { stdout, code } = await run('verify stamp', env)
      assert.match(stdout, /\n {2}compared {6}unaltered: doc\.txt\n/)
      assert.equal(code, 0, files)
    }
  })

  test('switch flags on and off', async () => {
    for (const [value, code] of [
      ['1', 0],
      ['TRUE', 0],
      ['0', 1],
      ['false', 1],
    ] as const) {
      const env = { ...TRUST, TLS_STAMP_WINDOW: value, TLS_STAMP_STATEMENT_ONLY: value }
      const { stdout } = await run('verify stamp --sums two.sums', env)
      assert.equal(stdout === '', code === 0, value)
    }
  })

  test('count as not given when they are empty', async () => {
    const env = { ...TRUST, TLS_STAMP_QUORUM: '', TLS_STAMP_JSON: '' }
    const { stderr, code } = await run('verify stamp', env)
    assert.equal(stderr, 'options set in the environment: TLS_STAMP_WITNESS, TLS_STAMP_CA\n')
    assert.equal(code, 0)
  })

  const wrong: readonly (readonly [
    line: string,
    variable: string,
    value: string,
    error: string,
  ])[] = [
    [
      'verify stamp',
      'QUORUM',
      'many',
      'expected TLS_STAMP_QUORUM to be a number from 1 to 32, got many',
    ],
    ['verify stamp', 'JSON', 'yes!', 'expected TLS_STAMP_JSON to be 1 or 0, got yes!'],
    [
      'verify stamp',
      'WITNESS',
      'a b..c',
      'TLS_STAMP_WITNESS: expected a host name or an IP address, got "b..c"',
    ],
    [
      'probe localhost 1',
      'TIMEOUT',
      '1e9',
      'expected TLS_STAMP_TIMEOUT from 0.001 to 3600 seconds, got 1e9',
    ],
    [
      'probe localhost 1',
      'PROXY',
      'socks5://stamp:hunter2@127.0.0.1',
      'TLS_STAMP_PROXY: expected an http:// or https:// proxy, got socks5://',
    ],
    ['sign localhost 1 doc.txt', 'DIGEST', 'x\n', 'expected TLS_STAMP_DIGEST to be 64 hex digits'],
    [
      'sign localhost 1 doc.txt',
      'MAX_SKEW',
      '-1',
      'expected TLS_STAMP_MAX_SKEW from 0 to 4294967296 seconds, got -1',
    ],
    ['handshake localhost 1', 'TLS', '2', 'expected TLS_STAMP_TLS 1.0, 1.1, 1.2 or 1.3, got 2'],
  ]
  for (const [line, variable, value, error] of wrong) {
    test(`are refused by their names, as ${variable} of ${line}`, async () => {
      const { stdout, stderr, code } = await run(line, { [`TLS_STAMP_${variable}`]: value })
      assert.match(stderr, ERROR_LINES)
      assert.equal(stderr.split('\n')[0], `tls-stamp: error: ${error}`)
      assert.equal(stdout, '')
      assert.equal(code, 2)
    })
  }

  test('of other commands and of other programs are left alone, and mostly in silence', async () => {
    const env = {
      ...TRUST,
      // Of sign, of probe, of the tests, of what installs the program
      TLS_STAMP_GUARD: 'other.test:443',
      TLS_STAMP_PAUSE: 'long',
      TLS_STAMP_TESTS: 'all',
      TLS_STAMP_CORPORA: 'corpora',
      TLS_STAMP_SCREENSHOTS: 'shots',
      TLS_STAMP_VERSION: '0.1.0',
      TLS_STAMP_: 'x',
      TLS_STAMP_X: 'x',
      TLS_STAMP: 'node tls-stamp.js',
    }
    const { stderr, code } = await run('verify stamp', env)
    assert.equal(stderr, 'options set in the environment: TLS_STAMP_WITNESS, TLS_STAMP_CA\n')
    assert.equal(code, 0)
  })

  test('are named when they are misspelt', async () => {
    const env = { ...TRUST, TLS_STAMP_QOURUM: '2', TLS_STAMP_MAXSKEW: '1', TLS_STAMP_GUARDD: 'x' }
    const { stderr, code } = await run('verify stamp', env)
    const said = (variable: string, meant: string): string =>
      `${variable} sets no option: did you mean ${meant}?\n`
    for (const [variable, meant] of [
      ['TLS_STAMP_QOURUM', 'TLS_STAMP_QUORUM'],
      ['TLS_STAMP_MAXSKEW', 'TLS_STAMP_MAX_SKEW'],
      ['TLS_STAMP_GUARDD', 'TLS_STAMP_GUARD'],
    ] as const) {
      assert.ok(stderr.includes(said(variable, meant)), stderr)
    }
    assert.equal(code, 0)
  })

  test('add nothing to a file in the form of another tool', async () => {
    const env = { TLS_STAMP_IN_TOTO: '1' }
    const { stdout, stderr } = await run('export stamp', env)
    const line = (await run('export stamp --in-toto', {})).stdout
    assert.equal(stdout, line)
    assert.equal(stderr, 'options set in the environment: TLS_STAMP_IN_TOTO\n')
  })
})
