// The public API that runs everywhere: synchronous, without I/O, clock or randomness. Here alone the portable backend is
// bound to what verifies signatures.

import type { HandshakeReport } from './inspect/index.ts'
import * as inspect from './inspect/index.ts'
import type { OldStatement } from './legacy/index.ts'
import * as legacy from './legacy/index.ts'
import type { VerifySignature } from './signature/index.ts'
import { verifySignature } from './signature/portable.ts'
import type { SignedStatement } from './statement/index.ts'
import type { RecordCiphers } from './tls/index.ts'
import type { Report } from './verify/index.ts'
import * as verify from './verify/index.ts'
import type { PathResult } from './x509/index.ts'
import * as x509 from './x509/index.ts'

export { renderJson, toHex } from './encoding/index.ts'
export {
  DecodeError,
  type DecodeErrorCode,
  HandshakeError,
  type HandshakeErrorCode,
  TlsStampError,
} from './errors.ts'
export {
  type AnchorInspection,
  type ChainInspection,
  type ClientRandomOrigin,
  type ClockInspection,
  type Detail,
  type ExplainedField,
  explainField,
  type HandshakeReport,
  inspectRemains,
  inspectStatement,
  NOBODY_SIGNED,
  type RoundInspection,
  type SignedPart,
  type StatementReport,
} from './inspect/index.ts'
export {
  decodeTimmy,
  decodeToytls,
  describeOldStatement,
  encodeToytls,
  looksLikeTimmy,
  type OldStatement,
  type OldStatementDescription,
  type ToytlsFiles,
} from './legacy/index.ts'
export type { VerifySignature } from './signature/index.ts'
export {
  commitmentOf,
  decodeInToto,
  decodeStatement,
  encodeInToto,
  encodeStatement,
  type InclusionProof,
  MAX_STATEMENT,
  openStatement,
  proveInclusion,
  type Renewal,
  type Round,
  type SignedStatement,
  type Subject,
  type Unsigned,
} from './statement/index.ts'
export type { RecordCiphers } from './tls/index.ts'
export type {
  ClockJudgement,
  Comparison,
  DigestFault,
  DigestState,
  GivenDigest,
  SubjectFinder,
} from './verify/index.ts'
export {
  CHECKS,
  type ChainReport,
  type Check,
  type CheckCode,
  type CheckId,
  type ClaimedTime,
  compareSubjects,
  type Evidence,
  type KnownWitness,
  knownWitnesses,
  type Outcome,
  type Report,
  type RoundReport,
  type SubjectReport,
  subjectFinder,
  type Verdict,
  type Window,
  type WitnessReport,
} from './verify/index.ts'
export { version } from './version.ts'
/** What reports say in words, as `verify` prints them. */
export * as wording from './wording.ts'
export type { CertificateDescription, PathCode } from './x509/index.ts'
export { certificatesOfFile, type PathResult, parseHost } from './x509/index.ts'
export { verifySignature }

/** The given options, whose verifySignature is the portable one by default. */
type Portable<Options extends { readonly verifySignature: VerifySignature }> = Omit<
  Options,
  'verifySignature'
> & { readonly verifySignature?: VerifySignature | undefined }

/** What verifyStatement and verifyOldStatement go by. */
export type VerifyOptions = Portable<Omit<verify.VerifyOptions, 'hash' | 'commitment'>>

/** The certificates among which validatePath looks for a path, and what the path has to meet. */
export type PathInput = Portable<Omit<x509.PathInput, 'allowWeak' | 'foreignAnchors'>>

/**
 * Verifies a signed statement. Content that is wrong makes the report say so and never throws.
 * Throws TypeError or RangeError for options of another shape.
 */
export function verifyStatement(statement: SignedStatement, options: VerifyOptions): Report {
  return verify.verifyStatement(statement, portable(options))
}

/**
 * Verifies what an old statement allows: the verdict is "failed" or "indeterminate", since one round says nothing of
 * the clock. Never throws on its content. Throws TypeError or RangeError for options of another shape.
 */
export function verifyOldStatement(old: OldStatement, options: VerifyOptions): Report {
  return legacy.verifyOldStatement(old, portable(options))
}

/**
 * Looks for a certification path on which every rule of RFC 5280 §6.1 holds at `time`, for use by a TLS server. The
 * certificates may hold anything: what is wrong with them is a failure.
 * Throws TypeError or RangeError for arguments of the wrong type.
 */
export function validatePath(input: PathInput): PathResult {
  return x509.validatePath(portable(input))
}

/** A key log in NSS's format, as SSLKEYLOGFILE names it, and what opens records: `recordCiphersNative` of `tls-stamp/node`. */
export interface RecordingSecrets {
  readonly keyLog: Uint8Array
  readonly ciphers: RecordCiphers
}

/**
 * Takes apart what was recorded of one connection, and with `secrets` what was encrypted. Never throws on what the bytes
 * hold.
 */
export function inspectHandshake(flights: {
  readonly client?: Uint8Array
  readonly server: Uint8Array
  readonly secrets?: RecordingSecrets
}): HandshakeReport {
  const { secrets, ...streams } = flights
  const opening = secrets && { ...secrets, keyLog: inspect.readKeyLogs([secrets.keyLog]) }
  return inspect.inspectHandshake(inspect.readRecording(streams, opening), verifySignature)
}

function portable<Options extends { readonly verifySignature?: VerifySignature | undefined }>(
  options: Options,
): Options & { readonly verifySignature: VerifySignature } {
  return { ...options, verifySignature: options.verifySignature ?? verifySignature }
}
