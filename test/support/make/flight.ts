// Builds a TLS 1.2 server's first flight, correctly signed and wrong in any one way when asked (RFC 5246 §7.4, RFC 8422 §5).

import { randomBytes } from 'node:crypto'
import { Reader, Writer } from '../../../src/encoding/presentation.ts'
import type { EndEntity } from './end-entity.ts'
import { defaultScheme, dheParams, ecdheParams, signParams } from './key-exchange.ts'

export type MessageName =
  | 'helloRequest'
  | 'serverHello'
  | 'certificate'
  | 'certificateStatus'
  | 'serverKeyExchange'
  | 'certificateRequest'
  | 'serverHelloDone'

/** A handshake message: `body` goes without the header; `type` is what the header will say. */
export interface FlightMessage {
  readonly name: MessageName
  readonly type: number
  readonly body: Uint8Array
}

export interface Extension {
  readonly type: number
  readonly body: Uint8Array
}

export interface FlightOptions {
  readonly endEntity: EndEntity
  /** client_random, the first half of what is signed. */
  readonly clientRandom: Uint8Array
  /** Of ServerHello; default 0x0303. Below, the signature has no scheme and RSA signs MD5 and SHA-1. */
  readonly version?: number
  /** gmt_unix_time of server_random, modulo 2^32; default: random bytes. */
  readonly serverTime?: number | undefined
  /** The whole of server_random. */
  readonly serverRandom?: Uint8Array
  /** Default: 32 random bytes. */
  readonly sessionId?: Uint8Array
  /** Default 'ecdhe'. 'rsa' has no ServerKeyExchange; 'anon' has neither Certificate nor signature. */
  readonly keyExchange?: 'ecdhe' | 'dhe' | 'rsa' | 'anon'
  /** Default: one that suits version, key exchange and key. */
  readonly cipherSuite?: number
  /** Default 0. */
  readonly compression?: number
  /** Of ServerHello; default none, or status_request when there is an `ocsp`. null: no extensions field at all. */
  readonly extensions?: readonly Extension[] | null
  /** Default: the end entity's. DER. */
  readonly certificates?: readonly Uint8Array[]
  /** OCSPResponse, DER: adds a CertificateStatus. */
  readonly ocsp?: Uint8Array
  /** NamedGroup of ECDHE; default 0x001d, x25519. */
  readonly group?: number
  /** The params of ServerKeyExchange, ready made: see ecdheParams, dheParams, explicitCurveParams. */
  readonly params?: Uint8Array
  /** SignatureScheme; default by the key. One that does not suit the key gets a random signature. */
  readonly scheme?: number
  /** Takes the place of the signature; gets the true one, and what it is over. */
  readonly signature?: (valid: Uint8Array, signed: Uint8Array) => Uint8Array
  readonly certificateRequest?: boolean
}

/** ServerHello, Certificate, [CertificateStatus], ServerKeyExchange, [CertificateRequest], ServerHelloDone. */
export function serverFlight(options: FlightOptions): FlightMessage[] {
  const { keyExchange = 'ecdhe', ocsp } = options
  const serverRandom = options.serverRandom ?? randomWithTime(options.serverTime)
  const exchange = keyExchangeBody(options, serverRandom)
  return [
    message('serverHello', serverHelloBody(options, serverRandom)),
    ...(keyExchange === 'anon'
      ? []
      : [
          message(
            'certificate',
            certificateBody(options.certificates ?? options.endEntity.certificates),
          ),
        ]),
    ...(ocsp ? [message('certificateStatus', new Writer().u8(1).opaque(3, ocsp).done())] : []),
    ...(exchange ? [message('serverKeyExchange', exchange)] : []),
    ...(options.certificateRequest
      ? [message('certificateRequest', certificateRequestBody())]
      : []),
    message('serverHelloDone', new Uint8Array(0)),
  ]
}

export function message(name: MessageName, body: Uint8Array): FlightMessage {
  return { name, type: TYPES[name], body }
}

/** The message as it goes into records, header and all. */
export function encodeMessage({ type, body }: Pick<FlightMessage, 'type' | 'body'>): Uint8Array {
  return new Writer().u8(type).opaque(3, body).done()
}

/** The same messages with the body of one replaced. */
export function replaceBody(
  messages: readonly FlightMessage[],
  name: MessageName,
  edit: (body: Uint8Array) => Uint8Array,
): FlightMessage[] {
  return messages.map((one) => (one.name === name ? { ...one, body: edit(one.body) } : one))
}

