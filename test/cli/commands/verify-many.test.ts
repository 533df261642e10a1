// tls-stamp verify with many subjects, as a user types it: files, checksum lists and folders.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Subject } from '../../../src/statement/commitment.ts'
import { encodeStatement } from '../../../src/statement/encode.ts'
import {
  ERROR_LINES,
  type Outcome,
  openWorkspace,
  type Workspace,
} from '../../support/harness/command-line.ts'
import { repositoryPath } from '../../support/harness/repository.ts'
import { mintTestPki } from '../../support/make/mint.ts'
import {
  HOST,
  makeStatement,
  printedLine,
  roundsAt,
  subject,
} from '../../support/make/statements.ts'
import { type EndEntity, endEntities } from '../../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
const [endEntity] = endEntities(pki) as [EndEntity]
const TRUST = ['--ca', 'ca.pem', '--witness', HOST, '--verbose']
const NAMES = ['a.txt', 'b.txt', 'sub/c.txt']
const noCoreutils = spawnSync('sha256sum', ['--version']).error ? 'sha256sum is missing' : false

function stamp(subjects: readonly Subject[]): Uint8Array {
  return encodeStatement(makeStatement({ subjects, rounds: roundsAt(endEntity) }))
}

/** A folder "dist" with the files that "stamp" is over, of which each holds its name. */
function verify(
  name: string,
  body: (at: Workspace) => Promise<void>,
  options: { readonly skip?: string | false } = {},
): void {
  test(name, options, async () => {
    const at = openWorkspace({
      'ca.pem': pki.root.pem,
      stamp: stamp(NAMES.map((each) => subject(each))),
      SUMS: NAMES.map((each) => printedLine(subject(each))).join(''),
    })
    mkdirSync(at.path('dist/sub'), { recursive: true })
    for (const each of NAMES) at.write(`dist/${each}`, each)
    try {
      await body(at)
    } finally {
      at.remove()
    }
  })
}

/** The rows of the subjects: state and name. */
function rows({ stdout }: Outcome): string[] {
  const section = /\nsubjects\n((?: .*\n)*)/.exec(stdout)?.[1] ?? ''
  return section
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `${line.slice(2, 16).trim()} ${line.slice(82)}`)
}

/** The check of the subjects. */
function finding({ stdout }: Outcome): string {
  return /\n {2}(\w+ {2,5}subjects .*)/.exec(stdout)?.[1]?.replace(/ {2,}/g, ' ') ?? ''
}

describe('verify FILE...', { concurrency: 4 }, () => {
  verify('checks any subset, and says how many were not checked', async (at) => {
    at.write('dist/stamp', at.read('stamp'))
    for (const files of [['dist/a.txt'], ['./dist/a.txt'], [at.path('dist/sub/../a.txt')]]) {
      const outcome = await at.run(['verify', 'dist/stamp', ...files, ...TRUST])
      assert.deepEqual(rows(outcome), [
        'unaltered a.txt',
        'not compared b.txt',
        'not compared sub/c.txt',
      ])
      assert.match(finding(outcome), /^pass subjects .* unaltered: 1 of 3; 2 not compared$/)
      assert.equal(outcome.stderr, '')
      assert.equal(outcome.code, 0)
    }
  })

  verify('finds the subject by any spelling of its path, but not one of two', async (at) => {
    const names = ['./dist/a.txt', 'dist/./b.txt', 'x/../dist/sub/c.txt']
    at.write('odd', stamp(names.map((name) => subject(name, 'another'))))
    const files = ['dist/a.txt', './dist/b.txt', at.path('dist/sub/c.txt')]
    const outcome = await at.run(['verify', 'odd', ...files, ...TRUST])
    assert.match(
      finding(outcome),
      /^FAIL subjects a file differs from what was signed: \.\/dist\/a/,
    )
    assert.deepEqual(
      rows(outcome),
      names.map((name) => `ALTERED ${name}`),
    )
    at.write('both', stamp([subject('./q', '1'), subject('q/.', '2'), subject('.//q', '3')]))
    at.write('q', '3')
    const both = await at.run(['verify', 'both', 'q', ...TRUST])
    assert.deepEqual(rows(both), ['not compared ./q', 'not compared q/.', 'unaltered .//q'])
  })

  verify('shows altered files first, five by name, and counts the rest', async (at) => {
    const names = Array.from({ length: 60 }, (_, i) => `f${String(i).padStart(2, '0')}`)
    at.write('many', stamp(names.map((name) => subject(name))))
    for (const name of names.slice(0, 50)) at.write(name, name)
    for (const name of names.slice(33, 40)) at.write(name, 'altered')
    const outcome = await at.run(['verify', 'many', ...TRUST])
    assert.match(
      outcome.stdout,
      /^failed {2}a file differs from what was signed: f33, f34, f35, f36, f37 and 2 more\n/,
    )
    const shown = rows(outcome)
    assert.deepEqual(shown.slice(0, 8), [
      ...names.slice(33, 40).map((name) => `ALTERED ${name}`),
      'unaltered f00',
    ])
    assert.match(outcome.stdout, /\n {16}and 40 more; 10 of the 60 were not compared\n/)
    assert.equal(outcome.code, 1)
  })

  verify('refuses a folder, and says what to do', async (at) => {
    const { stdout, stderr, code } = await at.run(['verify', 'stamp', 'dist', ...TRUST])
    assert.match(stderr, ERROR_LINES)
    assert.match(stderr, /^tls-stamp: error: dist is a folder\nhint: .* --directory\n$/)
    assert.equal(stdout, '')
    assert.equal(code, 2)
  })
})

