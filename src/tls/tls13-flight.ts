// The client side of a TLS 1.3 handshake up to CertificateVerify, message by message: what a record layer and a longer
// handshake stand on (RFC 8446 §2, §4). Key pairs come from the caller.

import { type Tls13Cipher, tls13Cipher } from './cipher-suites.ts'
import { encodeClientHello, type HelloOptions } from './client-hello.ts'
import { handshakeSecrets, hashMessages, type TrafficSecrets } from './key-schedule.ts'
import { decodeServerHello } from './messages.ts'
import { groupName, HANDSHAKE_TYPE, handshakeName, VERSION } from './registry.ts'
import {
  checkKept,
  checkTls13Answer,
  isRetryRandom,
  type Retry,
  readRetry,
  readTls13Offer,
  type Tls13Offer,
} from './tls13-hello.ts'
import { hashedMessages, readTls13Transcript, type Tls13Transcript } from './tls13-transcript.ts'
import { type Handshake, misbehaving } from './transcript.ts'

/** One side's half of a key agreement. */
export interface KeyPair {
  /** key_exchange of a KeyShareEntry: an uncompressed point, or 32 bytes of x25519 (RFC 8446 §4.2.8.2). */
  readonly share: Uint8Array
  /** The shared secret (RFC 8446 §7.4.2). Throws when the other side's share is no point, or a weak one. */
  agree(share: Uint8Array): Uint8Array
}

/** Makes a fresh pair over a group of CURVE_GROUPS. */
export type MakeKeyPair = (group: number) => KeyPair

/** What the ClientHello is made of; the rest is this client's choice. */
export interface Tls13Options
  extends Pick<HelloOptions, 'clientRandom' | 'serverName' | 'statusRequest' | 'signatureSchemes'> {
  /** 32 random bytes. */
  readonly sessionId: Uint8Array
  readonly makeKeyPair: MakeKeyPair
}

/** What the handshake traffic is protected with, once ServerHello is there. */
export interface Agreed extends TrafficSecrets {
  readonly cipherSuite: number
  readonly cipher: Tls13Cipher
  /** The Master Secret. */
  readonly master: Uint8Array
}

/** What a message means for who sends and receives. */
export type Step =
  | 'retry' // a HelloRetryRequest: send `clientHello` again, it is another one
  | 'agreed' // ServerHello: what follows is protected
  | 'more' // wait for the next one
  | 'signed' // CertificateVerify: `transcript` is whole and consistent

export class Tls13Flight {
  readonly #options: Tls13Options
  readonly #pairs = new Map<number, KeyPair>()
  readonly #seen: { -readonly [K in keyof Tls13Transcript]?: Uint8Array } = {}
  #offer: Tls13Offer
  #retry: Retry | undefined
  #agreed: Agreed | undefined
  #handshake: Handshake | undefined
  #expected: readonly number[] = [HANDSHAKE_TYPE.server_hello]

  constructor(options: Tls13Options) {
    this.#options = options
    this.#offer = this.#greet(SHARES)
  }

