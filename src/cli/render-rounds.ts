// A signed statement as inspect shows it: who signed which bytes, and what nobody did. Pure.

import { toHex } from '../bytes.ts'
import {
  NOBODY_SIGNED,
  type RoundInspection,
  type SignedPart,
  type StatementReport,
} from '../inspect-statement.ts'
import { counted, instant, originOf, signatureOf } from '../wording.ts'
import { row } from './render.ts'
import { columns, count, type LineStyle, placeFields } from './render-fields.ts'
import { paint, printable } from './terminal.ts'

/** All of a statement, or of what is left of one; an asterisk stands beside what the server signed. */
export function renderStatement(
  report: StatementReport,
  { hex }: { readonly hex: boolean },
): string[] {
  const { statement, rounds, clock } = report
  const subjects = statement?.subjects ?? []
  const more = subjects.length - MAX_SUBJECTS
  return [
    ...(statement
      ? [
          row(
            'statement',
            `tls-stamp/1, ${counted(subjects.length, 'subject')}, ${roundsOf(report)}`,
          ),
        ]
      : [row('statement', `damaged; ${roundsOf(report)} can still be read`)]),
    ...subjects
      .slice(0, MAX_SUBJECTS)
      .map(({ name, sha256, inclusionProof }) =>
        row(
          'sha256',
          `${toHex(sha256)}  ${printable(name)}${inclusionProof ? ', cut out of a list' : ''}`,
        ),
      ),
    ...(more > 0 ? [row('', `and ${more} more`)] : []),
    ...(clock ? [row('clock', `${clock}, by the rounds' own times`)] : []),
    ...(statement
      ? [
          row('local time', `${instant(statement.unsigned.localTime)}, the signer's own word`),
          row('tool', `${printable(statement.unsigned.tool)}, the signer's own word`),
        ]
      : []),
    ...rounds.flatMap((round, index) => ['', ...renderRound(round, index, hex)]),
    '',
    'nobody signed (SPEC.md §8)',
    ...NOBODY_SIGNED.map((line) => `  ${line}`),
  ]
}

function roundsOf({ rounds }: StatementReport): string {
  return counted(rounds.length, 'round')
}

function renderRound(round: RoundInspection, index: number, hex: boolean): string[] {
  const { host, port, handshake, signed } = round
  const { version, cipherSuite, group, serverTime, error, messages } = handshake
  const where = host === null ? '' : ` ${host.includes(':') ? `[${host}]` : host}:${port}`
  const session = [version, cipherSuite, group && `over ${group}`].filter(Boolean).join(' ')
  const size = signed.reduce((sum, { length }) => sum + length, 0)
  const parts = signed.map(({ name, length }) => `${name} (${length})`).join(', ')
  return [
    paint('bold', `round ${index}${printable(where)}`),
    row('session', session),
    row('signature', signatureOf(handshake)),
    ...(size > 0 ? [row('signed *', `${count(size)}: ${parts}`)] : []),
    row('client_random', originOf(round)),
    ...(serverTime ? [row('server time', `${instant(serverTime)}: the server's claim`)] : []),
    ...(error ? [row('wrong', printable(error.message))] : []),
    '',
    ...messages.flatMap((message, i) => {
      const own = signed.filter((part) => part.message === i)
      const style = styleOf(hex, own)
      const arrow = message.sender === 'client' ? '->' : '<-'
      const title = `${arrow} ${paint('bold', printable(message.name))}`
      const meaning = count(message.length)
      return [
        columns(style, { place: undefined, bytes: NONE, title, meaning }),
        ...placeFields(message.fields, style, 1).map(({ text }) => text),
      ]
    }),
  ]
}

function styleOf(hex: boolean, signed: readonly SignedPart[]): LineStyle {
  return {
    layout: hex ? 'dump' : 'brief',
    maxBytes: 8,
    details: true,
    place: (offset) => offset,
    marked: (at) => signed.some(({ offset, length }) => at >= offset && at < offset + length),
  }
}

const NONE = new Uint8Array(0)
const MAX_SUBJECTS = 20
