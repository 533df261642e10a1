// A TCP server on loopback that reads a ClientHello and then does what a script says, in this process.

import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { HOST, type Server } from '../harness/child.ts'
import { type ClientHello, parseClientHello } from '../make/flight.ts'

export * from '../make/flight.ts'
export { dheParams, ecdheParams, explicitCurveParams } from '../make/key-exchange.ts'
export * from './delivery.ts'
export * from './hostile-scripts.ts'

/** One connection whose ClientHello has arrived. */
export interface Peer {
  readonly hello: ClientHello
  /** The message as it came, with its header. */
  readonly clientHello: Uint8Array
  /** Counts the ClientHellos that scripts were given, from 0; a connection that `dropWhen` refused does not count. */
  readonly round: number
  readonly socket: Socket
  /** False as soon as the connection is gone, or the server stopped. */
  readonly open: boolean
  /** Resolves when the bytes went out (a client that does not read holds it up) or never will. */
  write(bytes: Uint8Array): Promise<void>
  sleep(milliseconds: number): Promise<void>
  /** Closes: 'fin' in order, 'reset' without. */
  close(by: 'fin' | 'reset'): Promise<void>
  /** Takes this connection out of the count of rounds. */
  uncount(): void
}

/** What the server does with a ClientHello. The connection stays open when it returns. */
export type Script = (peer: Peer) => void | Promise<void>

export interface ConnectionLog {
  readonly hello: ClientHello | undefined
  /** All that the client sent, up to 64 KiB. */
  readonly received: Uint8Array
  /** Bytes written to the connection. */
  readonly sent: number
  /** How the client ended its side, once it did. */
  readonly end: 'fin' | 'reset' | undefined
}

export interface HostileServer extends Server {
  /** Connections accepted so far. */
  connections(): number
  /** What happened on each, in the order of acceptance. */
  log(): readonly ConnectionLog[]
}

/**
 * Starts a server. Its scripts run in this process: a client that blocks this process (spawnSync) never gets an answer.
 * `accepted` runs on each new connection, before any byte: for servers that speak first, or hang up at once.
 */
export async function startHostileServer(
  script: Script,
  options: { readonly accepted?: (socket: Socket) => void } = {},
): Promise<HostileServer> {
  const connections: Connection[] = []
  const failures: unknown[] = []
  let rounds = 0
  // Half open: the client's FIN does not stop the script.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const connection = track(socket, async (clientHello, hello) => {
      try {
        await script(peerOf(connection, { clientHello, hello }, rounds++, () => rounds--))
      } catch (error) {
        failures.push(error)
        socket.destroy()
      }
    })
    connections.push(connection)
    options.accepted?.(socket)
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  server.unref()

  const stop = async (): Promise<void> => {
    for (const { socket } of connections) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
    if (failures.length > 0) throw failures.shift()
  }
  return {
    host: HOST,
    port: (server.address() as AddressInfo).port,
    connections: () => connections.length,
    log: () => connections.map(({ socket, log }) => ({ ...log, sent: socket.bytesWritten })),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

interface Connection {
  readonly socket: Socket
  readonly log: { -readonly [K in keyof ConnectionLog]: ConnectionLog[K] }
}

// Collects what the client sends and says when its ClientHello is complete.
function track(
  socket: Socket,
  onHello: (clientHello: Uint8Array, hello: ClientHello) => void,
): Connection {
  const log: Connection['log'] = { hello: undefined, received: EMPTY, sent: 0, end: undefined }
  socket.unref()
  socket.on('data', (chunk) => {
    if (log.received.length < KEPT) log.received = Buffer.concat([log.received, chunk])
    if (log.hello !== undefined) return
    const message = helloIn(log.received)
    if (message === undefined) return
    log.hello = parseClientHello(message.subarray(4))
    onHello(message, log.hello)
  })
  socket.on('end', () => {
    log.end ??= 'fin'
  })
  socket.on('error', () => {
    log.end ??= 'reset'
  })
  return { socket, log }
}

function peerOf(
  { socket }: Connection,
  hellos: Pick<Peer, 'clientHello' | 'hello'>,
  round: number,
  uncount: () => void,
): Peer {
  return {
    ...hellos,
    round,
    socket,
    uncount,
    get open() {
      return !socket.destroyed && socket.writable
    },
    write: (bytes) =>
      new Promise((resolve) => {
        if (socket.destroyed || !socket.writable) return resolve()
        socket.once('close', resolve)
        socket.write(bytes, () => {
          socket.off('close', resolve)
          resolve()
        })
      }),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds).unref()),
    close: async (by) => {
      if (by === 'fin') return void socket.end()
      // What was written first has to reach the client, or the reset would take it along.
      await new Promise((resolve) => setTimeout(resolve, 20))
      socket.resetAndDestroy()
    },
  }
}

// The first handshake message of these records, once it is complete and a ClientHello.
export function helloIn(received: Uint8Array): Uint8Array | undefined {
  const parts: Uint8Array[] = []
  for (let at = 0; received[at] === 22 && at + 5 <= received.length; ) {
    const length = (received[at + 3] ?? 0) * 256 + (received[at + 4] ?? 0)
    if (at + 5 + length > received.length) break
    parts.push(received.subarray(at + 5, at + 5 + length))
    at += 5 + length
  }
  const stream = Buffer.concat(parts)
  if (stream.length < 4 || stream[0] !== 1) return undefined
  const end = 4 + stream.readUIntBE(1, 3)
  return stream.length < end ? undefined : stream.subarray(0, end)
}

const EMPTY = new Uint8Array(0)
const KEPT = 1 << 16
