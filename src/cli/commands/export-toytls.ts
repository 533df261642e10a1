// tls-stamp export --toytls: round 0 of a statement as toytls's three files, which openssl alone can check.

import { DecodeError, HandshakeError } from '../../errors.ts'
import {
  decodeToytls,
  describeOldStatement,
  encodeToytls,
  opensslCommands,
  type ToytlsFiles,
} from '../../legacy/index.ts'
import { verifySignatureNative, writeAll } from '../../system/index.ts'
import { UsageError } from '../errors.ts'
import { TOYTLS_ENDINGS } from '../legacy.ts'
import { requireWritable } from '../output.ts'
import { readSignedStatement } from '../statement-file.ts'
import { print, printable, printHints } from '../terminal.ts'
import { renderJson, writtenRow } from '../text/report.ts'

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
    content: files[part],
  }))
  for (const { path } of parts) await requireWritable(path, force, '--toytls')
  await writeAll(parts, { replace: force })
  const commands = opensslCommands(toytls, scheme)
  const written = parts.map(({ path, content }) => ({ path, size: content.length }))
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
    ...written.map(({ path, size }) => writtenRow(path, size)),
    'check it with',
    ...commands.map((line) => `  ${printable(line)}`),
  ].join('\n')
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
