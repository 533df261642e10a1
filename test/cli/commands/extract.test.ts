// tls-stamp extract, as a user types it, over statements made in memory.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { describe, test } from 'node:test'
import { toHex } from '../../../src/encoding/bytes.ts'
import { commitmentOf, type Subject } from '../../../src/statement/commitment.ts'
import { decodeStatement } from '../../../src/statement/decode.ts'
import { encodeStatement } from '../../../src/statement/encode.ts'
import type { SignedStatement } from '../../../src/statement/statement.ts'
import { ERROR_LINES, openWorkspace, type Workspace } from '../../support/harness/command-line.ts'
import { mintTestPki } from '../../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from '../../support/make/statements.ts'
import { type EndEntity, endEntities } from '../../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
const [endEntity] = endEntities(pki) as [EndEntity]
const TRUST = ['--ca', 'ca.pem', '--witness', HOST, '--verbose']

const NAMES = ['dist/a.txt', 'dist/b.txt', 'doc/a.txt', './c.txt', 'e']
const salted = NAMES.map((name, i) => ({
  ...subject(name),
  salt: new Uint8Array(32).fill(i + 1),
}))
const plain = NAMES.map((name) => subject(name))
const list = statementOver(plain)
const blind = statementOver(salted)

function statementOver(subjects: readonly Subject[]): SignedStatement {
  return makeStatement({ subjects, rounds: roundsAt(endEntity) })
}

function extract(name: string, body: (at: Workspace) => Promise<void>): void {
  test(name, async () => {
    const at = openWorkspace({
      'ca.pem': pki.root.pem,
      list: encodeStatement(list),
      blind: encodeStatement(blind),
    })
    try {
      await body(at)
    } finally {
      at.remove()
    }
  })
}

/** An error of this kind, and nothing written. */
async function refuse(at: Workspace, args: readonly string[], message: string): Promise<string> {
  const before = at.list().map((name) => [name, readOrNull(at, name)])
  const { stdout, stderr, code } = await at.run(['extract', ...args])
  assert.match(stderr, ERROR_LINES)
  assert.equal(stderr.split('\n')[0], `tls-stamp: error: ${message}`)
  assert.equal(stdout, '')
  assert.equal(code, 2)
  assert.deepEqual(
    at.list().map((name) => [name, readOrNull(at, name)]),
    before,
  )
  return stderr
}

function readOrNull(at: Workspace, name: string): string | null {
  try {
    return at.read(name)
  } catch {
    return null
  }
}

