// A proxy on loopback on which time passes in round trips: what a client has asked for is answered all at once, when it asks for
// nothing more, so that the answers can be counted that it waited for.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { HOST, type Server } from '../harness/child.ts'

export interface Lockstep extends Server {
  /** How often the client has waited for an answer. */
  roundTrips(): number
}

/**
 * Starts the proxy, which leads each "HOST:PORT" to a port on loopback. A tunnel costs a round trip, as a connection does,
 * and so does what the server says next; "never" is a host that takes no connection.
 */
export async function startLockstep(
  ports: Readonly<Record<string, number | 'never'>>,
): Promise<Lockstep> {
  const sockets = new Set<Socket>()
  let held: (() => void)[] = []
  let heard = 0
  let roundTrips = 0
  let stopped = false
  const hold = (answer: () => void): void => {
    heard++
    held.push(answer)
  }
  const track = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
  }
  const server = createServer({ noDelay: true }, (client) => {
    track(client)
    client.once('data', (request) => {
      heard++
      const [, target = ''] = /^CONNECT (\S+) /.exec(request.toString('latin1')) ?? []
      const port = ports[target]
      if (port === undefined || port === 'never') return
      const far = connect({ host: HOST, port, noDelay: true })
      track(far)
      client.once('close', () => far.destroy())
      client.on('data', (bytes) => {
        heard++
        far.write(bytes)
      })
      far.on('data', (bytes) => hold(() => client.write(bytes)))
      far.once('connect', () => hold(() => client.write('HTTP/1.1 200 OK\r\n\r\n')))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve))
  server.unref()
  const run = async (): Promise<void> => {
    while (!stopped) {
      const before = heard
      await setTimeout(QUIET)
      // A late timer goes before what the sockets have: that has its turn first
      for (let i = 0; i < 20; i++) await setImmediate()
      if (heard !== before || held.length === 0) continue
      const answers = held
      held = []
      roundTrips++
      for (const answer of answers) answer()
    }
  }
  const running = run()
  const stop = async (): Promise<void> => {
    stopped = true
    for (const socket of sockets) socket.destroy()
    await running
    await new Promise<void>((resolve) => void server.close(() => resolve()))
  }
  const { port } = server.address() as AddressInfo
  return { host: HOST, port, roundTrips: () => roundTrips, stop, [Symbol.asyncDispose]: stop }
}

/** Milliseconds without a word from anybody after which nobody has more to say. */
const QUIET = 40
