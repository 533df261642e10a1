// tls-stamp status: what each statement proves, until when its certificates last, and whether to renew it.

import { verifyOldStatement } from '../../legacy/index.ts'
import { type Report, verifyStatement } from '../../verify/index.ts'
import { type Command, defineCommand, integerFrom, setting } from '../command.ts'
import { CallError, failureMessage } from '../errors.ts'
import { appendSummary } from '../github.ts'
import { requireInputOnce } from '../input.ts'
import { believing, json, TRUST_OPTIONS, type TrustOptions } from '../options.ts'
import { hintsOn } from '../report-hints.ts'
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
      const { status, report } = await statusOf(path, believed, values.within)
      all.push(status)
      if (report && status.state === 'unverified') hints.push(...hintsOn(report, path).slice(0, 1))
    }
    const lines = renderStatus(all, { table: isTerminal() })
    printResult(values.json, all, () => lines.join('\n'))
    for (const one of all) {
      if (one.state === 'unreadable') printError(one.message)
      if (one.state !== 'good') printAnnotation(`${one.statement}: ${reasonOf(one)}`)
    }
    printHints([...hints.slice(0, 1), ...hintsFor(all)])
    appendSummary('status', renderStatus(all, { table: false }))
    if (all.some(({ state }) => state === 'unreadable')) return 2
    return all.every(({ state }) => state === 'good') ? 0 : 1
  },
})

async function statusOf(
  path: string,
  believed: TrustOptions,
  within: number,
): Promise<{ readonly status: StatementStatus; readonly report?: Report }> {
  const now = new Date()
  try {
    const statement = await readAnyStatement(path)
    const report =
      'old' in statement
        ? verifyOldStatement(statement.old, { ...believed, now, statementOnly: true })
        : verifyStatement(statement, { ...believed, now, statementOnly: true })
    return { status: describeStatus(path, report, { now, within }), report }
  } catch (error) {
    return { status: { statement: path, state: 'unreadable', message: failureMessage(error) } }
  }
}

function hintsFor(all: readonly StatementStatus[]): string[] {
  const states = new Set(all.map(({ state }) => state))
  return [
    ...(states.has('due') ? ['to renew: tls-stamp renew STATEMENT [HOST PORT]'] : []),
    ...(states.has('ended')
      ? [
          'expired statements cannot be renewed: sign the files again while the old one still verifies',
        ]
      : []),
    ...(states.has('unverified') ? ['for details: tls-stamp verify STATEMENT'] : []),
  ]
}
