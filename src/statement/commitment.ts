// Subjects to the 32 bytes that the witness signs: one subject's own digest, or the head of a Merkle tree over their
// lines (SPEC.md §3), and the inclusion proofs for subjects cut out of such a tree.

import { concat, equal, utf8 } from '../encoding/index.ts'
import { checksumLine, HASH_LENGTH, LONGEST_LINE, writePlainLine } from './checksum-line.ts'
import {
  type HashInto,
  hashInto,
  type InclusionProof,
  openTree,
  rootOfProof,
  type Tree,
} from './merkle-tree.ts'

/** One attested file. */
export interface Subject {
  /** The name as the signer gave it: 1 to 4096 bytes of UTF-8 without NUL. */
  readonly name: string
  /** SHA-256 of the file's bytes, 32 bytes. */
  readonly sha256: Uint8Array
  /**
   * These are 32 random bytes that keep anyone who has the commitment, or another subject's proof, from guessing this one.
   * In a list all subjects have them, or none has.
   */
  readonly salt?: Uint8Array
  /** Links this subject, cut out of a list, to the commitment. Then it is the only one. */
  readonly inclusionProof?: InclusionProof
}

/**
 * Computes the commitment to these subjects, 32 bytes; undefined when an inclusion proof leads nowhere. Throws
 * RangeError when there is no subject.
 */
export function commitmentOf(
  subjects: readonly Subject[],
  hash: HashInto = hashInto,
): Uint8Array | undefined {
  const [first] = subjects
  if (first === undefined) throw new RangeError('expected at least one subject')
  const { sha256, salt, inclusionProof } = first
  if (subjects.length === 1 && !salt && !inclusionProof) return sha256
  const { head } = treeOver(subjects, hash).close()
  return subjects.length === 1 && inclusionProof ? rootOfProof(head, inclusionProof, hash) : head
}

/**
 * Makes the inclusion proofs of subjects of a list, by their indexes. Throws RangeError when there is no such index, or no
 * list.
 */
export function proveInclusions(
  subjects: readonly Subject[],
  indexes: readonly number[],
  hash: HashInto = hashInto,
): InclusionProof[] {
  const { length } = subjects
  for (const index of indexes) {
    if (!Number.isInteger(index) || index < 0 || index >= length || length < 2) {
      throw new RangeError(`expected an index into a list of at least 2 subjects, got ${index}`)
    }
  }
  const { proofs } = treeOver(subjects, hash, new Set(indexes)).close()
  const known = new Map(proofs.map((proof) => [proof.leafIndex, proof]))
  return indexes.map((index) => known.get(index) as InclusionProof)
}

/** Makes the inclusion proof of one subject of a list. Throws RangeError when there is no such index. */
export function proveInclusion(subjects: readonly Subject[], index: number): InclusionProof {
  return proveInclusions(subjects, [index])[0] as InclusionProof
}

/** Tells whether the subjects lead to exactly this commitment. */
export function commitsTo(
  subjects: readonly Subject[],
  commitment: Uint8Array,
  hash: HashInto = hashInto,
): boolean {
  const expected = commitmentOf(subjects, hash)
  return expected !== undefined && equal(expected, commitment)
}

function treeOver(
  subjects: readonly Subject[],
  hash: HashInto,
  proven: ReadonlySet<number> = new Set(),
): Tree {
  const tree = openTree(hash)
  const input = openLeaf()
  for (let i = 0; i < subjects.length; i++) {
    tree.add(leafOf(subjects[i] as Subject, input))
    if (proven.has(i)) tree.prove()
  }
  return tree
}

/** What is hashed for a subject: 0x00, the salt, if there is one, the line and its line feed. */
export function leafOf(subject: Subject, { bytes, close }: LeafInput): Uint8Array {
  const { name, sha256, salt = NO_SALT } = subject
  const fits = salt.length + 2 * sha256.length + name.length < LONGEST_LINE
  const end = fits ? writePlainLine(subject, bytes, 1 + salt.length) : -1
  if (end < 0) return concat(ZERO, salt, utf8(`${checksumLine(subject)}\n`))
  bytes.set(salt, 1)
  return close(end)
}

/** Room for what is hashed for one leaf after the other. */
export interface LeafInput {
  /** Begins with the zero byte. */
  readonly bytes: Uint8Array
  /** Puts the line feed at the end, and shows what is there then. */
  readonly close: (end: number) => Uint8Array
}

export function openLeaf(): LeafInput {
  const bytes = new Uint8Array(1 + HASH_LENGTH + LONGEST_LINE + 1)
  // By their ends: a view takes as long to make as what it shows
  const views: Uint8Array[] = []
  const close = (end: number): Uint8Array => {
    bytes[end] = LINE_FEED
    views[end] ??= bytes.subarray(0, end + 1)
    return views[end]
  }
  return { bytes, close }
}

const ZERO = new Uint8Array(1)
const NO_SALT = new Uint8Array(0)
const LINE_FEED = 0x0a
