// The caller's digests against a statement's subjects (SPEC.md §3).

import { toHex } from './bytes.ts'
import type { Subject } from './commitment.ts'
import { type Check, check, type SubjectReport } from './report.ts'

/** A file that the caller has hashed. */
export interface GivenDigest {
  /** The subject it should be; a name that no subject has, and no name, leave it to the digest. */
  readonly name?: string
  /** 32 bytes. */
  readonly sha256: Uint8Array
}

export interface Comparison {
  readonly subjects: readonly SubjectReport[]
  readonly check: Check
}

/**
 * A digest belongs to the subjects of its name, else to those with the same digest. One that is none of them fails.
 * The order of the digests does not matter, but for which of several strangers the check's message names.
 * Throws TypeError or RangeError for a digest that is not 32 bytes.
 */
export function compareSubjects(
  subjects: readonly Subject[],
  digests: readonly GivenDigest[],
): Comparison {
  const matched = subjects.map((): boolean | null => null)
  const byName = indexBy(subjects, ({ name }) => name)
  const byDigest = indexBy(subjects, ({ sha256 }) => toHex(sha256))
  const byBoth = indexBy(subjects, ({ name, sha256 }) => `${toHex(sha256)} ${name}`)
  const strangers = new Map<Stranger, string | undefined>()
  const seen = new Set<readonly number[]>()
  // Each list of subjects is gone through once, however many digests lead to it
  const mark = (hits: readonly number[], state: boolean): void => {
    if (seen.has(hits)) return
    seen.add(hits)
    for (const i of hits) matched[i] = matched[i] === true || state
  }
  for (const digest of digests) {
    requireDigest(digest)
    const { name = '' } = digest
    const hex = toHex(digest.sha256)
    const namesakes = byName.get(name)
    const hits = namesakes ? byBoth.get(`${hex} ${name}`) : byDigest.get(hex)
    if (hits) mark(hits, true)
    else {
      mark(namesakes ?? (subjects.length === 1 ? ONLY : NONE), false)
      const code = namesakes ? 'altered' : 'no-such-subject'
      if (!strangers.has(code)) strangers.set(code, digest.name)
    }
  }
  return {
    subjects: subjects.map(({ name, sha256 }, i) => ({
      name,
      sha256,
      matched: matched[i] ?? null,
    })),
    check: strangerCheck(strangers) ?? check('subjects', 'pass', extent(matched)),
  }
}

type Stranger = 'altered' | 'no-such-subject'

function strangerCheck(strangers: ReadonlyMap<Stranger, string | undefined>): Check | undefined {
  const code = (['altered', 'no-such-subject'] as const).find((each) => strangers.has(each))
  return code && check('subjects', 'fail', code, strangers.get(code))
}

function extent(
  matched: readonly (boolean | null)[],
): 'all-compared' | 'some-compared' | 'none-compared' {
  if (matched.every((each) => each === true)) return 'all-compared'
  return matched.some((each) => each === true) ? 'some-compared' : 'none-compared'
}

function indexBy(
  subjects: readonly Subject[],
  key: (subject: Subject) => string,
): ReadonlyMap<string, readonly number[]> {
  const index = new Map<string, number[]>()
  subjects.forEach((subject, i) => {
    const entry = index.get(key(subject))
    if (entry) entry.push(i)
    else index.set(key(subject), [i])
  })
  return index
}

function requireDigest({ sha256 }: GivenDigest): void {
  if (!(sha256 instanceof Uint8Array)) throw new TypeError('expected sha256 as a Uint8Array')
  if (sha256.length !== 32)
    throw new RangeError(`expected sha256 of 32 bytes, got ${sha256.length}`)
}

const ONLY: readonly number[] = [0]
const NONE: readonly number[] = []
