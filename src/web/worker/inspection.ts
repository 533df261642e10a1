// A statement taken apart for the page, in the words of `inspect`.

import {
  type ChainInspection,
  explainField,
  NOBODY_SIGNED,
  type RoundInspection,
  type StatementReport,
  wording,
} from '../../index.ts'
import type { Inside, InsideRound, MessageFields, MessagePlace } from '../tasks.ts'

/** Describes everything except the fields, which are asked for one message at a time. */
export function lookInside(report: StatementReport): Inside {
  const [own, ...renewals] = chainsOf(report).map(({ rounds }) => rounds.map(describeRound))
  return {
    chains: [
      { rows: wording.statementRows(report), rounds: own ?? [] },
      ...renewals.map((rounds, i) => ({ rows: wording.renewalRows(report, i), rounds })),
    ],
    nobodySigned: NOBODY_SIGNED,
  }
}

/** Explains the fields of a message. Throws RangeError when there is no such message. */
export function fieldsAt(report: StatementReport, place: MessagePlace): MessageFields {
  const round = chainsOf(report)[place.chain]?.rounds[place.round]
  const message = round?.handshake.messages[place.message]
  if (!round || !message) throw new RangeError('expected a message of the statement')
  const signed = round.signed.filter((part) => part.message === place.message)
  return { fields: message.fields.map(explainField), signed }
}

/** Lists the statement's own chain first, then those of its renewals. */
function chainsOf(report: StatementReport): readonly ChainInspection[] {
  return [report, ...report.renewals]
}

function describeRound(round: RoundInspection, index: number): InsideRound {
  const { handshake, signed } = round
  return {
    title: wording.roundTitle(round, index),
    rows: wording.roundRows(round),
    messages: handshake.messages.map(({ name, sender, length }, i) => ({
      name,
      sender,
      length,
      signed: signed.filter((part) => part.message === i),
    })),
  }
}
