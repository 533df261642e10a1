// Which of the files given the verifier compares with the subjects, and what each of them came to.

import {
  compareSubjects,
  type DigestState,
  type GivenDigest,
  type Subject,
  toHex,
} from '../../index.ts'
import type { FileState, HashedFile, Judging } from '../tasks.ts'

/** What the verifier compares, and for each file its place in that; undefined for one that is not compared. */
export interface Selection {
  readonly digests: readonly GivenDigest[]
  readonly places: readonly (number | undefined)[]
}

type NamedDigest = Pick<Subject, 'name' | 'sha256'>

/**
 * Selects what is compared. A file given by itself has to be the subject that it is called by. Of a folder, a file counts
 * that has a subject's whole name, seen from some folder, or a subject's digest; and every subject has to be there.
 */
export function selectDigests(
  subjects: readonly NamedDigest[],
  { files, isFolder }: Pick<Judging, 'files' | 'isFolder'>,
): Selection {
  const names = new Set(subjects.map(({ name }) => name))
  const known = new Set(isFolder ? subjects.map(({ sha256 }) => toHex(sha256)) : [])
  const digestOf = ({ path, sha256, isInFolder }: HashedFile): GivenDigest | undefined => {
    if (!isInFolder) return { name: path, sha256 }
    const name = endsOf(path).find((end) => names.has(end))
    if (name !== undefined) return { name, sha256 }
    return known.has(toHex(sha256)) ? { sha256 } : undefined
  }
  const digests: GivenDigest[] = []
  const places = files.map((file) => {
    const digest = digestOf(file)
    return digest && digests.push(digest) - 1
  })
  if (!isFolder) return { digests, places }
  return { digests: [...digests, ...missingFrom(digests, subjects)], places }
}

/** Says what each file came to. */
export function stateFiles(
  subjects: readonly NamedDigest[],
  { digests, places }: Selection,
): readonly FileState[] {
  if (places.length === 0) return []
  const { digests: states } = compareSubjects(subjects, digests)
  return places.map((place) => {
    const state = place === undefined ? undefined : states[place]
    return state === undefined ? 'not a subject' : STATES[state]
  })
}

/** Lists the subjects that no file is: neither by its name nor, where it has none of theirs, by its digest. */
function missingFrom(
  digests: readonly GivenDigest[],
  subjects: readonly NamedDigest[],
): readonly GivenDigest[] {
  const named = new Set(digests.map(({ name }) => name))
  const unnamed = digests.filter(({ name }) => name === undefined)
  const others = new Set(unnamed.map(({ sha256 }) => sha256 && toHex(sha256)))
  return subjects
    .filter(({ name, sha256 }) => !named.has(name) && !others.has(toHex(sha256)))
    .map(({ name }) => ({ name, sha256: null }))
}

/** Gives a path, and what is left of it without the folders in front. */
function endsOf(path: string): string[] {
  const parts = path.split('/').slice(-MAX_DEPTH)
  return [path, ...parts.map((_, i) => parts.slice(i).join('/'))]
}

const STATES: Readonly<Record<DigestState, FileState>> = {
  same: 'unaltered',
  altered: 'ALTERED',
  'other-subject': 'content of another subject',
  'missing-file': 'none of the subjects',
  'no-such-subject': 'none of the subjects',
}

const MAX_DEPTH = 32
