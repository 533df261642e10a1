// What GitHub Actions shows of a run beside its log: errors as annotations, reports in the summary of the step.

import { address, printable, toHex } from '../encoding/index.ts'
import { appendText } from '../system/index.ts'
import { type Report, roleOf, subjectState, verdictSentences } from '../verify/index.ts'
import { printAnnotation } from './terminal.ts'
import { inActions } from './workflow-commands.ts'

/** Annotates what a report says against the statement at `path`; nothing when it passed. */
export function annotateReport(path: string, report: Report): void {
  if (report.verdict === 'passed') return
  printAnnotation(`${path}: ${report.verdict}: ${verdictSentences(report)[0] ?? ''}`)
}

/** Appends a report to the step's summary. Never fails: a summary is not what was asked for. */
export function summarize(command: string, path: string, report: Report): void {
  appendSummary(command, [printable(path), '', ...linesOf(report)])
}

/** Appends lines, which are safe to print, to the step's summary, under a heading of the command's name. Never fails. */
export function appendSummary(command: string, lines: readonly string[]): void {
  const path = process.env.GITHUB_STEP_SUMMARY
  if (!inActions() || !path) return
  const markdown = `### tls-stamp ${command}\n\n${fenced(lines.join('\n'))}\n\n`
  try {
    appendText(path, markdown)
  } catch {}
}

/** A block of code that its content can't end: with a longer fence than any in it (CommonMark §4.5). */
export function fenced(content: string): string {
  const runs = content.match(/`+/g) ?? []
  const fence = '`'.repeat(Math.max(3, ...runs.map(({ length }) => length + 1)))
  return `${fence}text\n${content}\n${fence}`
}

function linesOf(report: Report): readonly string[] {
  const { verdict, subjects, witnesses, renewals } = report
  const left = subjects.length - MAX_LISTED
  return [
    ...verdictSentences(report).map((sentence, i) =>
      i === 0 ? `${verdict}: ${sentence}` : sentence,
    ),
    '',
    ...subjects
      .slice(0, MAX_LISTED)
      .map(
        (subject) =>
          `${toHex(subject.sha256)}  ${printable(subject.name)}, ${subjectState(subject)}`,
      ),
    ...(left > 0 ? [`and ${left} more`] : []),
    '',
    ...witnesses.map(
      (one) =>
        `${roleOf(one, report)} ${address(one)}, ${one.clock === 'none' ? 'no clock' : one.clock}`,
    ),
    ...renewals.flatMap((renewal, i) =>
      renewal.witnesses.map((one) => `renewal ${i}, ${roleOf(one, renewal)} ${address(one)}`),
    ),
  ]
}

/** A summary may have a mebibyte. */
const MAX_LISTED = 20
