// sign --if-missing: a statement that is there already stays, when it is what signing again would come to.

import { instant, printable, toHex } from '../encoding/index.ts'
import type { SigningOptions } from '../sign/index.ts'
import type { SignedStatement, Subject } from '../statement/index.ts'
import { hashIntoNative, systemTrustAnchors, verifySignatureNative } from '../system/index.ts'
import { acceptedHosts, type Report, verifyStatement, worstOf } from '../verify/index.ts'
import { UsageError } from './errors.ts'
import { summarize } from './github.ts'
import { requireWritable } from './output.ts'
import { readStatementBytes } from './statement-file.ts'
import { printResult } from './terminal.ts'

/** Whom signing would ask, and what would be trusted. */
export type SameTrust = Pick<
  SigningOptions,
  'host' | 'witnesses' | 'guards' | 'window' | 'quorum' | 'trustAnchors'
>

/**
 * Whether the statement at `output` stays, which is then said. When it can't, false with `force`, and else throws
 * UsageError with the reason.
 */
export async function keepExisting(
  subjects: readonly Subject[],
  options: SameTrust,
  args: { readonly output: string; readonly force: boolean; readonly json: boolean },
): Promise<boolean> {
  const { output, force, json } = args
  const judged = await judgeExisting(output, subjects, options)
  if ('reason' in judged) {
    if (force) {
      await requireWritable(output, { force, json })
      return false
    }
    throw new UsageError(`${output} exists already and cannot be kept: ${judged.reason}`, [
      'give another name with -o, or overwrite it with --force',
    ])
  }
  const { report } = judged
  const time = instant(report.time.notAfter)
  const line = `kept: ${printable(output)}, whose subjects existed no later than ${time}`
  printResult(json, { output, report, dropped: [], kept: true }, () => line)
  summarize('sign', output, report)
  return true
}

/** The report on a statement that passes for just these subjects, salts aside; or why there is none. */
async function judgeExisting(
  path: string,
  subjects: readonly Subject[],
  options: SameTrust,
): Promise<{ readonly report: Report } | { readonly reason: string }> {
  const read = await readStatementBytes(path).catch((error: unknown) => {
    if (error instanceof UsageError) return { reason: error.message }
    throw error
  })
  if ('reason' in read) return read
  const { statement } = read
  if (!hasSubjects(statement, subjects)) return { reason: 'it covers different subjects' }
  const { host, witnesses = [], guards = [], window = false } = options
  const named = [...(host === undefined ? [] : [host]), ...witnesses.map((each) => each.host)]
  // Of the built-in list one operator is enough, as it is to sign
  const quorum = options.quorum ?? Math.max(1, named.length)
  const report = verifyStatement(statement, {
    digests: subjects,
    trustAnchors: options.trustAnchors ?? systemTrustAnchors(),
    witnesses: [
      ...(host === undefined ? acceptedHosts() : []),
      ...named,
      ...guards.map((guard) => guard.host),
    ],
    ...((host === undefined || named.length > 1) && { quorum }),
    ...(guards.length > 0 && { guards: guards.length }),
    window,
    now: new Date(),
    verifySignature: verifySignatureNative,
    hash: hashIntoNative,
  })
  if (report.verdict === 'passed') return { report }
  return { reason: worstOf(report.checks).message }
}

/** Whether the statement is over these subjects, in any order. */
function hasSubjects({ subjects: own }: SignedStatement, subjects: readonly Subject[]): boolean {
  if (own.length !== subjects.length) return false
  const names = new Set(own.map(keyOf))
  return names.size === own.length
    ? subjects.every((subject) => names.delete(keyOf(subject)))
    : sorted(own) === sorted(subjects)
}

function keyOf({ name, sha256 }: Subject): string {
  return `${toHex(sha256)} ${name}`
}

/** No name has a NUL. */
function sorted(subjects: readonly Subject[]): string {
  return subjects.map(keyOf).sort().join('\0')
}
