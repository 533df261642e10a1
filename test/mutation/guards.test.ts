// Every byte of a guard's round in a statement that passes, changed: before the last round nothing can be (SPEC.md §8).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messagesOf, type Round } from '../../src/statement/round.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { verifyStatement } from '../../src/verify/verify.ts'
import { sweepStep } from '../support/harness/sweep-step.ts'
import { endEntity } from '../support/make/end-entity.ts'
import { mintCertificate } from '../support/make/mint.ts'
import { HOST, makeStatement, TIME } from '../support/make/statements.ts'

const GUARD = 'guard.test'
const root = mintCertificate({ subject: 'Test Root', ca: true })
const [witness, guard] = [HOST, GUARD].map((host) => {
  return endEntity(mintCertificate({ subject: host, issuer: root, dnsNames: [host] }), root)
})
assert.ok(witness && guard)
const clock = { endEntity: witness, time: TIME }
const statement = makeStatement({
  rounds: [clock, { endEntity: guard, host: GUARD, retry: { group: 0x0018 } }, clock, clock],
})
const own = statement.rounds[1] as Round

function verdictWith(change: Partial<Round>): string {
  const rounds = statement.rounds.with(1, { ...own, ...change } as Round)
  const changed: SignedStatement = { ...statement, rounds }
  return verifyStatement(changed, {
    trustAnchors: [root.der],
    witnesses: [HOST, GUARD, 'other.test'],
    guards: 1,
    statementOnly: true,
    verifySignature: verifySignatureNative,
  }).verdict
}

test('no byte of a message of a guard can be changed', () => {
  assert.equal(verdictWith({}), 'passed')
  let tried = 0
  for (const [name, message] of messagesOf(own)) {
    for (let at = 0; at < message.length; at += sweepStep(3)) {
      const changed = message.with(at, (message[at] ?? 0) ^ 1)
      assert.equal(verdictWith({ [name]: changed }), 'failed', `${name}, byte ${at}`)
      tried++
    }
  }
  assert.ok(tried > 400, `${tried} bytes`)
})

test('neither its host nor its port can be changed', () => {
  assert.equal(verdictWith({ port: 444 }), 'failed')
  assert.equal(verdictWith({ host: 'other.test' }), 'failed')
})
