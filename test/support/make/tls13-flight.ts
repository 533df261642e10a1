// Builds a TLS 1.3 server's messages up to Finished, correctly signed and wrong in any one way when asked (RFC 8446 §4).

import { randomBytes } from 'node:crypto'
import { concat, utf8 } from '../../../src/encoding/bytes.ts'
import { Writer } from '../../../src/encoding/presentation.ts'
import { makeAeadNative, makeKeyPairNative } from '../../../src/system/tls-cryptography.ts'
import { type Tls13Cipher, tls13Cipher } from '../../../src/tls/cipher-suites.ts'
import {
  applicationSecrets,
  finishedMac,
  handshakeSecrets,
  hashMessages,
  messageHash,
  type TrafficSecrets,
  trafficKeys,
} from '../../../src/tls/key-schedule.ts'
import {
  encodeProtected,
  type OpenTls13,
  type SealTls13,
  tls13Opener,
  tls13Sealer,
} from '../../../src/tls/tls13-records.ts'
import { record } from '../servers/delivery.ts'
import type { EndEntity } from './end-entity.ts'
import { type ClientHello, type Extension, encodeMessage, parseClientHello } from './flight.ts'
import { defaultScheme, signParams } from './key-exchange.ts'

export interface Tls13FlightOptions {
  readonly endEntity: EndEntity
  /** Of ServerHello, by its field; default 0x0303. */
  readonly version?: number
  /** Of supported_versions; null leaves the extension out. */
  readonly selectedVersion?: number | null
  readonly serverRandom?: Uint8Array
  /** Default: the client's. */
  readonly sessionId?: Uint8Array
  readonly cipherSuite?: number
  readonly compression?: number
  readonly group?: number
  /** key_exchange; default: a fresh public key. null leaves the extension out. */
  readonly share?: Uint8Array | null
  /** More of ServerHello. */
  readonly helloExtensions?: readonly Extension[]
  readonly encryptedExtensions?: readonly Extension[]
  readonly certificateRequest?: boolean
  readonly certificateContext?: Uint8Array
  readonly certificates?: readonly Uint8Array[]
  /** Of the first entry of Certificate. */
  readonly entryExtensions?: readonly Extension[]
  readonly scheme?: number
  /** Takes the place of what is signed; gets the true bytes. */
  readonly signed?: (content: Uint8Array) => Uint8Array
  /** Changes, drops, repeats or reorders the protected messages, after they were signed. */
  readonly mutate?: (messages: readonly Uint8Array[]) => readonly Uint8Array[]
}

export interface RetryOptions {
  readonly cipherSuite?: number
  readonly selectedVersion?: number | null
  readonly sessionId?: Uint8Array
  /** selected_group; undefined leaves the extension out. */
  readonly group?: number
  readonly cookie?: Uint8Array
  readonly extensions?: readonly Extension[]
}

/** The client's and the server's hellos before those that count. */
export interface FirstTry {
  readonly clientHello: Uint8Array
  readonly helloRetryRequest: Uint8Array
}

export interface Tls13ServerFlight {
  readonly serverHello: Uint8Array
  /** EncryptedExtensions, [CertificateRequest], Certificate, CertificateVerify, Finished. */
  readonly messages: readonly Uint8Array[]
  /** All messages that Finished is about, and Finished. */
  readonly hashed: readonly Uint8Array[]
  readonly cipher: Tls13Cipher
  /** Under the handshake traffic keys. */
  readonly seal: SealTls13
  readonly open: OpenTls13
  /** verify_data of the client. */
  readonly clientVerifyData: Uint8Array
  readonly application: TrafficSecrets
}

/** clientHello: the message, with its header. */
export function tls13ServerFlight(
  options: Tls13FlightOptions,
  clientHello: Uint8Array,
  first?: FirstTry,
): Tls13ServerFlight {
  const hello = parseClientHello(clientHello.subarray(4))
  const { group = 0x001d, cipherSuite = 0x1301 } = options
  const cipher = tls13Cipher(cipherSuite) ?? FALLBACK
  const { hash } = cipher
  const own = makeKeyPairNative(KNOWN.includes(group) ? group : 0x001d)
  const serverHello = encodeServerHello(options, hello, own.share)
  const before = first
    ? [messageHash(hash, first.clientHello), first.helloRetryRequest, clientHello]
    : [clientHello]
  const hashed = [...before, serverHello]
  const secrets = handshakeSecrets(
    hash,
    agreed(own.agree, hello, group),
    hashMessages(hash, hashed),
  )
  const messages = protectedMessages(options, (unsigned) =>
    hashMessages(hash, [...hashed, ...unsigned]),
  )
  hashed.push(...messages)
  const finished = finishedMac(hash, secrets.server, hashMessages(hash, hashed))
  messages.push(encodeMessage({ type: 20, body: finished }))
  hashed.push(...messages.slice(-1))
  const transcript = hashMessages(hash, hashed)
  return {
    serverHello,
    messages: options.mutate?.(messages) ?? messages,
    hashed,
    cipher,
    ...protection(cipher, secrets),
    clientVerifyData: finishedMac(hash, secrets.client, transcript),
    application: applicationSecrets(hash, secrets.master, transcript),
  }
}

/** The server's side of the records: it seals with its own secret and opens with the client's. */
export function protection(
  cipher: Tls13Cipher,
  { client, server }: TrafficSecrets,
): { readonly seal: SealTls13; readonly open: OpenTls13 } {
  const [theirs, ours] = [trafficKeys(cipher, client), trafficKeys(cipher, server)]
  return {
    seal: tls13Sealer(makeAeadNative(cipher.aead, ours.key), ours),
    open: tls13Opener(makeAeadNative(cipher.aead, theirs.key), theirs),
  }
}

