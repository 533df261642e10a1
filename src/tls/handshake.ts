// Handshake messages up to ServerHelloDone, parsed strictly (RFC 5246 §7.4, RFC 8422 §5, RFC 6066 §8).

import { concat, toHex } from '../bytes.ts'
import { type Field, Reader, Writer } from '../codec.ts'
import {
  CURVE_POINT_LENGTH,
  cipherSuiteName,
  EXTENSION,
  extensionName,
  groupName,
  HANDSHAKE_TYPE,
  handshakeName,
  signatureSchemeName,
  suiteKind,
  VERSION,
  versionName,
} from './registry.ts'

/** A handshake message beyond this is refused unread; the largest seen from real servers is 28 KB. */
export const MAX_MESSAGE: number = 2 ** 17

/** HandshakeType, uint24 length. */
export const MESSAGE_HEADER_LENGTH = 4

export interface Extension {
  readonly type: number
  readonly content: Uint8Array
}

export interface ClientHello {
  readonly version: number
  readonly random: Uint8Array
  readonly sessionId: Uint8Array
  readonly cipherSuites: readonly number[]
  readonly extensions: readonly Extension[]
  /** From supported_groups (RFC 8422 §5.1.1); undefined when the extension is absent. */
  readonly groups: readonly number[] | undefined
  /** From signature_algorithms (RFC 5246 §7.4.1.4.1); undefined when the extension is absent. */
  readonly signatureSchemes: readonly number[] | undefined
  /** From server_name (RFC 6066 §3), as sent. */
  readonly serverName: string | undefined
}

export interface ServerHello {
  readonly version: number
  readonly random: Uint8Array
  readonly sessionId: Uint8Array
  readonly cipherSuite: number
  readonly extensions: readonly Extension[]
}

/** ServerKeyExchange, signed (RFC 5246 §7.4.3, RFC 8422 §5.4) or anonymous. */
export interface ServerKeyExchange {
  /** The bytes of ServerECDHParams or ServerDHParams: what is signed after the two randoms. */
  readonly params: Uint8Array
  /** Name of the curve, or "dh2048" by the bits of the prime. */
  readonly group: string
  /** Code point of the curve; undefined for DHE. */
  readonly curve: number | undefined
  /** Bits of the prime; undefined for ECDHE. */
  readonly primeBits: number | undefined
  /** SignatureScheme by name; undefined for an anonymous key exchange. */
  readonly scheme: string | undefined
  /** Code point in the message; undefined before TLS 1.2, where the cipher suite implies the scheme. */
  readonly schemeCode: number | undefined
  readonly signature: Uint8Array | undefined
}

/** struct { HandshakeType msg_type; uint24 length; body } Handshake; */
export function encodeMessage(type: number, body: Uint8Array): Uint8Array {
  return new Writer().u8(type).opaque(3, body).done()
}

/**
 * struct {
 *   ProtocolVersion client_version; Random random; SessionID session_id;
 *   CipherSuite cipher_suites<2..2^16-2>; CompressionMethod compression_methods<1..2^8-1>;
 *   Extension extensions<0..2^16-1>;
 * } ClientHello;
 */
export function decodeClientHello(message: Uint8Array, trace?: Field[]): ClientHello {
  const reader = openMessage(HANDSHAKE_TYPE.client_hello, message, trace)
  const version = reader.u16('client_version', versionName)
  const random = reader.bytes(32, 'random')
  const sessionId = reader.opaque(1, 'session_id', 0, 32)
  const suites = reader.sub(2, 'cipher_suites', 2, 2 ** 16 - 2)
  const cipherSuites = suites.list((r) => r.u16('cipher_suite', cipherSuiteName))
  const compression = reader.opaque(1, 'compression_methods', 1)
  if (!compression.includes(0))
    reader.fail('invalid-value', 'the null compression method is missing')
  const found: Found = {}
  const extensions = readExtensions(reader, (type, r) => readClientExtension(type, r, found))
  reader.end()
  return {
    version,
    random,
    sessionId,
    cipherSuites,
    extensions,
    groups: found.groups,
    signatureSchemes: found.signatureSchemes,
    serverName: found.serverName,
  }
}

/**
 * struct {
 *   ProtocolVersion server_version; Random random; SessionID session_id;
 *   CipherSuite cipher_suite; CompressionMethod compression_method; Extension extensions<0..2^16-1>;
 * } ServerHello;
 */
export function decodeServerHello(message: Uint8Array, trace?: Field[]): ServerHello {
  const reader = openMessage(HANDSHAKE_TYPE.server_hello, message, trace)
  const version = reader.u16('server_version', versionName)
  const random = reader.bytes(32, 'random')
  const sessionId = reader.opaque(1, 'session_id', 0, 32)
  const cipherSuite = reader.u16('cipher_suite', cipherSuiteName)
  const compression = reader.u8('compression_method')
  if (compression !== 0) reader.fail('invalid-value', 'expected no compression', reader.offset - 1)
  const extensions = readExtensions(reader, readServerExtension)
  reader.end()
  return { version, random, sessionId, cipherSuite, extensions }
}

