// tls-stamp sign: files to a signed statement.

import { randomFillSync } from 'node:crypto'
import { createStatement, type SigningOptions } from '../../sign/index.ts'
import {
  encodedPieces,
  MAX_STATEMENT,
  type SignedStatement,
  type Subject,
} from '../../statement/index.ts'
import { writeWhole } from '../../system/index.ts'
import type { Report } from '../../verify/index.ts'
import { UsageError } from '../errors.ts'
import { summarize } from '../github.ts'
import { requireWritable } from '../output.ts'
import { describeDropped, noteDropped, type SigningArguments, signingOptions } from '../signing.ts'
import { collectSubjects, type SubjectSources } from '../subjects.ts'
import { print, printHints } from '../terminal.ts'
import { renderJson, renderSigning } from '../text/report.ts'
import { isThere, keepExisting } from './keep-existing.ts'

export interface SignArguments extends SigningArguments, SubjectSources {
  readonly blind: boolean
  readonly output: string
  /** Leave the output alone when it is there and passes for the same subjects. */
  readonly ifMissing: boolean
  readonly noClock: boolean
  readonly tls: '1.0' | '1.1' | '1.2'
  readonly force: boolean
  readonly json: boolean
}

/** Gives the exit code; throws what went wrong. */
export async function sign(args: SignArguments): Promise<number> {
  const { output, force, blind } = args
  const mayStay = args.ifMissing && (await isThere(output))
  if (!mayStay) await requireWritable(output, force)
  const signing = await signingOptions(args)
  const collected = await collectSubjects(args, output)
  if (mayStay && (await keepExisting(collected, signing, args))) return 0
  // Not awaited here, so that a million subjects without salts need not stay beside those with them
  return signSubjects(blind ? blinded(collected) : collected, signing, args)
}

async function signSubjects(
  subjects: readonly Subject[],
  signing: SigningOptions,
  { output, force, noClock, tls: version, json }: SignArguments,
): Promise<number> {
  const options = { ...signing, subjects, noClock, version }
  const { statement, report, dropped } = await createStatement(options)
  const size = await write(statement, output, { replace: force })
  const left = describeDropped(dropped)
  print(json ? renderJson({ output, report, dropped: left }) : renderSigning(report, output, size))
  noteDropped(dropped)
  printHints(hintsFor(report))
  await summarize('sign', output, report)
  return 0
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
  await writeWhole(output, pieces(), options)
  return size
}

/** Bytes. */
const SALT = 32
