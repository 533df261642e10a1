// Help as newcomers ask for it, completion in real shells, and the man page: all from the same words.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { knownWitnesses } from '../../src/verify/known-witnesses.ts'
import { openWorkspace, ROOT, type Workspace } from '../support/harness/command-line.ts'
import { missing } from '../support/servers/programs.ts'

const COMMANDS =
  'sign verify extract renew status export page inspect probe witnesses handshake completion'.split(
    ' ',
  )

let at: Workspace

before(() => {
  at = openWorkspace({ 'doc.txt': 'some text\n', 'two words.txt': '' })
})

after(() => at.remove())

describe('help', { concurrency: 6 }, () => {
  test('is the same by -h, --help and help, before and behind the command', async () => {
    for (const [wanted, ...others] of [
      [['--help'], ['-h'], ['help'], ['help', 'help'], ['help', '--help']],
      ...COMMANDS.map((name) => [
        [name, '--help'],
        [name, '-h'],
        ['-h', name],
        ['help', name],
        [name, 'x', '--no-such', '-h'],
      ]),
    ]) {
      const expected = await at.run(wanted ?? [])
      assert.match(expected.stdout, /^Usage: tls-stamp /)
      assert.deepEqual([expected.code, expected.stderr], [0, ''])
      for (const args of others) assert.deepEqual(await at.run(args), expected, args.join(' '))
    }
  })

  test('lists every command, each with its operands', async () => {
    const { stdout } = await at.run(['help'])
    for (const name of COMMANDS) assert.match(stdout, new RegExp(`^  ${name} .*  \\w`, 'm'))
    assert.ok(stdout.split('\n').every((line) => line.length <= 80))
  })

  test('is what a call with nothing prints, which is no success', async () => {
    const { stdout } = await at.run(['help'])
    assert.deepEqual(await at.run([]), { code: 2, stdout, stderr: '' })
  })

  test('is not what follows --, nor of a command that there is not', async () => {
    const operand = await at.run(['verify', '--', '-h'])
    assert.match(operand.stderr, /^tls-stamp: error: -h: no such file or directory\n/)
    for (const args of [
      ['help', 'frobnicate'],
      ['frobnicate', '--help'],
    ]) {
      const { code, stderr, stdout } = await at.run(args)
      assert.equal(
        stderr,
        'tls-stamp: error: unknown command frobnicate\nhint: see tls-stamp --help\n',
      )
      assert.deepEqual([code, stdout], [2, ''])
    }
    assert.match((await at.run(['help', 'verfiy'])).stderr, /\nhint: did you mean verify\?\n/)
    assert.equal((await at.run(['help', 'sign', 'verify'])).code, 2)
  })

  test('of verify names the hosts of the built-in list', async () => {
    const { stdout } = await at.run(['verify', '--help'])
    for (const { host, operator } of knownWitnesses) {
      assert.ok(stdout.includes(host), host)
      assert.ok(stdout.includes(operator), operator)
    }
  })

  test('keeps the second lines of its columns where the first ones begin', async () => {
    for (const name of COMMANDS) {
      const { stdout } = await at.run([name, '--help'])
      const [, operands = ''] = /\n\n((?: {2}[A-Z].*\n(?: {4,}.*\n)*)+)/.exec(stdout) ?? []
      const [, options = ''] = /\nOptions:\n([\s\S]*?)\n\n/.exec(stdout) ?? []
      assert.equal(operands !== '', !['page', 'witnesses', 'completion'].includes(name), name)
      assert.match(options, /--help/)
      for (const table of [operands, options].filter((text) => text !== '')) {
        const lines = table.split('\n').filter((line) => line !== '')
        const columns = lines.flatMap((line) => {
          const first = /^ {2}(?: {4})?(?:-\w, )?\S+(?: \S+)? {2,}(?=\S)/.exec(line)?.[0]
          const next = /^ {7,}(?=\S)/.exec(line)?.[0]
          return [first ?? next ?? ''].filter((text) => text !== '').map((text) => text.length)
        })
        assert.equal(new Set(columns).size, 1, `${name}: ${columns}`)
      }
    }
  })
})