describe('verify --sums', { concurrency: 4 }, () => {
  verify('compares the digests of a list, and reads no file', async (at) => {
    rmSync(at.path('dist'), { recursive: true })
    const outcome = await at.run(['verify', 'stamp', '--sums', 'SUMS', ...TRUST])
    assert.deepEqual(
      rows(outcome),
      NAMES.map((name) => `unaltered ${name}`),
    )
    assert.equal(outcome.code, 0)
  })

  verify('takes a part of it, from standard input, in another spelling', async (at) => {
    const line = (name: string): string => printedLine({ ...subject('b.txt'), name })
    for (const name of ['b.txt', './b.txt', at.path('b.txt'), 'other']) {
      const args = ['verify', 'stamp', '--sums', '-', ...TRUST]
      const outcome = await at.run(args, { stdin: line(name) })
      assert.deepEqual(rows(outcome), [
        'not compared a.txt',
        'unaltered b.txt',
        'not compared sub/c.txt',
      ])
      assert.equal(outcome.code, 0)
    }
  })

  verify('names what is altered and what is no subject, and fails', async (at) => {
    const lines = ['a.txt', './b.txt', 'new.txt'].map((name) =>
      printedLine({ ...subject('other content'), name }),
    )
    at.write('SUMS', lines.join(''))
    const outcome = await at.run(['verify', 'stamp', '--sums', 'SUMS', ...TRUST])
    assert.match(
      outcome.stdout,
      /^failed {2}a file differs from what was signed: a\.txt, b\.txt; no subject: new\.txt\n/,
    )
    assert.deepEqual(rows(outcome), ['ALTERED a.txt', 'ALTERED b.txt', 'not compared sub/c.txt'])
    assert.equal(outcome.code, 1)
  })

  verify(
    'takes what sha256sum prints',
    async (at) => {
      for (const options of [[], ['--tag']]) {
        const files = [...options, './a.txt', 'b.txt', 'sub/c.txt']
        const stdin = execFileSync('sha256sum', files, { cwd: at.path('dist') }).toString()
        const args = ['verify', 'stamp', '--sums', '-', ...TRUST]
        const outcome = await at.run(args, { stdin })
        assert.match(finding(outcome), /^pass subjects every subject was compared /)
        assert.equal(outcome.code, 0)
      }
    },
    { skip: noCoreutils },
  )

  verify('refuses a list that is none', async (at) => {
    for (const args of [
      ['--sums', 'ca.pem'],
      ['--sums', '-', '-'],
      ['--sums', '-', '--sums', '-'],
    ]) {
      const { stdout, stderr, code } = await at.run(['verify', 'stamp', ...args, ...TRUST])
      assert.match(stderr, ERROR_LINES)
      assert.match(stderr, /ca\.pem is not a list of SHA-256 checksums: line 1: |only once\n/)
      assert.equal(stdout, '')
      assert.equal(code, 2)
    }
  })
})

