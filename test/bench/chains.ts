// Verifying statements of several witnesses and of many renewals, next to a plain one of three rounds.

import { verifyStatement } from '../../src/index.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { systemTrustAnchors } from '../../src/system/trust.ts'
import { mintTestPki } from '../support/make/mint.ts'
import {
  HOST,
  inTurn,
  makeStatement,
  renewedBy,
  roundsAt,
  TIME,
} from '../support/make/statements.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'
import { heading, interleaved, milliseconds, ratio, row } from './table.ts'

const HOSTS = [HOST, 'second.test', 'third.test'] as const
const witnesses = HOSTS.map((host) => {
  const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [host] })
  const [endEntity] = endEntities(pki)
  return { host, endEntity, root: pki.root.der }
})
const trustAnchors = [...systemTrustAnchors(), ...witnesses.map(({ root }) => root)]

export async function benchChains(): Promise<void> {
  heading('verifying longer statements: P-256, 3 rounds with each witness, next to one witness')
  const statements = { plain: plain(), several: several(), renewals: manyRenewals() }
  const runs = {
    native: (bytes: Uint8Array) => judge(bytes),
    portable: (bytes: Uint8Array) => verifyStatement(decodeStatement(bytes), options).verdict,
  }
  for (const [backend, times] of [
    ['native', 60],
    ['portable', 7],
  ] as const) {
    const run = (statement: SignedStatement): (() => void) => {
      const bytes = encodeStatement(statement)
      const once = (): void => {
        if (runs[backend](bytes) !== 'passed') throw new Error('expected to pass')
      }
      once()
      return once
    }
    const { plain, several, renewals } = statements
    const medians = await interleaved(
      { plain: run(plain), several: run(several), renewals: run(renewals) },
      times,
    )
    const name = backend === 'native' ? 'node:crypto' : 'portable'
    const beside = (taken: number): string => ratio(taken, medians.plain)
    row(`one witness, ${name}`, milliseconds(medians.plain))
    row(`three witnesses, ${name}`, milliseconds(medians.several), beside(medians.several))
    row(`12 renewals, ${name}`, milliseconds(medians.renewals), beside(medians.renewals))
  }
}

const options = { trustAnchors, witnesses: [...HOSTS], now: new Date(), statementOnly: true }

function judge(bytes: Uint8Array): string {
  const statement = decodeStatement(bytes)
  return verifyStatement(statement, { ...options, verifySignature: verifySignatureNative }).verdict
}

function plain(): SignedStatement {
  return makeStatement({ rounds: roundsAt(ownerOf(HOST), TIMES) })
}

function several(): SignedStatement {
  const rounds = witnesses.map(({ host, endEntity }) => roundsAt(endEntity, TIMES, { host }))
  return makeStatement({ rounds: inTurn(...rounds) })
}

function manyRenewals(): SignedStatement {
  let statement = plain()
  for (let i = 0; i < 12; i++) statement = renewedBy(statement, ownerOf(HOST))
  return statement
}

function ownerOf(host: string): EndEntity {
  const found = witnesses.find((witness) => witness.host === host)
  if (!found) throw new Error(`expected a witness ${host}`)
  return found.endEntity
}

const TIMES: readonly number[] = [TIME, TIME + 1, TIME + 2]
