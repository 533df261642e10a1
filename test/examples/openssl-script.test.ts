// examples/verify-with-openssl.sh: which subject a file is, what it says of lists, hosts and renewals, and what it never prints.

import assert from 'node:assert/strict'
import { mkdirSync, readdirSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { proveInclusion, type Subject } from '../../src/statement/commitment.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import {
  openScriptFolder,
  runProgram,
  SCRIPT,
  type ScriptOutcome,
  unlessOpenssl,
} from '../support/harness/openssl-script.ts'
import { isExhaustive } from '../support/harness/sweep-step.ts'
import { ia5String } from '../support/make/asn1.ts'
import { endEntities, endEntity as endEntityOf } from '../support/make/end-entity.ts'
import { extension, mintCertificate, mintTestPki } from '../support/make/mint.ts'
import {
  blinded,
  HOST,
  inTurn,
  makeStatement,
  type RoundPlan,
  renew,
  roundsAt,
  subject,
  TIME,
} from '../support/make/statements.ts'

const folder = openScriptFolder()

after(() => folder.remove())

describe('verify-with-openssl.sh', { concurrency: 4, skip: unlessOpenssl() }, () => {
  const others = ['one.test', 'two.test']
  const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST, ...others] })
  const [endEntity] = endEntities(pki)
  assert.ok(endEntity)
  const at = (times: readonly number[], host = HOST): RoundPlan[] =>
    roundsAt(endEntity, times, { host })
  const rounds = at([TIME, TIME, TIME])

  test('proves each subject of lists of several sizes, cut out or not', async () => {
    for (const length of isExhaustive ? [2, 3, 5, 6, 7] : [5, 6]) {
      const open = Array.from({ length }, (_, i) => {
        return subject(`n${i} é\\\n\r"\t\b\f\u0001\u001f\u007f`)
      })
      const subjects = length % 3 === 0 ? open : open.map(blinded)
      const list = makeStatement({ subjects, rounds })
      for (const [i, one] of subjects.entries()) {
        if (!isExhaustive && i % 5 !== 0) continue
        const cut: Subject = { ...one, inclusionProof: proveInclusion(subjects, i) }
        const single = { ...list, subjects: [cut] }
        for (const statement of i === 0 ? [list, single] : [single]) {
          const { code, output } = await folder.judge(encodeStatement(statement), one.name)
          assert.equal(code, 0, output)
        }
      }
    }
  })

  test('takes the latest of the first times, and names the hosts', async () => {
    const [one, two] = others
    const plan = inTurn(
      at([TIME, TIME + 4, TIME + 4]),
      at([TIME + 3, TIME + 5, TIME + 5], one),
      at([TIME, TIME, TIME], two),
    )
    const { code, output } = await folder.judge(
      encodeStatement(makeStatement({ rounds: plan })),
      'document.txt',
    )
    assert.equal(code, 0, output)
    assert.match(
      output,
      /no later than 2026-01-31 12:00:04 UTC, .* example\.test and one\.test and /,
    )
    assert.equal(output.match(/openssl verify/g)?.length, 3)
  })

  test('says until when a renewed statement was there, and names all the certificates to check', async () => {
    const first = makeStatement({ rounds: at([TIME, TIME, TIME]) })
    const year = 365 * 86_400
    const renewed = renew(first, { rounds: at(Array(3).fill(TIME + 10)) })
    const twice = renew(renewed, { rounds: at(Array(3).fill(TIME + year)) })
    const { code, output } = await folder.judge(encodeStatement(twice), 'document.txt')
    assert.equal(code, 0, output)
    assert.match(
      output,
      /\nEverything before renewal 0 existed no later than 2026-01-31 12:00:11 UTC/,
    )
    assert.match(
      output,
      /\nEverything before renewal 1 existed no later than 2027-01-31 12:00:01 UTC/,
    )
    assert.equal(output.match(/openssl verify/g)?.length, 5)
    const early = renew(first, { rounds: at(Array(3).fill(TIME - 11)) })
    const refused = await folder.judge(encodeStatement(early), 'document.txt')
    assert.match(refused.output, /renewal 0 is older than what it renews/)
    assert.doesNotMatch(refused.output, /no later than/)
    assert.equal(refused.code, 1)
  })

  test('takes a file that is called like a subject for that subject alone', async () => {
    const subjects = ['dist/prod.bin', 'dist/test.bin', 'a\\\n"b'].map((name) => subject(name))
    const list = encodeStatement(makeStatement({ subjects, rounds }))
    folder.write('releases', list)
    const outcomeOf = (path: string, content: string): Promise<ScriptOutcome> => {
      folder.write(path, content)
      return folder.run('releases', path)
    }
    for (const [path, content] of [
      ['prod.bin', 'dist/prod.bin'],
      ['down/dist/test.bin', 'dist/test.bin'],
      ['a\\\n"b', 'a\\\n"b'],
    ] as const) {
      const { code, output } = await outcomeOf(path, content)
      assert.equal(code, 0, output)
      assert.match(output, /\nThe file existed no later than /)
    }
    const copy = await outcomeOf('copy.bin', 'dist/test.bin')
    assert.match(copy.output, /: copy\.bin, which is dist\/test\.bin\n/)
    assert.equal(copy.code, 0)
    for (const [path, content, said] of [
      [
        'down/prod.bin',
        'dist/test.bin',
        /content of another subject .*, of dist\/test\.bin: down\/prod\.bin\n$/,
      ],
      ['down/dist/prod.bin', 'changed', /^ALTERED: .*: down\/dist\/prod\.bin\n$/],
      ['down/new.bin', 'changed', /not one of the subjects: down\/new\.bin\n$/],
    ] as const) {
      const { code, output } = await outcomeOf(path, content)
      assert.match(output, said)
      assert.doesNotMatch(output, /no later than/)
      assert.equal(code, 1)
    }
  })

  test('reads a path from the folder of the statement, wherever it is called', async () => {
    const subjects = ['dist/prod.bin', 'test/prod.bin'].map((name) => subject(name))
    folder.write('same', encodeStatement(makeStatement({ subjects, rounds })))
    folder.write('dist/prod.bin', 'test/prod.bin')
    const outcome = await runProgram('sh', [SCRIPT, '../same', 'prod.bin'], {
      cwd: folder.path('dist'),
    })
    assert.match(outcome.output, /content of another subject .*, of test\/prod\.bin: prod\.bin\n$/)
    assert.equal(outcome.code, 1)
  })

  test('shows names so that they neither act nor look like something else', async () => {
    const name = `::stop-commands::a##[add-mask]passed\u001b[2J\n::error::b${' '.repeat(80)}passed`
    const bytes = encodeStatement(makeStatement({ subjects: [subject(name)], rounds }))
    folder.write('hostile', bytes)
    for (const [path, content] of [
      ['copy', name],
      [name, name],
      [name, 'changed'],
    ] as const) {
      folder.write(path, content)
      const { output } = await folder.run('hostile', path)
      assert.match(output, /::stop-commands::a#/)
      assert.doesNotMatch(output, /^\s*::|##\[| {3}/m)
      assert.ok(!output.includes('\u001b'))
    }
    const missing = await folder.run('hostile', '::error::##[error]')
    assert.equal(missing.output, 'cannot read ::error::##\\133error]\n')
  })

  test('takes the kind of a key from the key, and not from a text in its certificate', async () => {
    const text = 'a\n        Public Key Algorithm: rsaEncryption\n::error::##[error]'
    const comment = extension('2.16.840.1.113730.1.13', false, ia5String(text))
    const own = mintCertificate({ subject: HOST, dnsNames: [HOST], extensions: [comment] })
    const plan = { rounds: roundsAt(endEntityOf(own), [TIME, TIME, TIME]) }
    const { code, output } = await folder.judge(
      encodeStatement(makeStatement(plan)),
      'document.txt',
    )
    assert.equal(code, 0, output)
    assert.doesNotMatch(output, /error/)
  })

  test('gives the certificates of a round or of a host', async () => {
    const plan = inTurn(at([TIME, TIME, TIME]), at([TIME, TIME, TIME], 'one.test'))
    const bytes = encodeStatement(makeStatement({ rounds: plan }))
    folder.write('two-hosts', bytes)
    const [all, ...same] = await Promise.all(
      [[], ['0.1'], ['one.test']].map((which) =>
        folder.run('--certificates', 'two-hosts', ...which),
      ),
    )
    assert.match(all?.output ?? '', /^-----BEGIN CERTIFICATE-----\n/)
    for (const { code, output } of same) {
      assert.equal(code, 0)
      assert.equal(output, all?.output)
    }
    for (const which of ['0.6', '1.0', 'two.test', '']) {
      assert.equal((await folder.run('--certificates', 'two-hosts', which)).code, 2)
    }
  })

  test('could not run for more subjects than it takes, and says what does', async () => {
    const subjects = Array.from({ length: 1025 }, (_, i) => subject(`${i}`))
    const { code, output } = await folder.judge(
      encodeStatement(makeStatement({ subjects, rounds })),
      '0',
    )
    assert.match(output, /tls-stamp extract/)
    assert.equal(code, 2)
  })

  test('names what an editor, Git or a swap of the operands did, and a remedy that works', async () => {
    const bytes = encodeStatement(makeStatement({ rounds }))
    const text = Buffer.from(bytes).toString()
    folder.write('document.txt', 'document.txt')
    for (const [damaged, said] of [
      [text.replaceAll('\n', '\r\n'), /has CR LF .* (tr -d '\\r' <STATEMENT) >REPAIRED\n$/],
      [`\ufeff${text}`, /byte order mark\. .* (tail -c \+4 STATEMENT) >REPAIRED\n$/],
    ] as const) {
      folder.write('damaged', damaged)
      const { code, output } = await folder.run('damaged', 'document.txt')
      assert.match(output, said)
      assert.equal(code, 2)
      const [, remedy = ''] = said.exec(output) ?? []
      const command = remedy.replace('STATEMENT', 'damaged')
      const repaired = await runProgram('sh', ['-c', command], { cwd: folder.path('') })
      assert.equal(repaired.output, text)
    }
    folder.write('statement', bytes)
    const swapped = await folder.run('document.txt', 'statement')
    assert.equal(swapped.output, 'not a statement, but FILE is one: name STATEMENT first\n')
    assert.equal(swapped.code, 2)
    const short = await folder.judge(text.slice(0, -2), 'document.txt')
    assert.match(short.output, /^the statement is cut short/)
    const other = await folder.judge('some\r\ntext\r\n', 'document.txt')
    assert.equal(other.output, 'not a statement\n')
    assert.deepEqual([short.code, other.code], [2, 2])
  })

  test('leaves no files behind', async () => {
    const own = folder.path('tmp-of-its-own')
    mkdirSync(own)
    folder.write('clean', encodeStatement(makeStatement({ rounds })))
    folder.write('document.txt', 'document.txt')
    const env = { ...process.env, TMPDIR: own }
    const args = [SCRIPT, 'clean', 'document.txt']
    const { code, output } = await runProgram('sh', args, { cwd: folder.path(''), env })
    assert.equal(code, 0, output)
    assert.deepEqual(readdirSync(own), [])
  })
})
