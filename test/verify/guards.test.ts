// Guards and windows: what a witness of TLS 1.3 adds to clocks that others show, and what it says alone (SPEC.md §11).

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { endsOf } from '../../src/verify/expiry.ts'
import type { Check, CheckId, Report } from '../../src/verify/report.ts'
import { type VerifyOptions, verifyStatement } from '../../src/verify/verify.ts'
import { notProven, verdictSentences } from '../../src/verify/wording.ts'
import { type EndEntity, endEntity } from '../support/make/end-entity.ts'
import { type CertificateSpec, mintCertificate, mintKey } from '../support/make/mint.ts'
import { makeStatement, type RoundPlan, renew, roundsAt, TIME } from '../support/make/statements.ts'
import type { GuardPlan } from '../support/make/tls13-round.ts'

const root = mintCertificate({ subject: 'Test Root', ca: true })
const intermediate = mintCertificate({ subject: 'Test CA', issuer: root, ca: true })
const YEAR = 365 * 86_400

/** An end entity for this host, with a key of its own. */
function issue(host: string, spec: Partial<CertificateSpec> = {}): EndEntity {
  const own = { subject: host, issuer: intermediate, dnsNames: [host], ...spec }
  return endEntity(mintCertificate(own), intermediate)
}

const A = issue('a.test')
const G = issue('g.test', {
  notBefore: new Date('2026-01-02T00:00:00Z'),
  notAfter: new Date('2026-03-04T05:06:07Z'),
})
const H = issue('h.test')

const clock = (time: number = TIME, own: EndEntity = A, host: string = 'a.test'): RoundPlan => ({
  endEntity: own,
  host,
  time,
})
const guard = (own: EndEntity = G, host: string = 'g.test'): GuardPlan => ({ endEntity: own, host })

const ALL = ['a.test', 'b.test', 'g.test', 'h.test']

function judge(
  plan: SignedStatement | readonly (RoundPlan | GuardPlan)[],
  options: Partial<VerifyOptions> = {},
): Report {
  const statement = 'subjects' in plan ? plan : makeStatement({ rounds: plan })
  return verifyStatement(statement, {
    trustAnchors: [root.der],
    witnesses: ALL,
    statementOnly: true,
    verifySignature: verifySignatureNative,
    ...options,
  })
}

const find = ({ checks }: Report, id: CheckId): Check =>
  checks.find((one) => one.id === id) as Check
const codes = (report: Report): string[] =>
  report.checks.flatMap(({ id, outcome, code }) => (outcome === 'pass' ? [] : [`${id} ${code}`]))

