// Subjects cut out of a list with their inclusion proofs (RFC 9162 §2.1.3): statements complete by themselves.

import { plainBytes, utf8 } from '../encoding/index.ts'
import { HASH_LENGTH, NAME_AT, readLine, readPlain } from './checksum-line.ts'
import { openLeaf, type Subject } from './commitment.ts'
import { decodeFirst } from './decode.ts'
import { type HashInto, type InclusionProof, openTree } from './merkle-tree.ts'
import { MAX_STATEMENT, type SignedStatement } from './statement.ts'
import { eachLine, readSalts, slotOf, withFirstOnly } from './subject-list.ts'

/**
 * Cuts subjects out of a statement's encoding, by names: makes statements over one subject each, with its own salt and
 * inclusion proof, the same rounds, and nothing of its siblings. Of a million subjects only these are made. Gives undefined
 * for what is not the encoding of a statement over several subjects without renewals, and for a name that no subject has,
 * or several: what is wrong, if anything is, is for others to say.
 */
export function cutOut(
  encoding: Uint8Array,
  names: readonly string[],
  hash: HashInto,
): SignedStatement[] | undefined {
  if (encoding.length > MAX_STATEMENT) return undefined
  const bytes = plainBytes(encoding)
  const open = prove(bytes, names, hash)
  // Whether there are salts is seen behind the lines
  const salts = open && readSalts(bytes, open.end, open.count)
  const list = salts && (salts.length > 0 ? prove(bytes, names, hash, salts) : open)
  const first = list && decodeFirst(withFirstOnly(bytes, list.end, list.count), list.count)
  if (!first || first.renewals) return undefined
  const { rounds, unsigned } = first
  const parts = names.flatMap((name) => {
    const subject = list.found.get(name)
    return subject ? [{ subjects: [subject], rounds, unsigned }] : []
  })
  return parts.length === names.length ? parts : undefined
}

interface Proven {
  readonly count: number
  /** Where the lines end. */
  readonly end: number
  readonly found: ReadonlyMap<string, Subject>
}

/** Finds the subjects of these names, with their proofs; undefined when two have one name, or something is no line. */
function prove(
  bytes: Uint8Array,
  names: readonly string[],
  hash: HashInto,
  salts?: Uint8Array,
): Proven | undefined {
  const tree = openTree(hash)
  const leaf = openLeaf()
  const { bytes: input } = leaf
  const wanted = new Set(names)
  // Most names beside these need not be decoded
  const sums = new Set(names.map((name) => sumOf(utf8(name), 0)))
  const found: Subject[] = []
  const sha256 = new Uint8Array(HASH_LENGTH)
  let count = 0
  const end = eachLine(bytes, (line, from, to, isPlain) => {
    const isPossible = !isPlain || sums.has(sumOf(line, from + NAME_AT, to))
    const name = isPossible ? readLine(line, from, to, sha256) : undefined
    if (name === undefined && (isPossible || !readPlain(line, from, to, sha256))) return false
    const salt = salts && slotOf(salts, count)
    let at = leaf.begin(salt)
    for (let i = from; i < to; i++) input[at++] = line[i] as number
    tree.add(leaf.close(at))
    if (name !== undefined && wanted.has(name)) {
      tree.prove()
      found.push({ name, sha256: sha256.slice(), ...(salt && { salt: salt.slice() }) })
    }
    count++
    return true
  })
  if (end < 0) return undefined
  const { proofs } = tree.close()
  const proven = found.map((subject, i) => {
    return { ...subject, inclusionProof: proofs[i] as InclusionProof }
  })
  const byName = new Map(proven.map((subject) => [subject.name, subject]))
  return byName.size === proven.length ? { count, end, found: byName } : undefined
}

function sumOf(bytes: Uint8Array, from: number, to: number = bytes.length): number {
  let sum = 0
  for (let i = from; i < to; i++) sum = (Math.imul(sum, 31) + (bytes[i] as number)) | 0
  return sum
}
