// The subjects of a statement to and from its canonical text (SPEC.md §2), without a string or an object of JSON for
// each: there may be a million.

import { plainBytes, readHex, toHex, utf8, writeHex } from './bytes.ts'
import type { Subject } from './commitment.ts'

export interface SubjectList {
  readonly subjects: readonly Subject[]
  /** Where the first of them ends. */
  readonly firstEnd: number
  /** Where the last one ends. */
  readonly end: number
}

/**
 * A list of at least two subjects, none with an inclusion proof, that begins at `start`, each as `encodeStatement`
 * writes it. Undefined for anything else: what is wrong there, if anything is, is for others to say.
 */
export function readSubjectList(text: Uint8Array, start: number): SubjectList | undefined {
  const bytes = plainBytes(text)
  // Each digest and each salt takes twice its bytes in the text
  const slots = new Uint8Array((bytes.length - start) >> 1)
  const source: Source = { bytes, slots, at: start, used: 0 }
  const subjects: Subject[] = []
  let firstEnd = start
  do {
    const subject = readSubject(source)
    if (subject === undefined) return undefined
    subjects.push(subject)
    if (subjects.length === 1) firstEnd = source.at
  } while (skip(source, NEXT))
  return subjects.length > 1 ? { subjects, firstEnd, end: source.at } : undefined
}

/** The text of the list, what is between the subjects included, in pieces. */
export function* writeSubjectList(subjects: readonly Subject[]): Generator<Uint8Array> {
  const piece = new Uint8Array(PIECE)
  let end = 0
  let separator = NOTHING
  for (const subject of subjects) {
    end = append(piece, end, separator)
    separator = NEXT
    const usual = isUsual(subject)
    if (usual) end = writeSubject(subject, piece, end)
    if (usual && end <= PIECE - LONGEST) continue
    yield piece.slice(0, end)
    if (!usual) yield utf8(subjectText(subject))
    end = 0
  }
  if (end > 0) yield piece.slice(0, end)
}

/** Whether it is no longer than LONGEST. */
function isUsual({ name, sha256, salt, inclusionProof }: Subject): boolean {
  const hashes = sha256.length === HASH && (salt === undefined || salt.length === HASH)
  return hashes && name.length <= MAX_NAME && inclusionProof === undefined
}

function writeSubject({ name, sha256, salt }: Subject, output: Uint8Array, at: number): number {
  // The literals before and behind the name have a quotation mark each
  const start = append(output, at, NAME) - 1
  let end = start + encoder.encodeInto(JSON.stringify(name), output.subarray(start)).written - 1
  end = writeHex(sha256, output, append(output, end, SHA256))
  if (salt) end = writeHex(salt, output, append(output, end, SALT))
  return append(output, end, END)
}

function subjectText({ name, sha256, salt, inclusionProof }: Subject): string {
  const members = {
    name,
    sha256: toHex(sha256),
    ...(salt && { salt: toHex(salt) }),
    ...(inclusionProof && {
      inclusionProof: {
        leafIndex: inclusionProof.leafIndex,
        treeSize: inclusionProof.treeSize,
        hashes: inclusionProof.hashes.map(toHex),
      },
    }),
  }
  return `    ${JSON.stringify(members, null, 2).replaceAll('\n', '\n    ')}`
}

function append(output: Uint8Array, at: number, bytes: Uint8Array): number {
  output.set(bytes, at)
  return at + bytes.length
}

/** A position in the text, and room for the bytes that its hex digits are. */
interface Source {
  readonly bytes: Uint8Array
  readonly slots: Uint8Array
  at: number
  used: number
}

function readSubject(source: Source): Subject | undefined {
  const name = skip(source, NAME) ? readName(source) : undefined
  const sha256 = name !== undefined && skip(source, SHA256) ? readHash(source) : undefined
  if (name === undefined || sha256 === undefined) return undefined
  if (skip(source, END)) return { name, sha256 }
  const salt = skip(source, SALT) ? readHash(source) : undefined
  return salt && skip(source, END) ? { name, sha256, salt } : undefined
}

function skip(source: Source, literal: Uint8Array): boolean {
  const { bytes, at } = source
  for (let i = 0; i < literal.length; i++) if (bytes[at + i] !== literal[i]) return false
  source.at += literal.length
  return true
}

/** What stands in quotation marks, of which the first is behind us. */
function readName(source: Source): string | undefined {
  const { bytes, at } = source
  const limit = Math.min(bytes.length, at + MAX_ESCAPED)
  let end = at
  let escapes = false
  for (; end < limit && bytes[end] !== QUOTATION_MARK; end++) {
    if ((bytes[end] as number) < SPACE) return undefined
    if (bytes[end] !== BACKSLASH) continue
    escapes = true
    end++
  }
  source.at = end
  const text = decode(bytes.subarray(at, end))
  const name = text !== undefined && escapes ? parse(`"${text}"`) : text
  if (!name || (3 * name.length > MAX_NAME && utf8(name).length > MAX_NAME)) return undefined
  return name
}

/** A string of JSON that is as JSON.stringify writes it, without what no name may hold, which only escapes can bring. */
function parse(text: string): string | undefined {
  try {
    const value: string = JSON.parse(text)
    if (value.includes('\0') || /\p{Surrogate}/u.test(value)) return undefined
    return JSON.stringify(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

function readHash(source: Source): Uint8Array | undefined {
  const { bytes, slots, at, used } = source
  const hash = slots.subarray(used, used + HASH)
  if (hash.length < HASH || !readHex(bytes, at, hash, 'lower')) return undefined
  source.at += 2 * HASH
  source.used += HASH
  return hash
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const NAME = utf8('    {\n      "name": "')
const SHA256 = utf8('",\n      "sha256": "')
const SALT = utf8('",\n      "salt": "')
const END = utf8('"\n    }')
const NEXT = utf8(',\n')
const NOTHING = utf8('')
const SPACE = 0x20
const QUOTATION_MARK = 0x22
const BACKSLASH = 0x5c
/** Bytes of a name. */
const MAX_NAME = 4096
/** Bytes of a name that is all escapes. */
const MAX_ESCAPED = 6 * MAX_NAME + 1
/** Bytes of a digest or a salt. */
const HASH = 32
/** The most that a subject takes: its name, and the literals, the digest and the salt, which are shorter than this. */
const LONGEST = MAX_ESCAPED + 1024
/** Bytes. */
const PIECE = 2 ** 17
