// Decodes X.509 certificates strictly and keeps the raw views that verification needs (RFC 5280 §4.1).

import { DerReader, equal, TAG } from '../encoding/index.ts'
import { DecodeError, tryDecode } from '../errors.ts'
import { decodeExtensions, type Extensions, NO_EXTENSIONS } from './extensions.ts'
import { decodeName } from './names.ts'
import { decodeSignatureAlgorithm, type SignatureAlgorithm } from './signature-algorithm.ts'

/** A decoded certificate. Byte strings are views into `der`. Strict in syntax only: path validation judges the rest. */
export interface Certificate {
  readonly der: Uint8Array
  /** TBSCertificate, DER: the signed bytes. */
  readonly tbs: Uint8Array
  readonly version: 1 | 2 | 3
  /** Content octets of the INTEGER: at most 20 when the CA conforms, not always positive. */
  readonly serialNumber: Uint8Array
  /** Issuer Name, DER. */
  readonly issuer: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
  /** Subject Name, DER. */
  readonly subject: Uint8Array
  /** SubjectPublicKeyInfo, DER; read it with decodeSpki. */
  readonly spki: Uint8Array
  readonly extensions: Extensions
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly signature: Uint8Array
}

// Certificate ::= SEQUENCE { tbsCertificate TBSCertificate, signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING }
/**
 * Decodes one certificate: strict DER to the last byte, identical inner and outer algorithms, no extension twice,
 * every extension known here well-formed.
 * @throws DecodeError
 */
export function decodeCertificate(der: Uint8Array): Certificate {
  const outer = new DerReader('Certificate', der)
  const reader = outer.sequence('certificate')
  outer.end()
  const tbs = reader.tlv(TAG.sequence, 'tbsCertificate')
  const algorithm = reader.tlv(TAG.sequence, 'signatureAlgorithm')
  const signature = reader.octetBitString('signatureValue')
  reader.end()
  const fields = decodeTbs(new DerReader('TBSCertificate', tbs.content, tbs.offset))
  if (!equal(fields.algorithm, algorithm.encoded)) {
    reader.fail('invalid-value', 'the inner and the outer algorithm differ', algorithm.offset)
  }
  const { algorithm: _, ...rest } = fields
  const headerLength = algorithm.encoded.length - algorithm.content.length
  const signatureAlgorithm = decodeSignatureAlgorithm(
    algorithm.encoded,
    algorithm.offset - headerLength,
  )
  return { der, tbs: tbs.encoded, ...rest, signatureAlgorithm, signature }
}

/** The certificate, or undefined when it does not decode. */
export function tryDecodeCertificate(der: Uint8Array): Certificate | undefined {
  return tryDecode(() => decodeCertificate(der))
}

/** What is wrong with a certificate that does not decode, in the words of DecodeError; undefined when it decodes. */
export function malformationOf(der: Uint8Array): string | undefined {
  try {
    decodeCertificate(der)
    return undefined
  } catch (error) {
    if (error instanceof DecodeError) return error.message
    throw error
  }
}

/**
 * The raw subject Name of a certificate, found by walking over the fields before it and nothing more; undefined when
 * they cannot be walked over. Only a hint: decodeCertificate decides.
 */
export function subjectOf(der: Uint8Array): Uint8Array | undefined {
  // serialNumber, signature, issuer, validity
  return sequenceAfter(4, der)
}

/** The raw SubjectPublicKeyInfo, found likewise: for a certificate that decodeCertificate refuses. */
export function spkiOf(der: Uint8Array): Uint8Array | undefined {
  // serialNumber, signature, issuer, validity, subject
  return sequenceAfter(5, der)
}

/** Whether subject and issuer are the same Name (RFC 5280 §6.1: "self-issued"). */
export function isSelfIssued(certificate: Certificate): boolean {
  return equal(certificate.subject, certificate.issuer)
}

// TBSCertificate ::= SEQUENCE {
//   version [0] EXPLICIT Version DEFAULT v1, serialNumber INTEGER, signature AlgorithmIdentifier, issuer Name,
//   validity SEQUENCE { notBefore Time, notAfter Time }, subject Name, subjectPublicKeyInfo SubjectPublicKeyInfo,
//   issuerUniqueID [1] IMPLICIT BIT STRING OPTIONAL, subjectUniqueID [2] IMPLICIT BIT STRING OPTIONAL,
//   extensions [3] EXPLICIT Extensions OPTIONAL }
function decodeTbs(reader: DerReader): Omit<
  Certificate,
  'der' | 'tbs' | 'signatureAlgorithm' | 'signature'
> & {
  readonly algorithm: Uint8Array
} {
  const version = decodeVersion(reader)
  const serialNumber = reader.integer('serialNumber')
  const algorithm = reader.tlv(TAG.sequence, 'signature').encoded
  const issuer = readName(reader, 'issuer')
  const validity = reader.sequence('validity')
  const notBefore = validity.time('notBefore')
  const notAfter = validity.time('notAfter')
  validity.end()
  const subject = readName(reader, 'subject')
  const spki = reader.tlv(TAG.sequence, 'subjectPublicKeyInfo').encoded
  if (version > 1) {
    reader.optional(TAG.context(1), 'issuerUniqueID')
    reader.optional(TAG.context(2), 'subjectUniqueID')
  }
  const wrapper =
    version === 3 ? reader.enterOptional(TAG.contextConstructed(3), 'extensions') : undefined
  const extensions = wrapper ? decodeExtensions(wrapper) : NO_EXTENSIONS
  wrapper?.end()
  reader.end()
  return {
    version,
    serialNumber,
    algorithm,
    issuer,
    notBefore,
    notAfter,
    subject,
    spki,
    extensions,
  }
}

// Version ::= INTEGER { v1(0), v2(1), v3(2) }
function decodeVersion(reader: DerReader): 1 | 2 | 3 {
  const wrapper = reader.enterOptional(TAG.contextConstructed(0), 'version')
  if (wrapper === undefined) return 1
  const version = wrapper.smallInteger('version')
  wrapper.end()
  if (version === 0) wrapper.fail('not-canonical', 'v1 is the default and must be absent')
  if (version > 2) wrapper.fail('invalid-value', `expected version 1 or 2, got ${version}`)
  return version === 1 ? 2 : 3
}

function readName(reader: DerReader, field: string): Uint8Array {
  const at = reader.offset
  const { encoded } = reader.tlv(TAG.sequence, field)
  decodeName(encoded, at)
  return encoded
}

/** The SEQUENCE of TBSCertificate that comes after its version, if any, and `count` more fields. */
function sequenceAfter(count: number, der: Uint8Array): Uint8Array | undefined {
  let at = contentStart(contentStart(0, der), der)
  if (der[at] === TAG.contextConstructed(0)) at = nextStart(at, der)
  for (let skipped = 0; skipped < count; skipped++) at = nextStart(at, der)
  const end = nextStart(at, der)
  return end <= der.length && der[at] === TAG.sequence ? der.subarray(at, end) : undefined
}

/** Where the content of the TLV at `at` starts; past the end when there is none. */
function contentStart(at: number, der: Uint8Array): number {
  const first = der[at + 1]
  if (first === undefined) return der.length
  return first < 0x80 ? at + 2 : at + 2 + (first & 0x7f)
}

/** Where the TLV at `at` ends; past the end when it is cut off. */
function nextStart(at: number, der: Uint8Array): number {
  const start = contentStart(at, der)
  const first = der[at + 1] ?? 0
  let length = first < 0x80 ? first : 0
  for (let i = at + 2; first >= 0x80 && i < start; i++) length = length * 256 + (der[i] ?? 0)
  return start + length
}
