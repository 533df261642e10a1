// A checksum list that is the only subject of a statement: what it lists can be compared too, as if it were signed itself.

import { createHash } from 'node:crypto'
import { equal } from '../encoding/index.ts'
import { tryDecode } from '../errors.ts'
import { decodeChecksumList, MAX_CHECKSUM_LIST, type Subject } from '../statement/index.ts'
import { readBounded } from '../system/index.ts'

/**
 * Reads what the list has that is the only subject, from the first of these paths where it is, unaltered. Undefined when there
 * is no such file, or when it is no list.
 */
export async function readSignedList(
  subjects: readonly Subject[],
  paths: readonly string[],
): Promise<readonly Subject[] | undefined> {
  const [subject] = subjects
  if (subject === undefined || subjects.length > 1) return undefined
  for (const path of paths) {
    const bytes = await readBounded(path, MAX_CHECKSUM_LIST).catch(() => undefined)
    // What is read is what was signed, whatever becomes of the file meanwhile
    if (bytes === undefined || !equal(sha256Of(bytes), subject.sha256)) continue
    return tryDecode(() => decodeChecksumList(bytes))
  }
  return undefined
}

function sha256Of(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}
