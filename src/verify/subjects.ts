// The caller's digests against a statement's subjects (SPEC.md §3).

import { equal, toHex } from '../encoding/index.ts'
import type { Subject } from '../statement/index.ts'
import { type Check, check, type SubjectReport } from './report.ts'

/** A file that the caller has hashed, or looked for. */
export interface GivenDigest {
  /** The subject it should be; a name that no subject has, and no name, leave it to the digest. */
  readonly name?: string
  /** 32 bytes; null when there is no file of that name. */
  readonly sha256: Uint8Array | null
}

export interface Comparison {
  readonly subjects: readonly SubjectReport[]
  readonly check: Check
}

/**
 * A digest belongs to the subjects of its name, else to those with the same digest. One that is none of them fails, and
 * so does a file that is missing. The order of the digests does not matter, but for which names the check's message
 * tells. Throws TypeError or RangeError for a digest that is not 32 bytes, and for a missing file without a name.
 */
export function compareSubjects(
  subjects: readonly Subject[],
  digests: readonly GivenDigest[],
): Comparison {
  for (const digest of digests) requireDigest(digest)
  const { states, faults } = isEachItself(subjects, digests)
    ? { states: [], faults: NO_FAULTS }
    : compareEach(subjects, digests)
  return {
    subjects: subjects.map(({ name, sha256 }, i) => reported(name, sha256, states[i] ?? 'same')),
    check: faultCheck(faults) ?? extentCheck(states, subjects.length),
  }
}

type State = 'open' | 'missing' | 'altered' | 'same'
type Fault = 'altered' | 'missing-file' | 'no-such-subject'
/** By fault, what its files are called. */
type Faults = ReadonlyMap<Fault, ReadonlySet<string>>

/** As in signing, where a million subjects are compared with themselves. */
function isEachItself(subjects: readonly Subject[], digests: readonly GivenDigest[]): boolean {
  if (subjects.length !== digests.length) return false
  return subjects.every(({ name, sha256 }, i) => {
    const digest = digests[i]
    return digest?.name === name && digest.sha256 !== null && equal(digest.sha256, sha256)
  })
}

function compareEach(
  subjects: readonly Subject[],
  digests: readonly GivenDigest[],
): { readonly states: readonly State[]; readonly faults: Faults } {
  const states = subjects.map((): State => 'open')
  const faults = new Map<Fault, Set<string>>()
  const index = indexSubjects(subjects)
  const marked = new Map<readonly number[], State>()
  // Each list of subjects is gone through once for each state, however many digests lead to it
  const mark = (list: readonly number[], state: State): void => {
    if (RANK[marked.get(list) ?? 'open'] >= RANK[state]) return
    marked.set(list, state)
    for (const i of list) if (RANK[states[i] ?? 'open'] < RANK[state]) states[i] = state
  }
  const fault = (code: Fault, name: string): void => {
    const names = faults.get(code)
    if (names) names.add(name)
    else faults.set(code, new Set([name]))
  }
  for (const { name = '', sha256 } of digests) {
    const namesakes = index.named(name)
    const hits = sha256 && (namesakes ? index.among(namesakes, sha256) : index.anywhere(sha256))
    if (hits) mark(hits, 'same')
    else if (sha256 === null) {
      mark(namesakes ?? NONE, 'missing')
      fault('missing-file', name)
    } else {
      mark(namesakes ?? (subjects.length === 1 ? ONLY : NONE), 'altered')
      fault(namesakes ? 'altered' : 'no-such-subject', name || toHex(sha256))
    }
  }
  return { states, faults }
}

interface SubjectIndex {
  readonly named: (name: string) => readonly number[] | undefined
  readonly among: (
    namesakes: readonly number[],
    sha256: Uint8Array,
  ) => readonly number[] | undefined
  readonly anywhere: (sha256: Uint8Array) => readonly number[] | undefined
}

function indexSubjects(subjects: readonly Subject[]): SubjectIndex {
  const hexOf = (i: number): string => toHex((subjects[i] as Subject).sha256)
  const all = subjects.map((_, i) => i)
  const byName = indexBy(all, (i) => (subjects[i] as Subject).name)
  // By digest only once that is asked for: most digests have a name
  const byDigest = new Map<readonly number[], ReadonlyMap<string, readonly number[]>>()
  const within = (list: readonly number[], sha256: Uint8Array): readonly number[] | undefined => {
    const known = byDigest.get(list) ?? indexBy(list, hexOf)
    byDigest.set(list, known)
    return known.get(toHex(sha256))
  }
  return {
    named: (name) => byName.get(name),
    among: (namesakes, sha256) => {
      const [first] = namesakes
      if (first === undefined || namesakes.length > 1) return within(namesakes, sha256)
      return equal((subjects[first] as Subject).sha256, sha256) ? namesakes : undefined
    },
    anywhere: (sha256) => within(all, sha256),
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

/** The worst fault's sentence, and its files; behind it those with other faults. */
function faultCheck(faults: Faults): Check | undefined {
  const found = FAULTS.filter(([code]) => faults.has(code))
  const [worst] = found
  if (worst === undefined) return undefined
  const lists = found.map(([code, title], i) => {
    const names = listed([...(faults.get(code) ?? [])])
    return i === 0 ? names : `${title}: ${names}`
  })
  return check('subjects', 'fail', worst[0], lists.join('; '))
}

function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMED
  return `${names.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function extentCheck(states: readonly State[], total: number): Check {
  const left = states.filter((state) => state === 'open').length
  if (left === 0) return check('subjects', 'pass', 'all-compared')
  if (left === total) return check('subjects', 'pass', 'none-compared')
  const extent = `${total - left} of ${total}; not compared: ${left}`
  return check('subjects', 'pass', 'some-compared', extent)
}

function requireDigest({ name = '', sha256 }: GivenDigest): void {
  if (sha256 === null) {
    if (name === '') throw new TypeError('expected the name of the file that is missing')
    return
  }
  if (!(sha256 instanceof Uint8Array)) throw new TypeError('expected sha256 as a Uint8Array')
  if (sha256.length !== 32)
    throw new RangeError(`expected sha256 of 32 bytes, got ${sha256.length}`)
}

/** The worst first, and what files with it are called behind a worse one. */
const FAULTS = [
  ['altered', 'altered'],
  ['missing-file', 'missing'],
  ['no-such-subject', 'none of the subjects'],
] as const satisfies readonly (readonly [Fault, string])[]

/** A file that is the subject outdoes one that is not: of namesakes each may be given. */
const RANK: Readonly<Record<State, number>> = { open: 0, missing: 1, altered: 2, same: 3 }

const NO_FAULTS: Faults = new Map()
const ONLY: readonly number[] = [0]
const NONE: readonly number[] = []
/** Names in a message. */
const MAX_NAMED = 5
