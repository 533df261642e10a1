// The status of statements: what each proves, until when its certificates last, whether to renew it; and that as text. Pure.

import { address, counted, instant, printable } from '../../encoding/index.ts'
import {
  type ClaimedTime,
  endsOf,
  newestChain,
  type Report,
  type Verdict,
} from '../../verify/index.ts'
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

/** Describes the status of a statement by its report, for which no files were compared. */
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

/** One line a statement, which never ends in the middle: for logs and mails as for terminals. */
export function renderStatus(
  all: readonly StatementStatus[],
  { table }: { readonly table: boolean },
): string[] {
  const rows = all.map((one) => [stateIn(one), printable(one.statement), provenBy(one), endOf(one)])
  const shown = table ? [HEADING, ...rows] : rows
  const widths = HEADING.map((_, column) =>
    Math.min(MAX_COLUMN, Math.max(...shown.map((row) => row[column]?.length ?? 0))),
  )
  return shown.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

/** What is wrong with a statement, or to be done, in half a sentence. */
export function reasonOf(one: StatementStatus): string {
  if (one.state === 'unreadable') return one.message
  if (one.state === 'unverified') {
    return `${one.verdict}: ${one.message ?? 'no certificate of a witness that counts'}`
  }
  return one.state === 'good' ? `good ${endOf(one)}` : `${stateIn(one)}: ${endOf(one)}`
}

/** The state in text, where statements are too late to be renewed once their certificates have expired. */
function stateIn({ state }: StatementStatus): string {
  return state === 'ended' ? 'expired' : state
}

function provenBy(one: StatementStatus): string {
  if (one.state === 'unreadable') return '-'
  if (one.state === 'unverified') return one.verdict
  const renewals = one.renewed.length
  const renewed = renewals > 0 ? `, renewed ${counted(renewals, 'time')}` : ''
  return `no later than ${instant(one.time.notAfter)}${renewed}`
}

function endOf(one: StatementStatus): string {
  if (one.state === 'unreadable') return printable(one.message)
  if (one.state === 'unverified') return printable(one.message ?? '')
  const [first] = one.ends
  if (first === undefined) return ''
  const left = daysIn(one.daysLeft ?? 0)
  const whose = `${printable(first.certificate.subject) || 'a certificate'} of ${address(first)}`
  return `until ${first.end.toISOString().slice(0, 10)}, ${left}: ${whose}`
}

function daysIn(days: number): string {
  if (days < 0) return `${counted(-days, 'day')} ago`
  return `${counted(days, 'day')} left`
}

const HEADING: readonly string[] = ['STATE', 'STATEMENT', 'PROVES', 'CERTIFICATES']

/** A name as long as a path may be would push all else off the screen. */
const MAX_COLUMN = 60

/** Milliseconds. */
const DAY = 86_400_000
