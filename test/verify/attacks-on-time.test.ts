// The arguments of SPEC.md about when it was signed, played: what a cheating witness and a thief of an old key can do, and what they can't.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type VerifyOptions, verifyStatement } from '../../src/index.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import type { CheckId, Report } from '../../src/verify/report.ts'
import { type EndEntity, endEntity } from '../support/make/end-entity.ts'
import { type MintedKey, mintCertificate } from '../support/make/mint.ts'
import {
  HOST,
  inTurn,
  makeStatement,
  type RoundPlan,
  renew,
  roundsAt,
  subject,
  TIME,
} from '../support/make/statements.ts'

const HOSTS = [HOST, 'second.test', 'third.test']
const DAY = 24 * 3600
const root = mintCertificate({ subject: 'Test Root', ca: true })
const at = (seconds: number): Date => new Date(seconds * 1000)

/** Certified for 90 days around a time. */
function certified(host: string, time = TIME, key?: MintedKey): EndEntity {
  const validity = { notBefore: at(time - 45 * DAY), notAfter: at(time + 45 * DAY) }
  const spec = { subject: host, dnsNames: [host], issuer: root, ...validity }
  return endEntity(mintCertificate({ ...spec, ...(key && { key }) }))
}

const [witness, second, third] = HOSTS.map((host) => certified(host)) as [
  EndEntity,
  EndEntity,
  EndEntity,
]
const judge = (made: SignedStatement, more: Partial<VerifyOptions> = {}): Report =>
  verifyStatement(made, {
    trustAnchors: [root.der],
    witnesses: HOSTS,
    statementOnly: true,
    verifySignature: verifySignatureNative,
    ...more,
  })
const codeOf = ({ checks }: Report, id: CheckId): string | undefined =>
  checks.find((one) => one.id === id)?.code

const rounds = roundsAt(witness, [TIME, TIME + 1, TIME + 1])
const BACK = -4 * 3600
const lying = (own: EndEntity, host: string, off: number): RoundPlan[] =>
  roundsAt(own, [TIME + off, TIME + off + 2, TIME + off + 2], { host })
const honest = (own: EndEntity, host: string): RoundPlan[] => lying(own, host, 0)

describe('a cheating witness', () => {
  test('that is the only one can say any time at all', () => {
    const report = judge(makeStatement({ rounds: lying(witness, HOST, BACK) }))
    assert.equal(report.verdict, 'passed')
    assert.deepEqual(report.time.claimed, at(TIME + BACK))
  })

  test('is found out by another, and by two others it is named', () => {
    const liar = lying(third, 'third.test', BACK)
    const pair = judge(makeStatement({ rounds: inTurn(honest(witness, HOST), liar) }))
    assert.equal(codeOf(pair, 'agreement'), 'one-lies')
    const rounds = inTurn(honest(witness, HOST), honest(second, 'second.test'), liar)
    const three = judge(makeStatement({ rounds }), { quorum: 2 })
    assert.equal(three.verdict, 'passed')
    assert.deepEqual(three.time.claimed, at(TIME))
    assert.equal(three.witnesses[2]?.faults[0]?.code, 'contradicts')
  })

  test('can not make the time earlier than an honest one says that counts, in whatever order they sign', () => {
    const [a, b] = [honest(witness, HOST), honest(second, 'second.test')]
    for (const off of [BACK, -60, -9, 0]) {
      const c = lying(third, 'third.test', off)
      for (const rounds of [
        inTurn(a, b, c),
        inTurn(c, a, b),
        [...c, ...a, ...b],
        [...a, ...b, ...c],
      ]) {
        for (const quorum of [2, 3]) {
          const { verdict, time } = judge(makeStatement({ rounds }), { quorum })
          assert(verdict !== 'passed' || (time.claimed as Date) >= at(TIME))
        }
      }
    }
  })

  test('needs as many others as the quorum asks for, to lie with it', () => {
    const liars = [lying(witness, HOST, BACK), lying(second, 'second.test', BACK)] as const
    const alone = judge(makeStatement({ rounds: inTurn(...liars) }), { quorum: 3 })
    assert.equal(alone.verdict, 'indeterminate')
    const enough = judge(makeStatement({ rounds: inTurn(...liars, honest(third, 'third.test')) }), {
      quorum: 2,
    })
    assert.equal(enough.verdict, 'passed')
    assert.deepEqual(enough.time.claimed, at(TIME + BACK))
    assert.equal(enough.witnesses[2]?.faults[0]?.code, 'contradicts')
  })

  test('under two names with one key counts once, and with two keys twice: nobody can see that', () => {
    const key = mintCertificate({ subject: 'key' }).key
    const named = (host: string, own?: MintedKey): RoundPlan[] =>
      honest(certified(host, TIME, own), host)
    const oneKey = inTurn(named(HOST, key), named('second.test', key))
    const report = judge(makeStatement({ rounds: oneKey }), { quorum: 2 })
    assert.equal(codeOf(report, 'quorum'), 'quorum-not-met')
    const twoKeys = inTurn(named(HOST), named('second.test'))
    assert.equal(judge(makeStatement({ rounds: twoKeys }), { quorum: 2 }).verdict, 'passed')
  })

  test('can not renew what it never saw, nor make a statement older by renewing it', () => {
    const made = makeStatement({ rounds })
    const renewed = renew(made, { rounds: honest(second, 'second.test') })
    assert.equal(judge(renewed).verdict, 'passed')
    const other = { ...renewed, subjects: [subject('document.txt', 'forged')] }
    assert.equal(codeOf(judge(other), 'renewals'), 'renewal-not-good')
    const back = renew(made, { rounds: lying(second, 'second.test', BACK) })
    assert.equal(codeOf(judge(back), 'renewals'), 'renewed-before-signed')
    assert.deepEqual(judge(renewed).time.claimed, at(TIME))
  })
})

