// A minimal TLS 1.2 client that owes nothing to this library's own, to prove the test servers by themselves.

import { createHash, randomBytes, verify, X509Certificate } from 'node:crypto'
import { connect } from 'node:net'
import { Reader, Writer } from '../../../src/encoding/presentation.ts'

export interface RawHandshake {
  readonly clientRandom: Uint8Array
  /** The server's handshake messages, in order, without their headers. */
  readonly messages: readonly RawMessage[]
  /** Number of records that carried them. */
  readonly records: number
  /** Level and description of each alert. */
  readonly alerts: readonly (readonly [level: number, description: number])[]
  /** Why reading stopped. */
  readonly end: 'serverHelloDone' | 'closed' | 'reset' | 'timeout'
  /** Bytes read that are not TLS records, from the first such byte on. */
  readonly rest: Uint8Array
}

export interface RawMessage {
  readonly type: number
  readonly body: Uint8Array
}

export interface RawOptions {
  /** Default 8000 ms. */
  readonly timeout?: number
  readonly version?: number
  readonly cipherSuites?: readonly number[]
  readonly schemes?: readonly number[]
  readonly groups?: readonly number[]
  readonly statusRequest?: boolean
  /** Milliseconds between the connection and the ClientHello. */
  readonly delay?: number
}

/** One ClientHello, then reads to ServerHelloDone, the end, or the deadline. Never rejects. */
export function rawHandshake(port: number, options: RawOptions = {}): Promise<RawHandshake> {
  const clientRandom = Uint8Array.from(randomBytes(32))
  return new Promise((resolve) => {
    let received = Buffer.alloc(0)
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    const finish = (end: RawHandshake['end']): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ clientRandom, ...parse(received), end })
    }
    const timer = setTimeout(finish, options.timeout ?? 60_000, 'timeout')
    socket.once('connect', () => {
      const speak = (): void => void socket.write(clientHello(clientRandom, options))
      if (options.delay) setTimeout(speak, options.delay)
      else speak()
    })
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      const done = parse(received).messages.some((message) => message.type === SERVER_HELLO_DONE)
      if (done) finish('serverHelloDone')
      else if (received.length > 1 << 20) socket.destroy()
    })
    socket.once('error', () => finish('reset'))
    socket.once('close', () => finish('closed'))
  })
}

/** The server's message of this type. Throws when there is none. */
export function messageBody(handshake: RawHandshake, type: number): Uint8Array {
  const message = handshake.messages.find((one) => one.type === type)
  if (message === undefined) {
    const got = handshake.messages.map((one) => one.type).join()
    const alerts = handshake.alerts.map((alert) => alert.join(':')).join()
    throw new Error(`expected message ${type}, got [${got}], alerts [${alerts}], ${handshake.end}`)
  }
  return message.body
}

/** The first four bytes of server_random as seconds. */
export function serverTime(handshake: RawHandshake): number {
  return Buffer.from(messageBody(handshake, SERVER_HELLO)).readUInt32BE(2)
}

export interface SignedParams {
  readonly group: number
  readonly scheme: number
  readonly valid: boolean
}

/** Takes an ECDHE ServerKeyExchange of TLS 1.2 apart and verifies it with the first certificate's key. */
export function signedParams(handshake: RawHandshake): SignedParams {
  const exchange = messageBody(handshake, SERVER_KEY_EXCHANGE)
  const reader = new Reader('ServerKeyExchange', exchange)
  reader.u8('curve_type')
  const group = reader.u16('named_curve')
  reader.opaque(1, 'point')
  const params = exchange.subarray(0, reader.offset)
  const scheme = reader.u16('scheme')
  const signature = reader.opaque(2, 'signature')
  reader.end()
  const certificates = new Reader('Certificate', messageBody(handshake, CERTIFICATE))
  const first = certificates.sub(3, 'certificate_list').opaque(3, 'certificate')
  const serverRandom = messageBody(handshake, SERVER_HELLO).subarray(2, 34)
  const signed = Buffer.concat([handshake.clientRandom, serverRandom, params])
  const key = new X509Certificate(first).publicKey
  const pss = (scheme & 0xff00) === 0x0800 && key.asymmetricKeyType === 'rsa'
  const hash = HASHES[pss ? scheme & 0xff : scheme >> 8]
  const padding = pss && hash ? { padding: 6, saltLength: createHash(hash).digest().length } : {}
  const valid = verify(hash ?? null, signed, { key, ...padding }, signature)
  return { group, scheme, valid }
}

