// Subjects cut out of a list with their inclusion proofs (RFC 9162 §2.1.3): statements complete by themselves.

import { plainBytes, utf8 } from '../encoding/index.ts'
import {
  HASH_LENGTH,
  type HashInto,
  type InclusionProof,
  leafHash,
  MAX_NAME,
  proveInclusions,
  proveLeaves,
  type Subject,
} from './commitment.ts'
import { decodeFirst, listStart } from './decode.ts'
import { MAX_STATEMENT, type SignedStatement } from './statement.ts'
import { nameOf, type SubjectText, scanSubjectList } from './subject-list.ts'

/**
 * Makes statements over one subject each, by their indexes in a statement over many: each with its own salt and inclusion
 * proof, the same rounds, and nothing of its siblings.
 */
export function cutOut(
  statement: SignedStatement,
  indexes: readonly number[],
  hash: HashInto,
): SignedStatement[] {
  const { subjects } = statement
  const proofs = proveInclusions(subjects, indexes, hash)
  return indexes.map((index, i) => {
    return alone(statement, subjects[index] as Subject, proofs[i] as InclusionProof)
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
  const start = listStart(bytes)
  const isWanted = filterOf(names)
  const found = new Map<string, { readonly index: number; readonly subject: Subject }>()
  // A leaf hash takes half of what the digest takes in the text
  const leaves = new Uint8Array((bytes.length - start) >> 1)
  const hashText = textHasher(hash)
  let [index, twice] = [0, false]
  const [digestRoom, saltRoom] = [new Uint8Array(HASH_LENGTH), new Uint8Array(HASH_LENGTH)]
  const allocate = (what: 'digest' | 'salt'): Uint8Array =>
    what === 'salt' ? saltRoom : digestRoom
  const list = scanSubjectList(bytes, start, allocate, (text) => {
    hashText(text, leaves, index * HASH_LENGTH)
    if (isWanted(text)) {
      const subject = subjectOf(text)
      if (found.has(subject.name)) twice = true
      found.set(subject.name, { index, subject })
    }
    index++
  })
  const first = list && !twice && decodeFirst(bytes, list)
  if (!first || first.renewals) return undefined
  const wanted = names.flatMap((name) => found.get(name) ?? [])
  if (wanted.length < names.length) return undefined
  const indexes = wanted.map((one) => one.index)
  const proofs = proveLeaves(leaves.subarray(0, index * HASH_LENGTH), indexes, hash)
  return wanted.map(({ subject }, i) => alone(first, subject, proofs[i] as InclusionProof))
}

function alone(
  { rounds, unsigned }: SignedStatement,
  subject: Subject,
  inclusionProof: InclusionProof,
): SignedStatement {
  return { subjects: [{ ...subject, inclusionProof }], rounds, unsigned }
}

function subjectOf(text: SubjectText): Subject {
  const { sha256, salt } = text
  return { name: nameOf(text), sha256: sha256.slice(), ...(salt && { salt: salt.slice() }) }
}

/** Makes a test for subjects that have one of the names; of most others their names need not be decoded for that. */
function filterOf(names: readonly string[]): (text: SubjectText) => boolean {
  const wanted = new Set(names)
  const buckets = new Uint8Array(BUCKETS)
  for (const name of names) {
    const bytes = utf8(name)
    buckets[bucketOf(bytes, 0, bytes.length)] = 1
  }
  return (text) => {
    const { bytes, nameStart, nameEnd, escaped } = text
    return (
      (escaped || buckets[bucketOf(bytes, nameStart, nameEnd)] === 1) && wanted.has(nameOf(text))
    )
  }
}

function bucketOf(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0
  for (let i = start; i < end; i++) sum = (Math.imul(sum, 31) + (bytes[i] as number)) | 0
  return (sum ^ (sum >>> 16)) & (BUCKETS - 1)
}

/** Makes a hasher of leaves. The digest's digits and a name without escapes are in the leaf input as they are in the text. */
function textHasher(hash: HashInto): (text: SubjectText, output: Uint8Array, at: number) => void {
  const input = new Uint8Array(LONGEST_LEAF)
  // A view takes as long to make as the leaf input
  const views: Uint8Array[] = []
  return (text, output, at) => {
    if (text.escaped) {
      output.set(leafHash(subjectOf(text), hash), at)
      return
    }
    const { bytes, nameStart, nameEnd, sha256Start, salt } = text
    let end = 1
    if (salt) for (let i = 0; i < HASH_LENGTH; i++) input[end++] = salt[i] as number
    for (let i = 0; i < 2 * HASH_LENGTH; i++) input[end++] = bytes[sha256Start + i] as number
    input[end++] = SPACE
    input[end++] = SPACE
    for (let i = nameStart; i < nameEnd; i++) input[end++] = bytes[i] as number
    input[end++] = LINE_FEED
    views[end] ??= input.subarray(0, end)
    hash(views[end] as Uint8Array, output, at)
  }
}

const SPACE = 0x20
const LINE_FEED = 0x0a
/** A zero byte, the salt, the digest's digits, two spaces, the longest name and a line feed. */
const LONGEST_LEAF = 1 + HASH_LENGTH + 2 * HASH_LENGTH + 2 + MAX_NAME + 1
/** The number of buckets, a power of two. */
const BUCKETS = 2 ** 16
