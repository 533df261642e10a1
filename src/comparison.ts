// The caller's digests against a statement's subjects (SPEC.md §3).

import { equal, toHex } from './bytes.ts'
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
 * Throws TypeError or RangeError for a digest that is not 32 bytes.
 */
export function compareSubjects(
  subjects: readonly Subject[],
  digests: readonly GivenDigest[],
): Comparison {
  const matched = subjects.map((): boolean | null => null)
  const byName = indexBy(subjects, ({ name }) => name)
  const byDigest = indexBy(subjects, ({ sha256 }) => toHex(sha256))
  const strangers: Check[] = []
  for (const digest of digests) {
    requireDigest(digest)
    const namesakes = byName.get(digest.name ?? '') ?? []
    const candidates = namesakes.length > 0 ? namesakes : (byDigest.get(toHex(digest.sha256)) ?? [])
    const hits = candidates.filter((i) => equal((subjects[i] as Subject).sha256, digest.sha256))
    for (const i of hits) matched[i] = true
    if (hits.length > 0) continue
    const code = namesakes.length > 0 ? 'altered' : 'no-such-subject'
    strangers.push(check('subjects', 'fail', code, digest.name))
    for (const i of subjects.length === 1 ? [0] : namesakes) matched[i] ??= false
  }
  return {
    subjects: subjects.map(({ name, sha256 }, i) => ({
      name,
      sha256,
      matched: matched[i] ?? null,
    })),
    check: strangers[0] ?? check('subjects', 'pass', extent(matched)),
  }
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
