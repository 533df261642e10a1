// Verification as a whole: what a report holds besides the codes that test/vectors are about.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { type VerifyOptions, verifyStatement } from '../../src/index.ts'
import type { Subject } from '../../src/statement/commitment.ts'
import type { Tls12Round } from '../../src/statement/round.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { endsOf } from '../../src/verify/expiry.ts'
import { CHECKS, type Report } from '../../src/verify/report.ts'
import { clockSentence, notProven, verdictSentences } from '../../src/verify/wording.ts'
import { endEntity } from '../support/make/end-entity.ts'
import { rsaSpki } from '../support/make/fresh-signatures.ts'
import { mintCertificate, mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject, TIME } from '../support/make/statements.ts'

const pki = mintTestPki({ endEntityKeys: ['p256', 'p256'], dnsNames: [HOST, 'second.test'] })
const [witness, second] = pki.endEntities.map((own) => endEntity(own, pki.intermediate)) as [
  ReturnType<typeof endEntity>,
  ReturnType<typeof endEntity>,
]
const statement = makeStatement({ rounds: roundsAt(witness, [TIME, TIME + 1, TIME + 2]) })
const [first] = statement.rounds as [Tls12Round]
const options: VerifyOptions = {
  trustAnchors: [pki.root.der],
  witnesses: [HOST],
  statementOnly: true,
  verifySignature: verifySignatureNative,
}
const verify = (changed: SignedStatement, more: Partial<VerifyOptions> = {}): Report =>
  verifyStatement(changed, { ...options, ...more })
const find = (report: Report, id: keyof typeof CHECKS) => report.checks.find((one) => one.id === id)
const at = (seconds: number): Date => new Date(seconds * 1000)

describe('the report on a statement that passes', () => {
  const report = verify(statement, { digests: statement.subjects, now: at(TIME) })

  test("says so, and when: from the first round's time to a second later", () => {
    assert.equal(report.verdict, 'passed')
    assert.deepEqual(report.time, {
      claimed: at(TIME),
      notBefore: at(TIME),
      notAfter: at(TIME + 1),
    })
  })

  test('has each check once, in order', () => {
    assert.deepEqual(
      report.checks.map(({ id }) => id),
      Object.keys(CHECKS),
    )
  })

  test('names the subjects', () => {
    assert.deepEqual(report.subjects, [{ ...(statement.subjects[0] as Subject), matched: true }])
  })

  test('names the witness, its rounds, and the path from end entity to trust anchor', () => {
    const [{ path, ...only } = assert.fail(), ...others] = report.witnesses
    assert.deepEqual(others, [])
    assert.deepEqual(only, {
      host: HOST,
      operator: null,
      port: 443,
      clock: 'corroborated',
      expectedTries: Math.round(2 ** 33 / 12),
      rounds: [0, 1, 2].map((i) => ({
        serverTime: at(TIME + i),
        window: { notBefore: at(TIME + i), notAfter: at(TIME + i) },
        scheme: 'ecdsa_sha256',
        group: 'x25519',
      })),
      matchedNames: [{ name: HOST, wildcard: false }],
      expiresFirst: path[0],
      missingAnchor: null,
      counts: true,
      faults: [],
    })
    assert.deepEqual(
      path.map((certificate) => certificate.subject),
      [`CN=${HOST}`, 'CN=Test Intermediate', 'CN=Test Root'],
    )
  })

  test('is the same over the portable backend, which is the default', () => {
    const { verifySignature: _, ...rest } = options
    const portable = verifyStatement(statement, {
      ...rest,
      digests: statement.subjects,
      now: at(TIME),
    })
    assert.deepEqual(portable, report)
  })

  test('does not depend on what nobody signed', () => {
    const unsigned = { localTime: new Date(0), tool: 'another' }
    const changed = verify(
      { ...statement, unsigned },
      { digests: statement.subjects, now: at(TIME) },
    )
    assert.deepEqual(changed, report)
  })
})

