// Verifying one statement: P-256, three rounds, two certificates, and all the roots of Node.js to search.

import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { verifyStatement } from '../../src/index.ts'
import { type VerifySignature, verifySignature } from '../../src/signature/portable.ts'
import { commitmentOf } from '../../src/statement/commitment.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { systemTrustAnchors } from '../../src/system/trust.ts'
import { mintTestPki } from '../support/make/mint.ts'
import {
  type GuardPlan,
  HOST,
  makeStatement,
  type RoundPlan,
  roundsAt,
  subject,
  TIME,
} from '../support/make/statements.ts'
import { endEntities } from '../support/servers/servers.ts'
import { beside, heading, interleaved, median, milliseconds, row, time } from './table.ts'

const GUARD = 'guard.test'
const pki = mintTestPki({ endEntityKeys: ['p256', 'p256'], dnsNames: [HOST, GUARD] })
const [endEntity, other] = endEntities(pki)
const trustAnchors = [...systemTrustAnchors(), pki.root.der]

export async function benchVerifying(): Promise<void> {
  heading(`verifying: P-256, 3 rounds, 2 certificates, ${trustAnchors.length} trust anchors`)
  const same = roundsAt(endEntity)
  const stepping = roundsAt(endEntity, [TIME, TIME + 1, TIME + 2])
  for (const [what, rounds] of [
    ['one server time', same],
    ['three server times', stepping],
  ] as const) {
    const bytes = encodeStatement(makeStatement({ rounds }))
    const options = { trustAnchors, witnesses: [HOST], now: new Date(), statementOnly: true }
    const judge = (verify: VerifySignature): string =>
      verifyStatement(decodeStatement(bytes), { ...options, verifySignature: verify }).verdict
    const first = await time(() => judge(verifySignatureNative))
    row(`${what}, node:crypto, the first`, milliseconds(first))
    const bare = signaturesOf(judge)
    for (const [name, verify, times, bar] of [
      ['node:crypto', verifySignatureNative, 400, 4],
      ['portable', verifySignature, 30, 1.5],
    ] as const) {
      const { whole, signatures } = await interleaved(
        { whole: () => judge(verify), signatures: () => bare(verify) },
        times,
      )
      row(`${what}, ${name}`, milliseconds(whole), beside(whole, signatures, bar))
      row(`${what}, ${name}: its signatures alone`, milliseconds(signatures))
    }
  }
}

/** Statements by keys that were not met before, beside what node:crypto itself takes for their signatures and keys. */
export async function benchFloor(): Promise<void> {
  heading('verifying statements of ever new keys, next to 5 bare verifications and 3 keys')
  const roots = systemTrustAnchors()
  const judged = Array.from({ length: 40 }, () => {
    const { root, ...fresh } = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
    const [own] = endEntities({ root, ...fresh })
    const statement = makeStatement({ rounds: roundsAt(own, [TIME, TIME + 1, TIME + 2]) })
    const options = { trustAnchors: [...roots, root.der], witnesses: [HOST] }
    const run = (verify: VerifySignature): string =>
      verifyStatement(statement, { ...options, statementOnly: true, verifySignature: verify })
        .verdict
    return { run, calls: callsOf(run) }
  })
  const turns = { whole: 0, floor: 0 }
  const next = (what: keyof typeof turns) => judged[turns[what]++ % judged.length] ?? judged[0]
  // Optimized code comes late on a busy machine
  for (let i = 0; i < 800; i++) next('whole')?.run(verifySignatureNative)
  const { whole, floor } = await interleaved(
    {
      whole: () => next('whole')?.run(verifySignatureNative),
      floor: () => verifyBare(next('floor')?.calls ?? []),
    },
    800,
  )
  row('verifyStatement', milliseconds(whole), beside(whole, floor, 1.6))
  row('5 verifications and 3 keys', milliseconds(floor))
}

type Call = Parameters<VerifySignature>

/** No more than a program would do that had the keys and signatures and nothing to ask of them. */
function verifyBare(calls: readonly Call[]): void {
  const keys = new Map<Uint8Array, KeyObject>()
  for (const [, spki, message, signature] of calls) {
    const der = { key: Buffer.from(spki), format: 'der', type: 'spki' } as const
    const key = keys.get(spki) ?? createPublicKey(der)
    keys.set(spki, key)
    if (!verify('sha256', message, key, signature)) throw new Error('expected to verify')
  }
}

/** What a guard adds to a statement, beside a third of what three rounds with a clock take. */
export async function benchGuard(): Promise<void> {
  heading('verifying with a guard, node:crypto: P-256, 2 certificates')
  const judge = (rounds: readonly (RoundPlan | GuardPlan)[]) => {
    const bytes = encodeStatement(makeStatement({ rounds }))
    const witnesses = [HOST, GUARD]
    const options = { trustAnchors: [pki.root.der], witnesses, statementOnly: true }
    const own = { ...options, verifySignature: verifySignatureNative }
    const run = () => verifyStatement(decodeStatement(bytes), own)
    if (run().verdict !== 'passed') throw new Error('expected to pass')
    return run
  }
  const [first, ...later] = roundsAt(endEntity) as [RoundPlan, ...RoundPlan[]]
  const guard = { endEntity: other, host: GUARD }
  const { alone, guarded } = await interleaved(
    { alone: judge([first, ...later]), guarded: judge([first, guard, ...later]) },
    1000,
  )
  row('a round of TLS 1.2', milliseconds(alone / 3))
  const own = guarded - alone
  row('a round of TLS 1.3', milliseconds(own), `bar 1 ms${own > 1 ? ': MISSED' : ''}`)
}

/** Verifies no more than the signatures that judging a statement verifies. */
function signaturesOf(
  judge: (verify: VerifySignature) => string,
): (verify: VerifySignature) => void {
  const calls = callsOf(judge)
  return (verify) => {
    for (const call of calls) verify(...call)
  }
}

/** What judging a statement, which passes, verifies. */
function callsOf(judge: (verify: VerifySignature) => string): readonly Call[] {
  const calls: Call[] = []
  const verdict = judge((...call) => {
    calls.push(call)
    return verifySignatureNative(...call)
  })
  if (verdict !== 'passed') throw new Error('expected to pass')
  return calls
}

export async function benchManySubjects(): Promise<void> {
  heading('statements over many subjects')
  for (const count of [1_000, 10_000, 100_000]) {
    const subjects = Array.from({ length: count }, (_, i) => subject(`folder/file-${i}.txt`))
    const bytes = encodeStatement(makeStatement({ subjects, rounds: roundsAt(endEntity) }))
    const digests = subjects
    const options = { trustAnchors, witnesses: [HOST], digests }
    const decode: number[] = []
    const verify: number[] = []
    for (let i = 0; i < 3; i++) {
      decode.push(await time(() => decodeStatement(bytes)))
      const statement = decodeStatement(bytes)
      verify.push(
        await time(() =>
          verifyStatement(statement, { ...options, verifySignature: verifySignatureNative }),
        ),
      )
    }
    const each = (values: readonly number[]): string =>
      `${((median(values) / count) * 1000).toFixed(1)} us a subject`
    const size = `${(bytes.length / 1e6).toFixed(1)} MB`
    row(`decode ${count} subjects, ${size}`, milliseconds(median(decode)), each(decode))
    row(`verify ${count} subjects`, milliseconds(median(verify)), each(verify))
    row(`commitment to ${count} subjects`, milliseconds(await time(() => commitmentOf(subjects))))
  }
}
