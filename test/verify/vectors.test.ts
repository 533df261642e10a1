// The format's vectors (test/vectors/README.md), each through both signature backends, and that none is missing.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DecodeError, type DecodeErrorCode } from '../../src/errors.ts'
import { verifyStatement } from '../../src/index.ts'
import { verifySignature } from '../../src/signature/portable.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import { decodeInToto, encodeInToto } from '../../src/statement/in-toto.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { CHECKS, type CheckCode, type Report, SENTENCES } from '../../src/verify/report.ts'
import { PATH_CODES } from '../../src/x509/path-code.ts'
import { isExhaustive } from '../support/harness/sweep-step.ts'
import {
  decodeVector,
  type ExpectedReport,
  type NamedVector,
  readInTotoVectors,
  readOldVectors,
  readVectors,
  statementBytes,
  verifyOptions,
} from '../support/harness/vector.ts'

const vectors = [...readVectors(), ...readInTotoVectors()]
const BACKENDS = { portable: verifySignature, native: verifySignatureNative } as const
type Backend = keyof typeof BACKENDS

describe('vectors', () => {
  for (const [i, vector] of vectors.entries()) {
    const { expected } = vector
    if ('error' in expected) test(vector.name, () => expectError(vector, expected.error))
    else test(vector.name, () => expectReport(vector, expected, backendsOf(i)))
  }
})

describe('the vectors together', () => {
  test('hold every code that a check can have', () => {
    const findings = [...vectors, ...readOldVectors()].flatMap(({ expected }) =>
      'checks' in expected ? Object.values(expected.checks) : [],
    )
    const seen = new Set(findings.map((finding) => finding.split(' ')[1] ?? ''))
    const all = new Set([...Object.keys(SENTENCES), ...Object.keys(PATH_CODES)])
    assert.deepEqual(
      [...all].filter((code) => !seen.has(code)),
      Object.keys(CODES_WITHOUT_VECTOR),
    )
    assert.deepEqual(
      [...seen].filter((code) => !all.has(code)),
      [],
    )
  })

  test('have each check pass, and each but the chain and the commitment not pass in every way', () => {
    const seen = new Set<string>()
    for (const { expected } of vectors) {
      if (!('checks' in expected)) continue
      for (const [id, finding] of Object.entries(expected.checks)) {
        seen.add(`${id} ${finding.split(' ')[0]}`)
      }
    }
    for (const id of Object.keys(CHECKS)) assert(seen.has(`${id} pass`), id)
    const neverFail = ['strength', 'witness', 'quorum']
    for (const id of Object.keys(CHECKS).filter((each) => !neverFail.includes(each))) {
      assert(seen.has(`${id} fail`), id)
    }
  })

  test('hold every error that a statement can have', () => {
    const seen = new Set(vectors.map(({ expected }) => ('error' in expected ? expected.error : '')))
    const missing = Object.keys(DECODE_ERRORS).filter((code) => !seen.has(code as DecodeErrorCode))
    assert.deepEqual(missing.sort(), Object.keys(WITHOUT_VECTOR).sort())
  })
})

function expectError(vector: NamedVector, code: DecodeErrorCode): void {
  assert.throws(
    () => decodeVector(vector),
    (error) => error instanceof DecodeError && error.code === code,
  )
}

/** Both, or by turns one of them. */
function backendsOf(i: number): readonly Backend[] {
  if (isExhaustive) return ['portable', 'native']
  return i % 4 === 0 ? ['portable'] : ['native']
}

function expectReport(
  vector: NamedVector,
  expected: ExpectedReport,
  backends: readonly Backend[],
): void {
  const statement = decodeVector(vector)
  if (vector.inToto === undefined)
    assert.deepEqual(encodeStatement(statement), statementBytes(vector))
  else assert.deepEqual(decodeInToto(encodeInToto(statement)), statement)
  for (const name of backends) {
    const options = { ...verifyOptions(vector), verifySignature: BACKENDS[name] }
    const report = verifyStatement(statement, options)
    assert.deepEqual(findings(report), expected, name)
  }
}

function findings({ verdict, time, checks }: Report): ExpectedReport {
  const entries = checks.map(({ id, outcome, code }) => [id, `${outcome} ${code}`])
  const claimed = time.claimed?.toISOString() ?? null
  return { verdict, claimed, checks: Object.fromEntries(entries) }
}

/** Why an error has no vector. */
const WITHOUT_VECTOR: Partial<Record<DecodeErrorCode, string>> = {
  truncated: 'of binary structures: in a statement these are for the check "handshakes"',
  'trailing-bytes': 'likewise',
}

/** Why a code has no vector. */
const CODES_WITHOUT_VECTOR: Partial<Record<CheckCode, string>> = {
  'not-followed': 'it is a fault of a guard, which the chain can do without',
  'not-independent': 'so is this',
}

const DECODE_ERRORS: Readonly<Record<DecodeErrorCode, true>> = {
  truncated: true,
  'trailing-bytes': true,
  'invalid-value': true,
  'invalid-length': true,
  'not-canonical': true,
  'too-large': true,
}
