// Trust anchors: the Mozilla roots that Node.js carries, or the caller's own from a file or a folder.

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DecodeError } from '../errors.ts'
import { certificatesOfFile, type PassOver } from '../x509/index.ts'
import { readBounded } from './files.ts'

/** The Mozilla root certificates built into this Node.js, as DER. */
export function systemTrustAnchors(): Uint8Array[] {
  // Loaded here, since node:tls takes longer than verifying does, and callers with anchors of their own need none.
  const { rootCertificates } = process.getBuiltinModule('node:tls')
  // Node.js made this PEM itself: there is nothing in it to check, and it is read at each start
  return rootCertificates.map((pem) => {
    const base64 = pem.slice(pem.indexOf('\n'), pem.lastIndexOf('\n-'))
    return Uint8Array.from(Buffer.from(base64, 'base64'))
  })
}

/**
 * Certificates of a file (PEM with any number of them, or one in DER) or of all such files in a folder, as DER, each
 * once. Throws DecodeError when a file holds a broken one, unless that is to be passed over, or none (a folder: when no
 * file holds one), and the system's error when it can't be read.
 */
export async function readTrustAnchors(path: string, passOver?: PassOver): Promise<Uint8Array[]> {
  const isFolder = (await stat(path)).isDirectory()
  const files: CertificateFile[] = []
  for (const file of isFolder ? await certificateFiles(path) : [path]) {
    files.push({ path: file, bytes: await readBounded(file, MAX_ANCHORS) })
  }
  return trustAnchorsIn(files, passOver, path)
}

export interface CertificateFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Certificates of files that have been read, which together are called `whole`. Throws DecodeError as readTrustAnchors does. */
export function trustAnchorsIn(
  files: readonly CertificateFile[],
  passOver?: PassOver,
  whole: string = files.map(({ path }) => path).join(', '),
): Uint8Array[] {
  const anchors = new Map<string, Uint8Array>()
  const faults: DecodeError[] = []
  const note: PassOver | undefined = passOver && ((fault) => faults.push(fault))
  for (const { path, bytes } of files) {
    for (const der of certificatesOfFile(bytes, path, fromBase64, note)) {
      anchors.set(Buffer.from(der).toString('latin1'), der)
    }
  }
  if (anchors.size === 0) {
    throw (
      faults[0] ??
      new DecodeError('invalid-value', whole, 0, 'expected certificates in PEM or DER, got none')
    )
  }
  for (const fault of faults) passOver?.(fault)
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

/** Does what the core's does, several times as fast. */
function fromBase64(base64: string): Uint8Array | undefined {
  const bytes = Buffer.from(base64, 'base64')
  return bytes.toString('base64') === base64 ? Uint8Array.from(bytes) : undefined
}

/** What folders of certificates hold: by extension, or by OpenSSL's subject hash. */
const CERTIFICATE_FILE = /\.(?:pem|crt|cer|der)$|^[0-9a-f]{8}\.\d+$/i

/** The most bytes of a file of certificates. */
export const MAX_ANCHORS: number = 2 ** 24