describe('a guard between the rounds of a clock witness', () => {
  test('counts, keeps the claimed time, and says since when nothing could be shown', () => {
    const report = judge([clock(TIME), guard(), clock(TIME + 1), clock(TIME + 2)], { guards: 1 })
    assert.deepEqual([report.verdict, report.guards, report.independent], ['passed', 1, 1])
    assert.equal(report.time.claimed?.getTime(), TIME * 1000)
    assert.equal(find(report, 'windows').code, 'in-order')
    const [a, g] = report.witnesses
    assert.deepEqual([a?.clock, g?.clock, g?.counts], ['corroborated', 'none', true])
    assert.deepEqual(g?.rounds[0]?.serverTime, null)
    assert.deepEqual(g?.rounds[0]?.window, {
      notBefore: new Date('2026-01-02T00:00:00Z'),
      notAfter: new Date('2026-03-04T05:06:07Z'),
    })
    const guarded =
      'the guard g.test signed too: nobody can show a time before 2026-01-02 without its key as well'
    assert(verdictSentences(report).includes(guarded))
  })

  test('may have had a HelloRetryRequest, and be any of several', () => {
    const retried = { ...guard(H, 'h.test'), retry: { group: 0x0018 } }
    const plan = [clock(), guard(), retried, clock(), clock()]
    assert.equal(judge(plan, { guards: 2 }).verdict, 'passed')
    assert.deepEqual(codes(judge(plan, { guards: 3 })), ['quorum guards-not-met'])
  })

  test('does not count when no round of a clock witness follows it', () => {
    const late = [clock(), clock(), clock(), guard()]
    assert.deepEqual(codes(judge(late)), [])
    const report = judge(late, { guards: 1 })
    assert.deepEqual(codes(report), ['quorum guards-not-met'])
    const [, g] = report.witnesses
    assert.equal(g?.counts, false)
    assert.deepEqual(
      g?.faults.map(({ code }) => code),
      ['not-followed'],
    )
    // Of two clock witnesses, each has to follow
    const [b, times] = [issue('b.test'), [TIME, TIME, TIME]]
    const early = roundsAt(b, times, { host: 'b.test' })
    assert.deepEqual(codes(judge([...early, clock(), guard(), clock(), clock()], { guards: 1 })), [
      'quorum guards-not-met',
    ])
  })

  test('does not count when the verifier does not accept it, and does no harm then', () => {
    const plan = [clock(), guard(), clock(), clock()]
    assert.deepEqual(codes(judge(plan, { witnesses: ['a.test'] })), [])
    const report = judge(plan, { witnesses: ['a.test'], guards: 1 })
    assert.deepEqual(codes(report), ['quorum guards-not-met'])
    assert.equal(find(report, 'windows').code, 'no-windows')
  })

  test('does not count with the key of the clock witness, or of another guard', () => {
    const own = mintCertificate({
      subject: 'a',
      issuer: intermediate,
      dnsNames: ['a.test', 'g.test', 'h.test'],
    })
    const same = endEntity(own, intermediate)
    const plan = [clock(TIME, same), guard(same), clock(TIME, same), clock(TIME, same)]
    const shared = judge(plan)
    assert.deepEqual([shared.verdict, shared.guards], ['passed', 0])
    assert(!verdictSentences(shared).some((sentence) => sentence.startsWith('guarded')))
    const [, guarding] = shared.witnesses
    assert.deepEqual(
      [guarding?.counts, guarding?.faults.map(({ code }) => code)],
      [false, ['not-independent']],
    )
    assert.equal(judge(plan, { guards: 1 }).verdict, 'indeterminate')
    const twice = [clock(), guard(same), guard(same, 'h.test'), clock(), clock()]
    assert.equal(judge(twice, { guards: 1 }).guards, 1)
  })

  test('never makes up for the clock, nor for a witness', () => {
    const guards = [guard(), guard(), guard()]
    assert.deepEqual(codes(judge([clock(), ...guards, clock()])), [
      'clock uncorroborated',
      'path no-credible-time',
    ])
    const two = judge([clock(), guard(), clock(), clock()], { quorum: 2 })
    assert.deepEqual(codes(two), ['quorum quorum-not-met'])
  })
})

