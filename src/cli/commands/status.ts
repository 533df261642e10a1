// tls-stamp status: what each statement proves, until when its certificates last, and whether to renew it.

import { verifyOldStatement } from '../../legacy/index.ts'
import { type Report, verifyStatement } from '../../verify/index.ts'
import { type Command, defineCommand, integerFrom, setting } from '../command.ts'
import { CallError, failureMessage, hintsFor } from '../errors.ts'
import { appendSummary } from '../github.ts'
import { requireInputOnce } from '../input.ts'
import { believing, json, TRUST_OPTIONS, type TrustOptions } from '../options.ts'
import { hintsOn } from '../report-hints.ts'
import { shellPath } from '../shell-word.ts'
import { readAnyStatement } from '../statement-file.ts'
import { isTerminal, printAnnotation, printError, printHints, printResult } from '../terminal.ts'
import { describeStatus, reasonOf, renderStatus, type StatementStatus } from '../text/status.ts'

export const status: Command = defineCommand({
  about: [
    'Shows what each statement proves, when the certificates of its newest chain of rounds expire, and whether it should be renewed. No files are compared.',
  ],
  operands: [['STATEMENT', 'a file that sign or renew wrote; - is standard input']],
  notes: [
    'The exit code is 1 if a statement is due for renewal, has expired or does not verify, and 2 if one cannot be read.',
  ],
  example: '--within 14 releases/*.tls-stamp',
  options: {
    within: setting(
      {
        value: 'DAYS',
        describe: 'how long before its certificates expire a statement is due for renewal',
        otherwise: '30',
      },
      integerFrom(0, 36_500),
    ),
    ...TRUST_OPTIONS,
    json,
  },
  run: async (paths, values) => {
    if (paths.length === 0) {
      throw new CallError('expected STATEMENT')
    }
    requireInputOnce([...paths, values.ca])
    const believed = await believing(values)
    const all: StatementStatus[] = []
    const hints: string[] = []
    for (const path of paths) {
      const { status, report, remedies } = await statusOf(path, believed, values.within)
      all.push(status)
      hints.push(...(remedies ?? []))
      if (report && status.state === 'unverified') hints.push(...hintsOn(report, path).slice(0, 1))
    }
    const lines = renderStatus(all, { table: isTerminal() })
    printResult(values.json, all, () => lines.join('\n'))
    for (const one of all) {
      if (one.state === 'unreadable') printError(one.message)
      if (one.state !== 'good') printAnnotation(`${one.statement}: ${reasonOf(one)}`)
    }
    printHints(hintsOnAll(hints, all))
    appendSummary('status', renderStatus(all, { table: false }))
    if (all.some(({ state }) => state === 'unreadable')) return 2
    return all.every(({ state }) => state === 'good') ? 0 : 1
  },
})

interface Found {
  readonly status: StatementStatus
  readonly report?: Report
  /** What to do about a statement that can't be read. */
  readonly remedies?: readonly string[]
}

async function statusOf(path: string, believed: TrustOptions, within: number): Promise<Found> {
  const now = new Date()
  try {
    const statement = await readAnyStatement(path)
    const report =
      'old' in statement
        ? verifyOldStatement(statement.old, { ...believed, now, statementOnly: true })
        : verifyStatement(statement, { ...believed, now, statementOnly: true })
    return { status: describeStatus(path, report, { now, within }), report }
  } catch (error) {
    const message = failureMessage(error)
    return {
      status: { statement: path, state: 'unreadable', message },
      remedies: hintsFor(error),
    }
  }
}

/** The hints on statements of their own, of which all are shown when there is one statement, and those by state. */
function hintsOnAll(own: readonly string[], all: readonly StatementStatus[]): string[] {
  const named = (state: StatementStatus['state'], several: string): string[] => {
    const [one, ...others] = all.filter((each) => each.state === state)
    if (one === undefined) return []
    return [others.length > 0 || one.statement === '-' ? several : shellPath(one.statement)]
  }
  return [
    ...own.slice(0, all.length === 1 ? 2 : 1),
    ...named('due', 'STATEMENT [HOST PORT]').map((name) => `to renew: tls-stamp renew ${name}`),
    ...named('ended', '').map(
      () =>
        'expired statements cannot be renewed: sign the files again while the old one still verifies',
    ),
    ...named('unverified', 'STATEMENT').map((name) => `for details: tls-stamp verify ${name}`),
  ]
}
