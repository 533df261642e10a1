// Decodes signed certificate timestamps: a log's word on when it saw a certificate (RFC 6962 §3.2, §3.3). None is verified.

import { DerReader, Reader, toHex } from '../encoding/index.ts'
import type { Certificate } from './certificate.ts'

/** Byte strings are views into the decoded bytes. */
export type Sct = SctV1 | UnknownSct

/** A timestamp of version 1. */
export interface SctV1 {
  readonly version: 1
  /** SHA-256 of the log's public key: 32 bytes. */
  readonly logId: Uint8Array
  /** To the millisecond. */
  readonly timestamp: Date
  /** CtExtensions: no use of them is known. */
  readonly extensions: Uint8Array
  /** "ecdsa_sha256" or "rsa_pkcs1_sha256" (RFC 6962 §2.1.4); hex of the two bytes for any other. */
  readonly scheme: string
  readonly signature: Uint8Array
}

/** A timestamp of a version that is not known here. */
export interface UnknownSct {
  /** As encoded, plus one: version 1 is encoded as 0. */
  readonly version: number
  readonly encoded: Uint8Array
}

/** Whether the members of version 1 are there. */
export function isSctV1(sct: Sct): sct is SctV1 {
  return 'logId' in sct
}

/** OIDs of the extensions whose value decodeSctExtension reads: in a certificate, and in an OCSP SingleResponse. */
export const SCT_EXTENSION = {
  certificate: '1.3.6.1.4.1.11129.2.4.2',
  ocsp: '1.3.6.1.4.1.11129.2.4.5',
} as const

// struct { SerializedSCT sct_list<1..2^16-1>; } SignedCertificateTimestampList;
// opaque SerializedSCT<1..2^16-1>;
/**
 * Decodes a whole SignedCertificateTimestampList: the content of the TLS extension signed_certificate_timestamp.
 * @param base offset of these bytes in the outermost ones, for errors
 * @throws DecodeError
 */
export function decodeSctList(bytes: Uint8Array, base = 0): Sct[] {
  const outer = new Reader('SignedCertificateTimestampList', bytes, base)
  const list = outer.sub(2, 'sct_list', 1)
  outer.end()
  return list.list((reader) => {
    const sct = reader.sub(2, 'sct', 1)
    const decoded = decodeSct(sct)
    sct.end()
    return decoded
  })
}

/** Decodes the value of either extension: an OCTET STRING around the list. @throws DecodeError */
export function decodeSctExtension(value: Uint8Array): Sct[] {
  const reader = new DerReader('SignedCertificateTimestampList', value)
  const { content, offset } = reader.tlv(0x04, 'list')
  reader.end()
  return decodeSctList(content, offset)
}

/** The timestamps that a certificate carries; none when it lacks the extension. @throws DecodeError */
export function embeddedScts({ extensions }: Pick<Certificate, 'extensions'>): Sct[] {
  const found = extensions.all.find(({ id }) => id === SCT_EXTENSION.certificate)
  return found ? decodeSctExtension(found.value) : []
}

// struct {
//   Version sct_version; LogID id; uint64 timestamp; CtExtensions extensions;
//   digitally-signed struct { ... };
// } SignedCertificateTimestamp;
function decodeSct(reader: Reader): Sct {
  const encoded = reader.whole
  const version = reader.u8('sct_version') + 1
  if (version !== 1) {
    reader.bytes(reader.left, 'rest')
    return { version, encoded }
  }
  // opaque key_id[32];
  const logId = reader.bytes(32, 'id')
  const timestamp = readTimestamp(reader)
  // opaque CtExtensions<0..2^16-1>;
  const extensions = reader.opaque(2, 'extensions')
  const algorithm = toHex(reader.bytes(2, 'algorithm'))
  // opaque signature<0..2^16-1>;
  const signature = reader.opaque(2, 'signature')
  const scheme = SCHEMES.get(algorithm) ?? algorithm
  return { version: 1, logId, timestamp, extensions, scheme, signature }
}

/** uint64: milliseconds since 1970, leap seconds not counted. */
function readTimestamp(reader: Reader): Date {
  const at = reader.offset
  const milliseconds = reader.bytes(8, 'timestamp').reduce((sum, byte) => sum * 256 + byte, 0)
  const timestamp = new Date(milliseconds)
  if (Number.isNaN(timestamp.getTime())) {
    reader.fail('invalid-value', `expected a time that there is, got ${milliseconds} ms`, at)
  }
  return timestamp
}

/** SignatureAndHashAlgorithm (RFC 5246 §7.4.1.4.1). */
const SCHEMES: ReadonlyMap<string, string> = new Map([
  ['0403', 'ecdsa_sha256'],
  ['0401', 'rsa_pkcs1_sha256'],
])
