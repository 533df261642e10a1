// Records real connections between Node's own TLS client and server, OpenSSL both: raw record streams, one per direction.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server as NetServer } from 'node:net'
import tls from 'node:tls'
import { HOST } from '../harness/child.ts'
import type { EndEntity } from '../make/end-entity.ts'

export interface RecordedConnection {
  readonly client: Uint8Array
  readonly server: Uint8Array
  /** The client's, in NSS's format. */
  readonly keyLog: string
  /** For another connection to resume; undefined when the handshake failed. */
  readonly session: Buffer | undefined
}

export interface RecorderOptions extends tls.TlsOptions {
  readonly endEntity: EndEntity
  /** Whether the server waits for the client to say something before it says "hello" and ends. */
  readonly listens?: boolean
  /** OCSPResponse to staple: any bytes go. */
  readonly ocsp?: Uint8Array
}

export interface RecordedClient extends Omit<tls.ConnectionOptions, 'session'> {
  /** Resumes the connection before. */
  readonly session?: 'last'
  readonly requestOCSP?: boolean
  /** What the client sends, once it may. */
  readonly said?: string
}

/** One connection per set of client options, one after the other, all to one server. */
export async function recordConnections(
  { endEntity, ocsp, listens = false, ...options }: RecorderOptions,
  clients: readonly RecordedClient[] = [{}],
): Promise<RecordedConnection[]> {
  const server = tls.createServer(
    { key: endEntity.keyPem, cert: endEntity.chainPem, rejectUnauthorized: false, ...options },
    (socket) => {
      socket.on('error', () => {})
      if (listens) socket.once('data', () => socket.end('hello'))
      else socket.end('hello')
    },
  )
  server.on('tlsClientError', () => {})
  if (ocsp) server.on('OCSPRequest', (_own, _issuer, respond) => respond(null, Buffer.from(ocsp)))
  const target = await listen(server)
  const recorded: RecordedConnection[] = []
  try {
    for (const { session, ...client } of clients) {
      const last = session && recorded.at(-1)?.session
      recorded.push(await recordOne(target, { ...client, ...(last && { session: last }) }))
    }
    return recorded
  } finally {
    server.close()
  }
}

/** Stands before a port and keeps what goes by. */
export async function startRelay(target: number): Promise<{
  readonly port: number
  readonly sent: Readonly<Record<'client' | 'server', Buffer[]>>
  readonly close: () => void
}> {
  const sent = { client: [] as Buffer[], server: [] as Buffer[] }
  const relay = createServer((near) => {
    const far = connect(target, HOST)
    near.on('data', (chunk) => sent.client.push(chunk))
    far.on('data', (chunk) => sent.server.push(chunk))
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    near.pipe(far).pipe(near)
  })
  return { port: await listen(relay), sent, close: () => relay.close() }
}

async function recordOne(
  target: number,
  { said, ...options }: tls.ConnectionOptions & Pick<RecordedClient, 'said'>,
): Promise<RecordedConnection> {
  const { sent, port, close } = await startRelay(target)
  let session: Buffer | undefined
  const socket = tls.connect({ host: HOST, port, rejectUnauthorized: false, ...options })
  socket.on('session', (fresh) => {
    session = fresh
  })
  let keyLog = ''
  socket.on('keylog', (line: Buffer) => {
    keyLog += line.toString()
  })
  socket.on('error', () => {})
  if (said !== undefined) socket.write(said)
  socket.resume()
  await new Promise((resolve) => socket.once('close', resolve))
  close()
  return { client: Buffer.concat(sent.client), server: Buffer.concat(sent.server), keyLog, session }
}

async function listen(server: NetServer): Promise<number> {
  server.listen(0, HOST)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
