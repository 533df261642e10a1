// Decodes an OCSP response, as servers staple it: what a CA says of certificates (RFC 6960 §4.2.1). Nothing is verified.

import { DerReader, TAG } from '../encoding/index.ts'
import type { Extension } from './extensions.ts'
import { decodeName } from './names.ts'
import { decodeSignatureAlgorithm, type SignatureAlgorithm } from './signature-algorithm.ts'

/** A decoded response. Byte strings are views into the decoded bytes. */
export interface OcspResponse {
  /** Any but "successful" comes alone. */
  readonly status: OcspStatus
  /** Undefined without a response of the basic type, the only one there is. */
  readonly basic: BasicOcspResponse | undefined
}

/** OCSPResponseStatus. */
export type OcspStatus =
  | 'successful'
  | 'malformedRequest'
  | 'internalError'
  | 'tryLater'
  | 'sigRequired'
  | 'unauthorized'

export interface BasicOcspResponse {
  /** ResponseData, DER: the signed bytes. */
  readonly tbs: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly signature: Uint8Array
  readonly responderId: ResponderId
  readonly producedAt: Date
  readonly responses: readonly SingleOcspResponse[]
  readonly extensions: readonly Extension[]
  /** DER, what the responder sent along to verify its signature with; not decoded. */
  readonly certificates: readonly Uint8Array[]
}

/** Who answers: a Name in DER, or the SHA-1 hash of a public key. */
export type ResponderId =
  | { readonly type: 'name'; readonly name: Uint8Array }
  | { readonly type: 'key'; readonly keyHash: Uint8Array }

/** What is said of one certificate. */
export interface SingleOcspResponse {
  /** Dotted OID of the hash of the next two members. */
  readonly hashAlgorithm: string
  readonly issuerNameHash: Uint8Array
  readonly issuerKeyHash: Uint8Array
  /** Content octets of the INTEGER, as in Certificate. */
  readonly serialNumber: Uint8Array
  readonly status: CertificateStatus
  readonly thisUpdate: Date
  /** Undefined: newer word is available all the time. */
  readonly nextUpdate: Date | undefined
  readonly extensions: readonly Extension[]
}

export type CertificateStatus =
  | { readonly type: 'good' }
  | { readonly type: 'unknown' }
  | {
      readonly type: 'revoked'
      readonly time: Date
      /** CRLReason by its name, or "reason 99". */
      readonly reason: string | undefined
    }

// OCSPResponse ::= SEQUENCE { responseStatus ENUMERATED, responseBytes [0] EXPLICIT ResponseBytes OPTIONAL }
// ResponseBytes ::= SEQUENCE { responseType OBJECT IDENTIFIER, response OCTET STRING }
/**
 * Decodes a whole OCSPResponse: strict DER, but for what responders do send: an explicit version 1, empty lists of
 * extensions, fractions of seconds.
 * @throws DecodeError
 */
export function decodeOcspResponse(der: Uint8Array): OcspResponse {
  const outer = new DerReader('OCSPResponse', der)
  const reader = outer.sequence('response')
  outer.end()
  const at = reader.offset
  const number = reader.smallInteger('responseStatus', ENUMERATED)
  const status = STATUSES[number]
  if (status === undefined) {
    return reader.fail('invalid-value', `expected a response status, got ${number}`, at)
  }
  const wrapper = reader.enterOptional(TAG.contextConstructed(0), 'responseBytes')
  reader.end()
  if ((status === 'successful') !== (wrapper !== undefined)) {
    const expected = status === 'successful' ? 'expected' : 'expected no'
    reader.fail('invalid-value', `${expected} responseBytes with status ${status}`, at)
  }
  if (!wrapper) return { status, basic: undefined }
  const bytes = wrapper.sequence('responseBytes')
  wrapper.end()
  const type = bytes.oid('responseType')
  const response = bytes.tlv(TAG.octetString, 'response')
  bytes.end()
  if (type !== OCSP_BASIC) return { status, basic: undefined }
  return { status, basic: decodeBasic(response.content, response.offset) }
}

