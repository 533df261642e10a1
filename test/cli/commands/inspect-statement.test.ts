// inspect of signed statements as a user runs it: renewals, salts, inclusion proofs, trust anchors, in-toto.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { toHex } from '../../../src/encoding/bytes.ts'
import { proveInclusion } from '../../../src/statement/commitment.ts'
import { encodeStatement } from '../../../src/statement/encode.ts'
import { encodeInToto } from '../../../src/statement/in-toto.ts'
import type { SignedStatement } from '../../../src/statement/statement.ts'
import { ERROR_LINES, openWorkspace, type Workspace } from '../../support/harness/command-line.ts'
import { endEntity } from '../../support/make/end-entity.ts'
import { mintCertificate } from '../../support/make/mint.ts'
import {
  blinded,
  HOST,
  inTurn,
  makeStatement,
  renew,
  roundsAt,
  subject,
  TIME,
} from '../../support/make/statements.ts'

const root = mintCertificate({ subject: 'Example Root', ca: true })
const witness = endEntity(mintCertificate({ subject: HOST, issuer: root, dnsNames: [HOST] }))
const own = roundsAt(witness, [TIME, TIME + 1, TIME + 1])
const others = roundsAt(witness, [TIME + 60, TIME + 60, TIME + 60], {
  host: 'other.test',
  port: 8443,
})
const subjects = ['a.txt', 'b.txt', 'c.txt'].map((name) => blinded(subject(name)))
const signed = makeStatement({ subjects, rounds: inTurn(own, others), trustAnchors: [root.der] })
const cut: SignedStatement = {
  ...signed,
  subjects: subjects.slice(1, 2).map((one) => ({
    ...one,
    inclusionProof: proveInclusion(subjects, 1),
  })),
}
const plan = { rounds: roundsAt(witness, [TIME + 999]), trustAnchors: [Uint8Array.of(7)] }
const renewed = renew(cut, plan)
const other = { ...renewed, unsigned: { ...renewed.unsigned, tool: 'another' } }

let at: Workspace

before(() => {
  at = openWorkspace({
    'list.json': encodeStatement(signed),
    'renewed.json': encodeStatement(renewed),
    'other.json': encodeStatement(other),
    'renewed.intoto.json': encodeInToto(renewed),
    'cut.json': encodeStatement(renewed).slice(0, -9),
  })
})

after(() => at.remove())

async function shown(...args: readonly string[]): Promise<string> {
  const { stdout, stderr, code } = await at.run(['inspect', ...args])
  assert.deepEqual([code, stderr], [0, ''])
  return stdout
}

describe('inspect of a statement', () => {
  test('shows the salt of each subject', async () => {
    const text = await shown('list.json')
    for (const { name, sha256, salt } of subjects) {
      assert.ok(text.includes(`sha256        ${toHex(sha256)}  ${name}\n  salt          `), name)
      assert.ok(text.includes(toHex(salt ?? new Uint8Array())), name)
    }
  })

  test('shows where in its list a subject was', async () => {
    const text = await shown('renewed.json')
    assert.match(
      text,
      /inclusion +extracted from a list: index 1 of 3 subjects, proven by 2 hashes\n/,
    )
  })

  test('judges the clock of each host by itself', async () => {
    const text = await shown('renewed.json')
    assert.match(text, /clock +example\.test: corroborated, judged by the times of 3 rounds\n/)
    assert.match(text, /clock +other\.test: corroborated, judged by the times of 3 rounds\n/)
    assert.match(text, /clock +example\.test: uncorroborated, judged by the times of 1 round\n/)
  })

  for (const options of [[], ['--hex']]) {
    test(`shows the rounds of renewals under their own head${options.join('')}`, async () => {
      const text = await shown(...options, 'renewed.json')
      assert.match(text, /statement +tls-stamp\/1, 1 subject, 6 rounds, 1 renewal\n/)
      assert.match(text, /\nround 3 other\.test:8443\n/)
      const [, renewal = ''] = text.split('\nrenewal 0\n')
      assert.match(renewal, /^ +rounds +1\n/)
      assert.match(renewal, /local time +2026-01-31 12:16:39\.250Z, claimed by the signer\n/)
      assert.match(renewal, /tool +tls-stamp 0\.1\.0, claimed by the signer\n/)
      assert.match(renewal, /\nrenewal 0, round 0 example\.test:443\n/)
      assert.match(renewal, /client_random is the SHA-256 of the file before this renewal\n/)
      assert.match(renewal, /<- ServerKeyExchange/)
    })
  }

  test('says when a renewal is of another file', async () => {
    const text = await shown('other.json')
    assert.match(text, /client_random is not the SHA-256 of the file before this renewal\n/)
    assert.match(text, /client_random is the commitment to the subjects\n/)
  })

  test('shows stored trust anchors as nobody’s word', async () => {
    const text = await shown('renewed.json')
    assert.match(
      text,
      /trust anchor +CN=Example Root, P-256 key, 2020-01-01 to 2040-01-01, .*never trusted by itself\n +sha256 [0-9a-f]{64}\n/,
    )
    assert.match(text, /trust anchor +an unreadable certificate, .*\n +sha256 [0-9a-f]{64}\n/)
  })

  test('has all of it as JSON', async () => {
    const { inspected } = JSON.parse(await shown('--json', 'renewed.json'))
    const [{ inToto, statement, clocks, trustAnchors, renewals }] = inspected
    assert.equal(inToto, false)
    const [one] = statement.subjects
    assert.deepEqual([one.inclusionProof.leafIndex, one.inclusionProof.treeSize], [1, 3])
    assert.equal(one.salt, toHex(subjects[1]?.salt ?? new Uint8Array()))
    assert.deepEqual(clocks[1], { host: 'other.test', rounds: 3, clock: 'corroborated' })
    assert.equal(trustAnchors[0].certificate.subject, 'CN=Example Root')
    assert.equal(renewals.length, 1)
    assert.equal(renewals[0].rounds[0].clientRandom, 'file-before')
    assert.equal(renewals[0].rounds[0].handshake.messages[0].fields[0].meaning, 'ClientHello')
    assert.equal(renewals[0].trustAnchors[0].certificate, null)
  })

  test('reads it out of an in-toto Statement, and says so', async () => {
    const text = await shown('renewed.intoto.json')
    assert.match(text, /^.*\n +form +an in-toto Statement with this statement as its predicate\n/)
    const rest = text.split('\n').slice(2)
    assert.deepEqual(rest, (await shown('renewed.json')).split('\n').slice(1))
    const { inspected } = JSON.parse(await shown('--json', 'renewed.intoto.json'))
    assert.equal(inspected[0].inToto, true)
  })

  test('shows the renewals that are left of a damaged one', async () => {
    const { stdout, stderr, code } = await at.run(['inspect', 'cut.json'])
    assert.match(stdout, /statement +damaged; 6 rounds, 1 renewal can still be read\n/)
    assert.match(stdout, /\nrenewal 0, round 0 example\.test:443\n/)
    assert.match(stdout, /client_random cannot be compared: what it is based on is missing\n/)
    assert.match(stderr, ERROR_LINES)
    assert.equal(code, 0)
  })
})
