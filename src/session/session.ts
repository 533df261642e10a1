// A session as a client, from the connection to close_notify (RFC 5246 §7.2.1, §7.3; RFC 8446 §2, §6.1).

import { HandshakeError, NetworkError } from '../errors.ts'
import { openConnection } from '../system/index.ts'
import { VERSION } from '../tls/index.ts'
import { alertFor, RecordChannel } from './channel.ts'
import { type Closing, exchangeCloseNotify } from './conversation.ts'
import type { CompleteHandshake, CompleteOptions } from './handshake.ts'
import { completeTls12 } from './tls12-handshake.ts'
import { completeTls13 } from './tls13-handshake.ts'

export interface OpenSession {
  readonly handshake: CompleteHandshake
  readonly channel: RecordChannel
  /** Starts the deadline over. */
  readonly renew: () => void
  /** Exchanges close_notify, within the time that is left and 5 seconds at most, and closes; says how the server did. */
  readonly close: () => Promise<Closing>
  /** Closes after an error: with an alert, when it is ours to tell. */
  readonly abort: (error: unknown) => void
}

/**
 * Connects and completes a handshake. A server that drops the connection for a status_request gets one more try without.
 * Throws NetworkError and HandshakeError; then the connection is closed.
 */
export async function completeHandshake(options: CompleteOptions): Promise<OpenSession> {
  for (let statusRequest = true; ; statusRequest = false) {
    const connection = openConnection(options.address)
    const channel = new RecordChannel(connection, options.report)
    const abort = (error: unknown): void => {
      if (error instanceof HandshakeError && error.code !== 'alert' && channel.answered) {
        channel.send('alert', Uint8Array.of(2, alertFor(error)))
      }
      connection.socket.end(() => connection.close())
    }
    try {
      await connection.opened
      const complete = options.version === VERSION.tls13 ? completeTls13 : completeTls12
      const handshake = await complete(channel, options, statusRequest)
      const close = async (): Promise<Closing> => {
        const how = await exchangeCloseNotify(channel)
        connection.close()
        return how
      }
      return { handshake, channel, renew: connection.renew, close, abort }
    } catch (error) {
      abort(error)
      const dropped = error instanceof NetworkError && error.code === 'closed' && !channel.answered
      if (!dropped || !statusRequest) throw error
    }
  }
}
