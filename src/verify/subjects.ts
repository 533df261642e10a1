// The caller's digests against a statement's subjects (SPEC.md §3).

import { equal, listedUpTo, toHex } from '../encoding/index.ts'
import type { Subject } from '../statement/index.ts'
import { type SubjectFinder, subjectFinder } from './names.ts'
import { type Check, check, type SubjectReport } from './report.ts'

/** A file that the caller has hashed, or looked for. */
export interface GivenDigest {
  /**
   * What the file is called, also a path: the subjects that `subjectFinder` finds for it are those that it has to be. A
   * name that means no subject, and no name, leave it to the digest.
   */
  readonly name?: string
  /** 32 bytes; null when there is no file of that name. */
  readonly sha256: Uint8Array | null
}

export interface Comparison {
  readonly subjects: readonly SubjectReport[]
  readonly check: Check
  /** What each given digest came to, in their order. */
  readonly digests: readonly DigestState[]
}

/**
 * What is wrong with a file: it is not what the subject of its name is, and no other either ("altered"); it is what
 * another subject is; it is not there; it is none of the subjects, and not called as any.
 */
export type DigestFault = 'altered' | 'other-subject' | 'missing-file' | 'no-such-subject'
export type DigestState = 'same' | DigestFault

/**
 * Compares digests with the subjects that their names mean, else with all of them. One that is none of these fails, and
 * so does a file that is missing. When nothing was compared, the check is unknown, unless the statement is to be judged
 * alone. The order of the digests does not matter, except for which names the check's message tells. Throws TypeError
 * or RangeError for a digest that is not 32 bytes, and for a missing file without a name.
 */
export function compareSubjects(
  subjects: readonly Subject[],
  digests: readonly GivenDigest[],
  statementOnly = false,
): Comparison {
  if (!Array.isArray(digests)) throw new TypeError('expected digests as a list')
  for (const digest of digests) requireDigest(digest)
  const { states, faults, each } = isEachItself(subjects, digests)
    ? { states: [], faults: NO_FAULTS, each: digests.map((): DigestState => 'same') }
    : compareEach(subjects, digests)
  return {
    subjects: subjects.map(({ name, sha256 }, i) => reported(name, sha256, states[i] ?? 'same')),
    check: faultCheck(faults) ?? extentCheck(states, subjects.length, statementOnly),
    digests: each,
  }
}

type State = 'open' | 'missing' | 'altered' | 'same'
/** What the files with each fault are called. */
type Faults = ReadonlyMap<DigestFault, ReadonlySet<string>>

/** Tells whether each digest is its subject's own, as in signing, where a million subjects are compared with themselves. */
function isEachItself(subjects: readonly Subject[], digests: readonly GivenDigest[]): boolean {
  if (subjects.length !== digests.length) return false
  return subjects.every(({ name, sha256 }, i) => {
    const digest = digests[i]
    return digest?.name === name && digest.sha256 !== null && equal(digest.sha256, sha256)
  })
}

interface Compared {
  readonly states: readonly State[]
  readonly faults: Faults
  readonly each: readonly DigestState[]
}

function compareEach(subjects: readonly Subject[], digests: readonly GivenDigest[]): Compared {
  const states = subjects.map((): State => 'open')
  const faults = new Map<DigestFault, Set<string>>()
  let finder: SubjectFinder | undefined
  const named: SubjectFinder = (name) => {
    // Where nothing is compared, a million names need no index
    finder ??= subjectFinder(subjects.map((subject) => subject.name))
    return finder(name)
  }
  const matching = indexDigests(subjects)
  const all = subjects.map((_, i) => i)
  const marked = new Map<readonly number[], State>()
  // Each list of subjects is gone through once for each state, however many digests lead to it
  const mark = (list: readonly number[], state: State): void => {
    if (RANK[marked.get(list) ?? 'open'] >= RANK[state]) return
    marked.set(list, state)
    for (const i of list) if (RANK[states[i] ?? 'open'] < RANK[state]) states[i] = state
  }
  const note = (code: DigestFault, name: string): DigestFault => {
    const names = faults.get(code)
    if (names) names.add(name)
    else faults.set(code, new Set([name]))
    return code
  }
  // A path that may mean subjects of different names says of none that it is altered
  const oneName = new Map<readonly number[], boolean>()
  const isOneName = (list: readonly number[]): boolean => {
    const [first = 0] = list
    const known =
      oneName.get(list) ?? list.every((i) => subjects[i]?.name === subjects[first]?.name)
    oneName.set(list, known)
    return known
  }
  const compareOne = ({ name = '', sha256 }: GivenDigest): DigestState => {
    const meant = name === '' ? [] : named(name)
    if (sha256 === null) {
      mark(meant, 'missing')
      return note('missing-file', name)
    }
    const same = matching(meant.length > 0 ? meant : all, sha256)
    if (same) {
      mark(same, 'same')
      return 'same'
    }
    const isSure = isOneName(meant)
    if (isSure) mark(meant, 'altered')
    const [other] = meant.length > 0 ? (matching(all, sha256) ?? []) : []
    if (other !== undefined) {
      return note('other-subject', `${name} has the content of ${subjects[other]?.name}`)
    }
    const isAltered = meant.length > 0 && isSure
    return note(isAltered ? 'altered' : 'no-such-subject', name || toHex(sha256))
  }
  return { each: digests.map(compareOne), states, faults }
}

