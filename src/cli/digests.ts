// What `verify` compares with the subjects: files, checksum lists, a folder, or what lies beside the statement.

import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, posix, resolve, sep } from 'node:path'
import type { Subject } from '../statement/index.ts'
import { digestEachOnce } from '../system/index.ts'
import { type GivenDigest, type SubjectFinder, subjectFinder } from '../verify/index.ts'
import { UsageError } from './errors.ts'
import { entriesIn, fileWithin, spellingIn } from './folder.ts'
import { digestInput, pathWithin } from './input.ts'
import { readSignedList } from './signed-list.ts'
import { readChecksumList } from './subjects.ts'

export interface ComparedSources {
  readonly files: readonly string[]
  /** Checksum lists. */
  readonly sums: readonly string[]
  /** A folder that all the subjects should be in. */
  readonly directory: string | undefined
}

export interface Compared {
  readonly digests: readonly GivenDigest[]
  /** What was found by a subject's name and is no file to compare, and why; no more than MAX_STRANGERS. */
  readonly refused: readonly string[]
  /** Files in the folder that are no subjects and in no list, sorted; no more than MAX_STRANGERS. */
  readonly strangers: readonly string[]
  /** What a list names that is the only subject, and the files of the folder that it is compared with. */
  readonly listed?: ComparedList
}

export interface ComparedList {
  readonly subjects: readonly Subject[]
  readonly digests: readonly GivenDigest[]
}

/** Whether anything was given to compare; else it is looked for beside the statement. */
export function hasSources({ files, sums, directory }: ComparedSources): boolean {
  return files.length > 0 || sums.length > 0 || directory !== undefined
}

/** Refuses what can't be compared before any work is done. Throws UsageError, and the system's errors. */
export async function requireSources({ files, directory }: ComparedSources): Promise<void> {
  for (const file of files) {
    if (file !== '-' && (await stat(file)).isDirectory()) {
      throw new UsageError(`${file} is a folder`, ['compare the files in it with --directory'])
    }
  }
  if (directory !== undefined && !(await stat(directory)).isDirectory()) {
    throw new UsageError(`${directory} is not a folder`)
  }
}

/** The digests of what is to be compared, under names that subjectFinder knows; `path` is the statement's. */
export async function collectDigests(
  sources: ComparedSources,
  subjects: readonly Subject[],
  path: string,
): Promise<Compared> {
  const { files, sums, directory } = sources
  const search: Search = { digest: digestEachOnce(), digests: [], refused: [] }
  const { digests, refused } = search
  if (!hasSources(sources)) {
    await searchBeside(search, subjects, path)
    return { digests, refused, strangers: [] }
  }
  const nameOf = subjectNamer(subjects)
  for (const file of files) {
    const seen = nameFrom(path, file) ?? resolve(file).split(sep).join('/')
    const name = file === '-' ? file : nameOf(seen, file)
    digests.push({ name, sha256: await digestInput(file, search.digest) })
  }
  for (const list of sums) {
    for (const [i, listed] of (await readChecksumList(list, subjects)).entries()) {
      // A list in the order of the subjects, as long as it may be, needs no searching
      const same = subjects[i]?.name === listed.name
      digests.push(same ? listed : { ...listed, name: nameOf(listed.name, listed.name) })
    }
  }
  if (directory === undefined) return { digests, refused, strangers: [] }
  const list = await readSignedList(subjects, [
    ...(await pathsOf(subjects, [directory, dirname(path)])),
    ...files.filter((file) => file !== '-'),
  ])
  await searchFolder(search, subjects, directory, list !== undefined)
  if (list === undefined) {
    return { digests, refused, strangers: await strangersIn(directory, subjects, path) }
  }
  const listed: Search = { ...search, digests: [] }
  await searchFolder(listed, list, directory)
  const strangers = await strangersIn(directory, [...subjects, ...list], path)
  return { digests, refused, strangers, listed: { subjects: list, digests: listed.digests } }
}

/** Where a single subject is in these folders. */
async function pathsOf(
  [subject]: readonly Subject[],
  folders: readonly string[],
): Promise<readonly string[]> {
  const found = folders.map(async (each) => {
    const at = await fileWithin(await realpath(each), subject?.name ?? '')
    return at && 'file' in at ? [at.file] : []
  })
  return (await Promise.all(found)).flat()
}