describe('verify --directory', { concurrency: 4 }, () => {
  verify('finds every subject in the folder', async (at) => {
    const outcome = await at.run(['verify', 'stamp', '--directory', 'dist', ...TRUST])
    assert.deepEqual(
      rows(outcome),
      NAMES.map((name) => `unaltered ${name}`),
    )
    assert.equal(outcome.stderr, '')
    assert.equal(outcome.code, 0)
  })

  verify('names a file that is missing or altered, and fails', async (at) => {
    rmSync(at.path('dist/a.txt'))
    const missing = await at.run(['verify', 'stamp', '--directory', 'dist', ...TRUST])
    assert.match(missing.stdout, /^failed {2}a file is missing: a\.txt\n/)
    assert.deepEqual(rows(missing), ['MISSING a.txt', 'unaltered b.txt', 'unaltered sub/c.txt'])
    assert.equal(missing.code, 1)
    at.write('dist/sub/c.txt', 'altered')
    const args = ['verify', 'stamp', '--directory', 'dist', '--json', ...TRUST]
    const { subjects, checks } = JSON.parse((await at.run(args)).stdout)
    assert.deepEqual(
      subjects.map(({ matched, missing }: Record<string, unknown>) => [matched, missing]),
      [
        [false, true],
        [true, undefined],
        [false, undefined],
      ],
    )
    assert.match(checks.at(-1).message, /signed: sub\/c\.txt; missing: a\.txt$/)
  })

  verify('never looks outside the folder', async (at) => {
    at.write('secret', 'secret')
    symlinkSync('../secret', at.path('dist/link'))
    const names = ['../secret', 'sub/../../secret', at.path('secret'), 'link', '-', 'sub']
    at.write('odd', stamp(names.map((name) => subject(name, 'secret'))))
    const outcome = await at.run(['verify', 'odd', '--directory', 'dist', ...TRUST])
    assert.deepEqual(
      rows(outcome),
      names.map((name) => `MISSING ${name}`),
    )
    assert.equal(outcome.code, 1)
  })

  verify('notes files that are no subjects, some by name, and does not fail', async (at) => {
    at.write('dist/stamp', at.read('stamp'))
    at.write('dist/sub/new\u001b[2J', 'x')
    const args = ['verify', 'dist/stamp', '--directory', 'dist', ...TRUST]
    const one = await at.run(args)
    assert.equal(one.stderr, 'not signed: sub/new\\u{1b}[2J\n')
    assert.equal(one.code, 0)
    for (let i = 10; i < 20; i++) at.write(`dist/${i}`, 'x')
    const many = await at.run(args)
    assert.equal(many.stderr, 'not signed: 10, 11, 12, 13, 14 and 6 more\n')
    assert.equal(many.code, 0)
  })

  verify('goes together with files and lists', async (at) => {
    rmSync(at.path('dist/sub'), { recursive: true })
    at.write('c', 'sub/c.txt')
    at.write('stamp', stamp(NAMES.slice(0, 2).map((name) => subject(name))))
    at.write('SUMS', printedLine(subject('b.txt')))
    const args = ['stamp', 'dist/a.txt', '--sums', 'SUMS', '--directory', 'dist']
    const outcome = await at.run(['verify', ...args, ...TRUST])
    assert.match(finding(outcome), /^pass subjects every subject was compared /)
    assert.equal(outcome.code, 0)
  })

  verify('refuses what is no folder', async (at) => {
    for (const [directory, message] of [
      ['SUMS', 'SUMS is not a folder'],
      ['nothing', 'nothing: no such file or directory'],
    ] as const) {
      const { stderr, code } = await at.run(['verify', 'stamp', '--directory', directory])
      assert.equal(stderr, `tls-stamp: error: ${message}\n`)
      assert.equal(code, 2)
    }
  })
})

