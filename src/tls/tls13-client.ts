// The client side of a TLS 1.3 handshake up to CertificateVerify, without I/O: bytes in, bytes out (RFC 8446 §2, §5, §D.4).
// The keys serve to read the server's flight and to say farewell, and go with the client.

import { concat } from '../encoding/index.ts'
import { encodeFarewell, openDeframer } from './deframer.ts'
import { trafficKeys } from './key-schedule.ts'
import { encodeRecord, type TlsRecord } from './record.ts'
import { CONTENT_TYPE, VERSION } from './registry.ts'
import { type Step, Tls13Flight, type Tls13Options } from './tls13-flight.ts'
import {
  encodeProtected,
  type MakeAead,
  type OpenTls13,
  openChangeCipherSpecs,
  type SealTls13,
  tls13Opener,
  tls13Sealer,
} from './tls13-records.ts'
import type { Tls13Transcript } from './tls13-transcript.ts'
import { misbehaving } from './transcript.ts'

/**
 * One handshake. Send `hello`, feed what comes to `receive` until it returns true and send each `takeReply` there is,
 * then take `transcript`, send `farewell` and close. Any chunking of the server's bytes gives the same transcript.
 */
export class Tls13Client {
  /** The record to send first. */
  readonly hello: Uint8Array
  readonly #makeAead: MakeAead
  readonly #flight: Tls13Flight
  readonly #takeChangeCipherSpec = openChangeCipherSpecs()
  #reply: Uint8Array | undefined
  #open: OpenTls13 | undefined
  #seal: SealTls13 | undefined
  readonly #deframe = openDeframer(
    'CertificateVerify',
    (_type, message, atEnd) => this.#take(message, atEnd),
    (record) => this.#unprotect(record),
  )

  constructor(options: Tls13Options & { readonly makeAead: MakeAead }) {
    const { makeAead, ...rest } = options
    this.#makeAead = makeAead
    this.#flight = new Tls13Flight(rest)
    this.hello = encodeRecord(CONTENT_TYPE.handshake, VERSION.tls10, this.#flight.clientHello)
  }

  /** Whether the server's ServerHello has come. */
  get answered(): boolean {
    return this.#flight.agreed !== undefined
  }

  /** The messages, once `receive` has returned true. */
  get transcript(): Tls13Transcript {
    return this.#flight.transcript
  }

  /**
   * The records to send last: user_canceled and close_notify, which servers take without an answer (RFC 8446 §6.1); as
   * long as nothing is protected, a fatal user_canceled.
   */
  get farewell(): Uint8Array {
    const seal = this.#seal
    if (!seal) return encodeFarewell(VERSION.tls12)
    const alerts = [Uint8Array.of(1, 90), Uint8Array.of(1, 0)]
    return concat(
      ...(this.#flight.isRetried ? [] : [CHANGE_CIPHER_SPEC]),
      ...alerts.map((alert) => encodeProtected(seal(CONTENT_TYPE.alert, alert))),
    )
  }

  /**
   * Takes bytes from the server; true once CertificateVerify is there and the transcript is consistent. What comes
   * after it is not looked at. Throws HandshakeError.
   */
  receive(bytes: Uint8Array): boolean {
    return this.#deframe(bytes)
  }

  /** What the last bytes make the client say: the second ClientHello, once, after a HelloRetryRequest. */
  takeReply(): Uint8Array | undefined {
    const reply = this.#reply
    this.#reply = undefined
    return reply
  }

  #take(message: Uint8Array, atEnd: boolean): boolean {
    const step = this.#flight.take(message)
    if (CHANGES.includes(step) && !atEnd) {
      throw misbehaving('the server sent a message that spans a change of keys', UNEXPECTED_MESSAGE)
    }
    if (step === 'retry') this.#greetAgain()
    if (step === 'agreed') this.#setKeys()
    return step === 'signed'
  }

  #greetAgain(): void {
    const { clientHello } = this.#flight
    this.#reply = concat(
      CHANGE_CIPHER_SPEC,
      encodeRecord(CONTENT_TYPE.handshake, VERSION.tls12, clientHello),
    )
  }

  #setKeys(): void {
    const { agreed } = this.#flight
    if (!agreed) return
    const { cipher, client, server } = agreed
    const [ours, theirs] = [trafficKeys(cipher, client), trafficKeys(cipher, server)]
    this.#seal = tls13Sealer(this.#makeAead(cipher.aead, ours.key), ours)
    this.#open = tls13Opener(this.#makeAead(cipher.aead, theirs.key), theirs)
  }

  /** A record as it is without protection; undefined for a ChangeCipherSpec, which means nothing. */
  #unprotect(record: TlsRecord): TlsRecord | undefined {
    if (record.type === CONTENT_TYPE.change_cipher_spec) {
      this.#takeChangeCipherSpec(record.fragment)
      return undefined
    }
    if (!this.#open) return record
    const { type, content } = this.#open(record)
    return { ...record, type, fragment: content }
  }
}

/** Before the client's second flight, whatever that is, as boxes on the way expect it (RFC 8446 §D.4). */
const CHANGE_CIPHER_SPEC = encodeRecord(
  CONTENT_TYPE.change_cipher_spec,
  VERSION.tls12,
  Uint8Array.of(1),
)

/** After these steps, other keys are used (RFC 8446 §5.1). */
const CHANGES: readonly Step[] = ['retry', 'agreed']

/** AlertDescription (RFC 8446 §6.2). */
const UNEXPECTED_MESSAGE = 10
