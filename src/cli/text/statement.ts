// A signed statement as inspect shows it: who signed which bytes, and what nobody did. Pure.

import { counted, printable } from '../../encoding/index.ts'
import {
  type ChainInspection,
  NOBODY_SIGNED,
  type RoundInspection,
  type Row,
  renewalRows,
  roundRows,
  roundTitle,
  type SignedPart,
  type StatementReport,
  statementRows,
} from '../../inspect/index.ts'
import type { Round } from '../../statement/index.ts'
import { paint } from '../terminal.ts'
import { explainReport } from './connection.ts'
import { columns, type LineStyle, placeFields } from './fields.ts'
import { row } from './report.ts'

export interface StatementView {
  readonly hex: boolean
  /** Whether the statement came in an in-toto Statement. */
  readonly inToto?: boolean
  /** What is wrong with a damaged one. */
  readonly fault?: string
}

/** All of a statement, or of what is left of one; an asterisk stands beside what the server signed. */
export function renderStatement(report: StatementReport, view: StatementView): string[] {
  return [
    ...(view.inToto
      ? [row('form', 'an in-toto Statement with this statement as its predicate')]
      : []),
    ...(view.fault === undefined ? [] : [row('damage', printable(view.fault))]),
    ...rowsOf(statementRows(report)),
    ...renderRounds(report, view.hex),
    ...report.renewals.flatMap((renewal, index) => [
      '',
      paint('bold', `renewal ${index}`),
      ...rowsOf(renewalRows(report, index)),
      ...renderRounds(renewal, view.hex, `renewal ${index}, `),
    ]),
    '',
    'nobody signed (SPEC.md §8)',
    ...NOBODY_SIGNED.map((line) => `  ${line}`),
  ]
}

/** A report for JSON: fields with what they mean, and what rounds share once, as in the file. */
export function explainStatement(report: StatementReport): object {
  const chain = <Chain extends ChainInspection>(one: Chain): Chain => ({
    ...one,
    rounds: one.rounds.map((round) => ({ ...round, handshake: explainReport(round.handshake) })),
  })
  const { statement } = report
  return {
    ...chain(report),
    statement: statement && {
      ...statement,
      rounds: referring(statement.rounds),
      ...(statement.renewals && {
        renewals: statement.renewals.map((one) => ({ ...one, rounds: referring(one.rounds) })),
      }),
    },
    renewals: report.renewals.map(chain),
  }
}

/** Rounds whose Certificate message is the number of the round that has it first, if that is another (SPEC.md §2). */
function referring(rounds: readonly Round[]): readonly object[] {
  const first = new Map<Uint8Array, number>()
  return rounds.map((round, index) => {
    const { certificate } = round
    const earlier = first.get(certificate)
    if (earlier === undefined) first.set(certificate, index)
    return { ...round, certificate: earlier ?? certificate }
  })
}

function rowsOf(rows: readonly Row[]): string[] {
  return rows.map(([name, text]) => row(name, text))
}

function renderRounds({ rounds }: ChainInspection, hex: boolean, whose = ''): string[] {
  return rounds.flatMap((round, index) => {
    const title = `${whose}${printable(roundTitle(round, index))}`
    return ['', paint('bold', title), ...renderRound(round, hex)]
  })
}

function renderRound(round: RoundInspection, hex: boolean): string[] {
  const { handshake, signed } = round
  return [
    ...rowsOf(roundRows(round)),
    '',
    ...handshake.messages.flatMap((message, i) => {
      const own = signed.filter((part) => part.message === i)
      const style = styleOf(hex, own)
      const arrow = message.sender === 'client' ? '->' : '<-'
      const title = `${arrow} ${paint('bold', printable(message.name))}`
      const same = message.asInRound === undefined ? '' : `, as in round ${message.asInRound}`
      const meaning = `${counted(message.length, 'byte')}${same}`
      return [
        columns(style, { place: undefined, bytes: NONE, title, meaning }),
        ...(message.asInRound === undefined
          ? placeFields(message.fields, style, 1).map(({ text }) => text)
          : []),
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
