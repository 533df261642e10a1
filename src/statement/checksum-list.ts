// Checksum lists as sha256sum of GNU coreutils prints them, with --tag too, to subjects: for a signer who has only digests.

import { equal, plainBytes, readHex, utf8 } from '../encoding/index.ts'
import { DecodeError, type DecodeErrorCode } from '../errors.ts'
import {
  HASH_LENGTH,
  isName,
  MAX_NAME,
  NAME_AT,
  readLineDigest,
  SHORTEST_LINE,
  withoutEscapes,
} from './checksum-line.ts'
import type { Subject } from './commitment.ts'

/** The most bytes that a list may have. */
export const MAX_CHECKSUM_LIST: number = 2 ** 28

/**
 * Reads the subjects of a list, in its order and under their names as they stand there; one listed twice counts once. Lines
 * are "DIGEST  NAME", "DIGEST *NAME" or "SHA256 (NAME) = DIGEST", and begin with a backslash when the name's backslashes
 * and line ends are escaped. Empty lines, and those that begin with "#", are passed over; a carriage return before a
 * line feed is not part of the name. Throws DecodeError, whose message tells the line, for anything else, for a name
 * with two digests, and for a list without any digest.
 */
export function decodeChecksumList(list: Uint8Array): Subject[] {
  const bytes = plainBytes(list)
  const { length } = bytes
  let [start, line] = [0, 0]
  const fail: Fail = (code, message) => {
    const where = line === 0 ? '' : `line ${line}: `
    throw new DecodeError(code, 'ChecksumList', start, `${where}${message}`)
  }
  if (length > MAX_CHECKSUM_LIST) fail('too-large', `expected at most ${MAX_CHECKSUM_LIST} bytes`)
  const digests = new Uint8Array(HASH_LENGTH * Math.ceil(length / SHORTEST_LINE))
  const subjects: Subject[] = []
  const names = new Set<string>()
  let byName: Map<string, Uint8Array> | undefined
  for (let next = 0; next < length; ) {
    start = next
    line++
    const feed = bytes.indexOf(LINE_FEED, start)
    next = feed < 0 ? length : feed + 1
    let end = feed < 0 ? length : feed
    if (end - start > LONGEST) fail('too-large', `expected at most ${LONGEST} bytes`)
    if (bytes[end - 1] === CARRIAGE_RETURN && end > start) end--
    if (end === start || bytes[start] === NUMBER_SIGN) continue
    const at = subjects.length * HASH_LENGTH
    const sha256 = digests.subarray(at, at + HASH_LENGTH)
    const name = readLine(bytes.subarray(start, end), sha256, fail)
    names.add(name)
    if (names.size > subjects.length) {
      subjects.push({ name, sha256 })
      byName?.set(name, sha256)
      continue
    }
    // Most lists have no name twice, and need no map of a million
    byName ??= new Map(subjects.map((subject) => [subject.name, subject.sha256]))
    if (!equal(byName.get(name) ?? sha256, sha256)) {
      fail('invalid-value', `a second digest for ${JSON.stringify(name)}`)
    }
  }
  line = 0
  if (subjects.length === 0) fail('invalid-length', 'expected at least one digest')
  return subjects
}

type Fail = (code: DecodeErrorCode, message: string) => never

/** Reads a line: gives the name, and writes the digest to `output`. */
function readLine(bytes: Uint8Array, output: Uint8Array, fail: Fail): string {
  const isPlain = readLineDigest(bytes, 0, bytes.length, output, 'either')
  const text = decode(isPlain ? bytes.subarray(NAME_AT) : bytes)
  if (text === undefined) fail('invalid-value', 'expected UTF-8')
  const name = isPlain ? text : readOther(text, output, fail)
  if (!isName(name)) fail('invalid-value', 'expected a name of 1 to 4096 bytes without NUL')
  return name
}

function readOther(text: string, output: Uint8Array, fail: Fail): string {
  const escaped = text.startsWith('\\')
  const rest = escaped ? text.slice(1) : text
  const [, tag, tagged, taggedHex = ''] = TAGGED.exec(rest) ?? []
  const [, plainHex = '', plain] = PLAIN.exec(rest) ?? []
  if (tag !== undefined && tag !== 'SHA256') {
    fail('invalid-value', `expected SHA256, got ${tag.slice(0, 20)}`)
  }
  const [name, hex] = tag === undefined ? [plain, plainHex] : [tagged, taggedHex]
  if (name === undefined) {
    const form = 'a digest, two spaces and a name, or "SHA256 (NAME) = DIGEST"'
    fail('invalid-value', `expected ${form}`)
  }
  if (hex.length !== 2 * HASH_LENGTH) {
    fail('invalid-length', `expected SHA-256 in 64 hex digits, got ${hex.length}`)
  }
  readHex(utf8(hex), 0, output, 'either')
  const meant = escaped ? withoutEscapes(name) : name
  return meant ?? fail('invalid-value', 'expected \\\\, \\n or \\r after \\')
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

// Greedy, as sha256sum reads them: a name may hold ")".
const TAGGED = /^([\w./-]{1,64}) ?\((.*)\)[ \t]*=[ \t]*([0-9A-Fa-f]*)$/s
const PLAIN = /^([0-9A-Fa-f]+) [ *](.+)$/s

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const NUMBER_SIGN = 0x23
/** The longest line has a name that is all escapes, and "\SHA256 () = " with the digest around it. */
const LONGEST = 2 * MAX_NAME + 2 * HASH_LENGTH + 64
