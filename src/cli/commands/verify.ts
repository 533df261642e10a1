// tls-stamp verify: a statement, and the files beside it or given with it, to a report.

import {
  hashIntoNative,
  readTrustAnchors,
  systemTrustAnchors,
  verifySignatureNative,
} from '../../system/index.ts'
import {
  type ChainReport,
  type Check,
  type Report,
  verifyStatement,
  type WitnessReport,
} from '../../verify/index.ts'
import { type ComparedSources, collectDigests, MAX_STRANGERS } from '../digests.ts'
import { UsageError } from '../errors.ts'
import { annotateReport, summarize } from '../github.ts'
import { canonicalHost } from '../input.ts'
import { readAnyStatement } from '../statement-file.ts'
import { print, printHints, printNote } from '../terminal.ts'
import { renderJson, renderReport } from '../text/report.ts'

export interface VerifyArguments extends ComparedSources {
  readonly statement: string
  /** Empty: the built-in list. */
  readonly witnesses: readonly string[]
  /** How many have to count; undefined: all that are accepted. */
  readonly quorum: number | undefined
  readonly ca: string | undefined
  readonly json: boolean
}

/** Gives the exit code, 0 only for "passed"; throws what kept it from a verdict. */
export async function verify(args: VerifyArguments): Promise<number> {
  const witnesses = args.witnesses.map(canonicalHost)
  const statement = await readAnyStatement(args.statement)
  if ('old' in statement) {
    if (args.sums.length > 0 || args.directory !== undefined) {
      throw new UsageError('an old statement can only be compared with FILEs')
    }
    const { verifyOldFile } = await import('../legacy.ts')
    return verifyOldFile(statement, { ...args, witnesses })
  }
  const trustAnchors =
    args.ca === undefined ? systemTrustAnchors() : await readTrustAnchors(args.ca)
  const { digests, strangers } = await collectDigests(args, statement.subjects, args.statement)
  const report = verifyStatement(statement, {
    digests,
    trustAnchors,
    ...(witnesses.length > 0 && { witnesses }),
    ...(args.quorum !== undefined && { quorum: args.quorum }),
    now: new Date(),
    verifySignature: verifySignatureNative,
    hash: hashIntoNative,
  })
  print(args.json ? renderJson(report) : renderReport(report))
  noteStrangers(strangers)
  printHints(hintsFor(report, args.statement))
  annotateReport(args.statement, report)
  await summarize('verify', args.statement, report)
  return report.verdict === 'passed' ? 0 : 1
}

/** What else is in the folder is no fault: it is none of what was signed. */
function noteStrangers(strangers: readonly string[]): void {
  if (strangers.length === 0) return
  const more = strangers.length - MAX_NAMED
  const some = strangers.length === MAX_STRANGERS ? 'at least ' : ''
  const rest = more > 0 ? ` and ${some}${more} more` : ''
  printNote(`not signed: ${strangers.slice(0, MAX_NAMED).join(', ')}${rest}`)
}

/** Of the renewals too; the first two are shown. */
function hintsFor(report: Report, path: string): string[] {
  const chains: readonly ChainReport[] = [report, ...report.renewals]
  const checks = chains.flatMap((chain) => chain.checks)
  const witnesses = chains.flatMap((chain) => chain.witnesses)
  const open = new Set(checks.filter(({ outcome }) => outcome !== 'pass').map(({ code }) => code))
  const hints = anchorHints(witnesses, path)
  const hint = (code: Check['code'], text: string): void => {
    if (open.has(code)) hints.push(text)
  }
  const hosts = [...new Set(witnesses.map(({ host }) => host))].join(' --witness ')
  if (hints.length === 0)
    hint('unknown-issuer', 'trust other certificates than the built-in ones with --ca FILE|DIR')
  hint(
    'not-accepted',
    `if you trust the clock and the key of this host, say so with --witness ${hosts}`,
  )
  hint('no-such-subject', 'the statement lists its subjects: run verify without files to see them')
  return hints
}

/** What a signer stored is evidence of which root it was, and never a reason to trust it. */
function anchorHints(witnesses: readonly WitnessReport[], path: string): string[] {
  const missing = new Map(
    witnesses.flatMap(({ missingAnchor: anchor }) =>
      anchor ? [[anchor.fingerprint, anchor] as const] : [],
    ),
  )
  return [...missing.values()]
    .slice(0, 1)
    .flatMap(({ subject, fingerprint }) => [
      `get the root ${subject} from a source that you trust (its SHA-256 is ${fingerprint}), and give it with --ca FILE`,
      `to see the one that the signer took: tls-stamp export --certificates ${path}`,
    ])
}

/** Names in a note. */
const MAX_NAMED = 5
