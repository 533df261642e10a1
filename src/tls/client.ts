// The client side of a TLS handshake up to ServerHelloDone, without I/O, secrets or key share: bytes in, bytes out
// (RFC 5246 §7.3). It keeps the messages verbatim; what they mean together is transcript.ts's.

import { encodeClientHello, type HelloOptions } from './client-hello.ts'
import { encodeFarewell, isHelloRequest, openDeframer } from './deframer.ts'
import {
  type ClientHello,
  decodeClientHello,
  decodeServerHello,
  decodeServerHelloDone,
} from './messages.ts'
import { encodeRecord } from './record.ts'
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
  readonly #messages = new Map<number, Uint8Array>()
  #expected: readonly number[] = [HANDSHAKE_TYPE.server_hello]
  readonly #deframe = openDeframer('ServerHelloDone', (type, message) =>
    this.#takeMessage(type, message),
  )

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
    return this.#deframe(bytes)
  }

  #takeMessage(type: number, message: Uint8Array): boolean {
    if (isHelloRequest(message)) return false
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
