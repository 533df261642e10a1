// The subjects of a statement to and from its canonical text (SPEC.md §2), without a string or an object of JSON for
// each: there may be a million.

import { plainBytes, readHex, toHex, utf8, writeHex, writePlain } from '../encoding/index.ts'
import { HASH_LENGTH, MAX_NAME, type Subject } from './commitment.ts'

export interface ListExtent {
  /** How many there are. */
  readonly count: number
  /** Where the first of them ends. */
  readonly firstEnd: number
  /** Where the last one ends. */
  readonly end: number
}

export interface SubjectList extends ListExtent {
  readonly subjects: readonly Subject[]
}

/** One subject as it stands in the text. */
export interface SubjectText {
  readonly bytes: Uint8Array
  /** Where the name begins and ends, without its quotation marks. */
  readonly nameStart: number
  readonly nameEnd: number
  /** Whether the name is written with escapes. Else it stands there as its own UTF-8. */
  readonly escaped: boolean
  /** The name, where it had to be decoded to see that it is one. */
  readonly decoded: string | undefined
  /** Where the digest's hex digits begin. */
  readonly sha256Start: number
  readonly sha256: Uint8Array
  readonly salt: Uint8Array | undefined
}

/**
 * Reads a list of at least two subjects, none with an inclusion proof, that begins at `start`, each as `encodeStatement`
 * writes it. Gives undefined for anything else: what is wrong there, if anything is, is for others to say.
 */
export function readSubjectList(text: Uint8Array, start: number): SubjectList | undefined {
  // Each digest and each salt takes twice its bytes in the text; the last one may not be there
  const slots = new Uint8Array(((text.length - start) >> 1) + HASH_LENGTH)
  let used = 0
  const allocate = (): Uint8Array => {
    used += HASH_LENGTH
    return slots.subarray(used - HASH_LENGTH, used)
  }
  const subjects: Subject[] = []
  const extent = scanSubjectList(text, start, allocate, (found) => {
    const name = nameOf(found)
    const { sha256, salt } = found
    subjects.push(salt ? { name, sha256, salt } : { name, sha256 })
  })
  return extent && { ...extent, subjects }
}

/** Gives 32 bytes for what is read next, which may be those of an earlier subject. */
export type AllocateDigest = (what: 'digest' | 'salt') => Uint8Array

/** Reads a list without making the subjects: each is shown as it stands there, until the next one. */
export function scanSubjectList(
  text: Uint8Array,
  start: number,
  allocate: AllocateDigest,
  show: (found: SubjectText) => void,
): ListExtent | undefined {
  const bytes = plainBytes(text)
  const place: Place = {
    bytes,
    allocate,
    at: start,
    nameStart: start,
    nameEnd: start,
    escaped: false,
    decoded: undefined,
    sha256Start: start,
    sha256: NOTHING,
    salt: undefined,
  }
  let [count, firstEnd] = [0, start]
  do {
    if (!scanSubject(place)) return undefined
    show(place)
    count++
    if (count === 1) firstEnd = place.at
  } while (skip(place, NEXT))
  return count > 1 ? { count, firstEnd, end: place.at } : undefined
}

/** Decodes the name of a subject that was found. */
export function nameOf({ bytes, nameStart, nameEnd, decoded }: SubjectText): string {
  return decoded ?? decoder.decode(bytes.subarray(nameStart, nameEnd))
}

/** Writes the text of the list in pieces, with what is between the subjects. */
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

/** Tells whether its text is at most as long as LONGEST. */
function isUsual({ name, sha256, salt, inclusionProof }: Subject): boolean {
  const hashes =
    sha256.length === HASH_LENGTH && (salt === undefined || salt.length === HASH_LENGTH)
  return hashes && name.length <= MAX_NAME && inclusionProof === undefined
}

function writeSubject({ name, sha256, salt }: Subject, output: Uint8Array, at: number): number {
  const start = append(output, at, NAME)
  let end = writePlain(name, output, start)
  if (end < 0) {
    // The literals before and behind the name have a quotation mark each
    const quoted = encoder.encodeInto(JSON.stringify(name), output.subarray(start - 1))
    end = start + quoted.written - 2
  }
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
  // For a few bytes a loop is faster than set
  for (let i = 0; i < bytes.length; i++) output[at + i] = bytes[i] as number
  return at + bytes.length
}

/** A position in the text, and the subject before it. */
interface Place {
  readonly bytes: Uint8Array
  readonly allocate: AllocateDigest
  at: number
  nameStart: number
  nameEnd: number
  escaped: boolean
  decoded: string | undefined
  sha256Start: number
  sha256: Uint8Array
  salt: Uint8Array | undefined
}

function scanSubject(place: Place): boolean {
  if (!skip(place, NAME) || !scanName(place) || !skip(place, SHA256)) return false
  place.sha256Start = place.at
  place.sha256 = place.allocate('digest')
  place.salt = undefined
  if (!scanHash(place, place.sha256)) return false
  if (skip(place, END)) return true
  if (!skip(place, SALT)) return false
  place.salt = place.allocate('salt')
  return scanHash(place, place.salt) && skip(place, END)
}

function skip(place: Place, literal: Uint8Array): boolean {
  const { bytes, at } = place
  for (let i = 0; i < literal.length; i++) if (bytes[at + i] !== literal[i]) return false
  place.at += literal.length
  return true
}

/** Reads what stands in quotation marks, of which the first is behind us. */
function scanName(place: Place): boolean {
  const { bytes, at } = place
  const limit = Math.min(bytes.length, at + MAX_ESCAPED)
  let end = at
  let [ascii, escaped] = [true, false]
  for (; end < limit && bytes[end] !== QUOTATION_MARK; end++) {
    const byte = bytes[end] as number
    if (byte < SPACE) return false
    if (byte > DELETE) ascii = false
    if (byte !== BACKSLASH) continue
    escaped = true
    end++
  }
  place.at = end
  place.nameStart = at
  place.nameEnd = end
  place.escaped = escaped
  place.decoded = undefined
  if (ascii && !escaped) return end > at && end - at <= MAX_NAME
  const text = decode(bytes.subarray(at, end))
  place.decoded = text !== undefined && escaped ? parse(`"${text}"`) : text
  const name = place.decoded
  return !!name && (3 * name.length <= MAX_NAME || utf8(name).length <= MAX_NAME)
}

/** Decodes a string of JSON that is as JSON.stringify writes it, and holds nothing that a name may not hold. */
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

function scanHash(place: Place, output: Uint8Array): boolean {
  if (!readHex(place.bytes, place.at, output, 'lower')) return false
  place.at += 2 * HASH_LENGTH
  return true
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
const DELETE = 0x7f
/** The most bytes of a name that is all escapes. */
const MAX_ESCAPED = 6 * MAX_NAME + 1
/** The most that a subject takes: its name, and the literals, the digest and the salt, which are shorter than this. */
const LONGEST = MAX_ESCAPED + 1024
/** The bytes of a piece. */
const PIECE = 2 ** 17
