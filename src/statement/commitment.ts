// Subjects to the 32 bytes that the witness signs: one subject's own digest, or the head of a Merkle tree over
// several (RFC 9162 §2.1), and the inclusion proofs for subjects cut out of such a tree.

import { sha256 } from '@noble/hashes/sha2.js'
import { concat, equal, toHex, writeHex, writePlain } from '../encoding/index.ts'

/** One attested file. */
export interface Subject {
  /** The name as the signer gave it: 1 to 4096 bytes of UTF-8 without NUL. */
  readonly name: string
  /** SHA-256 of the file's bytes, 32 bytes. */
  readonly sha256: Uint8Array
  /** These are 32 random bytes that keep anyone who has the commitment, or another subject's proof, from guessing this one. */
  readonly salt?: Uint8Array
  /** Links this subject, cut out of a list, to the commitment. Then it is the only one. */
  readonly inclusionProof?: InclusionProof
}

/** The way from a leaf to the head of the tree (RFC 9162 §2.1.3). */
export interface InclusionProof {
  /** Position in the list, from 0. */
  readonly leafIndex: number
  /** Number of subjects in the list, at least 2. */
  readonly treeSize: number
  /** Sibling hashes, 32 bytes each, from the leaf up. */
  readonly hashes: readonly Uint8Array[]
}

/** Computes SHA-256 of `input`, written as 32 bytes to `output` at `offset`. */
export type HashInto = (input: Uint8Array, output: Uint8Array, offset: number) => void

/** Hashes with the portable SHA-256; a native one makes a list of a million subjects twenty times as fast. */
export function hashInto(input: Uint8Array, output: Uint8Array, offset: number): void {
  output.set(sha256(input), offset)
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
  if (subjects.length > 1) return treeHead(leafHashes(subjects, hash), hash)
  if (first.inclusionProof) return rootOfProof(leafHash(first, hash), first.inclusionProof, hash)
  return first.salt ? leafHash(first, hash) : first.sha256
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
  const treeSize = subjects.length
  for (const index of indexes) {
    if (!Number.isInteger(index) || index < 0 || index >= treeSize || treeSize < 2) {
      throw new RangeError(`expected an index into a list of at least 2 subjects, got ${index}`)
    }
  }
  return proveLeaves(leafHashes(subjects, hash), indexes, hash)
}

