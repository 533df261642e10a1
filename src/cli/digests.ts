// What `verify` compares with the subjects: files, checksum lists, a folder, or what lies beside the statement.

import { statSync } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, posix, resolve, sep } from 'node:path'
import type { Subject } from '../statement/index.ts'
import type { GivenDigest } from '../verify/index.ts'
import { UsageError } from './errors.ts'
import { digestInput, pathWithin, requireInputOnce } from './input.ts'
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
  /** Files in the folder that are no subjects, sorted; no more than MAX_STRANGERS. */
  readonly strangers: readonly string[]
}

/** Digests under the names of the subjects that they are meant for; `path` is the statement's. */
export async function collectDigests(
  sources: ComparedSources,
  subjects: readonly Subject[],
  path: string,
): Promise<Compared> {
  const { files, sums, directory } = sources
  requireInputOnce([...files, ...sums])
  if (files.length === 0 && sums.length === 0 && directory === undefined) {
    return { digests: await digestBeside(path, subjects), strangers: [] }
  }
  const digests: GivenDigest[] = []
  const find = subjectFinder(subjects)
  for (const file of files) {
    const name = file === '-' ? file : firstOf(find, fileNames(file, path))
    digests.push({ name: name ?? file, sha256: await digestCompared(file) })
  }
  for (const list of sums) {
    for (const [i, listed] of (await readChecksumList(list)).entries()) {
      // A list in the order of the subjects, as long as it may be, needs no searching
      const same = subjects[i]?.name === listed.name
      const name = same ? listed.name : (find(listed.name) ?? find(nameFrom(path, listed.name)))
      digests.push(name === undefined || name === listed.name ? listed : { ...listed, name })
    }
  }
  if (directory === undefined) return { digests, strangers: [] }
  for (const each of await digestAll(directory, subjects)) digests.push(each)
  return { digests, strangers: await strangersIn(directory, subjects, path) }
}

/** Finds the subject that a name means: so called, or in another spelling of the same path, "./a" for "a". */
export function subjectFinder(
  subjects: readonly Subject[],
): (name: string | undefined) => string | undefined {
  let exact: Set<string> | undefined
  let spelled: Map<string, string | undefined> | undefined
  return (name) => {
    if (name === undefined) return undefined
    exact ??= new Set(subjects.map((subject) => subject.name))
    if (exact.has(name)) return name
    spelled ??= bySpelling(exact)
    return spelled.get(posix.normalize(name))
  }
}

function firstOf(
  find: (name: string | undefined) => string | undefined,
  names: readonly (string | undefined)[],
): string | undefined {
  for (const name of names) {
    const found = find(name)
    if (found !== undefined) return found
  }
  return undefined
}

/** By normal form, the name; undefined where several have it. */
function bySpelling(names: ReadonlySet<string>): Map<string, string | undefined> {
  const spelled = new Map<string, string | undefined>()
  for (const name of names) {
    const normal = posix.normalize(name)
    spelled.set(normal, spelled.has(normal) ? undefined : name)
  }
  return spelled
}

/** What a subject that is this file may be called: from the statement's folder, as typed, or by its last part. */
function fileNames(file: string, path: string): readonly (string | undefined)[] {
  return [nameFrom(path, file), file, basename(resolve(file))]
}

/** The name of a file seen from the statement's folder, if it is within. */
export function nameFrom(path: string, file: string): string | undefined {
  return pathWithin(dirname(resolve(path)), resolve(file))
    ?.split(sep)
    .join('/')
}

async function digestCompared(file: string): Promise<Uint8Array> {
  if (file !== '-' && (await stat(file)).isDirectory()) {
    throw new UsageError(`${file} is a folder`, ['compare the files in it with --directory'])
  }
  return digestInput(file)
}

/** The subjects that lie beside the statement under their relative names; never outside its folder. */
async function digestBeside(path: string, subjects: readonly Subject[]): Promise<GivenDigest[]> {
  const folder = await realpath(dirname(path))
  const digests: GivenDigest[] = []
  for (const { name } of subjects) {
    const file = await fileWithin(folder, name)
    if (file !== undefined) digests.push({ name, sha256: await digestInput(file) })
  }
  return digests
}

/** All the subjects, each looked for in the folder. */
async function digestAll(
  directory: string,
  subjects: readonly Subject[],
): Promise<readonly GivenDigest[]> {
  const folder = await realpath(directory)
  if (!(await stat(folder)).isDirectory()) throw new UsageError(`${directory} is not a folder`)
  const digests: GivenDigest[] = []
  for (const { name } of subjects) {
    const file = await fileWithin(folder, name)
    digests.push({ name, sha256: file === undefined ? null : await digestInput(file) })
  }
  return digests
}

/** Where the name leads, links followed, when that is a regular file within the folder. */
async function fileWithin(folder: string, name: string): Promise<string | undefined> {
  if (name === '-' || isAbsolute(name) || name.split(/[/\\]/).includes('..')) return undefined
  try {
    const path = join(folder, name)
    // Of a million files that are not there this one tells the soonest
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined
    const file = await realpath(path)
    return pathWithin(folder, file) === undefined ? undefined : file
  } catch {
    return undefined
  }
}

/** Files and links in the folder that no subject is called by; the statement is none. */
async function strangersIn(
  directory: string,
  subjects: readonly Subject[],
  path: string,
): Promise<string[]> {
  const folder = await realpath(directory)
  const own = await realpath(path)
  const names = new Set(subjects.map(({ name }) => posix.normalize(name)))
  const strangers: string[] = []
  const folders = ['']
  for (let inner = folders.pop(); inner !== undefined; inner = folders.pop()) {
    for (const entry of await readdir(join(folder, inner), { withFileTypes: true })) {
      const file = join(inner, entry.name)
      if (entry.isDirectory()) folders.push(file)
      else if (!names.has(file.split(sep).join('/')) && join(folder, file) !== own) {
        strangers.push(file)
        if (strangers.length === MAX_STRANGERS) return strangers.sort()
      }
    }
  }
  return strangers.sort()
}

export const MAX_STRANGERS = 1000
