// tls-stamp verify, as a user types it, over statements made in memory.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { describe, test } from 'node:test'
import { commitmentOf, type Subject } from '../../../src/statement/commitment.ts'
import { encodeStatement } from '../../../src/statement/encode.ts'
import type { SignedStatement } from '../../../src/statement/statement.ts'
import {
  ERROR_LINES,
  type Outcome,
  openWorkspace,
  type Workspace,
} from '../../support/harness/command-line.ts'
import { mintTestPki } from '../../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject, TIME } from '../../support/make/statements.ts'
import { type EndEntity, endEntities } from '../../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
const [endEntity] = endEntities(pki) as [EndEntity]
const TRUST = ['--ca', 'ca.pem', '--witness', HOST, '--verbose']
const FILES = { 'doc.txt': 'some text\n', 'two.txt': 'more text\n' }

function statementOver(subjects: readonly Subject[]): SignedStatement {
  return makeStatement({ subjects, rounds: roundsAt(endEntity) })
}

const one = encodeStatement(statementOver([subject('doc.txt', FILES['doc.txt'])]))
const two = encodeStatement(
  statementOver([subject('doc.txt', FILES['doc.txt']), subject('two.txt', FILES['two.txt'])]),
)

function verify(name: string, body: (at: Workspace) => Promise<void>): void {
  test(name, async () => {
    const at = openWorkspace({ ...FILES, one, two, 'ca.pem': pki.root.pem })
    try {
      await body(at)
    } finally {
      at.remove()
    }
  })
}

/** The rows of the subjects: state and name. */
function subjects({ stdout }: Outcome): string[] {
  const section = /\nsubjects\n((?: .*\n)*)/.exec(stdout)?.[1] ?? ''
  return section
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `${line.slice(2, 16).trim()} ${line.slice(82)}`)
}

async function refuse(
  at: Workspace,
  args: readonly string[],
  error: RegExp | string,
): Promise<void> {
  const { code, stdout, stderr } = await at.run(args)
  assert.match(stderr, ERROR_LINES)
  const [line = ''] = stderr.split('\n')
  if (typeof error === 'string') assert.equal(line, `tls-stamp: error: ${error}`)
  else assert.match(line, error)
  assert.equal(stdout, '')
  assert.equal(code, 2)
}