describe('verify --directory with a signed checksum list', { concurrency: 4 }, () => {
  const LIST = NAMES.map((each) => printedLine(subject(each))).join('')

  /** "dist" as above, and in it the list of its files with the statement beside. */
  function list(name: string, body: (at: Workspace) => Promise<void>): void {
    verify(name, async (at) => {
      at.write('dist/SHA256SUMS', LIST)
      at.write('dist/SHA256SUMS.tls-stamp', stamp([subject('SHA256SUMS', LIST)]))
      await body(at)
    })
  }

  function run(at: Workspace, ...args: readonly string[]): Promise<Outcome> {
    const [statement = 'dist/SHA256SUMS.tls-stamp', ...others] = args
    return at.run(['verify', statement, '--directory', 'dist', ...others, ...TRUST])
  }

  /** The rows of what the list has: state and name. */
  function listed({ stdout }: Outcome): string[] {
    const section = /\nlisted in SHA256SUMS\n((?: .*\n)*)/.exec(stdout)?.[1] ?? ''
    const lines = section.split('\n').filter((line) => line !== '')
    return lines.map((line) => `${line.slice(2, 16).trim()} ${line.slice(82)}`)
  }

  list('compares the list, and every file that it names', async (at) => {
    for (const statement of ['dist/SHA256SUMS.tls-stamp', 'dist/SHA256SUMS']) {
      const outcome = await run(at, statement)
      assert.match(outcome.stdout, /^passed {2}/)
      assert.deepEqual(rows(outcome), ['unaltered SHA256SUMS'])
      assert.deepEqual(
        listed(outcome),
        NAMES.map((name) => `unaltered ${name}`),
      )
      assert.equal(outcome.stderr, '')
      assert.equal(outcome.code, 0)
    }
    const alone = await at.run(['verify', 'dist/SHA256SUMS', ...TRUST])
    assert.deepEqual([rows(alone), listed(alone)], [['unaltered SHA256SUMS'], []])
    assert.equal(alone.code, 0)
  })

  list(
    'fails for a file that is altered or missing, and notes those that are not in it',
    async (at) => {
      at.write('dist/b.txt', 'altered')
      rmSync(at.path('dist/sub/c.txt'))
      at.write('dist/new.txt', 'x')
      const outcome = await run(at)
      assert.match(outcome.stdout, /^failed {2}.*: b\.txt; missing: sub\/c\.txt\n/)
      assert.deepEqual(rows(outcome), ['unaltered SHA256SUMS'])
      assert.deepEqual(listed(outcome), ['ALTERED b.txt', 'MISSING sub/c.txt', 'unaltered a.txt'])
      assert.equal(outcome.stderr, 'not signed: new.txt\n')
      assert.equal(outcome.code, 1)
    },
  )

  list('believes no list that is altered', async (at) => {
    at.write('dist/b.txt', 'altered')
    at.write(
      'dist/SHA256SUMS',
      `${LIST.split('\n')[0]}\n${printedLine(subject('b.txt', 'altered'))}`,
    )
    const outcome = await run(at)
    assert.match(outcome.stdout, /^failed {2}/)
    assert.deepEqual([rows(outcome), listed(outcome)], [['ALTERED SHA256SUMS'], []])
    assert.equal(outcome.code, 1)
  })

  list(
    'finds the list beside the statement, or where it is given, with the files elsewhere',
    async (at) => {
      mkdirSync(at.path('down'))
      for (const name of ['SHA256SUMS', 'SHA256SUMS.tls-stamp']) {
        at.write(`down/${name}`, at.read(`dist/${name}`))
        rmSync(at.path(`dist/${name}`))
      }
      for (const args of [['down/SHA256SUMS.tls-stamp'], ['down/SHA256SUMS']]) {
        const outcome = await run(at, ...args)
        assert.deepEqual(rows(outcome), ['unaltered SHA256SUMS'])
        assert.equal(listed(outcome).length, NAMES.length)
        assert.equal(outcome.code, 0)
      }
      at.write('list', LIST)
      rmSync(at.path('down/SHA256SUMS'))
      const given = await run(at, 'down/SHA256SUMS.tls-stamp', 'list')
      assert.equal(listed(given).length, NAMES.length)
      assert.equal(given.code, 0)
      const without = await run(at, 'down/SHA256SUMS.tls-stamp')
      assert.deepEqual([rows(without), listed(without)], [['MISSING SHA256SUMS'], []])
      assert.equal(without.code, 1)
    },
  )

  list('follows no name in it out of the folder', async (at) => {
    at.write('secret', 'secret')
    symlinkSync('../secret', at.path('dist/link'))
    const names = ['../secret', at.path('secret'), 'link', 'sub']
    const odd = names.map((name) => printedLine(subject(name, 'secret'))).join('')
    at.write('dist/SHA256SUMS', odd)
    at.write('dist/SHA256SUMS.tls-stamp', stamp([subject('SHA256SUMS', odd)]))
    const outcome = await run(at)
    assert.deepEqual(
      listed(outcome),
      names.map((name) => `MISSING ${name}`),
    )
    assert.match(outcome.stderr, /^not compared: link is a link that leads out of the folder, sub /)
    assert.equal(outcome.code, 1)
  })

  list('has a member for it in JSON, as the schema has it', async (at) => {
    const report = JSON.parse((await run(at, 'dist/SHA256SUMS', '--json')).stdout)
    assert.deepEqual(
      report.listed.map(({ name, matched }: Record<string, unknown>) => [name, matched]),
      NAMES.map((name) => [name, true]),
    )
    const schema = JSON.parse(readFileSync(repositoryPath('schema/report.schema.json'), 'utf8'))
    const isReport = new Ajv2020({ strict: false }).compile(schema)
    assert.ok(isReport(report), JSON.stringify(isReport.errors))
  })

  verify('takes a file that is no list for itself, and a list among others too', async (at) => {
    at.write('dist/SHA256SUMS', `${LIST}x\n`)
    at.write('one.tls-stamp', stamp([subject('SHA256SUMS', `${LIST}x\n`)]))
    const one = await run(at, 'one.tls-stamp')
    assert.deepEqual([rows(one), listed(one)], [['unaltered SHA256SUMS'], []])
    at.write('dist/SHA256SUMS', printedLine(subject('gone.txt')))
    const both = [subject('SHA256SUMS', printedLine(subject('gone.txt'))), subject('a.txt')]
    at.write('both.tls-stamp', stamp(both))
    const outcome = await run(at, 'both.tls-stamp')
    assert.deepEqual(listed(outcome), [])
    assert.equal(outcome.code, 0)
  })
})
