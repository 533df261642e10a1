// examples/verify-with-openssl.sh against our verifier on the format's vectors, so that neither is alone with its reading of SPEC.md.

import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { toHex } from '../../src/encoding/bytes.ts'
import { verifyStatement } from '../../src/index.ts'
import { proveInclusion, type Subject } from '../../src/statement/commitment.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import type { Check, CheckId, Report } from '../../src/verify/report.ts'
import { ROOT } from '../support/harness/command-line.ts'
import { isExhaustive } from '../support/harness/sweep-step.ts'
import {
  type NamedVector,
  readVectors,
  statementBytes,
  verifyOptions,
} from '../support/harness/vector.ts'
import { mintTestPki } from '../support/make/mint.ts'
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
import { endEntities } from '../support/servers/servers.ts'

const SCRIPT = join(ROOT, 'examples', 'verify-with-openssl.sh')
/** What the script looks at too. */
const LOOKED_AT: readonly CheckId[] = [
  'commitment',
  'chain',
  'signatures',
  'clock',
  'agreement',
  'subjects',
]

/** One of each kind; each takes dozens of processes for each round. */
const SAMPLE: readonly string[] = [
  'fails-blind-single-salt-altered',
  'fails-inclusion-proof-wrong-size',
  'fails-list-reordered',
  'fails-renewed-then-tool-altered',
  'fails-rounds-swapped',
  'fails-two-contradict',
  'fails-witnesses-11s-apart',
  'indeterminate-clock-step-11s',
  'indeterminate-host-with-one-round',
  'passes-blind-single',
  'passes-dhe-rsa-2048',
  'passes-list',
  'passes-witnesses-10s-apart',
]

let folder: string
let count = 0

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-stamp-openssl-'))
})

after(() => rmSync(folder, { recursive: true, force: true }))

interface Outcome {
  readonly code: number
  readonly output: string
}

function run(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      'sh',
      [SCRIPT, ...args],
      { cwd: folder, timeout: 120_000 },
      (error, out, complaint) => {
        const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0
        resolve({ code, output: out + complaint })
      },
    )
  })
}

/** What the script says of these bytes and a file with this text. */
function judge(statement: Uint8Array, text: string): Promise<Outcome> {
  const name = `statement-${count++}`
  writeFileSync(join(folder, name), statement)
  writeFileSync(join(folder, `${name}.txt`), text)
  return run(name, `${name}.txt`)
}

describe('verify-with-openssl.sh agrees with our verifier on', {
  concurrency: 4,
  skip: unlessInstalled(),
}, () => {
  const vectors = readVectors()
  const names = vectors.flatMap((vector) => statementOf(vector)?.subjects ?? [])
  const texts = ['forged', 'other', ...names.map(({ name }) => name)]
  const contents = new Map(texts.map((text) => [toHex(subject(text).sha256), text]))
  const sample = vectors.filter(({ name }) => isExhaustive || SAMPLE.includes(name))

  for (const vector of sample) {
    const statement = statementOf(vector)
    if (!statement) continue
    const text = textFor(vector, statement, contents)
    const isGood = text === undefined ? undefined : expectedOf(vector, statement, text)
    if (text === undefined || isGood === undefined) continue
    test(vector.name, async () => {
      const { code, output } = await judge(statementBytes(vector), text)
      if (isGood) assert.equal(code, 0, output)
      else assert.ok(code === 1 || code === 2, output)
    })
  }

  test('nothing less than the sample', () => {
    const known = new Set(vectors.map(({ name }) => name))
    assert.deepEqual(
      SAMPLE.filter((name) => !known.has(name)),
      [],
    )
  })
})

