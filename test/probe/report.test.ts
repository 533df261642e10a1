// What a probe makes of times, answers and certificates.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HandshakeError, NetworkError } from '../../src/errors.ts'
import { answerOfError, isNoTls } from '../../src/probe/answers.ts'
import { askAgain, mostConnections, planProbe, type Question } from '../../src/probe/questions.ts'
import { reasonsAgainst } from '../../src/probe/reasons.ts'
import {
  type Answer,
  type ClockKind,
  judgeCertificates,
  judgeProbedClock,
  readStaple,
  type TimedRound,
} from '../../src/probe/report.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { decodeCertificate } from '../../src/x509/certificate.ts'
import * as asn1 from '../support/make/asn1.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { endEntities } from '../support/servers/servers.ts'

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0, 400)
const SECOND = Math.floor(NOW / 1000)

/** Rounds a tenth of a second apart whose server sends these times. */
function rounds(...times: readonly number[]): TimedRound[] {
  return times.map((serverTime, i) => {
    const sent = NOW + 100 * i
    return { serverTime, sent: new Date(sent), received: new Date(sent + 20) }
  })
}

describe('the clock of a server', () => {
  const low = (time: number): number => time % 2 ** 32
  const cases: readonly (readonly [string, readonly number[], ClockKind, number | null])[] = [
    ['in step', [SECOND, SECOND, SECOND], 'corroborated', 0],
    ['in step over the edge of a second', [SECOND, SECOND + 1, SECOND + 1], 'corroborated', 1],
    ['a minute ahead', [SECOND + 60, SECOND + 60, SECOND + 60], 'corroborated', 60],
    ['an hour behind', [SECOND - 3600, SECOND - 3600, SECOND - 3600], 'corroborated', -3600],
    ['more than an hour behind', [SECOND - 3700, SECOND - 3700, SECOND - 3700], 'wrong', -3700],
    ['decades ahead', [SECOND + 1e9, SECOND + 1e9, SECOND + 1e9], 'wrong', 1e9],
    ['zero', [0, 0, 0], 'zero', null],
    ['zero once', [SECOND, 0, SECOND], 'random', null],
    ['random', [0x12345678, 0xfedcba98, 0x66666666], 'random', null],
    ['milliseconds', [low(NOW + 10), low(NOW + 110)], 'milliseconds', null],
    ['of two servers out of step', [SECOND, SECOND - 30, SECOND], 'unsteady', -10],
    ['asked once', [SECOND], 'uncorroborated', 0],
    ['asked twice', [SECOND, SECOND], 'uncorroborated', 0],
    ['random and asked once', [0x12345678], 'random', null],
    ['never asked', [], 'none', null],
  ]
  for (const [name, times, kind, offset] of cases) {
    test(`${name} is ${kind}`, () => {
      const report = judgeProbedClock(rounds(...times), 3600)
      assert.deepEqual([report.kind, report.offset], [kind, offset])
      assert.ok(!Object.is(report.offset, -0))
      assert.deepEqual(
        report.serverTimes.map((time) => time.getTime() / 1000),
        times,
      )
    })
  }

  test('is in step however near the edge of a second it is read', () => {
    for (let part = 0; part < 1000; part++) {
      const sent = SECOND * 1000 + part
      for (const taken of [sent, sent + 1, sent + 2]) {
        const serverTime = Math.floor(taken / 1000)
        const round = { serverTime, sent: new Date(sent), received: new Date(sent + 2) }
        assert.equal(judgeProbedClock([round], 3600).offset, 0)
      }
    }
  })

  test('is in milliseconds also where their low 32 bits begin anew', () => {
    const wrap = 2 ** 32 * Math.ceil(NOW / 2 ** 32)
    const at = (time: number): TimedRound => {
      return { serverTime: 2 ** 32 - 5, sent: new Date(time), received: new Date(time) }
    }
    assert.equal(judgeProbedClock([at(wrap + 5), at(wrap + 8)], 3600).kind, 'milliseconds')
  })
})