describe('a thief of an old key', () => {
  const TODAY = TIME + 400 * DAY
  const nextYear = certified('second.test', TODAY)
  const now = at(TODAY)
  const theft = makeStatement({ subjects: [subject('forged')], rounds })

  test('can forge a statement of the days when the certificate was good: it passes', () => {
    const report = judge(theft, { now })
    assert.equal(report.verdict, 'passed')
    assert.deepEqual(report.time.claimed, at(TIME))
  })

  test('can not have it renewed today: the renewal shows that the certificate had ended', () => {
    const rounds = roundsAt(nextYear, [TODAY, TODAY, TODAY], { host: 'second.test' })
    const report = judge(renew(theft, { rounds }), { now })
    assert.equal(report.verdict, 'failed')
    assert.equal(codeOf(report, 'path'), 'expired')
    assert.equal(codeOf(report, 'renewals'), 'renewed')
  })

  test('can not put a forgery under a renewal that an honest witness made in time', () => {
    const renewed = renew(makeStatement({ rounds }), { rounds: honest(second, 'second.test') })
    assert.equal(judge(renewed, { now }).verdict, 'passed')
    const swapped = { ...renewed, subjects: theft.subjects, rounds: theft.rounds }
    const report = judge(swapped, { now })
    assert.equal(report.verdict, 'failed')
    assert.equal(codeOf(report, 'commitment'), 'committed')
    assert.equal(codeOf(report, 'renewals'), 'renewal-not-good')
  })

  test('with the keys of a statement and of its renewal can forge both', () => {
    const both = renew(theft, { rounds: lying(second, 'second.test', 5 * DAY) })
    assert.equal(judge(both, { now }).verdict, 'passed')
  })

  test('needs the keys of as many witnesses as the quorum asks for', () => {
    assert.equal(judge(theft, { now, quorum: 2 }).verdict, 'indeterminate')
    const withHonest = inTurn(
      rounds,
      roundsAt(nextYear, [TODAY, TODAY, TODAY], { host: 'second.test' }),
    )
    const report = judge(makeStatement({ rounds: withHonest }), { now, quorum: 2 })
    assert.equal(report.verdict, 'failed')
    assert.equal(codeOf(report, 'agreement'), 'one-lies')
  })
})
