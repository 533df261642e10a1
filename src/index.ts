// The public API that runs everywhere: synchronous, without I/O, clock or randomness.

export { toHex } from './encoding/bytes.ts'
export { renderJson } from './encoding/json-text.ts'
export {
  DecodeError,
  type DecodeErrorCode,
  HandshakeError,
  type HandshakeErrorCode,
  TlsStampError,
} from './errors.ts'
export { type HandshakeReport, inspectHandshake } from './inspect/handshake.ts'
export { type Detail, type ExplainedField, explainField } from './inspect/meanings.ts'
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
} from './inspect/statement.ts'
/** What reports say in words, as `verify` prints them. */
export * as wording from './inspect/wording.ts'
export {
  decodeTimmy,
  decodeToytls,
  encodeToytls,
  looksLikeTimmy,
  type OldStatement,
  type ToytlsFiles,
} from './legacy/formats.ts'
export {
  describeOldStatement,
  type OldStatementDescription,
  verifyOldStatement,
} from './legacy/verify.ts'
export { type VerifySignature, verifySignature } from './signature/portable.ts'
export {
  commitmentOf,
  type InclusionProof,
  proveInclusion,
  type Subject,
} from './statement/commitment.ts'
export { decodeInToto, encodeInToto } from './statement/in-toto.ts'
export {
  decodeStatement,
  encodeStatement,
  MAX_STATEMENT,
  type Renewal,
  type Round,
  type SignedStatement,
  type Unsigned,
} from './statement/statement.ts'
export type { ClockJudgement } from './verify/clock.ts'
export { KNOWN_WITNESSES, type KnownWitness } from './verify/known-witnesses.ts'
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
} from './verify/report.ts'
export type { GivenDigest } from './verify/subjects.ts'
export { type VerifyOptions, verifyStatement } from './verify/verify.ts'
export { version } from './version.ts'
export type { CertificateDescription } from './x509/describe.ts'
export { parseHost } from './x509/identity.ts'
export { type PathInput, type PathResult, validatePath } from './x509/path.ts'
export type { PathCode } from './x509/path-code.ts'
export { certificatesOfFile } from './x509/pem.ts'