describe('the questions', () => {
  const about = (questions: readonly Question[], topic: string): Question[] =>
    questions.filter((question) => question.about === topic)

  test('ask for each thing alone', () => {
    const questions = planProbe({ version: 0x0303, suites: 'usual' })
    assert.equal(about(questions, 'version').length, 4)
    assert.equal(about(questions, 'cipherSuite').length, 21)
    for (const { code, offer } of about(questions, 'cipherSuite'))
      assert.deepEqual(offer.cipherSuites, [code])
    for (const { code, offer } of about(questions, 'signatureScheme'))
      assert.deepEqual(offer.signatureSchemes, [code])
    for (const { code, offer } of about(questions, 'group')) assert.deepEqual(offer.groups, [code])
    assert.ok(questions.every(({ name }) => !name.startsWith('0x')))
    assert.equal(new Set(questions.map(({ name }) => name)).size, questions.length)
  })

  test('leave out, before TLS 1.2, what only TLS 1.2 has', () => {
    const questions = planProbe({ version: 0x0302, suites: 'usual' })
    assert.equal(about(questions, 'signatureScheme').length, 0)
    const suites = about(questions, 'cipherSuite').map(({ name }) => name)
    assert.ok(suites.length > 0 && suites.every((name) => /_CBC_SHA$/.test(name)))
  })

  test('take in every suite when asked to, those of TLS 1.3 by its own hello', () => {
    const suites = about(planProbe({ version: 0x0303, suites: 'all' }), 'cipherSuite')
    assert.ok(suites.length >= 350)
    assert.ok(suites.every(({ name }) => !/SCSV/.test(name)))
    for (const { name, offer } of suites.filter(({ code }) => code >> 8 === 0x13))
      assert.equal(offer.version, 0x0304, name)
  })

  test('are asked again only where that may change the answer', () => {
    const questions = planProbe({ version: 0x0303, suites: 'usual' })
    const again = (name: string, ...keys: string[]): Question['offer'] | undefined => {
      const question = questions.find((one) => one.name === name)
      assert.ok(question, name)
      return askAgain(question, keys)?.offer
    }
    assert.deepEqual(
      again('rsa_pss_rsae_sha512', 'RSA-2048')?.signatureSchemes,
      [0x0806, 0x0403, 0x0401],
    )
    assert.deepEqual(again('ecdsa_sha256', 'P-256')?.signatureSchemes, [0x0403, 0x0401])
    assert.ok(again('ed25519', 'Ed25519'))
    assert.ok(again('rsa_pss_pss_sha256', 'RSA-PSS-2048'))
    assert.equal(again('rsa_pss_pss_sha256', 'RSA-2048'), undefined)
    assert.equal(again('rsa_pkcs1_sha256', 'P-256'), undefined)
    assert.equal(again('ecdsa_sha256', 'Ed25519'), undefined)
    assert.deepEqual(again('x25519', 'P-256')?.groups, [0x001d, 0x0017])
    assert.deepEqual(again('x25519', 'P-256', 'P-384')?.groups, [0x001d, 0x0017, 0x0018])
    assert.equal(again('secp256r1', 'P-256'), undefined)
    assert.equal(again('x25519', 'RSA-2048'), undefined)
    assert.equal(again('ffdhe2048', 'P-256'), undefined)
    assert.equal(again('TLS 1.2', 'P-256'), undefined)
    const keys = ['RSA-2048', 'RSA-PSS-2048', 'P-256', 'P-384', 'Ed25519', 'Ed448']
    const twice = questions.filter((question) => askAgain(question, keys))
    // And two with everything
    assert.equal(questions.length + twice.length + 2, mostConnections(questions))
  })
})

describe('an answer', () => {
  const [question] = planProbe({ version: 0x0303, suites: 'usual' }) as [Question]
  const answerTo = (error: Error): unknown => {
    const { outcome, detail } = answerOfError(question, error) ?? {}
    return [outcome, detail]
  }

  test('tells a refusal from no answer', () => {
    const refusal = new HandshakeError('alert', 'the server sent alert', 40)
    assert.deepEqual(answerTo(refusal), ['refused', 'handshake_failure(40)'])
    assert.deepEqual(answerTo(new NetworkError('closed', 'x')), ['closed', null])
    assert.deepEqual(answerTo(new NetworkError('timeout', 'x')), ['no-answer', 'timed out'])
    const odd = new HandshakeError('misbehaving-peer', 'an empty handshake record')
    assert.deepEqual(answerTo(odd), ['other', 'an empty handshake record'])
    assert.equal(answerOfError(question, new TypeError('a mistake of ours')), undefined)
    assert.equal(isNoTls(refusal), false)
  })
})

