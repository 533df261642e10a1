// TCP under a handshake: opening, deadline, and a system error's meaning.

import { connect, type Socket } from 'node:net'
import { HandshakeError, NetworkError, type NetworkErrorCode } from '../errors.ts'
import type { HandshakeClient } from '../tls/client.ts'
import type { Transcript } from '../tls/transcript.ts'

export interface Address {
  /** DNS name or IP address. */
  readonly host: string
  readonly port: number
  /** Milliseconds from the beginning of the connection to ServerHelloDone. */
  readonly timeout: number
}

/** A connection that is open or opening; what goes wrong meanwhile shows when it is used. */
export interface Connection {
  readonly address: Address
  readonly socket: Socket
  /** Milliseconds since the epoch by which ServerHelloDone must be there. */
  readonly deadline: number
  /** Resolves when the connection is open; never rejects before somebody waits. */
  readonly opened: Promise<void>
}

/** Begins to open a connection. */
export function openConnection(address: Address): Connection {
  const { host, port, timeout } = address
  const socket = connect({ host, port, noDelay: true })
  const deadline = Date.now() + timeout
  const timer = setTimeout(() => socket.destroy(timeoutOf(address)), timeout)
  socket.once('close', () => clearTimeout(timer))
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', (error) => reject(networkError(error, address)))
    socket.once('close', () => reject(closed(address)))
  })
  opened.catch(() => undefined)
  return { address, socket, deadline, opened }
}

/** Runs one handshake to its ServerHelloDone, then says farewell without waiting for an answer. */
export async function runHandshake(
  { address, socket, opened }: Connection,
  client: HandshakeClient,
): Promise<Transcript> {
  try {
    await opened
    await new Promise<void>((resolve, reject) => {
      socket.on('error', (error) => reject(networkError(error, address)))
      socket.on('close', () => reject(closed(address)))
      socket.on('end', () => reject(closed(address)))
      socket.on('data', (bytes) => {
        try {
          if (client.receive(bytes)) resolve()
        } catch (error) {
          reject(error)
        }
      })
      socket.write(client.hello)
    })
    socket.end(client.farewell, () => socket.destroy())
    return client.transcript
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function timeoutOf({ host, port, timeout }: Address): NetworkError {
  return new NetworkError('timeout', `${host}:${port} took more than ${timeout / 1000} seconds`)
}

function closed({ host, port }: Address): NetworkError {
  return new NetworkError('closed', `${host}:${port} closed the connection during the handshake`)
}

function networkError(error: Error, { host, port }: Address): Error {
  if (error instanceof NetworkError || error instanceof HandshakeError) return error
  const { code = '' } = error as NodeJS.ErrnoException
  const [kind, what] = SYSTEM_ERRORS[code] ?? [
    'connect',
    `could not be reached (${code || error.name})`,
  ]
  return new NetworkError(kind, `${host}:${port} ${what}`, { cause: error })
}

const SYSTEM_ERRORS: Readonly<Record<string, readonly [NetworkErrorCode, string]>> = {
  ENOTFOUND: ['resolve', 'has no address'],
  EAI_AGAIN: ['resolve', 'could not be looked up'],
  ECONNREFUSED: ['connect', 'refused the connection'],
  ETIMEDOUT: ['timeout', 'did not answer'],
  ECONNRESET: ['closed', 'reset the connection during the handshake'],
  EPIPE: ['closed', 'closed the connection during the handshake'],
}
