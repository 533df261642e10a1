// Merkle trees of RFC 9162 §2.1 over SHA-256, which grow leaf by leaf, and their inclusion proofs.

import { sha256 } from '@noble/hashes/sha2.js'
import { concat } from '../encoding/index.ts'
import { HASH_LENGTH } from './checksum-line.ts'

/** Computes SHA-256 of `input`, written as 32 bytes to `output` at `offset`. */
export type HashInto = (input: Uint8Array, output: Uint8Array, offset: number) => void

/** Hashes with the portable SHA-256; a native one makes a list of a million subjects twenty times as fast. */
export function hashInto(input: Uint8Array, output: Uint8Array, offset: number): void {
  output.set(sha256(input), offset)
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

export interface Tree {
  /** Adds a leaf, by what is hashed for it. */
  readonly add: (input: Uint8Array) => void
  /** Asks for the proof of the leaf that was added last. */
  readonly prove: () => void
  /** Gives the head of a tree of one leaf or more, and the proofs in the order of their leaves. */
  readonly close: () => { readonly head: Uint8Array; readonly proofs: readonly InclusionProof[] }
}

/** Makes a tree that keeps one node for each complete subtree: two of one size become one, and at the end all of them do. */
export function openTree(hash: HashInto): Tree {
  const nodes = new Uint8Array(MOST_NODES * HASH_LENGTH)
  const input = new Uint8Array(1 + 2 * HASH_LENGTH).fill(NODE, 0, 1)
  const paths: { readonly leafIndex: number; readonly hashes: Uint8Array[] }[] = []
  // For each node the paths from leaves below it
  const below: (readonly Uint8Array[][] | undefined)[] = []
  let [size, count] = [0, 0]
  const join = (): void => {
    count--
    const at = (count - 1) * HASH_LENGTH
    for (let i = 0; i < 2 * HASH_LENGTH; i++) input[1 + i] = nodes[at + i] as number
    if (paths.length > 0) {
      const { [count - 1]: left = [], [count]: right = [] } = below
      for (const path of left) path.push(input.slice(1 + HASH_LENGTH))
      for (const path of right) path.push(input.slice(1, 1 + HASH_LENGTH))
      below[count - 1] = [...left, ...right]
      below[count] = undefined
    }
    hash(input, nodes, at)
  }
  return {
    add: (leaf) => {
      for (let even = size; even > 0 && even % 2 === 0; even /= 2) join()
      hash(leaf, nodes, count * HASH_LENGTH)
      size++
      count++
    },
    prove: () => {
      const hashes: Uint8Array[] = []
      paths.push({ leafIndex: size - 1, hashes })
      below[count - 1] = [hashes]
    },
    close: () => {
      while (count > 1) join()
      const proofs = paths.map(({ leafIndex, hashes }) => ({ leafIndex, treeSize: size, hashes }))
      return { head: nodes.slice(0, HASH_LENGTH), proofs }
    },
  }
}

/** Follows a proof (RFC 9162 §2.1.3.2); undefined when it has too few or too many hashes for its index and size. */
export function rootOfProof(
  leaf: Uint8Array,
  { leafIndex, treeSize, hashes }: InclusionProof,
  hash: HashInto,
): Uint8Array | undefined {
  let [index, last] = [leafIndex, treeSize - 1]
  if (index > last) return undefined
  const node = leaf.slice()
  for (const sibling of hashes) {
    if (last === 0) return undefined
    if (index % 2 === 1 || index === last) {
      hash(concat(Uint8Array.of(NODE), sibling, node), node, 0)
      while (index % 2 === 0 && index !== 0) [index, last] = [index / 2, Math.floor(last / 2)]
    } else {
      hash(concat(Uint8Array.of(NODE), node, sibling), node, 0)
    }
    ;[index, last] = [Math.floor(index / 2), Math.floor(last / 2)]
  }
  return last === 0 ? node : undefined
}

/** Stands in front of the two nodes that are hashed into one. */
const NODE = 1
/** A tree has at most 2^32 leaves. */
const MOST_NODES = 34
