// The client side of a TLS handshake up to ServerHelloDone, without I/O, secrets or key share: bytes in, bytes out
// (RFC 5246 §7.3). It keeps the messages verbatim; what they mean together is transcript.ts's.

import { DecodeError, HandshakeError } from '../errors.ts'
import { encodeClientHello, type HelloOptions } from './client-hello.ts'
import {
  type ClientHello,
  decodeClientHello,
  decodeServerHello,
  decodeServerHelloDone,
  MAX_MESSAGE,
  MESSAGE_HEADER_LENGTH,
} from './handshake.ts'
import {
  encodeRecord,
  MAX_PLAINTEXT,
  RECORD_HEADER_LENGTH,
  readRecord,
  type TlsRecord,
} from './record.ts'
import {
  alertName,
  CONTENT_TYPE,
  HANDSHAKE_TYPE,
  handshakeName,
  VERSION,
  versionName,
} from './registry.ts'
import {
  checkServerHello,
  incompatible,
  misbehaving,
  readTranscript,
  type Transcript,
} from './transcript.ts'

/**
 * One handshake. Send `hello`, feed what comes to `receive` until it returns true, then take `transcript`, send
 * `farewell` and close. Any chunking of the server's bytes gives the same transcript.
 */
export class HandshakeClient {
  /** The record to send first. */
  readonly hello: Uint8Array
  /** The record to send last: a fatal user_canceled alert, which servers take without an answer. */
  readonly farewell: Uint8Array = encodeRecord(
    CONTENT_TYPE.alert,
    VERSION.tls12,
    Uint8Array.of(2, 90),
  )
  readonly #offer: ClientHello
  readonly #clientHello: Uint8Array
  readonly #stream: Inflow = { storage: new Uint8Array(4096), length: 0, read: 0 }
  readonly #flight: Inflow = { storage: new Uint8Array(4096), length: 0, read: 0 }
  readonly #messages = new Map<number, Uint8Array>()
  #expected: readonly number[] = [HANDSHAKE_TYPE.server_hello]
  #records = 0
  #done = false

