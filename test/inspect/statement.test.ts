// Statements taken apart: their rounds and those of their renewals, clocks by host, anchors, and what is left of damage.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { explainField } from '../../src/inspect/meanings.ts'
import { inspectRemains } from '../../src/inspect/remains.ts'
import { inspectStatement } from '../../src/inspect/statement.ts'
import { NOBODY_SIGNED, roundRows } from '../../src/inspect/wording.ts'
import { verifySignature } from '../../src/signature/portable.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { repositoryPath } from '../support/harness/repository.ts'
import { endEntity } from '../support/make/end-entity.ts'
import { rsaSpki } from '../support/make/fresh-signatures.ts'
import { mintCertificate } from '../support/make/mint.ts'
import { HOST, inTurn, makeStatement, renew, roundsAt, TIME } from '../support/make/statements.ts'

const witness = endEntity(mintCertificate({ subject: HOST, dnsNames: [HOST] }))
const other = endEntity(mintCertificate({ subject: 'other.test', dnsNames: ['other.test'] }))
const YEAR = 365 * 86_400

const own = makeStatement({ rounds: roundsAt(witness, [TIME, TIME + 1, TIME + 1]) })
const renewed = renew(
  renew(own, { rounds: roundsAt(witness, [TIME + YEAR, TIME + YEAR, TIME + YEAR]) }),
  {
    rounds: roundsAt(other, [TIME + 2 * YEAR, TIME + 2 * YEAR, TIME + 2 * YEAR], {
      host: 'other.test',
    }),
  },
)

function origins(statement: SignedStatement): string[][] {
  const report = inspectStatement(statement, verifySignature)
  return [report, ...report.renewals].map(({ rounds }) =>
    rounds.map(({ clientRandom }) => clientRandom),
  )
}

describe('where a client_random comes from', () => {
  test('the subjects, the file before each renewal, and the round before', () => {
    assert.deepEqual(origins(renewed), [
      ['commitment', 'chained', 'chained'],
      ['file-before', 'chained', 'chained'],
      ['file-before', 'chained', 'chained'],
    ])
  })

  test('a renewal of another file is told from one of this file', () => {
    const unsigned = { ...renewed.unsigned, tool: 'tls-stamp 0.1.1' }
    assert.deepEqual(origins({ ...renewed, unsigned }), [
      ['commitment', 'chained', 'chained'],
      ['other-file', 'chained', 'chained'],
      ['other-file', 'chained', 'chained'],
    ])
    const [first, second] = renewed.renewals ?? []
    assert.ok(first && second)
    assert.deepEqual(
      origins({ ...renewed, renewals: [second] }).map(([origin]) => origin),
      ['commitment', 'other-file'],
    )
  })

  test('a list that was changed and a chain that was are named', () => {
    const [subject] = renewed.subjects
    assert.ok(subject)
    const changed = { ...subject, sha256: new Uint8Array(32) }
    assert.equal(origins({ ...renewed, subjects: [changed] })[0]?.[0], 'no-commitment')
    const rounds = roundsAt(witness, [TIME, TIME, TIME])
    const { rounds: made } = makeStatement({ rounds })
    const [first, , third] = made
    assert.ok(first && third)
    assert.deepEqual(origins({ ...own, rounds: [first, third] }), [['commitment', 'broken-chain']])
  })
})

describe('clocks', () => {
  test('are judged each by itself, whatever the others say', () => {
    // The other clock is a minute ahead: mixed, the times would jump forth and back
    const rounds = inTurn(
      roundsAt(witness, [TIME, TIME + 1, TIME + 1]),
      roundsAt(other, [TIME + 60, TIME + 61, TIME + 61], { host: 'other.test' }),
      roundsAt(other, [TIME], { host: 'third.test' }),
    )
    const { clocks } = inspectStatement(makeStatement({ rounds }), verifySignature)
    assert.deepEqual(clocks, [
      { host: HOST, rounds: 3, clock: 'corroborated' },
      { host: 'other.test', rounds: 3, clock: 'corroborated' },
      { host: 'third.test', rounds: 1, clock: 'uncorroborated' },
    ])
  })

  test('are judged in each chain by itself', () => {
    const late = renew(own, {
      rounds: roundsAt(witness, [TIME + YEAR, TIME + 2 * YEAR, TIME + 2 * YEAR]),
    })
    const { clocks, renewals } = inspectStatement(late, verifySignature)
    assert.deepEqual(clocks, [{ host: HOST, rounds: 3, clock: 'corroborated' }])
    assert.deepEqual(renewals[0]?.clocks, [{ host: HOST, rounds: 3, clock: 'implausible' }])
  })
})