describe('verify-with-openssl.sh', { concurrency: 4, skip: unlessInstalled() }, () => {
  const others = ['one.test', 'two.test']
  const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST, ...others] })
  const [endEntity] = endEntities(pki)
  assert.ok(endEntity)
  const at = (times: readonly number[], host = HOST): RoundPlan[] =>
    roundsAt(endEntity, times, { host })
  const rounds = at([TIME, TIME])

  test('proves each subject of lists of several sizes, cut out or not', async () => {
    for (const length of isExhaustive ? [2, 3, 5, 7] : [6]) {
      const subjects = Array.from({ length }, (_, i) => {
        const one = subject(`n${i} é\\\n\r"\t\b\f\u0001\u001f\u007f`)
        return i % 2 ? blinded(one) : one
      })
      const list = makeStatement({ subjects, rounds })
      for (const [i, one] of subjects.entries()) {
        if (!isExhaustive && i % 5 !== 0) continue
        const cut: Subject = { ...one, inclusionProof: proveInclusion(subjects, i) }
        const single = { ...list, subjects: [cut] }
        for (const statement of i === 0 ? [list, single] : [single]) {
          const { code, output } = await judge(encodeStatement(statement), one.name)
          assert.equal(code, 0, output)
        }
      }
    }
  })

  test('takes the latest of the first times, and names the hosts', async () => {
    const [one, two] = others
    const plan = inTurn(at([TIME, TIME + 4]), at([TIME + 3, TIME + 5], one), at([TIME, TIME], two))
    const { code, output } = await judge(
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
    const first = makeStatement({ rounds: at([TIME, TIME]) })
    const year = 365 * 86_400
    const renewed = renew(first, { rounds: at([TIME + 10, TIME + 10]) })
    const twice = renew(renewed, { rounds: at([TIME + year, TIME + year]) })
    const { code, output } = await judge(encodeStatement(twice), 'document.txt')
    assert.equal(code, 0, output)
    assert.match(output, /\nAll before renewal 1 was there no later than 2026-01-31 12:00:11 UTC/)
    assert.match(output, /\nAll before renewal 2 was there no later than 2027-01-31 12:00:01 UTC/)
    assert.equal(output.match(/openssl verify/g)?.length, 5)
    const early = renew(first, { rounds: at([TIME - 11, TIME - 11]) })
    const refused = await judge(encodeStatement(early), 'document.txt')
    assert.match(refused.output, /renewal 1 is older than what it renews/)
    assert.doesNotMatch(refused.output, /no later than/)
    assert.equal(refused.code, 1)
  })

  test('takes a file that is called like a subject for that subject alone', async () => {
    const subjects = ['dist/prod.bin', 'dist/test.bin', 'a\\\n"b'].map((name) => subject(name))
    const list = encodeStatement(makeStatement({ subjects, rounds }))
    writeFileSync(join(folder, 'releases'), list)
    mkdirSync(join(folder, 'down', 'dist'), { recursive: true })
    const outcomeOf = (path: string, content: string): Promise<Outcome> => {
      writeFileSync(join(folder, path), content)
      return run('releases', path)
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
      ['down/prod.bin', 'dist/test.bin', /another subject, dist\/test\.bin: down\/prod\.bin\n$/],
      ['down/dist/prod.bin', 'changed', /^ALTERED, .*: down\/dist\/prod\.bin\n$/],
      ['down/new.bin', 'changed', /none of the subjects: down\/new\.bin\n$/],
    ] as const) {
      const { code, output } = await outcomeOf(path, content)
      assert.match(output, said)
      assert.doesNotMatch(output, /no later than/)
      assert.equal(code, 1)
    }
  })

  test('shows names so that they neither act nor look like something else', async () => {
    const name = `::stop-commands::a##[add-mask]passed\u001b[2J\n::error::b${' '.repeat(80)}passed`
    const bytes = encodeStatement(makeStatement({ subjects: [subject(name)], rounds }))
    writeFileSync(join(folder, 'hostile'), bytes)
    for (const [path, content] of [
      ['copy', name],
      [name, name],
      [name, 'changed'],
    ] as const) {
      writeFileSync(join(folder, path), content)
      const { output } = await run('hostile', path)
      assert.match(output, /::stop-commands::a#/)
      assert.doesNotMatch(output, /^\s*::|##\[| {3}/m)
      assert.ok(!output.includes('\u001b'))
    }
    const missing = await run('hostile', '::error::##[error]')
    assert.equal(missing.output, 'cannot read ::error::##\\133error]\n')
  })

  test('gives the certificates of a round or of a host', async () => {
    const plan = inTurn(at([TIME, TIME]), at([TIME, TIME], 'one.test'))
    const bytes = encodeStatement(makeStatement({ rounds: plan }))
    writeFileSync(join(folder, 'two-hosts'), bytes)
    const [all, ...same] = await Promise.all(
      [[], ['0.1'], ['one.test']].map((which) => run('--certificates', 'two-hosts', ...which)),
    )
    assert.match(all?.output ?? '', /^-----BEGIN CERTIFICATE-----\n/)
    for (const { code, output } of same) {
      assert.equal(code, 0)
      assert.equal(output, all?.output)
    }
    for (const which of ['0.4', '1.0', 'two.test', '']) {
      assert.equal((await run('--certificates', 'two-hosts', which)).code, 2)
    }
  })

  test('could not run for more subjects than it takes, and says what does', async () => {
    const subjects = Array.from({ length: 1025 }, (_, i) => subject(`${i}`))
    const { code, output } = await judge(encodeStatement(makeStatement({ subjects, rounds })), '0')
    assert.match(output, /tls-stamp extract/)
    assert.equal(code, 2)
  })
})

