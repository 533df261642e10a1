// What fields mean beyond their registries: times, names, numbers, and what certificates, stapled OCSP responses and
// timestamps of certificate transparency say (RFC 5246, 5280, 6960, 6962).

import type { Field } from '../encoding/index.ts'
import { listedUpTo, toHex } from '../encoding/index.ts'
import { tryDecode } from '../errors.ts'
import { isRetryRandom } from '../tls/index.ts'
import {
  type Certificate,
  type CertificateStatus,
  decodeOcspResponse,
  describeCertificate,
  describeName,
  describeSpki,
  embeddedScts,
  fingerprintOf,
  isSctV1,
  spkiOf,
  tryDecodeCertificate,
} from '../x509/index.ts'

/** A line about a field. What it says may hold any character. */
export interface Detail {
  readonly name: string
  readonly text: string
}

/** A field with what it means, what is to say of it, and what is inside. */
export interface ExplainedField extends Field {
  readonly details?: readonly Detail[]
  readonly fields?: readonly ExplainedField[]
}

/** A field and all inside it, explained. */
export function explainField(field: Field): ExplainedField {
  const certificate = certificateIn(field)
  const meaning = meaningOf(field, certificate)
  const inside = field.fields ?? partsOf(field)
  const details = detailsOf(field, certificate)
  const { name, offset, length, bytes } = field
  return {
    name,
    offset,
    length,
    bytes,
    ...(meaning !== undefined && { meaning }),
    ...(details.length > 0 && { details }),
    ...(inside.length > 0 && { fields: inside.map(explainField) }),
  }
}

/** What a field means, by its registry or else by what it holds; undefined when there is nothing to say. */
export function meaningOf(
  field: Field,
  certificate: Certificate | undefined = certificateIn(field),
): string | undefined {
  if (field.name === 'certificate' && field.meaning === undefined) {
    if (!certificate) return 'malformed'
    const { subject, key } = describeCertificate(certificate)
    return `${subject || '(no name)'}, ${key} key`
  }
  if (field.meaning === undefined) return meaningByName(field)
  // Code points that clients send so that servers stay used to unknown ones (RFC 8701 §2)
  return /^0x(.a)\1$/.test(field.meaning) ? `${field.meaning}, GREASE` : field.meaning
}

function meaningByName({ name, bytes }: Field): string | undefined {
  switch (name) {
    case 'length':
    case 'ticket_lifetime':
    case 'ticket_lifetime_hint':
    case 'selected_identity':
    case 'obfuscated_ticket_age':
      return `${uint(bytes)}`
    case 'gmt_unix_time':
      return `${new Date(uint(bytes) * 1000).toISOString().slice(0, 19)}Z`
    case 'timestamp':
      return timeOf(uint(bytes))
    case 'random':
      return isRetryRandom(bytes) ? 'HelloRetryRequest' : undefined
    case 'host_name':
    case 'protocol_name':
      return textOf(bytes)
    case 'content':
      return bytes.length > 0 ? JSON.stringify(textOf(bytes.subarray(0, SHOWN_TEXT))) : undefined
    case 'dh_p':
    case 'rsa_modulus':
      return `${BigInt(`0x0${toHex(bytes)}`).toString(2).length} bits`
    case 'subject_public_key_info':
      return bytes.length > 0 ? `${describeSpki(bytes)} key` : undefined
    case 'distinguished_name':
      return describe(() => describeName(bytes))
    case 'ocsp_response':
      return describe(() => {
        const { status, basic } = decodeOcspResponse(bytes)
        const said = basic?.responses.map((one) => certificateStatus(one.status)) ?? []
        return [status, ...said.slice(0, MAX_LISTED)].join(', ')
      })
    default:
      return undefined
  }
}

/** Random: struct { uint32 gmt_unix_time; opaque random_bytes[28]; } (RFC 5246 §7.4.1.2) */
export function partsOf({ name, offset, bytes }: Field): readonly Field[] {
  if (name !== 'random' || bytes.length !== 32 || isRetryRandom(bytes)) return []
  return [
    { name: 'gmt_unix_time', offset, length: 4, bytes: bytes.subarray(0, 4) },
    { name: 'random_bytes', offset: offset + 4, length: 28, bytes: bytes.subarray(4) },
  ]
}