describe('threats', () => {
  test('a clock that lies is refused by an honest guard, and both are named', () => {
    const lie = TIME - YEAR
    const own = issue('a.test', {
      notBefore: new Date((lie - YEAR) * 1000),
      notAfter: new Date((TIME + YEAR) * 1000),
    })
    const honest = issue('g.test', { notBefore: new Date((TIME - 86_400) * 1000) })
    const plan = [clock(lie, own), guard(honest), clock(lie + 1, own), clock(lie + 2, own)]
    const report = judge(plan)
    assert.equal(report.verdict, 'failed')
    assert.match(
      find(report, 'windows').message,
      /g\.test can only have signed round 1 at or after 2026-01-30 12:00:00 UTC, but a\.test shows 2025-01-31 12:00:01 UTC in round 2$/,
    )
    assert.equal(find(report, 'path').code, 'not-yet-valid')
    // A signer who leaves it out is found by who asks for one
    assert.equal(
      judge(
        plan.filter((round) => 'time' in round),
        { guards: 1 },
      ).verdict,
      'indeterminate',
    )
  })

  test('a clock that shows a time after the guard has expired is refused as well', () => {
    const late = Date.UTC(2026, 2, 5) / 1000
    const report = judge([clock(late), guard(), clock(late), clock(late)])
    assert.match(
      find(report, 'windows').message,
      /a\.test shows 2026-03-05 00:00:00 UTC in round 0, but g\.test can only have signed round 1 at or before 2026-03-04 05:06:07 UTC$/,
    )
  })

  test('windows may overlap by ten seconds of two clocks, and no more', () => {
    const end = Date.UTC(2026, 2, 4, 5, 6, 7) / 1000
    const at = (time: number): string =>
      find(judge([clock(time), guard(), clock(time), clock(time)]), 'windows').code
    assert.equal(at(end + 10), 'in-order')
    assert.equal(at(end + 11), 'out-of-order')
  })

  test('rounds in another order, or with one between, break the chain', () => {
    const { rounds, ...rest } = makeStatement({ rounds: [clock(), guard(), clock(), clock()] })
    const [a, g, b, c] = rounds
    assert(a && g && b && c)
    for (const changed of [
      [a, b, g, c],
      [g, a, b, c],
      [a, b, c],
      [a, g, g, b, c],
      [a, g, c, b],
    ]) {
      const report = judge({ ...rest, rounds: changed })
      assert(codes(report).includes('chain broken-chain'), codes(report).join())
    }
  })

  test('a signature of TLS 1.2 verifies in no round of TLS 1.3, nor the other way round', () => {
    const { rounds, ...rest } = makeStatement({
      rounds: [clock(), guard(A, 'g.test'), clock(), clock()],
    })
    const [a, g] = rounds
    assert(a && 'serverKeyExchange' in a && g && 'certificateVerify' in g)
    const end = a.serverKeyExchange.length
    // SignatureScheme, length and signature are spelled alike in both messages
    const signature = a.serverKeyExchange.slice(4 + 4 + 32)
    const verify = Uint8Array.of(15, 0, 0, signature.length, ...signature)
    const exchange = Uint8Array.of(
      12,
      0,
      0,
      4 + 32 + g.certificateVerify.length - 4,
      ...a.serverKeyExchange.slice(4, end - signature.length),
      ...g.certificateVerify.slice(4),
    )
    for (const changed of [
      [a, { ...g, certificateVerify: verify }],
      [{ ...a, serverKeyExchange: exchange }, g],
    ]) {
      const report = judge({ ...rest, rounds: [...changed, ...rounds.slice(2)] })
      assert(codes(report).includes('signatures bad-signature'), codes(report).join())
    }
  })

  test('one host with rounds of both kinds is no witness of either', () => {
    const report = judge([clock(), guard(A, 'a.test'), clock(), clock()])
    assert.deepEqual(codes(report)[0], 'handshakes two-kinds')
  })

  test('the clock in a random of TLS 1.3 is not taken', () => {
    const serverRandom = Uint8Array.from(
      { length: 32 },
      (_, i) => (TIME / 2 ** (8 * (3 - i))) & 0xff,
    )
    const plan = { ...guard(), flight: { serverRandom } }
    const report = judge([plan, plan, plan])
    assert.deepEqual(codes(report), ['clock no-clock'])
    assert.equal(report.time.claimed, null)
  })
})

