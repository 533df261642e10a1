// What a probe found, as tables of text. Pure.

import { counted, instant, printable } from '../../encoding/index.ts'
import type {
  Answer,
  AnswerOutcome,
  CertificatesReport,
  ClockReport,
  ProbeReport,
  StapleReport,
} from '../../probe/index.ts'
import { certificateLine } from '../../x509/index.ts'
import { paint } from '../terminal.ts'
import { row } from './report.ts'

/** Commands to type, in parts that stay together, safe to print; null for what this server cannot do. */
export type Commands = Readonly<
  Record<'sign' | 'verify' | 'guard' | 'window', readonly string[] | null>
>

/** All of it: the last line says whether the server can be a clock witness. */
export function renderProbe(report: ProbeReport, commands: Commands): string {
  const { versions, cipherSuites, signatureSchemes, groups, certificates, tls13 } = report
  const sections = [
    ...(versions ? [['versions', ...versions.map(renderAnswer)]] : []),
    ...(cipherSuites ? [renderList('cipher suites', cipherSuites, report.version)] : []),
    ...(signatureSchemes ? [['signature schemes', ...signatureSchemes.map(renderAnswer)]] : []),
    ...(groups ? [['groups', ...groups.map(renderAnswer)]] : []),
    ...TLS13_LISTS.flatMap(([title, list]) => {
      const answers = tls13[list]
      return answers ? [renderList(`TLS 1.3 ${title}`, answers)] : []
    }),
    ...(certificates ? [renderCertificates(certificates, report)] : []),
    ['clock', ...renderClock(report.clock)],
    renderVerdict(report, commands),
  ]
  return sections.map((lines) => lines.join('\n')).join('\n\n')
}

function renderAnswer({ name, outcome, detail }: Answer): string {
  const word = paint(COLOURS[outcome], WORDS[outcome].padEnd(10))
  const line = `  ${name.padEnd(NAME_WIDTH)}  ${word}  ${printable(detail ?? '')}`
  return line.trimEnd()
}

/** Those that are taken, one by one, and how many are not, by the reason. */
function renderList(title: string, suites: readonly Answer[], version = 'TLS 1.3'): string[] {
  const taken = suites.filter(({ outcome }) => outcome === 'taken')
  const others = new Map<string, number>()
  for (const { outcome, detail } of suites.filter((suite) => !taken.includes(suite))) {
    const reason = [WORDS[outcome], ...(detail ? [detail] : [])].join(': ')
    others.set(reason, (others.get(reason) ?? 0) + 1)
  }
  return [
    `${title}: ${taken.length} of ${suites.length} accepted${taken.length > 0 ? '' : ` in ${version}`}`,
    ...taken.map(renderAnswer),
    ...[...others].map(([reason, count]) =>
      paint(
        'dim',
        `  ${`${count} ${taken.length > 0 ? 'others' : 'of them'}`.padEnd(NAME_WIDTH)}  ${printable(reason)}`,
      ),
    ),
  ]
}

function renderCertificates(certificates: CertificatesReport, report: ProbeReport): string[] {
  const { trusted, message, namesHost, path, daysLeft } = certificates
  const { window } = report.tls13
  const left = daysLeft === null ? '' : `, ${remaining(daysLeft)}`
  return [
    'certificates',
    row(
      'path',
      trusted ? `${paint('green', message)}${left}` : `${paint('red', printable(message))}${left}`,
    ),
    row('names', namesHost ? report.host : paint('red', `not ${report.host}`)),
    ...path.map((certificate, i) => row(i === 0 ? 'chain' : '', certificateLine(certificate))),
    ...(window
      ? [row('window', `${instant(window.notBefore)} to ${instant(window.notAfter)}`)]
      : []),
    row('staple', renderStaple(report.staple)),
  ]
}

/** "61 days left", for a path. */
export function remaining(left: number): string {
  if (left < 0) return 'expired'
  return `${counted(left, 'day')} left`
}

