// A relay between a client and a real server that changes records on their way, as whoever sits on the line can.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { HOST, type Server } from '../harness/child.ts'

/** A record from the server: its place among all of this content type, from 0, is `index`. */
export interface RelayedRecord {
  readonly type: number
  readonly index: number
  /** Header included. */
  readonly bytes: Buffer
  /** Whether the server's ChangeCipherSpec came before it. */
  readonly encrypted: boolean
}

/** What goes on to the client in place of a record; undefined drops it. */
export type Tamper = (record: RelayedRecord) => Uint8Array | undefined

/** Starts a relay to a server on loopback. */
export async function startTamperingRelay(port: number, tamper: Tamper): Promise<Server> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(port, HOST)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    near.on('close', () => far.destroy())
    near.pipe(far)
    passOn(far, near, tamper)
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  const own = (server.address() as AddressInfo).port
  return { host: HOST, port: own, stop, [Symbol.asyncDispose]: stop }
}

/** The record with one bit of its last byte turned. */
export function turnBit(bytes: Uint8Array): Uint8Array {
  const turned = Uint8Array.from(bytes)
  turned[turned.length - 1] = (turned.at(-1) ?? 0) ^ 1
  return turned
}

function passOn(far: Socket, near: Socket, tamper: Tamper): void {
  let rest: Buffer = Buffer.alloc(0)
  let encrypted = false
  const counts = new Map<number, number>()
  far.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt16BE(3)) {
      const bytes = rest.subarray(0, 5 + rest.readUInt16BE(3))
      rest = rest.subarray(bytes.length)
      const type = bytes[0] ?? 0
      const index = counts.get(type) ?? 0
      counts.set(type, index + 1)
      const sent = tamper({ type, index, bytes, encrypted })
      if (sent) near.write(sent)
      if (type === 20) encrypted = true
    }
  })
  far.on('end', () => near.end())
}
