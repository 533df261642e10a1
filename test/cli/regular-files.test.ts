// Whatever path is given, only regular files are read: nobody waits for what may never come.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { encodeStatement } from '../../src/statement/encode.ts'
import { appendText } from '../../src/system/files.ts'
import { ERROR_LINES, openWorkspace, type Workspace } from '../support/harness/command-line.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
const [endEntity] = endEntities(pki) as [EndEntity]
const TRUST = ['--ca', 'ca.pem', '--witness', HOST]
const skip = process.platform === 'win32' ? 'there are no FIFOs' : false

let at: Workspace

before(() => {
  const statement = makeStatement({ subjects: [subject('doc.txt')], rounds: roundsAt(endEntity) })
  at = openWorkspace({ 'doc.txt': 'doc.txt', 'ca.pem': pki.root.pem })
  at.write('signed', encodeStatement(statement))
  if (skip) return
  mkdirSync(at.path('folder'))
  for (const name of ['fifo', 'folder/doc.txt', 'old.bytes']) {
    execFileSync('mkfifo', [at.path(name)])
  }
})

after(() => at.remove())

describe('a FIFO is refused', { concurrency: 6, skip }, () => {
  const SIGN = ['sign', 'localhost', '443']
  for (const args of [
    ['verify', 'fifo'],
    ['verify', 'old'],
    ['verify', 'signed', 'fifo', ...TRUST],
    ['verify', 'signed', '--sums', 'fifo', ...TRUST],
    ['verify', 'signed', '--ca', 'fifo'],
    ['extract', 'fifo', 'doc.txt'],
    ['renew', 'fifo', 'localhost', '443'],
    ['renew', 'fifo', 'localhost', '443', '-o', 'new'],
    ['renew', 'signed', 'localhost', '443', '--ca', 'fifo'],
    ['status', 'signed', '--ca', 'fifo'],
    ['export', '--certificates', 'fifo'],
    ['export', '--in-toto', 'fifo'],
    ['export', '--toytls', 'new', 'fifo'],
    ['inspect', 'fifo'],
    ['inspect', 'old'],
    ['inspect', '--client', 'fifo'],
    ['probe', 'localhost', '--ca', 'fifo'],
    ['handshake', 'localhost', '443', '--ca', 'fifo'],
    [...SIGN, 'fifo'],
    [...SIGN, 'doc.txt', '--sums', 'fifo'],
    [...SIGN, 'doc.txt', '--ca', 'fifo'],
    [...SIGN, 'doc.txt', '--if-missing', '-o', 'fifo'],
    [...SIGN, 'doc.txt', '--force', '-o', 'fifo'],
    [...SIGN, '--recursive', 'folder'],
  ]) {
    test(`by tls-stamp ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await at.run(args)
      assert.match(stderr, ERROR_LINES)
      assert.match(stderr, /not a regular file|neither a file nor a folder/)
      assert.equal(stdout, '')
      assert.equal(code, 2)
    })
  }

  test('by status among good statements, of which it tells', async () => {
    const { code, stdout, stderr } = await at.run(['status', 'signed', 'fifo', ...TRUST])
    assert.match(stdout, /^good {8}signed {2}.*\nunreadable {2}fifo {4}- .* not a regular file\n$/)
    assert.equal(stderr, 'tls-stamp: error: fifo: not a regular file\n')
    assert.equal(code, 2)
  })

  test('by verify in a folder, where it is in the place of a subject', async () => {
    const args = ['verify', 'signed', '--directory', 'folder', ...TRUST]
    const { code, stdout, stderr } = await at.run(args)
    assert.match(stdout, /^failed {2}a file is missing: doc\.txt\n/)
    assert.equal(stderr, 'not compared: doc.txt is not a regular file\n')
    assert.equal(code, 1)
  })

  test('by what writes to it: nobody waits for a reader', async () => {
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: at.path('fifo') }
    const { code, stdout } = await at.run(['verify', 'signed', 'doc.txt', ...TRUST], { env })
    assert.match(stdout, /^passed /)
    assert.equal(code, 0)
    assert.throws(() => appendText(at.path('fifo'), 'x'), { code: 'ENXIO' })
  })

  test('as standard input it is read, for that is asked for', async () => {
    const line = `cat doc.txt | $STAMP verify signed - ${TRUST.join(' ')}`
    assert.equal((await at.shell(line)).code, 0)
  })
})