/** The flight in records: ServerHello, ChangeCipherSpec, and the others in one record each. */
export function tls13Records({ serverHello, messages, seal }: Tls13ServerFlight): Uint8Array[] {
  return [
    record(22, serverHello),
    CHANGE_CIPHER_SPEC,
    ...messages.map((message) => encodeProtected(seal(22, message))),
  ]
}

export function encodeRetry(options: RetryOptions, clientHello: Uint8Array): Uint8Array {
  const hello = parseClientHello(clientHello.subarray(4))
  const { group, cookie, extensions = [] } = options
  return encodeHello({
    random: RETRY_RANDOM,
    sessionId: options.sessionId ?? hello.sessionId,
    cipherSuite: options.cipherSuite ?? 0x1301,
    extensions: [
      ...versionExtension(options.selectedVersion),
      ...(group === undefined ? [] : [{ type: 51, body: new Writer().u16(group).done() }]),
      ...(cookie ? [{ type: 44, body: new Writer().opaque(2, cookie).done() }] : []),
      ...extensions,
    ],
  })
}

function encodeServerHello(
  options: Tls13FlightOptions,
  hello: ClientHello,
  ownShare: Uint8Array,
): Uint8Array {
  const { group = 0x001d, share = ownShare, helloExtensions = [] } = options
  const keyShare = share && new Writer().u16(group).opaque(2, share).done()
  return encodeHello({
    version: options.version ?? 0x0303,
    random: options.serverRandom ?? randomBytes(32),
    sessionId: options.sessionId ?? hello.sessionId,
    cipherSuite: options.cipherSuite ?? 0x1301,
    compression: options.compression ?? 0,
    extensions: [
      ...versionExtension(options.selectedVersion),
      ...(keyShare ? [{ type: 51, body: keyShare }] : []),
      ...helloExtensions,
    ],
  })
}

function versionExtension(selected: number | null | undefined): Extension[] {
  return selected === null ? [] : [{ type: 43, body: new Writer().u16(selected ?? 0x0304).done() }]
}

function encodeHello(parts: {
  readonly version?: number
  readonly random: Uint8Array
  readonly sessionId: Uint8Array
  readonly cipherSuite: number
  readonly compression?: number
  readonly extensions: readonly Extension[]
}): Uint8Array {
  const body = new Writer()
    .u16(parts.version ?? 0x0303)
    .bytes(parts.random)
    .opaque(1, parts.sessionId)
    .u16(parts.cipherSuite)
    .u8(parts.compression ?? 0)
    .bytes(extensionBlock(parts.extensions))
    .done()
  return encodeMessage({ type: 2, body })
}

function extensionBlock(extensions: readonly Extension[]): Uint8Array {
  const list = new Writer()
  for (const { type, body } of extensions) list.u16(type).opaque(2, body)
  return new Writer().opaque(2, list.done()).done()
}

function protectedMessages(
  options: Tls13FlightOptions,
  hashWith: (messages: readonly Uint8Array[]) => Uint8Array,
): Uint8Array[] {
  const { endEntity, signed = (content) => content } = options
  const schemes = new Writer().opaque(2, new Writer().u16(0x0403, 0x0804).done()).done()
  const request = new Writer()
    .u8(0)
    .bytes(extensionBlock([{ type: 13, body: schemes }]))
    .done()
  const messages = [
    encodeMessage({ type: 8, body: extensionBlock(options.encryptedExtensions ?? []) }),
    ...(options.certificateRequest ? [encodeMessage({ type: 13, body: request })] : []),
    encodeMessage({ type: 11, body: certificateBody(options) }),
  ]
  const context = utf8(`${' '.repeat(64)}TLS 1.3, server CertificateVerify\0`)
  const scheme = options.scheme ?? defaultScheme(endEntity)
  const content = signed(concat(context, hashWith(messages)))
  const signature = signParams(endEntity.privateKey, scheme, content)
  const verify = new Writer().u16(scheme).opaque(2, signature).done()
  return [...messages, encodeMessage({ type: 15, body: verify })]
}

function certificateBody(options: Tls13FlightOptions): Uint8Array {
  const { endEntity, certificates = endEntity.certificates, entryExtensions = [] } = options
  const list = new Writer()
  for (const [i, certificate] of certificates.entries()) {
    list.opaque(3, certificate).bytes(extensionBlock(i === 0 ? entryExtensions : []))
  }
  return new Writer()
    .opaque(1, options.certificateContext ?? new Uint8Array(0))
    .opaque(3, list.done())
    .done()
}

/** With the client's share of the group; for one that it has none of, with what leads nowhere. */
function agreed(
  agree: (share: Uint8Array) => Uint8Array,
  { extensions }: ClientHello,
  group: number,
): Uint8Array {
  const body = extensions.find(({ type }) => type === 51)?.body ?? new Uint8Array(0)
  for (let at = 2; at < body.length; ) {
    const view = Buffer.from(body)
    const length = view.readUInt16BE(at + 2)
    if (view.readUInt16BE(at) === group && KNOWN.includes(group))
      return agree(body.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return new Uint8Array(32)
}

export const CHANGE_CIPHER_SPEC: Uint8Array = record(20, Uint8Array.of(1))

const KNOWN = [0x001d, 0x0017, 0x0018, 0x0019]

const FALLBACK: Tls13Cipher = { aead: 'aes-128-gcm', keyLength: 16, hash: 'sha256' }

/** SHA-256 of "HelloRetryRequest" (RFC 8446 §4.1.3). */
export const RETRY_RANDOM: Uint8Array = Buffer.from(
  'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c',
  'hex',
)