// BasicOCSPResponse ::= SEQUENCE {
//   tbsResponseData ResponseData, signatureAlgorithm AlgorithmIdentifier, signature BIT STRING,
//   certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
function decodeBasic(der: Uint8Array, base: number): BasicOcspResponse {
  const outer = new DerReader('BasicOCSPResponse', der, base)
  const reader = outer.sequence('response')
  outer.end()
  const tbs = reader.tlv(TAG.sequence, 'tbsResponseData')
  const at = reader.offset
  const algorithm = reader.tlv(TAG.sequence, 'signatureAlgorithm')
  const signature = reader.octetBitString('signature')
  const wrapper = reader.enterOptional(TAG.contextConstructed(0), 'certs')
  reader.end()
  const list = wrapper?.sequence('certs')
  wrapper?.end()
  return {
    tbs: tbs.encoded,
    signatureAlgorithm: decodeSignatureAlgorithm(algorithm.encoded, at),
    signature,
    ...decodeResponseData(new DerReader('ResponseData', tbs.content, tbs.offset)),
    certificates:
      list?.list((certificates) => certificates.tlv(TAG.sequence, 'certificate').encoded) ?? [],
  }
}

// ResponseData ::= SEQUENCE {
//   version [0] EXPLICIT Version DEFAULT v1, responderID ResponderID, producedAt GeneralizedTime,
//   responses SEQUENCE OF SingleResponse, responseExtensions [1] EXPLICIT Extensions OPTIONAL }
function decodeResponseData(
  reader: DerReader,
): Pick<BasicOcspResponse, 'responderId' | 'producedAt' | 'responses' | 'extensions'> {
  const wrapper = reader.enterOptional(TAG.contextConstructed(0), 'version')
  const version = wrapper?.smallInteger('version') ?? 0
  wrapper?.end()
  if (version !== 0) reader.fail('invalid-value', `expected version 0, got ${version}`)
  const responderId = decodeResponderId(reader)
  const producedAt = readTime(reader, 'producedAt')
  const responses = reader.sequence('responses').list(decodeSingle)
  const extensions = readExtensions(reader, 'responseExtensions')
  reader.end()
  return { responderId, producedAt, responses, extensions }
}

// ResponderID ::= CHOICE { byName [1] EXPLICIT Name, byKey [2] EXPLICIT OCTET STRING }
function decodeResponderId(reader: DerReader): ResponderId {
  const byName = reader.enterOptional(TAG.contextConstructed(1), 'byName')
  const choice = byName ?? reader.enter(TAG.contextConstructed(2), 'byKey')
  const at = choice.offset
  if (!byName) {
    const keyHash = choice.octetString('keyHash')
    choice.end()
    return { type: 'key', keyHash }
  }
  const name = byName.tlv(TAG.sequence, 'name').encoded
  byName.end()
  decodeName(name, at)
  return { type: 'name', name }
}

// SingleResponse ::= SEQUENCE {
//   certID CertID, certStatus CertStatus, thisUpdate GeneralizedTime,
//   nextUpdate [0] EXPLICIT GeneralizedTime OPTIONAL, singleExtensions [1] EXPLICIT Extensions OPTIONAL }
// CertID ::= SEQUENCE {
//   hashAlgorithm AlgorithmIdentifier, issuerNameHash OCTET STRING, issuerKeyHash OCTET STRING, serialNumber INTEGER }
function decodeSingle(responses: DerReader): SingleOcspResponse {
  const reader = responses.sequence('singleResponse')
  const id = reader.sequence('certID')
  const algorithm = id.sequence('hashAlgorithm')
  const hashAlgorithm = algorithm.oid('algorithm')
  if (algorithm.left > 0) algorithm.null('parameters')
  algorithm.end()
  const issuerNameHash = id.octetString('issuerNameHash')
  const issuerKeyHash = id.octetString('issuerKeyHash')
  const serialNumber = id.integer('serialNumber')
  id.end()
  const status = decodeStatus(reader)
  const thisUpdate = readTime(reader, 'thisUpdate')
  const wrapper = reader.enterOptional(TAG.contextConstructed(0), 'nextUpdate')
  const nextUpdate = wrapper && readTime(wrapper, 'nextUpdate')
  wrapper?.end()
  const extensions = readExtensions(reader, 'singleExtensions')
  reader.end()
  const certId = { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber }
  return { ...certId, status, thisUpdate, nextUpdate, extensions }
}

