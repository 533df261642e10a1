// What to do about a report that has not passed, in hints.

import {
  type ChainReport,
  type Check,
  type Report,
  roleOf,
  type WitnessReport,
} from '../verify/index.ts'
import { shellPath } from './shell-word.ts'

/** Hints on the report and on its renewals; the first two are shown. */
export function hintsOn(report: Report, path: string): string[] {
  const chains: readonly ChainReport[] = [report, ...report.renewals]
  const checks = chains.flatMap((chain) => chain.checks)
  const witnesses = chains.flatMap((chain) => chain.witnesses)
  const open = new Set(checks.filter(({ outcome }) => outcome !== 'pass').map(({ code }) => code))
  const hints = anchorHints(witnesses, path)
  const hint = (code: Check['code'], text: string): void => {
    if (open.has(code)) hints.push(text)
  }
  const hosts = [...new Set(witnesses.map(({ host }) => host))].join(' --witness ')
  if (hints.length === 0) {
    hint('unknown-issuer', 'trust other certificates than the built-in ones with --ca FILE|DIR')
  }
  hint(
    'not-accepted',
    `if you trust the clock and the key of this host, say so with --witness ${hosts}`,
  )
  hint(
    'no-clock',
    'to accept the validity of the certificates as the only bound on the time: --window',
  )
  const strangers = report.witnesses.filter(
    (one) =>
      roleOf(one, report) === 'guard' && one.faults.some(({ code }) => code === 'not-accepted'),
  )
  if (strangers.length > 0) {
    const guards = strangers.map(({ host }) => host).join(' --witness ')
    hint('guards-not-met', `if you trust the key of this guard, say so with --witness ${guards}`)
  }
  if (report.verdict !== 'failed') {
    hint(
      'none-compared',
      'give the files to compare, or verify the statement alone with --statement-only',
    )
  }
  hint('no-such-subject', 'to see the subjects of the statement: verify --statement-only')
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
      `to see the root that the signer used: tls-stamp export --certificates ${shellPath(path)}`,
    ])
}