interface Search {
  readonly digest: ReturnType<typeof digestEachOnce>
  readonly digests: GivenDigest[]
  readonly refused: string[]
}

/** Names what lies at `path` by the subject that it means, or as it was `typed` when that leaves it open. */
function subjectNamer(subjects: readonly Subject[]): (path: string, typed: string) => string {
  let find: SubjectFinder | undefined
  // Many paths may mean the same many subjects, which are gone through once
  const known = new Map<readonly number[], string | undefined>()
  return (path, typed) => {
    find ??= subjectFinder(subjects.map(({ name }) => name))
    const meant = find(path)
    if (!known.has(meant)) {
      const names = new Set(meant.map((i) => subjects[i]?.name))
      known.set(meant, names.size === 1 ? [...names][0] : undefined)
    }
    return known.get(meant) ?? typed
  }
}

/** The name of a file seen from the statement's folder, if it is within. */
export function nameFrom(path: string, file: string): string | undefined {
  return pathWithin(dirname(resolve(path)), resolve(file))
    ?.split(sep)
    .join('/')
}

/**
 * Looks beside the statement for each subject: by its name, then by the last part of that, then, for a single one, by the
 * statement's own name without its extension.
 */
async function searchBeside(
  search: Search,
  subjects: readonly Subject[],
  path: string,
): Promise<void> {
  const folder = await realpath(dirname(path))
  const stem = basename(path, extname(path))
  const looked = new Set<string>()
  /** Whose name it is in part only, the finder decides. */
  const lookFor = async (name: string): Promise<boolean> => {
    if (looked.has(name)) return true
    looked.add(name)
    return searchFor(search, folder, name, name)
  }
  for (const { name } of subjects) {
    const last = posix.basename(name)
    if ((await lookFor(name)) || (last !== name && (await lookFor(last)))) continue
    if (subjects.length === 1 && stem !== last && stem !== basename(path)) {
      // A guess, so that a folder of that name says nothing of the subject
      if (!(await isFolder(join(folder, stem)))) await searchFor(search, folder, stem, name)
    }
  }
}

/** Looks for every subject by its name; one that is not in the folder is missing, unless it was read `elsewhere`. */
async function searchFolder(
  search: Search,
  subjects: readonly Subject[],
  directory: string,
  elsewhere = false,
): Promise<void> {
  const folder = await realpath(directory)
  for (const { name, sha256 } of new Map(subjects.map((each) => [each.name, each])).values()) {
    if (await searchFor(search, folder, name, name)) continue
    search.digests.push({ name, sha256: elsewhere ? sha256 : null })
  }
}

/** Takes the file of a name in the folder as the subject `subject`; gives whether there was anything of that name. */
async function searchFor(
  { digest, digests, refused }: Search,
  folder: string,
  name: string,
  subject: string,
): Promise<boolean> {
  const found = await fileWithin(folder, name)
  if (found === undefined) return false
  if ('file' in found) {
    digests.push({ name: subject, sha256: await digestInput(found.file, digest) })
    return true
  }
  if (refused.length < MAX_STRANGERS) refused.push(`${name} ${found.why}`)
  digests.push({ name: subject, sha256: null })
  return true
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}

/** Files and links in the folder that no subject is called by; the statement is none. */
async function strangersIn(
  directory: string,
  subjects: readonly Subject[],
  path: string,
): Promise<string[]> {
  const folder = await realpath(directory)
  const own = path === '-' ? undefined : await realpath(path)
  const names = new Set(subjects.map(({ name }) => posix.normalize(name)))
  const strangers: string[] = []
  const composed = new Map([...names].map((name) => [name.normalize('NFC'), name]))
  for await (const { path: name, isMisspelt } of entriesIn(folder)) {
    if (names.has(name) || join(folder, name) === own) continue
    const meant = composed.get(name.normalize('NFC'))
    if (meant !== undefined && spellingIn(folder, meant) === name) continue
    strangers.push(isMisspelt ? `${name}, a name that is not UTF-8` : name)
    if (strangers.length === MAX_STRANGERS) break
  }
  return strangers.sort()
}

export const MAX_STRANGERS = 1000