describe('extract', { concurrency: 6 }, () => {
  extract('cuts out a statement that is complete by itself', async (at) => {
    const { stdout, stderr, code } = await at.run(['extract', 'list', 'dist/b.txt'])
    const { length } = readFileSync(at.path('b.txt.tls-stamp'))
    assert.equal(
      stdout,
      `  extracted     dist/b.txt, one of 5 subjects\n  written       b.txt.tls-stamp, ${length} bytes\n`,
    )
    assert.equal(stderr, '')
    assert.equal(code, 0)
    const cut = decodeStatement(readFileSync(at.path('b.txt.tls-stamp')))
    assert.deepEqual(cut.rounds, list.rounds)
    assert.deepEqual(cut.unsigned, list.unsigned)
    assert.deepEqual(commitmentOf(cut.subjects), commitmentOf(plain))
    mkdirSync(at.path('dist'))
    at.write('dist/b.txt', 'dist/b.txt')
    const verified = await at.run(['verify', 'b.txt.tls-stamp', ...TRUST])
    assert.match(verified.stdout, /^passed /)
    assert.match(verified.stdout, /\n {2}unaltered {5}[0-9a-f]{64} {2}dist\/b\.txt\n/)
    assert.equal(verified.code, 0)
  })

  extract('puts nothing of the other subjects into it, and the salt of its own', async (at) => {
    for (const [statement, subjects] of [
      ['list', plain],
      ['blind', salted],
    ] as const) {
      for (const [i, name] of NAMES.entries()) {
        assert.equal((await at.run(['extract', statement, name, '-o', 'x', '--force'])).code, 0)
        const text = at.read('x')
        const own = decodeStatement(readFileSync(at.path('x'))).subjects
        assert.equal(own.length, 1)
        assert.deepEqual(
          { ...own[0], inclusionProof: undefined },
          {
            ...subjects[i],
            inclusionProof: undefined,
          },
        )
        for (const other of subjects.filter((each) => each.name !== name)) {
          assert.ok(!text.includes(JSON.stringify(other.name)))
          assert.ok(!text.includes(toHex(other.sha256)))
          if ('salt' in other) assert.ok(!text.includes(toHex(other.salt as Uint8Array)))
        }
        const { stdout, code } = await at.run(['verify', 'x', ...TRUST, '--statement-only'])
        assert.match(stdout, /^passed /)
        assert.equal(code, 0)
      }
    }
  })

  extract('writes several beside the statement, and says so in JSON', async (at) => {
    mkdirSync(at.path('sub'))
    at.write('sub/list', encodeStatement(list))
    const { stdout, code } = await at.run(['extract', 'sub/list', 'doc/a.txt', 'e', '--json'])
    assert.equal(code, 0)
    const { statement, files } = JSON.parse(stdout)
    assert.equal(statement, 'sub/list')
    assert.deepEqual(
      files.map(({ size, ...rest }: { size: number }) => ({ ...rest, isNumber: size > 0 })),
      [
        {
          name: 'doc/a.txt',
          output: 'sub/a.txt.tls-stamp',
          leafIndex: 2,
          treeSize: 5,
          isNumber: true,
        },
        {
          name: 'e',
          output: 'sub/e.tls-stamp',
          leafIndex: 4,
          treeSize: 5,
          isNumber: true,
        },
      ],
    )
    assert.ok(at.exists('sub/a.txt.tls-stamp') && at.exists('sub/e.tls-stamp'))
  })

  extract('takes a name in another spelling, and a path to the file', async (at) => {
    mkdirSync(at.path('sub'))
    at.write('sub/list', encodeStatement(list))
    for (const name of ['c.txt', './/c.txt', 'sub/c.txt', at.path('sub/c.txt')]) {
      assert.equal((await at.run(['extract', 'sub/list', name, '-o', 'x', '--force'])).code, 0)
      assert.equal(decodeStatement(readFileSync(at.path('x'))).subjects[0]?.name, './c.txt')
    }
  })

  extract('refuses a name that no subject has, with those it may have meant', async (at) => {
    const near = await refuse(at, ['list', 'dist/c.txt'], 'list has no subject dist/c.txt')
    assert.match(near, /\nhint: did you mean \.\/c\.txt\?\n/)
    const same = await refuse(at, ['list', 'a.txt'], 'list has no subject a.txt')
    assert.match(same, /\nhint: did you mean dist\/a\.txt or doc\/a\.txt\?\n/)
    const slip = await refuse(at, ['list', 'dits/c.tx'], 'list has no subject dits/c.tx')
    assert.match(slip, /\nhint: one of its 5 subjects is dist\/a\.txt\n/)
    const typo = await refuse(at, ['list', 'dist/b.tx'], 'list has no subject dist/b.tx')
    assert.match(typo, /\nhint: did you mean dist\/b\.txt or dist\/a\.txt\?\n/)
  })

  extract('refuses a name that several subjects have', async (at) => {
    at.write(
      'twice',
      encodeStatement(statementOver([subject('a'), subject('a', 'x'), subject('b')])),
    )
    await refuse(at, ['twice', 'a'], 'several subjects of twice have the name a')
    assert.equal((await at.run(['extract', 'twice', 'b'])).code, 0)
  })

  extract('refuses a statement that has nothing to cut', async (at) => {
    at.write('one', encodeStatement(statementOver([subject('a')])))
    await refuse(at, ['one', 'a'], 'one covers only one subject, so there is nothing to extract')
    assert.equal((await at.run(['extract', 'list', 'e', '-o', 'cut'])).code, 0)
    await refuse(
      at,
      ['cut', 'e'],
      'cut was already extracted from a list, so there is nothing to extract',
    )
    await refuse(at, ['nothing', 'a'], 'nothing: no such file or directory')
    at.write('text', 'text')
    const { stderr } = await at.run(['extract', 'text', 'a'])
    assert.match(stderr, /error: text is not a signed statement: /)
  })

  extract('refuses a renewed statement, since the renewal is over all of it', async (at) => {
    const { rounds, unsigned } = list
    at.write('renewed', encodeStatement({ ...list, renewals: [{ rounds, unsigned }] }))
    const message = 'renewed has been renewed, and a renewal covers the whole statement'
    const stderr = await refuse(at, ['renewed', 'e'], message)
    assert.match(stderr, /\nhint: extract from the statement as it was before, then renew /)
  })

  extract('refuses a statement whose first round is over other subjects', async (at) => {
    at.write('false', encodeStatement({ ...list, subjects: [...plain].reverse() }))
    const message = 'false is not valid: its first round does not cover these subjects'
    await refuse(at, ['false', 'e'], message)
  })

  extract('never overwrites unasked, and writes all or none', async (at) => {
    at.write('e.tls-stamp', 'mine')
    const message = 'e.tls-stamp exists already'
    await refuse(at, ['list', 'dist/b.txt', 'e'], message)
    await refuse(
      at,
      ['list', 'e', '-o', 'list', '--force'],
      'list is both the statement and the output',
    )
    symlinkSync('list', at.path('link'))
    await refuse(
      at,
      ['list', 'e', '-o', 'link', '--force'],
      'link is both the statement and the output',
    )
    const twice = 'two statements would be written to a.txt.tls-stamp'
    await refuse(at, ['list', 'dist/a.txt', 'doc/a.txt'], twice)
    await refuse(at, ['list', 'e', '-o', 'nowhere/x'], 'nowhere: no such file or directory')
    assert.equal((await at.run(['extract', 'list', 'dist/b.txt', 'e', '--force'])).code, 0)
    assert.match(at.read('e.tls-stamp'), /^\{\n {2}"format": "tls-stamp\/1"/)
  })

  extract('refuses what it can make nothing of', async (at) => {
    await refuse(at, [], 'expected STATEMENT and NAME')
    await refuse(at, ['list'], 'expected STATEMENT and NAME')
    await refuse(at, ['list', 'a', 'b', '-o', 'x'], 'expected one NAME with --output, got 2')
    const both = 'expected --json only with an output that is a file, got -'
    await refuse(at, ['list', 'e', '-o', '-', '--json'], both)
  })
})
