// Trust anchors: the Mozilla roots that Node.js carries, or the caller's own from a file or a folder.

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { fromBase64 } from '../bytes.ts'
import { DecodeError } from '../errors.ts'
import { decodeCertificate } from '../pki/certificate.ts'
import { readBounded } from './files.ts'

/** The Mozilla root certificates built into this Node.js, as DER. */
export function systemTrustAnchors(): Uint8Array[] {
  return rootCertificates.flatMap(certificatesOfPem)
}

/**
 * Certificates of a file (PEM with any number of them, or one in DER) or of all such files in a folder, as DER.
 * Throws DecodeError when a file holds none or a broken one (a folder: when no file holds one), and the system's
 * error when it can't be read.
 */
export async function readTrustAnchors(path: string): Promise<Uint8Array[]> {
  if (!(await stat(path)).isDirectory()) return readCertificates(path)
  const anchors: Uint8Array[] = []
  for (const name of (await readdir(path)).sort()) {
    const file = join(path, name)
    if (!CERTIFICATE_FILE.test(name) || !(await stat(file)).isFile()) continue
    anchors.push(...(await readCertificates(file)))
  }
  if (anchors.length === 0) throw none(path)
  return anchors
}

async function readCertificates(path: string): Promise<Uint8Array[]> {
  const bytes = await readBounded(path, MAX_FILE)
  const text = Buffer.from(bytes).toString('latin1')
  const certificates = text.includes('-----BEGIN ') ? certificatesOfPem(text) : [bytes]
  if (certificates.length === 0) throw none(path)
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

/** RFC 7468 §5, text around and between the blocks allowed. */
function certificatesOfPem(pem: string): Uint8Array[] {
  const blocks = pem.matchAll(
    /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g,
  )
  return [...blocks].map(
    ([, base64 = '']) => fromBase64(base64.replace(/\s/g, '')) ?? new Uint8Array(0),
  )
}

function none(path: string): DecodeError {
  return new DecodeError('invalid-value', path, 0, 'expected certificates in PEM or DER, got none')
}

/** What folders of certificates hold: by extension, or by OpenSSL's subject hash. */
const CERTIFICATE_FILE = /\.(?:pem|crt|cer|der)$|^[0-9a-f]{8}\.\d+$/i

const MAX_FILE = 2 ** 24