describe('a TLS 1.3 round', () => {
  const guard = { endEntity: other, host: 'other.test', retry: { group: 0x0018 } }
  const [first, ...later] = roundsAt(witness, [TIME, TIME, TIME])
  assert.ok(first)
  const guarded = makeStatement({ rounds: [first, guard, ...later] })
  const inspected = (statement: SignedStatement) => {
    const round = inspectStatement(statement, verifySignature).rounds[1]
    assert.ok(round)
    return round
  }

  test('is signed in every byte before CertificateVerify, both hellos too', () => {
    const { handshake, signed, clientRandom } = inspected(guarded)
    const [verify, ...before] = handshake.messages.toReversed()
    assert.equal(verify?.name, 'CertificateVerify')
    assert.deepEqual(
      signed.map(({ name, message, offset, length }) => [name, message, offset, length]),
      before.toReversed().map(({ length }, i) => ['message', i, 0, length]),
    )
    assert.equal(before.length, 6)
    assert.equal(before.at(-2)?.name, 'HelloRetryRequest')
    assert.deepEqual([handshake.signature, clientRandom], ['valid', 'chained'])
    const size = before.reduce((sum, { length }) => sum + length, 0)
    assert.deepEqual(roundRows(inspected(guarded)), [
      ['session', 'TLS 1.3 TLS_AES_128_GCM_SHA256 over secp384r1'],
      ['signature', 'valid: ecdsa_sha256 over the transcript hash, in CertificateVerify'],
      ['signed *', `${size} bytes: the 6 messages before CertificateVerify`],
      ['client_random', 'is the SHA-256 of the previous round (SPEC.md §4)'],
      ['server time', 'none: TLS 1.3 handshakes contain no clock'],
    ])
  })

  test('has fields to its last byte, and no clock among them', () => {
    for (const { name, length, fields } of inspected(guarded).handshake.messages) {
      const shown = fields.map(explainField)
      const [end] = shown.slice(-1)
      assert.equal((end?.offset ?? 0) + (end?.length ?? 0), length, name)
      assert.ok(!JSON.stringify(shown).includes('gmt_unix_time'), name)
    }
    const [clock] = inspectStatement(guarded, verifySignature).rounds
    const shown = clock?.handshake.messages.flatMap(({ fields }) => fields.map(explainField))
    assert.ok(JSON.stringify(shown).includes('gmt_unix_time'))
  })

  test('says so when its signature is not over these messages', () => {
    const rounds = guarded.rounds.map((round) => {
      if (!('certificateVerify' in round)) return round
      return { ...round, certificateRequest: Uint8Array.of(13, 0, 0, 3, 0, 0, 0) }
    })
    const { handshake } = inspected({ ...guarded, rounds })
    assert.equal(handshake.signature, 'invalid')
  })

  test('is read in what is left of a damaged statement', () => {
    const text = Buffer.from(encodeStatement(guarded)).toString().replace('"tool"', '"Tool"')
    const rounds = inspectRemains(Buffer.from(text), verifySignature)?.rounds ?? []
    const read = rounds.map(({ host, handshake }) => [host, handshake.version, handshake.signature])
    assert.deepEqual(read, [
      [HOST, 'TLS 1.2', 'valid'],
      ['other.test', 'TLS 1.3', 'valid'],
      [HOST, 'TLS 1.2', 'valid'],
      [HOST, 'TLS 1.2', 'valid'],
    ])
  })
})

test('signatures are checked as far as an honest statement goes', () => {
  const checkedOf = (spki?: Uint8Array): number => {
    const spec = { subject: HOST, dnsNames: [HOST], ...(spki && { raw: { spki } }) }
    const rounds = roundsAt(endEntity(mintCertificate(spec)), Array(32).fill(TIME))
    let statement = makeStatement({ rounds })
    for (let i = 0; i < 7; i++) statement = renew(statement, { rounds })
    let count = 0
    const { renewals } = inspectStatement(statement, () => ++count > 0)
    const last = renewals[6]?.rounds[31]
    assert.equal(last?.handshake.signature, count === 256 ? 'valid' : 'unsupported')
    return count
  }
  assert.equal(checkedOf(), 256)
  // No server has such a key, whose signatures take sixteen times as long
  assert.ok(checkedOf(rsaSpki(2n ** 8191n + 1n, 2n ** 31n + 1n)) < 100)
})

