// TCP under a handshake: opening, deadline, and a system error's meaning.

import { connect, type Socket } from 'node:net'
import { NetworkError, type NetworkErrorCode } from '../errors.ts'
import type { HandshakeClient } from '../tls/client.ts'
import type { Transcript } from '../tls/transcript.ts'

export interface Address {
  /** DNS name or IP address. */
  readonly host: string
  readonly port: number
  /** Milliseconds from the beginning of the connection to ServerHelloDone. */
  readonly timeout: number
}

/** A connection that is open or opening. */
export interface Connection {
  /** Resolves when it is open; rejects with NetworkError, but never before somebody waits. */
  readonly opened: Promise<void>
  /** Rejects with NetworkError when it has ended, at whatever time. */
  readonly ended: Promise<never>
  readonly socket: Socket
  /** Starts the time over: for a connection that has waited for the client, and not the other way round. */
  renew(): void
  /** Closes at once. */
  close(): void
}

/** Begins to open a connection. */
export function openConnection(address: Address): Connection {
  const { host, port, timeout } = address
  const socket = connect({ host, port, noDelay: true })
  const timer = setTimeout(() => socket.destroy(timeoutOf(address)), timeout)
  const ended = new Promise<never>((_, reject) => {
    socket.on('error', (error) => reject(networkError(error, address)))
    socket.once('end', () => reject(closed(address)))
    socket.once('close', () => {
      clearTimeout(timer)
      reject(closed(address))
    })
  })
  const connected = new Promise<void>((resolve) => socket.once('connect', resolve))
  const opened = Promise.race([connected, ended])
  // What goes wrong while nobody waits shows when somebody does.
  ended.catch(() => undefined)
  opened.catch(() => undefined)
  return {
    opened,
    ended,
    socket,
    renew: () => void timer.refresh(),
    close: () => void socket.destroy(),
  }
}

/** What the client says first and last, and what takes the answer: true when it is complete. */
export interface Exchange {
  readonly hello: Uint8Array
  readonly farewell: Uint8Array
  receive(bytes: Uint8Array): boolean
}

/**
 * Runs one handshake to its ServerHelloDone, then says farewell and closes without waiting for an answer. Throws
 * NetworkError and HandshakeError; then the caller closes.
 */
export async function runHandshake(
  connection: Connection,
  client: HandshakeClient,
): Promise<Transcript> {
  await runExchange(connection, client)
  return client.transcript
}

/** Runs an exchange to where its client has all it wants; the rest as runHandshake. */
export async function runExchange(
  { opened, ended, socket }: Connection,
  client: Exchange,
): Promise<void> {
  await opened
  const done = new Promise<void>((resolve, reject) => {
    socket.on('data', (bytes) => {
      try {
        if (client.receive(bytes)) resolve()
      } catch (error) {
        reject(error)
      }
    })
  })
  socket.write(client.hello)
  await Promise.race([done, ended])
  socket.end(client.farewell, () => socket.destroy())
}

function timeoutOf(address: Address): NetworkError {
  const { timeout } = address
  return new NetworkError('timeout', `${nameOf(address)} took more than ${timeout / 1000} seconds`)
}

function closed(address: Address): NetworkError {
  return new NetworkError('closed', `${nameOf(address)} closed the connection during the handshake`)
}

function networkError(error: Error, address: Address): NetworkError {
  if (error instanceof NetworkError) return error
  const { code = '' } = error as NodeJS.ErrnoException
  const [kind, what] = SYSTEM_ERRORS[code] ?? [
    'connect',
    `could not be reached (${code || error.name})`,
  ]
  return new NetworkError(kind, `${nameOf(address)} ${what}`, { cause: error })
}

/** An IPv6 address in brackets (RFC 3986 §3.2.2). */
function nameOf({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

const SYSTEM_ERRORS: Readonly<Record<string, readonly [NetworkErrorCode, string]>> = {
  ENOTFOUND: ['resolve', 'has no address'],
  EAI_AGAIN: ['resolve', 'could not be looked up'],
  ECONNREFUSED: ['connect', 'refused the connection'],
  ETIMEDOUT: ['timeout', 'did not answer'],
  ECONNRESET: ['closed', 'reset the connection during the handshake'],
  EPIPE: ['closed', 'closed the connection during the handshake'],
}
