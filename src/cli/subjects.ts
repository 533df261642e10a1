// What `sign` has signed: files, all files of folders, and digests that others computed.

import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { equal } from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'
import {
  damageOfList,
  damageSentence,
  decodeChecksumList,
  MAX_CHECKSUM_LIST,
  type Subject,
} from '../statement/index.ts'
import { isTemporary } from '../system/index.ts'
import { UsageError } from './errors.ts'
import { entriesIn } from './folder.ts'
import { digestInput, pathWithin, readInput, shownPath, subjectName } from './input.ts'
import { remediesFor } from './remedies.ts'
import { printNote } from './terminal.ts'

export interface SubjectSources {
  readonly files: readonly string[]
  /** Whether a file may be a folder. */
  readonly recursive: boolean
  /** Checksum lists. */
  readonly sums: readonly string[]
  readonly digest: Subject | undefined
}

/**
 * The subjects, in the order of what was given: files, then lists, then the digest. Throws UsageError for two files of
 * one name, and for two digests.
 */
export async function collectSubjects(
  { files, recursive, sums, digest }: SubjectSources,
  output: string,
): Promise<readonly Subject[]> {
  const groups: (readonly Subject[])[] = []
  for (const path of sums) groups.push(await readChecksumList(path))
  const named = await nameFiles(files, recursive, output)
  const digested: Subject[] = []
  for (const [name, file] of named) digested.push({ name, sha256: await digestInput(file) })
  return merged([digested, ...groups, digest ? [digest] : []])
}

/**
 * The digests of a list, where those `expected` need not be made anew; "-" is standard input. Throws UsageError for what is
 * none, and the system's errors.
 */
export async function readChecksumList(
  path: string,
  expected: readonly Subject[] = [],
): Promise<readonly Subject[]> {
  let bytes: Uint8Array | undefined
  try {
    bytes = await readInput(path, MAX_CHECKSUM_LIST)
    return decodeChecksumList(bytes, expected)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    const found = bytes ? damageOfList(bytes) : []
    const why =
      found.length > 0
        ? damageSentence(found)
        : `${error.message.replace(/^ChecksumList at byte \d+: /, '')}${endsWithin(bytes, error.offset)}`
    const hints = remediesFor(found, path)
    throw new UsageError(`${shownPath(path)} is not a list of SHA-256 checksums: ${why}`, hints)
  }
}

/** What is added about a line, which begins at `offset`, when it has no end. */
function endsWithin(bytes: Uint8Array | undefined, offset: number): string {
  if (!bytes || offset === 0 || bytes.indexOf(LINE_FEED, offset) >= 0) return ''
  return '; the file ends within this line, so it may be cut off'
}

const LINE_FEED = 0x0a

/** Joins the groups; a subject that two of them have counts once. */
function merged(groups: readonly (readonly Subject[])[]): readonly Subject[] {
  const [first = [], ...others] = groups.filter((group) => group.length > 0)
  if (others.length === 0) return first
  const subjects = new Map<string, Subject>()
  for (const subject of [first, ...others].flat()) {
    const earlier = subjects.get(subject.name)
    if (earlier === undefined) subjects.set(subject.name, subject)
    else if (!equal(earlier.sha256, subject.sha256)) {
      throw new UsageError(`two digests were given for the name ${subject.name}`)
    }
  }
  return [...subjects.values()]
}

/** Maps each name to the path where its file is read. */
async function nameFiles(
  files: readonly string[],
  recursive: boolean,
  output: string,
): Promise<ReadonlyMap<string, string>> {
  const named = new Map<string, string>()
  const add = (name: string, file: string): void => {
    if (named.has(name)) throw new UsageError(`two files would have the name ${name}`)
    named.set(name, file)
  }
  for (const file of files) {
    const entry = file === '-' ? undefined : await stat(file)
    if (entry?.isDirectory()) {
      if (!recursive) {
        throw new UsageError(`${file} is a folder`, ['sign all the files in it with --recursive'])
      }
      const paths = await filesIn(file, output)
      if (paths.length === 0) throw new UsageError(`${file} contains no files`)
      for (const path of paths) add(nameWithin(file, path, output), join(file, path))
    } else {
      const existing =
        entry && output !== '-' ? await stat(output).catch(() => undefined) : undefined
      if (entry && entry.ino === existing?.ino && entry.dev === existing.dev) {
        throw new UsageError(`${file} is both a file to sign and the output`)
      }
      add(subjectName(file, output), file)
    }
  }
  return named
}

/** As subjectName has it, but that of a folder outside the statement's the last part stays. */
function nameWithin(folder: string, path: string, output: string): string {
  const absolute = resolve(folder)
  const within = pathWithin(dirname(resolve(output)), join(absolute, path))
  return (within ?? join(basename(absolute), path)).split(sep).join('/')
}

/**
 * The regular files in a folder and its folders, relative to it, sorted; without the output. A link to one of these
 * files is a file, too. Throws UsageError for anything else: what is signed as a folder should be all of it.
 */
async function filesIn(folder: string, output: string): Promise<string[]> {
  const root = await realpath(folder)
  const outputPath =
    output === '-' ? undefined : join(await realpath(dirname(output)), basename(output))
  const files: string[] = []
  for await (const { path, entry, isMisspelt } of entriesIn(root)) {
    if (isMisspelt) {
      throw new UsageError(
        `${join(folder, path)} has a name that is not UTF-8, which no statement can contain`,
      )
    }
    if (entry.isFile() && isTemporary(entry.name)) {
      printNote(`left out: ${join(folder, path)}, which an interrupted run left behind`)
    } else if (entry.isFile() || entry.isSymbolicLink()) {
      const file = entry.isFile() ? join(root, path) : await linkedFile(root, path, folder)
      if (file !== outputPath) files.push(path)
    } else throw new UsageError(`${join(folder, path)} is neither a file nor a folder`)
  }
  return files.sort()
}

/** What a link in the folder leads to. */
async function linkedFile(root: string, path: string, folder: string): Promise<string> {
  const shown = join(folder, path)
  const file = await realpath(join(root, path)).catch(() => undefined)
  if (file === undefined) throw new UsageError(`${shown} is a link that leads nowhere`)
  if (pathWithin(root, file) === undefined) {
    throw new UsageError(`${shown} is a link that leads out of ${folder}`)
  }
  if ((await stat(file)).isFile()) return file
  throw new UsageError(`${shown} is a link to something other than a regular file`)
}