  /** The one to send: first of all, and after a HelloRetryRequest. */
  get clientHello(): Uint8Array {
    return present(this.#seen.clientHello, 'ClientHello')
  }

  /** Whether a HelloRetryRequest has come. */
  get isRetried(): boolean {
    return this.#retry !== undefined
  }

  /** Undefined before ServerHello. */
  get agreed(): Agreed | undefined {
    return this.#agreed
  }

  /** The messages, once CertificateVerify is there. */
  get transcript(): Tls13Transcript {
    const {
      clientHello,
      serverHello,
      encryptedExtensions,
      certificate,
      certificateVerify,
      ...rest
    } = this.#seen
    return {
      ...rest,
      clientHello: present(clientHello, 'ClientHello'),
      serverHello: present(serverHello, 'ServerHello'),
      encryptedExtensions: present(encryptedExtensions, 'EncryptedExtensions'),
      certificate: present(certificate, 'Certificate'),
      certificateVerify: present(certificateVerify, 'CertificateVerify'),
    }
  }

  /** What the transcript says, once CertificateVerify is there. */
  get handshake(): Handshake {
    return present(this.#handshake, 'CertificateVerify')
  }

  /** Takes the server's next message. Throws DecodeError and HandshakeError. */
  take(message: Uint8Array): Step {
    const [type = 0] = message
    if (!this.#expected.includes(type)) {
      const expected = this.#expected.map(handshakeName).join(' or ')
      throw misbehaving(`expected ${expected}, got ${handshakeName(type)}`, UNEXPECTED_MESSAGE)
    }
    if (type === HANDSHAKE_TYPE.server_hello) return this.#takeHello(message)
    const [name, followers] = FLIGHT.get(type) ?? []
    if (name) this.#seen[name] = message
    this.#expected = followers ?? []
    if (type !== HANDSHAKE_TYPE.certificate_verify) return 'more'
    this.#handshake = readTls13Transcript(this.transcript)
    return 'signed'
  }

  #takeHello(message: Uint8Array): Step {
    const answer = decodeServerHello(message)
    if (isRetryRandom(answer.random) && !this.#retry) {
      this.#retry = readRetry(this.#offer, answer)
      this.#seen.firstClientHello = this.clientHello
      this.#seen.helloRetryRequest = message
      const { group } = this.#retry
      this.#offer = this.#greet(group === undefined ? SHARES : [group])
      return 'retry'
    }
    const share = checkTls13Answer(this.#offer, answer)
    if (this.#retry) checkKept(this.#retry, answer, share)
    this.#seen.serverHello = message
    const { cipherSuite } = answer
    const cipher = present(tls13Cipher(cipherSuite), 'ServerHello')
    const shared = this.#agree(share.group, share.keyExchange)
    const transcript = hashMessages(cipher.hash, hashedMessages(cipher.hash, this.#seen))
    this.#agreed = { cipherSuite, cipher, ...handshakeSecrets(cipher.hash, shared, transcript) }
    this.#expected = [HANDSHAKE_TYPE.encrypted_extensions]
    return 'agreed'
  }

  #greet(groups: readonly number[]): Tls13Offer {
    const { makeKeyPair, ...options } = this.#options
    const keyShares = groups.map((group) => {
      const pair = this.#pairs.get(group) ?? makeKeyPair(group)
      this.#pairs.set(group, pair)
      return { group, keyExchange: pair.share }
    })
    const version = VERSION.tls13
    const cookie = this.#retry?.cookie
    this.#seen.clientHello = encodeClientHello({ ...options, version, keyShares, cookie })
    return readTls13Offer(this.#seen.clientHello)
  }

  #agree(group: number, share: Uint8Array): Uint8Array {
    try {
      return present(this.#pairs.get(group), 'a key pair').agree(share)
    } catch {
      throw misbehaving(`the server's key share is not a point on ${groupName(group)}, or is weak`)
    }
  }
}

/** x25519 and secp256r1: with either of them ready, few servers ask again. */
const SHARES: readonly number[] = [0x001d, 0x0017]

/** Where the messages after ServerHello are kept, and what may follow them (RFC 8446 §2). */
const FLIGHT: ReadonlyMap<number, readonly [keyof Tls13Transcript, readonly number[]]> = new Map([
  [
    HANDSHAKE_TYPE.encrypted_extensions,
    ['encryptedExtensions', [HANDSHAKE_TYPE.certificate_request, HANDSHAKE_TYPE.certificate]],
  ],
  [HANDSHAKE_TYPE.certificate_request, ['certificateRequest', [HANDSHAKE_TYPE.certificate]]],
  [HANDSHAKE_TYPE.certificate, ['certificate', [HANDSHAKE_TYPE.certificate_verify]]],
  [HANDSHAKE_TYPE.certificate_verify, ['certificateVerify', []]],
])

function present<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new RangeError(`${name} has not come`)
  return value
}

/** AlertDescription (RFC 8446 §6.2). */
const UNEXPECTED_MESSAGE = 10
