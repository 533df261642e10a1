// Checksum lists as sha256sum of GNU coreutils prints them, with --tag too, to subjects: for a signer who has only digests.

import { equal, plainBytes, readHex, utf8 } from '../encoding/index.ts'
import { DecodeError, type DecodeErrorCode } from '../errors.ts'
import { HASH_LENGTH, MAX_NAME, type Subject } from './commitment.ts'

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
  if (length > MAX_CHECKSUM_LIST)
    fail('too-large', 0, `expected at most ${MAX_CHECKSUM_LIST} bytes`)
  const digests = new Uint8Array(HASH_LENGTH * Math.ceil(length / SHORTEST_LINE))
  const subjects: Subject[] = []
  const names = new Set<string>()
  let byName: Map<string, Uint8Array> | undefined
  for (let [start, line] = [0, 1]; start < length; line++) {
    const feed = bytes.indexOf(LINE_FEED, start)
    const next = feed < 0 ? length : feed + 1
    let end = feed < 0 ? length : feed
    if (end - start > LONGEST_LINE) {
      fail('too-large', start, `line ${line}: expected at most ${LONGEST_LINE} bytes`)
    }
    if (bytes[end - 1] === CARRIAGE_RETURN && end > start) end--
    if (end > start && bytes[start] !== NUMBER_SIGN) {
      const at = subjects.length * HASH_LENGTH
      const sha256 = digests.subarray(at, at + HASH_LENGTH)
      const name = readLine(bytes, start, end, sha256, line)
      names.add(name)
      if (names.size > subjects.length) {
        subjects.push({ name, sha256 })
        byName?.set(name, sha256)
      } else {
        // Most lists have no name twice, and need no map of a million
        byName ??= new Map(subjects.map((subject) => [subject.name, subject.sha256]))
        if (!equal(byName.get(name) ?? sha256, sha256)) {
          fail('invalid-value', start, `line ${line}: a second digest for ${JSON.stringify(name)}`)
        }
      }
    }
    start = next
  }
  if (subjects.length === 0) fail('invalid-length', 0, 'expected at least one digest')
  return subjects
}

/** Reads a line: gives the name, and writes the digest to `output`. */
function readLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  line: number,
): string {
  const mark = bytes[start + 65]
  const plain = bytes[start + 64] === SPACE && (mark === SPACE || mark === ASTERISK)
  if (plain && end - start > 66 && readHex(bytes, start, output, 'either')) {
    return requireName(decodeText(bytes, start + 66, end, line), start, line)
  }
  const { name, hex, escaped } = splitLine(decodeText(bytes, start, end, line), start, line)
  readHex(utf8(hex), 0, output, 'either')
  return requireName(escaped ? withoutEscapes(name, start, line) : name, start, line)
}

interface Parts {
  readonly name: string
  readonly hex: string
  readonly escaped: boolean
}

function splitLine(text: string, offset: number, line: number): Parts {
  const escaped = text.startsWith('\\')
  const rest = escaped ? text.slice(1) : text
  const [, tag, tagged, taggedHex = ''] = TAGGED.exec(rest) ?? []
  const [, plainHex = '', name] = PLAIN.exec(rest) ?? []
  if (tag !== undefined && tag !== 'SHA256') {
    fail('invalid-value', offset, `line ${line}: expected SHA256, got ${tag.slice(0, 20)}`)
  }
  const parts = { name: tagged ?? name, hex: tag === undefined ? plainHex : taggedHex }
  if (parts.name === undefined) {
    const form = 'a digest, two spaces and a name, or "SHA256 (NAME) = DIGEST"'
    fail('invalid-value', offset, `line ${line}: expected ${form}`)
  }
  if (parts.hex.length !== 2 * HASH_LENGTH) {
    const { length } = parts.hex
    fail('invalid-length', offset, `line ${line}: expected SHA-256 in 64 hex digits, got ${length}`)
  }
  return { name: parts.name, hex: parts.hex, escaped }
}

function withoutEscapes(name: string, offset: number, line: number): string {
  return name.replace(/\\(.?)/gs, (_, char: string) => {
    const meant = ESCAPES.get(char)
    return (
      meant ?? fail('invalid-value', offset, `line ${line}: expected \\\\, \\n or \\r after \\`)
    )
  })
}

/** Refuses a name that a statement can't hold. */
function requireName(name: string, offset: number, line: number): string {
  const long = 3 * name.length > 4096 && utf8(name).length > 4096
  if (name !== '' && !long && !name.includes('\0')) return name
  const expected = 'a name of 1 to 4096 bytes without NUL'
  fail('invalid-value', offset, `line ${line}: expected ${expected}`)
}

function decodeText(bytes: Uint8Array, start: number, end: number, line: number): string {
  try {
    return decoder.decode(bytes.subarray(start, end))
  } catch {
    fail('invalid-value', start, `line ${line}: expected UTF-8`)
  }
}

function fail(code: DecodeErrorCode, offset: number, message: string): never {
  throw new DecodeError(code, 'ChecksumList', offset, message)
}

// Greedy, as sha256sum reads them: a name may hold ")".
const TAGGED = /^([\w./-]{1,64}) ?\((.*)\)[ \t]*=[ \t]*([0-9A-Fa-f]*)$/s
const PLAIN = /^([0-9A-Fa-f]+) [ *](.+)$/s

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\'],
  ['n', '\n'],
  ['r', '\r'],
])

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const NUMBER_SIGN = 0x23
const ASTERISK = 0x2a
/** The shortest line has a digest, two more characters and a name of one, without a line feed. */
const SHORTEST_LINE = 67
/** The longest line has a name that is all escapes, and "\SHA256 () = " with the digest around it. */
const LONGEST_LINE = 2 * MAX_NAME + 2 * HASH_LENGTH + 64
