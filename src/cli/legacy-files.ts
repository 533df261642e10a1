// Old statements on disk: toytls's three files beside each other, timmy's one.

import { decodeToytls, MAX_OLD_STATEMENT, type OldStatement } from '../legacy/index.ts'
import { readBounded } from '../system/index.ts'

/** What toytls appends to its PATH, in the order of ToytlsFiles. */
export const TOYTLS_ENDINGS = {
  bytes: '.bytes',
  signature: '.signature',
  certificate: '.certificate.der',
} as const

/**
 * The statement whose files begin with this path, or undefined when there is no PATH.bytes. Throws DecodeError, and
 * the system's error when another of the three is missing or can't be read.
 */
export async function readToytls(path: string): Promise<OldStatement | undefined> {
  const read = (part: keyof typeof TOYTLS_ENDINGS): Promise<Uint8Array> =>
    readBounded(`${path}${TOYTLS_ENDINGS[part]}`, MAX_OLD_STATEMENT)
  const bytes = await read('bytes').catch((error: NodeJS.ErrnoException) => {
    if (ABSENT.has(error.code)) return undefined
    throw error
  })
  if (bytes === undefined) return undefined
  return decodeToytls({
    bytes,
    signature: await read('signature'),
    certificate: await read('certificate'),
  })
}

/** No such file, and none that could be. */
const ABSENT: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'])
