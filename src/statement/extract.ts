// Subjects cut out of a list with their inclusion proofs (RFC 9162 §2.1.3): statements complete by themselves.

import { plainBytes, utf8 } from '../encoding/index.ts'
import { HASH_LENGTH, isName, NAME_AT, parseLine } from './checksum-line.ts'
import { leafOf, openLeaf, proveInclusions, type Subject } from './commitment.ts'
import { decodeFirst } from './decode.ts'
import { type HashInto, type InclusionProof, openTree } from './merkle-tree.ts'
import { MAX_STATEMENT, type SignedStatement } from './statement.ts'
import {
  areSaltsOf,
  eachString,
  findLists,
  type Lists,
  readPlainLine,
  readSalts,
  slotOf,
} from './subject-list.ts'

/**
 * Makes statements over one subject each, by their indexes in a statement over many: each with its own salt and inclusion
 * proof, the same rounds, and nothing of its siblings.
 */
export function cutOut(
  { subjects, rounds, unsigned }: SignedStatement,
  indexes: readonly number[],
  hash: HashInto,
): SignedStatement[] {
  const proofs = proveInclusions(subjects, indexes, hash)
  return indexes.map((index, i) => {
    const inclusionProof = proofs[i] as InclusionProof
    return { subjects: [{ ...(subjects[index] as Subject), inclusionProof }], rounds, unsigned }
  })
}

/**
 * Cuts subjects out of a statement's encoding, by names. Of a million subjects only these are made: a leaf is hashed from its
 * text, and that takes a third of the time. Gives undefined for what is not the encoding of a statement over several subjects
 * without renewals, and for a name that no subject has, or several: what is wrong, if anything is, is for others to say.
 */
export function cutOutByName(
  encoding: Uint8Array,
  names: readonly string[],
  hash: HashInto,
): SignedStatement[] | undefined {
  if (encoding.length > MAX_STATEMENT) return undefined
  const bytes = plainBytes(encoding)
  const lists = findLists(bytes)
  const found = lists && proveByName(bytes, lists, new Set(names), hash)
  const first = found && decodeFirst(bytes, lists, found.count)
  if (!first || first.renewals) return undefined
  const { rounds, unsigned } = first
  const parts = names.flatMap((name) => {
    const subject = found.subjects.get(name)
    return subject ? [{ subjects: [subject], rounds, unsigned }] : []
  })
  return parts.length === names.length ? parts : undefined
}

/** Finds the subjects of these names, with their proofs; undefined when two have one name, or the lists are none. */
function proveByName(
  bytes: Uint8Array,
  lists: Lists,
  names: ReadonlySet<string>,
  hash: HashInto,
): { readonly count: number; readonly subjects: ReadonlyMap<string, Subject> } | undefined {
  const salts = readSalts(bytes, lists)
  if (salts === undefined) return undefined
  const tree = openTree(hash)
  const input = openLeaf()
  const found: Subject[] = []
  const isWanted = filterOf(names)
  let count = 0
  const saltOf = (): Pick<Subject, 'salt'> =>
    salts.length > 0 ? { salt: slotOf(salts, count).slice() } : {}
  const prove = ({ name, sha256 }: Subject): void => {
    tree.prove()
    found.push({ name, sha256, ...saltOf() })
  }
  const sha256 = new Uint8Array(HASH_LENGTH)
  const isRead = eachString(bytes, lists.lines, {
    plain: (from, to) => {
      if (!readPlainLine(bytes, from, to, sha256)) return false
      let end = 1
      if (salts.length > 0) for (const byte of slotOf(salts, count)) input.bytes[end++] = byte
      for (let at = from; at < to; at++) input.bytes[end++] = bytes[at] as number
      tree.add(input.close(end))
      if (isWanted(bytes, from + NAME_AT, to)) {
        const name = new TextDecoder().decode(bytes.subarray(from + NAME_AT, to))
        if (names.has(name)) prove({ name, sha256: sha256.slice() })
      }
      count++
      return true
    },
    other: (text) => {
      const subject = parseLine(text)
      if (subject === undefined || !isName(subject.name)) return false
      tree.add(leafOf({ ...subject, ...saltOf() }, input))
      if (names.has(subject.name)) prove(subject)
      count++
      return true
    },
  })
  if (!isRead || !areSaltsOf(salts, count)) return undefined
  const { proofs } = tree.close()
  const subjects = new Map(
    found.map((subject, i) => [
      subject.name,
      { ...subject, inclusionProof: proofs[i] as InclusionProof },
    ]),
  )
  return subjects.size === found.length ? { count, subjects } : undefined
}

/** Makes a test that most names beside these fail, before they are decoded. */
function filterOf(
  names: ReadonlySet<string>,
): (bytes: Uint8Array, from: number, to: number) => boolean {
  const buckets = new Uint8Array(BUCKETS)
  for (const name of names) {
    const bytes = utf8(name)
    buckets[bucketOf(bytes, 0, bytes.length)] = 1
  }
  return (bytes, from, to) => buckets[bucketOf(bytes, from, to)] === 1
}

function bucketOf(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum = (Math.imul(sum, 31) + (bytes[i] as number)) | 0
  return (sum ^ (sum >>> 16)) & (BUCKETS - 1)
}

/** The number of buckets, a power of two. */
const BUCKETS = 2 ** 16
