// The example programs run as their first lines say.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ROOT } from '../support/harness/command-line.ts'
import { runProgram, type ScriptOutcome } from '../support/harness/openssl-script.ts'
import { endEntities } from '../support/make/end-entity.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, tls12Rounds } from '../support/make/statements.ts'
import { answer, startHostileServer } from '../support/servers/hostile-server.ts'
import { missing } from '../support/servers/programs.ts'

const EXAMPLES = join(ROOT, 'examples')
const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: ['localhost', HOST] })
const [p256] = endEntities(pki)

let folder: string
const at = (name: string): string => join(folder, name)

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-stamp-examples-'))
  writeFileSync(at('doc.txt'), 'some text\n')
  writeFileSync(at('ca.pem'), pki.root.pem)
})

after(() => rmSync(folder, { recursive: true, force: true }))

function node(example: string, ...args: readonly string[]): Promise<ScriptOutcome> {
  return runProgram(process.execPath, [join(EXAMPLES, example), ...args], { cwd: folder })
}

describe('the programs', { concurrency: 3 }, () => {
  test('sign-and-verify.js signs and verifies', async () => {
    const server = await startHostileServer(answer({ endEntity: p256 }))
    try {
      const args = ['localhost', `${server.port}`, 'doc.txt', 'ca.pem']
      const { code, output } = await node('sign-and-verify.js', ...args)
      assert.match(output, /^passed: doc\.txt existed no later than 20\d\d-/)
      assert.match(output, /\npass {4}subjects {4}every subject was compared/)
      assert.equal(code, 0)
      assert.ok(existsSync(at('doc.txt.stamp')))
    } finally {
      await server.stop()
    }
  })

  test('inspect-recording.js takes a recording apart', async () => {
    const statement = makeStatement({ rounds: roundsAt(p256) })
    const [round] = tls12Rounds(statement)
    assert.ok(round)
    const { clientHello, serverHello, certificate, serverKeyExchange } = round
    writeFileSync(
      at('server'),
      [serverHello, certificate, serverKeyExchange].map(record).join(''),
      'latin1',
    )
    writeFileSync(at('client'), record(clientHello), 'latin1')
    const { code, output } = await node('inspect-recording.js', 'server', 'client')
    assert.match(output, /^version {13}TLS 1\.2\n/)
    assert.match(output, /\nsigned {14}ecdsa_sha256, valid\n/)
    assert.match(output, /\ntime {16}2026-01-31T12:00:00\.000Z, if /)
    assert.match(output, /\nClientHello {9}\d+ bytes at \d+\n/)
    assert.match(output, /\nServerKeyExchange {3}\d+ bytes at \d+\n/)
    assert.equal(code, 0)
  })

  for (const [program, script, operands] of [
    ['bash', 'sign-release.sh', []],
    ['bash', 'sign-release.sh', ['--help']],
    ['bash', 'sign-git-tag.sh', []],
    ['bash', 'sign-git-tag.sh', ['--help']],
    ['bash', 'sign-git-tag.sh', ['sign']],
    ['bash', 'watch-folder.sh', []],
    ['bash', 'watch-folder.sh', ['--help']],
    ['sh', 'ci/attest.sh', ['--help']],
    ['sh', 'verify-with-openssl.sh', ['--help']],
    [process.execPath, 'sign-and-verify.js', ['localhost', '443']],
    [process.execPath, 'inspect-recording.js', []],
    [process.execPath, 'inspect-recording.js', ['--help']],
  ] as const) {
    test(`${[script, ...operands].join(' ')} says how it is called`, async () => {
      const args = [join(EXAMPLES, script), ...operands]
      const { code, output } = await runProgram(program, args, { cwd: folder })
      assert.match(output, /^usage: .*\n$/)
      assert.ok(output.includes(basename(script)))
      assert.equal(code, 2)
    })
  }

  test('demo.js shows it all and leaves nothing behind', { skip: missing('bun') }, async () => {
    const own = mkdtempSync(at('demo-'))
    const env = { ...process.env, TMPDIR: own }
    const { code, output } = await runProgram(process.execPath, [join(EXAMPLES, 'demo.js')], {
      cwd: folder,
      env,
    })
    assert.match(output, /\n4\. .*\n {3}passed .*\n6\. .*ALTERED.*\n7\. .*one real clock/s)
    assert.match(output, /\nAll went as expected, and nothing is left behind\.\n$/)
    assert.equal(code, 0)
    assert.deepEqual(readdirSync(own), [])
  })

  test('demo.js cleans up when it is interrupted', { skip: missing('bun') }, async () => {
    const own = mkdtempSync(at('demo-'))
    const env = { ...process.env, TMPDIR: own }
    const child = spawn(process.execPath, [join(EXAMPLES, 'demo.js')], {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.stdout.on('data', (chunk) => {
      if (`${chunk}`.includes('speaks TLS')) child.kill('SIGINT')
    })
    assert.equal(await ended, 130)
    assert.deepEqual(readdirSync(own), [])
  })

  test('demo.js --serve has a server to try the program on', { skip: missing('bun') }, async () => {
    const own = mkdtempSync(at('demo-'))
    const work = mkdtempSync(at('work-'))
    const child = spawn(process.execPath, [join(EXAMPLES, 'demo.js'), '--serve'], {
      env: { ...process.env, TMPDIR: own },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'close')
    try {
      let said = ''
      for await (const chunk of child.stdout.setEncoding('utf8')) {
        said += chunk
        if (said.includes('Ctrl-C stops it')) break
      }
      const commands = [...said.matchAll(/^ {4}node (.*)$/gm)].map(([, words = '']) => words)
      assert.equal(commands.length, 2, said)
      for (const [i, words] of commands.entries()) {
        const [program = '', ...args] = words
          .replace('examples/doc.txt', join(EXAMPLES, 'doc.txt'))
          .split(' ')
        const { code, output } = await runProgram(
          process.execPath,
          [join(ROOT, program), ...args],
          {
            cwd: work,
          },
        )
        assert.match(output, [/^signed: /, /^passed /][i] ?? /^$/)
        assert.equal(code, 0)
      }
    } finally {
      child.kill('SIGINT')
    }
    assert.equal((await ended)[0], 130)
    assert.deepEqual(readdirSync(own), [])
  })

  test('demo.js says what it takes', async () => {
    const { code, output } = await node('demo.js', '--server')
    assert.match(output, /demo: expected only --serve\n$/)
    assert.equal(code, 1)
  })
})

/** A TLS record, as latin1 text. */
function record(message: Uint8Array): string {
  const header = Uint8Array.of(22, 3, 3, message.length >> 8, message.length & 0xff)
  return Buffer.concat([header, message]).toString('latin1')
}
