// Recordings and statements, field by field.

export {
  type ClockReading,
  type ConnectionReport,
  hasContent,
  inspectConnection,
  type Progress,
} from './connection.ts'
export type { Secrets } from './decryption.ts'
export {
  describeBytes,
  groupFlights,
  holdsRecords,
  joinSides,
  type NamedBytes,
  type Recorded,
  type SendingOrder,
} from './flights.ts'
export { type HandshakeReport, inspectHandshake } from './handshake.ts'
export { bytesOfHexText } from './hex-text.ts'
export { readKeyLogs } from './key-log.ts'
export {
  type Detail,
  detailsOf,
  type ExplainedField,
  explainField,
  meaningOf,
  partsOf,
} from './meanings.ts'
export type { MessageReport, Sender } from './message.ts'
export { readRecording } from './recording.ts'
export { lengthOfSsl2Hello, type RecordList, type RecordReport, traceRecord } from './records.ts'
export { inspectRemains } from './remains.ts'
export {
  type AnchorInspection,
  type ChainInspection,
  type ClientRandomOrigin,
  type ClockInspection,
  inspectStatement,
  type RoundInspection,
  type SignedPart,
  type StatementReport,
  withinBudget,
} from './statement.ts'
export {
  NOBODY_SIGNED,
  type Row,
  renewalRows,
  roundRows,
  roundTitle,
  signatureOf,
  statementRows,
} from './wording.ts'
