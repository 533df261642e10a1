// Handshake messages from CertificateRequest to Finished, with which a complete handshake goes on (RFC 5246 §7.4.4,
// §7.4.6 to §7.4.9; RFC 2246 §7.4.4; RFC 5077 §3.3).

import { type Field, Reader, Writer } from '../encoding/index.ts'
import { type ExtensionPlace, expandExtensions } from './extensions.ts'
import { decodeServerKeyExchange } from './key-exchange.ts'
import {
  decodeCertificateMessage,
  decodeCertificateStatus,
  decodeClientHello,
  decodeRawPublicKey,
  decodeServerHello,
  decodeServerHelloDone,
  encodeMessage,
  openMessage,
} from './messages.ts'
import {
  alertName,
  CERTIFICATE_TYPE,
  HANDSHAKE_TYPE,
  handshakeName,
  type KeyExchange,
  signatureSchemeName,
  suiteKind,
  VERSION,
} from './registry.ts'
import {
  decodeEncryptedExtensions,
  decodeKeyUpdate,
  decodeTls13Certificate,
  decodeTls13CertificateRequest,
  decodeTls13CertificateVerify,
  decodeTls13Finished,
  decodeTls13NewSessionTicket,
} from './tls13-messages.ts'

/**
 * struct {
 *   ClientCertificateType certificate_types<1..2^8-1>;
 *   SignatureAndHashAlgorithm supported_signature_algorithms<2..2^16-2>;  // from TLS 1.2 on
 *   DistinguishedName certificate_authorities<0..2^16-1>;
 * } CertificateRequest;
 */
function decodeCertificateRequest(message: Uint8Array, version: number, trace?: Field[]): void {
  const reader = openMessage(HANDSHAKE_TYPE.certificate_request, message, trace)
  const types = reader.sub(1, 'certificate_types', 1)
  types.list((r) => r.u8('certificate_type', (type) => CERTIFICATE_TYPES.get(type) ?? 'unknown'))
  if (version >= VERSION.tls12) {
    const schemes = reader.sub(2, 'supported_signature_algorithms', 2)
    schemes.list((r) => r.u16('signature_scheme', signatureSchemeName))
  }
  const authorities = reader.sub(2, 'certificate_authorities')
  authorities.list((r) => r.opaque(2, 'distinguished_name', 1))
  reader.end()
}

/** A Certificate message without a certificate: the answer to a CertificateRequest (RFC 5246 §7.4.6). */
export function encodeEmptyCertificate(): Uint8Array {
  return encodeMessage(HANDSHAKE_TYPE.certificate, new Writer().u24(0).done())
}

/** The body is one vector, which key-agreement.ts made. */
export function encodeClientKeyExchange(exchangeKeys: Uint8Array): Uint8Array {
  return encodeMessage(HANDSHAKE_TYPE.client_key_exchange, exchangeKeys)
}

/** struct { exchange_keys } ClientKeyExchange; ecdh_Yc, dh_Yc or the encrypted premaster secret, by the suite. */
function decodeClientKeyExchange(
  message: Uint8Array,
  keyExchange: KeyExchange,
  trace?: Field[],
): void {
  const reader = openMessage(HANDSHAKE_TYPE.client_key_exchange, message, trace)
  if (keyExchange === 'ECDHE') reader.opaque(1, 'ecdh_Yc', 1)
  else reader.opaque(2, keyExchange === 'DHE' ? 'dh_Yc' : 'encrypted_premaster_secret', 1)
  reader.end()
}

/** struct { SignatureAndHashAlgorithm algorithm; opaque signature<0..2^16-1>; } CertificateVerify; (RFC 5246 §7.4.8) */
function decodeCertificateVerify(message: Uint8Array, version: number, trace?: Field[]): void {
  const reader = openMessage(HANDSHAKE_TYPE.certificate_verify, message, trace)
  if (version >= VERSION.tls12) reader.u16('signature_scheme', signatureSchemeName)
  reader.opaque(2, 'signature')
  reader.end()
}

/** struct { uint32 ticket_lifetime_hint; opaque ticket<0..2^16-1>; } NewSessionTicket; */
function decodeNewSessionTicket(message: Uint8Array, trace?: Field[]): void {
  const reader = openMessage(HANDSHAKE_TYPE.new_session_ticket, message, trace)
  reader.bytes(4, 'ticket_lifetime_hint')
  reader.opaque(2, 'ticket')
  reader.end()
}

export function encodeFinished(verifyData: Uint8Array): Uint8Array {
  return encodeMessage(HANDSHAKE_TYPE.finished, verifyData)
}

/** struct { opaque verify_data[12]; } Finished; */
export function decodeFinished(message: Uint8Array, trace?: Field[]): Uint8Array {
  const reader = openMessage(HANDSHAKE_TYPE.finished, message, trace)
  const verifyData = reader.bytes(12, 'verify_data')
  reader.end()
  return verifyData
}

/** struct { } HelloRequest; */
function decodeHelloRequest(message: Uint8Array, trace?: Field[]): void {
  openMessage(HANDSHAKE_TYPE.hello_request, message, trace).end()
}

export interface Alert {
  readonly level: number
  readonly description: number
}

/** struct { AlertLevel level; AlertDescription description; } Alert; (RFC 5246 §7.2) */
export function decodeAlert(bytes: Uint8Array, trace?: Field[]): Alert {
  const reader = new Reader('Alert', bytes, 0, trace)
  const level = reader.u8('level', (value) => ALERT_LEVELS.get(value) ?? 'unknown')
  const description = reader.u8('description', alertName)
  reader.end()
  return { level, description }
}