describe('the time', () => {
  test('of a single round is claimed, and not credible', () => {
    const report = verify(makeStatement({ rounds: roundsAt(witness, [TIME]) }))
    assert.deepEqual(report.time, { claimed: at(TIME), notBefore: null, notAfter: null })
    const lifetime = (Date.UTC(2040, 0, 1) - Date.UTC(2020, 0, 1)) / 1000 + 1
    assert.equal(report.witnesses[0]?.expectedTries, Math.round(2 ** 32 / lifetime))
    assert.equal(report.witnesses[0]?.clock, 'uncorroborated')
  })

  test('of rounds that contradict each other is not even claimed', () => {
    const report = verify(
      makeStatement({ rounds: roundsAt(witness, [TIME, TIME + 100, TIME + 100]) }),
    )
    assert.deepEqual(report.time, { claimed: null, notBefore: null, notAfter: null })
    assert.equal(report.witnesses[0]?.clock, 'implausible')
    assert.equal(report.witnesses[0]?.expectedTries, 1)
  })

  test('from the future is claimed, and not credible', () => {
    const report = verify(statement, { now: at(TIME - 4000) })
    assert.deepEqual(report.time, { claimed: at(TIME), notBefore: null, notAfter: null })
    assert.equal(report.witnesses[0]?.clock, 'implausible')
    assert.match(
      find(report, 'clock')?.message ?? '',
      /: 2026-01-31 12:00:00 UTC is 4000 seconds ahead of the time here, 2026-01-31 10:53:20 UTC: check this machine's clock$/,
    )
    const [ahead = assert.fail()] = report.witnesses
    assert.equal(clockSentence(ahead), "implausible: ahead of this machine's clock")
  })

  test('of zero is told as what it is', () => {
    const report = verify(makeStatement({ rounds: roundsAt(witness, [0, 0, 0]) }))
    assert.match(
      find(report, 'clock')?.message ?? '',
      /: the server sends zero in place of the time$/,
    )
    const [zero = assert.fail()] = report.witnesses
    assert.equal(clockSentence(zero), 'implausible: the server sends zero in place of the time')
    const mixed = verify(makeStatement({ rounds: roundsAt(witness, [0, TIME, 0]) }))
    assert.match(find(mixed, 'clock')?.message ?? '', /: 1970-01-01T00:00:00Z, 2026/)
  })

  test('of two witnesses is the later of their first rounds', () => {
    const [a, b] = [
      roundsAt(witness, [TIME, TIME + 9, TIME + 9]),
      roundsAt(second, [TIME + 5, TIME + 6, TIME + 6], { host: 'second.test' }),
    ]
    const rounds = [...a.slice(0, 1), ...b, ...a.slice(1)]
    const report = verify(makeStatement({ rounds }), { witnesses: [HOST, 'second.test'] })
    assert.equal(report.verdict, 'passed')
    assert.deepEqual(report.time.claimed, at(TIME + 5))
    assert.deepEqual(
      report.witnesses.map(({ host }) => host),
      [HOST, 'second.test'],
    )
  })

  test('is that of the field as an unsigned number, to its end in 2106', () => {
    const late = mintCertificate({
      subject: HOST,
      dnsNames: [HOST],
      issuer: pki.root,
      notAfter: new Date('2110-01-01T00:00:00Z'),
    })
    const last = 2 ** 32 - 1
    const report = verify(makeStatement({ rounds: roundsAt(endEntity(late), [last, last, last]) }))
    assert.deepEqual(report.time.claimed, new Date('2106-02-07T06:28:15Z'))
    assert.equal(find(report, 'path')?.code, 'expired')
  })
})

describe('a witness whose rounds rely on several certificates', () => {
  const certified = (until: number, ...dnsNames: string[]) => {
    const minted = mintCertificate({
      subject: HOST,
      issuer: pki.intermediate,
      dnsNames,
      notBefore: at(TIME - 1000),
      notAfter: at(until),
    })
    return endEntity(minted, pki.intermediate)
  }
  const [long, short] = [certified(TIME + 9e6, HOST), certified(TIME + 50, '*.test')]
  const wide = certified(TIME + 8e6, '*.example.test')
  const host = `www.${HOST}`

  test('lasts as long as the first of them, whichever round has it', () => {
    const times = [TIME, TIME + 1, TIME + 2]
    for (const odd of [0, 1, 2]) {
      const rounds = times.map((time, i) => ({
        endEntity: i === odd ? certified(TIME + 50, HOST) : long,
        time,
      }))
      const report = verify(makeStatement({ rounds }))
      assert.equal(report.verdict, 'passed')
      const [first, ...others] = endsOf(report)
      assert.deepEqual(others, [])
      assert.deepEqual(first?.end, at(TIME + 50), `${odd}`)
      assert.equal(first?.certificate, report.witnesses[0]?.expiresFirst)
    }
  })

  test('has the names that match, and says so of a wildcard', () => {
    const rounds = [long, wide, certified(TIME + 7e6, host, '*.example.test')].map((own, i) => ({
      endEntity: own,
      time: TIME + i,
      host,
    }))
    const report = verify(makeStatement({ rounds: rounds.slice(1) }), { witnesses: [host] })
    assert.deepEqual(report.witnesses[0]?.matchedNames, [
      { name: '*.example.test', wildcard: true },
      { name: host, wildcard: false },
    ])
    assert.match(find(report, 'identity')?.message ?? '', /under the wildcard \*\.example\.test/)
    assert.equal(
      find(verify(makeStatement({ rounds }), { witnesses: [host] }), 'identity')?.code,
      'host-mismatch',
    )
    const single = verify(makeStatement({ rounds: roundsAt(short) }))
    assert.deepEqual(single.witnesses[0]?.matchedNames, [])
    assert.equal(single.witnesses[0]?.expiresFirst?.notAfter.getTime(), (TIME + 50) * 1000)
  })

  test('in words: who a wildcard lets speak', () => {
    const rounds = roundsAt(wide, undefined, { host })
    const report = verify(makeStatement({ rounds }), { witnesses: [host] })
    assert.equal(report.verdict, 'passed')
    assert.ok(
      verdictSentences(report)[1]?.endsWith(`${host} under the wildcard *.example.test says so`),
    )
    assert.ok(notProven(report).some((line) => line.includes('the key for *.example.test')))
    assert.ok(!notProven(verify(statement)).some((line) => line.includes('any server')))
  })
})

