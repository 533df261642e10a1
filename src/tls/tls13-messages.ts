// The handshake messages that TLS 1.3 has, or has in another form, parsed strictly (RFC 8446 §4.3, §4.4, §4.6).

import { type Field, Reader, Writer } from '../encoding/index.ts'
import { type Extension, encodeMessage, openMessage, readExtensionBlock } from './messages.ts'
import { CERTIFICATE_TYPE, EXTENSION, HANDSHAKE_TYPE, signatureSchemeName } from './registry.ts'

/** struct { opaque cert_data<1..2^24-1>; Extension extensions<0..2^16-1>; } CertificateEntry; */
export interface CertificateEntry {
  /** DER: an X.509 certificate, or a SubjectPublicKeyInfo where a raw public key was negotiated. */
  readonly certificate: Uint8Array
  readonly extensions: readonly Extension[]
}

export interface CertificateVerify {
  readonly schemeCode: number
  readonly signature: Uint8Array
}

/** struct { Extension extensions<0..2^16-1>; } EncryptedExtensions; */
export function decodeEncryptedExtensions(
  message: Uint8Array,
  trace?: Field[],
): readonly Extension[] {
  const reader = openMessage(HANDSHAKE_TYPE.encrypted_extensions, message, trace)
  const extensions = readExtensionBlock(reader)
  reader.end()
  return extensions
}

/**
 * struct {
 *   opaque certificate_request_context<0..2^8-1> = ""; CertificateEntry certificate_list<0..2^24-1>;
 * } Certificate; during a handshake the context of a server's is empty (RFC 8446 §4.4.2).
 * type: the CertificateType of the entries, which names them in a trace.
 */
export function decodeTls13Certificate(
  message: Uint8Array,
  trace?: Field[],
  most: number = Number.POSITIVE_INFINITY,
  type: number = CERTIFICATE_TYPE.x509,
): CertificateEntry[] {
  const reader = openMessage(HANDSHAKE_TYPE.certificate, message, trace)
  reader.opaque(1, 'certificate_request_context', 0, 0)
  const list = reader.sub(3, 'certificate_list')
  const name = type === CERTIFICATE_TYPE.raw_public_key ? 'subject_public_key_info' : 'certificate'
  let count = 0
  const entries = list.list((r) => {
    if (++count > most) r.fail('too-large', `expected at most ${most} certificates`)
    const certificate = r.opaque(3, name, 1)
    return { certificate, extensions: readExtensionBlock(r) }
  })
  reader.end()
  return entries
}

/** A Certificate message without a certificate: the answer to a CertificateRequest (RFC 8446 §4.4.2). */
export function encodeEmptyTls13Certificate(): Uint8Array {
  return encodeMessage(HANDSHAKE_TYPE.certificate, new Writer().u8(0).u24(0).done())
}

/**
 * struct {
 *   opaque certificate_request_context<0..2^8-1> = ""; Extension extensions<2..2^16-1>;
 * } CertificateRequest; signature_algorithms is among the extensions (RFC 8446 §4.3.2).
 */
export function decodeTls13CertificateRequest(message: Uint8Array, trace?: Field[]): void {
  const reader = openMessage(HANDSHAKE_TYPE.certificate_request, message, trace)
  reader.opaque(1, 'certificate_request_context', 0, 0)
  const extensions = readExtensionBlock(reader)
  if (!extensions.some(({ type }) => type === EXTENSION.signature_algorithms)) {
    reader.fail('invalid-value', 'signature_algorithms is missing')
  }
  reader.end()
}

/** struct { SignatureScheme algorithm; opaque signature<0..2^16-1>; } CertificateVerify; */
export function decodeTls13CertificateVerify(
  message: Uint8Array,
  trace?: Field[],
): CertificateVerify {
  const reader = openMessage(HANDSHAKE_TYPE.certificate_verify, message, trace)
  const schemeCode = reader.u16('signature_scheme', signatureSchemeName)
  const signature = reader.opaque(2, 'signature')
  reader.end()
  return { schemeCode, signature }
}

/** struct { opaque verify_data[Hash.length]; } Finished; */
export function decodeTls13Finished(message: Uint8Array, trace?: Field[]): Uint8Array {
  const reader = openMessage(HANDSHAKE_TYPE.finished, message, trace)
  const verifyData = reader.bytes(reader.left, 'verify_data')
  reader.end()
  return verifyData
}

/**
 * struct {
 *   uint32 ticket_lifetime; uint32 ticket_age_add; opaque ticket_nonce<0..255>;
 *   opaque ticket<1..2^16-1>; Extension extensions<0..2^16-2>;
 * } NewSessionTicket;
 */
export function decodeTls13NewSessionTicket(message: Uint8Array, trace?: Field[]): void {
  const reader = openMessage(HANDSHAKE_TYPE.new_session_ticket, message, trace)
  reader.bytes(4, 'ticket_lifetime')
  reader.bytes(4, 'ticket_age_add')
  reader.opaque(1, 'ticket_nonce')
  reader.opaque(2, 'ticket', 1)
  readExtensionBlock(reader)
  reader.end()
}

/**
 * struct { enum { update_not_requested(0), update_requested(1) } request_update; } KeyUpdate; gives whether the other
 * side is to update too.
 */
export function decodeKeyUpdate(message: Uint8Array, trace?: Field[]): boolean {
  const reader = openMessage(HANDSHAKE_TYPE.key_update, message, trace)
  const request = reader.u8('request_update', (value) => UPDATES[value] ?? 'unknown')
  if (request > 1) reader.fail('invalid-value', `expected 0 or 1, got ${request}`)
  reader.end()
  return request === 1
}

/** A KeyUpdate that asks for none in return. */
export function encodeKeyUpdate(): Uint8Array {
  return encodeMessage(HANDSHAKE_TYPE.key_update, Uint8Array.of(0))
}

/** struct { CertificateStatusType status_type = ocsp(1); opaque OCSPResponse<1..2^24-1>; } of an entry (RFC 8446 §4.4.2.1) */
export function decodeStaple({ content }: Extension): Uint8Array {
  const reader = new Reader('CertificateStatus', content)
  const type = reader.u8('status_type')
  if (type !== 1) reader.fail('invalid-value', `expected status type ocsp(1), got ${type}`, 0)
  const response = reader.opaque(3, 'ocsp_response', 1)
  reader.end()
  return response
}

const UPDATES = ['update_not_requested', 'update_requested']
