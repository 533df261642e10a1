// The public API that runs everywhere: synchronous, without I/O, clock or randomness.

export type { ClockJudgement } from './chain.ts'
export { commitmentOf, type InclusionProof, proveInclusion, type Subject } from './commitment.ts'
export type { GivenDigest } from './comparison.ts'
export {
  DecodeError,
  type DecodeErrorCode,
  HandshakeError,
  type HandshakeErrorCode,
  TlsStampError,
} from './errors.ts'
export { type HandshakeReport, inspectHandshake } from './inspect.ts'
export {
  decodeTimmy,
  decodeToytls,
  encodeToytls,
  type OldStatement,
  type ToytlsFiles,
} from './old-statement.ts'
export { type PathInput, type PathResult, validatePath } from './pki/path.ts'
export type { PathCode } from './pki/path-code.ts'
export type {
  Check,
  CheckCode,
  CheckId,
  Outcome,
  Report,
  RoundReport,
  SubjectReport,
  Verdict,
  WitnessReport,
} from './report.ts'
export { type VerifySignature, verifySignature } from './signature.ts'
export {
  decodeStatement,
  encodeStatement,
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
export { KNOWN_WITNESSES, type KnownWitness } from './witnesses.ts'
