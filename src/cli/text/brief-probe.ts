// The short report of a probe: whether the server can sign, why not, and what a user of it should know. Pure.

import { address, counted, instant, printable } from '../../encoding/index.ts'
import type { Answer, CertificatesReport, ProbeReport, Reason } from '../../probe/index.ts'
import { isRc4 } from '../../tls/index.ts'
import { paint } from '../terminal.ts'
import { commandLines, fitted, paragraph } from './brief.ts'
import { type Commands, clockSentence, remaining } from './probe.ts'
import { row } from './report.ts'

/** The answer first, then clock, key, path, expiry and what else is to be known, and the command that uses the server. */
export function briefProbe(report: ProbeReport, commands: Commands, width: number): string {
  const { host, port, witness, tls13, certificates, clock } = report
  const role = (can: boolean, who: string, what: string, reasons: readonly Reason[]): string =>
    can ? `${who} can be ${what}` : `${who} cannot be ${what}: ${listed(reasons)}`
  const colour = witness ? 'green' : tls13.guard ? 'yellow' : 'red'
  const where = address({ host, port })
  return fitted(
    [
      paragraph(
        0,
        paint(colour, paint('bold', role(witness, where, 'a clock witness', report.reasons))),
        width,
        2,
      ),
      paragraph(1, role(tls13.guard, 'it', 'a guard', tls13.reasons), width, 2),
      paragraph(witness ? 2 : 3, row('clock', clockSentence(clock)), width),
      ...(certificates ? certificateRows(certificates, width) : []),
      ...notes(report).map((text, i) => paragraph(4 + i, row(i === 0 ? 'note' : '', text), width)),
    ],
    width,
    usage(commands, width),
  )
}

function listed(reasons: readonly Reason[]): string {
  return reasons.map(({ message }) => printable(message)).join('; ')
}

function certificateRows(
  { trusted, path, daysLeft }: CertificatesReport,
  width: number,
): ReturnType<typeof paragraph>[] {
  const [endEntity] = path
  if (!endEntity) return []
  const names = path.map(({ subject }) => printable(subject) || '(no name)').join(' < ')
  const first = new Date(Math.min(...path.map(({ notAfter }) => notAfter.getTime())))
  return [
    paragraph(
      3,
      row('path', `${trusted ? 'valid' : 'not valid'}, ${endEntity.key} key: ${names}`),
      width,
    ),
    ...(daysLeft !== null
      ? [paragraph(2, row('expires', `${instant(first)}, ${remaining(daysLeft)}`), width)]
      : []),
  ]
}

/** What is unusual, or will be a problem soon, though it is no reason against the server. */
function notes({ versions, cipherSuites, staple, certificates, ...report }: ProbeReport): string[] {
  const taken = (answers: readonly Answer[] | null): readonly Answer[] =>
    (answers ?? []).filter(({ outcome }) => outcome === 'taken')
  const old = taken(versions).filter(({ code }) => code < TLS12)
  const rc4 = taken(cipherSuites).filter(({ code }) => isRc4(code))
  const days = certificates?.daysLeft ?? Number.POSITIVE_INFINITY
  const { signatureSchemes, groups } = report
  const silent = [versions, cipherSuites, signatureSchemes, groups]
    .flatMap((answers) => answers ?? [])
    .filter(({ outcome }) => outcome === 'no-answer' || outcome === 'not-asked')
  return [
    ...(staple?.status === 'revoked' ? ['the stapled OCSP response says revoked'] : []),
    ...(days >= 0 && days < SOON ? ['a certificate on the path expires soon'] : []),
    ...(old.length > 0
      ? [`accepts ${old.map(({ name }) => name).join(' and ')}, which RFC 8996 deprecates`]
      : []),
    ...(rc4.length > 0 ? ['accepts RC4, which RFC 7465 prohibits'] : []),
    ...(silent.length > 0 ? [`left ${counted(silent.length, 'question')} unanswered`] : []),
  ]
}

/** How to use the server for the most that it can be. */
function usage({ sign, guard }: Commands, width: number): string[] {
  if (sign) return commandLines('sign', sign, width)
  return guard ? commandLines('as a guard', guard, width) : []
}

const TLS12 = 0x0303
/** Days. */
const SOON = 14
