// The built-in list: its shape, and that witnesses count by their operators.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { knownWitnesses } from '../../src/verify/known-witnesses.ts'
import type { Report } from '../../src/verify/report.ts'
import { type VerifyOptions, verifyStatement } from '../../src/verify/verify.ts'
import { verdictSentences } from '../../src/verify/wording.ts'
import { parseHost } from '../../src/x509/identity.ts'
import { endEntity } from '../support/make/end-entity.ts'
import { mintCertificate } from '../support/make/mint.ts'
import { inTurn, makeStatement, roundsAt, TIME } from '../support/make/statements.ts'

describe('the built-in list', () => {
  test('has each host once, in canonical spelling, with its evidence', () => {
    const hosts = knownWitnesses.map(({ host }) => host)
    assert.equal(new Set(hosts).size, hosts.length)
    for (const { host, operator, library, evidence } of knownWitnesses) {
      assert.deepEqual(parseHost(host), { type: 'dns', name: host })
      assert.match(operator, /^[A-Z][a-z]+$/, host)
      assert.ok(library.length > 0, host)
      assert.ok(evidence.length > 0, host)
      for (const { what, when, source } of evidence) {
        assert.ok(what.length > 0 && source.length > 0, host)
        assert.match(
          when,
          /^\d{4}(?:-\d{2})?(?:-\d{2})?(?: (?:to|and) \d{4}(?:-\d{2})?(?:-\d{2})?)?$/,
        )
      }
    }
  })

  test('has the hosts of an operator together, and four operators', () => {
    const operators = knownWitnesses.map(({ operator }) => operator)
    const distinct = [...new Set(operators)]
    assert.deepEqual(distinct, ['Google', 'Microsoft', 'Cloudflare', 'Dropbox'])
    assert.deepEqual(
      operators,
      distinct.flatMap((operator) => operators.filter((one) => one === operator)),
    )
  })
})

const root = mintCertificate({ subject: 'Test Root', ca: true })

/** Three rounds of each host, each with a key of its own, to a verifier of the built-in list. */
function judge(hosts: readonly string[], options: Partial<VerifyOptions> = {}): Report {
  const rounds = hosts.map((host) => {
    const own = mintCertificate({ subject: host, issuer: root, dnsNames: [host] })
    return roundsAt(endEntity(own), [TIME, TIME, TIME], { host })
  })
  return verifyStatement(makeStatement({ rounds: inTurn(...rounds) }), {
    trustAnchors: [root.der],
    statementOnly: true,
    verifySignature: verifySignatureNative,
    ...options,
  })
}

describe('witnesses on the list', () => {
  test('are named by their operators', () => {
    const said = (hosts: readonly string[], witnesses?: readonly string[]): string | undefined =>
      verdictSentences(judge(hosts, witnesses && { witnesses }))[1]
    assert.equal(said(['www.google.com']), 'only Google (www.google.com) says so')
    assert.equal(
      said(['www.google.com', 'www.bing.com']),
      'Google (www.google.com) and Microsoft (www.bing.com) say so',
    )
    assert.equal(
      said(['www.google.com', 'clients3.google.com']),
      'only Google (www.google.com, clients3.google.com) says so',
    )
    assert.equal(
      said(['a.test', 'www.bing.com'], ['a.test', 'www.bing.com']),
      'Microsoft (www.bing.com) and the holder of the key certified for a.test say so',
    )
    assert.equal(
      said(['a.test'], ['a.test']),
      'only the holder of the key certified for a.test says so',
    )
  })

  test('count once for each operator, whatever their keys are', () => {
    const google = judge(['www.google.com', 'clients3.google.com'], { quorum: 2 })
    assert.deepEqual([google.verdict, google.independent], ['indeterminate', 1])
    assert.match(
      google.checks.find(({ id }) => id === 'quorum')?.message ?? '',
      /: 1 of 2 requested; the others share a key or an operator$/,
    )
    const two = judge(['www.google.com', 'www.bing.com', 'login.live.com'], { quorum: 2 })
    assert.deepEqual([two.verdict, two.independent], ['passed', 2])
    assert.deepEqual(
      two.witnesses.map(({ operator }) => operator),
      ['Google', 'Microsoft', 'Microsoft'],
    )
    const other = judge(['a.test', 'www.bing.com'], {
      quorum: 2,
      witnesses: ['a.test', 'www.bing.com'],
    })
    assert.deepEqual([other.verdict, other.independent], ['passed', 2])
  })
})
