// Certificates in files: PEM with any number of them, or one in DER (RFC 7468 §5).

import { fromBase64 } from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'
import { decodeCertificate } from './certificate.ts'

/** Bytes of canonical base64, or undefined. */
export type DecodeBase64 = (base64: string) => Uint8Array | undefined

/**
 * Certificates of a file, as DER; `path` is what messages call it. PEM may hold none. Throws DecodeError for one that
 * does not parse.
 */
export function certificatesOfFile(
  bytes: Uint8Array,
  path: string,
  decode: DecodeBase64 = fromBase64,
): Uint8Array[] {
  const text = new TextDecoder('latin1').decode(bytes)
  const isPem = bytes.length === 0 || text.includes('-----BEGIN ')
  const certificates = isPem ? certificatesOfPem(text, path, decode) : [bytes]
  for (const certificate of certificates) {
    try {
      decodeCertificate(certificate)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      throw new DecodeError(error.code, path, error.offset, `not a certificate (${error.message})`)
    }
  }
  return certificates
}

/** Text around and between the blocks is allowed, and blocks of other things. Throws DecodeError for a broken block. */
export function certificatesOfPem(
  pem: string,
  path: string,
  decode: DecodeBase64 = fromBase64,
): Uint8Array[] {
  const certificates: Uint8Array[] = []
  for (let at = pem.indexOf(BEGIN); at >= 0; at = pem.indexOf(BEGIN, at + 1)) {
    const start = at + BEGIN.length
    const end = pem.indexOf(END, start)
    if (end < 0) throw new DecodeError('truncated', path, at, 'the PEM block does not end')
    const der = decode(pem.slice(start, end).replace(/\s/g, ''))
    if (der === undefined) {
      throw new DecodeError('invalid-value', path, start, 'the PEM block is not base64')
    }
    certificates.push(der)
  }
  return certificates
}

const BEGIN = '-----BEGIN CERTIFICATE-----'
const END = '-----END CERTIFICATE-----'
