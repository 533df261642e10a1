// tls-stamp extract: statements over one subject each, cut out of a statement over many (RFC 9162 §2.1.3).

import { realpath } from 'node:fs/promises'
import { basename, dirname, join, posix } from 'node:path'
import { printable } from '../../encoding/index.ts'
import {
  commitsTo,
  cutOut,
  encodeStatement,
  MAX_STATEMENT,
  type SignedStatement,
  type Subject,
} from '../../statement/index.ts'
import { hashIntoNative, writeAll } from '../../system/index.ts'
import { decodeClientHello } from '../../tls/index.ts'
import { type Command, defineCommand } from '../command.ts'
import { nameFrom } from '../digests.ts'
import { CallError, UsageError } from '../errors.ts'
import { shownPath } from '../input.ts'
import { force, json, output } from '../options.ts'
import { isSecret, requireWritable, type Writing, writeFileOrStream } from '../output.ts'
import { similarNames } from '../similar-names.ts'
import { decodeStatementFile, EXTENSION, readStatementFile } from '../statement-file.ts'
import { printResult } from '../terminal.ts'
import { row, writtenRow } from '../text/report.ts'

export const extract: Command = defineCommand({
  about: [
    'Extracts a statement for each NAME from a statement over several subjects. What it writes is complete by itself, and does not reveal the names and digests of the other subjects.',
  ],
  operands: [
    ['STATEMENT', 'a file that sign wrote; - is standard input'],
    ['NAME', 'the name of one of its subjects'],
  ],
  example: 'signed_statement dist/tool.tar.gz',
  options: {
    output: output({
      describe: 'where to write the statement for a single NAME; - is standard output',
      without: `NAME${EXTENSION} beside STATEMENT`,
    }),
    force,
    json,
  },
  run: async ([path, ...names], { output, force, json }) => {
    if (path === undefined || names.length === 0) {
      throw new CallError('expected STATEMENT and NAME')
    }
    if (output !== undefined && names.length > 1) {
      throw new UsageError(`expected one NAME with --output, got ${names.length}`)
    }
    const parts = cutOutOf(await readStatementFile(path), names, path)
    const outputs = parts.map(
      ({ subjects: [subject] }) => output ?? join(dirname(path), outputName(subject)),
    )
    await requireOutputs(outputs, path, { force, json })
    if (!parts.every(isCommitted)) {
      throw new UsageError(
        `${shownPath(path)} is not valid: its first round does not cover these subjects`,
      )
    }
    const written = await writeParts(parts, outputs, force)
    printResult(json, { statement: path, files: written }, () => text(written))
    return 0
  },
})

/** Writes all of them or none. */
async function writeParts(
  parts: readonly SignedStatement[],
  outputs: readonly string[],
  replace: boolean,
): Promise<readonly Written[]> {
  const contents = parts.map(encodeStatement)
  const files = parts.map((part, i) => ({
    path: outputs[i] ?? '',
    content: contents[i] ?? NOTHING,
    secret: isSecret(part),
  }))
  const [only, ...others] = files
  if (only && others.length === 0) await writeFileOrStream(only, { replace })
  else await writeAll(files, { replace })
  return parts.map(({ subjects: [subject] }, i) => ({
    name: subject?.name ?? '',
    output: outputs[i] ?? '',
    size: contents[i]?.length ?? 0,
    leafIndex: subject?.inclusionProof?.leafIndex ?? 0,
    treeSize: subject?.inclusionProof?.treeSize ?? 0,
  }))
}

interface Written {
  readonly name: string
  readonly output: string
  /** Bytes. */
  readonly size: number
  readonly leafIndex: number
  readonly treeSize: number
}

function text(written: readonly Written[]): string {
  const lines = written.map(({ name, output, size, treeSize }) => {
    const what = `${printable(name)}, one of ${treeSize} subjects`
    return [row('extracted', what), writtenRow(output, size)]
  })
  return lines.flat().join('\n')
}

