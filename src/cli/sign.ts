// tls-stamp sign HOST PORT FILE...

import { stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import type { Subject } from '../commitment.ts'
import { createWithReport } from '../node/create.ts'
import { writeWhole } from '../node/files.ts'
import { readTrustAnchors } from '../node/trust.ts'
import { encodeStatement } from '../statement.ts'
import { canonicalHost, digestInput, UsageError } from './input.ts'
import { renderJson, renderSigning } from './render.ts'
import { print } from './terminal.ts'

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
  const { port, rounds, timeout, maxSkew, noClock } = args
  const { statement, report } = await createWithReport({
    ...{ host, port, subjects, rounds, timeout, maxSkew, noClock },
    ...(trustAnchors && { trustAnchors }),
  })
  const bytes = encodeStatement(statement)
  await writeWhole(output, bytes, { replace: force })
  print(args.json ? renderJson({ output, report }) : renderSigning(report, output, bytes.length))
  return 0
}

/** Refuses before the network is used; writing decides again. */
async function requireWritable(output: string, force: boolean): Promise<void> {
  const folder = await stat(dirname(output)).catch(() => undefined)
  if (!folder?.isDirectory()) throw new UsageError(`there is no folder ${dirname(output)}`)
  const existing = await stat(output).catch(() => undefined)
  if (existing?.isDirectory()) throw new UsageError(`${output} is a folder`)
  if (existing && !force) {
    throw new UsageError(`${output} exists already`, [
      'give another name with -o, or overwrite it with --force',
    ])
  }
}

async function digestSubjects(files: readonly string[], output: string): Promise<Subject[]> {
  const subjects: Subject[] = []
  const names = new Set<string>()
  for (const file of files) {
    if (file !== '-' && resolve(file) === resolve(output)) {
      throw new UsageError(`${file} is both a file to sign and the output`)
    }
    const name = subjectName(file, output)
    if (names.has(name)) throw new UsageError(`two files would have the name ${name}`)
    names.add(name)
    subjects.push({ name, sha256: await digestInput(file) })
  }
  return subjects
}

/** The path from the statement's folder when the file is within it, so that `verify` finds it there; else its name. */
function subjectName(file: string, output: string): string {
  if (file === '-') return '-'
  const path = relative(dirname(resolve(output)), resolve(file))
  const outside = path === '' || path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)
  return outside ? basename(resolve(file)) : path.split(sep).join('/')
}
