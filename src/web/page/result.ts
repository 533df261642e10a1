// The judgement on the page: the verdict first and large, then everything that led to it.

import { CHECKS, type ChainReport, type Check, knownWitnesses, wording } from '../../index.ts'
import type { Judged, Judgement } from '../tasks.ts'
import type { AskWorker } from './ask.ts'
import { renderCommands } from './commands.ts'
import { actionButton, type Child, element, icon, rowsOf, saveFile, section } from './element.ts'
import { renderOld } from './legacy.ts'
import { trustSentence } from './policy.ts'
import { renderSubjects } from './subjects.ts'
import { type DrawnChain, renderTimeline } from './timeline.ts'
import { renderWitness } from './witness.ts'

/** Shows all of a judgement in reading order. */
export function renderResult(judgement: Judgement, ask: AskWorker): readonly Child[] {
  const { judged, opened, policy, at } = judgement
  const { witnesses, checks, renewals, limits } = judged
  const chains = [judged, ...renewals]
  const drawn = (i: number): DrawnChain => ({
    witnesses: chains[i]?.witnesses ?? [],
    hosts: judged.hosts[i] ?? [],
    renewed: chains[i + 1]?.time.claimed ?? null,
  })
  return [
    renderVerdict(judgement),
    renderSubjects(judged, opened, ask),
    limits.length > 0 && section('limits', 'Not proven', listOf(limits)),
    witnesses.length > 0 &&
      section(
        'witness-section',
        witnesses.length === 1 ? 'Witness' : 'Witnesses',
        ...witnesses.map((witness) => renderWitness(witness, judged)),
      ),
    witnesses.length > 0 && section('timeline-section', 'Timeline', renderTimeline(drawn(0))),
    section('checks', 'Checks', renderChecks(checks)),
    ...renewals.map((renewal, i) => renderRenewal(renewal, i, drawn(i + 1))),
    renderCommands(judgement),
    element(
      'p',
      { class: 'verified-at' },
      `Verified at ${wording.instant(new Date(Math.floor(+at / 1000) * 1000))} according to this computer’s clock. ${trustSentence(policy)}`,
    ),
    opened.kind === 'old' && renderOld(opened.description),
    renderSaving(ask),
  ]
}

/** Says the verdict and what it rests on, for those who hear the page. */
export function spokenVerdict({ verdict, sentences, headline }: Judged): string {
  const rows = headline.map(([title, text]) => `${title}: ${text}`)
  return `${verdict}: ${[...sentences.slice(0, MAX_SPOKEN), ...rows.slice(0, MAX_SPOKEN)].join('; ')}`
}

function renderVerdict({ judged, opened }: Judgement): HTMLElement {
  const { verdict, sentences, headline, time } = judged
  const passed = verdict === 'passed'
  const first = opened.kind === 'statement' && opened.subjects === 1 ? opened.names[0] : undefined
  const words = passed
    ? sentences.map((sentence, i) =>
        element('p', { class: i === 0 ? 'claim' : 'word-of' }, sentence),
      )
    : [listOf(sentences, 'reasons')]
  return element(
    'section',
    { class: `verdict ${verdict}`, 'aria-labelledby': 'verdict' },
    icon(verdict),
    element(
      'div',
      { class: 'verdict-words' },
      element('h2', { id: 'verdict' }, verdict),
      first !== undefined &&
        element('p', { class: 'what' }, 'subject ', element('code', {}, wording.printable(first))),
      ...words,
      passed && time.notAfter !== null && localTime(time.notAfter),
      rowsOf(headline),
      ...hintsFor(judged).map((hint) => element('p', { class: 'hint' }, hint)),
    ),
  )
}

function localTime(date: Date): HTMLElement {
  const local = date.toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'medium' })
  const time = element('time', { datetime: date.toISOString() }, local)
  return element('p', { class: 'local' }, 'In your time zone: ', time)
}

function renderChecks(checks: readonly Check[], label = 'All checks'): HTMLElement {
  return element(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': label, tabindex: 0 },
    // With their roles named, since narrow screens lay the cells out in another way
    element(
      'table',
      { class: 'checks-table', role: 'table' },
      element(
        'thead',
        { role: 'rowgroup' },
        element(
          'tr',
          { role: 'row' },
          ...['Outcome', 'Check', 'Finding', 'Source'].map((title) =>
            element('th', { scope: 'col', role: 'columnheader' }, title),
          ),
        ),
      ),
      element('tbody', { role: 'rowgroup' }, ...checks.map(renderCheck)),
    ),
  )
}

function renderCheck({ id, outcome, message }: Check): HTMLElement {
  const [question, source] = CHECKS[id] ?? [id, '']
  return element(
    'tr',
    { class: outcome, role: 'row' },
    element(
      'td',
      { role: 'cell' },
      element('span', { class: `outcome ${outcome}` }, OUTCOMES[outcome]),
    ),
    element('th', { scope: 'row', role: 'rowheader' }, id),
    element(
      'td',
      { role: 'cell' },
      element('span', { class: 'finding' }, wording.printable(message)),
      element('span', { class: 'question' }, question),
    ),
    element('td', { class: 'source', role: 'cell' }, source),
  )
}

function renderRenewal(renewal: ChainReport, index: number, drawn: DrawnChain): HTMLElement {
  const { witnesses, checks } = renewal
  return element(
    'section',
    { class: 'renewal' },
    element('h2', {}, `Renewal ${index}`),
    element(
      'p',
      { class: 'finding' },
      wording.renewalSentence(renewal, index).replace(/^.*?: /, ''),
    ),
    ...witnesses.map((witness) => renderWitness(witness, renewal)),
    witnesses.length > 0 && renderTimeline(drawn),
    renderChecks(checks, `Checks of renewal ${index}`),
  )
}

/** Says what can be done about an open question, in terms of this page. */
function hintsFor({ checks, witnesses }: Judged): string[] {
  const open = new Set(checks.filter(({ outcome }) => outcome !== 'pass').map(({ code }) => code))
  const hosts = witnesses.map(({ host }) => host).slice(0, 4)
  const known = knownWitnesses.map(({ host }) => host).join(', ')
  const hints: string[] = []
  if (open.has('unknown-issuer')) {
    hints.push('If you trust another authority, add its certificate under “Whom you trust”.')
  }
  if (open.has('not-accepted')) {
    hints.push(
      `These hosts are accepted by default: ${known}. To accept ${hosts.join(', ')}, add the name under “Whom you trust” if you trust its clock and key.`,
    )
  }
  if (open.has('none-compared')) {
    hints.push('Choose a file to compare, or verify the statement alone.')
  }
  if (open.has('missing-file')) {
    hints.push(
      'A folder is expected to hold every subject. To compare only some of them, choose their files.',
    )
  }
  return hints
}

/** Makes the buttons that take the report along: printed, or as the JSON that `verify --json` prints. */
function renderSaving(ask: AskWorker): HTMLElement {
  const print = actionButton('print', 'Print or save as PDF', () => window.print())
  print.classList.add('primary')
  const save = actionButton('save-json', 'Save the report as JSON', async () => {
    saveFile('report.json', 'application/json', `${await ask('json', null)}\n`)
  })
  return element('p', { class: 'saving' }, print, save)
}

function listOf(items: readonly string[], name = 'plain'): HTMLElement {
  return element('ul', { class: name }, ...items.map((item) => element('li', {}, item)))
}

/** Sentences and rows of each that are read out. */
const MAX_SPOKEN = 3

const OUTCOMES: Readonly<Record<Check['outcome'], string>> = {
  pass: 'pass',
  fail: 'FAIL',
  unknown: 'unknown',
}
