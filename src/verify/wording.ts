// What reports say in words, plain strings without colour or markup: the terminal and the page print the same ones.

import { counted, instant, listed, printable } from '../encoding/index.ts'
import type { ChainReport, Report, RoundReport, SubjectReport, WitnessReport } from './report.ts'

/** A report, with the files of a checksum list when that list is the only subject. */
export interface ReportWithList extends Report {
  readonly listed?: readonly SubjectReport[]
}

/**
 * Says what stands behind the verdict, a sentence a line: what existed, no later than when, on whose word; else what failed
 * or stayed open.
 */
export function verdictSentences(report: ReportWithList): readonly string[] {
  const { verdict, subjects, listed, time, checks } = report
  if (verdict !== 'passed') {
    const decisive = verdict === 'failed' ? 'fail' : 'unknown'
    return checks
      .filter(({ outcome }) => outcome === decisive)
      .map(({ message }) => printable(message))
  }
  const names = subjects.length === 1 ? 'the subject' : `all ${subjects.length} subjects`
  const extent = listed ? extentOf(listed, ' listed files') : extentOf(subjects)
  return [
    `${names} existed no later than ${instant(time.notAfter)}${reason(report)}${extent}`,
    onWhoseWord(report),
    ...unclocked(report),
    ...interval(time),
    ...guarded(report),
    ...renewed(report),
  ]
}

/** Says how many were compared; of the subjects themselves only when it was not all. */
function extentOf(subjects: readonly SubjectReport[], noun = ''): string {
  const compared = subjects.filter(({ matched }) => matched !== null).length
  if (compared === 0) return '; no file was compared'
  const isAll = compared === subjects.length
  if (isAll && noun === '') return ''
  const count = isAll ? `all ${compared}` : `${compared} of ${subjects.length}`
  return `; ${count}${noun} ${compared === 1 ? 'was' : 'were'} compared`
}

/** Picks the witnesses that count and say when; guards do only when there is no clock at all. */
function speaking({ witnesses }: Pick<Report, 'witnesses'>): readonly WitnessReport[] {
  const counting = witnesses.filter(({ counts }) => counts)
  const clocks = counting.filter(({ clock }) => clock !== 'none')
  return clocks.length > 0 ? clocks : counting
}

/** Says that the time is only that of a certificate, when no witness showed a clock. */
function reason(report: Report): string {
  const { claimed, notAfter } = report.time
  const speakers = speaking(report)
  const last = speakers.find(
    ({ rounds }) => rounds[0]?.window?.notAfter.getTime() === notAfter?.getTime(),
  )
  if (claimed !== null || !last) return ''
  const isOwn = last.path[0]?.notAfter.getTime() === notAfter?.getTime()
  const which = isOwn ? 'the certificate' : 'the last CA certificate above that'
  return `, when ${which} of ${last.host} expired`
}

/** Says why the time is only that of a certificate. */
function unclocked(report: Report): string[] {
  if (report.time.claimed !== null) return []
  const hosts = listed(speaking(report).map(({ host }) => host))
  return [`only certificates bound the time, because ${hosts} showed no clock`]
}

/** Says what each guard that counts adds: a bound that no stolen key of a clock witness gets around. */
function guarded({ witnesses, time }: Report): string[] {
  if (time.claimed === null) return []
  return witnesses
    .filter(({ clock, counts }) => clock === 'none' && counts)
    .map(({ host, rounds }) => {
      const date = rounds.at(-1)?.window?.notBefore.toISOString().slice(0, 10)
      return `the guard ${host} signed too: nobody can show a time before ${date} without its key as well`
    })
}

/** Names the operators that are known, and of the other witnesses the hosts that their keys are certified for. */
function onWhoseWord(report: Report): string {
  const witnesses = speaking(report)
  const operators = new Set(witnesses.flatMap(({ operator }) => operator ?? []))
  const known = [...operators].map((operator) => {
    const own = witnesses.filter((witness) => witness.operator === operator)
    return `${operator} (${own.map(certifiedName).join(', ')})`
  })
  const others = witnesses.filter(({ operator }) => operator === null)
  const holders = others.length === 1 ? 'the holder of the key' : 'the holders of the keys'
  const holding = `${holders} certified for ${listed(others.map(certifiedName))}`
  const who = others.length > 0 ? [...known, holding] : known
  const isOne = who.length === 1 && others.length < 2
  const only = report.independent < 2 ? 'only ' : ''
  return `${only}${listed(who)} ${isOne ? 'says so' : 'say so'}`
}