function clientHello(clientRandom: Uint8Array, options: RawOptions): Uint8Array {
  const { version = 0x0303, cipherSuites = SUITES, schemes = SCHEMES, groups = GROUPS } = options
  const u16List = (values: readonly number[]): Uint8Array =>
    new Writer().opaque(2, new Writer().u16(...values).done()).done()
  const extensions = new Writer()
  const add = (type: number, body: Uint8Array): void => {
    extensions.u16(type).opaque(2, body)
  }
  add(0x000a, u16List(groups))
  add(0x000b, Uint8Array.of(1, 0))
  if (version >= 0x0303) add(0x000d, u16List(schemes))
  if (options.statusRequest) add(0x0005, Uint8Array.of(1, 0, 0, 0, 0))
  add(0xff01, Uint8Array.of(0))
  const hello = new Writer()
    .u16(version)
    .bytes(clientRandom)
    .u8(0)
    .opaque(2, new Writer().u16(...cipherSuites).done())
    .u8(1, 0)
    .opaque(2, extensions.done())
    .done()
  const message = new Writer().u8(1).opaque(3, hello).done()
  return new Writer().u8(22).u16(0x0301).opaque(2, message).done()
}

type Parsed = Pick<RawHandshake, 'messages' | 'records' | 'alerts' | 'rest'>

function parse(received: Uint8Array): Parsed {
  const alerts: [number, number][] = []
  let handshake = Buffer.alloc(0)
  let records = 0
  let at = 0
  for (; at + 5 <= received.length; ) {
    const header = new Reader('record', received.subarray(at, at + 5))
    const type = header.u8('type')
    header.u16('version')
    const length = header.u16('length')
    if (type < 20 || type > 23 || at + 5 + length > received.length) break
    const content = received.subarray(at + 5, at + 5 + length)
    at += 5 + length
    if (type === 22) {
      handshake = Buffer.concat([handshake, content])
      records++
    } else if (type === 21) alerts.push([content[0] ?? 0, content[1] ?? 0])
  }
  return { messages: split(handshake), records, alerts, rest: received.subarray(at) }
}

function split(handshake: Uint8Array): RawMessage[] {
  const messages: RawMessage[] = []
  for (let at = 0; at + 4 <= handshake.length; ) {
    const header = new Reader('handshake', handshake.subarray(at, at + 4))
    const type = header.u8('type')
    const end = at + 4 + header.u24('length')
    if (end > handshake.length) break
    messages.push({ type, body: handshake.subarray(at + 4, end) })
    at = end
  }
  return messages
}

export const SERVER_HELLO = 2
export const CERTIFICATE = 11
export const SERVER_KEY_EXCHANGE = 12
export const CERTIFICATE_REQUEST = 13
export const SERVER_HELLO_DONE = 14
export const CERTIFICATE_STATUS = 22

const SUITES = [0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc009, 0xc013, 0xc00a, 0xc014]
const SCHEMES = [
  0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201,
]
const GROUPS = [0x001d, 0x0017, 0x0018, 0x0019]

// By HashAlgorithm (RFC 5246 §7.4.1.4.1) and, for PSS, by the scheme's low byte (RFC 8446 §4.2.3).
const HASHES: Readonly<Record<number, string>> = {
  2: 'sha1',
  4: 'sha256',
  5: 'sha384',
  6: 'sha512',
}
