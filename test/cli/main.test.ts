// The grammar of the command line: help, versions, and everything a user may mistype.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  ERROR_LINES,
  openWorkspace,
  ROOT,
  type Workspace,
} from '../support/harness/command-line.ts'

let at: Workspace

before(() => {
  at = openWorkspace({ 'doc.txt': 'some text\n' })
})

after(() => at.remove())

describe('the command line', { concurrency: 6 }, () => {
  test('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    for (const args of [['--version'], ['sign', '--version'], ['--version', '--json']]) {
      assert.deepEqual(await at.run(args), { code: 0, stdout: `${version}\n`, stderr: '' })
    }
  })

  test('prints its help', async () => {
    const { code, stdout, stderr } = await at.run(['--help'])
    assert.match(stdout, /^Usage: tls-stamp COMMAND /)
    assert.match(stdout, /\n {2}sign \[HOST PORT\] FILE\.\.\. /)
    assert.match(stdout, /\n {2}verify STATEMENT \[FILE\.\.\.\] /)
    assert.match(stdout, /\nExit codes: 0 /)
    assert.equal(stderr, '')
    assert.equal(code, 0)
  })

  test('prints the help of each command, with every option and its default', async () => {
    const options = {
      sign: 'output rounds ca timeout max-skew no-clock tls force json recursive sums digest name blind',
      renew: 'witness quorum rounds retries ca timeout max-skew proxy output force json',
      status: 'within witness quorum ca json',
      export: 'certificates in-toto toytls output ca force json',
      page: 'output force json',
      extract: 'output force json',
      verify: 'witness ca json sums directory',
      inspect: 'client server hex json',
      probe: 'quick suites tls rounds ca timeout pause json',
      handshake: 'tls request ca timeout json',
    }
    for (const [command, names] of Object.entries(options)) {
      const { code, stdout, stderr } = await at.run([command, '--help'])
      assert.match(stdout, new RegExp(`^Usage: tls-stamp ${command} `))
      for (const name of names.split(' ')) assert.match(stdout, new RegExp(`--${name} `))
      assert.ok(stdout.split('\n').every((line) => line.length <= 80))
      assert.doesNotMatch(stdout, /\[string\]|\[required\]|\[default: (?:\[\]|false|")/)
      assert.equal(stderr, '')
      assert.equal(code, 0)
    }
  })

  test('speaks one language in every locale', async () => {
    const env = { LC_ALL: 'de_DE.UTF-8', LANG: 'de_DE.UTF-8' }
    const { stdout } = await at.run(['--help'], { env })
    assert.match(stdout, /\nOptions:\n/)
  })

  const SIGN = 'sign localhost 443 doc.txt'
  const mistakes: readonly (readonly [line: string, error: string, hint?: string])[] = [
    ['--', 'expected a command'],
    ['-- sign', 'expected a command'],
    ['--json', 'unknown option --json'],
    ['frobnicate', 'unknown command frobnicate', 'see tls-stamp --help'],
    ['sgn localhost 443 doc.txt', 'unknown command sgn', 'did you mean sign?'],
    ['sign', 'expected FILE, or HOST, PORT and FILE', 'usage: tls-stamp sign [HOST PORT] FILE...'],
    ['sign localhost', 'localhost: no such file or directory'],
    ['sign localhost 443', 'expected FILE, or HOST, PORT and FILE'],
    [`${SIGN} --rouns 3`, 'unknown option --rouns', 'did you mean --rounds?'],
    [`${SIGN} -x`, 'unknown option -x', 'to give a file of that name: ./-x'],
    ['sign localhost -dash', 'unknown option -dash', 'to give a file of that name: ./-dash'],
    [`${SIGN} --out x`, 'unknown option --out', 'did you mean --output?'],
    [`${SIGN} --name -x`, 'expected a value after --name'],
    ['--vresion', 'unknown option --vresion', 'did you mean --version?'],
    ['doc.txt', 'unknown command doc.txt', 'to sign the file: tls-stamp sign doc.txt'],
    ['verify doc.txt -q', 'unknown option -q', 'did you mean --quorum or --quiet?'],
    ['verify doc.txt -v', 'unknown option -v', 'did you mean --verbose or --version?'],
    ['-v', 'unknown option -v', 'did you mean --version?'],
    ['version', 'unknown command version', 'did you mean --version?'],
    ['frob', 'unknown command frob', 'see tls-stamp --help'],
    ['sing doc.txt', 'unknown command sing', 'did you mean sign?'],
    [`${SIGN} --maxSkew 3`, 'unknown option --maxSkew', 'did you mean --max-skew?'],
    [`${SIGN} --no-force`, 'unknown option --no-force'],
    [`${SIGN} --force=no`, 'expected --force without a value'],
    [`${SIGN} --json=1`, 'expected --json without a value'],
    [`${SIGN} --blind=no`, 'expected --blind without a value'],
    [`${SIGN} --sums`, 'expected a value after --sums'],
    [`${SIGN} --digest a --digest b`, 'expected --digest once, got a, b'],
    [`${SIGN} --rounds`, 'expected a value after --rounds'],
    [`${SIGN} -o`, 'expected a value after -o'],
    [`${SIGN} --output=`, 'expected --output not to be empty'],
    [`${SIGN} -o a --output b`, 'expected --output once, got a, b'],
    [`${SIGN} --ca a --ca b`, 'expected --ca once, got a, b'],
    [`${SIGN} --rounds 3 --rounds 3`, 'expected --rounds once, got 3, 3'],
    ['sign localhost abc doc.txt', 'localhost: no such file or directory'],
    ...['0', '65536', '-1', '4.5', '0x1bb', '1e3'].map(
      (port) =>
        [
          `sign localhost ${port} doc.txt`,
          `expected PORT to be a number from 1 to 65535, got ${port}`,
        ] as const,
    ),
    ...['0', '1000', 'many', '2.5'].map(
      (rounds) =>
        [
          `${SIGN} --rounds ${rounds}`,
          `expected --rounds to be a number from 1 to 32, got ${rounds}`,
        ] as const,
    ),
    ...['0', '3601', 'long', '-1', '1e1'].map(
      (value) =>
        [
          `${SIGN} --timeout ${value}`,
          `expected --timeout from 0.001 to 3600 seconds, got ${value}`,
        ] as const,
    ),
    ...['-1', 'long', '5000000000'].map(
      (value) =>
        [
          `${SIGN} --max-skew ${value}`,
          `expected --max-skew from 0 to 4294967296 seconds, got ${value}`,
        ] as const,
    ),
    ['verify', 'expected STATEMENT', 'usage: tls-stamp verify STATEMENT [FILE...]'],
    ['verify doc.txt --witness', 'expected a value after --witness'],
    ['verify doc.txt --directory a --directory b', 'expected --directory once, got a, b'],
    ['extract', 'expected STATEMENT and NAME', 'usage: tls-stamp extract STATEMENT NAME...'],
    ['verify doc.txt --output x', 'unknown option --output'],
    ['verify doc.txt --witness https://x/y', 'expected HOST[:PORT], got "https://x/y"'],
  ]
  for (const [line, error, hint] of mistakes) {
    test(`refuses "${line}": ${error}`, async () => {
      const { code, stdout, stderr } = await at.run(line.split(' ').filter((word) => word !== ''))
      assert.match(stderr, ERROR_LINES)
      const lines = stderr.split('\n')
      assert.equal(lines[0], `tls-stamp: error: ${error}`)
      if (hint) assert.equal(lines[1], `hint: ${hint}`)
      assert.equal(stdout, '')
      assert.equal(code, 2)
    })
  }

  test('writes nothing into the folder while it refuses', () => {
    assert.deepEqual(at.list(), ['doc.txt'])
  })
})
