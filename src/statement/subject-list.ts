// The lists of a statement to and from its canonical text (SPEC.md §2): it has one string a line, so that those of a million
// subjects are read and written without JSON.

import { readHex, toHex, utf8 } from '../encoding/index.ts'
import {
  checksumLine,
  HASH_LENGTH,
  isName,
  MAX_NAME,
  NAME_AT,
  parseLine,
  readLineDigest,
  SHORTEST_LINE,
} from './checksum-line.ts'
import type { Subject } from './commitment.ts'
import { FORMAT } from './statement.ts'

/** Where the strings of a list stand in the text: from the indent of the first to the line feed behind the last. */
export interface Extent {
  readonly start: number
  readonly end: number
}

export interface Lists {
  readonly lines: Extent
  readonly salts: Extent | undefined
}

/** Finds the lists of a statement that begins as `encodeStatement` writes it; what is in them is not looked at. */
export function findLists(bytes: Uint8Array): Lists | undefined {
  const lines = findList(bytes, 0, HEAD)
  return lines && { lines, salts: findList(bytes, lines.end, SALTS) }
}

function findList(bytes: Uint8Array, at: number, head: Uint8Array): Extent | undefined {
  const start = at + head.length
  if (!startsWith(bytes, at, head)) return undefined
  for (let end = start; ; end++) {
    end = bytes.indexOf(BRACKET, end)
    if (end < 0) return undefined
    // No string holds a line feed
    if (bytes[end - 3] === LINE_FEED && bytes[end - 2] === SPACE && bytes[end - 1] === SPACE) {
      return end - 3 > start ? { start, end: end - 3 } : undefined
    }
  }
}

/** The text with only the first string of each list. */
export function withFirstOnly(bytes: Uint8Array, { lines, salts }: Lists): Uint8Array[] {
  const parts: Uint8Array[] = []
  let at = 0
  for (const list of salts ? [lines, salts] : [lines]) {
    const comma = bytes.indexOf(LINE_FEED, list.start) - 1
    parts.push(bytes.subarray(at, Math.min(comma, list.end)))
    at = list.end
  }
  return [...parts, bytes.subarray(at)]
}

/** Who takes the strings of a list; false stops. */
export interface Taker {
  /** Takes one of printable ASCII without escapes, as it stands in the text. */
  readonly plain: (from: number, to: number) => boolean
  readonly other: (text: string) => boolean
}

/** Goes through the strings of a list; false when one was not taken, or is not written as JSON.stringify does. */
export function eachString(
  bytes: Uint8Array,
  { start, end }: Extent,
  { plain, other }: Taker,
): boolean {
  for (let at = start; ; at += NEXT.length) {
    if (!startsWith(bytes, at, OPEN)) return false
    const from = at + OPEN.length
    at = plainEnd(bytes, from)
    if (bytes[at] === QUOTATION_MARK) {
      if (!plain(from, at)) return false
      at++
    } else {
      const feed = bytes.indexOf(LINE_FEED, at)
      at = feed === end ? feed : feed - 1
      const text = parseString(bytes.subarray(from - 1, at))
      if (text === undefined || !other(text)) return false
    }
    if (at === end) return true
    if (!startsWith(bytes, at, NEXT)) return false
  }
}

/** Reads the subjects; undefined where something is not as `encodeStatement` writes it: what is wrong is for others to say. */
export function readSubjects(bytes: Uint8Array, lists: Lists): Subject[] | undefined {
  const salts = readSalts(bytes, lists)
  if (salts === undefined) return undefined
  const digests = new Uint8Array(HASH_LENGTH * mostStrings(lists.lines, SHORTEST_LINE))
  const subjects: Subject[] = []
  const take = (name: string, sha256: Uint8Array): boolean => {
    const salt = slotOf(salts, subjects.length)
    subjects.push(salts.length > 0 ? { name, sha256, salt } : { name, sha256 })
    return true
  }
  const isRead = eachString(bytes, lists.lines, {
    plain: (from, to) => {
      const sha256 = slotOf(digests, subjects.length)
      if (!readPlainLine(bytes, from, to, sha256)) return false
      return take(decoder.decode(bytes.subarray(from + NAME_AT, to)), sha256)
    },
    other: (text) => {
      const found = parseLine(text)
      return found !== undefined && isName(found.name) && take(found.name, found.sha256)
    },
  })
  return isRead && areSaltsOf(salts, subjects.length) ? subjects : undefined
}