/** Names the host, and the wildcard that stands for it in its certificate. */
function certifiedName({ host, matchedNames }: WitnessReport): string {
  const wildcards = wildcardsOf(matchedNames)
  return wildcards.length > 0 ? `${host} under the wildcard ${listed(wildcards)}` : host
}

function wildcardsOf(names: WitnessReport['matchedNames']): readonly string[] {
  return names.filter(({ wildcard }) => wildcard).map(({ name }) => name)
}

/** Says in which interval several clocks differ. */
function interval({ notBefore, claimed, notAfter }: Report['time']): string[] {
  if (claimed === null || notBefore?.getTime() === claimed.getTime()) return []
  return [`each first signed it between ${instant(notBefore)} and ${instant(notAfter)}`]
}

function renewed({ renewals }: Report): string[] {
  const last = renewals.at(-1)
  if (last === undefined) return []
  const times = renewals.length === 1 ? '' : ` ${renewals.length} times, the last time`
  const hosts = listed(speaking(last).map(({ host }) => host))
  return [`it was renewed${times} no later than ${instant(last.time.notAfter)} by ${hosts}`]
}

/** What stands below the sentences of a short report, each with its title. */
export type HeadlineRow = readonly [
  title: 'claimed' | 'compared' | 'not compared' | 'listed' | 'failed' | 'unknown' | 'not proven',
  text: string,
]

/**
 * Says in brief what a verdict rests on: the time that is only claimed, what was compared, what else did not pass, and what
 * is not proven. `listed` are the files that the only subject lists.
 */
export function headlineRows(report: ReportWithList): readonly HeadlineRow[] {
  const { verdict, time, subjects, listed: list, checks } = report
  const said = verdictSentences(report)
  const limits = notProvenInBrief(report)
  return [
    ...(verdict !== 'passed' && time.notAfter !== null
      ? [['claimed', `no later than ${instant(time.notAfter)}`] as const]
      : []),
    comparisonRow(subjects, 'compared'),
    ...(list ? [comparisonRow(list, 'listed')] : []),
    ...checks
      .filter(({ outcome, message }) => outcome !== 'pass' && !said.includes(printable(message)))
      .map(({ outcome, message }): HeadlineRow => {
        return [outcome === 'fail' ? 'failed' : 'unknown', printable(message)]
      }),
    ...(limits === undefined ? [] : [['not proven', limits] as const]),
  ]
}

/** Says how the files compare: of several how many are unaltered, and the first that is not. */
function comparisonRow(
  subjects: readonly SubjectReport[],
  title: 'compared' | 'listed',
): HeadlineRow {
  const compared = subjects.filter(({ matched }) => matched !== null)
  if (compared.length === 0) {
    const more = subjects.length > 1 ? ` and ${subjects.length - 1} more` : ''
    return ['not compared', `${printable(subjects[0]?.name ?? '')}${more}`]
  }
  const bad = compared.find(({ matched }) => matched === false)
  const unaltered = compared.filter(({ matched }) => matched).length
  const shown = bad ?? (subjects.length === 1 ? compared[0] : undefined)
  const counts =
    unaltered === subjects.length ? `all ${unaltered}` : `${unaltered} of ${subjects.length}`
  const says = [
    ...(shown ? [`${subjectState(shown)}: ${printable(shown.name)}`] : []),
    ...(subjects.length === 1 ? [] : [`${counts} files ${bad ? 'are ' : ''}unaltered`]),
  ]
  return [title, says.join('; ')]
}

