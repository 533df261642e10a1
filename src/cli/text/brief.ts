// Short reports: the answer first, in at most ten lines no wider than the terminal; `--verbose` prints the whole ones. Pure.

import { address, instant, printable } from '../../encoding/index.ts'
import {
  type ChainReport,
  endsOf,
  type HeadlineRow,
  headlineRows,
  newestChain,
  type Report,
  type ReportWithList,
  roleOf,
  verdictSentences,
  type WitnessReport,
} from '../../verify/index.ts'
import { paint } from '../terminal.ts'
import { folded, whole } from './folded.ts'
import { row, verdictMark, whenSigned, writtenRow } from './report.ts'
import { verifyCommand, type Written } from './verify-command.ts'

/** Something to say in one or more lines; of what does not fit, that with the highest `rank` is left out first. */
interface Paragraph {
  readonly rank: number
  readonly lines: readonly string[]
}

/** The verdict, the time, on whose word, what was compared, whatever did not pass, and what is not proven. */
export function briefReport(report: ReportWithList, width: number): string {
  const { verdict } = report
  const indent = verdict.length + 2
  return fitted(
    [
      ...verdictSentences(report).map((sentence, i) => {
        const mark = i === 0 ? verdictMark(verdict) : ' '.repeat(verdict.length)
        return paragraph(Math.min(i, 2), `${mark}  ${sentence}`, width, indent)
      }),
      ...headlineRows(report).map(([title, text]) =>
        paragraph(RANKS[title], row(title, text), width),
      ),
    ],
    width,
  )
}

/** What was signed when by whom, and how to verify it. */
export function briefSigning(report: Report, written: Written, width: number): string {
  const [first] = report.subjects
  const others = report.subjects.length - 1
  const what = `${printable(first?.name ?? '')}${others > 0 ? ` and ${others} more` : ''}`
  return fitted(
    [
      paragraph(0, paint('bold', `signed: ${what}${whenSigned(report)}`), width, 8),
      ...signerRows(report).map((line) => paragraph(3, line, width)),
      paragraph(1, writtenRow(written.output, written.size), width),
    ],
    width,
    commandLines('verify', verifyCommand(report, written), width),
  )
}

/** What the renewed statement proves, who renewed it, until when that lasts, and how to verify it. */
export function briefRenewed(
  report: Report,
  written: Written & { readonly statement: string },
  width: number,
): string {
  const newest = newestChain(report)
  const [first] = endsOf(newest)
  const { statement, output, size } = written
  const what = `${printable(statement)}, whose previous version existed no later than`
  return fitted(
    [
      paragraph(0, paint('bold', `renewed: ${what} ${instant(newest.time.notAfter)}`), width, 9),
      paragraph(2, row('proves', `existed no later than ${instant(report.time.notAfter)}`), width),
      ...signerRows(newest).map((line) => paragraph(3, line, width)),
      ...(first ? [paragraph(2, row('renew again', `before ${instant(first.end)}`), width)] : []),
      paragraph(1, writtenRow(output, size), width),
    ],
    width,
    commandLines('verify', verifyCommand(report, written), width),
  )
}

/** Folded, and of a text that takes too many lines its beginning. */
export function paragraph(rank: number, line: string, width: number, indent = 16): Paragraph {
  const lines = folded(line, width, indent).split('\n')
  return lines.length <= MOST_OF_ONE
    ? { rank, lines }
    : { rank, lines: [...lines.slice(0, MOST_OF_ONE - 1), `${' '.repeat(indent)}...`] }
}

/** At most MOST_LINES of them, `ending` always: with one that says so when something is left out. */
export function fitted(
  paragraphs: readonly Paragraph[],
  width: number,
  ending: readonly string[] = [],
): string {
  const kept = [...paragraphs]
  const size = (): number => kept.reduce((sum, { lines }) => sum + lines.length, ending.length)
  const more = size() > MOST_LINES ? folded(row('more', 'with --verbose'), width).split('\n') : []
  while (kept.length > 1 && size() + more.length > MOST_LINES) {
    const least = Math.max(...kept.map(({ rank }) => rank))
    kept.splice(
      kept.findLastIndex(({ rank }) => rank === least),
      1,
    )
  }
  return [...kept.flatMap(({ lines }) => lines), ...more, ...ending].join('\n')
}

/** Who signed, and who only guards. */
function signerRows(chain: ChainReport): string[] {
  const named = (role: ReturnType<typeof roleOf>): readonly string[] =>
    chain.witnesses.filter((each) => roleOf(each, chain) === role).map(signer)
  const guards = named('guard')
  return [
    row('signed by', named('witness').join(', ')),
    ...(guards.length > 0 ? [row('guarded by', guards.join(', '))] : []),
  ]
}

/** A witness, and of a clock that is in doubt that too. */
function signer(witness: WitnessReport): string {
  const who = `${witness.operator === null ? '' : `${witness.operator} `}${address(witness)}`
  return ['corroborated', 'none'].includes(witness.clock) ? who : `${who} (clock ${witness.clock})`
}

/**
 * A command in a row, or if it is too long below the title, where each line but the last ends as a shell wants it; no line
 * without `parts`.
 */
export function commandLines(title: string, parts: readonly string[], width: number): string[] {
  if (parts.length === 0) return []
  const line = row(title, parts.join(' '))
  if (line.length <= width) return [whole(line)]
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + part.length + 3 <= width) {
      lines[lines.length - 1] = `${last} ${part}`
    } else lines.push(`${' '.repeat(last === undefined ? 4 : 6)}${part}`)
  }
  const last = lines.length - 1
  return [`  ${title}`, ...lines.map((each, i) => whole(i < last ? `${each} \\` : each))]
}

/** What of a verdict is left out first when there is no room. */
const RANKS: Readonly<Record<HeadlineRow[0], number>> = {
  compared: 3,
  'not compared': 3,
  listed: 3,
  claimed: 4,
  'not proven': 4,
  failed: 5,
  unknown: 5,
}

/** Lines of a short report. */
const MOST_LINES = 10
/** Lines of one thing that it says. */
const MOST_OF_ONE = 5