describe('a statement without any clock', () => {
  test('is indeterminate, and by its window alone says until when its certificate was good', () => {
    const plan = [guard()]
    assert.deepEqual(codes(judge(plan)), ['clock no-clock'])
    const report = judge(plan, { window: true })
    assert.equal(report.verdict, 'passed')
    assert.deepEqual(report.time, {
      claimed: null,
      notBefore: new Date('2026-01-02T00:00:00Z'),
      notAfter: new Date('2026-03-04T05:06:07Z'),
    })
    assert.deepEqual(verdictSentences(report), [
      'the subject existed no later than 2026-03-04 05:06:07 UTC, when the certificate of g.test expired; no file was compared',
      'only the holder of the key certified for g.test says so',
      'only certificates bound the time, because g.test showed no clock',
    ])
    assert.match(notProven(report)[0] ?? '', /^that nobody else held a key certified for g\.test/)
  })

  test('claims the widest of several windows, and takes them for a quorum by their keys', () => {
    const report = judge([guard(), guard(H, 'h.test')], { window: true, quorum: 2 })
    assert.equal(report.verdict, 'passed')
    assert.equal(find(report, 'windows').code, 'in-order')
    const ends = report.witnesses.map(({ rounds }) => rounds[0]?.window?.notAfter.getTime() ?? 0)
    assert.equal(report.time.notAfter?.getTime(), Math.max(...ends))
    assert.deepEqual(codes(judge([guard()], { window: true, quorum: 2 })), [
      'quorum quorum-not-met',
    ])
  })

  test('is refused when its windows are out of order', () => {
    const before = issue('h.test', { notAfter: new Date('2026-01-01T00:00:00Z') })
    const report = judge([guard(), guard(before, 'h.test')], { window: true })
    assert.equal(report.verdict, 'failed')
    assert.equal(find(report, 'windows').code, 'out-of-order')
    assert.equal(judge([guard(before, 'h.test'), guard()], { window: true }).verdict, 'passed')
  })

  test('is not taken by its window when its path does not hold, or nobody accepts it', () => {
    const window = true
    assert.deepEqual(codes(judge([guard()], { window, witnesses: ['a.test'] })), [
      'witness not-accepted',
    ])
    assert.equal(find(judge([guard()], { window, trustAnchors: [] }), 'path').outcome, 'fail')
    const other = makeStatement({ rounds: [{ ...guard(H, 'g.test') }] })
    assert.equal(find(judge(other, { window }), 'identity').code, 'host-mismatch')
  })

  test('does not let the window stand in for a clock that is not credible', () => {
    const report = judge([clock(5), guard(), clock(1e9), clock(7)], { window: true })
    assert.notEqual(report.verdict, 'passed')
  })
})

describe('renewals with guards and windows', () => {
  const before = makeStatement({ rounds: [clock(), clock(), clock()] })

  test('renew by clocks with a guard, and by a window alone', () => {
    const hour = TIME + 3600
    const guarded = renew(before, { rounds: [clock(hour), guard(), clock(hour), clock(hour)] })
    assert.equal(judge(guarded, { guards: 1 }).verdict, 'indeterminate')
    assert.equal(judge(guarded).verdict, 'passed')
    const windowed = renew(before, { rounds: [guard()] })
    assert.equal(judge(windowed, { window: true }).verdict, 'passed')
    assert.equal(find(judge(windowed), 'renewals').code, 'renewal-not-good')
  })

  test('take the end of a window for the time of renewal: what has expired by then is not renewed', () => {
    const shortly = issue('a.test', { notAfter: new Date((TIME + 60) * 1000) })
    const rounds = [clock(TIME, shortly), clock(TIME, shortly), clock(TIME, shortly)]
    const late = renew(makeStatement({ rounds }), { rounds: [guard()] })
    assert.equal(find(judge(late, { window: true }), 'path').code, 'expired')
  })
})

test('options that nothing could meet are refused', () => {
  for (const guards of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => judge([clock()], { guards }), RangeError)
  }
  assert.throws(() => judge([clock()], { window: 'yes' as never }), TypeError)
})

test('a guard that nobody follows has to be renewed in time as well', () => {
  const followed = judge([clock(), guard(), clock(), clock()])
  const late = judge([clock(), clock(), clock(), guard()])
  for (const report of [followed, late]) {
    assert.equal(report.verdict, 'passed')
    assert.equal(endsOf(report)[0]?.witness.host, 'g.test')
  }
  const stranger = judge([clock(), clock(), clock(), guard()], { witnesses: ['a.test'] })
  assert.deepEqual(
    endsOf(stranger).map(({ witness }) => witness.host),
    ['a.test'],
  )
})

