// What a server takes, and whether it can be a clock witness or a guard.

export { type ProbeOptions, probeServer } from './probe.ts'
export type {
  Answer,
  AnswerOutcome,
  CertificatesReport,
  ClockReport,
  ProbeReport,
  Reason,
  StapleReport,
} from './report.ts'
