// Trust anchors: the Mozilla roots that Node.js carries, or the caller's own from a file or a folder.

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DecodeError } from '../errors.ts'
import { decodeCertificate } from '../pki/certificate.ts'
import { readBounded } from './files.ts'

/** The Mozilla root certificates built into this Node.js, as DER. */
export function systemTrustAnchors(): Uint8Array[] {
  // Loaded here, since node:tls takes longer than verifying does, and callers with anchors of their own need none.
  const { rootCertificates } = process.getBuiltinModule('node:tls')
  return rootCertificates.flatMap((pem) => certificatesOfPem(pem, 'rootCertificates'))
}

/**
 * Certificates of a file (PEM with any number of them, or one in DER) or of all such files in a folder, as DER, each
 * once. Throws DecodeError when a file holds a broken one or none (a folder: when no file holds one), and the
 * system's error when it can't be read.
 */
export async function readTrustAnchors(path: string): Promise<Uint8Array[]> {
  const files = (await stat(path)).isDirectory() ? await certificateFiles(path) : [path]
  const anchors = new Map<string, Uint8Array>()
  for (const file of files) {
    for (const der of await readCertificates(file)) {
      anchors.set(Buffer.from(der).toString('latin1'), der)
    }
  }
  if (anchors.size === 0) {
    throw new DecodeError('invalid-value', path, 0, 'expected certificates in PEM or DER, got none')
  }
  return [...anchors.values()]
}

async function certificateFiles(folder: string): Promise<string[]> {
  const files: string[] = []
  for (const name of (await readdir(folder)).sort()) {
    if (!CERTIFICATE_FILE.test(name)) continue
    const file = join(folder, name)
    // A link to nowhere is no file
    const entry = await stat(file).catch(() => undefined)
    if (entry?.isFile()) files.push(file)
  }
  return files
}

async function readCertificates(path: string): Promise<Uint8Array[]> {
  const bytes = await readBounded(path, MAX_FILE)
  const text = Buffer.from(bytes).toString('latin1')
  const isPem = bytes.length === 0 || text.includes('-----BEGIN ')
  const certificates = isPem ? certificatesOfPem(text, path) : [bytes]
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

/** RFC 7468 §5; text around and between the blocks is allowed, and blocks of other things. */
function certificatesOfPem(pem: string, path: string): Uint8Array[] {
  const certificates: Uint8Array[] = []
  for (let at = pem.indexOf(BEGIN); at >= 0; at = pem.indexOf(BEGIN, at + 1)) {
    const start = at + BEGIN.length
    const end = pem.indexOf(END, start)
    if (end < 0) throw new DecodeError('truncated', path, at, 'the PEM block does not end')
    const base64 = pem.slice(start, end).replace(/\s/g, '')
    const der = Buffer.from(base64, 'base64')
    if (der.toString('base64') !== base64) {
      throw new DecodeError('invalid-value', path, start, 'the PEM block is not base64')
    }
    certificates.push(Uint8Array.from(der))
  }
  return certificates
}

const BEGIN = '-----BEGIN CERTIFICATE-----'
const END = '-----END CERTIFICATE-----'

/** What folders of certificates hold: by extension, or by OpenSSL's subject hash. */
const CERTIFICATE_FILE = /\.(?:pem|crt|cer|der)$|^[0-9a-f]{8}\.\d+$/i

const MAX_FILE = 2 ** 24