describe('completion', { concurrency: 4 }, () => {
  test('asks for a shell that it knows', async () => {
    for (const args of [[], ['fish'], ['bash', 'zsh']]) {
      const { code, stderr } = await at.run(['completion', ...args])
      assert.match(
        stderr,
        /^tls-stamp: error: expected bash or zsh\nhint: usage: tls-stamp completion bash\|zsh\n/,
      )
      assert.equal(code, 2)
    }
  })

  const cases: readonly (readonly [typed: string, completed: readonly string[]])[] = [
    ['tls-stamp ver', ['verify']],
    ['tls-stamp s', ['sign', 'status']],
    ['tls-stamp help ex', ['export', 'extract']],
    ['tls-stamp sign --ti', ['--timeout']],
    ['tls-stamp verify --w', ['--window', '--witness']],
    ['tls-stamp probe --suites ', ['all', 'usual']],
    ['tls-stamp handshake --tls 1.', ['1.0', '1.1', '1.2', '1.3']],
    ['tls-stamp completion ', ['bash', 'zsh']],
    ['tls-stamp sign do', ['doc.txt']],
    ['tls-stamp sign --sums do', ['doc.txt']],
    ['tls-stamp verify -o do', ['doc.txt']],
    ['tls-stamp verify --directory do', ['doc.txt']],
    ['tls-stamp export --toytls do', ['doc.txt']],
    ['tls-stamp sign --rounds ', []],
  ]

  test('completes commands, options, words and files in bash', async () => {
    const { stdout, code } = await at.run(['completion', 'bash'])
    assert.equal(code, 0)
    at.write('completion.bash', stdout)
    for (const [typed, expected] of cases) {
      assert.deepEqual(completedByBash(at, typed), [...expected], typed)
    }
  })

  test('completes commands, options, words and files in zsh', {
    skip: missing('zsh'),
  }, async () => {
    const { stdout, code } = await at.run(['completion', 'zsh'])
    assert.equal(code, 0)
    at.write('completion.zsh', stdout)
    for (const [typed, expected] of cases.filter(([typed]) => !typed.includes('verify -o'))) {
      assert.deepEqual(completedByZsh(at, typed), [...expected], typed)
    }
  })
})

describe('the man page', () => {
  const page = readFileSync(join(ROOT, 'dist/man/tls-stamp.1'), 'utf8')

  test('is what package.json names, and is packed', () => {
    const { man, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    assert.deepEqual(man, ['./dist/man/tls-stamp.1'])
    assert.ok(files.includes('dist/man'))
  })

  test('has the words of every command’s help', async () => {
    const text = page
      .replace(/^\.(?:B|SS|TH|SH) /gm, '')
      .replaceAll('\\-', '-')
      .replaceAll('\\(aq', "'")
      .replaceAll('\\(dq', '"')
      .replace(/\s+/g, ' ')
    for (const name of COMMANDS) {
      const { stdout } = await at.run([name, '--help'])
      const [, body = ''] = /\n\n([\s\S]*)\n\nExample: /.exec(stdout) ?? []
      assert.ok(body.length > 50, name)
      for (const words of body.replace(/^Options:$/gm, '').split(/\n\n|\n(?= {2}\S| {2,6}-)/)) {
        const phrase = words.replace(/\s+/g, ' ').trim()
        assert.ok(
          text.includes(phrase.replace('-h, --help show', '-h, --help show')),
          `${name}: ${phrase}`,
        )
      }
    }
  })

  test('has only requests that its macros have, and no line that could be one by chance', () => {
    const lines = page.trimEnd().split('\n')
    assert.match(lines[0] ?? '', /^\.TH TLS\\-STAMP 1 /)
    for (const line of lines)
      assert.doesNotMatch(line, /^'|^\.(?!(?:TH|SH|SS|TP|PP|B|br|EX|EE)\b)|[^\\]-/)
  })

  test('is read by groff without a warning', {
    skip: missing('groff'),
  }, () => {
    writeFileSync(at.path('page.1'), page)
    const { stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', at.path('page.1')])
    assert.equal(`${stderr}`, '')
    assert.match(`${stdout}`, /NAME/)
  })
})

/** What bash would offer for the line, sorted: the function's own words, or the files that it leaves to bash. */
function completedByBash(at: Workspace, line: string): string[] {
  const words = line.split(' ')
  const script = `source completion.bash
compopt() { files=1; }
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length - 1}
_tls_stamp
if [[ $files ]]; then mapfile -t COMPREPLY < <(compgen -f -- '${words.at(-1)}'); fi
printf '%s\\n' "\${COMPREPLY[@]}"`
  const offered = execFileSync('bash', ['--norc', '-c', script], {
    cwd: at.folder,
    encoding: 'utf8',
  })
  return offered
    .split('\n')
    .filter((word) => word !== '')
    .sort()
}

/** What zsh offers in a terminal when the line is typed, and a Tab behind it. */
function completedByZsh(at: Workspace, line: string): string[] {
  at.write('offered', '')
  at.write('setup.zsh', SETUP)
  const run = spawnSync('zsh', ['-f', '-c', DRIVE, 'zsh', line], {
    cwd: at.folder,
    encoding: 'utf8',
    timeout: 120_000,
  })
  assert.equal(run.stderr, '')
  return [...new Set(at.read('offered').split('\n'))].filter((word) => word !== '').sort()
}

/** In the shell within a terminal: each word that is offered goes to a file, and after the first Tab the shell exits. */
const SETUP = `PROMPT=
autoload -Uz compinit
compinit -u -D
source ./completion.zsh
bindkey '^I' complete-word
finish() { exit }
comppostfuncs=(finish)
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a hits
  builtin compadd -A hits "$@"
  print -rl -- $hits >> offered
  builtin compadd "$@"
}
`

const DRIVE = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'source ./setup.zsh; print ready'
while zpty -r shell line; do [[ $line == *ready* && $line != *print* ]] && break; done
zpty -w -n shell "$1"$'\\t'
while zpty -r shell line; do :; done`
