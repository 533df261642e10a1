// What a report shows of a certificate (RFC 5280 §4.1).

import { sha256 } from '@noble/hashes/sha2.js'
import { printable, toHex } from '../encoding/index.ts'
import { tryDecode } from '../errors.ts'
import { decodeSpki, describeKey } from '../signature/index.ts'
import type { Certificate } from './certificate.ts'
import { describeName } from './names.ts'

export interface CertificateDescription {
  /** In the manner of RFC 4514; may hold control characters, see describeName. */
  readonly subject: string
  readonly issuer: string
  /** Hex. */
  readonly serialNumber: string
  readonly notBefore: Date
  readonly notAfter: Date
  /** "RSA-2048", "P-256", "Ed25519"; "malformed" when the key does not decode. */
  readonly key: string
  /** TLS scheme name, or the dotted OID of an algorithm that has none. */
  readonly signatureScheme: string
  /** The dNSNames of subjectAltName, as presented, the first hundred: ASCII, control characters possible. */
  readonly dnsNames: readonly string[]
  /** SHA-256 of the whole certificate, hex. */
  readonly fingerprint: string
}

/** Describes a decoded certificate. */
export function describeCertificate(certificate: Certificate): CertificateDescription {
  const { signatureAlgorithm, extensions } = certificate
  return {
    subject: describeName(certificate.subject),
    issuer: describeName(certificate.issuer),
    serialNumber: toHex(certificate.serialNumber),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    key: describeSpki(certificate.spki),
    signatureScheme: signatureAlgorithm.scheme ?? signatureAlgorithm.oid,
    dnsNames: (extensions.subjectAltName ?? [])
      .flatMap((name) => (name.type === 'dns' ? [name.name] : []))
      .slice(0, MAX_NAMES),
    fingerprint: fingerprintOf(certificate.der),
  }
}

/** SHA-256 of a certificate or of a key, DER, in lower-case hex. */
export function fingerprintOf(der: Uint8Array): string {
  return toHex(sha256(der))
}

/** "P-256"; "malformed" when the key does not decode. */
export function describeSpki(spki: Uint8Array): string {
  return tryDecode(() => describeKey(decodeSpki(spki))) ?? 'malformed'
}

/** "CN=example.org, P-256 key, 2026-01-01 to 2026-03-31". */
export function certificateLine(certificate: CertificateDescription): string {
  const { subject, notBefore, notAfter } = certificate
  const dates = [notBefore, notAfter].map((date) => date.toISOString().slice(0, 10)).join(' to ')
  return `${printable(subject) || '(no name)'}, ${keyOf(certificate)}, ${dates}`
}

/** "P-256 key". */
export function keyOf({ key }: CertificateDescription): string {
  return `${key} key`
}

const MAX_NAMES = 100
