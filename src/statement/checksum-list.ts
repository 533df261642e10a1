// Checksum lists as sha256sum of GNU coreutils prints them, with --tag too, to subjects: for a signer who has only digests.

import { equal, plainBytes, readHex, utf8 } from '../encoding/index.ts'
import { DecodeError, type DecodeErrorCode } from '../errors.ts'
import {
  decodeText,
  HASH_LENGTH,
  isName,
  isPlainLineOf,
  MAX_NAME,
  readLine,
  SHORTEST_LINE,
  unescapeName,
} from './checksum-line.ts'
import type { Subject } from './commitment.ts'

/** The most bytes that a list may have. */
export const MAX_CHECKSUM_LIST: number = 2 ** 28

/**
 * Reads the subjects of a list, in its order and under their names as they stand there; one listed twice counts once. Lines
 * are "DIGEST  NAME", "DIGEST *NAME" or "SHA256 (NAME) = DIGEST", and begin with a backslash when the name's backslashes
 * and line ends are escaped. Empty lines, and those that begin with "#", are passed over; a carriage return before a
 * line feed is not part of the name. Throws DecodeError, whose message tells the line, for anything else, for a name
 * with two digests, and for a list without any digest. A line of the subject that is `expected` there gives that one:
 * a list of a million then takes little more memory than it has already.
 */
export function decodeChecksumList(
  list: Uint8Array,
  expected: readonly Subject[] = [],
): readonly Subject[] {
  const bytes = plainBytes(list)
  const { length } = bytes
  let [start, line] = [0, 0]
  const fail: Fail = (code, message) => {
    const where = line === 0 ? '' : `line ${line}: `
    throw new DecodeError(code, 'ChecksumList', start, `${where}${message}`)
  }
  if (length > MAX_CHECKSUM_LIST) fail('too-large', `expected at most ${MAX_CHECKSUM_LIST} bytes`)
  const most = Math.ceil(length / SHORTEST_LINE)
  const digests = new Uint8Array(HASH_LENGTH * most)
  const lines = new Uint32Array(most)
  const subjects: Subject[] = []
  for (let next = 0; next < length; ) {
    start = next
    line++
    const feed = bytes.indexOf(LINE_FEED, start)
    next = feed < 0 ? length : feed + 1
    let end = feed < 0 ? length : feed
    if (end - start > LONGEST) fail('too-large', `expected at most ${LONGEST} bytes`)
    if (bytes[end - 1] === CARRIAGE_RETURN && end > start) end--
    if (end === start || bytes[start] === NUMBER_SIGN) continue
    lines[subjects.length] = line
    const same = expected[subjects.length]
    if (same && isPlainLineOf(same, bytes.subarray(start, end))) {
      subjects.push(same)
      continue
    }
    const at = subjects.length * HASH_LENGTH
    const sha256 = digests.subarray(at, at + HASH_LENGTH)
    const name =
      readLine(bytes, start, end, sha256) ?? readOther(bytes.subarray(start, end), sha256, fail)
    subjects.push({ name, sha256 })
  }
  if (subjects.length === 0) {
    line = 0
    fail('invalid-length', 'expected at least one digest')
  }
  return eachOnce(subjects, (i, message) => {
    line = lines[i] as number
    fail('invalid-value', message)
  })
}

/** Leaves each name once. Sums are sorted ten times as fast as a million names are put into a set. */
function eachOnce(
  subjects: readonly Subject[],
  refuse: (index: number, message: string) => never,
): readonly Subject[] {
  const sums = new Uint32Array(subjects.length)
  for (let i = 0; i < sums.length; i++) sums[i] = sumOf(subjects[i]?.name ?? '')
  const sorted = sums.slice().sort()
  const repeated = new Set(sorted.filter((sum, i) => sum === sorted[i + 1]))
  if (repeated.size === 0) return subjects
  const known = new Map<string, Uint8Array>()
  return subjects.filter(({ name, sha256 }, i) => {
    if (!repeated.has(sums[i] as number)) return true
    const earlier = known.get(name)
    if (earlier === undefined) known.set(name, sha256)
    else if (!equal(earlier, sha256)) {
      refuse(i, `a second digest for ${JSON.stringify(name)}`)
    }
    return earlier === undefined
  })
}

function sumOf(name: string): number {
  let sum = 0
  for (let i = 0; i < name.length; i++) sum = (Math.imul(sum, 31) + name.charCodeAt(i)) | 0
  return sum
}

type Fail = (code: DecodeErrorCode, message: string) => never

/** Reads a line that is not as sha256sum prints it, but as it takes it: gives the name, and writes the digest to `sha256`. */
function readOther(bytes: Uint8Array, sha256: Uint8Array, fail: Fail): string {
  const text = decodeText(bytes) ?? fail('invalid-value', 'expected UTF-8')
  const [, mark, tag, tagged, taggedHex] = TAGGED.exec(text) ?? []
  const [, plainMark, plainHex, plain] = PLAIN.exec(text) ?? []
  if (tag !== undefined && tag !== 'SHA256') {
    fail('invalid-value', `expected SHA256, got ${tag.slice(0, 20)}`)
  }
  const written = tagged ?? plain
  const hex = taggedHex ?? plainHex
  if (written === undefined || hex === undefined) {
    const form = 'a digest, two spaces and a name, or "SHA256 (NAME) = DIGEST"'
    fail('invalid-value', `expected ${form}`)
  }
  if (hex.length !== 2 * HASH_LENGTH) {
    fail('invalid-length', `expected SHA-256 in 64 hex digits, got ${hex.length}`)
  }
  readHex(utf8(hex.toLowerCase()), 0, sha256)
  const isEscaped = Boolean(mark ?? plainMark)
  if (isEscaped && written.replace(/\\[\\nr]/g, '').includes('\\')) {
    fail('invalid-value', 'expected \\\\, \\n or \\r after \\')
  }
  const name = isEscaped ? unescapeName(written) : written
  if (!isName(name)) fail('invalid-value', 'expected a name of 1 to 4096 bytes without NUL')
  return name
}

// Greedy, as sha256sum reads them: a name may hold ")".
const TAGGED = /^(\\?)([\w./-]{1,64}) ?\((.*)\)[ \t]*=[ \t]*([0-9A-Fa-f]*)$/s
const PLAIN = /^(\\?)([0-9A-Fa-f]+) [ *](.+)$/s

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const NUMBER_SIGN = 0x23
/** The longest line has a name that is all escapes, and "\SHA256 () = " with the digest around it. */
const LONGEST = 2 * MAX_NAME + 2 * HASH_LENGTH + 64
