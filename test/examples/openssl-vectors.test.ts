// examples/verify-with-openssl.sh against our verifier on the format's vectors, so that neither is alone with its reading of SPEC.md.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { toHex } from '../../src/encoding/bytes.ts'
import { verifyStatement } from '../../src/index.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import type { Check, CheckId, Report } from '../../src/verify/report.ts'
import { openScriptFolder, unlessOpenssl } from '../support/harness/openssl-script.ts'
import { isExhaustive } from '../support/harness/sweep-step.ts'
import {
  type NamedVector,
  readVectors,
  statementBytes,
  verifyOptions,
} from '../support/harness/vector.ts'
import { subject } from '../support/make/statements.ts'

/** What the script looks at too. */
const LOOKED_AT: readonly CheckId[] = [
  'commitment',
  'chain',
  'signatures',
  'clock',
  'agreement',
  'windows',
  'subjects',
]

/** One of each kind; each takes dozens of processes for each round. */
const SAMPLE: readonly string[] = [
  'fails-blind-single-salt-altered',
  'fails-clock-after-guard',
  'fails-clock-before-guard',
  'fails-inclusion-proof-wrong-size',
  'fails-file-in-another-folder-altered',
  'fails-file-in-another-folder-is-another-subject',
  'fails-folder-decides-between-names',
  'fails-guard-certificate-verify-over-other-bytes',
  'fails-list-reordered',
  'fails-pss-scheme-of-rsa-key',
  'fails-renewed-then-tool-altered',
  'fails-rounds-swapped',
  'fails-rsae-scheme-of-pss-key',
  'fails-two-contradict',
  'fails-two-kinds',
  'fails-witnesses-11s-apart',
  'indeterminate-clock-step-11s',
  'indeterminate-host-with-one-round',
  'indeterminate-no-clock',
  'passes-blind-single',
  'passes-dhe-rsa-2048',
  'passes-file-in-another-folder',
  'passes-guard-after-retry',
  'passes-guard-by-p384-suite-1302',
  'passes-guard-by-rsa-pss',
  'passes-guard-ten-seconds-off',
  'passes-guard-with-request-and-staple',
  'passes-list',
  'passes-name-of-two-subjects',
  'passes-witnesses-10s-apart',
]

const folder = openScriptFolder()

after(() => folder.remove())

describe('verify-with-openssl.sh agrees with our verifier on', {
  concurrency: 4,
  skip: unlessOpenssl(),
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
      const path = join(vector.name, nameOf(vector))
      folder.write(join(vector.name, 'signed_statement'), statementBytes(vector))
      folder.write(path, text)
      const option = vector.window ? ['--window'] : []
      const file = join(vector.name, 'signed_statement')
      const { code, output } = await folder.run(...option, file, path)
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

/** The statement, if it is one. */
function statementOf(vector: NamedVector): SignedStatement | undefined {
  return 'error' in vector.expected ? undefined : decodeStatement(statementBytes(vector))
}

/** What the only file that the vector has is called; else the file has a name of its own. */
function nameOf({ digests }: NamedVector): string {
  const [first, ...more] = digests
  return (more.length === 0 && first?.name) || 'a file with a name of its own'
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
    digests: [{ name: nameOf(vector), sha256: subject(text).sha256 }],
    witnesses: chains.flatMap(({ rounds }) => rounds.map(({ host }) => host)),
    ...(vector.window && { window: true }),
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
  // The script bounds no work
  if (outcome === 'pass' || code === 'not-reached' || code === 'too-much-work') return false
  return LOOKED_AT.includes(id) || code === 'renewed-before-signed' || code === 'two-kinds'
}
