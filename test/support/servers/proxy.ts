// HTTP proxies on loopback: one of this process that does as a test says, and tinyproxy.

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { HOST, type Server, startOnFreePort, UNUSED_PORT } from '../harness/child.ts'
import type { EndEntity } from '../make/end-entity.ts'
import { program } from './programs.ts'

/** A CONNECT as it came. */
export interface Asked {
  /** The request target, HOST:PORT. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
}

export interface ConnectProxy extends Server {
  readonly asked: readonly Asked[]
}

/** What a proxy does with a CONNECT: the client's end of the tunnel is `client`. */
export type Answer = (client: Duplex, asked: Asked) => void

/** Starts a proxy, over TLS when it has an end entity. By default it makes the tunnel. */
export async function startProxy(
  answer: Answer = makeTunnel,
  endEntity?: EndEntity,
): Promise<ConnectProxy> {
  const asked: Asked[] = []
  const sockets = new Set<Duplex>()
  const server = endEntity
    ? createTlsServer({ key: endEntity.keyPem, cert: endEntity.chainPem })
    : createServer()
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('connect', ({ url = '', headers }: IncomingMessage, client: Duplex) => {
    client.on('error', () => {})
    asked.push({ target: url, headers })
    answer(client, { target: url, headers })
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  server.unref()
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => void server.close(() => resolve()))
  }
  const { port } = server.address() as AddressInfo
  return { host: HOST, port, asked, stop, [Symbol.asyncDispose]: stop }
}

/** Leads to the port that was asked for, whatever the host: 502 when nobody is there. */
export function makeTunnel(client: Duplex, { target }: Asked): void {
  tunnelTo(client, Number(/\d+$/.exec(target)?.[0]))
}

/** Leads each "HOST:PORT" to a port on loopback: 502 for any other, and for one where nobody is. */
export function leadsTo(ports: Readonly<Record<string, number>>): Answer {
  return (client, { target }) => tunnelTo(client, ports[target] ?? UNUSED_PORT)
}

function tunnelTo(client: Duplex, port: number): void {
  const server = connect({ host: HOST, port, noDelay: true })
  const refuse = (): void => void client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  server.once('error', refuse)
  server.once('connect', () => {
    server.off('error', refuse)
    server.on('error', () => client.destroy())
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    server.pipe(client).pipe(server)
  })
  client.once('close', () => server.destroy())
}

/** Answers so and says no more. */
export function says(text: string): Answer {
  return (client) => void client.write(text, 'latin1')
}

/** tinyproxy, which leads to `ports` only. */
export function startTinyproxy(options: {
  readonly ports: readonly number[]
  readonly user?: string
  readonly password?: string
}): Promise<Server> {
  const { ports, user, password } = options
  const lines = (port: number): string[] => [
    `Port ${port}`,
    `Listen ${HOST}`,
    'Timeout 60',
    'MaxClients 20',
    `Allow ${HOST}`,
    ...ports.map((allowed) => `ConnectPort ${allowed}`),
    ...(user === undefined ? [] : [`BasicAuth ${user} ${password}`]),
  ]
  return startOnFreePort((port) => ({
    // Its log is on standard output, where nobody looks for why it did not start.
    program: '/bin/sh',
    args: ['-c', 'exec "$0" -d -c tinyproxy.conf >&2', program('tinyproxy')],
    files: { 'tinyproxy.conf': `${lines(port).join('\n')}\n` },
  }))
}