/** struct { enum { change_cipher_spec(1) } type; } ChangeCipherSpec; (RFC 5246 §7.1) */
export function decodeChangeCipherSpec(bytes: Uint8Array, trace?: Field[]): void {
  const reader = new Reader('ChangeCipherSpec', bytes, 0, trace)
  const type = reader.u8('type', (value) => (value === 1 ? 'change_cipher_spec' : 'unknown'))
  if (type !== 1) reader.fail('invalid-value', `expected change_cipher_spec(1), got ${type}`, 0)
  reader.end()
}

/** What a message's form depends on, known from ServerHello on, or EncryptedExtensions. */
export interface Negotiated {
  readonly version: number
  readonly cipherSuite: number
  /** CertificateType of the sender's Certificate message; X.509 unless an extension chose another (RFC 7250 §3). */
  readonly certificateType?: number
}

/**
 * Notes the fields of any handshake message. Throws DecodeError, then what comes before the fault is noted.
 */
export function traceMessage(message: Uint8Array, negotiated: Negotiated, trace: Field[]): void {
  const [type = 0] = message
  const decode = decoderOf(type, negotiated)
  if (decode) {
    decode(message, trace, negotiated)
    expandExtensions(EXTENSION_PLACES.get(type) ?? 'server', trace)
    return
  }
  const reader = new Reader('Handshake', message, 0, trace)
  reader.u8('msg_type', handshakeName)
  reader.u24('length')
  reader.bytes(reader.left, 'body')
}

type Decode = (message: Uint8Array, trace: Field[], negotiated: Negotiated) => unknown

function decoderOf(
  type: number,
  { version, certificateType = CERTIFICATE_TYPE.x509 }: Negotiated,
): Decode | undefined {
  const isTls13 = version === VERSION.tls13
  if (type === HANDSHAKE_TYPE.certificate && certificateType !== CERTIFICATE_TYPE.x509) {
    if (certificateType !== CERTIFICATE_TYPE.raw_public_key) return undefined
    return isTls13 ? decodeTls13RawPublicKey : decodeRawPublicKey
  }
  return (isTls13 ? TLS13_DECODERS.get(type) : undefined) ?? DECODERS.get(type)
}

const decodeTls13RawPublicKey: Decode = (message, trace) =>
  decodeTls13Certificate(message, trace, undefined, CERTIFICATE_TYPE.raw_public_key)

const DECODERS: ReadonlyMap<number, Decode> = new Map<number, Decode>([
  [HANDSHAKE_TYPE.hello_request, decodeHelloRequest],
  [HANDSHAKE_TYPE.client_hello, decodeClientHello],
  [HANDSHAKE_TYPE.server_hello, decodeServerHello],
  [HANDSHAKE_TYPE.new_session_ticket, decodeNewSessionTicket],
  [HANDSHAKE_TYPE.certificate, (message, trace) => decodeCertificateMessage(message, trace)],
  [HANDSHAKE_TYPE.certificate_status, decodeCertificateStatus],
  [
    HANDSHAKE_TYPE.server_key_exchange,
    (message, trace, negotiated) => decodeServerKeyExchange(message, negotiated, trace),
  ],
  [
    HANDSHAKE_TYPE.certificate_request,
    (message, trace, { version }) => decodeCertificateRequest(message, version, trace),
  ],
  [HANDSHAKE_TYPE.server_hello_done, decodeServerHelloDone],
  [
    HANDSHAKE_TYPE.certificate_verify,
    (message, trace, { version }) => decodeCertificateVerify(message, version, trace),
  ],
  [
    HANDSHAKE_TYPE.client_key_exchange,
    (message, trace, { cipherSuite }) =>
      decodeClientKeyExchange(message, suiteKind(cipherSuite).keyExchange ?? 'ECDHE', trace),
  ],
  [HANDSHAKE_TYPE.finished, decodeFinished],
])

const TLS13_DECODERS: ReadonlyMap<number, Decode> = new Map<number, Decode>([
  [HANDSHAKE_TYPE.new_session_ticket, decodeTls13NewSessionTicket],
  [HANDSHAKE_TYPE.encrypted_extensions, decodeEncryptedExtensions],
  [HANDSHAKE_TYPE.certificate, (message, trace) => decodeTls13Certificate(message, trace)],
  [HANDSHAKE_TYPE.certificate_request, decodeTls13CertificateRequest],
  [HANDSHAKE_TYPE.certificate_verify, decodeTls13CertificateVerify],
  [HANDSHAKE_TYPE.finished, decodeTls13Finished],
  [HANDSHAKE_TYPE.key_update, decodeKeyUpdate],
])

/** Where not in a server's hello or what is like it: a request has what a ClientHello has. */
const EXTENSION_PLACES: ReadonlyMap<number, ExtensionPlace> = new Map([
  [HANDSHAKE_TYPE.client_hello, 'client'],
  [HANDSHAKE_TYPE.certificate_request, 'client'],
  [HANDSHAKE_TYPE.certificate, 'certificate'],
])

const ALERT_LEVELS: ReadonlyMap<number, string> = new Map([
  [1, 'warning'],
  [2, 'fatal'],
])

/** ClientCertificateType (RFC 5246 §7.4.4, RFC 8422 §5.5). */
const CERTIFICATE_TYPES: ReadonlyMap<number, string> = new Map([
  [1, 'rsa_sign'],
  [2, 'dss_sign'],
  [3, 'rsa_fixed_dh'],
  [4, 'dss_fixed_dh'],
  [64, 'ecdsa_sign'],
  [65, 'rsa_fixed_ecdh'],
  [66, 'ecdsa_fixed_ecdh'],
])
