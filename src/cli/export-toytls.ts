// tls-stamp export --toytls: round 0 of a statement as toytls's three files, which openssl alone can check.

import { lstat, unlink } from 'node:fs/promises'
import { DecodeError, HandshakeError } from '../errors.ts'
import { writeWhole } from '../node/files.ts'
import { verifySignatureNative } from '../node/native-signature.ts'
import { TOYTLS_ENDINGS } from '../node/old-statement-files.ts'
import { decodeToytls, encodeToytls, type ToytlsFiles } from '../old-statement.ts'
import { describeOldStatement } from '../verify-old-statement.ts'
import { opensslCommands } from './openssl-commands.ts'
import { readSignedStatement } from './read-statement.ts'
import { renderJson, row } from './render.ts'
import { print, printable, printHints } from './terminal.ts'
import { UsageError } from './usage-error.ts'

export interface ToytlsArguments {
  readonly statement: string
  /** What the names of the files begin with. */
  readonly toytls: string
  readonly force: boolean
  readonly json: boolean
}

/** Gives the exit code; throws what kept it from writing. */
export async function exportToytls(args: ToytlsArguments): Promise<number> {
  const { statement, toytls, force } = args
  const files = await readFirstRound(statement)
  const old = decodeToytls(files)
  const { scheme } = describeOldStatement(old, verifySignatureNative)
  if (scheme === null) throw new UsageError(`the signature of round 0 in ${statement} is no good`)
  const parts = (Object.keys(TOYTLS_ENDINGS) as (keyof ToytlsFiles)[]).map((part) => ({
    path: `${toytls}${TOYTLS_ENDINGS[part]}`,
    bytes: files[part],
  }))
  for (const { path } of parts) await requireFree(path, force)
  await writeAll(parts, { replace: force })
  const commands = opensslCommands(toytls, scheme)
  const written = parts.map(({ path, bytes }) => ({ path, size: bytes.length }))
  print(args.json ? renderJson({ files: written, scheme, commands }) : text(written, commands))
  printHints([
    'this is one round: it says nothing of the clock, and can only verify as indeterminate',
  ])
  return 0
}

function text(
  written: readonly { readonly path: string; readonly size: number }[],
  commands: readonly string[],
): string {
  return [
    ...written.map(({ path, size }) => row('written', `${printable(path)}, ${size} bytes`)),
    'check it with',
    ...commands.map((line) => `  ${printable(line)}`),
  ].join('\n')
}

/** All of them or none; with `replace`, what was there before is gone either way. */
async function writeAll(
  parts: readonly { readonly path: string; readonly bytes: Uint8Array }[],
  options: { readonly replace: boolean },
): Promise<void> {
  const written: string[] = []
  try {
    for (const { path, bytes } of parts) {
      await writeWhole(path, bytes, options)
      written.push(path)
    }
  } catch (error) {
    await Promise.all(written.map((path) => unlink(path).catch(() => undefined)))
    throw error
  }
}

async function readFirstRound(path: string): Promise<ToytlsFiles> {
  const statement = await readSignedStatement(path)
  try {
    return encodeToytls(statement)
  } catch (error) {
    if (!(error instanceof DecodeError || error instanceof HandshakeError)) throw error
    throw new UsageError(`round 0 in ${path} is no handshake: ${error.message}`)
  }
}

async function requireFree(path: string, force: boolean): Promise<void> {
  const existing = await lstat(path).catch(() => undefined)
  if (existing === undefined || (force && existing.isFile())) return
  if (existing.isFile()) {
    throw new UsageError(`${path} exists already`, [
      'give another name with --toytls, or overwrite it with --force',
    ])
  }
  throw new UsageError(`${path} is not a regular file`)
}
