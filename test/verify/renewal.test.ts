// Renewals: what the report says of each, and at which times what they renew is judged (SPEC.md §12).

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DecodeError } from '../../src/errors.ts'
import { type VerifyOptions, verifyStatement } from '../../src/index.ts'
import type { Subject } from '../../src/statement/commitment.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { CHECKS, type CheckId, type Report } from '../../src/verify/report.ts'
import { sweepStep } from '../support/harness/sweep-step.ts'
import { type EndEntity, endEntity } from '../support/make/end-entity.ts'
import { mintCertificate } from '../support/make/mint.ts'
import {
  HOST,
  inTurn,
  makeStatement,
  type RoundPlan,
  renew,
  roundsAt,
  TIME,
} from '../support/make/statements.ts'

const OTHER = 'second.test'
const YEAR = 365 * 24 * 3600
const root = mintCertificate({ subject: 'Test Root', ca: true })
const stranger = mintCertificate({ subject: 'Other Root', ca: true })
const at = (seconds: number): Date => new Date(seconds * 1000)

/** Certified from this many years after the usual time, for one year. */
function issue(host: string, years: number, issuer = root): EndEntity {
  const begin = TIME + years * YEAR
  const validity = { notBefore: at(begin), notAfter: at(begin + YEAR) }
  return endEntity(mintCertificate({ subject: host, dnsNames: [host], issuer, ...validity }))
}

const first = issue(HOST, 0)
const options: VerifyOptions = {
  trustAnchors: [root.der],
  witnesses: [HOST, OTHER],
  statementOnly: true,
  verifySignature: verifySignatureNative,
}
const judge = (made: SignedStatement, more: Partial<VerifyOptions> = {}): Report =>
  verifyStatement(made, { ...options, ...more })
const message = ({ checks }: Pick<Report, 'checks'>, id: CheckId): string =>
  checks.find((one) => one.id === id)?.message ?? ''

/** Two rounds in the middle of the year of an end entity. */
const inYear = (years: number, own: EndEntity, host = HOST): RoundPlan[] =>
  roundsAt(
    own,
    [TIME + (years + 0.5) * YEAR, TIME + (years + 0.5) * YEAR + 1, TIME + (years + 0.5) * YEAR + 1],
    { host },
  )

const statement = makeStatement({ rounds: inYear(0, first) })
const later = issue(OTHER, 0.25)
const once = renew(statement, { rounds: inYear(0.25, later, OTHER) })

describe('the report on a renewed statement', () => {
  const report = judge(once)

  test('is on the statement, with its time, and has the renewals beside it', () => {
    assert.equal(report.verdict, 'passed')
    assert.deepEqual(report.time, judge(statement).time)
    assert.deepEqual(report.time.claimed, at(TIME + 0.5 * YEAR))
    const [renewal, ...others] = report.renewals
    assert.deepEqual(others, [])
    assert.deepEqual(renewal?.time.claimed, at(TIME + 0.75 * YEAR))
    assert.equal(renewal?.witnesses[0]?.host, OTHER)
    assert.match(message(report, 'renewals'), /: once$/)
  })

  test('has all checks but two for a renewal, in order', () => {
    const ids = Object.keys(CHECKS).filter((id) => id !== 'renewals' && id !== 'subjects')
    assert.deepEqual(
      report.renewals[0]?.checks.map(({ id }) => id),
      ids,
    )
  })

  test('says which renewal is not good, and why', () => {
    const stripped = judge(renew(once, { rounds: inYear(0.25, later, OTHER).slice(1) }))
    assert.match(
      message(stripped, 'renewals'),
      /^a renewal is not valid: renewal 1: fewer than three rounds do not prove/,
    )
    assert.deepEqual(
      stripped.renewals.map(({ time }) => time.notAfter === null),
      [false, true],
    )
  })

  test('says that it was too late, and not that it never held', () => {
    const late = judge(renew(statement, { rounds: inYear(1, issue(OTHER, 1), OTHER) }))
    assert.equal(late.verdict, 'failed')
    assert.match(message(late, 'path'), / expired at .*; it was needed at .*, when it was renewed$/)
    assert.match(message(late, 'renewals'), /: once$/)
    assert.equal(judge(statement).verdict, 'passed')
  })

  test('names the trust anchor that a renewal lacks', () => {
    const below = issue(OTHER, 0.25, stranger)
    const made = renew(statement, {
      rounds: inYear(0.25, below, OTHER),
      trustAnchors: [stranger.der],
    })
    const [renewal] = judge(made).renewals
    assert.equal(renewal?.witnesses[0]?.missingAnchor?.subject, 'CN=Other Root')
    assert.equal(judge(made, { trustAnchors: [root.der, stranger.der] }).verdict, 'passed')
  })

  test('holds each chain to the quorum', () => {
    const both = (years: number): RoundPlan[] =>
      inTurn(inYear(years, issue(HOST, years)), inYear(years, issue(OTHER, years), OTHER))
    const signed = makeStatement({ rounds: both(0) })
    const renewed = renew(signed, { rounds: both(0.25) })
    assert.equal(judge(renewed, { quorum: 2 }).verdict, 'passed')
    const byOne = judge(renew(renewed, { rounds: inYear(0.5, issue(HOST, 0.5)) }), { quorum: 2 })
    assert.equal(byOne.verdict, 'indeterminate')
    assert.match(
      message(byOne, 'renewals'),
      /renewal 1: too few independent witnesses count: 1 of 2 requested$/,
    )
  })
})

