// tls-stamp sign: files to a signed statement.

import { access, constants, lstat, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Subject } from '../commitment.ts'
import { createWithReport } from '../node/create.ts'
import { writeWhole } from '../node/files.ts'
import { readTrustAnchors } from '../node/trust.ts'
import type { Report } from '../report.ts'
import { encodeStatement } from '../statement.ts'
import { canonicalHost, digestInput, subjectName } from './input.ts'
import { renderJson, renderSigning } from './render.ts'
import { print, printHints } from './terminal.ts'
import { UsageError } from './usage-error.ts'

export interface SignArguments {
  readonly host: string
  readonly port: number
  readonly files: readonly string[]
  readonly output: string
  readonly rounds: number
  readonly ca: string | undefined
  readonly timeout: number
  readonly maxSkew: number
  readonly noClock: boolean
  readonly tls: '1.0' | '1.1' | '1.2'
  readonly force: boolean
  readonly json: boolean
}

/** Gives the exit code; throws what went wrong. */
export async function sign(args: SignArguments): Promise<number> {
  const { output, force } = args
  const host = canonicalHost(args.host)
  await requireWritable(output, force)
  const trustAnchors = args.ca === undefined ? undefined : await readTrustAnchors(args.ca)
  const subjects = await digestSubjects(args.files, output)
  const { port, rounds, timeout, maxSkew, noClock, tls } = args
  const { statement, report } = await createWithReport({
    ...{ host, port, subjects, rounds, timeout, maxSkew, noClock, version: tls },
    ...(trustAnchors && { trustAnchors }),
  })
  const bytes = encodeStatement(statement)
  await writeWhole(output, bytes, { replace: force })
  print(args.json ? renderJson({ output, report }) : renderSigning(report, output, bytes.length))
  printHints(hintsFor(report))
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

/** Refuses before the network is used; writing decides again. */
async function requireWritable(output: string, force: boolean): Promise<void> {
  const folder = dirname(output)
  const isFolder = await stat(folder).then((entry) => entry.isDirectory())
  if (!isFolder) throw new UsageError(`${folder} is not a folder`)
  await access(folder, constants.W_OK)
  const existing = await lstat(output).catch(() => undefined)
  if (existing?.isDirectory()) throw new UsageError(`${output} is a folder`)
  if (existing && !force) {
    throw new UsageError(`${output} exists already`, [
      'give another name with -o, or overwrite it with --force',
    ])
  }
  // Writing puts a new file in its place, which nobody wants of a device or of what a link leads to.
  if (existing && !existing.isFile()) throw new UsageError(`${output} is not a regular file`)
}

async function digestSubjects(files: readonly string[], output: string): Promise<Subject[]> {
  const subjects: Subject[] = []
  const names = new Set<string>()
  for (const file of files) {
    if (file !== '-' && (await isSameFile(file, output))) {
      throw new UsageError(`${file} is both a file to sign and the output`)
    }
    const name = subjectName(file, output)
    if (names.has(name)) throw new UsageError(`two files would have the name ${name}`)
    names.add(name)
    subjects.push({ name, sha256: await digestInput(file) })
  }
  return subjects
}

async function isSameFile(file: string, output: string): Promise<boolean> {
  const [own, other] = await Promise.all([stat(file), stat(output).catch(() => undefined)])
  return own.ino === other?.ino && own.dev === other.dev
}
