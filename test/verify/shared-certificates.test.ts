// The work for certificates that rounds share is done once, in verification and in inspection.

import '../support/harness/counting.ts'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Writer } from '../../src/encoding/presentation.ts'
import { inspectStatement, verifyStatement } from '../../src/index.ts'
import { nextClientRandom, type Round, type SignedStatement } from '../../src/statement/index.ts'
import { MAX_CERTIFICATES } from '../../src/tls/messages.ts'
import { workOf } from '../support/harness/counting.ts'
import { endEntities } from '../support/make/end-entity.ts'
import { encodeMessage } from '../support/make/flight.ts'
import { mintCertificate, mintTestPki } from '../support/make/mint.ts'
import { inTurn, makeStatement, roundsAt, TIME } from '../support/make/statements.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'] })
const [endEntity] = endEntities(pki)
assert.ok(endEntity)

/** A statement of so many hosts, each with three rounds, all with one Certificate message. */
function sharing(hosts: number, certificates: readonly Uint8Array[]): SignedStatement {
  assert.ok(endEntity)
  const list = new Writer()
  for (const der of certificates) list.opaque(3, der)
  const body = new Writer().opaque(3, list.done()).done()
  const certificate = encodeMessage({ type: 11, body })
  const names = Array.from({ length: hosts }, (_, i) => `h${i}.example.test`)
  const rounds = inTurn(...names.map((host) => roundsAt(endEntity, [TIME, TIME, TIME], { host })))
  const statement = makeStatement({ rounds })
  return {
    ...statement,
    rounds: statement.rounds.map((round): Round => ({ ...round, certificate })),
  }
}

/** The work to hash every round into the chain, which there is no way around. */
function hashing({ rounds }: SignedStatement): number {
  return workOf(() => rounds.map((round) => nextClientRandom(new Uint8Array(32), round)))
}

const manyNames = mintCertificate({
  subject: 'many names',
  issuer: pki.intermediate,
  altNames: [{ dns: '*.example.test' }, ...Array.from({ length: 5000 }, () => ({ dns: 'a.test' }))],
})

const works: Readonly<Record<string, (statement: SignedStatement) => unknown>> = {
  'to verify': (statement) =>
    verifyStatement(statement, {
      trustAnchors: [pki.root.der],
      witnesses: statement.rounds.map(({ host }) => host),
      statementOnly: true,
      verifySignature: () => true,
    }),
  'to inspect': (statement) => inspectStatement(statement, () => true),
}

describe('rounds that share a certificate of thousands of names', () => {
  for (const [name, run] of Object.entries(works)) {
    test(`take hardly more work ${name} than one witness`, () => {
      const statements = [sharing(1, [manyNames.der]), sharing(8, [manyNames.der])] as const
      run(statements[0])
      const [one, eight] = statements.map((each) => workOf(() => run(each)) - hashing(each)) as [
        number,
        number,
      ]
      assert.ok(eight < 3 * one, `${eight} steps for eight witnesses, ${one} for one`)
    })
  }
})

test('a Certificate message of thousands of certificates is refused, and not decoded', () => {
  const few = sharing(8, Array(MAX_CERTIFICATES).fill(manyNames.der.subarray(0, 1)))
  const many = sharing(8, Array(20_000).fill(Uint8Array.of(0x30)))
  for (const run of Object.values(works)) {
    run(few)
    const [usual, attack] = [few, many].map((each) => workOf(() => run(each)) - hashing(each)) as [
      number,
      number,
    ]
    // Its bytes are copied once
    assert.ok(attack < usual + 2 * 80_000, `${attack} steps, ${usual} for few certificates`)
  }
  const report = works['to verify']?.(many) as ReturnType<typeof verifyStatement>
  const [handshakes] = report.checks
  assert.equal(handshakes?.code, 'malformed-handshake')
  assert.match(handshakes?.message ?? '', /expected at most 16 certificates/)
})
