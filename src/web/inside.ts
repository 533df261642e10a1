// A statement taken apart for the page, in the words of `inspect`.

import { explainField, NOBODY_SIGNED, type StatementReport, wording } from '../index.ts'
import type { Inside, InsideRound, MessageFields, MessagePlace } from './tasks.ts'

/** Everything but the fields, which are asked for one message at a time. */
export function lookInside({ rounds }: StatementReport): Inside {
  return { rounds: rounds.map(describeRound), nobodySigned: NOBODY_SIGNED }
}

/** The fields of a message, with what they mean. Throws RangeError when there is no such message. */
export function fieldsAt({ rounds }: StatementReport, place: MessagePlace): MessageFields {
  const round = rounds[place.round]
  const message = round?.handshake.messages[place.message]
  if (!round || !message) throw new RangeError('expected a message of the statement')
  const signed = round.signed.filter((part) => part.message === place.message)
  return { fields: message.fields.map(explainField), signed }
}

function describeRound(round: StatementReport['rounds'][number], index: number): InsideRound {
  const { host, port, handshake, signed } = round
  const { version, cipherSuite, group, serverTime, error, messages } = handshake
  const size = signed.reduce((sum, { length }) => sum + length, 0)
  const parts = signed.map(({ name, length }) => `${name} (${length})`).join(', ')
  const session = [version, cipherSuite, group && `over ${group}`].filter(Boolean).join(' ')
  const where = host === null ? '' : ` ${wording.address({ host, port: port ?? 0 })}`
  return {
    title: `round ${index}${wording.printable(where)}`,
    rows: [
      ['session', session],
      ['signature', wording.signatureOf(handshake)],
      ...(size > 0 ? [['signed', `${wording.counted(size, 'byte')}: ${parts}`] as const] : []),
      ['client_random', wording.originOf(round)],
      ...(serverTime
        ? [['server time', `${wording.instant(serverTime)}: the server's claim`] as const]
        : []),
      ...(error ? [['wrong', wording.printable(error.message)] as const] : []),
    ],
    messages: messages.map(({ name, sender, length }, i) => ({
      ...{ name, sender, length },
      signed: signed.filter((part) => part.message === i),
    })),
  }
}
