// What `status` says of one statement: what it proves, until when its certificates last, whether to renew it; pure.

import type { ClaimedTime, Report, Verdict } from '../../verify/index.ts'
import { endsOf, newestChain } from '../../verify/index.ts'
import type { CertificateDescription } from '../../x509/index.ts'

/** One statement, as --json shows it. */
export type StatementStatus = ReadStatus | UnreadStatus

export interface ReadStatus {
  readonly statement: string
  /** "good", or why the exit code is 1: to be renewed soon, too late to be renewed, or not verified. */
  readonly state: 'good' | 'due' | 'ended' | 'unverified'
  readonly verdict: Verdict
  /** The first check that is not passed. */
  readonly message: string | null
  readonly time: ClaimedTime
  /** The times of the renewals, oldest first. */
  readonly renewed: readonly (Date | null)[]
  /** Of the newest chain's witnesses that count: each one's certificate that ends first, soonest first. */
  readonly ends: readonly WitnessEnding[]
  /** Whole days until the first of them ends; negative when it has ended. */
  readonly daysLeft: number | null
}

export interface WitnessEnding {
  readonly host: string
  readonly port: number
  readonly end: Date
  readonly certificate: Pick<CertificateDescription, 'subject' | 'fingerprint'>
}

export interface UnreadStatus {
  readonly statement: string
  readonly state: 'unreadable'
  readonly message: string
}

/** Of a report without files. */
export function describeStatus(
  path: string,
  report: Report,
  { now, within }: { readonly now: Date; readonly within: number },
): ReadStatus {
  const { verdict, time, renewals, checks } = report
  const ends = endsOf(newestChain(report)).map(({ witness: { host, port }, ...ending }) => {
    const { subject, fingerprint } = ending.certificate
    return { host, port, end: ending.end, certificate: { subject, fingerprint } }
  })
  const [first] = ends
  const left = first && first.end.getTime() - now.getTime()
  const open = checks.find(({ outcome }) => outcome === (verdict === 'failed' ? 'fail' : 'unknown'))
  return {
    statement: path,
    state:
      verdict !== 'passed' || left === undefined
        ? 'unverified'
        : left < 0
          ? 'ended'
          : left <= within * DAY
            ? 'due'
            : 'good',
    verdict,
    message: verdict === 'passed' ? null : (open?.message ?? null),
    time,
    renewed: renewals.map((renewal) => renewal.time.claimed),
    ends,
    daysLeft: left === undefined ? null : Math.floor(left / DAY),
  }
}

/** Milliseconds. */
const DAY = 86_400_000