test('stored trust anchors are described, also one that is no certificate', () => {
  const trustAnchors = [...witness.certificates, Uint8Array.of(1, 2, 3)]
  const plan = { rounds: roundsAt(witness), trustAnchors }
  const statement = renew(makeStatement({ rounds: roundsAt(witness) }), plan)
  const { trustAnchors: none, renewals } = inspectStatement(statement, verifySignature)
  assert.deepEqual(none, [])
  const [first, second] = renewals[0]?.trustAnchors ?? []
  assert.equal(first?.certificate?.fingerprint, first?.fingerprint)
  assert.deepEqual(first?.certificate?.dnsNames, [HOST])
  assert.equal(second?.certificate, null)
  assert.match(second?.fingerprint ?? '', /^[0-9a-f]{64}$/)
})

describe('what is left of a damaged statement', () => {
  const text = Buffer.from(encodeStatement(renewed)).toString()

  test('is its chains, each with its hosts and its clocks', () => {
    const report = inspectRemains(Buffer.from(text.replace('"tool"', '"Tool"')), verifySignature)
    assert.ok(report)
    assert.equal(report.statement, null)
    const chains = [report, ...report.renewals]
    assert.deepEqual(
      chains.map(({ clocks }) => clocks),
      [HOST, HOST, 'other.test'].map((host) => [{ host, rounds: 3, clock: 'corroborated' }]),
    )
    for (const { rounds } of chains) {
      assert.deepEqual(
        rounds.map(({ clientRandom, handshake, port }) => [
          clientRandom,
          handshake.signature,
          port,
        ]),
        [
          ['unknown', 'valid', 443],
          ['chained', 'valid', 443],
          ['chained', 'valid', 443],
        ],
      )
    }
  })

  test('wherever it is cut, is no more rounds than there were and never an exception', () => {
    let most = 0
    for (let end = 0; end < text.length; end += 97) {
      const report = inspectRemains(Buffer.from(text.slice(0, end)), verifySignature)
      const chains = report ? [report, ...report.renewals] : []
      const count = chains.reduce((sum, { rounds }) => sum + rounds.length, 0)
      assert.ok(count >= most && count <= 9, `${count} rounds of the first ${end} characters`)
      most = count
    }
    assert.equal(most, 9)
  })

  test('may lack a round, and then a missing link means nothing', () => {
    const parts = text.split('"clientHello"')
    const without = [parts[0], ...parts.slice(2)].join('"clientHello"')
    const [first] = inspectRemains(Buffer.from(without), verifySignature)?.rounds ?? []
    assert.equal(first?.clientRandom, 'unknown')
  })

  test('has no more chains and rounds than a statement may have', () => {
    const [round = ''] = /\{\s+"host"[^}]*\}/.exec(text) ?? []
    const count = (rounds: number, chains: number): number[] => {
      const chain = `"rounds": [${Array(rounds).fill(round).join(',')}]`
      const report = inspectRemains(Buffer.from(Array(chains).fill(chain).join(',')), () => true)
      return report ? [report, ...report.renewals].map((each) => each.rounds.length) : []
    }
    assert.deepEqual(count(40, 1), [32])
    assert.deepEqual(count(30, 20), [...Array(8).fill(30), 16])
  })
})

test('what nobody signed is what SPEC.md lists', () => {
  const spec = readFileSync(repositoryPath('SPEC.md'), 'utf8')
  const [, section = ''] =
    /^## 8\. .*\n([\s\S]*?)^Nothing else in a ServerKeyExchange/m.exec(spec) ?? []
  const lines = section.split(/^- /m).slice(1)
  const names = lines.flatMap((line) => {
    const [, own = ''] = /^(.*?)(?:, where |$)/s.exec(line) ?? []
    return [...own.matchAll(/`(?:\w+(?:\[\])?\.)?(\w+)`/g)].map(([, name = '']) => name)
  })
  assert.ok(names.length >= 6, names.join())
  const said = NOBODY_SIGNED.join('\n')
  for (const name of names) {
    if (name !== 'client_version') assert.ok(said.includes(name), name)
  }
  for (const part of ['rounds', 'renewal', 'ClientHello', 'ServerHello', 'Certificate message']) {
    assert.ok(said.includes(part), part)
  }
  for (const part of ['CertificateStatus', 'ECDSA', 'one key']) assert.ok(said.includes(part), part)
})
