// What reports and inspections say in words, the same in the terminal and on the page.

export { address, counted, instant, printable } from './encoding/index.ts'
export {
  type Row,
  renewalRows,
  roundRows,
  roundTitle,
  signatureOf,
  statementRows,
} from './inspect/index.ts'
export {
  clockSentence,
  type HeadlineRow,
  headlineRows,
  methodsOf,
  notProven,
  renewalSentence,
  roleOf,
  roundTime,
  standingOf,
  subjectState,
  verdictSentences,
} from './verify/index.ts'
export { certificateLine, keyOf } from './x509/index.ts'
