// The client side of a TLS handshake up to ServerHelloDone, without I/O, secrets or key share: bytes in, bytes out
// (RFC 5246 §7.3). It keeps the messages verbatim; what they mean together is transcript.ts's.

import { encodeClientHello, type HelloOptions } from './client-hello.ts'
import {
  append,
  blame,
  encodeFarewell,
  type Inflow,
  nextMessage,
  openInflow,
  received,
  takeAlerts,
} from './deframer.ts'
import {
  type ClientHello,
  decodeClientHello,
  decodeServerHello,
  decodeServerHelloDone,
  MESSAGE_HEADER_LENGTH,
} from './messages.ts'
import {
  encodeRecord,
  MAX_PLAINTEXT,
  RECORD_HEADER_LENGTH,
  readRecord,
  type TlsRecord,
} from './record.ts'
import { CONTENT_TYPE, HANDSHAKE_TYPE, handshakeName, VERSION, versionName } from './registry.ts'
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
  readonly farewell: Uint8Array
  readonly #offer: ClientHello
  readonly #clientHello: Uint8Array
  readonly #stream: Inflow = openInflow(MAX_FLIGHT)
  readonly #flight: Inflow = openInflow(MAX_FLIGHT)
  readonly #messages = new Map<number, Uint8Array>()
  #expected: readonly number[] = [HANDSHAKE_TYPE.server_hello]
  #records = 0
  #done = false

  constructor(options: HelloOptions) {
    this.#clientHello = encodeClientHello(options)
    this.#offer = decodeClientHello(this.#clientHello)
    this.hello = encodeRecord(CONTENT_TYPE.handshake, VERSION.tls10, this.#clientHello)
    this.farewell = encodeFarewell(this.#offer.version)
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
      throw blame(error, this.#stream, this.#records)
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
      const message = nextMessage(this.#flight)
      if (message === undefined) return false
      if (this.#takeMessage(message[0] as number, message)) return true
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

/** Bytes of a server's flight, records included; real ones have 2 to 30 KB. */
const MAX_FLIGHT = 2 ** 18
const MAX_RECORDS = 2 ** 15