/** More about a certificate, a raw public key or a stapled response, line by line; nothing about what does not parse. */
export function detailsOf(
  field: Field,
  certificate: Certificate | undefined = certificateIn(field),
): readonly Detail[] {
  if (certificate) return certificateDetails(certificate)
  const { name, bytes } = field
  if (name === 'subject_public_key_info' && bytes.length > 0) {
    return [{ name: 'sha256', text: fingerprintOf(bytes) }]
  }
  return name === 'ocsp_response' ? (tryDecode(() => ocspDetails(bytes)) ?? []) : []
}

/** The certificate that a field is; what has no key is refused without decoding, as there may be thousands. */
function certificateIn({ name, bytes }: Field): Certificate | undefined {
  return name === 'certificate' && spkiOf(bytes) ? tryDecodeCertificate(bytes) : undefined
}

function certificateDetails(certificate: Certificate): Detail[] {
  const { subject, issuer, notBefore, notAfter, ...described } = describeCertificate(certificate)
  return [
    { name: 'subject', text: subject || '(no name)' },
    { name: 'issuer', text: issuer || '(no name)' },
    { name: 'validity', text: `${second(notBefore)} to ${second(notAfter)}` },
    ...(described.dnsNames.length > 0
      ? [{ name: 'names', text: listedUpTo(MAX_LISTED, described.dnsNames) }]
      : []),
    { name: 'key', text: described.key },
    { name: 'signed with', text: described.signatureScheme },
    { name: 'serial number', text: described.serialNumber },
    { name: 'sha256', text: described.fingerprint },
    ...timestampsOf(certificate).map((time) => ({
      name: 'logged',
      text: `SCT of ${second(time)}`,
    })),
  ]
}

/** The times of the timestamps that a certificate carries, the first ones; none when they do not parse. */
export function timestampsIn(der: Uint8Array): readonly Date[] {
  const certificate = tryDecodeCertificate(der)
  return certificate ? timestampsOf(certificate) : []
}

function timestampsOf(certificate: Certificate): readonly Date[] {
  const scts = tryDecode(() => embeddedScts(certificate).filter(isSctV1)) ?? []
  return scts.slice(0, MAX_LISTED).map(({ timestamp }) => timestamp)
}

function ocspDetails(der: Uint8Array): Detail[] {
  const { basic } = decodeOcspResponse(der)
  if (!basic) return []
  const { responderId } = basic
  const responder =
    responderId.type === 'name'
      ? describeName(responderId.name)
      : `key ${toHex(responderId.keyHash)}`
  return [
    { name: 'responder', text: responder },
    { name: 'produced', text: second(basic.producedAt) },
    ...basic.responses
      .slice(0, MAX_LISTED)
      .flatMap((one) => [
        { name: 'serial number', text: toHex(one.serialNumber) },
        { name: 'status', text: certificateStatus(one.status) },
        { name: 'this update', text: second(one.thisUpdate) },
        ...(one.nextUpdate ? [{ name: 'next update', text: second(one.nextUpdate) }] : []),
      ]),
  ]
}

function certificateStatus(status: CertificateStatus): string {
  if (status.type !== 'revoked') return status.type
  return `revoked ${second(status.time)}${status.reason ? ` (${status.reason})` : ''}`
}

function describe(work: () => string): string {
  return tryDecode(work) ?? 'malformed'
}

/** ISO 8859-1; control characters are spelled out by who prints. */
function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, MAX_TEXT))
}

function timeOf(milliseconds: number): string {
  const time = new Date(milliseconds)
  return Number.isNaN(time.getTime()) ? 'not a valid time' : time.toISOString()
}

function second(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z')
}

function uint(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0)
}

const SHOWN_TEXT = 40
const MAX_TEXT = 2048
const MAX_LISTED = 16
