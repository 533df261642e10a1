// A server of this process that goes through a whole TLS 1.3 handshake, so that a test can have it go wrong under the right
// keys, where no relay reaches.

import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { TlsRecord } from '../../../src/tls/record.ts'
import { HOST, type Server } from '../harness/child.ts'
import {
  protection,
  type Tls13FlightOptions,
  type Tls13ServerFlight,
  tls13Records,
  tls13ServerFlight,
} from '../make/tls13-flight.ts'
import { recordsOf } from './finishing-server.ts'

/** A connection whose client has finished, rightly. */
export interface Tls13Peer extends ReturnType<typeof protection> {
  readonly flight: Tls13ServerFlight
  /** The client's next record. */
  next(): Promise<TlsRecord>
  write(...records: readonly Uint8Array[]): void
}

/** The server's first records, from ServerHello on. */
export type Begin = (flight: Tls13ServerFlight) => readonly Uint8Array[]

/**
 * Serves one handshake per connection. `begin` makes the records of the flight, by default the right ones; `talk` has the
 * word after the client's Finished.
 */
export async function startTls13Server(
  options: Tls13FlightOptions,
  talk: (peer: Tls13Peer) => void | Promise<void> = () => {},
  begin: Begin = tls13Records,
): Promise<Server & { readonly failures: readonly unknown[] }> {
  const failures: unknown[] = []
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    serve(socket, options, talk, begin).catch((error: unknown) => {
      failures.push(error)
      socket.destroy()
    })
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  const { port } = server.address() as AddressInfo
  return { host: HOST, port, failures, stop, [Symbol.asyncDispose]: stop }
}

async function serve(
  socket: Socket,
  options: Tls13FlightOptions,
  talk: (peer: Tls13Peer) => void | Promise<void>,
  begin: Begin,
): Promise<void> {
  const records = recordsOf(socket)
  const next = async (): Promise<TlsRecord> => {
    const { value, done } = await records.next()
    if (done) throw new Error('the client has closed')
    return value
  }
  const write = (...parts: readonly Uint8Array[]): void => {
    for (const part of parts) socket.write(part)
  }
  const hello = await next()
  const flight = tls13ServerFlight(options, hello.fragment)
  write(...begin(flight))
  await next() // ChangeCipherSpec
  const { content } = flight.open(await next())
  if (Buffer.compare(content.subarray(4), flight.clientVerifyData) !== 0) {
    throw new Error('a wrong Finished of the client')
  }
  await talk({ flight, ...protection(flight.cipher, flight.application), next, write })
}
