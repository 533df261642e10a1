// How much the commands print: a short report, the whole one, or nothing but errors.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { encodeStatement } from '../../src/statement/encode.ts'
import { openWorkspace, type Workspace } from '../support/harness/command-line.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import { endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
const [endEntity] = endEntities(pki)
const TEXT = 'some text\n'
const TRUST = ['--ca', 'ca.pem', '--witness', HOST]

let at: Workspace

before(() => {
  const subjects = [subject('doc.txt', TEXT)]
  const rounds = endEntity ? roundsAt(endEntity) : []
  at = openWorkspace({
    'doc.txt': TEXT,
    'other.txt': 'other text\n',
    stamp: encodeStatement(makeStatement({ subjects, rounds })),
    'ca.pem': pki.root.pem,
  })
})

after(() => at.remove())

describe('verify', { concurrency: 4 }, () => {
  test('prints at most ten lines of at most 80 columns through a pipe', async () => {
    for (const file of ['doc.txt', 'other.txt']) {
      const { stdout } = await at.run(['verify', 'stamp', file, ...TRUST])
      const lines = stdout.trimEnd().split('\n')
      assert.ok(lines.length <= 10, stdout)
      for (const line of lines) assert.ok(line.length <= 80, line)
    }
  })

  test('prints every check and certificate with --verbose', async () => {
    const { stdout, code } = await at.run(['verify', 'stamp', '--verbose', ...TRUST])
    assert.match(stdout, /\nchecks\n {2}pass {5}handshakes /)
    assert.match(stdout, /\n {2}path {10}CN=/)
    assert.equal(code, 0)
  })

  test('prints nothing with --quiet, whatever the verdict, and the exit code tells', async () => {
    const odd = { env: { TLS_STAMP_CA: 'ca.pem' } }
    for (const [args, wanted] of [
      [['verify', 'stamp', ...TRUST], 0],
      [['verify', 'stamp', 'other.txt', ...TRUST], 1],
      [['verify', 'stamp'], 1],
    ] as const) {
      const outcome = await at.run([...args, '--quiet'], odd)
      assert.deepEqual(outcome, { stdout: '', stderr: '', code: wanted })
    }
    const set = await at.run(['verify', 'stamp', ...TRUST], { env: { TLS_STAMP_QUIET: 'true' } })
    assert.deepEqual(set, { stdout: '', stderr: '', code: 0 })
  })

  test('prints errors with --quiet, and their hints', async () => {
    const { stdout, stderr, code } = await at.run(['verify', 'nothing', '--quiet'])
    assert.equal(stdout, '')
    assert.match(stderr, /^tls-stamp: error: nothing: no such file/)
    assert.equal(code, 2)
  })

  test('takes what is typed before what is set, and names variables that contradict each other', async () => {
    const args = ['verify', 'stamp', ...TRUST]
    const json = await at.run([...args, '--json'], { env: { TLS_STAMP_QUIET: '1' } })
    assert.equal(JSON.parse(json.stdout).verdict, 'passed')
    const quiet = await at.run([...args, '--quiet'], { env: { TLS_STAMP_JSON: '1' } })
    assert.equal(quiet.stdout, '')
    assert.equal(quiet.code, 0)
    const both = await at.run(args, { env: { TLS_STAMP_QUIET: '1', TLS_STAMP_JSON: '1' } })
    assert.match(
      both.stderr,
      /^tls-stamp: error: expected either TLS_STAMP_QUIET or TLS_STAMP_JSON\n/,
    )
    const misspelt = { env: { TLS_STAMP_WITNES: HOST } }
    assert.equal((await at.run([...args, '--quiet'], misspelt)).stderr, '')
    const loud = await at.run(args, { env: { ...misspelt.env, TLS_STAMP_QUIET: '0' } })
    assert.match(loud.stderr, /did you mean TLS_STAMP_WITNESS\?\n/)
  })

  test('refuses --quiet beside --verbose or --json', async () => {
    for (const other of ['--verbose', '--json']) {
      const { stdout, stderr, code } = await at.run(['verify', 'stamp', '--quiet', other])
      assert.equal(stdout, '')
      assert.match(stderr, new RegExp(`^tls-stamp: error: expected either --quiet or ${other}\n`))
      assert.equal(code, 2)
    }
  })
})
