// What a handshake's two sides say to each other in turn, over a record channel, to the close_notify (RFC 5246 §7.2, §7.4).

import { HandshakeError, NetworkError } from '../errors.ts'
import { alertName, decodeAlert, HANDSHAKE_TYPE, handshakeName, misbehaving } from '../tls/index.ts'
import type { RecordChannel } from './channel.ts'
import type { ReceivedMessage } from './observed-message.ts'

export interface Conversation {
  /** All handshake messages that the Finished messages are about, both sides'. */
  readonly messages: Uint8Array[]
  /** Sends a handshake message. */
  readonly say: (message: Uint8Array) => void
  /** Waits for a handshake message of one of these types. */
  readonly hear: (...types: readonly number[]) => Promise<Uint8Array>
}

export function converse(channel: RecordChannel): Conversation {
  const messages: Uint8Array[] = []
  return {
    messages,
    say: (message) => {
      messages.push(message)
      channel.send('handshake', message)
    },
    hear: async (...types) => {
      const expected = types.map(handshakeName).join(' or ')
      const { bytes } = await receiveKind(channel, 'handshake', expected)
      const [type = 0] = bytes
      if (!types.includes(type)) {
        throw misbehaving(`expected ${expected}, got ${handshakeName(type)}`)
      }
      messages.push(bytes)
      return bytes
    },
  }
}

/** The next message of a kind; warnings and HelloRequests on the way are passed over (RFC 5246 §7.2, §7.4.1.1). */
async function receiveKind(
  channel: RecordChannel,
  kind: ReceivedMessage['kind'],
  expected: string,
): Promise<ReceivedMessage> {
  for (;;) {
    const message = await channel.receive()
    if (message.kind === 'alert') refuseAlert(message.bytes)
    else if (message.kind === 'handshake' && message.bytes[0] === HANDSHAKE_TYPE.hello_request)
      continue
    else if (message.kind === kind) return message
    else throw misbehaving(`expected ${expected}, got ${nameOf(message)}`)
  }
}

/** Throws for all alerts that end a connection: fatal ones and close_notify. */
export function refuseAlert(bytes: Uint8Array): void {
  const { level, description } = decodeAlert(bytes)
  if (level === 1 && description !== 0) return
  const name = `${alertName(description)}(${description})`
  throw new HandshakeError('alert', `the server sent alert ${name}`, description)
}

/** Names a message that was not expected, for the error that says so. */
export function nameOf({ kind, bytes }: ReceivedMessage): string {
  return kind === 'handshake' ? handshakeName(bytes[0] ?? 0) : kind
}

/** How the server closed: in order, without a close_notify, or not in time; "cut": it had more to send than is read. */
export type Closing = 'close_notify' | 'end' | 'timeout' | 'cut'

/**
 * Sends close_notify and waits for the server's, unless that has come before, or its end: until the connection's own deadline, and 5 seconds at most.
 * Throws HandshakeError on what is no TLS.
 */
export async function exchangeCloseNotify(channel: RecordChannel): Promise<Closing> {
  channel.send('alert', Uint8Array.of(1, 0))
  if (channel.hasHeardGoodbye) return 'close_notify'
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<Closing>((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS, 'timeout')
  })
  const answered = (async (): Promise<Closing> => {
    for (;;) {
      const { kind, bytes } = await channel.receive()
      if (kind === 'alert' && decodeAlert(bytes).description === 0) return 'close_notify'
    }
  })()
  try {
    return await Promise.race([answered, patience])
  } catch (error) {
    if (channel.isFull) return 'cut'
    if (error instanceof NetworkError) return error.code === 'timeout' ? 'timeout' : 'end'
    throw error
  } finally {
    clearTimeout(timer)
    answered.catch(() => undefined)
  }
}

/** How long to wait at most for an answer to close_notify, which many servers never give. */
const CLOSE_MS = 5000