  constructor(options: HelloOptions) {
    this.#clientHello = encodeClientHello(options)
    this.#offer = decodeClientHello(this.#clientHello)
    this.hello = encodeRecord(CONTENT_TYPE.handshake, VERSION.tls10, this.#clientHello)
  }

  /** Whether the server's ServerHello has come. */
  get answered(): boolean {
    return this.#messages.has(HANDSHAKE_TYPE.server_hello)
  }

  /** The messages, once `receive` has returned true. */
  get transcript(): Transcript {
    const status = this.#messages.get(HANDSHAKE_TYPE.certificate_status)
    return {
      clientHello: this.#clientHello,
      serverHello: this.#message(HANDSHAKE_TYPE.server_hello),
      certificate: this.#message(HANDSHAKE_TYPE.certificate),
      ...(status && { certificateStatus: status }),
      serverKeyExchange: this.#message(HANDSHAKE_TYPE.server_key_exchange),
    }
  }

  /**
   * Takes bytes from the server; true once ServerHelloDone is there and the transcript is consistent. What comes
   * after it is not looked at. Throws HandshakeError.
   */
  receive(bytes: Uint8Array): boolean {
    if (this.#done) return true
    try {
      append(this.#stream, bytes)
      for (;;) {
        const record = readRecord(received(this.#stream), this.#stream.read)
        if (record === undefined) return false
        this.#stream.read += RECORD_HEADER_LENGTH + record.fragment.length
        if (++this.#records > MAX_RECORDS) throw misbehaving(`more than ${MAX_RECORDS} records`)
        this.#done = this.#takeRecord(record)
        if (this.#done) return true
      }
    } catch (error) {
      throw this.#blame(error)
    }
  }

  #takeRecord(record: TlsRecord): boolean {
    const { length } = record.fragment
    if (length > MAX_PLAINTEXT) throw misbehaving(`a plain record of ${length} bytes`)
    switch (record.type) {
      case CONTENT_TYPE.alert:
        takeAlerts(record.fragment)
        return false
      case CONTENT_TYPE.handshake:
        if (record.fragment.length === 0) throw misbehaving('an empty handshake record')
        append(this.#flight, record.fragment)
        return this.#takeMessages()
      default:
        throw misbehaving(`a record of content type ${record.type} before ServerHelloDone`)
    }
  }

  #takeMessages(): boolean {
    for (;;) {
      const rest = received(this.#flight).subarray(this.#flight.read)
      const [type, a, b, c] = rest
      if (type === undefined || a === undefined || b === undefined || c === undefined) return false
      const length = a * 65536 + b * 256 + c
      if (length > MAX_MESSAGE) throw misbehaving(`a ${handshakeName(type)} of ${length} bytes`)
      const end = MESSAGE_HEADER_LENGTH + length
      if (rest.length < end) return false
      this.#flight.read += end
      if (this.#takeMessage(type, rest.slice(0, end))) return true
    }
  }

  #takeMessage(type: number, message: Uint8Array): boolean {
    // HelloRequest may come at any time and is ignored during a handshake (RFC 5246 §7.4.1.1)
    if (type === HANDSHAKE_TYPE.hello_request && message.length === MESSAGE_HEADER_LENGTH)
      return false
    if (!this.#expected.includes(type)) {
      const expected = this.#expected.map(handshakeName).join(' or ')
      throw misbehaving(`expected ${expected}, got ${handshakeName(type)}`)
    }
    if (type === HANDSHAKE_TYPE.server_hello_done) {
      decodeServerHelloDone(message)
      readTranscript(this.transcript)
      return true
    }
    if (type === HANDSHAKE_TYPE.server_hello) this.#greet(message)
    this.#messages.set(type, message)
    this.#expected = FOLLOWERS.get(type) ?? []
    return false
  }

  /** Judges the ServerHello as soon as it is there, since a server of another kind goes on in another way. */
  #greet(message: Uint8Array): void {
    const answer = decodeServerHello(message)
    checkServerHello(this.#offer, answer)
    if (answer.version !== this.#offer.version) {
      throw incompatible(
        `the server speaks ${versionName(answer.version)}, not ${versionName(this.#offer.version)}`,
      )
    }
  }

  #message(type: number): Uint8Array {
    const message = this.#messages.get(type)
    if (message === undefined) throw new RangeError(`${handshakeName(type)} has not come`)
    return message
  }

  /** Bad bytes are the peer's fault; bytes that are not TLS at all mean that it is no TLS server. */
  #blame(error: unknown): unknown {
    if (!(error instanceof DecodeError)) return error
    if (error.struct !== 'TLSPlaintext' || this.#records > 0) {
      return new HandshakeError('misbehaving-peer', error.message, undefined, { cause: error })
    }
    const http = String.fromCharCode(...received(this.#stream).subarray(0, 5)) === 'HTTP/'
    return new HandshakeError(
      'incompatible-peer',
      http ? 'the server answered in plain HTTP, not TLS' : 'the server does not speak TLS',
      undefined,
      { cause: error },
    )
  }
}

/** What may follow a message (RFC 5246 §7.3, RFC 6066 §8). */
const FOLLOWERS: ReadonlyMap<number, readonly number[]> = new Map([
  [HANDSHAKE_TYPE.server_hello, [HANDSHAKE_TYPE.certificate]],
  [
    HANDSHAKE_TYPE.certificate,
    [HANDSHAKE_TYPE.server_key_exchange, HANDSHAKE_TYPE.certificate_status],
  ],
  [HANDSHAKE_TYPE.certificate_status, [HANDSHAKE_TYPE.server_key_exchange]],
  [
    HANDSHAKE_TYPE.server_key_exchange,
    [HANDSHAKE_TYPE.server_hello_done, HANDSHAKE_TYPE.certificate_request],
  ],
  [HANDSHAKE_TYPE.certificate_request, [HANDSHAKE_TYPE.server_hello_done]],
])

/** Alert { level; description }: a warning is passed over, anything else ends the handshake (RFC 5246 §7.2). */
function takeAlerts(fragment: Uint8Array): void {
  if (fragment.length === 0 || fragment.length % 2 !== 0) throw misbehaving('a malformed alert')
  for (let at = 0; at < fragment.length; at += 2) {
    const [level, description = 0] = fragment.subarray(at, at + 2)
    if (level === 1 && description !== CLOSE_NOTIFY) continue
    throw new HandshakeError(
      'alert',
      `the server sent alert ${alertName(description)}(${description})`,
      description,
    )
  }
}

/** Received bytes: `storage` up to `length`, of which `read` are used up. */
interface Inflow {
  storage: Uint8Array
  length: number
  read: number
}

function received(inflow: Inflow): Uint8Array {
  return inflow.storage.subarray(0, inflow.length)
}

/** Appends in amortised constant time per byte, up to the limit. */
function append(inflow: Inflow, bytes: Uint8Array): void {
  const length = inflow.length + bytes.length
  if (length > MAX_FLIGHT) throw misbehaving(`a flight of more than ${MAX_FLIGHT} bytes`)
  if (length > inflow.storage.length) {
    const storage = new Uint8Array(Math.max(length, 2 * inflow.storage.length))
    storage.set(received(inflow))
    inflow.storage = storage
  }
  inflow.storage.set(bytes, inflow.length)
  inflow.length = length
}

const CLOSE_NOTIFY = 0

/** Bytes of a server's flight, records included; real ones have 2 to 30 KB. */
const MAX_FLIGHT = 2 ** 18
const MAX_RECORDS = 2 ** 15
