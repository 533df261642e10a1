// tls-stamp status: what each statement proves, until when its certificates last, and whether to renew it.

import { verifyOldStatement } from '../../legacy/index.ts'
import {
  hashIntoNative,
  readTrustAnchors,
  systemTrustAnchors,
  verifySignatureNative,
} from '../../system/index.ts'
import { type VerifyOptions, verifyStatement } from '../../verify/index.ts'
import { failureMessage } from '../errors.ts'
import { annotate, appendSummary } from '../github.ts'
import { readAnyStatement } from '../statement-file.ts'
import { isTerminal, print, printError, printHints } from '../terminal.ts'
import { renderJson } from '../text/report.ts'
import { describeStatus, reasonOf, renderStatus, type StatementStatus } from '../text/status.ts'

export interface StatusArguments {
  readonly statements: readonly string[]
  /** Days. */
  readonly within: number
  /** Empty: the built-in list. */
  readonly witnesses: readonly string[]
  readonly quorum: number | undefined
  readonly ca: string | undefined
  readonly json: boolean
}

/** Gives the exit code: 2 when one can't be read, else 1 when one needs care, else 0. */
export async function status(args: StatusArguments): Promise<number> {
  const trustAnchors =
    args.ca === undefined ? systemTrustAnchors() : await readTrustAnchors(args.ca)
  const all: StatementStatus[] = []
  for (const path of args.statements) all.push(await statusOf(path, args, trustAnchors))
  const lines = renderStatus(all, { table: isTerminal() })
  if (args.json) print(renderJson(all))
  else if (lines.length > 0) print(lines.join('\n'))
  for (const one of all) {
    if (one.state === 'unreadable') printError(one.message)
    if (one.state !== 'good') annotate(`${one.statement}: ${reasonOf(one)}`)
  }
  printHints(hintsFor(all))
  await appendSummary('status', renderStatus(all, { table: false }))
  if (all.some(({ state }) => state === 'unreadable')) return 2
  return all.every(({ state }) => state === 'good') ? 0 : 1
}

async function statusOf(
  path: string,
  args: StatusArguments,
  trustAnchors: readonly Uint8Array[],
): Promise<StatementStatus> {
  const now = new Date()
  const options = {
    ...{ trustAnchors, now, verifySignature: verifySignatureNative },
    ...(args.witnesses.length > 0 && { witnesses: args.witnesses }),
    ...(args.quorum !== undefined && { quorum: args.quorum }),
  } satisfies VerifyOptions
  try {
    const statement = await readAnyStatement(path)
    const report =
      'old' in statement
        ? verifyOldStatement(statement.old, options)
        : verifyStatement(statement, { ...options, hash: hashIntoNative })
    return describeStatus(path, report, { now, within: args.within })
  } catch (error) {
    return { statement: path, state: 'unreadable', message: failureMessage(error) }
  }
}

function hintsFor(all: readonly StatementStatus[]): string[] {
  const states = new Set(all.map(({ state }) => state))
  return [
    ...(states.has('due') ? ['renew with tls-stamp renew STATEMENT HOST PORT'] : []),
    ...(states.has('ended')
      ? ['what has ended can no longer be renewed: sign the files anew while it still verifies']
      : []),
    ...(states.has('unverified') ? ['tls-stamp verify STATEMENT says more'] : []),
  ]
}
