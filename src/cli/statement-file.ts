// Statement files of every kind: a signed statement, one in an in-toto Statement, or an old one.

import { realpath, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { DecodeError } from '../errors.ts'
import {
  damageOfStatement,
  decodeStatement,
  looksLikeInToto,
  MAX_IN_TOTO,
  openStatement,
  type SignedStatement,
} from '../statement/index.ts'
import { decodingFault, UsageError } from './errors.ts'
import { fileWithin } from './folder.ts'
import { readInput, shownPath } from './input.ts'
import type { OldStatementFile } from './legacy.ts'
import { remediesFor } from './remedies.ts'
import { shellPath } from './shell-word.ts'

/** What is appended to a file's name to call its statement. */
export const EXTENSION = '.tls-stamp'

export interface FoundStatement {
  readonly path: string
  readonly statement: SignedStatement | OldStatementFile
  /** The file that was meant, when the statement was found beside it. */
  readonly file?: string
}

/**
 * Reads the statement at `path`, or from standard input for "-"; or when that is another file, the one beside it, which is called by its name and EXTENSION.
 * Throws UsageError when there is neither, and the system's errors.
 */
export async function findStatement(path: string): Promise<FoundStatement> {
  try {
    return { path, statement: await readAnyStatement(path) }
  } catch (error) {
    const beside = `${path}${EXTENSION}`
    const isFile = await stat(path).then(
      (entry) => entry.isFile(),
      () => false,
    )
    if (!(isFile && error instanceof UsageError)) throw error
    const folder = await realpath(dirname(path))
    const found = await fileWithin(folder, basename(beside))
    if (found === undefined) {
      if (!(error instanceof ForeignFileError)) throw error
      throw new UsageError(`there is no statement for ${path}: ${beside} does not exist`, [
        `if the statement has another name: tls-stamp verify STATEMENT ${shellPath(path)}`,
      ])
    }
    if ('why' in found) throw new UsageError(`${beside} ${found.why}`)
    return { path: beside, statement: await readAnyStatement(beside), file: path }
  }
}

/** A signed statement, or when it is none, an old one. Throws UsageError for neither, and the system's errors. */
export async function readAnyStatement(path: string): Promise<SignedStatement | OldStatementFile> {
  let bytes: Uint8Array | undefined
  try {
    bytes = await readInput(path, MAX_IN_TOTO)
    return openStatement(bytes)
  } catch (error) {
    const { findOldStatement } = await import('./legacy.ts')
    const old = await findOldStatement(path, bytes)
    if (old) return old
    throw described(error, path, bytes)
  }
}

/** A signed statement and nothing older. Throws UsageError for anything else, and the system's errors. */
export async function readSignedStatement(path: string): Promise<SignedStatement> {
  return decodeStatementFile(await readStatementFile(path), path)
}

/** The bytes of what decodeStatementFile takes. Throws UsageError for a folder, and the system's errors. */
export async function readStatementFile(path: string): Promise<Uint8Array> {
  try {
    return await readInput(path, MAX_IN_TOTO)
  } catch (error) {
    throw described(error, path)
  }
}

/** A signed statement and nothing older. Throws UsageError for anything else. */
export function decodeStatementFile(bytes: Uint8Array, path: string): SignedStatement {
  try {
    return openStatement(bytes)
  } catch (error) {
    throw described(error, path, bytes)
  }
}

/** A signed statement's own bytes, which is what renewing signs. Throws as readSignedStatement does. */
export async function readStatementBytes(
  path: string,
): Promise<{ readonly bytes: Uint8Array; readonly statement: SignedStatement }> {
  const bytes = await readStatementFile(path)
  try {
    return { bytes, statement: decodeStatement(bytes) }
  } catch (error) {
    if (!looksLikeInToto(bytes)) throw described(error, path, bytes)
    throw new UsageError(`${shownPath(path)} is an in-toto Statement`, [
      'renew the signed statement that it was made from, and export it again',
    ])
  }
}

/** The error for a file that was never meant to be a statement. */
class ForeignFileError extends UsageError {}

/** An error with the path; `bytes` are those that were read, if any. */
function described(error: unknown, path: string, bytes?: Uint8Array): unknown {
  if (!(error instanceof DecodeError)) return error
  const damage = bytes ? damageOfStatement(bytes) : []
  const message = `${shownPath(path)} is not a signed statement: ${decodingFault(error)}`
  return bytes && damage.length === 0 && !beginsAsObject(bytes)
    ? new ForeignFileError(message)
    : new UsageError(message, remediesFor(damage, path))
}

/** Whether it may be a JSON object, as every statement is. */
function beginsAsObject(bytes: Uint8Array): boolean {
  return /^\s*\{/.test(new TextDecoder().decode(bytes.subarray(0, 64)))
}
