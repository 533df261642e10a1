// A subject's line as `sha256sum` of GNU coreutils prints it, without its line feed (SPEC.md §2.1): what a statement holds,
// what is hashed into a leaf, and what a checksum list has.

import { equal, readHex, toHex, utf8 } from '../encoding/index.ts'

/** The bytes of a hash, a digest or a salt. */
export const HASH_LENGTH = 32
/** The most bytes of a name. */
export const MAX_NAME = 4096
/** The bytes of the digest's digits and of two spaces. */
export const NAME_AT: number = 2 * HASH_LENGTH + 2
export const SHORTEST_LINE: number = NAME_AT + 1
/** A line is the longest when each byte of its name is escaped. */
export const LONGEST_LINE: number = 1 + NAME_AT + 2 * MAX_NAME

interface Named {
  readonly name: string
  readonly sha256: Uint8Array
}

/** Writes the line: it begins with a backslash when something in the name is escaped. */
export function checksumLine({ name, sha256 }: Named): string {
  const escaped = escapeName(name)
  return `${escaped === name ? '' : '\\'}${toHex(sha256)}  ${escaped}`
}

/**
 * Writes the bytes of the line to `output`, and gives where they end; -1 for a name that is not of printable ASCII, or that
 * the line or JSON escapes. For most names that is three times as fast as a string.
 */
export function writePlain({ name, sha256 }: Named, output: Uint8Array, at: number): number {
  let end = at
  for (let i = 0; i < sha256.length; i++) {
    const byte = sha256[i] as number
    output[end++] = DIGITS[byte >> 4] as number
    output[end++] = DIGITS[byte & 15] as number
  }
  output[end++] = SPACE
  output[end++] = SPACE
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (code < SPACE || code > TILDE || code === QUOTATION_MARK || code === BACKSLASH) return -1
    output[end++] = code
  }
  return end
}

/** Tells whether the bytes are the line that writePlain writes for the subject. */
export function isPlainLineOf(subject: Named, line: Uint8Array): boolean {
  if (subject.name.length + NAME_AT !== line.length) return false
  const own = new Uint8Array(line.length)
  return writePlain(subject, own, 0) === line.length && equal(own, line)
}

/** Reads the only spelling of a line: gives the name, and writes the digest to `sha256`; undefined for anything else. */
export function readLine(
  bytes: Uint8Array,
  from: number,
  to: number,
  sha256: Uint8Array,
): string | undefined {
  const isEscaped = bytes[from] === BACKSLASH
  const start = isEscaped ? from + 1 : from
  const text = decodeText(bytes.subarray(start + NAME_AT, to))
  if (text === undefined || !readDigest(bytes, start, sha256)) return undefined
  const name = isEscaped ? unescapeName(text) : text
  if (SPECIAL.test(name) !== isEscaped || name.includes('\0')) return undefined
  if (isEscaped && escapeName(name) !== text) return undefined
  const length = isEscaped ? utf8(name).length : to - start - NAME_AT
  return length > 0 && length <= MAX_NAME ? name : undefined
}

/** Reads the digest of a line of printable ASCII without a backslash; false when it is no line. */
export function readPlain(
  bytes: Uint8Array,
  from: number,
  to: number,
  sha256: Uint8Array,
): boolean {
  const length = to - from - NAME_AT
  return length > 0 && length <= MAX_NAME && readDigest(bytes, from, sha256)
}

function readDigest(bytes: Uint8Array, from: number, sha256: Uint8Array): boolean {
  const at = from + NAME_AT
  return bytes[at - 2] === SPACE && bytes[at - 1] === SPACE && readHex(bytes, from, sha256)
}

/** Undoes the escapes, and leaves others as they are. */
export function unescapeName(text: string): string {
  return text.replace(/\\[\\nr]/g, (pair) => MEANT[pair] as string)
}

/** Tells whether a statement can hold the name: 1 to 4096 bytes of UTF-8 without NUL. */
export function isName(name: string): boolean {
  // A million names need not be encoded to see that they are short
  const length = 3 * name.length > MAX_NAME ? utf8(name).length : name.length
  return length >= 1 && length <= MAX_NAME && !/\0|\p{Surrogate}/u.test(name)
}

export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

function escapeName(name: string): string {
  return name.replace(/[\\\n\r]/g, (char) => ESCAPES[char] as string)
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' }
const MEANT: Readonly<Record<string, string>> = { '\\\\': '\\', '\\n': '\n', '\\r': '\r' }
const SPECIAL = /[\\\n\r]/
const DIGITS = utf8('0123456789abcdef')
const SPACE = 0x20
const QUOTATION_MARK = 0x22
const TILDE = 0x7e
const BACKSLASH = 0x5c