/** Makes a finder of those of a list of subjects that have a digest. */
function indexDigests(
  subjects: readonly Subject[],
): (list: readonly number[], sha256: Uint8Array) => readonly number[] | undefined {
  const known = new Map<readonly number[], ReadonlyMap<string, readonly number[]>>()
  return (list, sha256) => {
    const [first] = list
    // Most names mean one subject, which needs no index
    if (first !== undefined && list.length === 1) {
      return equal((subjects[first] as Subject).sha256, sha256) ? list : undefined
    }
    let index = known.get(list)
    if (index === undefined) {
      index = indexBy(list, (i) => toHex((subjects[i] as Subject).sha256))
      known.set(list, index)
    }
    return index.get(toHex(sha256))
  }
}

function indexBy(
  list: readonly number[],
  key: (i: number) => string,
): ReadonlyMap<string, readonly number[]> {
  const index = new Map<string, number[]>()
  for (const i of list) {
    const own = key(i)
    const entry = index.get(own)
    if (entry) entry.push(i)
    else index.set(own, [i])
  }
  return index
}

function reported(name: string, sha256: Uint8Array, state: State): SubjectReport {
  if (state === 'missing') return { name, sha256, matched: false, missing: true }
  return { name, sha256, matched: state === 'open' ? null : state === 'same' }
}

/** Makes the check of the worst fault, with its files and behind them those with other faults. */
function faultCheck(faults: Faults): Check | undefined {
  const found = FAULTS.filter(([code]) => faults.has(code))
  const [worst] = found
  if (worst === undefined) return undefined
  const lists = found.map(([code, title], i) => {
    const names = listedUpTo(MAX_NAMED, [...(faults.get(code) ?? [])])
    return i === 0 ? names : `${title}: ${names}`
  })
  return check('subjects', 'fail', worst[0], lists.join('; '))
}

function extentCheck(states: readonly State[], total: number, statementOnly: boolean): Check {
  const left = states.filter((state) => state === 'open').length
  if (left === 0) return check('subjects', 'pass', 'all-compared')
  if (left === total) {
    return statementOnly
      ? check('subjects', 'pass', 'statement-only')
      : check('subjects', 'unknown', 'none-compared')
  }
  const extent = `${total - left} of ${total}; ${left} not compared`
  return check('subjects', 'pass', 'some-compared', extent)
}

function requireDigest({ name = '', sha256 }: GivenDigest): void {
  if (typeof name !== 'string') throw new TypeError('expected the name of a digest as a string')
  if (sha256 === null) {
    if (name === '') throw new TypeError('expected the name of the file that is missing')
    return
  }
  if (!(sha256 instanceof Uint8Array)) throw new TypeError('expected sha256 as a Uint8Array')
  if (sha256.length !== 32)
    throw new RangeError(`expected sha256 of 32 bytes, got ${sha256.length}`)
}

/** The faults, the worst first, and what files with it are called behind a worse one. */
const FAULTS = [
  ['altered', 'altered'],
  ['other-subject', 'with the content of another subject'],
  ['missing-file', 'missing'],
  ['no-such-subject', 'no subject'],
] as const satisfies readonly (readonly [DigestFault, string])[]

/** A file that is the subject outdoes one that is not: of namesakes each may be given. */
const RANK: Readonly<Record<State, number>> = { open: 0, missing: 1, altered: 2, same: 3 }

const NO_FAULTS: Faults = new Map()
/** The most names in a message. */
const MAX_NAMED = 5
