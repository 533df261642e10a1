// What a user may have meant by files that do not fit: a statement in the place of a file, a list in the place of its files.

import { stat } from 'node:fs/promises'
import { equal } from '../encoding/index.ts'
import { tryDecode } from '../errors.ts'
import { decodeChecksumList, MAX_CHECKSUM_LIST, type Subject } from '../statement/index.ts'
import { digestFile, readBounded } from '../system/index.ts'
import { UsageError } from './errors.ts'
import { shellPath } from './shell-word.ts'
import { readAnyStatement } from './statement-file.ts'

/** The error to give when what was typed first is no statement and one of the files is. */
export async function swappedError(
  typed: string,
  files: readonly string[],
): Promise<UsageError | undefined> {
  for (const file of files.slice(0, MAX_LOOKED_AT)) {
    if (!(await isStatement(file))) continue
    const others = [typed, ...files.filter((other) => other !== file)]
    const call = others.length > MAX_LOOKED_AT ? [file, 'FILE...'] : [file, ...others]
    return new UsageError(`${typed} is not a signed statement, but ${file} is`, [
      `the statement comes first: tls-stamp verify ${call.map(shellPath).join(' ')}`,
    ])
  }
  return undefined
}

interface Given {
  readonly files: readonly string[]
  /** Checksum lists. */
  readonly sums: readonly string[]
  /** The statement's. */
  readonly path: string
}

/** Hints on files and lists that are none of the subjects of the statement. */
export async function misfitHints(
  subjects: readonly Subject[],
  { files, sums, path }: Given,
): Promise<readonly string[]> {
  const own = new Set(subjects.map(({ name }) => name))
  for (const file of files.slice(0, MAX_LOOKED_AT)) {
    if (await isStatement(file)) {
      return [
        `${file} is a signed statement itself: verify takes one statement at a time, tls-stamp status takes several`,
      ]
    }
    const list = await listAt(file)
    if (list?.some(({ name }) => own.has(name))) {
      return [
        `the files in ${file} were signed, not the list: compare it with --sums ${shellPath(file)}`,
      ]
    }
  }
  const [subject, ...others] = subjects
  if (subject === undefined || others.length > 0) return []
  for (const list of sums.slice(0, MAX_LOOKED_AT)) {
    const digest = await digestFile(list).catch(() => undefined)
    if (digest === undefined || !equal(digest, subject.sha256)) continue
    const call = [path, list].map(shellPath).join(' ')
    return [
      `the list ${list} itself was signed: tls-stamp verify ${call}, or with --directory DIR for the files in it`,
    ]
  }
  return []
}

async function isStatement(path: string): Promise<boolean> {
  if (!(await isRegular(path))) return false
  return readAnyStatement(path).then(
    () => true,
    () => false,
  )
}

async function listAt(path: string): Promise<readonly Subject[] | undefined> {
  const bytes = await readBounded(path, MAX_CHECKSUM_LIST).catch(() => undefined)
  return bytes && tryDecode(() => decodeChecksumList(bytes))
}

/** Whether it is a file that can be read again. */
async function isRegular(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false
}

/** Of the files: a hint is worth no more. */
const MAX_LOOKED_AT = 5
