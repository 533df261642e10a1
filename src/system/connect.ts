// TCP under a handshake, directly or through a proxy: opening, deadline, and a system error's meaning.

import { connect } from 'node:net'
import { address } from '../encoding/index.ts'
import { NetworkError, type NetworkErrorCode } from '../errors.ts'
import { connectToProxy, type HttpProxy, proxyName, requestTunnel } from './proxy.ts'

export interface Address {
  /** DNS name or IP address. */
  readonly host: string
  readonly port: number
  /** Milliseconds from the beginning of the connection to the end of what is wanted of it. */
  readonly timeout: number
  /** Leads there, and looks up the name. */
  readonly proxy?: HttpProxy | undefined
  /** Gives the connection up, as one that took too long. */
  readonly signal?: AbortSignal | undefined
}

/** What is used of a socket; spelled out, so that the package's declarations need no types of Node.js. */
export interface ByteStream {
  readonly closed: boolean
  on(event: 'data', take: (bytes: Uint8Array) => void): unknown
  once(event: 'close', settle: () => void): unknown
  write(bytes: Uint8Array): unknown
  pause(): unknown
  end(done: () => void): unknown
  end(last: Uint8Array, done: () => void): unknown
  destroy(): unknown
}

/** A connection that is open or opening. */
export interface Connection {
  /** Resolves when it is open; rejects with NetworkError, but never before somebody waits. */
  readonly opened: Promise<void>
  /** Rejects with NetworkError when it has ended, at whatever time. */
  readonly ended: Promise<never>
  /** To be read and written once it is open: before, a proxy has the word. */
  readonly socket: ByteStream
  /** Starts the time over: for a connection that has waited for the client, and not the other way round. */
  renew(): void
  /** Closes at once. */
  close(): void
}

/** Begins to open a connection. */
export function openConnection(target: Address): Connection {
  const { host, port, timeout, proxy, signal } = target
  const autoSelectFamilyAttemptTimeout = attemptTimeout(timeout)
  const socket = proxy
    ? connectToProxy(proxy, autoSelectFamilyAttemptTimeout)
    : connect({ host, port, noDelay: true, autoSelectFamilyAttemptTimeout })
  let stage = proxy ? stageToProxy(proxy, target) : stageToServer(target)
  const timer = setTimeout(() => socket.destroy(timeoutOf(stage, timeout)), timeout)
  const giveUp = (): void => void socket.destroy(late(stage))
  if (signal?.aborted) giveUp()
  signal?.addEventListener('abort', giveUp)
  let open = (): void => undefined
  const connected = new Promise<void>((resolve) => {
    open = resolve
  })
  const ended = new Promise<never>((_, reject) => {
    const fail = (error: Error): void => {
      reject(networkError(error, stage))
      socket.destroy()
    }
    socket.on('error', fail)
    socket.once('end', () => reject(closed(stage)))
    socket.once('close', () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      reject(closed(stage))
    })
    if (!proxy) return void socket.once('connect', open)
    requestTunnel(socket, proxy, address(target), (error) => {
      if (error) return fail(error)
      stage = stageToServer(target)
      open()
    })
  })
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

/**
 * How long to wait for one of several addresses before the next is tried, which ends the attempt: half of the time, so that
 * neither a slow address nor one that never answers takes it all. Node.js would wait a quarter of a second.
 */
function attemptTimeout(timeout: number): number {
  return Math.max(10, Math.floor(timeout / 2))
}

/** What the client says first and last, and what takes the answer: true when it is complete. */
export interface Exchange {
  readonly hello: Uint8Array
  readonly farewell: Uint8Array
  receive(bytes: Uint8Array): boolean
  /** What the bytes make the client say, if anything. */
  takeReply?(): Uint8Array | undefined
}

/**
 * Runs one handshake to where its transcript is whole, then says farewell and closes without waiting for an answer. Throws
 * NetworkError and HandshakeError; then the caller closes.
 */
export async function runHandshake<T>(
  connection: Connection,
  client: Exchange & { readonly transcript: T },
): Promise<T> {
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
        const isDone = client.receive(bytes)
        const reply = client.takeReply?.()
        if (reply) socket.write(reply)
        if (isDone) resolve()
      } catch (error) {
        reject(error)
      }
    })
  })
  socket.write(client.hello)
  await Promise.race([done, ended])
  socket.end(client.farewell, () => socket.destroy())
}

/** How far a connection is: who is to blame for what goes wrong. */
interface Stage {
  readonly peer: string
  readonly moment: string
  /** The code of the error when the peer closes the connection. */
  readonly closed: NetworkErrorCode
}

function stageToServer(target: Address): Stage {
  return { peer: address(target), moment: 'during the handshake', closed: 'closed' }
}

function stageToProxy(proxy: HttpProxy, target: Address): Stage {
  const moment = `on the way to ${address(target)}`
  return { peer: proxyName(proxy), moment, closed: 'proxy' }
}

function timeoutOf({ peer }: Stage, timeout: number): NetworkError {
  return new NetworkError('timeout', `${peer} took more than ${timeout / 1000} seconds`)
}

function late({ peer }: Stage): NetworkError {
  return new NetworkError('timeout', `${peer} did not answer in time`)
}

function closed({ peer, moment, closed }: Stage): NetworkError {
  return new NetworkError(closed, `${peer} closed the connection ${moment}`)
}

function networkError(error: Error, { peer, moment, closed }: Stage): NetworkError {
  if (error instanceof NetworkError) return error
  const { code = '' } = error as NodeJS.ErrnoException
  const [kind, what] = SYSTEM_ERRORS[code] ?? [
    'connect',
    `could not be reached (${code || error.name})`,
  ]
  const lost = kind === 'closed'
  const message = `${peer} ${what}${lost ? ` ${moment}` : ''}`
  return new NetworkError(lost ? closed : kind, message, { cause: error })
}

const SYSTEM_ERRORS: Readonly<Record<string, readonly [NetworkErrorCode, string]>> = {
  ENOTFOUND: ['resolve', 'has no address'],
  EAI_AGAIN: ['resolve', 'could not be looked up'],
  ECONNREFUSED: ['connect', 'refused the connection'],
  ETIMEDOUT: ['timeout', 'did not answer'],
  ECONNRESET: ['closed', 'reset the connection'],
  EPIPE: ['closed', 'closed the connection'],
}
