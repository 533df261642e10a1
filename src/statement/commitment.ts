// Subjects to the 32 bytes that the witness signs: one subject's own digest, or the head of a Merkle tree over their
// lines (SPEC.md §3), and the inclusion proofs for subjects cut out of such a tree.

import { concat, equal, utf8 } from '../encoding/index.ts'
import { checksumLine, HASH_LENGTH, LONGEST_LINE, MAX_NAME, writePlain } from './checksum-line.ts'
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

/** Makes the inclusion proof of one subject of a list. Throws RangeError when there is no such index, or no list. */
export function proveInclusion(
  subjects: readonly Subject[],
  index: number,
  hash: HashInto = hashInto,
): InclusionProof {
  const { length } = subjects
  if (!Number.isInteger(index) || index < 0 || index >= length || length < 2) {
    throw new RangeError(`expected an index into a list of at least 2 subjects, got ${index}`)
  }
  return treeOver(subjects, hash, index).close().proofs[0] as InclusionProof
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

function treeOver(subjects: readonly Subject[], hash: HashInto, proven?: number): Tree {
  const tree = openTree(hash)
  const leaf = openLeaf()
  for (let i = 0; i < subjects.length; i++) {
    const { name, sha256, salt } = subjects[i] as Subject
    const start = leaf.begin(salt)
    const end = name.length > MAX_NAME ? -1 : writePlain({ name, sha256 }, leaf.bytes, start)
    if (end < 0) {
      const line = utf8(`${checksumLine({ name, sha256 })}\n`)
      tree.add(concat(leaf.bytes.subarray(0, start), line))
    } else tree.add(leaf.close(end))
    if (i === proven) tree.prove()
  }
  return tree
}

/** Room for what is hashed for one line after the other: 0x00, the salt, if there is one, the line and a line feed. */
export interface Leaf {
  readonly bytes: Uint8Array
  /** Puts the salt there, and tells where the line begins. */
  readonly begin: (salt?: Uint8Array) => number
  /** Puts the line feed there, where the line ends, and shows all of it. */
  readonly close: (end: number) => Uint8Array
}

export function openLeaf(): Leaf {
  const bytes = new Uint8Array(1 + HASH_LENGTH + LONGEST_LINE + 1)
  // By their ends: a view takes as long to make as what it shows
  const views: Uint8Array[] = []
  const begin = (salt?: Uint8Array): number => {
    if (salt === undefined) return 1
    bytes.set(salt, 1)
    return 1 + salt.length
  }
  const close = (end: number): Uint8Array => {
    bytes[end] = LINE_FEED
    const view = views[end] ?? bytes.subarray(0, end + 1)
    views[end] = view
    return view
  }
  return { bytes, begin, close }
}

const LINE_FEED = 0x0a
