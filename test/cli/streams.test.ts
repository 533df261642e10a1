// "-" in the place of a file: standard input and standard output, wherever a file can be a stream.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import { encodeInToto } from '../../src/statement/in-toto.ts'
import { ERROR_LINES, openWorkspace, type Workspace } from '../support/harness/command-line.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import {
  answer,
  type HostileServer,
  startHostileServer,
} from '../support/servers/hostile-server.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({
  endEntityKeys: ['p256', 'p256'],
  dnsNames: ['localhost', 'example.test'],
})
const [first, second] = endEntities(pki) as [EndEntity, EndEntity]
const HOSTS = ['--witness', 'localhost', '--witness', 'example.test']
const TRUST = ['--ca', 'ca.pem', ...HOSTS]
const TEXT = 'some text\n'

const single = makeStatement({ subjects: [subject('doc.txt', TEXT)], rounds: roundsAt(first) })
const one = encodeStatement(single)
const two = encodeStatement(
  makeStatement({
    subjects: [subject('doc.txt', TEXT), subject('two.txt', 'more text\n')],
    rounds: roundsAt(first),
  }),
)

let server: HostileServer

before(async () => {
  server = await startHostileServer(answer({ endEntity: second }))
})

after(() => server.stop())

function stream(name: string, body: (at: Workspace) => Promise<void>): void {
  test(name, async () => {
    const at = openWorkspace({ 'doc.txt': TEXT, 'ca.pem': pki.root.pem, one, two })
    try {
      await body(at)
    } finally {
      at.remove()
    }
  })
}

describe('standard input', { concurrency: 6 }, () => {
  stream('is the statement of verify, compared with what lies in the folder', async (at) => {
    for (const args of [['-'], ['-', 'doc.txt'], ['-', '--directory', '.']]) {
      const { code, stdout, stderr } = await at.run(['verify', ...args, ...TRUST], { stdin: one })
      assert.match(stdout, /^passed /, stderr)
      assert.equal(code, 0)
    }
    const envelope = encodeInToto(single)
    assert.equal((await at.run(['verify', '-', ...TRUST], { stdin: envelope })).code, 0)
    const cut = await at.run(['verify', '-'], { stdin: one.subarray(0, -9) })
    assert.equal(
      cut.stderr.split('\n')[0],
      'tls-stamp: error: standard input is not a signed statement: it is cut off before its end',
    )
  })

  stream('is the statement of status, extract, export, inspect and renew', async (at) => {
    const stdin = two
    const status = await at.run(['status', '-', ...TRUST], { stdin })
    assert.match(status.stdout, /-/)
    assert.equal(status.code, 0)
    assert.equal((await at.run(['extract', '-', 'doc.txt'], { stdin })).code, 0)
    assert.equal((await at.run(['verify', 'doc.txt', ...TRUST])).code, 0)
    const exported = await at.run(['export', '--certificates', '-'], { stdin })
    assert.match(exported.stdout, /-----BEGIN CERTIFICATE-----/)
    const toytls = await at.run(['export', '--toytls', 'old', '-'], { stdin })
    assert.equal(toytls.code, 0)
    assert.match((await at.run(['inspect', '-'], { stdin })).stdout, /example\.test/)
    const args = ['renew', '-', 'localhost', `${server.port}`, '--ca', 'ca.pem', '-o', 'renewed']
    const renewed = await at.run(args, { stdin: one })
    assert.match(renewed.stdout, /^renewed: standard input/)
    assert.equal((await at.run(['verify', 'renewed', ...TRUST])).code, 0)
  })

  stream('holds the certificates of --ca', async (at) => {
    const args = ['verify', 'one', 'doc.txt', '--ca', '-', ...HOSTS]
    assert.equal((await at.run(args, { stdin: pki.root.pem })).code, 0)
    const none = await at.run(args, { stdin: 'text' })
    assert.match(none.stderr, /^tls-stamp: error: standard input/)
    assert.equal(none.code, 2)
  })

  stream('holds one side of inspect', async (at) => {
    const { stderr } = await at.run(['inspect', '--server', '-', '--client', '-'])
    assert.match(stderr, /standard input can be read only once/)
    assert.equal((await at.run(['inspect', '--client', '-'], { stdin: 'text' })).code, 2)
  })

  const twice = [
    'verify - -',
    'verify - --sums -',
    'verify - doc.txt --ca -',
    'verify one - --ca -',
    'verify one --sums - -',
    'status - -',
    'status - --ca -',
    'sign localhost 1 - -',
    'sign localhost 1 - --sums -',
    'sign localhost 1 - --ca -',
    'renew - localhost 1 -o x --ca -',
    'export --certificates - --ca -',
    'inspect - -',
    'inspect - --keylog -',
    'inspect --server - -',
  ]
  for (const line of twice) {
    stream(`is refused twice at once, in ${line}`, async (at) => {
      const { code, stdout, stderr } = await at.run(line.split(' '), { stdin: one })
      assert.equal(stderr, 'tls-stamp: error: standard input can be read only once\n')
      assert.equal(stdout, '')
      assert.equal(code, 2)
    })
  }
})

