// A vector of the format, as test/vectors/README.md describes its file.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DecodeErrorCode } from '../../../src/errors.ts'
import { decodeTimmy, decodeToytls, type OldStatement } from '../../../src/legacy/formats.ts'
import { decodeStatement } from '../../../src/statement/decode.ts'
import { decodeInToto } from '../../../src/statement/in-toto.ts'
import type { SignedStatement } from '../../../src/statement/statement.ts'
import type { CheckCode, CheckId, Outcome, Verdict } from '../../../src/verify/report.ts'
import type { GivenDigest } from '../../../src/verify/subjects.ts'
import type { VerifyOptions } from '../../../src/verify/verify.ts'
import { repositoryPath } from './repository.ts'

export interface Vector {
  readonly description: string
  /** The statement file, when it is UTF-8. */
  readonly statement?: string
  /** The statement file in base64, when it is not. */
  readonly statementBase64?: string
  /** Instead of a statement file, an in-toto Statement that carries one. */
  readonly inToto?: string
  /** In hex; null for a file that is missing. */
  readonly digests: readonly { readonly name?: string; readonly sha256: string | null }[]
  /** DER, base64. */
  readonly trustAnchors: readonly string[]
  /** Absent: the built-in list. */
  readonly witnesses?: readonly string[]
  /** Absent: every accepted witness has to hold. */
  readonly quorum?: number
  /** Absent: every accepted guard has to hold. */
  readonly guards?: number
  /** Whether windows without any clock are good enough. Absent: they are not. */
  readonly window?: true
  /** Whether the statement is judged alone. Absent: some digest has to be compared. */
  readonly statementOnly?: true
  /** ISO 8601. Absent: no check against the future. */
  readonly now?: string
  readonly expected: ExpectedReport | { readonly error: DecodeErrorCode }
}

export interface ExpectedReport {
  readonly verdict: Verdict
  /** ISO 8601; null when there is none. */
  readonly claimed: string | null
  readonly checks: Readonly<Record<CheckId, Finding>>
}

/** A vector of an old statement, which has one of these instead of a statement. */
export interface OldVector extends Omit<Vector, 'statement' | 'statementBase64' | 'inToto'> {
  /** The file of timmy. */
  readonly timmy?: string
  /** The three files of toytls, in base64. */
  readonly toytls?: {
    readonly bytes: string
    readonly signature: string
    readonly certificate: string
  }
  readonly expected: ExpectedReport
}

export type Finding = `${Outcome} ${CheckCode}`

export interface NamedVector extends Vector {
  /** The file's name without ".json". */
  readonly name: string
}

/** The vectors of test/vectors whose file is a signed statement by itself, by name. */
export function readVectors(): NamedVector[] {
  return readFolder<NamedVector>().filter((vector) => !isOld(vector) && vector.inToto === undefined)
}

/** Those whose file is an in-toto Statement. */
export function readInTotoVectors(): NamedVector[] {
  return readFolder<NamedVector>().filter(({ inToto }) => inToto !== undefined)
}

/** Those of old statements. */
export function readOldVectors(): (OldVector & { readonly name: string })[] {
  return readFolder<OldVector & { readonly name: string }>().filter(isOld)
}

function isOld(vector: object): boolean {
  return 'timmy' in vector || 'toytls' in vector
}

function readFolder<Named>(): Named[] {
  const folder = repositoryPath('test/vectors')
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
  return files.sort().map((file) => ({
    name: file.replace(/\.json$/, ''),
    ...JSON.parse(readFileSync(join(folder, file), 'utf8')),
  }))
}

/** The file, of either kind. */
export function statementBytes({ statement, statementBase64, inToto }: Vector): Uint8Array {
  const text = statement ?? inToto
  return text === undefined
    ? Uint8Array.from(Buffer.from(statementBase64 ?? '', 'base64'))
    : new TextEncoder().encode(text)
}

/** The statement of a file of either kind. Throws DecodeError. */
export function decodeVector(vector: Vector): SignedStatement {
  const bytes = statementBytes(vector)
  return vector.inToto === undefined ? decodeStatement(bytes) : decodeInToto(bytes)
}

/** Throws DecodeError. */
export function decodeOldVector({ timmy, toytls }: OldVector): OldStatement {
  if (timmy !== undefined) return decodeTimmy(new TextEncoder().encode(timmy))
  const fromBase64 = (text = ''): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'))
  return decodeToytls({
    bytes: fromBase64(toytls?.bytes),
    signature: fromBase64(toytls?.signature),
    certificate: fromBase64(toytls?.certificate),
  })
}

/** What verifyStatement is called with, apart from the backend. */
export function verifyOptions(vector: Vector | OldVector): Omit<VerifyOptions, 'verifySignature'> {
  const { digests, trustAnchors, witnesses, quorum, guards, window, statementOnly, now } = vector
  return {
    digests: digests.map(
      ({ name, sha256 }): GivenDigest => ({
        ...(name !== undefined && { name }),
        sha256: sha256 === null ? null : Uint8Array.from(Buffer.from(sha256, 'hex')),
      }),
    ),
    trustAnchors: trustAnchors.map((text) => Uint8Array.from(Buffer.from(text, 'base64'))),
    ...(witnesses && { witnesses }),
    ...(quorum !== undefined && { quorum }),
    ...(guards !== undefined && { guards }),
    ...(window && { window }),
    ...(statementOnly && { statementOnly }),
    ...(now !== undefined && { now: new Date(now) }),
  }
}