test('a window that a CA certificate ends is not said to be the end of the server’s own', () => {
  const short = mintCertificate({
    subject: 'Short CA',
    issuer: root,
    ca: true,
    notAfter: new Date('2026-02-20T00:00:00Z'),
  })
  const own = mintCertificate({ ...spec, issuer: short })
  const report = judge([guard(endEntity(own, short))], { window: true })
  assert.match(
    verdictSentences(report)[0] ?? '',
    /2026-02-20 00:00:00 UTC, when the last CA certificate above that of g\.test expired;/,
  )
})

describe('a round with several paths', () => {
  const key = mintKey('p256')
  const ca = (spec: Partial<CertificateSpec>): ReturnType<typeof mintCertificate> =>
    mintCertificate({ subject: 'Twin CA', issuer: root, ca: true, key, ...spec })
  const short = ca({
    notBefore: new Date('2026-01-20T00:00:00Z'),
    notAfter: new Date('2026-02-20T00:00:00Z'),
  })
  const long = ca({})
  const own = mintCertificate({
    subject: 'g.test',
    issuer: long,
    dnsNames: ['g.test'],
    notBefore: new Date('2026-01-02T00:00:00Z'),
    notAfter: new Date('2026-11-04T05:06:07Z'),
  })
  const whole = {
    notBefore: new Date('2026-01-02T00:00:00Z'),
    notAfter: new Date('2026-11-04T05:06:07Z'),
  }

  test('has the window in which any of them was good, whichever comes first', () => {
    for (const issuers of [
      [short, long],
      [long, short],
    ]) {
      const plan = { ...guard(endEntity(own, ...issuers)) }
      const alone = judge([plan], { window: true })
      assert.equal(alone.verdict, 'passed')
      assert.deepEqual(alone.witnesses[0]?.rounds[0]?.window, whole)
      const guarded = judge([clock(), plan, clock(), clock()], { guards: 1 })
      assert.deepEqual(guarded.witnesses[1]?.rounds[0]?.window, whole)
    }
  })

  test('has no more than their time where the end entity is good for longer', () => {
    const plan = guard(endEntity(own, short))
    const report = judge([plan], { window: true })
    assert.deepEqual(report.witnesses[0]?.rounds[0]?.window ?? null, null)
    const beside = judge([clock(), plan, clock(), clock()], { guards: 1 })
    assert.deepEqual(beside.witnesses[1]?.rounds[0]?.window, {
      notBefore: new Date('2026-01-20T00:00:00Z'),
      notAfter: new Date('2026-02-20T00:00:00Z'),
    })
  })

  test('does not end with the older of two trust anchors of one name and key', () => {
    const anchorKey = mintKey('p256')
    const anchor = (spec: Partial<CertificateSpec>): ReturnType<typeof mintCertificate> =>
      mintCertificate({ subject: 'Twin Root', ca: true, key: anchorKey, ...spec })
    const old = anchor({ notAfter: new Date('2026-02-01T00:00:00Z') })
    const fresh = anchor({ notBefore: new Date('2026-01-15T00:00:00Z') })
    const below = mintCertificate({ ...spec, issuer: fresh })
    for (const trustAnchors of [
      [old.der, fresh.der],
      [fresh.der, old.der],
    ]) {
      const report = judge([guard(endEntity(below))], { window: true, trustAnchors })
      assert.deepEqual(report.witnesses[0]?.rounds[0]?.window, {
        notBefore: new Date('2026-01-02T00:00:00Z'),
        notAfter: new Date('2026-03-04T05:06:07Z'),
      })
    }
  })
})

const spec: CertificateSpec = {
  subject: 'g.test',
  dnsNames: ['g.test'],
  notBefore: new Date('2026-01-02T00:00:00Z'),
  notAfter: new Date('2026-03-04T05:06:07Z'),
}
