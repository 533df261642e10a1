// Subjects to the 32 bytes that the witness signs: one subject's own digest, or the head of a Merkle tree over
// several (RFC 9162 §2.1), and the inclusion proofs for subjects cut out of such a tree.

import { sha256 } from '@noble/hashes/sha2.js'
import { equal, toHex, utf8 } from './bytes.ts'

/** One attested file. */
export interface Subject {
  /** As the signer gave it: 1 to 4096 bytes of UTF-8 without NUL. */
  readonly name: string
  /** SHA-256 of the file's bytes, 32 bytes. */
  readonly sha256: Uint8Array
  /** Links this subject, cut out of a list, to the commitment. Then it is the only one. */
  readonly inclusionProof?: InclusionProof
}

/** RFC 9162 §2.1.3. */
export interface InclusionProof {
  /** Position in the list, from 0. */
  readonly leafIndex: number
  /** Number of subjects in the list, at least 2. */
  readonly treeSize: number
  /** Sibling hashes, 32 bytes each, from the leaf up. */
  readonly hashes: readonly Uint8Array[]
}

/**
 * The commitment to these subjects, 32 bytes; undefined when an inclusion proof leads nowhere. Throws RangeError for
 * no subject at all.
 */
export function commitmentOf(subjects: readonly Subject[]): Uint8Array | undefined {
  const [first] = subjects
  if (first === undefined) throw new RangeError('expected at least one subject')
  if (subjects.length > 1) return treeHead(subjects.map(leafHash))
  return first.inclusionProof ? rootOfProof(leafHash(first), first.inclusionProof) : first.sha256
}

/** The inclusion proof of one subject of a list. Throws RangeError when there is no such index. */
export function proveInclusion(subjects: readonly Subject[], index: number): InclusionProof {
  if (!Number.isInteger(index) || index < 0 || index >= subjects.length || subjects.length < 2) {
    throw new RangeError(`expected an index into a list of at least 2 subjects, got ${index}`)
  }
  const hashes: Uint8Array[] = []
  let level = subjects.map(leafHash)
  for (let at = index; level.length > 1; at = at >> 1, level = parents(level)) {
    const sibling = level[at ^ 1]
    if (sibling) hashes.push(sibling)
  }
  return { leafIndex: index, treeSize: subjects.length, hashes }
}

/**
 * A subject's line as `sha256sum` prints it, newline included: names with a backslash, a line feed or a carriage
 * return are escaped and the line begins with a backslash.
 */
export function checksumLine(subject: Subject): string {
  const escaped = subject.name.replace(/[\\\n\r]/g, (char) => ESCAPES[char] as string)
  return `${escaped === subject.name ? '' : '\\'}${toHex(subject.sha256)}  ${escaped}\n`
}

/** HASH(0x00 || leaf input) */
function leafHash(subject: Subject): Uint8Array {
  return sha256
    .create()
    .update(LEAF)
    .update(utf8(checksumLine(subject)))
    .digest()
}

/** HASH(0x01 || left || right) */
function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256.create().update(NODE).update(left).update(right).digest()
}

/** Level by level, an odd one out moving up, is the same tree as RFC 9162's split at the largest power of two. */
function treeHead(leaves: readonly Uint8Array[]): Uint8Array {
  let level = leaves
  while (level.length > 1) level = parents(level)
  return level[0] as Uint8Array
}

function parents(level: readonly Uint8Array[]): Uint8Array[] {
  const above: Uint8Array[] = []
  for (let i = 0; i < level.length; i += 2) {
    const [left, right] = [level[i] as Uint8Array, level[i + 1]]
    above.push(right ? nodeHash(left, right) : left)
  }
  return above
}

/** RFC 9162 §2.1.3.2; undefined when the proof has too few or too many hashes for its index and size. */
function rootOfProof(leaf: Uint8Array, proof: InclusionProof): Uint8Array | undefined {
  let [index, last] = [proof.leafIndex, proof.treeSize - 1]
  if (index > last) return undefined
  let hash = leaf
  for (const sibling of proof.hashes) {
    if (last === 0) return undefined
    if (index % 2 === 1 || index === last) {
      hash = nodeHash(sibling, hash)
      while (index % 2 === 0 && index !== 0) [index, last] = [index / 2, Math.floor(last / 2)]
    } else {
      hash = nodeHash(hash, sibling)
    }
    ;[index, last] = [Math.floor(index / 2), Math.floor(last / 2)]
  }
  return last === 0 ? hash : undefined
}

/** Whether the subjects lead to exactly this commitment. */
export function commitsTo(subjects: readonly Subject[], commitment: Uint8Array): boolean {
  const expected = commitmentOf(subjects)
  return expected !== undefined && equal(expected, commitment)
}

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' }