/** Says what a report that passed does not prove, a line each; nothing of one that did not pass. */
export function notProven(report: Report): readonly string[] {
  if (report.verdict !== 'passed') return []
  const witnesses = speaking(report)
  const hosts = listed(witnesses.map(({ host }) => host))
  const since = report.renewals.length > 0 ? 'until it was renewed' : 'ever since'
  return [
    report.time.claimed === null
      ? `that nobody else held a key certified for ${hosts}, then and ${since}, and that no server signed with an expired certificate`
      : witnesses.length === 1
        ? `that the clock of ${hosts} was right and its key secret, then and ${since}`
        : `that the clocks of ${hosts} were right and their keys secret, then and ${since}`,
    ...witnesses.flatMap(({ host, matchedNames }) =>
      wildcardsOf(matchedNames).map(
        (name) => `that the server was ${host}: any server with the key for ${name} can pose as it`,
      ),
    ),
    'who made the files, and how long they had existed before',
  ]
}

/** Says in one line what a report that passed does not prove; nothing of one that did not pass. */
function notProvenInBrief(report: Report): string | undefined {
  if (report.verdict !== 'passed') return undefined
  const author = `who made ${report.subjects.length === 1 ? 'it' : 'them'}`
  const one = speaking(report).length === 1
  const keys = one ? 'the key' : 'the keys'
  if (report.time.claimed === null) return `${author}, or that ${keys} stayed secret`
  const clocks = one ? 'the clock was' : 'the clocks were'
  return `${author}, or that ${clocks} right and ${keys} secret`
}

/** Says how a subject compares with the files given. */
export function subjectState({ matched, missing }: SubjectReport): string {
  if (missing) return 'MISSING'
  return matched === null ? 'not compared' : matched ? 'unaltered' : 'ALTERED'
}

/** Says when a round was signed by the server's clock, or else in which window it can have been. */
export function roundTime({ serverTime, window }: RoundReport): string {
  if (serverTime) return instant(serverTime)
  return window ? `${instant(window.notBefore)} to ${instant(window.notAfter)}` : instant(null)
}

/** Says how far a witness's clock is to be believed, and what forging it takes. */
export function clockSentence({ clock, rounds, expectedTries, faults }: WitnessReport): string {
  if (clock === 'none' || expectedTries === null) return 'none: TLS 1.3 signatures contain no time'
  if (clock === 'implausible') return `implausible: ${whyImplausible({ rounds, faults })}`
  const count = counted(rounds.length, 'round')
  const found = clock === 'corroborated' ? `${clock} by ${count}` : `${clock}: ${count} only`
  return `${found}; with a server that has no clock, forging it takes about ${tries(expectedTries)} handshakes`
}

function whyImplausible({ rounds, faults }: Pick<WitnessReport, 'rounds' | 'faults'>): string {
  if (faults.some(({ code }) => code === 'in-the-future')) return "ahead of this machine's clock"
  const isZero = rounds.every(({ serverTime }) => serverTime?.getTime() === 0)
  return isZero ? 'the server sends zero in place of the time' : 'random bytes, or several clocks'
}

/** Tells what a witness is among those of its chain: a guard, when others show a clock and it shows none. */
export function roleOf(
  { clock }: WitnessReport,
  { witnesses }: Pick<ChainReport, 'witnesses'>,
): 'witness' | 'guard' {
  return clock === 'none' && witnesses.some((other) => other.clock !== 'none') ? 'guard' : 'witness'
}

/** Says whether a witness's word counts, and if not why. */
export function standingOf({ counts, faults }: WitnessReport): string {
  return counts ? 'yes' : `no: ${printable(faults[0]?.message ?? 'it is not valid')}`
}

/** Says what a renewal proves. */
export function renewalSentence({ time }: ChainReport, index: number): string {
  return time.notAfter
    ? `renewal ${index}: everything before it existed no later than ${instant(time.notAfter)}`
    : `renewal ${index}: it shows no credible time`
}

/** Lists the schemes and groups of a witness's rounds, each once: "ecdsa_sha256 over x25519". */
export function methodsOf({ rounds }: WitnessReport): string {
  return [...new Set(rounds.map(({ scheme, group }) => `${scheme} over ${group}`))].join(', ')
}

function tries(count: number): string {
  return count < 1e6 ? `${count}` : `${(count / 1e6).toFixed(0)} million`
}
