// The public API that runs everywhere: synchronous, without I/O, clock or randomness.

export { renderJson, toHex } from './encoding/index.ts'
export {
  DecodeError,
  type DecodeErrorCode,
  HandshakeError,
  type HandshakeErrorCode,
  TlsStampError,
} from './errors.ts'
/** What reports say in words, as `verify` prints them. */
export {
  type AnchorInspection,
  type ChainInspection,
  type ClientRandomOrigin,
  type ClockInspection,
  type Detail,
  type ExplainedField,
  explainField,
  type HandshakeReport,
  inspectHandshake,
  inspectRemains,
  inspectStatement,
  NOBODY_SIGNED,
  type RoundInspection,
  type SignedPart,
  type StatementReport,
  wording,
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
  verifyOldStatement,
} from './legacy/index.ts'
export type { VerifySignature } from './signature/index.ts'
export { verifySignature } from './signature/portable.ts'
export {
  commitmentOf,
  decodeInToto,
  decodeStatement,
  encodeInToto,
  encodeStatement,
  type InclusionProof,
  MAX_STATEMENT,
  proveInclusion,
  type Renewal,
  type Round,
  type SignedStatement,
  type Subject,
  type Unsigned,
} from './statement/index.ts'
export type { ClockJudgement, GivenDigest } from './verify/index.ts'
export {
  CHECKS,
  type ChainReport,
  type Check,
  type CheckCode,
  type CheckId,
  type ClaimedTime,
  KNOWN_WITNESSES,
  type KnownWitness,
  type Outcome,
  type Report,
  type RoundReport,
  type SubjectReport,
  type Verdict,
  type VerifyOptions,
  verifyStatement,
  type WitnessReport,
} from './verify/index.ts'
export { version } from './version.ts'
export type { CertificateDescription, PathCode } from './x509/index.ts'
export {
  certificatesOfFile,
  type PathInput,
  type PathResult,
  parseHost,
  validatePath,
} from './x509/index.ts'