function renderStaple(staple: StapleReport | null): string {
  if (staple === null) return 'none'
  const { status, thisUpdate, nextUpdate } = staple
  if (status === null)
    return 'an OCSP response that does not cover this certificate, or is unreadable'
  const until = nextUpdate ? ` until ${instant(nextUpdate)}` : ''
  return `an OCSP response, not verified: ${status} from ${instant(thisUpdate)}${until}`
}

function renderClock({ kind, offset, serverTimes }: ClockReport): string[] {
  const sentence = clockSentence({ kind, offset, serverTimes })
  const colour = { corroborated: 'green', uncorroborated: 'yellow' } as const
  const painted = paint(kind in colour ? colour[kind as keyof typeof colour] : 'red', sentence)
  if (serverTimes.length === 0) return [row('says', painted)]
  return [row('says', painted), row('times', serverTimes.map(instant).join(', '))]
}

/** "corroborated by 3 chained rounds, in step with this machine's". */
export function clockSentence({ kind, offset, serverTimes }: ClockReport): string {
  return {
    corroborated: `corroborated by ${serverTimes.length} chained rounds, ${distance(offset)}`,
    wrong: `a wrong clock: ${distance(offset)}`,
    uncorroborated: `fewer than three rounds say too little about it: ${distance(offset)}`,
    unsteady: `no single clock: the times of ${serverTimes.length} rounds contradict each other`,
    zero: 'zero instead of the time',
    milliseconds: 'milliseconds instead of seconds',
    random: 'random bytes, as most servers send',
    none: 'none: there was no signed key exchange',
  }[kind]
}

/** "2 seconds ahead of this machine's", for a clock. */
export function distance(offset: number | null): string {
  if (offset === null || offset === 0) return "in step with this machine's"
  const seconds = Math.abs(offset)
  const side = offset > 0 ? 'ahead of' : 'behind'
  const roughly = seconds >= 7200 ? ` (${span(seconds)})` : ''
  return `${counted(seconds, 'second')}${roughly} ${side} this machine's`
}

function span(seconds: number): string {
  const [size, name] = seconds < 172_800 ? [3600, 'hours'] : [86_400, 'days']
  return `${Math.round(seconds / size)} ${name}`
}

function renderVerdict({ reasons, tls13 }: ProbeReport, commands: Commands): string[] {
  const { sign, verify, guard, window } = commands
  return [
    ...(verify ? [`to verify what it signs: ${verify.join(' ')}`] : []),
    ...(window && !sign
      ? [`to sign with its TLS 1.3 certificate alone, without a clock: ${window.join(' ')}`]
      : []),
    renderRole('a guard', guard, tls13.reasons),
    renderRole('a clock witness', sign, reasons),
  ]
}

function renderRole(
  role: string,
  command: readonly string[] | null,
  reasons: ProbeReport['reasons'],
): string {
  const verdict = (colour: 'green' | 'red', can: string): string =>
    paint(colour, paint('bold', `this server ${can} be ${role}:`))
  if (command) return `${verdict('green', 'can')} ${command.join(' ')}`
  const why = reasons.map(({ message }) => printable(message)).join('; ')
  return `${verdict('red', 'cannot')} ${why}`
}

const TLS13_LISTS = [
  ['cipher suites', 'cipherSuites'],
  ['signature schemes', 'signatureSchemes'],
  ['groups', 'groups'],
] as const

const WORDS: Readonly<Record<AnswerOutcome, string>> = {
  taken: 'accepted',
  other: 'not chosen',
  refused: 'refused',
  closed: 'closed',
  'no-answer': 'no answer',
  'not-asked': 'not asked',
}

const COLOURS = {
  taken: 'green',
  other: 'yellow',
  refused: 'dim',
  closed: 'dim',
  'no-answer': 'yellow',
  'not-asked': 'yellow',
} as const

const NAME_WIDTH = 45
