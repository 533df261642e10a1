// The lists of a statement to and from its canonical text (SPEC.md §2): it has one string a line, so that those of a million
// subjects are read and written without an object of JSON for all.

import { concat, readHex, toHex, utf8 } from '../encoding/index.ts'
import {
  checksumLine,
  decodeText,
  HASH_LENGTH,
  MAX_NAME,
  readLine,
  SHORTEST_LINE,
  writePlain,
} from './checksum-line.ts'
import type { Subject } from './commitment.ts'
import { FORMAT } from './statement.ts'

/** Reads the subjects, and gives the text with the first of them alone; undefined unless all is as `writeLists` writes it. */
export function readLists(
  bytes: Uint8Array,
): { readonly subjects: readonly Subject[]; readonly rest: Uint8Array } | undefined {
  const digests = new Uint8Array(HASH_LENGTH * Math.ceil(bytes.length / SHORTEST_LINE))
  const subjects: Subject[] = []
  const end = eachLine(bytes, (line, from, to) => {
    const sha256 = slotOf(digests, subjects.length)
    const name = readLine(line, from, to, sha256)
    if (name !== undefined) subjects.push({ name, sha256 })
    return name !== undefined
  })
  const salts = end > 0 ? readSalts(bytes, end, subjects.length) : undefined
  if (salts === undefined) return undefined
  const rest = withFirstOnly(bytes, end, subjects.length)
  if (salts.length === 0) return { subjects, rest }
  return { subjects: subjects.map((one, i) => ({ ...one, salt: slotOf(salts, i) })), rest }
}

/** Shows the subjects' lines until one is not taken; gives where the last one ends, or -1. */
export function eachLine(bytes: Uint8Array, take: Take): number {
  return startsWith(bytes, 0, HEAD) ? eachString(bytes, HEAD.length, take) : -1
}

/** Reads the salts behind the lines, one after the other: none, or so many; undefined for anything else. */
export function readSalts(bytes: Uint8Array, end: number, count: number): Uint8Array | undefined {
  if (!startsWith(bytes, end, SALTS)) return new Uint8Array(0)
  const salts = new Uint8Array(HASH_LENGTH * count)
  let read = 0
  const last = eachString(bytes, end + SALTS.length, (text, from, to) => {
    const isSalt = read < count && to - from === 2 * HASH_LENGTH
    return isSalt && readHex(text, from, slotOf(salts, read++))
  })
  return last > 0 && read === count ? salts : undefined
}

/** The text with only the first of so many lines, which end there, and with its salt. */
export function withFirstOnly(bytes: Uint8Array, end: number, count: number): Uint8Array {
  const first = bytes.indexOf(LINE_FEED, HEAD.length) - 1
  if (count < 2) return bytes
  if (!startsWith(bytes, end, SALTS)) return concat(bytes.subarray(0, first), bytes.subarray(end))
  const salt = end + SALTS.length + SALT_LINE
  const rest = bytes.subarray(salt + (count - 1) * (SALT_LINE + NEXT.length))
  return concat(bytes.subarray(0, first), bytes.subarray(end, salt), rest)
}

export function slotOf(hashes: Uint8Array, index: number): Uint8Array {
  return hashes.subarray(HASH_LENGTH * index, HASH_LENGTH * (index + 1))
}

/** Writes the lists in pieces, from the beginning of the text to the line feed behind the last string. */
export function* writeLists(subjects: readonly Subject[]): Generator<Uint8Array> {
  yield HEAD
  yield* writeStrings(subjects, checksumLine, writePlain)
  if (!subjects.some(({ salt }) => salt)) return
  yield SALTS
  yield* writeStrings(subjects, ({ salt }) => {
    if (salt) return toHex(salt)
    throw new RangeError('expected a salt for each subject, or for none')
  })
}

