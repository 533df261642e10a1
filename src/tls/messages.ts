// Handshake messages up to ServerHelloDone, parsed strictly (RFC 5246 §7.4, RFC 8422 §5, RFC 6066 §8).

import { type Field, Reader, Writer } from '../encoding/index.ts'
import {
  cipherSuiteName,
  compressionName,
  EXTENSION,
  extensionName,
  groupName,
  HANDSHAKE_TYPE,
  handshakeName,
  signatureSchemeName,
  versionName,
} from './registry.ts'

/** A handshake message beyond this is refused unread; the largest seen from real servers is 28 KB. */
export const MAX_MESSAGE: number = 2 ** 17

/** Certificates in the message of a statement's round; real servers send up to five. */
export const MAX_CERTIFICATES = 16

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
  readonly compression: number
  readonly extensions: readonly Extension[]
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
  const methods = reader.sub(1, 'compression_methods', 1)
  if (!methods.list((r) => r.u8('compression_method', compressionName)).includes(0)) {
    reader.fail('invalid-value', 'the null compression method is missing')
  }
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
  // The drafts of TLS 1.3 before the 22nd have neither of these (draft-ietf-tls-tls13-21 §4.1.3)
  const short = version > 0x7f00 && version < 0x7f16
  const sessionId = short ? new Uint8Array(0) : reader.opaque(1, 'session_id', 0, 32)
  const cipherSuite = reader.u16('cipher_suite', cipherSuiteName)
  const compression = short ? 0 : reader.u8('compression_method', compressionName)
  const extensions = readExtensions(reader, readServerExtension)
  reader.end()
  return { version, random, sessionId, cipherSuite, compression, extensions }
}

/**
 * struct { ASN.1Cert certificate_list<0..2^24-1>; } Certificate; each opaque ASN.1Cert<1..2^24-1>
 * most: of how many certificates a longer list is refused.
 */
export function decodeCertificateMessage(
  message: Uint8Array,
  trace?: Field[],
  most: number = Number.POSITIVE_INFINITY,
): Uint8Array[] {
  const reader = openMessage(HANDSHAKE_TYPE.certificate, message, trace)
  const list = reader.sub(3, 'certificate_list')
  let count = 0
  const certificates = list.list((r) => {
    if (++count > most) r.fail('too-large', `expected at most ${most} certificates`)
    return r.opaque(3, 'certificate', 1)
  })
  reader.end()
  return certificates
}

/**
 * struct { opaque ASN.1_subjectPublicKeyInfo<1..2^24-1>; } Certificate; where a raw public key was negotiated (RFC 7250
 * §3). Gives the SubjectPublicKeyInfo. An empty one is what GnuTLS sends for a client that has no key.
 */
export function decodeRawPublicKey(message: Uint8Array, trace?: Field[]): Uint8Array {
  const reader = openMessage(HANDSHAKE_TYPE.certificate, message, trace)
  const spki = reader.opaque(3, 'subject_public_key_info')
  reader.end()
  return spki
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

/** struct { } ServerHelloDone; */
export function decodeServerHelloDone(message: Uint8Array, trace?: Field[]): void {
  openMessage(HANDSHAKE_TYPE.server_hello_done, message, trace).end()
}

/** gmt_unix_time: the first four bytes of server_random, seconds since 1970 (RFC 5246 §7.4.1.2). */
export function serverTimeOf(serverRandom: Uint8Array): number {
  return new DataView(serverRandom.buffer, serverRandom.byteOffset, 4).getUint32(0)
}

interface Found {
  groups?: number[]
  signatureSchemes?: number[]
  serverName?: string
}

/** Checks the header of one whole message and gives a reader over its body. */
export function openMessage(type: number, message: Uint8Array, trace?: Field[]): Reader {
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

/** Extension extensions<0..2^16-1>: absent when nothing is left (RFC 5246 §7.4.1.4). */
function readExtensions(
  reader: Reader,
  readContent: (type: number, content: Reader) => void,
): readonly Extension[] {
  return reader.left === 0 ? [] : readExtensionBlock(reader, readContent)
}

/** Extension extensions<0..2^16-1>: no type twice (RFC 5246 §7.4.1.4, RFC 8446 §4.2). */
export function readExtensionBlock(
  reader: Reader,
  readContent: (type: number, content: Reader) => void = readServerExtension,
): readonly Extension[] {
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
  return new TextDecoder().decode(name)
}