// struct { ProtocolVersion; Random; SessionID<0..32>; CipherSuite; CompressionMethod; Extension<0..2^16-1> } ServerHello
function serverHelloBody(options: FlightOptions, serverRandom: Uint8Array): Uint8Array {
  const { version = 0x0303, compression = 0, sessionId = randomBytes(32), ocsp } = options
  const writer = new Writer()
    .u16(version)
    .bytes(serverRandom)
    .opaque(1, sessionId)
    .u16(options.cipherSuite ?? defaultSuite(options))
    .u8(compression)
  const stapled = ocsp ? [{ type: 0x0005, body: new Uint8Array(0) }] : []
  const extensions = options.extensions === undefined ? stapled : options.extensions
  if (extensions === null) return writer.done()
  const list = new Writer()
  for (const { type, body } of extensions) list.u16(type).opaque(2, body)
  return writer.opaque(2, list.done()).done()
}

// opaque ASN.1Cert<1..2^24-1>; struct { ASN.1Cert certificate_list<0..2^24-1> } Certificate
function certificateBody(certificates: readonly Uint8Array[]): Uint8Array {
  const list = new Writer()
  for (const certificate of certificates) list.opaque(3, certificate)
  return new Writer().opaque(3, list.done()).done()
}

// struct { ServerECDHParams params; SignatureAndHashAlgorithm; opaque signature<0..2^16-1> } ServerKeyExchange
function keyExchangeBody(options: FlightOptions, serverRandom: Uint8Array): Uint8Array | undefined {
  const { keyExchange = 'ecdhe', version = 0x0303, endEntity, clientRandom } = options
  if (keyExchange === 'rsa') return undefined
  const params =
    options.params ?? (keyExchange === 'dhe' ? dheParams() : ecdheParams(options.group))
  if (keyExchange === 'anon') return params
  const scheme = version < 0x0303 ? undefined : (options.scheme ?? defaultScheme(endEntity))
  const signed = Buffer.concat([clientRandom, serverRandom, params])
  const valid = signParams(endEntity.privateKey, scheme, signed)
  const writer = new Writer().bytes(params)
  if (scheme !== undefined) writer.u16(scheme)
  return writer.opaque(2, options.signature?.(valid, signed) ?? valid).done()
}

// struct { ClientCertificateType<1..2^8-1>; SignatureAndHashAlgorithm<2..2^16-2>; DistinguishedName<0..2^16-1> }
function certificateRequestBody(): Uint8Array {
  const schemes = new Writer().u16(0x0403, 0x0804, 0x0401).done()
  return new Writer()
    .opaque(1, Uint8Array.of(1, 64))
    .opaque(2, schemes)
    .opaque(2, new Uint8Array(0))
    .done()
}

function randomWithTime(seconds: number | undefined): Uint8Array {
  const random = randomBytes(32)
  if (seconds !== undefined) {
    random.writeUInt32BE(((Math.floor(seconds) % 2 ** 32) + 2 ** 32) % 2 ** 32)
  }
  return Uint8Array.from(random)
}

function defaultSuite({
  endEntity,
  keyExchange = 'ecdhe',
  version = 0x0303,
}: FlightOptions): number {
  const rsa = endEntity.privateKey.asymmetricKeyType?.startsWith('rsa') ?? false
  const old = version < 0x0303
  if (keyExchange === 'rsa') return old ? 0x002f : 0x009c
  if (keyExchange === 'anon') return 0xc018
  if (keyExchange === 'dhe') return old ? 0x0033 : 0x009e
  if (old) return rsa ? 0xc013 : 0xc009
  return rsa ? 0xc02f : 0xc02b
}

/** What a server needs to know of a ClientHello. */
export interface ClientHello {
  readonly version: number
  readonly random: Uint8Array
  readonly sessionId: Uint8Array
  readonly cipherSuites: readonly number[]
  readonly extensions: readonly Extension[]
}

/** Throws DecodeError. */
export function parseClientHello(body: Uint8Array): ClientHello {
  const reader = new Reader('ClientHello', body)
  const version = reader.u16('client_version')
  const random = reader.bytes(32, 'random')
  const sessionId = reader.opaque(1, 'session_id')
  const suites = reader.sub(2, 'cipher_suites')
  const cipherSuites: number[] = []
  while (suites.left > 0) cipherSuites.push(suites.u16('cipher_suite'))
  reader.opaque(1, 'compression_methods')
  const extensions: Extension[] = []
  if (reader.left > 0) {
    const list = reader.sub(2, 'extensions')
    while (list.left > 0) {
      extensions.push({ type: list.u16('extension_type'), body: list.opaque(2, 'extension_data') })
    }
  }
  reader.end()
  return { version, random, sessionId, cipherSuites, extensions }
}

/** HandshakeType (RFC 5246 §7.4, RFC 6066 §8). */
const TYPES: Readonly<Record<MessageName, number>> = {
  helloRequest: 0,
  serverHello: 2,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateStatus: 22,
}