describe('standard output', { concurrency: 6 }, () => {
  stream('takes what sign writes, and the report goes to standard error', async (at) => {
    const args = ['sign', 'localhost', `${server.port}`, 'doc.txt', '--ca', 'ca.pem', '-o', '-']
    const { code, stdout, stderr } = await at.run(args)
    assert.equal(code, 0, stderr)
    assert.equal(decodeStatement(Buffer.from(stdout)).subjects[0]?.name, 'doc.txt')
    assert.match(stderr, /^signed: doc\.txt, /)
    assert.match(stderr, /\n {2}written {7}standard output, \d+ bytes\n/)
    assert.deepEqual(at.list(), ['ca.pem', 'doc.txt', 'one', 'two'])
    const after = await at.run(['page', '-o', 'page.html'])
    assert.match(after.stdout, /written/, 'the next run has standard output to itself')
  })

  stream('can lead to standard input', async (at) => {
    const sign = `$STAMP sign localhost ${server.port} doc.txt --ca ca.pem -o -`
    const { code, stdout } = await at.shell(`${sign} | $STAMP verify - ${TRUST.join(' ')}`)
    assert.match(stdout, /^passed /)
    assert.equal(code, 0)
    const summed = `sha256sum doc.txt | $STAMP sign localhost ${server.port} --sums - --ca ca.pem -o - 2>/dev/null`
    assert.equal((await at.shell(`${summed} | $STAMP verify - ${TRUST.join(' ')}`)).code, 0)
  })

  stream('takes what renew, extract, export and page write', async (at) => {
    const renew = ['renew', 'one', 'localhost', `${server.port}`, '--ca', 'ca.pem', '-o', '-']
    const renewed = await at.run(renew)
    assert.equal(renewed.code, 0, renewed.stderr)
    assert.equal(decodeStatement(Buffer.from(renewed.stdout)).renewals?.length, 1)
    assert.match(renewed.stderr, /^renewed: one/)
    assert.equal(at.read('one'), Buffer.from(one).toString())

    const extracted = await at.run(['extract', 'two', 'doc.txt', '-o', '-'])
    assert.equal(decodeStatement(Buffer.from(extracted.stdout)).subjects.length, 1)
    assert.match(extracted.stderr, /^ {2}extracted {5}doc\.txt, one of 2 subjects\n/)

    for (const form of ['--in-toto', '--certificates']) {
      const [named, bare] = [['-o', '-'], []].map((rest) =>
        at.run(['export', form, 'one', ...rest]),
      )
      assert.equal((await named)?.stdout, (await bare)?.stdout)
      assert.notEqual((await named)?.stdout, '')
    }

    const page = await at.run(['page', '-o', '-'])
    assert.match(page.stdout, /^<!doctype html>/i)
    assert.match(page.stderr, /^ {2}written {7}standard output, /)
  })

  stream('cannot take a file and JSON', async (at) => {
    for (const line of [
      'sign localhost 1 doc.txt -o - --json',
      'renew one localhost 1 -o - --json',
      'extract two doc.txt -o - --json',
      'export --in-toto one --json',
      'page -o - --json',
    ]) {
      const { code, stdout, stderr } = await at.run(line.split(' '))
      assert.match(stderr, ERROR_LINES)
      assert.match(stderr, /expected --json /)
      assert.equal(stdout, '')
      assert.equal(code, 2)
    }
  })

  stream('takes nothing that the runner of GitHub Actions would obey', async (at) => {
    const name = '##[add-path]here'
    const digest = Buffer.from(subject('x', TEXT).sha256).toString('hex')
    const args = `--digest ${digest} --name '${name}' --ca ca.pem -o -`
    const line = `$STAMP sign localhost ${server.port} ${args} | cat`
    const { stdout, stderr } = await at.shell(line, { env: { GITHUB_ACTIONS: 'true' } })
    assert.match(stderr, /^tls-stamp: error: the output contains a workflow command/)
    assert.equal(stdout, '')
  })
})

stream('a statement that nobody reads is an error, and is not said to be written', async (at) => {
  const sign = `$STAMP sign localhost ${server.port} doc.txt --ca ca.pem -o -`
  const { stderr } = await at.shell(`(sleep 0.3; ${sign}; echo "code $?" >&2) | true`)
  assert.match(stderr, /^tls-stamp: error: standard output was closed .*\ncode 2\n$/)
})