function cutOutOf(bytes: Uint8Array, names: readonly string[], path: string): SignedStatement[] {
  const parts = cutOut(bytes, names, hashIntoNative)
  if (parts) return parts
  const statement = decodeStatementFile(bytes, path)
  requireList(statement, path)
  const found = findSubjects(names, statement.subjects, path)
  const others = cutOut(encodeStatement(statement), found, hashIntoNative)
  if (others) return others
  throw new UsageError(`${shownPath(path)} holds a statement of more than ${MAX_STATEMENT} bytes`)
}

/** What was cut out of a broken statement would look like a forgery. */
function isCommitted({ subjects, rounds: [first] }: SignedStatement): boolean {
  try {
    return first !== undefined && commitsTo(subjects, decodeClientHello(first.clientHello).random)
  } catch {
    return false
  }
}

function requireList({ subjects, renewals }: SignedStatement, path: string): void {
  const [first] = subjects
  if (subjects.length === 1) {
    const proof = first?.inclusionProof
    throw new UsageError(
      proof
        ? `${shownPath(path)} was already extracted from a list, so there is nothing to extract`
        : `${shownPath(path)} covers only one subject, so there is nothing to extract`,
    )
  }
  if (renewals === undefined) return
  throw new UsageError(
    `${shownPath(path)} has been renewed, and a renewal covers the whole statement`,
    ['extract from the statement as it was before, then renew what was extracted'],
  )
}

function findSubjects(
  names: readonly string[],
  subjects: readonly Subject[],
  path: string,
): string[] {
  const find = nameFinder(subjects)
  return names.map((typed) => {
    const called = (name: string | undefined): number =>
      subjects.findIndex((subject) => subject.name === name)
    // The finder makes an index of all the subjects, which most names do without
    const exact = called(typed)
    const index = exact < 0 ? called(find(typed) ?? find(nameFrom(path, typed))) : exact
    if (index < 0) throw noSubject(typed, subjects, path)
    const { name } = subjects[index] as Subject
    if (subjects.slice(index + 1).some((subject) => subject.name === name)) {
      throw new UsageError(`several subjects of ${shownPath(path)} have the name ${name}`)
    }
    return name
  })
}

/** Finds the subject that is so called in another spelling of the same path, "./a" for "a". */
function nameFinder(
  subjects: readonly Subject[],
): (name: string | undefined) => string | undefined {
  let spelled: Map<string, string | undefined> | undefined
  return (name) => {
    if (name === undefined) return undefined
    spelled ??= bySpelling(new Set(subjects.map((subject) => subject.name)))
    return spelled.get(posix.normalize(name))
  }
}

/** Maps the normal form of each name to the name; to undefined where several have it. */
function bySpelling(names: ReadonlySet<string>): Map<string, string | undefined> {
  const spelled = new Map<string, string | undefined>()
  for (const name of names) {
    const normal = posix.normalize(name)
    spelled.set(normal, spelled.has(normal) ? undefined : name)
  }
  return spelled
}

function noSubject(name: string, subjects: readonly Subject[], path: string): UsageError {
  const similar = similarNames(
    name,
    subjects.map((subject) => subject.name),
  )
  const hint =
    similar.length > 0
      ? `did you mean ${similar.join(' or ')}?`
      : `one of its ${subjects.length} subjects is ${subjects[0]?.name}`
  return new UsageError(`${shownPath(path)} has no subject ${name}`, [hint])
}

function outputName(subject: Subject | undefined): string {
  return `${basename(subject?.name ?? '')}${EXTENSION}`
}

async function requireOutputs(
  outputs: readonly string[],
  path: string,
  writing: Writing,
): Promise<void> {
  const own = path === '-' ? undefined : await realpath(path)
  for (const [i, output] of outputs.entries()) {
    if (outputs.indexOf(output) < i) {
      throw new UsageError(`two statements would be written to ${output}`, [
        'extract one at a time, with -o',
      ])
    }
    if (own !== undefined && (await realpath(output).catch(() => undefined)) === own) {
      throw new UsageError(`${output} is both the statement and the output`)
    }
    await requireWritable(output, writing)
  }
}

const NOTHING = new Uint8Array(0)
