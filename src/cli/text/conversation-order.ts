// In which order both sides of a recorded connection spoke, when the recording has no times. Pure.

import type { ConnectionReport, MessageReport, Sender, SendingOrder } from '../../inspect/index.ts'

/** Something at an offset of a side's stream. */
interface Placed {
  readonly sender: Sender
  readonly at: number
}

/** A message that was decrypted. */
export type ProtectedMessage = MessageReport & { readonly protectedLength: number }

export function isProtected<Message extends MessageReport>(
  message: Message,
): message is Message & ProtectedMessage {
  return typeof message.protectedLength === 'number'
}

/** A merge that leaves each side in its order. */
export function merge<Block extends Placed>(
  client: readonly Block[],
  server: readonly Block[],
  order: SendingOrder,
): Block[] {
  const [ours, theirs] = [rising(client, order), rising(server, order)]
  const merged: Block[] = []
  let [i, j] = [0, 0]
  while (i < client.length || j < server.length) {
    const first = j >= server.length || (i < client.length && (ours[i] ?? 0) <= (theirs[j] ?? 0))
    merged.push((first ? client[i++] : server[j++]) as Block)
  }
  return merged
}

function rising(blocks: readonly Placed[], order: SendingOrder): number[] {
  let latest = Number.NEGATIVE_INFINITY
  return blocks.map(({ sender, at }) => {
    latest = Math.max(latest, order(sender, at))
    return latest
  })
}

/**
 * Who usually speaks when: the ClientHello, the server up to ServerHelloDone, the rest of the client's handshake, the
 * rest of the server's, then each side's application data.
 */
export function usualOrder({ messages, streams }: ConnectionReport): SendingOrder {
  const ends = (sender: Sender, name: string): number | undefined => {
    const message = messages.find((one) => one.sender === sender && one.name === name)
    return message && message.offset + message.length
  }
  const hello = ends('client', 'ClientHello') ?? 0
  const done = ends('server', 'ServerHelloDone') ?? Number.POSITIVE_INFINITY
  const [fromClient, fromServer] = (['client', 'server'] as const).map((sender) => {
    const first = streams[sender]?.records.find(({ type }) => type === 'application_data')
    const finished = messages.find((one) => one.sender === sender && one.name === 'Finished')
    const end = finished && isProtected(finished) ? finished.offset + finished.protectedLength : 0
    return Math.max(end, first?.offset ?? Number.POSITIVE_INFINITY)
  })
  return (sender, offset) => {
    if (sender === 'client') return offset < hello ? 0 : offset < (fromClient ?? 0) ? 2 : 4
    return offset < Math.min(done, fromServer ?? 0) ? 1 : offset < (fromServer ?? 0) ? 3 : 5
  }
}
