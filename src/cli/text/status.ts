// The status of statements as text: a line for each, or a table with a heading; pure.

import { address, counted, instant, printable } from '../../encoding/index.ts'
import type { StatementStatus } from './statement-status.ts'

/** One line a statement, which never ends in the middle: for logs and mails as for terminals. */
export function renderStatus(
  all: readonly StatementStatus[],
  { table }: { readonly table: boolean },
): string[] {
  const rows = all.map((one) => [one.state, printable(one.statement), provenBy(one), endOf(one)])
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
  return one.state === 'good' ? `good ${endOf(one)}` : `${one.state}: ${endOf(one)}`
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
