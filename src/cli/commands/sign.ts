// tls-stamp sign: files to a signed statement.

import { randomFillSync } from 'node:crypto'
import { fromHex, toHex, utf8 } from '../../encoding/index.ts'
import { createStatement, type SigningOptions } from '../../sign/index.ts'
import {
  encodedPieces,
  MAX_NAME,
  MAX_STATEMENT,
  type SignedStatement,
  type Subject,
} from '../../statement/index.ts'
import { writeWhole } from '../../system/index.ts'
import type { Report } from '../../verify/index.ts'
import { type Command, defineCommand, flag, repeatedFile, setting } from '../command.ts'
import { CallError, UsageError } from '../errors.ts'
import { summarize } from '../github.ts'
import { isThere, keepExisting } from '../keep-existing.ts'
import { force, json, output, tls } from '../options.ts'
import { isSecret, requireWritable } from '../output.ts'
import { describeDropped, noteDropped, SIGNING, signingOptions } from '../signing.ts'
import { collectSubjects } from '../subjects.ts'
import { printHints, printResult } from '../terminal.ts'
import { renderSigning } from '../text/report.ts'

export const sign: Command = defineCommand({
  about: `Has a server sign files, and writes a signed statement.

HOST  the witness: a TLS 1.2 server with a clock; with --window one of TLS 1.3
PORT  usually 443
FILE  what to sign; a folder with --recursive; - is standard input`,
  example: 'www.google.com 443 doc.txt',
  options: {
    ...SIGNING,
    output: output({
      describe: 'where to write the signed statement',
      otherwise: 'signed_statement',
    }),
    recursive: flag('take folders: sign every file in them'),
    sums: repeatedFile('sign the digests of this list, as sha256sum prints it; may be repeated'),
    digest: setting({ describe: 'sign this SHA-256 digest, in hex' }, sha256InHex),
    name: setting({ describe: 'what to call the digest', without: 'the digest' }, subjectName),
    blind: flag('add random bytes to each digest, so that nobody can guess what it is of'),
    'if-missing': flag('leave an output alone that passes for the same subjects'),
    'no-clock': flag('take a server without a credible clock; that never verifies as passed'),
    tls: tls('the version to speak', '; below 1.2 that never verifies as passed'),
    force,
    json,
  },
  run: async ([host, port, ...files], values) => {
    const { output, force, json, blind, recursive, sums, digest: sha256, name } = values
    const none = files.length === 0 && sums.length === 0 && sha256 === undefined
    if (host === undefined || port === undefined || none) {
      throw new CallError('expected HOST, PORT and FILE')
    }
    if (name !== undefined && sha256 === undefined) {
      throw new UsageError('expected --name only with --digest')
    }
    const digest = sha256 && { name: name ?? toHex(sha256), sha256 }
    const own = { noClock: values['no-clock'], version: values.tls }
    const signing = await signingOptions([host, port], values, own)
    const mayStay = values['if-missing'] && (await isThere(output))
    if (!mayStay) await requireWritable(output, force)
    const collected = await collectSubjects({ files, recursive, sums, digest }, output)
    if (mayStay && (await keepExisting(collected, signing, { output, force, json }))) return 0
    // Not awaited here, so that a million subjects without salts need not stay beside those with them
    return signSubjects(blind ? blinded(collected) : collected, signing, { output, force, json })
  },
})

async function signSubjects(
  subjects: readonly Subject[],
  options: SigningOptions,
  {
    output,
    force,
    json,
  }: { readonly output: string; readonly force: boolean; readonly json: boolean },
): Promise<number> {
  const { statement, report, dropped } = await createStatement({ ...options, subjects })
  const size = await write(statement, output, { replace: force })
  const left = describeDropped(dropped)
  printResult(json, { output, report, dropped: left }, () => renderSigning(report, output, size))
  noteDropped(dropped)
  printHints(hintsFor(report))
  summarize('sign', output, report)
  return 0
}

function sha256InHex(text: string, shown: string): Uint8Array {
  const sha256 = text.length === 64 ? fromHex(text.toLowerCase()) : undefined
  if (sha256 === undefined) throw new UsageError(`expected ${shown} to be 64 hex digits`)
  return sha256
}

function subjectName(text: string, shown: string): string {
  if (utf8(text).length <= MAX_NAME) return text
  throw new UsageError(`expected ${shown} of at most ${MAX_NAME} bytes`)
}

/** What an old version leaves open no later day will close: whoever relies on the statement must know now. */
function hintsFor({ checks }: Report): string[] {
  const strength = checks.find(({ id, outcome }) => id === 'strength' && outcome !== 'pass')
  if (strength === undefined) return []
  const path = checks.find(({ id, outcome }) => id === 'path' && outcome === 'fail')
  return [
    `this statement will never verify as passed: ${strength.message}`,
    ...(path ? [`it will verify as failed for its certificates: ${path.message}`] : []),
  ]
}

/** A random salt each, so that neither the witness nor who has another's proof can guess what was signed. */
function blinded(subjects: readonly Subject[]): readonly Subject[] {
  const salts = randomFillSync(new Uint8Array(SALT * subjects.length))
  return subjects.map(({ name, sha256 }, i) => {
    return { name, sha256, salt: salts.subarray(SALT * i, SALT * (i + 1)) }
  })
}

/** Gives the size in bytes. */
async function write(
  statement: SignedStatement,
  output: string,
  options: { readonly replace: boolean },
): Promise<number> {
  let size = 0
  function* pieces(): Generator<Uint8Array> {
    for (const piece of encodedPieces(statement)) {
      size += piece.length
      if (size > MAX_STATEMENT) {
        const why = `the statement would be larger than ${MAX_STATEMENT} bytes`
        throw new UsageError(why, ['sign fewer subjects at once'])
      }
      yield piece
    }
  }
  const secret = isSecret(statement)
  await writeWhole({ path: output, content: pieces(), secret }, options)
  return size
}

/** Bytes. */
const SALT = 32
