// What reports say in words, plain strings without colour or markup: the terminal and the page print the same ones.

import { toHex } from './bytes.ts'
import type { Subject } from './commitment.ts'
import type { HandshakeReport } from './inspect.ts'
import type {
  AnchorInspection,
  ChainInspection,
  ClientRandomOrigin,
  ClockInspection,
  RoundInspection,
  StatementReport,
} from './inspect-statement.ts'
import type { CertificateDescription } from './pki/describe.ts'
import type { ChainReport, Report, SubjectReport, WitnessReport } from './report.ts'
import type { Unsigned } from './statement.ts'

/** Text from outside with control, format and bidirectional characters spelled out, so that it can't act. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, (char) => {
    return `\\u{${(char.codePointAt(0) as number).toString(16)}}`
  })
}

/**
 * What stands behind the verdict, a sentence a line: what existed, no later than when, on whose word; else what failed
 * or stayed open.
 */
export function verdictSentences(report: Report): readonly string[] {
  const { verdict, subjects, time, checks } = report
  if (verdict !== 'passed') {
    const decisive = verdict === 'failed' ? 'fail' : 'unknown'
    return checks
      .filter(({ outcome }) => outcome === decisive)
      .map(({ message }) => printable(message))
  }
  const names = subjects.length === 1 ? 'the subject' : `all ${subjects.length} subjects`
  return [
    `${names} existed no later than ${instant(time.notAfter)}`,
    onWhoseWord(counting(report)),
    ...interval(time),
    ...renewed(report),
  ]
}

/** The witnesses that count. */
function counting({ witnesses }: Pick<Report, 'witnesses'>): readonly WitnessReport[] {
  return witnesses.filter(({ counts }) => counts)
}

function onWhoseWord(witnesses: readonly WitnessReport[]): string {
  const who = witnesses.length === 1 ? 'says the holder of the key' : 'say the holders of the keys'
  return `${who} certified for ${listed(witnesses.map(({ host }) => host))}`
}

/** Where several clocks differ. */
function interval({ notBefore, claimed, notAfter }: Report['time']): string[] {
  if (notBefore?.getTime() === claimed?.getTime()) return []
  return [`each signed it first between ${instant(notBefore)} and ${instant(notAfter)}`]
}

function renewed({ renewals }: Report): string[] {
  const last = renewals.at(-1)
  if (last === undefined) return []
  const how = renewals.length === 1 ? 'renewed' : `renewed ${renewals.length} times, the last time`
  const hosts = listed(counting(last).map(({ host }) => host))
  return [`${how} no later than ${instant(last.time.notAfter)} by ${hosts}`]
}

/** What a report that passed does not prove, a line each; nothing of one that did not pass. */
export function notProven(report: Report): readonly string[] {
  if (report.verdict !== 'passed') return []
  const witnesses = counting(report)
  const hosts = listed(witnesses.map(({ host }) => host))
  const since = report.renewals.length > 0 ? 'then or until it was renewed' : 'then or since'
  return [
    witnesses.length === 1
      ? `that the clock of ${hosts} was right, or that nobody else held its key, ${since}`
      : `that the clocks of ${hosts} were right, or that nobody else held their keys, ${since}`,
    'who made the files, and that they did not exist long before',
  ]
}

/** How a subject compares with the files given. */
export function subjectState({ matched, missing }: SubjectReport): string {
  if (missing) return 'MISSING'
  return matched === null ? 'not compared' : matched ? 'unaltered' : 'ALTERED'
}

/** How far a witness's clock is to be believed, and what forging it takes. */
export function clockSentence({ clock, rounds, expectedTries }: WitnessReport): string {
  if (clock === 'implausible') return 'implausible: random bytes, or not one clock'
  const rest = `forging it with a server that runs no clock takes about ${tries(expectedTries)} handshakes`
  return `${clock} by ${rounds.length} round${rounds.length === 1 ? '' : 's'}; ${rest}`
}