/** Does what proveInclusions does from the leaf hashes, one after the other, at least 2, and overwrites them. */
export function proveLeaves(
  nodes: Uint8Array,
  indexes: readonly number[],
  hash: HashInto,
): InclusionProof[] {
  const treeSize = nodes.length / HASH_LENGTH
  const paths = indexes.map((leafIndex) => ({ leafIndex, hashes: [] as Uint8Array[] }))
  let level = 0
  for (let size = treeSize; size > 1; size = reduce(nodes, size, hash), level++) {
    for (const { leafIndex, hashes } of paths) {
      const sibling = Math.floor(leafIndex / 2 ** level) ^ 1
      if (sibling < size)
        hashes.push(nodes.slice(sibling * HASH_LENGTH, (sibling + 1) * HASH_LENGTH))
    }
  }
  return paths.map(({ leafIndex, hashes }) => ({ leafIndex, treeSize, hashes }))
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

/**
 * Writes a subject's line as `sha256sum` prints it, newline included: names with a backslash, a line feed or a carriage
 * return are escaped and the line begins with a backslash.
 */
export function checksumLine({ name, sha256: digest }: Pick<Subject, 'name' | 'sha256'>): string {
  if (!ESCAPED.test(name)) return `${toHex(digest)}  ${name}\n`
  const escaped = name.replace(/[\\\n\r]/g, (char) => ESCAPES[char] as string)
  return `\\${toHex(digest)}  ${escaped}\n`
}

/** Computes HASH(0x00 || leaf input), where the leaf input is the salt, if there is one, and the line. */
export function leafHash(subject: Subject, hash: HashInto): Uint8Array {
  return leafHashes([subject], hash)
}

/** Computes all leaf hashes, one after the other. */
function leafHashes(subjects: readonly Subject[], hash: HashInto): Uint8Array {
  const leaves = new Uint8Array(subjects.length * HASH_LENGTH)
  let input = new Uint8Array(USUAL_LEAF)
  // By their ends: a view takes as long to make as what it shows
  let views: Uint8Array[] = []
  subjects.forEach((subject, i) => {
    const { name, sha256: digest, salt = NO_SALT } = subject
    // No character makes more than 3 bytes, nor does its escape
    const most = 1 + salt.length + 2 * digest.length + 3 * name.length + 4
    if (most > input.length) {
      input = new Uint8Array(most)
      views = []
    }
    input.set(salt, 1)
    const end = writeLine(subject, input, 1 + salt.length)
    views[end] ??= input.subarray(0, end)
    hash(views[end], leaves, i * HASH_LENGTH)
  })
  return leaves
}

/** Writes the bytes of checksumLine, for most names without a string in between; gives where they end. */
function writeLine(subject: Subject, output: Uint8Array, at: number): number {
  let end = writeHex(subject.sha256, output, at)
  output[end++] = SPACE
  output[end++] = SPACE
  end = writePlain(subject.name, output, end)
  if (end < 0) return at + encoder.encodeInto(checksumLine(subject), output.subarray(at)).written
  output[end++] = LINE_FEED
  return end
}

/** Level by level, an odd one out moving up, is the same tree as RFC 9162's split at the largest power of two. */
function treeHead(nodes: Uint8Array, hash: HashInto): Uint8Array {
  let size = nodes.length / HASH_LENGTH
  while (size > 1) size = reduce(nodes, size, hash)
  return nodes.slice(0, HASH_LENGTH)
}

/** Puts the parents of the first `size` nodes in their place, and gives their number. */
function reduce(nodes: Uint8Array, size: number, hash: HashInto): number {
  const input = new Uint8Array(1 + 2 * HASH_LENGTH).fill(NODE, 0, 1)
  for (let i = 0; i + 1 < size; i += 2) {
    input.set(nodes.subarray(i * HASH_LENGTH, (i + 2) * HASH_LENGTH), 1)
    hash(input, nodes, (i / 2) * HASH_LENGTH)
  }
  if (size % 2 === 1)
    nodes.copyWithin(((size - 1) / 2) * HASH_LENGTH, (size - 1) * HASH_LENGTH, size * HASH_LENGTH)
  return Math.ceil(size / 2)
}

/** HASH(0x01 || left || right) */
function nodeHash(left: Uint8Array, right: Uint8Array, hash: HashInto): Uint8Array {
  const node = new Uint8Array(HASH_LENGTH)
  hash(concat(Uint8Array.of(NODE), left, right), node, 0)
  return node
}

/** RFC 9162 §2.1.3.2; undefined when the proof has too few or too many hashes for its index and size. */
function rootOfProof(
  leaf: Uint8Array,
  proof: InclusionProof,
  hash: HashInto,
): Uint8Array | undefined {
  let [index, last] = [proof.leafIndex, proof.treeSize - 1]
  if (index > last) return undefined
  let node = leaf
  for (const sibling of proof.hashes) {
    if (last === 0) return undefined
    if (index % 2 === 1 || index === last) {
      node = nodeHash(sibling, node, hash)
      while (index % 2 === 0 && index !== 0) [index, last] = [index / 2, Math.floor(last / 2)]
    } else {
      node = nodeHash(node, sibling, hash)
    }
    ;[index, last] = [Math.floor(index / 2), Math.floor(last / 2)]
  }
  return last === 0 ? node : undefined
}

const encoder = new TextEncoder()
const ESCAPED = /[\\\n\r]/
const NO_SALT = new Uint8Array(0)
const NODE = 1
const SPACE = 0x20
const LINE_FEED = 0x0a
/** The bytes of a hash, a digest or a salt. */
export const HASH_LENGTH = 32
/** The most bytes of a name. */
export const MAX_NAME = 4096
/** Bytes to begin with for a zero byte, the salt and the line; a longer one gets what it needs. */
const USUAL_LEAF = 1024
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' }