/** struct { ASN.1Cert certificate_list<0..2^24-1>; } Certificate; each opaque ASN.1Cert<1..2^24-1> */
export function decodeCertificateMessage(message: Uint8Array, trace?: Field[]): Uint8Array[] {
  const reader = openMessage(HANDSHAKE_TYPE.certificate, message, trace)
  const list = reader.sub(3, 'certificate_list')
  const certificates = list.list((r) => r.opaque(3, 'certificate', 1))
  reader.end()
  return certificates
}

/** struct { CertificateStatusType status_type = ocsp(1); opaque OCSPResponse<1..2^24-1>; } CertificateStatus; */
export function decodeCertificateStatus(message: Uint8Array, trace?: Field[]): Uint8Array {
  const reader = openMessage(HANDSHAKE_TYPE.certificate_status, message, trace)
  const type = reader.u8('status_type', (value) => (value === 1 ? 'ocsp' : 'unknown'))
  if (type !== 1) reader.fail('invalid-value', `expected status type ocsp(1), got ${type}`)
  const response = reader.opaque(3, 'ocsp_response', 1)
  reader.end()
  return response
}

/**
 * struct { ServerECDHParams params; Signature signed_params; } ServerKeyExchange; or ServerDHParams, by the suite.
 * From TLS 1.2 on the signature is preceded by its SignatureAndHashAlgorithm.
 */
export function decodeServerKeyExchange(
  message: Uint8Array,
  negotiated: { readonly version: number; readonly cipherSuite: number },
  trace?: Field[],
): ServerKeyExchange {
  const reader = openMessage(HANDSHAKE_TYPE.server_key_exchange, message, trace)
  const { keyExchange, signer } = suiteKind(negotiated.cipherSuite)
  const elliptic = /^TLS_ECDH/.test(cipherSuiteName(negotiated.cipherSuite))
  if (keyExchange === undefined || keyExchange === 'RSA') {
    reader.fail('invalid-value', `${cipherSuiteName(negotiated.cipherSuite)} has no such message`)
  }
  const start = reader.offset
  const key = elliptic ? readEcdhParams(reader) : readDhParams(reader)
  const params = message.subarray(start, reader.offset)
  if (signer === undefined) {
    reader.end()
    return { ...key, params, scheme: undefined, schemeCode: undefined, signature: undefined }
  }
  const tls12 = negotiated.version >= VERSION.tls12
  const schemeCode = tls12 ? reader.u16('signature_scheme', signatureSchemeName) : undefined
  const signature = reader.opaque(2, 'signature')
  reader.end()
  const scheme = schemeCode === undefined ? IMPLIED_SCHEME[signer] : signatureSchemeName(schemeCode)
  return { ...key, params, scheme, schemeCode, signature }
}

/** struct { } ServerHelloDone; */
export function decodeServerHelloDone(message: Uint8Array, trace?: Field[]): void {
  openMessage(HANDSHAKE_TYPE.server_hello_done, message, trace).end()
}

/** What ServerKeyExchange signs: client_random, server_random, params (RFC 5246 §7.4.3). */
export function signedBytes(parts: {
  readonly clientRandom: Uint8Array
  readonly serverRandom: Uint8Array
  readonly params: Uint8Array
}): Uint8Array {
  return concat(parts.clientRandom, parts.serverRandom, parts.params)
}

/** gmt_unix_time: the first four bytes of server_random, seconds since 1970 (RFC 5246 §7.4.1.2). */
export function serverTimeOf(serverRandom: Uint8Array): number {
  return new DataView(serverRandom.buffer, serverRandom.byteOffset, 4).getUint32(0)
}

/** The signature that the cipher suite implies before TLS 1.2 (RFC 4346 §7.4.3, RFC 4492 §5.4). */
const IMPLIED_SCHEME = { RSA: 'rsa_pkcs1_md5_sha1', ECDSA: 'ecdsa_sha1', DSS: 'dsa_sha1' } as const

interface Found {
  groups?: number[]
  signatureSchemes?: number[]
  serverName?: string
}

/** Checks the header of one whole message and gives a reader over its body. */
function openMessage(type: number, message: Uint8Array, trace?: Field[]): Reader {
  const struct = handshakeName(type)
  const header = new Reader(struct, message, 0, trace)
  const got = header.u8('msg_type', handshakeName)
  if (got !== type) header.fail('invalid-value', `expected ${struct}, got ${handshakeName(got)}`, 0)
  const length = header.u24('length')
  if (length !== header.left) {
    const code = length > header.left ? 'truncated' : 'trailing-bytes'
    header.fail(code, `expected a body of ${length} bytes, got ${header.left}`, 1)
  }
  return new Reader(struct, message.subarray(MESSAGE_HEADER_LENGTH), MESSAGE_HEADER_LENGTH, trace)
}