/** Whether a witness's word counts, and if not why. */
export function standingOf({ counts, faults }: WitnessReport): string {
  return counts ? 'yes' : `no: ${printable(faults[0]?.message ?? 'it does not hold')}`
}

/** What a renewal proves. */
export function renewalSentence({ time }: ChainReport, index: number): string {
  return time.notAfter
    ? `renewal ${index}: all before it existed no later than ${instant(time.notAfter)}`
    : `renewal ${index}: without a credible time`
}

/** "ecdsa_sha256 over x25519"; each once. */
export function methodsOf({ rounds }: WitnessReport): string {
  return [...new Set(rounds.map(({ scheme, group }) => `${scheme} over ${group}`))].join(', ')
}

/** "example.org:443", or the host alone when the port is not known. */
export function address({ host, port }: Pick<WitnessReport, 'host' | 'port'>): string {
  if (port === 0) return host
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** "CN=example.org, P-256 key, 2026-01-01 to 2026-03-31". */
export function certificateLine(certificate: CertificateDescription): string {
  const { subject, notBefore, notAfter } = certificate
  const dates = [notBefore, notAfter].map((date) => date.toISOString().slice(0, 10)).join(' to ')
  return `${printable(subject) || '(no name)'}, ${keyOf(certificate)}, ${dates}`
}

/** "P-256 key". */
export function keyOf({ key }: CertificateDescription): string {
  return `${key} key`
}

/** "2026-11-22 12:00:00 UTC". */
export function instant(date: Date | null): string {
  return date ? date.toISOString().replace('T', ' ').replace('.000Z', ' UTC') : 'an unknown time'
}

/** "1 byte", "2 rounds". */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** What is known of the signature over the key exchange, in words. */
export function signatureOf(report: HandshakeReport): string {
  const { signature, scheme } = report
  switch (signature) {
    case 'valid':
    case 'invalid':
      return `${signature}: ${scheme} over client_random, server_random and params`
    case 'unsupported':
      return `there is one${scheme ? `, ${scheme}` : ''}, that can't be checked with what is here`
    default:
      return whyUnsigned(report)
  }
}

/** A name, and what there is of that name. */
export type Row = readonly [name: string, text: string]

/** What a statement holds beside its rounds and renewals; of a long list the first subjects. */
export function statementRows(report: StatementReport): readonly Row[] {
  const { statement, rounds, renewals } = report
  const extent = [
    counted(rounds.length, 'round'),
    ...(renewals.length > 0 ? [counted(renewals.length, 'renewal')] : []),
  ]
  if (statement === null) {
    return [['statement', `damaged; ${extent.join(', ')} can still be read`], ...chainRows(report)]
  }
  const { subjects, unsigned } = statement
  const more = subjects.length - MAX_SUBJECTS
  const size = counted(subjects.length, 'subject')
  return [
    ['statement', `tls-stamp/1, ${[size, ...extent].join(', ')}`],
    ...subjects.slice(0, MAX_SUBJECTS).flatMap(subjectRows),
    ...(more > 0 ? [['', `and ${more} more`] as const] : []),
    ...chainRows(report, unsigned),
  ]
}

/** What a renewal holds beside its rounds. */
export function renewalRows(report: StatementReport, index: number): readonly Row[] {
  const chain = report.renewals[index]
  if (!chain) throw new RangeError(`expected the number of a renewal, got ${index}`)
  const unsigned = report.statement?.renewals?.[index]?.unsigned
  return [['rounds', `${chain.rounds.length}`], ...chainRows(chain, unsigned)]
}

/** What a round comes to. */
export function roundRows(round: RoundInspection): readonly Row[] {
  const { handshake, signed } = round
  const { version, cipherSuite, group, serverTime, error } = handshake
  const size = signed.reduce((sum, { length }) => sum + length, 0)
  const parts = signed.map(({ name, length }) => `${name} (${length})`).join(', ')
  return [
    ['session', [version, cipherSuite, group && `over ${group}`].filter(Boolean).join(' ')],
    ['signature', signatureOf(handshake)],
    ...(size > 0 ? [['signed *', `${counted(size, 'byte')}: ${parts}`] as const] : []),
    ['client_random', ORIGINS[round.clientRandom]],
    ...(serverTime ? [['server time', `${instant(serverTime)}: the server's claim`] as const] : []),
    ...(error ? [['wrong', printable(error.message)] as const] : []),
  ]
}

/** "round 0 example.org:443". */
export function roundTitle({ host, port }: RoundInspection, index: number): string {
  return `round ${index}${host === null ? '' : ` ${address({ host, port: port ?? 0 })}`}`
}

function subjectRows({ name, sha256, salt, inclusionProof }: Subject): Row[] {
  return [
    ['sha256', `${toHex(sha256)}  ${printable(name)}`],
    ...(salt ? [['salt', `${toHex(salt)}  keeps others from guessing`] as const] : []),
    ...(inclusionProof ? [['inclusion', placeOf(inclusionProof)] as const] : []),
  ]
}

function placeOf({ leafIndex, treeSize, hashes }: NonNullable<Subject['inclusionProof']>): string {
  const path = `${hashes.length} hash${hashes.length === 1 ? '' : 'es'} beside it`
  return `cut out of a list: index ${leafIndex} of ${treeSize} subjects, ${path}`
}

function chainRows({ clocks, trustAnchors }: ChainInspection, unsigned?: Unsigned): Row[] {
  return [
    ...clocks.map(clockRow),
    ...(unsigned
      ? [
          ['local time', `${instant(unsigned.localTime)}, the signer's own word`] as const,
          ['tool', `${printable(unsigned.tool)}, the signer's own word`] as const,
        ]
      : []),
    ...trustAnchors.flatMap(anchorRows),
  ]
}

function clockRow({ host, rounds, clock }: ClockInspection): Row {
  const whose = host === null ? '' : `${printable(host)}: `
  return ['clock', `${whose}${clock}, by the times of ${counted(rounds, 'round')}`]
}

function anchorRows({ fingerprint, certificate }: AnchorInspection): Row[] {
  const what = certificate ? certificateLine(certificate) : 'no certificate that can be read'
  return [
    ['trust anchor', `${what}, the signer's own word, never trusted by itself`],
    ['', `sha256 ${fingerprint}`],
  ]
}

function whyUnsigned({ version, cipherSuite, keyExchange, messages }: HandshakeReport): string {
  if (version?.startsWith('TLS 1.3')) return 'none in plain text: TLS 1.3 encrypts its own'
  if (cipherSuite === null) return 'none: there is no ServerHello'
  if (keyExchange === 'RSA') return 'none: an RSA key exchange signs nothing'
  if (keyExchange === 'anon') return 'none: the server is anonymous'
  const sent = new Set(messages.map(({ name }) => name))
  if (sent.has('ServerKeyExchange')) return 'none that can be read'
  return sent.has('Certificate')
    ? 'none: what was recorded ends before the ServerKeyExchange'
    : 'none: there is no ServerKeyExchange, as in a resumed session'
}

/** "a", "a and b", "a, b and c". */
function listed(names: readonly string[]): string {
  const [last = '', ...others] = [...names].reverse()
  return others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`
}

function tries(count: number): string {
  return count < 1e6 ? `${count}` : `${(count / 1e6).toFixed(0)} million`
}

const ORIGINS: Readonly<Record<ClientRandomOrigin, string>> = {
  commitment: 'is the commitment to the subjects',
  'no-commitment': 'is not the commitment to the subjects',
  'file-before': 'is SHA-256 of the file as it was before this renewal',
  'other-file': 'is not SHA-256 of the file as it was before this renewal',
  chained: 'is SHA-256 over the round before (SPEC.md §4)',
  'broken-chain': 'is not SHA-256 over the round before (SPEC.md §4)',
  unknown: 'is of something that is not there any more',
}

/** Of a list that inspect shows. */
const MAX_SUBJECTS = 20