/** The statement, if it is one. */
function statementOf(vector: NamedVector): SignedStatement | undefined {
  return 'error' in vector.expected ? undefined : decodeStatement(statementBytes(vector))
}

/** What the file holds whose digest the vector gives, or the statement names. */
function textFor(
  { digests }: NamedVector,
  { subjects }: SignedStatement,
  contents: ReadonlyMap<string, string>,
): string | undefined {
  const given = digests.flatMap(({ sha256 }) => sha256 ?? [])
  const signed = subjects.map(({ sha256 }) => toHex(sha256))
  return [...given, ...signed].flatMap((hex) => contents.get(hex) ?? [])[0]
}

/** Whether the script should accept it; undefined where what it does not look at decides. */
function expectedOf(
  vector: NamedVector,
  statement: SignedStatement,
  text: string,
): boolean | undefined {
  const chains = [statement, ...(statement.renewals ?? [])]
  const report = verifyStatement(statement, {
    trustAnchors: verifyOptions(vector).trustAnchors,
    digests: [{ sha256: subject(text).sha256 }],
    witnesses: chains.flatMap(({ rounds }) => rounds.map(({ host }) => host)),
  })
  if (report.verdict === 'passed') return true
  const checks = checksOf(report)
  // A certificate that openssl reads and we do not is a matter of the path, and no signature can verify
  const hasKey = !checks.some(({ code }) => code === 'weak-key' || code === 'malformed-certificate')
  const reasons = checks.filter(({ id }) => hasKey || id !== 'signatures')
  return reasons.some(isLookedAt) ? false : undefined
}

function checksOf({ checks, renewals }: Report): readonly Check[] {
  return [...checks, ...renewals.flatMap((renewal) => renewal.checks)]
}

/** Whether this is a reason for the script too to refuse. */
function isLookedAt({ id, outcome, code }: Check): boolean {
  if (outcome === 'pass' || code === 'not-reached') return false
  return LOOKED_AT.includes(id) || code === 'renewed-before-signed'
}

function unlessInstalled(): string | false {
  try {
    for (const name of ['sh', 'openssl', 'awk', 'od']) {
      execFileSync('/bin/sh', ['-c', `command -v ${name}`], { stdio: 'ignore' })
    }
    return false
  } catch {
    return 'sh, openssl, awk or od is not installed'
  }
}
