// One scenario as the generator describes it, and its vector: what is expected is said here by hand, then held against the verifier.

import assert from 'node:assert/strict'
import { toBase64, toHex } from '../../../src/encoding/bytes.ts'
import type { DecodeErrorCode } from '../../../src/errors.ts'
import { verifyStatement } from '../../../src/index.ts'
import { encodeStatement } from '../../../src/statement/encode.ts'
import type { SignedStatement } from '../../../src/statement/statement.ts'
import { type CheckId, type Outcome, type Report, verdictOf } from '../../../src/verify/report.ts'
import type { GivenDigest } from '../../../src/verify/subjects.ts'
import {
  decodeVector,
  type Finding,
  statementBytes,
  type Vector,
  verifyOptions,
} from '../../support/harness/vector.ts'
import { HOST } from '../../support/make/statements.ts'

export interface Scenario {
  /** The file's name without ".json". */
  readonly name: string
  readonly description: string
  readonly statement: SignedStatement
  /** The in-toto Statement that carries it, instead of the statement's own file. */
  readonly inToto?: string
  /** Default: those of the subjects. */
  readonly digests?: readonly GivenDigest[]
  readonly trustAnchors: readonly Uint8Array[]
  /** Default: the usual host; null for the built-in list. */
  readonly witnesses?: readonly string[] | null
  readonly quorum?: number
  readonly guards?: number
  readonly window?: true
  readonly statementOnly?: true
  readonly now?: Date
  /** Findings other than those of a passing statement of several rounds. */
  readonly findings?: Partial<Record<CheckId, Finding>>
}

/** Bytes that do not decode. */
export interface Undecodable {
  readonly name: string
  readonly description: string
  /** A text is an in-toto Statement, bytes are a signed statement. */
  readonly bytes: Uint8Array | string
  readonly error: DecodeErrorCode
}

export function toVector(scenario: Scenario | Undecodable): Vector {
  const { description } = scenario
  if ('error' in scenario) {
    const { name, bytes, error } = scenario
    const file = typeof bytes === 'string' ? { inToto: bytes } : spell(bytes)
    const vector = { description, ...file, digests: [], trustAnchors: [], expected: { error } }
    assert.throws(() => decodeVector(vector), { name: 'DecodeError', code: error }, name)
    return vector
  }
  const { statement, inToto, trustAnchors, witnesses = [HOST], findings } = scenario
  const { quorum, guards, window, statementOnly, now } = scenario
  const digests = scenario.digests ?? statement.subjects
  const checks = { ...PASSING, ...findings }
  const material = {
    description,
    ...(inToto === undefined ? spell(encodeStatement(statement)) : { inToto }),
    digests: digests.map(({ name, sha256 }) => ({
      ...(name !== undefined && { name }),
      sha256: sha256 && toHex(sha256),
    })),
    trustAnchors: trustAnchors.map(toBase64),
    ...(witnesses && { witnesses }),
    ...(quorum !== undefined && { quorum }),
    ...(guards !== undefined && { guards }),
    ...(window && { window }),
    ...(statementOnly && { statementOnly }),
    ...(now && { now: now.toISOString() }),
  }
  const outcomes = Object.values(checks).map((finding) => finding.split(' ')[0] as Outcome)
  const verdict = verdictOf(
    outcomes.map((outcome) => ({ outcome, id: 'path', code: 'trusted', message: '' })),
  )
  const placeholder = { verdict, claimed: null, checks }
  const vector = { ...material, expected: placeholder }
  assert.deepEqual(decodeVector(vector), statement, scenario.name)
  const report = verifyStatement(statement, verifyOptions(vector))
  assert.deepEqual(findingsOf(report), checks, scenario.name)
  assert.equal(report.verdict, verdict, scenario.name)
  const claimed = report.time.claimed?.toISOString() ?? null
  return { ...material, expected: { verdict, claimed, checks } }
}

export function findingsOf(report: Report): Record<string, string> {
  return Object.fromEntries(
    report.checks.map(({ id, outcome, code }) => [id, `${outcome} ${code}`]),
  )
}

/** What a statement shows whose handshakes can't be read. */
export const NOT_REACHED = {
  commitment: 'unknown not-reached',
  chain: 'unknown not-reached',
  signatures: 'unknown not-reached',
  strength: 'unknown not-reached',
  clock: 'unknown not-reached',
  path: 'unknown not-reached',
  identity: 'unknown not-reached',
  witness: 'unknown not-reached',
  agreement: 'unknown not-reached',
  windows: 'unknown not-reached',
  quorum: 'unknown not-reached',
} as const satisfies Partial<Record<CheckId, Finding>>

function spell(bytes: Uint8Array): Pick<Vector, 'statement' | 'statementBase64'> {
  try {
    const statement = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    assert.deepEqual(statementBytes({ statement } as Vector), bytes)
    return { statement }
  } catch {
    return { statementBase64: toBase64(bytes) }
  }
}

const PASSING: Readonly<Record<CheckId, Finding>> = {
  handshakes: 'pass consistent',
  commitment: 'pass committed',
  chain: 'pass chained',
  signatures: 'pass signed',
  strength: 'pass strong',
  clock: 'pass corroborated',
  path: 'pass trusted',
  identity: 'pass host-matches',
  witness: 'pass accepted',
  agreement: 'pass nothing-to-contradict',
  windows: 'pass no-windows',
  quorum: 'pass no-quorum-asked',
  renewals: 'pass not-renewed',
  subjects: 'pass all-compared',
}
