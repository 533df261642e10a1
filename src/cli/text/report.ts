// Whole reports as text, which --verbose prints; pure. The words come from the wording of verify/ and inspect/, those for checks from verify/report.ts.

import { address, instant, printable, toHex } from '../../encoding/index.ts'
import {
  type ChainReport,
  type Check,
  clockSentence,
  endsOf,
  methodsOf,
  newestChain,
  notProven,
  type Report,
  type ReportWithList,
  renewalSentence,
  roleOf,
  roundTime,
  type SubjectReport,
  standingOf,
  subjectState,
  verdictSentences,
  type WitnessReport,
} from '../../verify/index.ts'
import { certificateLine, keyOf } from '../../x509/index.ts'
import { paint } from '../terminal.ts'
import { whole } from './folded.ts'
import { verifyCommand, type Written } from './verify-command.ts'

/** The whole report in plain words. */
export function renderReport(report: ReportWithList): string {
  const { subjects, listed } = report
  const [list] = subjects
  const sections = [
    renderVerdict(report),
    renderSubjects('subjects', subjects),
    ...(listed ? [renderSubjects(`listed in ${printable(list?.name ?? '')}`, listed)] : []),
    ...report.witnesses.map((witness) => [
      `${roleOf(witness, report)} ${address(witness)}`,
      ...witnessRows(witness, report),
    ]),
    ...report.renewals.map(renderRenewal),
    ['checks', ...report.checks.map(renderCheck)],
    renderLimits(report),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

/** Who signed what when, with which key, how well the clock is corroborated, and how to verify it. */
export function renderSigning(report: Report, written: Written): string {
  const { output, size } = written
  const [first] = report.subjects
  const others = report.subjects.length - 1
  const what = `${printable(first?.name ?? '')}${others > 0 ? ` and ${others} more` : ''}`
  return [
    paint('bold', `signed: ${what}${whenSigned(report)}`),
    ...report.subjects
      .slice(0, MAX_LISTED)
      .map(({ name, sha256 }) => row('sha256', `${toHex(sha256)}  ${printable(name)}`)),
    ...omitted(report.subjects),
    ...report.witnesses.flatMap((witness) => signerRows(witness, report)),
    writtenRow(output, size),
    ...verifyRow(report, written),
  ].join('\n')
}

function verifyRow(report: Report, written: Written): string[] {
  const command = verifyCommand(report, written)
  return command.length === 0 ? [] : [whole(row('verify', command.join(' ')))]
}

/** What the statement proves as before, who renewed it, and until when that lasts. */
export function renderRenewed(
  report: Report,
  written: Written & { readonly statement: string },
): string {
  const newest = newestChain(report)
  const [first] = endsOf(newest)
  const what = `${printable(written.statement)}, whose previous version existed no later than`
  return [
    paint('bold', `renewed: ${what} ${instant(newest.time.notAfter)}`),
    row('proves', `existed no later than ${instant(report.time.notAfter)}, as before`),
    row('renewals', `${report.renewals.length}`),
    ...newest.witnesses.flatMap((witness) => signerRows(witness, newest)),
    ...(first ? [row('renew again', `before ${instant(first.end)}`)] : []),
    writtenRow(written.output, written.size),
    ...verifyRow(report, written),
  ].join('\n')
}

/** Who has just signed, with which key, and how well the clock is corroborated. */
function signerRows(witness: WitnessReport, chain: ChainReport): string[] {
  const key = witness.path[0] ? keyOf(witness.path[0]) : 'no key'
  const who = witness.operator === null ? '' : `${witness.operator}, `
  return [
    row(roleOf(witness, chain), `${who}${address(witness)}, ${key}, ${methodsOf(witness)}`),
    ...clockRows(witness),
  ]
}

function clockRows(witness: WitnessReport): string[] {
  const windows = witness.clock === 'none' ? witness.rounds.map(roundTime) : []
  return [
    row('clock', clockSentence(witness)),
    ...[...new Set(windows)].map((window) => row('window', window)),
  ]
}

/** When what was signed existed, as a report on signing begins. */
export function whenSigned({ time }: Report): string {
  return time.notAfter
    ? `, existed no later than ${instant(time.notAfter)}${time.claimed ? '' : ', by certificates alone'}`
    : ', without a credible time'
}

function renderVerdict(report: Report): string[] {
  const { verdict } = report
  return verdictSentences(report).map(
    (sentence, i) => `${i === 0 ? verdictMark(verdict) : ' '.repeat(verdict.length)}  ${sentence}`,
  )
}

/** The verdict in its colour. */
export function verdictMark(verdict: Report['verdict']): string {
  const colour = { passed: 'green', failed: 'red', indeterminate: 'yellow' } as const
  return paint(colour[verdict], paint('bold', verdict))
}

function renderSubjects(title: string, subjects: readonly SubjectReport[]): string[] {
  return [title, ...worstFirst(subjects).map(renderSubject), ...omittedWith(subjects)]
}

function renderSubject(subject: SubjectReport): string {
  const { name, sha256 } = subject
  return row(subjectState(subject), `${toHex(sha256)}  ${printable(name)}`)
}

function omitted(subjects: readonly SubjectReport[]): string[] {
  return subjects.length > MAX_LISTED ? [row('', `and ${subjects.length - MAX_LISTED} more`)] : []
}

/** As many as are shown: altered and missing ones, then the others as the statement has them. */
function worstFirst(subjects: readonly SubjectReport[]): readonly SubjectReport[] {
  const bad = subjects.filter(({ matched }) => matched === false).slice(0, MAX_LISTED)
  const others: SubjectReport[] = []
  for (const subject of subjects) {
    if (bad.length + others.length === MAX_LISTED) break
    if (subject.matched !== false) others.push(subject)
  }
  return [...bad, ...others]
}

/** What the list leaves out, and of the whole list what was not compared. */
function omittedWith(subjects: readonly SubjectReport[]): string[] {
  const [line] = omitted(subjects)
  if (line === undefined) return []
  const open = subjects.filter(({ matched }) => matched === null).length
  return [open > 0 ? `${line}; ${open} of the ${subjects.length} were not compared` : line]
}

function witnessRows(witness: WitnessReport, { witnesses }: ChainReport): string[] {
  return [
    ...(witnesses.length > 1 ? [row('counts', standingOf(witness))] : []),
    row('signed', methodsOf(witness)),
    ...clockRows(witness),
    ...(witness.clock === 'none' ? [] : [row('times', witness.rounds.map(roundTime).join(', '))]),
    ...witness.path.map((certificate, i) =>
      row(i === 0 ? 'path' : '', certificateLine(certificate)),
    ),
  ]
}

function renderRenewal(renewal: ChainReport, index: number): string[] {
  return [
    renewalSentence(renewal, index),
    ...renewal.witnesses.flatMap((witness) => [
      row(roleOf(witness, renewal), address(witness)),
      ...witnessRows(witness, renewal),
    ]),
    ...renewal.checks.filter(({ outcome }) => outcome !== 'pass').map(renderCheck),
  ]
}

/** One check of a statement, or of a session. */
export function renderCheck({
  id,
  outcome,
  message,
}: Pick<Check, 'outcome' | 'message'> & { readonly id: string }): string {
  const mark = {
    pass: paint('green', 'pass'),
    fail: paint('red', 'FAIL'),
    unknown: paint('yellow', 'unknown'),
  }
  const gap = ' '.repeat(outcome === 'unknown' ? 2 : 5)
  return `  ${mark[outcome]}${gap}${id.padEnd(12)}${printable(message)}`
}

function renderLimits(report: Report): string[] {
  const limits = notProven(report)
  return limits.length > 0 ? ['not proven', ...limits.map((limit) => `  ${limit}`)] : []
}

export function row(title: string, text: string): string {
  return `  ${title.padEnd(14)}${text}`
}

/** A row that says which file was written, and its size in bytes. */
export function writtenRow(path: string, size: number): string {
  return row('written', `${path === '-' ? 'standard output' : printable(path)}, ${size} bytes`)
}

/** A terminal is no place for a million lines; `--json` has them all. */
const MAX_LISTED = 20