describe('verify', { concurrency: 6 }, () => {
  verify('passes with exit code 0 and says all there is to say', async (at) => {
    const outcome = await at.run(['verify', 'one', ...TRUST])
    const { stdout, stderr, code } = outcome
    assert.match(
      stdout,
      /^passed {2}the subject existed no later than 2026-01-31 12:00:01 UTC\n {8}only the holder of the key certified for example\.test says so\n\n/,
    )
    assert.deepEqual(subjects(outcome), ['unaltered doc.txt'])
    assert.match(stdout, /\nwitness example\.test:443\n/)
    assert.match(stdout, /\n {2}path {10}CN=example\.test, P-256 key, 2020-01-01 to 2040-01-01\n/)
    assert.equal(stdout.match(/\n {2}pass {2}/g)?.length, 14)
    assert.match(stdout, /\nnot proven\n/)
    assert.ok(!stdout.includes('\u001b'))
    assert.equal(stderr, '')
    assert.equal(code, 0)
  })

  verify('is indeterminate without --witness, with the hint', async (at) => {
    const { stdout, stderr, code } = await at.run(['verify', 'one', '--ca', 'ca.pem'])
    assert.match(stdout, /^indeterminate {2}the host is not on the list of accepted witnesses/)
    assert.match(stderr, /^hint: .*--witness example\.test\n$/)
    assert.equal(code, 1)
  })

  verify('accepts any of several witnesses', async (at) => {
    const args = ['verify', 'one', '--witness', 'other.test', '--witness', 'EXAMPLE.test.']
    assert.equal((await at.run([...args, '--ca', 'ca.pem'])).code, 0)
  })

  verify('fails without --ca, with the hint', async (at) => {
    const { stdout, stderr, code } = await at.run(['verify', 'one', '--witness', HOST])
    assert.match(stdout, /^failed {2}/)
    assert.match(stderr, /^no file was compared, because [^\n]*\nhint: .*--ca FILE\|DIR\n$/)
    assert.equal(code, 1)
  })

  verify('prints exactly the report with --json', async (at) => {
    const { stdout, stderr, code } = await at.run(['verify', 'one', ...TRUST, '--json'])
    const report = JSON.parse(stdout)
    assert.deepEqual(Object.keys(report), [
      'verdict',
      'time',
      'subjects',
      'witnesses',
      'independent',
      'guards',
      'renewals',
      'checks',
    ])
    assert.equal(report.verdict, 'passed')
    assert.deepEqual(report.time, {
      claimed: '2026-01-31T12:00:00.000Z',
      notBefore: '2026-01-31T12:00:00.000Z',
      notAfter: '2026-01-31T12:00:01.000Z',
    })
    assert.match(report.subjects[0].sha256, /^[0-9a-f]{64}$/)
    assert.deepEqual(Object.keys(report.witnesses[0]), [
      'host',
      'operator',
      'port',
      'clock',
      'expectedTries',
      'rounds',
      'path',
      'matchedNames',
      'expiresFirst',
      'missingAnchor',
      'counts',
      'faults',
    ])
    assert.deepEqual(
      new Set(report.checks.map(({ outcome }: { outcome: string }) => outcome)),
      new Set(['pass']),
    )
    assert.equal(stderr, '')
    assert.equal(code, 0)
  })

  verify('prints JSON on standard output alone when it fails', async (at) => {
    const { stdout, stderr, code } = await at.run(['verify', 'one', '--ca', 'ca.pem', '--json'])
    assert.equal(JSON.parse(stdout).verdict, 'indeterminate')
    assert.match(stderr, /^hint: /)
    assert.equal(code, 1)
  })

  verify('names an altered file and fails', async (at) => {
    at.write('doc.txt', 'some other text\n')
    for (const files of [[], ['doc.txt'], ['./doc.txt'], [at.path('doc.txt')]]) {
      const outcome = await at.run(['verify', 'two', ...TRUST, '--', ...files])
      assert.match(outcome.stdout, /^failed {2}a file differs from what was signed: doc\.txt\n/)
      const other = files.length > 0 ? 'not compared' : 'unaltered'
      assert.deepEqual(subjects(outcome), ['ALTERED doc.txt', `${other} two.txt`])
      assert.equal(outcome.code, 1)
    }
  })

  verify('says which subjects were compared and which were not', async (at) => {
    const outcome = await at.run(['verify', 'two', 'two.txt', ...TRUST])
    assert.deepEqual(subjects(outcome), ['not compared doc.txt', 'unaltered two.txt'])
    assert.equal(outcome.code, 0)
  })

  verify('fails for a file that is no subject', async (at) => {
    const { stdout, code } = await at.run(['verify', 'one', 'two.txt', ...TRUST])
    assert.match(stdout, /^failed {2}a file matches none of the subjects: two\.txt\n/)
    assert.equal(code, 1)
  })

  verify('knows a file by its digest when it has another name', async (at) => {
    at.write('renamed', FILES['doc.txt'])
    const outcome = await at.run(['verify', 'two', 'renamed', ...TRUST])
    assert.deepEqual(subjects(outcome), ['unaltered doc.txt', 'not compared two.txt'])
    assert.equal(outcome.code, 0)
  })

  verify('compares standard input for -', async (at) => {
    const args = ['verify', 'one', '-', ...TRUST]
    const same = await at.run(args, { stdin: FILES['doc.txt'] })
    assert.deepEqual(subjects(same), ['unaltered doc.txt'])
    assert.equal(same.code, 0)
    const other = await at.run(args, { stdin: 'altered' })
    assert.match(other.stdout, /^failed {2}a file matches none of the subjects: -\n/)
    assert.equal(other.code, 1)
    await refuse(at, [...args, '-'], 'standard input can be read only once')
  })

  verify('looks beside the statement, wherever it is called from', async (at) => {
    mkdirSync(at.path('sub'))
    at.write('sub/one', one)
    const alone = await at.run(['verify', 'sub/one', ...TRUST])
    assert.deepEqual(subjects(alone), ['not compared doc.txt'])
    assert.match(alone.stdout, /^indeterminate {2}no file was compared with the subjects\n/)
    assert.match(alone.stderr, /^hint: give the files to compare, or .* --statement-only\n$/)
    assert.equal(alone.code, 1)
    at.write('sub/doc.txt', FILES['doc.txt'])
    assert.deepEqual(subjects(await at.run(['verify', 'sub/one', ...TRUST])), ['unaltered doc.txt'])
  })

  verify('follows relative names into folders, and links that stay within', async (at) => {
    mkdirSync(at.path('sub'))
    at.write('sub/doc.txt', FILES['doc.txt'])
    symlinkSync('doc.txt', at.path('link'))
    const names = ['sub/doc.txt', './doc.txt', 'link']
    at.write(
      'stamp',
      encodeStatement(statementOver(names.map((name) => subject(name, FILES['doc.txt'])))),
    )
    const outcome = await at.run(['verify', 'stamp', ...TRUST])
    assert.deepEqual(
      subjects(outcome),
      names.map((name) => `unaltered ${name}`),
    )
  })

  verify('never looks outside the folder, nor at what is no regular file', async (at) => {
    mkdirSync(at.path('in'))
    mkdirSync(at.path('in/folder'))
    symlinkSync('../doc.txt', at.path('in/link'))
    symlinkSync('..', at.path('in/up'))
    symlinkSync('loop', at.path('in/loop'))
    execFileSync('mkfifo', [at.path('in/fifo')])
    const names = [
      '../doc.txt',
      at.path('doc.txt'),
      'folder/../../doc.txt',
      'link',
      'up/doc.txt',
      'loop',
      'fifo',
      'folder',
      '.',
      '..',
      '/',
      '/dev/stdin',
      '-',
      'nothing',
      'doc.txt/x',
      '~/doc.txt',
    ]
    at.write(
      'in/stamp',
      encodeStatement(statementOver(names.map((name) => subject(name, FILES['doc.txt'])))),
    )
    const outcome = await at.run(['verify', 'in/stamp', ...TRUST])
    const refused = ['link', 'up/doc.txt', 'loop', 'fifo', 'folder']
    const others = names.filter((name) => !refused.includes(name))
    assert.deepEqual(subjects(outcome), [
      ...refused.map((name) => `MISSING ${name}`),
      ...others.map((name) => `not compared ${name}`),
    ])
    const out = 'is a link that leads out of the folder'
    assert.equal(
      outcome.stderr,
      `not compared: link ${out}, up/doc.txt ${out}, loop is a link that leads nowhere, ` +
        'fifo is not a regular file, folder is not a regular file\n',
    )
    assert.equal(outcome.code, 1)
  })

  verify('finds a subject by the last part of its name, else by the statement’s', async (at) => {
    mkdirSync(at.path('down'))
    const name = 'rel/app.deb'
    at.write('down/app.deb.tls-stamp', encodeStatement(statementOver([subject(name, 'x')])))
    const args = ['verify', 'down/app.deb.tls-stamp', ...TRUST]
    const state = async (): Promise<unknown> => {
      const outcome = await at.run(args)
      return [outcome.code, ...subjects(outcome)]
    }
    assert.deepEqual(await state(), [1, `not compared ${name}`])
    at.write('down/app.deb', 'x')
    assert.deepEqual(await state(), [0, `unaltered ${name}`])
    at.write('down/app.deb', 'y')
    assert.deepEqual(await state(), [1, `ALTERED ${name}`])
    mkdirSync(at.path('down/rel'))
    at.write('down/rel/app.deb', 'x')
    assert.deepEqual(await state(), [0, `unaltered ${name}`])
    at.write('down/other.bin.statement', at.read('down/app.deb.tls-stamp'))
    args[1] = 'down/other.bin.statement'
    renameSync(at.path('down/rel'), at.path('down/away'))
    renameSync(at.path('down/app.deb'), at.path('down/other.bin'))
    assert.deepEqual(await state(), [1, `ALTERED ${name}`])
    at.write('down/other.bin', 'x')
    assert.deepEqual(await state(), [0, `unaltered ${name}`])
    symlinkSync('nowhere', at.path('down/app.deb'))
    assert.deepEqual(await state(), [1, `MISSING ${name}`])
  })

  verify('takes no folder with the statement’s own name for the subject', async (at) => {
    mkdirSync(at.path('apart/lone'), { recursive: true })
    at.write('apart/lone.statement', one)
    const { stdout, code } = await at.run(['verify', 'apart/lone.statement', ...TRUST])
    assert.match(stdout, /^indeterminate {2}no file was compared/)
    assert.equal(code, 1)
  })

  verify('judges the statement alone with --statement-only', async (at) => {
    at.write('doc.txt', 'altered')
    const alone = await at.run(['verify', 'one', ...TRUST, '--statement-only'])
    assert.match(
      alone.stdout,
      /^passed {2}the subject existed no later than .*; no file was compared\n/,
    )
    assert.deepEqual(subjects(alone), ['not compared doc.txt'])
    assert.deepEqual([alone.code, alone.stderr], [0, ''])
    for (const sources of [['doc.txt'], ['--sums', 'doc.txt'], ['--directory', '.']]) {
      const args = ['verify', 'one', ...TRUST, '--statement-only', ...sources]
      await refuse(at, args, 'expected either something to compare or --statement-only')
    }
  })

  verify('takes a file that is called as a subject for that subject alone', async (at) => {
    mkdirSync(at.path('down'))
    at.write(
      'two',
      encodeStatement(
        statementOver([subject('dist/prod.bin', 'p'), subject('dist/test.bin', 't')]),
      ),
    )
    for (const [content, code, headline] of [
      ['p', 0, /^passed .*; 1 of 2 was compared\n/],
      ['t', 1, /^failed .*: dist\/prod\.bin has the content of dist\/test\.bin\n/],
      ['x', 1, /^failed {2}a file differs from what was signed: dist\/prod\.bin\n/],
    ] as const) {
      at.write('down/prod.bin', content)
      const outcome = await at.run(['verify', 'two', 'down/prod.bin', ...TRUST])
      assert.match(outcome.stdout, headline)
      assert.equal(outcome.code, code)
    }
    at.write('down/own.bin', 't')
    assert.equal((await at.run(['verify', 'two', 'down/own.bin', ...TRUST])).code, 0)
  })

  verify('says of a file that is none of the subjects just that', async (at) => {
    at.write('b.txt', 'b')
    const outcome = await at.run(['verify', 'one', 'b.txt', ...TRUST])
    assert.match(outcome.stdout, /^failed {2}a file matches none of the subjects: b\.txt\n/)
    assert.deepEqual(subjects(outcome), ['not compared doc.txt'])
    assert.equal(outcome.code, 1)
  })

  verify('compares no file with a statement that fails by itself', async (at) => {
    const huge = Array.from({ length: 8000 }, () => subject('doc.txt', FILES['doc.txt']))
    at.write('stamp', encodeStatement(statementOver(huge)))
    assert.equal((await at.run(['verify', 'stamp', ...TRUST])).code, 0)
    const { stdout, code } = await at.run(['verify', 'stamp', '--witness', HOST, '--verbose'])
    assert.match(stdout, /\n {2}unknown {2}subjects {4}no file was compared with the subjects\n$/)
    assert.equal(code, 1)
  })

  verify('judges at the claimed time, and refuses a time to come', async (at) => {
    const subjects = [subject('doc.txt', FILES['doc.txt'])]
    const time = Math.floor(Date.now() / 1000) + 86400
    const rounds = roundsAt(endEntity, [time, time, time])
    at.write('stamp', encodeStatement(makeStatement({ subjects, rounds })))
    const { stdout, code } = await at.run(['verify', 'stamp', ...TRUST])
    assert.match(stdout, /^failed {2}the claimed time is in the future: .* is \d+ seconds ahead/)
    assert.equal(code, 1)
  })

  verify('refuses what is no signed statement', async (at) => {
    const text = Buffer.from(one).toString('utf8')
    const contents: readonly (readonly [string, string | Uint8Array])[] = [
      ['empty', ''],
      ['object', '{}\n'],
      ['cut', text.slice(0, -40)],
      ['longer', `${text}\n`],
      ['other', text.replace('tls-stamp/1', 'tls-stamp/2')],
      ['crlf', text.replaceAll('\n', '\r\n')],
      ['bom', `\ufeff${text}`],
    ]
    for (const [name, content] of contents) {
      at.write(name, content)
      await refuse(at, ['verify', name], new RegExp(`error: ${name} is not a signed statement: `))
    }
  })

  verify('says of what was never a statement that there is none for it', async (at) => {
    const contents: readonly (readonly [string, string | Uint8Array])[] = [
      ['text', 'garbage\n'],
      ['crlf', 'some\r\ntext\r\n'],
      ['binary', Uint8Array.from({ length: 4096 }, (_, i) => (i * 37) & 0xff)],
      ['deep', '['.repeat(1e6)],
      ['null', 'null\n'],
    ]
    for (const [name, content] of contents) {
      at.write(name, content)
      const message = `there is no statement for ${name}: ${name}.tls-stamp does not exist`
      await refuse(at, ['verify', name], message)
    }
  })

  verify('finds the statement beside a file, wherever it is called from', async (at) => {
    mkdirSync(at.path('sub'))
    at.write('sub/doc.txt', FILES['doc.txt'])
    at.write('sub/doc.txt.tls-stamp', one)
    const passed = await at.run(['verify', 'sub/doc.txt', ...TRUST])
    assert.deepEqual(subjects(passed), ['unaltered doc.txt'])
    assert.equal(passed.stderr, '')
    assert.equal(passed.code, 0)
    const alone = await at.run(['verify', 'sub/doc.txt', '--statement-only', ...TRUST])
    assert.deepEqual(subjects(alone), ['not compared doc.txt'])
    assert.equal(alone.code, 0)
    at.write('sub/doc.txt', 'altered')
    const failed = await at.run(['verify', 'sub/doc.txt', ...TRUST])
    assert.deepEqual(subjects(failed), ['ALTERED doc.txt'])
    assert.equal(failed.code, 1)
  })

  verify('compares that file besides others, and of a list as one of many', async (at) => {
    at.write('doc.txt.tls-stamp', two)
    const first = await at.run(['verify', 'doc.txt', ...TRUST])
    assert.deepEqual(subjects(first), ['unaltered doc.txt', 'not compared two.txt'])
    assert.equal(first.code, 0)
    const both = await at.run(['verify', 'doc.txt', 'two.txt', ...TRUST])
    assert.deepEqual(subjects(both), ['unaltered doc.txt', 'unaltered two.txt'])
  })

  verify('finds the file beside its statement, also when both have another name', async (at) => {
    at.write('doc.txt.tls-stamp', one)
    const same = await at.run(['verify', 'doc.txt.tls-stamp', ...TRUST])
    assert.deepEqual(subjects(same), ['unaltered doc.txt'])
    renameSync(at.path('doc.txt'), at.path('v1.txt'))
    renameSync(at.path('doc.txt.tls-stamp'), at.path('v1.txt.tls-stamp'))
    for (const name of ['v1.txt.tls-stamp', 'v1.txt']) {
      const renamed = await at.run(['verify', name, ...TRUST])
      assert.deepEqual(subjects(renamed), ['unaltered doc.txt'])
      assert.equal(renamed.code, 0)
    }
  })

  verify('takes a file that is itself a statement for that', async (at) => {
    at.write('one.tls-stamp', 'no statement\n')
    assert.equal((await at.run(['verify', 'one', ...TRUST])).code, 0)
  })

  verify('follows no link from a file to a statement elsewhere', async (at) => {
    mkdirSync(at.path('in'))
    at.write('in/doc.txt', FILES['doc.txt'])
    const found = at.path('in/doc.txt.tls-stamp')
    for (const [target, why] of [
      ['../one', 'is a link that leads out of the folder'],
      ['nothing', 'is a link that leads nowhere'],
      ['.', 'is a link that leads out of the folder'],
    ] as const) {
      symlinkSync(target, found)
      await refuse(at, ['verify', 'in/doc.txt', ...TRUST], `in/doc.txt.tls-stamp ${why}`)
      rmSync(found)
    }
    mkdirSync(found)
    const folder = 'in/doc.txt.tls-stamp is not a regular file'
    await refuse(at, ['verify', 'in/doc.txt', ...TRUST], folder)
    at.write('in/stamp', one)
    rmSync(found, { recursive: true })
    symlinkSync('stamp', found)
    assert.equal((await at.run(['verify', 'in/doc.txt', ...TRUST])).code, 0)
  })

  verify('says so when there is neither a statement nor one beside it', async (at) => {
    const { stderr, code } = await at.run(['verify', 'doc.txt', ...TRUST])
    assert.match(
      stderr,
      /^tls-stamp: error: there is no statement for doc\.txt: doc\.txt\.tls-stamp does not exist\nhint: .*: tls-stamp verify STATEMENT doc\.txt\n$/,
    )
    assert.equal(code, 2)
    at.write('doc.txt.tls-stamp', 'garbage\n')
    const broken = /^tls-stamp: error: doc\.txt\.tls-stamp is not a signed statement: /
    await refuse(at, ['verify', 'doc.txt', ...TRUST], broken)
  })

  verify('refuses a statement that is too large without reading it all', async (at) => {
    const { code, stderr } = await at.shell('$STAMP verify /dev/zero')
    assert.match(stderr, ERROR_LINES)
    assert.match(stderr, /\/dev\/zero/)
    assert.equal(code, 2)
  })

  verify('refuses files that it cannot read', async (at) => {
    await refuse(at, ['verify', 'nothing'], 'nothing: no such file or directory')
    await refuse(at, ['verify', '.'], '. is a folder')
    await refuse(at, ['verify', 'one', 'nothing'], 'nothing: no such file or directory')
    await refuse(at, ['verify', 'one', '.'], '. is a folder')
    await refuse(at, ['verify', 'one', '--ca', 'nothing'], 'nothing: no such file or directory')
    await refuse(
      at,
      ['verify', 'one', '--ca', 'doc.txt'],
      /doc\.txt contains no certificate in PEM or DER/,
    )
    if (process.getuid?.() !== 0) {
      chmodSync(at.path('doc.txt'), 0)
      await refuse(at, ['verify', 'one', ...TRUST], 'doc.txt: permission denied')
    }
  })

  verify('never lets names from a statement or an argument act on the terminal', async (at) => {
    const names = [
      'a\u001b[2Jb',
      'c\u009b31md',
      'e\u202egpj.exe',
      'f\rg\nh',
      'i\u2028j\u0007',
      'k\u{e0041}',
    ]
    const hostile = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}]/u
    at.write('stamp', encodeStatement(statementOver(names.map((name) => subject(name)))))
    for (const args of [
      [],
      ['--json'],
      ['doc.txt\u001b[2J'],
      ['--witness', '\u001b[2J'],
      ['--\u009bx'],
    ]) {
      const { stdout, stderr } = await at.run([
        'verify',
        'stamp',
        '--ca',
        'ca.pem',
        '--verbose',
        ...args,
      ])
      assert.doesNotMatch(stdout, hostile)
      assert.doesNotMatch(stderr, hostile)
    }
    const { stdout } = await at.run(['verify', 'stamp', '--ca', 'ca.pem', '--verbose'])
    assert.match(stdout, / {2}a\\u\{1b\}\[2Jb\n/)
    assert.match(stdout, / {2}e\\u\{202e\}gpj\.exe\n/)
    const json = await at.run(['verify', 'stamp', '--ca', 'ca.pem', '--json'])
    const report: { subjects: { name: string }[] } = JSON.parse(json.stdout)
    assert.deepEqual(
      report.subjects.map(({ name }) => name),
      names,
    )
  })

  verify('lists twenty of many subjects, and all of them in JSON', async (at) => {
    const many = Array.from({ length: 50 }, (_, i) => subject(`file-${i}`))
    assert.ok(commitmentOf(many))
    at.write('stamp', encodeStatement(statementOver(many)))
    const outcome = await at.run(['verify', 'stamp', ...TRUST, '--statement-only'])
    assert.equal(subjects(outcome).length, 21)
    assert.match(outcome.stdout, /\n {16}and 30 more; 50 of the 50 were not compared\n/)
    const { stdout } = await at.run(['verify', 'stamp', ...TRUST, '--json'])
    assert.equal(JSON.parse(stdout).subjects.length, 50)
  })

  verify('needs no network and no clock server', async (at) => {
    const env = { http_proxy: 'http://127.0.0.1:1', NODE_OPTIONS: '--dns-result-order=ipv4first' }
    assert.equal((await at.run(['verify', 'one', ...TRUST], { env })).code, 0)
    assert.ok(TIME > 0)
  })
})