describe('checks', () => {
  test('all run after a failure, and each says its own', () => {
    const stranger = subject('document.txt', 'forged')
    const report = verify(
      { ...statement, subjects: [stranger], rounds: [first, first, first] },
      { digests: statement.subjects, trustAnchors: [], witnesses: [] },
    )
    assert.equal(report.verdict, 'failed')
    assert.deepEqual(
      report.checks.map(({ id, outcome }) => `${id} ${outcome}`),
      [
        'handshakes pass',
        'commitment fail',
        'chain fail',
        'signatures pass',
        'strength pass',
        'clock pass',
        'path fail',
        'identity pass',
        'witness unknown',
        'agreement pass',
        'windows pass',
        'quorum pass',
        'renewals pass',
        'subjects fail',
      ],
    )
  })

  test('are not reached when one round can not be read, but for the subjects', () => {
    const rounds = [first, { ...first, serverHello: new Uint8Array(0) }]
    const report = verify({ ...statement, rounds }, { digests: statement.subjects })
    assert.equal(report.verdict, 'failed')
    assert.deepEqual(report.witnesses, [])
    assert.deepEqual(report.time, { claimed: null, notBefore: null, notAfter: null })
    assert.match(find(report, 'handshakes')?.message ?? '', /round 1, ServerHello at byte 0/)
    assert.equal(find(report, 'subjects')?.code, 'all-compared')
    assert.equal(report.checks.filter(({ code }) => code === 'not-reached').length, 11)
  })

  test('report a failure of a later round before an open question of an earlier one', () => {
    const rounds = [
      { ...first, serverKeyExchange: new Uint8Array(0) },
      { ...first, clientHello: new Uint8Array(0) },
    ]
    assert.match(find(verify({ ...statement, rounds }), 'handshakes')?.message ?? '', /round 0/)
  })

  test('do not call the backend for a handshake that can not be read', () => {
    const rounds = [{ ...first, certificate: new Uint8Array(0) }]
    const verifySignature = (): boolean => assert.fail('called')
    assert.equal(verify({ ...statement, rounds }, { verifySignature }).verdict, 'failed')
  })

  test('never pass a signature on which the backend says no', () => {
    const report = verify(statement, { verifySignature: () => false })
    assert.equal(find(report, 'signatures')?.code, 'bad-signature')
    assert.equal(find(report, 'path')?.code, 'bad-signature')
  })

  test('show what was sent when no path leads to a trust anchor', () => {
    const report = verify(statement, { trustAnchors: [] })
    assert.deepEqual(
      report.witnesses[0]?.path.map((certificate) => certificate.subject),
      [`CN=${HOST}`, 'CN=Test Intermediate'],
    )
  })
})

describe('signatures that take long to verify', () => {
  // No server has such a key, and no forger needs a good signature to make a verifier work
  const costly = (exponent: bigint): SignedStatement => {
    const spki = rsaSpki(2n ** 8191n + 1n, exponent)
    const own = mintCertificate({
      subject: HOST,
      dnsNames: [HOST],
      issuer: pki.root,
      raw: { spki },
    })
    const times = Array.from({ length: 32 }, (_, i) => TIME + i)
    return makeStatement({ rounds: roundsAt(endEntity(own), times) })
  }
  const signatures = (exponent: bigint): readonly [string | undefined, number] => {
    let count = 0
    const report = verify(costly(exponent), {
      verifySignature: () => {
        count++
        return true
      },
    })
    return [find(report, 'signatures')?.code, count]
  }

  test('are verified as far as an honest statement goes', () => {
    const [code, count] = signatures(65537n)
    assert.equal(code, 'signed')
    assert.ok(count >= 32)
    const [refused, tried] = signatures(2n ** 31n + 1n)
    assert.equal(refused, 'too-much-work')
    assert.ok(tried < 32)
  })
})

