// Merkle trees as RFC 9162 §2.1 defines them, recursion and all: the second opinion on src/statement/commitment.ts.

import { createHash } from 'node:crypto'

export interface MerkleTree {
  /** MTH of the first `size` entries. */
  readonly head: (size: number) => Uint8Array
  /** PATH(index, first `size` entries). */
  readonly path: (index: number, size: number) => Uint8Array[]
}

/** Of these leaf inputs. What is asked for again is remembered. */
export function merkleTree(entries: readonly (string | Uint8Array)[]): MerkleTree {
  const known = new Map<string, Uint8Array>()

  /** MTH(D[start:end]), RFC 9162 §2.1.1 */
  function head(start: number, end: number): Uint8Array {
    const range = `${start} ${end}`
    const earlier = known.get(range)
    if (earlier) return earlier
    const k = start + split(end - start)
    const value =
      end - start === 1
        ? sha256('\x00', entries[start] ?? '')
        : sha256('\x01', head(start, k), head(k, end))
    known.set(range, value)
    return value
  }

  /** PATH(m, D[start:end]), RFC 9162 §2.1.3.1 */
  function path(m: number, start: number, end: number): Uint8Array[] {
    if (end - start === 1) return []
    const k = split(end - start)
    return m < k
      ? [...path(m, start, start + k), head(start + k, end)]
      : [...path(m - k, start + k, end), head(start, start + k)]
  }

  return { head: (size) => head(0, size), path: (index, size) => path(index, 0, size) }
}

/** On which side of the path each of its hashes stands. All that a proof's index and size decide. */
export function sidesOf(index: number, size: number): string {
  if (size === 1) return ''
  const k = split(size)
  return index < k ? `${sidesOf(index, k)}>` : `${sidesOf(index - k, size - k)}<`
}

/** k: the largest power of two less than n. */
function split(n: number): number {
  let k = 1
  while (2 * k < n) k *= 2
  return k
}

function sha256(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return Uint8Array.from(hash.digest())
}
