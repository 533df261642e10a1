// Where output goes: colours and progress on a terminal alone, and streams that are closed or full.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { encodeStatement } from '../../src/statement/encode.ts'
import {
  ERROR_LINES,
  type Outcome,
  openWorkspace,
  type Workspace,
} from '../support/harness/command-line.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
const [endEntity] = endEntities(pki) as [EndEntity]
const TEXT = 'some text\n'
const VERIFY = `$STAMP verify stamp --ca ca.pem --witness ${HOST}`
const ESCAPE = '\u001b['

let at: Workspace

before(() => {
  const subjects = [subject('doc.txt', TEXT)]
  const stamp = encodeStatement(makeStatement({ subjects, rounds: roundsAt(endEntity) }))
  at = openWorkspace({ 'doc.txt': TEXT, stamp, 'ca.pem': pki.root.pem })
})

after(() => at.remove())

describe('the terminal', { concurrency: 4 }, () => {
  test('gets colours, unless asked to do without', { skip: noTerminal() }, async () => {
    const plain = await at.shell(VERIFY)
    const coloured = await onTerminal(VERIFY, { TERM: 'xterm' })
    assert.ok(coloured.stdout.startsWith(`${ESCAPE}32m${ESCAPE}1mpassed${ESCAPE}0m`))
    assert.equal(unfolded(uncoloured(coloured.stdout)), unfolded(plain.stdout))
    for (const line of uncoloured(coloured.stdout).split('\n')) assert.ok(line.length <= 80, line)
    assert.equal(coloured.code, 0)
    for (const env of [{ TERM: 'xterm', NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      const { stdout } = await onTerminal(VERIFY, env)
      assert.equal(unfolded(stdout.replaceAll('\r\n', '\n')), unfolded(plain.stdout))
    }
  })

  test('gets no colours through a pipe', { skip: noTerminal() }, async () => {
    const { stdout } = await onTerminal(`${VERIFY} | cat`, { TERM: 'xterm' })
    assert.ok(!stdout.includes(ESCAPE))
  })

  test('shows a progress bar when hashing takes over a second', {
    skip: noTerminal(),
  }, async () => {
    // Three seconds for a busy machine to start us
    const slow = "(printf some; sleep 4; printf ' '; sleep 0.2; printf 'text\\n')"
    const [{ stdout, code }, piped] = await Promise.all([
      onTerminal(`${slow} | ${VERIFY} -`, { TERM: 'xterm' }),
      at.shell(`${slow} | ${VERIFY} -`),
    ])
    const drawn = stdout.split(`\r${ESCAPE}K`)
    assert.ok(drawn.length >= 3)
    for (const bar of drawn.slice(1, -1)) assert.match(bar, /^hashing standard input \d+ MiB\/s$/)
    assert.ok(drawn.at(-1)?.startsWith(`${ESCAPE}32m`))
    assert.equal(code, 0)
    assert.doesNotMatch(piped.stderr + piped.stdout, /hashing/)
    assert.equal(piped.code, 0)
  })

  test('fits help to its width, up to 100 columns', { skip: noTerminal() }, async () => {
    for (const [columns, widest] of [
      [60, 60],
      [300, 100],
    ] as const) {
      const { stdout } = await onTerminal(`stty cols ${columns}; $STAMP sign --help`)
      const widths = stdout.split('\r\n').map((line) => line.length)
      assert.ok(Math.max(...widths) <= widest, `${Math.max(...widths)} columns`)
      assert.ok(Math.max(...widths) > widest - 15, `${Math.max(...widths)} columns`)
    }
  })
})

describe('the streams', { concurrency: 4 }, () => {
  test('may be closed by the reader, which changes nothing', async () => {
    for (const line of [VERIFY, '$STAMP --help', '$STAMP --version', `${VERIFY} --json`]) {
      const { stderr, code } = await at.shell(`{ ${line}; echo $? >&3; } 3>&2 | true`)
      assert.equal(stderr, '0\n', line)
      assert.equal(code, 0)
    }
    const { stderr } = await at.shell('{ $STAMP verify nothing 2>&1; echo $? >&3; } 3>&2 | true')
    assert.equal(stderr, '2\n')
  })

  test('may not take the result: that is an error', {
    skip: process.platform !== 'linux',
  }, async () => {
    const { stdout, stderr, code } = await at.shell(`${VERIFY} > /dev/full`)
    assert.match(stderr, ERROR_LINES)
    assert.match(stderr, /standard output: no space left on device/)
    assert.equal(stdout, '')
    assert.equal(code, 2)
  })

  test('may be closed from the start', async () => {
    assert.equal((await at.shell(`${VERIFY} <&-`)).code, 0)
    assert.equal((await at.shell(`${VERIFY} 2>&-`)).code, 0)
  })

  test('are the same for a process of its own and for one that had runs before', async () => {
    for (const args of [
      ['--help'],
      ['--version'],
      ['sign', '--help'],
      ['verify', 'stamp', '--ca', 'ca.pem'],
      ['verify', 'nothing'],
    ]) {
      assert.deepEqual(await at.run(args), await at.run(args, { env: {} }))
    }
  })

  test('carry results on standard output and the rest on standard error', async () => {
    const { stdout } = await at.shell('$STAMP verify stamp --ca ca.pem 2>/dev/null')
    assert.doesNotMatch(stdout, /hint:/)
    const { stderr } = await at.shell('$STAMP verify stamp --ca ca.pem >/dev/null')
    assert.match(stderr, /^hint: [^\n]*\n$/)
  })
})

/** Runs a line with standard output and error on a pseudo terminal, whose line ends are CR LF. */
function onTerminal(line: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return at.shell(`script -qec '${line.replaceAll("'", "'\\''")}' /dev/null`, { env })
}

function noTerminal(): string | false {
  try {
    execFileSync('script', ['-qec', 'true', '/dev/null'], { stdio: 'ignore' })
    return false
  } catch {
    return 'expected the program script of util-linux'
  }
}

/** Lines are folded on a terminal alone. */
function unfolded(text: string): string {
  return text.replace(/\s/g, '')
}

function uncoloured(text: string): string {
  const [first = '', ...rest] = text.replaceAll('\r\n', '\n').split(ESCAPE)
  return [first, ...rest.map((part) => part.replace(/^\d+m/, ''))].join('')
}
