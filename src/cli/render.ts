// Reports as text and as JSON; pure. The words for checks come from report.ts.

import { toHex } from '../bytes.ts'
import type { CertificateDescription } from '../pki/describe.ts'
import type { Check, Report, SubjectReport, WitnessReport } from '../report.ts'
import { paint, printable } from './terminal.ts'

/** Bytes as hex, dates as ISO 8601; what could act on a terminal is escaped, as JSON allows for any character. */
export function renderJson(value: unknown): string {
  const json = JSON.stringify(
    value,
    (_key, part: unknown) => (part instanceof Uint8Array ? toHex(part) : part),
    2,
  )
  return json.replace(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

/** The whole report in plain words. */
export function renderReport(report: Report): string {
  const sections = [
    renderVerdict(report),
    ['subjects', ...report.subjects.slice(0, MAX_LISTED).map(renderSubject), ...omitted(report)],
    ...report.witnesses.map(renderWitness),
    ['checks', ...report.checks.map(renderCheck)],
    renderLimits(report),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

/** Who signed what when, with which key, and how well the clock is corroborated. */
export function renderSigning(report: Report, output: string, size: number): string {
  const [first] = report.subjects
  const others = report.subjects.length - 1
  const what = `${printable(first?.name ?? '')}${others > 0 ? ` and ${others} more` : ''}`
  return [
    paint('bold', `signed: ${what}${whenSigned(report)}`),
    ...report.subjects
      .slice(0, MAX_LISTED)
      .map(({ name, sha256 }) => row('sha256', `${toHex(sha256)}  ${printable(name)}`)),
    ...omitted(report),
    ...report.witnesses.flatMap((witness) => [
      row(
        'witness',
        `${address(witness)}, ${witness.path[0] ? keyOf(witness.path[0]) : 'no key'}, ${methodsOf(witness)}`,
      ),
      row('clock', renderClock(witness)),
    ]),
    row('written', `${printable(output)}, ${size} bytes`),
  ].join('\n')
}

function whenSigned({ time }: Report): string {
  return time.notAfter
    ? `, existed no later than ${instant(time.notAfter)}`
    : ', without a credible time'
}

function renderVerdict(report: Report): string[] {
  const { verdict, subjects, witnesses, time, checks } = report
  const colour = { passed: 'green', failed: 'red', indeterminate: 'yellow' } as const
  const headline = paint(colour[verdict], paint('bold', verdict))
  if (verdict !== 'passed') {
    const open = checks.filter(
      ({ outcome }) => outcome === (verdict === 'failed' ? 'fail' : 'unknown'),
    )
    return open.map(
      ({ message }, i) =>
        `${i === 0 ? headline : ' '.repeat(verdict.length)}  ${printable(message)}`,
    )
  }
  const names = subjects.length === 1 ? 'the subject' : `all ${subjects.length} subjects`
  const hosts = witnesses.map(({ host }) => host).join(', ')
  return [
    `${headline}  ${names} existed no later than ${instant(time.notAfter)}`,
    `        says the holder of the key certified for ${hosts}`,
  ]
}

function renderSubject({ name, sha256, matched }: SubjectReport): string {
  const state = matched === null ? 'not compared' : matched ? 'unaltered' : 'ALTERED'
  return row(state, `${toHex(sha256)}  ${printable(name)}`)
}

function omitted({ subjects }: Report): string[] {
  return subjects.length > MAX_LISTED ? [row('', `and ${subjects.length - MAX_LISTED} more`)] : []
}

function renderWitness(witness: WitnessReport): string[] {
  return [
    `witness ${address(witness)}`,
    row('signed', methodsOf(witness)),
    row('clock', renderClock(witness)),
    row('times', witness.rounds.map(({ serverTime }) => instant(serverTime)).join(', ')),
    ...witness.path.map((certificate, i) =>
      row(i === 0 ? 'path' : '', renderCertificate(certificate)),
    ),
  ]
}

function renderClock({ clock, rounds, expectedTries }: WitnessReport): string {
  if (clock === 'implausible') return 'implausible: random bytes, or not one clock'
  const rest = `forging it with a server that runs no clock takes about ${tries(expectedTries)} handshakes`
  return `${clock} by ${rounds.length} round${rounds.length === 1 ? '' : 's'}; ${rest}`
}

export function renderCertificate(certificate: CertificateDescription): string {
  const { subject, notBefore, notAfter } = certificate
  const dates = [notBefore, notAfter].map((date) => date.toISOString().slice(0, 10)).join(' to ')
  return `${printable(subject) || '(no name)'}, ${keyOf(certificate)}, ${dates}`
}

function renderCheck({ id, outcome, message }: Check): string {
  const mark = {
    pass: paint('green', 'pass'),
    fail: paint('red', 'FAIL'),
    unknown: paint('yellow', 'open'),
  }
  return `  ${mark[outcome]}  ${id.padEnd(12)}${printable(message)}`
}

function renderLimits({ verdict, witnesses }: Report): string[] {
  if (verdict !== 'passed') return []
  const hosts = witnesses.map(({ host }) => host).join(' and ')
  return [
    'not proven',
    `  that the clock of ${hosts} was right, or that nobody else held its key, then or since`,
    '  who made the files, and that they did not exist long before',
  ]
}

function methodsOf({ rounds }: WitnessReport): string {
  return [...new Set(rounds.map(({ scheme, group }) => `${scheme} over ${group}`))].join(', ')
}

function keyOf({ key }: CertificateDescription): string {
  return `${key} key`
}

function address({ host, port }: WitnessReport): string {
  if (port === 0) return host
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

export function instant(date: Date | null): string {
  return date ? date.toISOString().replace('T', ' ').replace('.000Z', ' UTC') : 'an unknown time'
}

function tries(count: number): string {
  return count < 1e6 ? `${count}` : `${(count / 1e6).toFixed(0)} million`
}

export function row(title: string, text: string): string {
  return `  ${title.padEnd(14)}${text}`
}

/** A terminal is no place for a million lines; `--json` has them all. */
const MAX_LISTED = 20