/** Writes a string of each subject; `write` is a shorter way for most, and -1 when it is none. */
function* writeStrings(
  subjects: readonly Subject[],
  textOf: (subject: Subject) => string,
  write: typeof writePlain = () => -1,
): Generator<Uint8Array> {
  const piece = new Uint8Array(PIECE)
  let end = 0
  for (let i = 0; i < subjects.length; i++) {
    const subject = subjects[i] as Subject
    if (end > PIECE - ROOM) {
      yield piece.slice(0, end)
      end = 0
    }
    end = append(piece, end, i === 0 ? OPEN : NEXT_OPEN)
    const next = subject.name.length > MAX_NAME ? -1 : write(subject, piece, end)
    if (next >= 0) {
      piece[next] = QUOTATION_MARK
      end = next + 1
      continue
    }
    // One of its quotation marks is there already
    const text = utf8(JSON.stringify(textOf(subject)).slice(1))
    if (text.length <= PIECE - end) end = append(piece, end, text)
    else {
      yield piece.slice(0, end)
      yield text
      end = 0
    }
  }
  yield piece.slice(0, end)
}

function append(output: Uint8Array, at: number, bytes: Uint8Array): number {
  // For a few bytes a loop is faster than set
  for (let i = 0; i < bytes.length; i++) output[at + i] = bytes[i] as number
  return at + bytes.length
}

/** Takes a string by its UTF-8, which is plain when it is printable ASCII without escapes; false stops. */
type Take = (text: Uint8Array, from: number, to: number, isPlain: boolean) => boolean

/** Goes through strings as JSON.stringify writes them, one a line, and gives where the last one ends; else -1. */
function eachString(bytes: Uint8Array, start: number, take: Take): number {
  for (let at = start; startsWith(bytes, at, OPEN); at += NEXT.length) {
    const from = at + OPEN.length
    at = plainEnd(bytes, from)
    if (bytes[at] === QUOTATION_MARK) {
      if (!take(bytes, from, at++, true)) return -1
    } else {
      const feed = bytes.indexOf(LINE_FEED, at)
      at = bytes[feed - 1] === COMMA ? feed - 1 : feed
      const text = parseString(bytes.subarray(from - 1, at))
      if (text === undefined || !take(text, 0, text.length, false)) return -1
    }
    if (bytes[at] === LINE_FEED) return at
    if (!startsWith(bytes, at, NEXT)) return -1
  }
  return -1
}

/** The index behind printable ASCII without quotation marks and backslashes. */
function plainEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; ; at++) {
    const byte = bytes[at] ?? 0
    if (byte < SPACE || byte > TILDE || byte === QUOTATION_MARK || byte === BACKSLASH) return at
  }
}

function startsWith(bytes: Uint8Array, at: number, literal: Uint8Array): boolean {
  for (let i = 0; i < literal.length; i++) if (bytes[at + i] !== literal[i]) return false
  return true
}

/** The UTF-8 of a string of JSON, if it has one and this is how JSON.stringify writes it. */
function parseString(json: Uint8Array): Uint8Array | undefined {
  try {
    const text = decodeText(json) ?? ''
    const value: string = JSON.parse(text)
    return JSON.stringify(value) === text && !/\p{Surrogate}/u.test(value) ? utf8(value) : undefined
  } catch {
    return undefined
  }
}

export const HEAD: Uint8Array = utf8(`{\n  "format": "${FORMAT}",\n  "subjects": [\n`)
const SALTS = utf8('\n  ],\n  "salts": [\n')
const OPEN = utf8('    "')
const NEXT = utf8(',\n')
const NEXT_OPEN = concat(NEXT, OPEN)
const SALT_LINE = OPEN.length + 2 * HASH_LENGTH + 1
const LINE_FEED = 0x0a
const SPACE = 0x20
const QUOTATION_MARK = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const TILDE = 0x7e
/** The bytes of a piece, and of what is between two lines with a name of as many characters as may be. */
const PIECE = 2 ** 17
const ROOM = 2 ** 13
