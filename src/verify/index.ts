// Statement to report: the checks and what they say.

export { type ClockJudgement, expectedTries, judgeClock, showClocks } from './clock.ts'
export { endsOf, newestChain } from './expiry.ts'
export {
  acceptedHosts,
  type Evidence,
  type KnownWitness,
  knownWitnesses,
  operatorOf,
} from './known-witnesses.ts'
export { type SubjectFinder, subjectFinder } from './names.ts'
export { pathNow, shownSecond } from './path-now.ts'
export { fewestIndependent } from './quorum.ts'
export {
  CHECKS,
  type ChainReport,
  type Check,
  type CheckCode,
  type CheckId,
  type ClaimedTime,
  check,
  failedPath,
  type Outcome,
  type Report,
  type RoundReport,
  type SubjectReport,
  type Verdict,
  verdictOf,
  type Window,
  type WitnessReport,
  worstOf,
} from './report.ts'
export { judgeStrength, lifetime, type ReadRound, readRounds } from './round.ts'
export {
  type Comparison,
  compareSubjects,
  type DigestFault,
  type DigestState,
  type GivenDigest,
} from './subjects.ts'
export { requireCount, type VerifyOptions, verifyStatement } from './verify.ts'
export { WITNESS_CHECKS } from './witness.ts'
export {
  clockSentence,
  type HeadlineRow,
  headlineRows,
  methodsOf,
  notProven,
  type ReportWithList,
  renewalSentence,
  roleOf,
  roundTime,
  standingOf,
  subjectState,
  verdictSentences,
} from './wording.ts'
