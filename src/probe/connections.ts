// Connections to a server that is asked many things: one at a time, with a pause between, and counted.

import { setTimeout } from 'node:timers/promises'
import { NetworkError } from '../errors.ts'
import {
  type Address,
  type Connection,
  type Exchange,
  openConnection,
  runExchange,
} from '../system/index.ts'

export interface PacedConnections {
  /** Runs one exchange over a connection of its own. Throws NetworkError and HandshakeError. */
  ask(client: Exchange, about: string): Promise<void>
  /** How many connections were made so far. */
  readonly count: number
  /** Whether the server has stopped answering: some drop the packets of anyone who asks too much. */
  readonly dead: boolean
}

/** `pause`: milliseconds between connections. `report` is called before each. */
export function openPacedConnections(
  address: Address,
  pause: number,
  report?: (connection: number, about: string) => void,
): PacedConnections {
  let count = 0
  let unanswered = 0
  return {
    get count() {
      return count
    },
    get dead() {
      return unanswered >= PATIENCE
    },
    ask: async (client, about) => {
      if (count > 0 && pause > 0) await setTimeout(pause)
      count++
      report?.(count, about)
      const connection = openConnection(address)
      try {
        await runExchange(connection, client)
        unanswered = 0
      } catch (error) {
        connection.close()
        unanswered = isUnanswered(error) ? unanswered + 1 : 0
        throw error
      } finally {
        // Its deadline runs on, should the server not take the farewell
        await closing(connection)
      }
    },
  }
}

/** Resolves when it is closed, with an error or without. */
function closing({ socket }: Connection): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
}

function isUnanswered(error: unknown): boolean {
  return error instanceof NetworkError && error.code !== 'closed'
}

/** Connections in a row that nothing came of. */
const PATIENCE = 3
