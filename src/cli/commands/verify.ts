// tls-stamp verify: a statement, and the files beside it or given with it, to a report.

import type { Subject } from '../../statement/index.ts'
import {
  compareSubjects,
  knownWitnesses,
  type Report,
  type ReportWithList,
  verdictOf,
  verifyStatement,
} from '../../verify/index.ts'
import { anyText, type Command, defineCommand, flag, repeatedFile, setting } from '../command.ts'
import {
  type Compared,
  type ComparedSources,
  collectDigests,
  hasSources,
  MAX_STRANGERS,
  requireSources,
} from '../digests.ts'
import { CallError, UsageError } from '../errors.ts'
import { annotateReport, summarize } from '../github.ts'
import { requireInputOnce, shownPath } from '../input.ts'
import { believing, LENGTH, TRUST_OPTIONS } from '../options.ts'
import { hintsOn } from '../report-hints.ts'
import { type FoundStatement, findStatement } from '../statement-file.ts'
import { printHints, printNote, printReport } from '../terminal.ts'
import { briefReport } from '../text/brief.ts'
import { renderReport } from '../text/report.ts'

export const verify: Command = defineCommand({
  about: [
    'Verifies a signed statement offline, and compares files with it.',
    'Nothing passes unless a file was compared, or --statement-only is given.',
  ],
  operands: [
    [
      'STATEMENT',
      "a file that sign wrote, or a signed file whose statement lies beside it as FILE.tls-stamp; also the PATH of toytls's files, or timmy's JSON; - is standard input",
    ],
    [
      'FILE',
      'a file to compare; - is standard input; if omitted, the files beside the statement are compared',
    ],
  ],
  notes: [`The built-in list of witnesses: ${builtInList()}.`],
  example: 'signed_statement doc.txt',
  options: {
    sums: repeatedFile(
      'compare the digests in this checksum list, as sha256sum prints it; may be repeated',
    ),
    directory: setting(
      {
        value: 'DIR',
        describe:
          'compare every subject with the file of that name in this folder; if the only subject is a checksum list, also the files that it lists',
      },
      anyText,
    ),
    'statement-only': flag('judge the statement alone, and compare no file'),
    ...TRUST_OPTIONS,
    ...LENGTH,
  },
  run: async ([typed, ...others], values) => {
    if (typed === undefined) {
      throw new CallError('expected STATEMENT')
    }
    const { sums, directory, 'statement-only': statementOnly } = values
    const given = { files: others, sums, directory }
    requireInputOnce([typed, ...others, ...sums, values.ca])
    if (statementOnly && hasSources(given)) {
      throw new UsageError('expected either something to compare or --statement-only')
    }
    const { path, statement, file } = await findInPlace(typed, given)
    const files = file === undefined ? others : [file, ...others]
    const sources = { ...given, files }
    const believed = { ...(await believing(values)), statementOnly }
    if ('old' in statement) {
      if (sums.length > 0 || directory !== undefined) {
        throw new UsageError(
          'a statement of toytls or timmy can only be compared with FILE operands',
        )
      }
      const { verifyOldFile } = await import('../legacy.ts')
      return verifyOldFile(statement, files, believed, values)
    }
    const alone = verifyStatement(statement, { ...believed, statementOnly: true })
    // Files take long, and a statement that fails speaks for none of them
    const found =
      statementOnly || alone.verdict === 'failed'
        ? NOTHING
        : await collectDigests(sources, statement.subjects, path)
    const { refused, strangers } = found
    const report = statementOnly ? alone : compared(alone, statement.subjects, found)
    printReport(values, report, {
      brief: (width) => briefReport(report, width),
      whole: () => renderReport(report),
    })
    note('not compared', refused)
    note('not signed', strangers)
    if (!statementOnly && alone.verdict === 'failed') {
      printNote('no file was compared, because the statement fails by itself')
    }
    const own = await misfits(report, statement.subjects, { files, sums, path })
    printHints(own.length > 0 ? own : hintsOn(report, path))
    annotateReport(shownPath(path), report)
    summarize('verify', shownPath(path), report)
    return report.verdict === 'passed' ? 0 : 1
  },
})

/** The statement at a path, or beside the file at it. Throws as findStatement does, and UsageError when one of the others is it. */
async function findInPlace(typed: string, given: ComparedSources): Promise<FoundStatement> {
  const others = given.files
  let found: FoundStatement | undefined
  let failure: unknown
  try {
    await requireSources(given)
    found = await findStatement(typed)
  } catch (error) {
    failure = error
  }
  if (found && (found.file === undefined || others.length === 0)) return found
  if (!found && !(failure instanceof UsageError)) {
    const { misplacedWitness } = await import('../misplaced.ts')
    throw misplacedWitness(failure, [typed, ...others]) ?? failure
  }
  const { swappedError } = await import('../mistaken.ts')
  const swapped = await swappedError(typed, others)
  if (found && !swapped) return found
  throw swapped ?? failure
}

/** Hints on what was given that is none of the subjects. */
async function misfits(
  { checks }: Report,
  subjects: readonly Subject[],
  given: {
    readonly files: readonly string[]
    readonly sums: readonly string[]
    readonly path: string
  },
): Promise<readonly string[]> {
  const comparison = checks.find(({ id }) => id === 'subjects')
  if (comparison?.outcome !== 'fail') return []
  const { misfitHints } = await import('../mistaken.ts')
  return misfitHints(subjects, given)
}

/** The report on a statement alone, with what its subjects were compared with, and the files that a signed list names. */
function compared(
  alone: Report,
  subjects: readonly Subject[],
  { digests, listed }: Compared,
): ReportWithList {
  const own = compareSubjects(subjects, digests)
  const inList = listed && compareSubjects(listed.subjects, listed.digests)
  const check = own.check.outcome === 'pass' && inList ? inList.check : own.check
  const checks = alone.checks.map((one) => (one.id === 'subjects' ? check : one))
  const verdict = verdictOf(checks)
  return {
    ...alone,
    verdict,
    subjects: own.subjects,
    ...(inList && { listed: inList.subjects }),
    checks,
  }
}

/** Notes some of the names, and how many more there are; the count stops at MAX_STRANGERS. */
function note(what: string, names: readonly string[]): void {
  if (names.length === 0) return
  const more = names.length - MAX_NAMED
  const some = names.length === MAX_STRANGERS ? 'at least ' : ''
  const rest = more > 0 ? ` and ${some}${more} more` : ''
  printNote(`${what}: ${names.slice(0, MAX_NAMED).join(', ')}${rest}`)
}

/** "Google (www.google.com, ...), Microsoft (...)". */
function builtInList(): string {
  const operators = new Map<string, string[]>()
  for (const { operator, host } of knownWitnesses) {
    operators.set(operator, [...(operators.get(operator) ?? []), host])
  }
  return [...operators].map(([operator, hosts]) => `${operator} (${hosts.join(', ')})`).join('; ')
}

const NOTHING: Compared = { digests: [], refused: [], strangers: [] }

/** Names in a note. */
const MAX_NAMED = 5