describe('a renewal that is not good', () => {
  const tooLate = inYear(1, issue(OTHER, 1), OTHER)

  test('moves no time at which the statement is judged', () => {
    const report = judge(renew(statement, { rounds: tooLate }), { witnesses: [HOST] })
    assert.equal(report.verdict, 'indeterminate')
    assert.match(message(report, 'path'), /^a certification path leads/)
  })

  test('never makes a statement better, and neither does a good one', () => {
    const forged = {
      ...statement,
      subjects: [{ ...(statement.subjects[0] as Subject), sha256: root.der.slice(0, 32) }],
    }
    const made = [statement, once, makeStatement({ rounds: inYear(0, first).slice(1) }), forged]
    const plans = [tooLate, inYear(0.25, later, OTHER), tooLate.slice(1), inYear(0, first)]
    for (const before of made) {
      for (const rounds of plans) {
        const [old, renewed] = [judge(before), judge(renew(before, { rounds }))]
        assert(RANK[renewed.verdict] <= RANK[old.verdict])
      }
    }
  })
})

test('a statement renewed as often as it may be passes, and each renewal is in time', () => {
  let made = statement
  const certificates = Array.from({ length: 17 }, (_, i) => issue(HOST, i / 2 + 0.25))
  for (let i = 0; i < 64; i++) {
    const time = TIME + (0.6 + i / 8) * YEAR
    const own = certificates[i >> 2] as EndEntity
    made = renew(made, {
      rounds: roundsAt(own, [time, time + 1, time + 1]),
      trustAnchors: [root.der],
    })
  }
  const read = decodeStatement(encodeStatement(made))
  const report = judge(read)
  assert.equal(message(report, 'renewals').replace(/.*: /, ''), '64 times')
  assert.equal(report.verdict, 'passed')
  const { renewals = [] } = read
  const gap = [...renewals.slice(0, 10), ...renewals.slice(11)]
  assert.equal(judge({ ...read, renewals: gap }).verdict, 'failed')
  assert.equal(judge({ ...read, renewals: renewals.slice(0, -1) }).verdict, 'passed')
})

test('any byte of what is renewed changed is an error or another verdict', () => {
  const bytes = encodeStatement(once)
  const text = new TextDecoder().decode(bytes)
  const end = text.indexOf('"renewals"')
  let passed = 0
  for (let i = 0; i < end; i += sweepStep(23)) {
    const changed = bytes.with(i, (bytes[i] as number) ^ 1)
    passed += verdictOf(changed) === 'passed' ? 1 : 0
  }
  assert.equal(passed, 0)
  const tool = text.lastIndexOf('tls-stamp')
  assert.equal(verdictOf(bytes.with(tool, 0x54)), 'passed')
})

function verdictOf(bytes: Uint8Array): string {
  try {
    return judge(decodeStatement(bytes)).verdict
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return error.code
  }
}

const RANK = { failed: 0, indeterminate: 1, passed: 2 } as const
