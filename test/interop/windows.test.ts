// The command line on Windows: the real build of Node.js for it, in Wine.

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { encodeStatement } from '../../src/statement/encode.ts'
import { ERROR_LINES, openWorkspace, type Workspace } from '../support/harness/command-line.ts'
import { startWindows, type Windows } from '../support/harness/windows.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import {
  type EndEntity,
  endEntities,
  type ListenerServer,
  missing,
  startBunServer,
} from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST, 'localhost'] })
const [endEntity] = endEntities(pki) as [EndEntity]
const TEXT = 'some text\n'
const CA = ['--ca', 'ca.pem']
const TRUST = [...CA, '--witness', 'localhost']

describe('on Windows', { skip: missing('bun', 'wine', 'windows-node') }, () => {
  let windows: Windows
  let server: ListenerServer

  before(async () => {
    server = await startBunServer({ endEntity })
    windows = await startWindows()
  })

  after(async () => {
    await windows?.shutDown()
    await server?.stop()
  })

  /** Each in a folder of its own; Wine gives all one console, so one after the other. */
  function onWindows(name: string, body: (at: Workspace) => Promise<void>): void {
    test(name, async () => {
      const at = openWorkspace({ 'doc.txt': TEXT, 'ca.pem': pki.root.pem })
      try {
        await body(at)
      } finally {
        at.remove()
      }
    })
  }

  async function passes(at: Workspace, args: readonly string[]): Promise<string> {
    const { stdout, stderr, code } = await windows.run(at.folder, args)
    assert.equal(stderr, '')
    assert.equal(code, 0, stdout)
    return stdout
  }

  onWindows('sign, verify and renew do what they do elsewhere', async (at) => {
    const host = ['localhost', `${server.port}`]
    const signed = await passes(at, ['sign', ...host, 'doc.txt', ...CA])
    assert.match(signed, /^signed: doc\.txt, existed no later than /)
    assert.match(
      await passes(at, ['verify', 'signed_statement', ...TRUST]),
      /^passed {2}.*\n {2}compared {6}unaltered: doc\.txt\n/s,
    )
    const renewed = await windows.run(at.folder, ['renew', 'signed_statement', ...host, ...CA])
    assert.match(renewed.stdout, /^renewed: signed_statement, /)
    assert.equal(renewed.code, 0)
    // What Windows wrote, this system reads
    const here = await at.run(['verify', 'signed_statement', ...TRUST])
    assert.match(here.stdout, /^passed {2}/)
    at.write('doc.txt', 'another text\n')
    const altered = await windows.run(at.folder, ['verify', 'signed_statement', ...TRUST])
    assert.match(altered.stdout, /^failed {2}.*: doc\.txt\n/)
    assert.equal(altered.code, 1)
  })

  onWindows('names have "/", in statements and in what is printed', async (at) => {
    mkdirSync(at.path('dist/sub'), { recursive: true })
    at.write('dist/a.txt', 'a')
    at.write('dist/sub/b.txt', 'b')
    const args = ['localhost', `${server.port}`, '--recursive', 'dist', '-o', 'stamp', ...CA]
    await passes(at, ['sign', ...args])
    const { subjects } = JSON.parse(at.read('stamp'))
    assert.deepEqual(
      subjects.map((line: string) => line.slice(66)),
      ['dist/a.txt', 'dist/sub/b.txt'],
    )
    at.write('dist/sub/new.txt', 'new')
    const whole = ['verify', 'stamp', '--directory', '.', '--verbose', ...TRUST]
    const { stdout, stderr, code } = await windows.run(at.folder, whole)
    assert.match(stdout, /\n {2}unaltered {5}[0-9a-f]{64} {2}dist\/sub\/b\.txt\n/)
    assert.equal(stderr, 'not signed: ca.pem, dist/sub/new.txt, doc.txt\n')
    assert.equal(code, 0)
    const one = ['verify', 'stamp', 'dist\\sub\\b.txt', '--verbose', ...TRUST]
    assert.match(await passes(at, one), /\n {2}unaltered {5}[0-9a-f]{64} {2}dist\/sub\/b\.txt\n/)
  })

  onWindows(
    'no subject is looked for outside the folder, or in a device or a stream',
    async (at) => {
      mkdirSync(at.path('in'))
      at.write('x.txt', TEXT)
      at.write('in/doc.txt', TEXT)
      const names = [
        '..\\x.txt',
        '../x.txt',
        'doc.txt:stream',
        'doc.txt::$DATA',
        'NUL',
        'CON',
        'C:\\x',
        'C:x',
      ]
      const subjects = ['doc.txt', ...names].map((name) => subject(name, TEXT))
      at.write(
        'in/stamp',
        encodeStatement(makeStatement({ subjects, rounds: roundsAt(endEntity) })),
      )
      const args = ['verify', 'in\\stamp', '--verbose', '--ca', 'ca.pem', '--witness', HOST]
      const { stdout } = await windows.run(at.folder, args)
      const states = stdout.matchAll(
        /^ {2}(unaltered|not compared|MISSING|ALTERED) +[0-9a-f]{64} {2}(.*)$/gm,
      )
      const compared = [...states]
        .filter(([, state]) => state === 'unaltered')
        .map(([, , name]) => name)
      assert.deepEqual(compared, ['doc.txt'], stdout)
    },
  )

  onWindows(
    'outputs are written whole, and nothing is replaced unless it is asked for',
    async (at) => {
      at.write('out', 'mine\n')
      const args = ['sign', 'localhost', `${server.port}`, 'doc.txt', '-o', 'out', ...CA]
      const refused = await windows.run(at.folder, args)
      assert.match(refused.stderr, ERROR_LINES)
      assert.equal(refused.code, 2)
      assert.equal(at.read('out'), 'mine\n')
      await passes(at, [...args, '--force'])
      assert.equal(JSON.parse(at.read('out')).rounds.length, 3)
      assert.deepEqual(at.list(), ['ca.pem', 'doc.txt', 'out'])
    },
  )

  onWindows('probe, inspect and page work', async (at) => {
    const probe = await windows.run(at.folder, ['probe', `localhost:${server.port}`, ...CA])
    assert.match(probe.stdout, /tls-stamp sign /)
    assert.equal(probe.code, 0)
    await passes(at, ['sign', 'localhost', `${server.port}`, 'doc.txt', ...CA])
    assert.match(await passes(at, ['inspect', 'signed_statement']), /ServerKeyExchange/)
    await passes(at, ['page', '-o', 'verify.html'])
    assert.match(at.read('verify.html'), /^<!doctype html>/i)
  })
})