/** Extension extensions<0..2^16-1>: absent when nothing is left; no type twice (RFC 5246 §7.4.1.4). */
function readExtensions(
  reader: Reader,
  readContent: (type: number, content: Reader) => void,
): readonly Extension[] {
  if (reader.left === 0) return []
  const seen = new Set<number>()
  return reader.sub(2, 'extensions').list((r) => {
    const at = r.offset
    const type = r.u16('extension_type', extensionName)
    if (seen.has(type)) r.fail('invalid-value', `${extensionName(type)} is there twice`, at)
    seen.add(type)
    const content = r.sub(2, extensionName(type))
    readContent(type, content)
    content.end()
    return { type, content: content.whole }
  })
}

function readClientExtension(type: number, content: Reader, found: Found): void {
  switch (type) {
    case EXTENSION.server_name:
      found.serverName = readServerName(content)
      break
    case EXTENSION.supported_groups:
      found.groups = content
        .sub(2, 'named_group_list', 2)
        .list((r) => r.u16('named_group', groupName))
      break
    case EXTENSION.signature_algorithms:
      found.signatureSchemes = content
        .sub(2, 'supported_signature_algorithms', 2)
        .list((r) => r.u16('signature_scheme', signatureSchemeName))
      break
    default:
      if (content.left > 0) content.bytes(content.left, 'extension_data')
  }
}

function readServerExtension(_type: number, content: Reader): void {
  if (content.left > 0) content.bytes(content.left, 'extension_data')
}

/** ServerName server_name_list<1..2^16-1>: one host_name(0), as RFC 6066 §3 allows no second of a type. */
function readServerName(content: Reader): string {
  const list = content.sub(2, 'server_name_list', 1)
  const type = list.u8('name_type', (value) => (value === 0 ? 'host_name' : 'unknown'))
  if (type !== 0) list.fail('invalid-value', `expected host_name(0), got ${type}`)
  const name = list.opaque(2, 'host_name', 1)
  if (name.some((byte) => byte <= 0x20 || byte >= 0x7f)) {
    list.fail('invalid-value', 'expected a host name in printable ASCII')
  }
  list.end()
  return String.fromCharCode(...name)
}

type KeyShare = Pick<ServerKeyExchange, 'group' | 'curve' | 'primeBits'>

/** struct { ECCurveType curve_type = named_curve(3); NamedCurve namedcurve; opaque point<1..2^8-1>; } (RFC 8422 §5.4) */
function readEcdhParams(reader: Reader): KeyShare {
  const type = reader.u8('curve_type', (value) => (value === 3 ? 'named_curve' : 'explicit'))
  if (type !== 3) {
    reader.fail(
      'invalid-value',
      `expected named_curve(3), got curve type ${type}`,
      reader.offset - 1,
    )
  }
  const curve = reader.u16('named_curve', groupName)
  const group = groupName(curve)
  const length = CURVE_POINT_LENGTH.get(group)
  if (length === undefined) {
    reader.fail('invalid-value', `expected a named curve, got ${group}`, reader.offset - 2)
  }
  const point = reader.opaque(1, 'public', length, length)
  if (length % 2 === 1 && point[0] !== 4) {
    reader.fail('invalid-value', 'expected an uncompressed point', reader.offset - length)
  }
  return { group, curve, primeBits: undefined }
}

/** struct { opaque dh_p<1..2^16-1>; opaque dh_g<1..2^16-1>; opaque dh_Ys<1..2^16-1>; } ServerDHParams; */
function readDhParams(reader: Reader): KeyShare {
  const at = reader.offset
  const p = reader.opaque(2, 'dh_p', 1, MAX_PRIME_LENGTH)
  const g = reader.opaque(2, 'dh_g', 1, MAX_PRIME_LENGTH)
  const ys = reader.opaque(2, 'dh_Ys', 1, MAX_PRIME_LENGTH)
  const [prime, generator, share] = [integer(p), integer(g), integer(ys)]
  const inside = (value: bigint): boolean => value > 1n && value < prime - 1n
  if (prime % 2n === 0n || !inside(generator) || !inside(share)) {
    reader.fail('invalid-value', 'expected an odd prime and a generator and a share within it', at)
  }
  const primeBits = prime.toString(2).length
  return { group: `dh${primeBits}`, curve: undefined, primeBits }
}

function integer(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`)
}

/** 16,384 bits. */
const MAX_PRIME_LENGTH = 2048
