// A server of this process that goes through a whole TLS 1.2 handshake over RSA key transport, so that a test can have it
// go wrong under the right keys, where no relay reaches.

import { constants, privateDecrypt } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { concat } from '../../../src/encoding/bytes.ts'
import { recordCiphersNative as ciphers } from '../../../src/system/tls-cryptography.ts'
import { suiteCipher } from '../../../src/tls/cipher-suites.ts'
import { finishedHash, keyBlock, masterSecret } from '../../../src/tls/prf.ts'
import { readRecord, type TlsRecord } from '../../../src/tls/record.ts'
import { cutKeyBlock, keyBlockLength, opener, sealer } from '../../../src/tls/tls12-records.ts'
import { HOST, type Server } from '../harness/child.ts'
import type { EndEntity } from '../make/end-entity.ts'
import { encodeMessage, serverFlight } from '../make/flight.ts'
import { record } from './delivery.ts'

/** What the server has when the client's Finished was right. */
export interface Finishing {
  /** The body of the server's own Finished. */
  readonly verifyData: Uint8Array
  /** A handshake message around a body. */
  readonly message: (type: number, body: Uint8Array) => Uint8Array
  /** A protected record. */
  readonly sealed: (type: number, plaintext: Uint8Array) => Uint8Array
}

/** Serves one handshake per connection; what `finish` gives goes to the client after its Finished. */
export async function startFinishingServer(
  endEntity: EndEntity,
  finish: (keys: Finishing) => readonly Uint8Array[],
): Promise<Server & { readonly failures: readonly unknown[] }> {
  const failures: unknown[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    serve(socket, endEntity, finish).catch((error: unknown) => {
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
  endEntity: EndEntity,
  finish: (keys: Finishing) => readonly Uint8Array[],
): Promise<void> {
  const records = recordsOf(socket)
  const next = async (): Promise<Uint8Array> => (await records.next()).value?.fragment ?? NONE
  const clientHello = await next()
  const clientRandom = clientHello.subarray(6, 38)
  const serverRandom = new Uint8Array(32).fill(0x5e)
  const options = { keyExchange: 'rsa', cipherSuite: SUITE } as const
  const flight = serverFlight({ endEntity, clientRandom, serverRandom, ...options }).map(
    encodeMessage,
  )
  socket.write(record(22, concat(...flight)))
  const exchange = await next()
  const padding = constants.RSA_NO_PADDING
  const block = privateDecrypt({ key: endEntity.privateKey, padding }, exchange.subarray(6))
  const randoms = { clientRandom, serverRandom }
  const master = masterSecret('sha256', block.subarray(-48), randoms)
  const suite = suiteCipher(SUITE)
  if (!suite) throw new Error('no such suite')
  const keys = cutKeyBlock(suite, keyBlock('sha256', master, randoms, keyBlockLength(suite)))
  await next() // ChangeCipherSpec
  const messages = [clientHello, ...flight, exchange]
  const clientFinished = opener(suite, 0x0303, keys.client, ciphers)(22, await next())
  const expected = finishedHash('sha256', master, 'client', messages)
  if (Buffer.compare(clientFinished.subarray(4), expected) !== 0) {
    throw new Error('a wrong Finished of the client')
  }
  const seal = sealer(suite, 0x0303, keys.server, ciphers)
  const out = finish({
    verifyData: finishedHash('sha256', master, 'server', [...messages, clientFinished]),
    message: (type, body) => concat(Uint8Array.of(type, 0, 0, body.length), body),
    sealed: (type, plaintext) => record(type, seal(type, plaintext)),
  })
  for (const bytes of out) socket.write(bytes)
}

/** The records that come, whole. */
export async function* recordsOf(socket: Socket): AsyncGenerator<TlsRecord> {
  let rest: Uint8Array = NONE
  for await (const chunk of socket) {
    rest = concat(rest, chunk)
    for (;;) {
      const found = readRecord(rest, 0)
      if (!found) break
      rest = rest.slice(5 + found.fragment.length)
      yield { ...found, fragment: found.fragment.slice() }
    }
  }
}

/** TLS_RSA_WITH_AES_128_GCM_SHA256. */
const SUITE = 0x009c
const NONE = new Uint8Array(0)