describe('a trust anchor that the signer stored', () => {
  const stranger = mintCertificate({ subject: 'Other Root', ca: true })
  const storing = makeStatement({ rounds: roundsAt(witness), trustAnchors: [pki.root.der] })
  const missing = (report: Report) => report.witnesses[0]?.missingAnchor

  test('is named when the path lacks nothing but that', () => {
    for (const trustAnchors of [[], [stranger.der]]) {
      const report = verify(storing, { trustAnchors })
      assert.equal(find(report, 'path')?.code, 'unknown-issuer')
      const fingerprint = createHash('sha256').update(pki.root.der).digest('hex')
      assert.equal(missing(report)?.fingerprint, fingerprint)
      assert.equal(
        find(report, 'path')?.message.replace(/^.*?: /, ''),
        `it leads to CN=Test Root (SHA-256 ${fingerprint}), which the signer trusted, but which is not among the given trust anchors`,
      )
    }
  })

  test('is not named when it is given, when it does not help, or when something else is wrong', () => {
    assert.equal(verify(storing).verdict, 'passed')
    assert.equal(missing(verify(storing)), null)
    const useless = makeStatement({ rounds: roundsAt(witness), trustAnchors: [stranger.der] })
    assert.equal(missing(verify(useless, { trustAnchors: [] })), null)
    assert.equal(missing(verify(statement, { trustAnchors: [] })), null)
    const expired = makeStatement({
      rounds: roundsAt(witness, [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1]),
      trustAnchors: [pki.root.der],
    })
    assert.equal(find(verify(expired, { trustAnchors: [] }), 'path')?.code, 'expired')
    assert.equal(missing(verify(expired, { trustAnchors: [] })), null)
  })

  test('is not named beside one of the same name that is given: there it looks like a forgery', () => {
    const namesake = mintCertificate({ subject: 'Test Root', ca: true })
    const report = verify(storing, { trustAnchors: [namesake.der] })
    assert.equal(find(report, 'path')?.code, 'bad-signature')
    assert.equal(missing(report), null)
  })

  test('costs no more than any other certificate, however many and large', () => {
    const ca = { subject: 'Test Root', ca: true } as const
    const names = Array.from({ length: 4000 }, (_, i) => `${i}.padding.test`)
    const large = mintCertificate({ ...ca, dnsNames: names }).der
    assert(large.length > 60_000)
    const storingToo = (count: number): SignedStatement => {
      const trustAnchors = [...Array.from({ length: count }, () => large), pki.root.der]
      return makeStatement({ rounds: roundsAt(witness), trustAnchors })
    }
    for (const [count, isNamed] of [
      [1, true],
      [31, false],
    ] as const) {
      const report = verify(storingToo(count), { trustAnchors: [] })
      assert.equal(find(report, 'path')?.code, 'unknown-issuer')
      assert.equal(missing(report) !== null, isNamed)
      assert.equal(verify(storingToo(count)).verdict, 'passed')
    }
  })
})

describe('options', () => {
  test('are checked before anything else', () => {
    const short = { sha256: new Uint8Array(3) }
    assert.throws(() => verify(statement, { digests: [short] }), RangeError)
    for (const statementOnly of ['false', 1, null] as unknown as boolean[]) {
      assert.throws(
        () => verify(statement, { statementOnly }),
        /^TypeError: expected statementOnly/,
      )
    }
  })

  test('of witnesses go in any spelling', () => {
    for (const name of [HOST, 'EXAMPLE.test', 'example.test.']) {
      assert.equal(find(verify(statement, { witnesses: [name] }), 'witness')?.outcome, 'pass', name)
    }
    for (const name of ['', '*', '*.test', 'example', 'xample.test', ' example.test', '*.*']) {
      assert.equal(
        find(verify(statement, { witnesses: [name] }), 'witness')?.outcome,
        'unknown',
        name,
      )
    }
  })

  test('of trust anchors may hold what is no certificate', () => {
    const trustAnchors = [new Uint8Array(0), Uint8Array.of(0x30), pki.root.der]
    assert.equal(verify(statement, { trustAnchors }).verdict, 'passed')
  })
})

test('an option that is there but undefined is one that is left out', () => {
  const absent = { verifySignature: undefined, now: undefined, digests: undefined }
  const loose = { ...options, ...absent } as unknown as VerifyOptions
  assert.equal(verifyStatement(statement, loose).verdict, 'passed')
})