/** Reads the salts, one behind the other; none where there is no list of them, undefined for what is none. */
export function readSalts(bytes: Uint8Array, { salts: list }: Lists): Uint8Array | undefined {
  if (list === undefined) return new Uint8Array(0)
  const salts = new Uint8Array(HASH_LENGTH * mostStrings(list, 2 * HASH_LENGTH))
  let count = 0
  const isRead = eachString(bytes, list, {
    plain: (from, to) =>
      to - from === 2 * HASH_LENGTH && readHex(bytes, from, slotOf(salts, count++), 'lower'),
    other: () => false,
  })
  return isRead ? salts.subarray(0, HASH_LENGTH * count) : undefined
}

/** Tells whether there is a salt for each of so many lines, or none at all. */
export function areSaltsOf(salts: Uint8Array, count: number): boolean {
  return salts.length === 0 || salts.length === HASH_LENGTH * count
}

/** Reads the digest of a line of printable ASCII. */
export function readPlainLine(
  bytes: Uint8Array,
  from: number,
  to: number,
  sha256: Uint8Array,
): boolean {
  return to - from <= NAME_AT + MAX_NAME && readLineDigest(bytes, from, to, sha256, 'lower')
}

export function slotOf(hashes: Uint8Array, index: number): Uint8Array {
  return hashes.subarray(HASH_LENGTH * index, HASH_LENGTH * (index + 1))
}

/** Writes the lists in pieces, from the beginning of the text to the line feed behind the last string. */
export function* writeLists(subjects: readonly Subject[]): Generator<Uint8Array> {
  yield HEAD
  yield* writeStrings(subjects, checksumLine)
  if (!subjects.some(({ salt }) => salt)) return
  yield SALTS
  yield* writeStrings(subjects, ({ salt }) => {
    if (salt) return toHex(salt)
    throw new RangeError('expected a salt for each subject, or for none')
  })
}

function* writeStrings(
  subjects: readonly Subject[],
  textOf: (subject: Subject) => string,
): Generator<Uint8Array> {
  for (let at = 0; at < subjects.length; at += BATCH) {
    const strings = subjects.slice(at, at + BATCH).map(textOf)
    // Without the brackets and the line feeds beside them
    const text = JSON.stringify(strings, null, OPEN.length - 1).slice(2, -2)
    yield utf8(at === 0 ? text : `,\n${text}`)
  }
}

/** The index behind printable ASCII without quotation marks and backslashes. */
function plainEnd(bytes: Uint8Array, from: number): number {
  let at = from
  for (; ; at++) {
    const byte = bytes[at] as number
    if (!(byte >= SPACE && byte <= TILDE) || byte === QUOTATION_MARK || byte === BACKSLASH)
      return at
  }
}

function startsWith(bytes: Uint8Array, at: number, literal: Uint8Array): boolean {
  for (let i = 0; i < literal.length; i++) if (bytes[at + i] !== literal[i]) return false
  return true
}

function parseString(json: Uint8Array): string | undefined {
  try {
    const text = decoder.decode(json)
    const value: string = JSON.parse(text)
    return JSON.stringify(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

/** The most strings of so many bytes each that a list has room for. */
function mostStrings({ start, end }: Extent, shortest: number): number {
  return Math.ceil((end - start) / (shortest + OPEN.length + 1))
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const HEAD: Uint8Array = utf8(`{\n  "format": ${JSON.stringify(FORMAT)},\n  "subjects": [\n`)
const SALTS = utf8('\n  ],\n  "salts": [\n')
const OPEN = utf8('    "')
const NEXT = utf8(',\n')
const LINE_FEED = 0x0a
const SPACE = 0x20
const QUOTATION_MARK = 0x22
const BACKSLASH = 0x5c
const BRACKET = 0x5d
const TILDE = 0x7e
/** The strings in a piece. */
const BATCH = 1024
