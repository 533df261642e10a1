// tls-stamp verify: a statement, and the files beside it or given with it, to a report.

import { realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import type { GivenDigest } from '../comparison.ts'
import { DecodeError } from '../errors.ts'
import { readBounded } from '../node/files.ts'
import { verifySignatureNative } from '../node/native-signature.ts'
import { readTrustAnchors, systemTrustAnchors } from '../node/trust.ts'
import type { Check, Report } from '../report.ts'
import { decodeStatement, MAX_STATEMENT, type SignedStatement } from '../statement.ts'
import { judgeStatement } from '../verify.ts'
import { canonicalHost, digestInput, pathWithin, subjectName } from './input.ts'
import type { OldStatementFile } from './old-statement.ts'
import { renderJson, renderReport } from './render.ts'
import { print, printHints } from './terminal.ts'
import { UsageError } from './usage-error.ts'

export interface VerifyArguments {
  readonly statement: string
  readonly files: readonly string[]
  /** Empty: the built-in list. */
  readonly witnesses: readonly string[]
  readonly ca: string | undefined
  readonly json: boolean
}

/** Gives the exit code, 0 only for "passed"; throws what kept it from a verdict. */
export async function verify(args: VerifyArguments): Promise<number> {
  const witnesses = args.witnesses.map(canonicalHost)
  const statement = await readStatement(args.statement)
  if ('old' in statement) {
    const { verifyOldFile } = await import('./old-statement.ts')
    return verifyOldFile(statement, { ...args, witnesses })
  }
  const trustAnchors =
    args.ca === undefined ? systemTrustAnchors() : await readTrustAnchors(args.ca)
  const digests =
    args.files.length > 0
      ? await digestFiles(args.files, args.statement, statement)
      : await digestBeside(args.statement, statement)
  const report = judgeStatement(statement, {
    digests,
    trustAnchors,
    ...(witnesses.length > 0 && { witnesses }),
    now: new Date(),
    verifySignature: verifySignatureNative,
  })
  print(args.json ? renderJson(report) : renderReport(report))
  printHints(hintsFor(report))
  return report.verdict === 'passed' ? 0 : 1
}

/** A signed statement, or when it is none, an old one. */
async function readStatement(path: string): Promise<SignedStatement | OldStatementFile> {
  let bytes: Uint8Array | undefined
  try {
    bytes = await readBounded(path, MAX_STATEMENT)
    return decodeStatement(bytes)
  } catch (error) {
    const { findOldStatement } = await import('./old-statement.ts')
    const old = await findOldStatement(path, bytes)
    if (old) return old
    if (error instanceof DecodeError)
      throw new UsageError(`${path} is not a signed statement: ${error.message}`)
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') {
      throw new UsageError(`${path} is a folder`)
    }
    throw error
  }
}

/** Each under the name that `sign` would have given it, when there is such a subject. */
async function digestFiles(
  files: readonly string[],
  path: string,
  { subjects }: SignedStatement,
): Promise<GivenDigest[]> {
  if (files.filter((file) => file === '-').length > 1) {
    throw new UsageError('standard input can be read only once')
  }
  const names = new Set(subjects.map(({ name }) => name))
  const digests: GivenDigest[] = []
  for (const file of files) {
    const own = subjectName(file, path)
    digests.push({ name: names.has(own) ? own : file, sha256: await digestInput(file) })
  }
  return digests
}

/** The subjects that lie beside the statement under their relative names; never outside its folder. */
async function digestBeside(path: string, { subjects }: SignedStatement): Promise<GivenDigest[]> {
  const folder = await realpath(dirname(path))
  const digests: GivenDigest[] = []
  for (const { name } of subjects) {
    const file = await fileWithin(folder, name)
    if (file !== undefined) digests.push({ name, sha256: await digestInput(file) })
  }
  return digests
}

/** Where the name leads, links followed, when that is a regular file within the folder. */
async function fileWithin(folder: string, name: string): Promise<string | undefined> {
  if (name === '-' || isAbsolute(name) || name.split(/[/\\]/).includes('..')) return undefined
  try {
    const file = await realpath(join(folder, name))
    const inside = pathWithin(folder, file) !== undefined
    return inside && (await stat(file)).isFile() ? file : undefined
  } catch {
    return undefined
  }
}

function hintsFor({ checks, witnesses }: Report): string[] {
  const open = new Set(checks.filter(({ outcome }) => outcome !== 'pass').map(({ code }) => code))
  const hints: string[] = []
  const hint = (code: Check['code'], text: string): void => {
    if (open.has(code)) hints.push(text)
  }
  const hosts = witnesses.map(({ host }) => host).join(' --witness ')
  hint('unknown-issuer', 'trust other certificates than the built-in ones with --ca FILE|DIR')
  hint(
    'not-accepted',
    `if you trust the clock and the key of this host, say so with --witness ${hosts}`,
  )
  hint('no-such-subject', 'the statement lists its subjects: run verify without files to see them')
  return hints
}
