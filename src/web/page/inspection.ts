// "Look inside": the rounds of a statement, their messages, and on demand every byte of them.

import type { Inside, InsideChain, InsideRound, MessagePlace } from '../tasks.ts'
import type { AskWorker } from './ask.ts'
import { renderDump } from './dump.ts'
import { element, replace, rowsOf } from './element.ts'

/** Shows all that stands in the section. */
export function renderInside({ chains, nobodySigned }: Inside, ask: AskWorker): HTMLElement[] {
  return [
    element('h2', { id: 'inside-title' }, 'Look inside'),
    element(
      'p',
      { class: 'lead' },
      'The handshakes, byte by byte. ',
      element('span', { class: 'sample' }, 'Marked bytes'),
      ', in rows with an asterisk, were signed by the server in that round; the next round signs a hash over all of them.',
    ),
    ...chains.flatMap((chain, index) => renderChain(chain, index, ask)),
    element('h3', {}, 'What nobody signed'),
    element('ul', { class: 'plain exact' }, ...nobodySigned.map((line) => element('li', {}, line))),
  ]
}

function renderChain({ rows, rounds }: InsideChain, chain: number, ask: AskWorker): HTMLElement[] {
  return [
    ...(chain > 0 ? [element('h3', { class: 'inside-renewal' }, `Renewal ${chain - 1}`)] : []),
    rowsOf(rows),
    ...rounds.map((round, index) => renderRound(round, { chain, round: index }, ask)),
  ]
}

function renderRound(
  round: InsideRound,
  place: Omit<MessagePlace, 'message'>,
  ask: AskWorker,
): HTMLElement {
  const { title, rows, messages } = round
  return element(
    'details',
    { class: 'inside-round' },
    element('summary', {}, title),
    rowsOf(rows),
    ...messages.map((message, i) => renderMessage(message, { ...place, message: i }, ask)),
  )
}

function renderMessage(
  { name, sender, length, signed }: InsideRound['messages'][number],
  place: MessagePlace,
  ask: AskWorker,
): HTMLElement {
  const isWhole = signed.some((part) => part.length === length)
  const body = element('div', { class: 'message-body' }, 'reading…')
  const summary = element(
    'summary',
    {},
    element('span', { class: 'sender' }, sender === 'client' ? 'client → ' : 'server ← '),
    element('span', { class: 'message-name' }, name),
    element('span', { class: 'message-size' }, `, ${length} bytes`),
    signed.length > 0 &&
      element('span', { class: 'signed-note' }, isWhole ? ', signed' : ', signed in part'),
  )
  const details = element('details', { class: 'message' }, summary, body)
  const open = async (): Promise<void> => {
    try {
      const fields = await ask('fields', place)
      replace(body, renderDump(name, fields, body.clientWidth < NARROW ? 8 : 16))
    } catch (error) {
      replace(body, error instanceof Error ? error.message : `${error}`)
    }
  }
  details.addEventListener('toggle', () => void open(), { once: true })
  return details
}

/** The width in pixels within which sixteen bytes and their fields find no room. */
const NARROW = 560
