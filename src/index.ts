// The public API that runs everywhere: synchronous, without I/O, clock or randomness.

export { toHex } from './bytes.ts'
export type { ClockJudgement } from './clock.ts'
export { commitmentOf, type InclusionProof, proveInclusion, type Subject } from './commitment.ts'
export type { GivenDigest } from './comparison.ts'
export {
  DecodeError,
  type DecodeErrorCode,
  HandshakeError,
  type HandshakeErrorCode,
  TlsStampError,
} from './errors.ts'
export { type Detail, type ExplainedField, explainField } from './explain.ts'
export { decodeInToto, encodeInToto } from './in-toto.ts'
export { type HandshakeReport, inspectHandshake } from './inspect.ts'
export {
  type AnchorInspection,
  type ChainInspection,
  type ClientRandomOrigin,
  type ClockInspection,
  inspectRemains,
  inspectStatement,
  NOBODY_SIGNED,
  type RoundInspection,
  type SignedPart,
  type StatementReport,
} from './inspect-statement.ts'
/** What reports say in words, as `verify` prints them. */
export * as wording from './inspect-wording.ts'
export { renderJson } from './json-text.ts'
export {
  decodeTimmy,
  decodeToytls,
  encodeToytls,
  looksLikeTimmy,
  type OldStatement,
  type ToytlsFiles,
} from './old-statement.ts'
export type { CertificateDescription } from './pki/describe.ts'
export { parseHost } from './pki/identity.ts'
export { type PathInput, type PathResult, validatePath } from './pki/path.ts'
export type { PathCode } from './pki/path-code.ts'
export { certificatesOfFile } from './pki/pem.ts'
export {
  CHECKS,
  type ChainReport,
  type Check,
  type CheckCode,
  type CheckId,
  type ClaimedTime,
  type Outcome,
  type Report,
  type RoundReport,
  type SubjectReport,
  type Verdict,
  type WitnessReport,
} from './report.ts'
export { type VerifySignature, verifySignature } from './signature.ts'
export {
  decodeStatement,
  encodeStatement,
  MAX_STATEMENT,
  type Renewal,
  type Round,
  type SignedStatement,
  type Unsigned,
} from './statement.ts'
export { type VerifyOptions, verifyStatement } from './verify.ts'
export {
  describeOldStatement,
  type OldStatementDescription,
  verifyOldStatement,
} from './verify-old-statement.ts'
export { version } from './version.ts'
export { KNOWN_WITNESSES, type KnownWitness } from './witnesses.ts'