// CertStatus ::= CHOICE { good [0] IMPLICIT NULL, revoked [1] IMPLICIT RevokedInfo, unknown [2] IMPLICIT NULL }
// RevokedInfo ::= SEQUENCE { revocationTime GeneralizedTime, revocationReason [0] EXPLICIT ENUMERATED OPTIONAL }
function decodeStatus(reader: DerReader): CertificateStatus {
  const revoked = reader.enterOptional(TAG.contextConstructed(1), 'revoked')
  if (revoked) {
    const time = readTime(revoked, 'revocationTime')
    const wrapper = revoked.enterOptional(TAG.contextConstructed(0), 'revocationReason')
    const reason = wrapper?.smallInteger('revocationReason', ENUMERATED)
    wrapper?.end()
    revoked.end()
    const name = reason === undefined ? undefined : (REASONS[reason] ?? `reason ${reason}`)
    return { type: 'revoked', time, reason: name }
  }
  const good = reader.optional(TAG.context(0), 'good')
  const { content, offset } = good ?? reader.tlv(TAG.context(2), 'unknown')
  if (content.length > 0) reader.fail('invalid-length', 'certStatus is not empty', offset)
  return { type: good ? 'good' : 'unknown' }
}

/** GeneralizedTime; RFC 6960 §4.2.2.1 leaves fractions of seconds out, not every responder does. */
function readTime(reader: DerReader, field: string): Date {
  const at = reader.offset
  const { encoded, content, offset } = reader.tlv(TAG.generalizedTime, field)
  const text = String.fromCharCode(...content.subarray(0, 32))
  const match = /^(\d{14})\.(\d{1,9})Z$/.exec(text)
  if (!match) return new DerReader(reader.struct, encoded, at).time(field)
  const [, whole = '', fraction = ''] = match
  const seconds = Uint8Array.from(`\x18\x0f${whole}Z`, (character) => character.charCodeAt(0))
  const time = new DerReader(reader.struct, seconds, offset).time(field)
  return new Date(time.getTime() + Math.floor(Number(`0.${fraction}`) * 1000))
}

// Extensions ::= SEQUENCE OF SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }
function readExtensions(reader: DerReader, field: string): Extension[] {
  const wrapper = reader.enterOptional(TAG.contextConstructed(1), field)
  const list = wrapper?.sequence(field)
  wrapper?.end()
  return (
    list?.list((extensions) => {
      const extension = extensions.sequence('extension')
      const id = extension.oid('extnID')
      const critical = extension.peek() === TAG.boolean && extension.boolean('critical')
      const value = extension.octetString('extnValue')
      extension.end()
      return { id, critical, value }
    }) ?? []
  )
}

const ENUMERATED = 0x0a

/** id-pkix-ocsp-basic. */
const OCSP_BASIC = '1.3.6.1.5.5.7.48.1.1'

/** 4 is not used. */
const STATUSES: readonly (OcspStatus | undefined)[] = [
  'successful',
  'malformedRequest',
  'internalError',
  'tryLater',
  undefined,
  'sigRequired',
  'unauthorized',
]

/** CRLReason (RFC 5280 §5.3.1); 7 is not used. */
const REASONS: readonly (string | undefined)[] = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  undefined,
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
]