describe('a staple', () => {
  const pki = mintTestPki({ endEntityKeys: ['p256'] })
  const [{ certificates }] = endEntities(pki)
  const sent = certificates as [Uint8Array, ...Uint8Array[]]
  const from = new Date(Date.UTC(2026, 10, 20))
  const until = new Date(Date.UTC(2026, 10, 27))

  /** Says of one certificate what the status says; the signature is none. */
  const response = (serialNumber: Uint8Array, status: Uint8Array): Uint8Array => {
    const hash = asn1.sequence(asn1.oid('1.3.14.3.2.26'))
    const digest = asn1.octetString(new Uint8Array(20))
    const certId = asn1.sequence(hash, digest, digest, asn1.tlv(2, serialNumber))
    const single = asn1.sequence(certId, status, instant(from), asn1.context(0, instant(until)))
    const responder = asn1.context(2, digest)
    const tbs = asn1.sequence(responder, instant(from), asn1.sequence(single))
    const algorithm = asn1.sequence(asn1.oid('1.2.840.10045.4.3.2'))
    const basic = asn1.sequence(tbs, algorithm, asn1.bitString(new Uint8Array(8)))
    const type = asn1.oid('1.3.6.1.5.5.7.48.1.1')
    const bytes = asn1.sequence(type, asn1.octetString(basic))
    return asn1.sequence(asn1.tlv(0x0a, Uint8Array.of(0)), asn1.context(0, bytes))
  }
  const instant = (date: Date): Uint8Array => {
    const digits = date.toISOString().replace(/[-:T]/g, '').slice(0, 14)
    return asn1.tlv(0x18, Buffer.from(`${digits}Z`))
  }
  const { serialNumber } = decodeCertificate(sent[0])
  const good = asn1.contextPrimitive(0, new Uint8Array(0))
  const report = (ocspResponse: Uint8Array | undefined): unknown =>
    readStaple({ ocspResponse, certificates: sent })

  test('is told with its dates', () => {
    const told = { status: 'good', thisUpdate: from, nextUpdate: until }
    assert.deepEqual(report(response(serialNumber, good)), told)
    const revoked = asn1.context(1, instant(from))
    assert.deepEqual(report(response(serialNumber, revoked)), { ...told, status: 'revoked' })
  })

  test('that says nothing of the certificate is told as such', () => {
    const nothing = { status: null, thisUpdate: null, nextUpdate: null }
    assert.deepEqual(report(response(Uint8Array.of(1), good)), nothing)
    assert.deepEqual(report(Uint8Array.of(0x30, 3, 0x0a, 1, 6)), nothing)
    assert.deepEqual(report(Uint8Array.of(0x31)), nothing)
    assert.equal(report(undefined), null)
  })
})

describe('the reasons against a witness', () => {
  const pki = mintTestPki({ endEntityKeys: ['p256'] })
  const [{ certificates }] = endEntities(pki)
  const [endEntity, ...others] = certificates as [Uint8Array, ...Uint8Array[]]
  const trust = {
    host: 'localhost',
    trustAnchors: [pki.root.der],
    time: new Date(NOW),
    verifySignature: verifySignatureNative,
  }
  const good = judgeCertificates([endEntity, ...others], trust)
  const clock = judgeProbedClock(rounds(SECOND, SECOND, SECOND), 3600)
  const found = { clock, certificates: good, checks: [], failure: undefined }
  const answer = (name: string, outcome: Answer['outcome']): Answer => {
    return { code: 0, name, outcome, detail: null }
  }
  const tls13 = answer('TLS 1.3', 'refused')
  const unasked = { version: 'TLS 1.2', versions: null, cipherSuites: null, tls13 }
  const codes = (reasons: readonly { readonly code: string }[]): string[] =>
    reasons.map(({ code }) => code)

  test('are none for a good one', () => {
    assert.deepEqual(reasonsAgainst({ ...found, ...unasked }), [])
    assert.equal(good.namesHost, true)
    const [leaf] = good.path
    assert.ok(leaf)
    const left = Math.floor((leaf.notAfter.getTime() - NOW) / 86_400_000)
    assert.equal(good.daysLeft, left)
  })

  test('say what is missing when there is no clock at all', () => {
    const failure = new HandshakeError('alert', 'the server sent alert', 40)
    const none = { ...found, clock: judgeProbedClock([], 3600), certificates: null, failure }
    assert.deepEqual(codes(reasonsAgainst({ ...none, ...unasked })), ['alert'])
    const versions = [answer('TLS 1.2', 'refused'), answer('TLS 1.3', 'taken')]
    assert.deepEqual(codes(reasonsAgainst({ ...none, ...unasked, versions })), [
      'version-not-taken',
    ])
    const asked = {
      tls13,
      version: 'TLS 1.2',
      versions: [answer('TLS 1.2', 'taken')],
      cipherSuites: [answer('x', 'refused')],
    }
    assert.deepEqual(codes(reasonsAgainst({ ...none, ...asked })), ['no-signed-key-exchange'])
  })

  test('are all told at once', () => {
    const failure = new NetworkError('closed', 'closed')
    const untrusted = judgeCertificates([endEntity], { ...trust, trustAnchors: [] })
    const zero = judgeProbedClock(rounds(0, 0), 3600)
    const check = { id: 'identity', outcome: 'fail', code: 'host-mismatch', message: '' } as const
    const all = { clock: zero, certificates: untrusted, checks: [check], failure }
    assert.deepEqual(codes(reasonsAgainst({ ...all, ...unasked })), [
      'closed',
      'zero',
      'host-mismatch',
      'unknown-issuer',
    ])
  })

  test('cover certificates that nobody can read, and those that have expired', () => {
    const garbage = judgeCertificates([Uint8Array.of(1, 2, 3)], trust)
    const { trusted, namesHost, path, daysLeft } = garbage
    assert.deepEqual(
      { trusted, namesHost, path, daysLeft },
      {
        trusted: false,
        namesHost: false,
        path: [],
        daysLeft: null,
      },
    )
    const late = { ...trust, time: new Date(Date.UTC(2045, 0, 1)) }
    const expired = judgeCertificates([endEntity, ...others], late)
    assert.equal(expired.code, 'expired')
    assert.ok((expired.daysLeft ?? 0) < 0)
  })
})
