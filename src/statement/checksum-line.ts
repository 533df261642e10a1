// A subject's line as `sha256sum` of GNU coreutils prints it, without its line feed (SPEC.md §2): what a statement holds,
// what is hashed into a leaf, and what a checksum list has.

import { fromHex, readHex, toHex, utf8, writeHex, writePlain } from '../encoding/index.ts'

/** The bytes of a hash, a digest or a salt. */
export const HASH_LENGTH = 32
/** The most bytes of a name. */
export const MAX_NAME = 4096
/** Where the name begins in a line without a backslash in front. */
export const NAME_AT: number = 2 * HASH_LENGTH + 2
/** The fewest bytes of a line: the digest's digits, two spaces and a name of one byte. */
export const SHORTEST_LINE: number = NAME_AT + 1
/** The most bytes of a line: a backslash, the digest's digits, two spaces and a name that is all escapes. */
export const LONGEST_LINE: number = 1 + NAME_AT + 2 * MAX_NAME

interface Named {
  readonly name: string
  readonly sha256: Uint8Array
}

/**
 * Writes the line: when the name has a backslash, a line feed or a carriage return, these are escaped and the line begins
 * with a backslash.
 */
export function checksumLine({ name, sha256 }: Named): string {
  const escaped = name.replace(/[\\\n\r]/g, (char) => ESCAPES[char] as string)
  return `${escaped === name ? '' : '\\'}${toHex(sha256)}  ${escaped}`
}

/** Writes the line's bytes to `output` and gives where they end; -1 for a name that JSON or the line escapes, or beyond ASCII. */
export function writePlainLine({ name, sha256 }: Named, output: Uint8Array, at: number): number {
  const end = writeHex(sha256, output, at)
  output[end] = SPACE
  output[end + 1] = SPACE
  return writePlain(name, output, end + 2)
}

/** Reads a line, of which there is one spelling; undefined for anything else. What the name holds is for others to say. */
export function parseLine(line: string): Named | undefined {
  const [, mark, hex = '', rest] = LINE.exec(line) ?? []
  if (rest === undefined) return undefined
  const name = mark ? withoutEscapes(rest) : rest
  const found = name === undefined ? undefined : { name, sha256: fromHex(hex) as Uint8Array }
  return found && checksumLine(found) === line ? found : undefined
}

/** Reads the digest of a line that does not begin with a backslash, to `output`; false when it is none. */
export function readLineDigest(
  bytes: Uint8Array,
  from: number,
  to: number,
  output: Uint8Array,
  allowed: 'lower' | 'either',
): boolean {
  const mark = bytes[from + 65]
  const isMarked = mark === SPACE || (mark === ASTERISK && allowed === 'either')
  return (
    to - from >= SHORTEST_LINE &&
    bytes[from + 64] === SPACE &&
    isMarked &&
    readHex(bytes, from, output, allowed)
  )
}

/** Undoes a line's escapes; undefined where there is another than these. */
export function withoutEscapes(name: string): string | undefined {
  let known = true
  const meant = name.replace(/\\(.?)/gs, (_, char: string) => {
    known &&= MEANT.has(char)
    return MEANT.get(char) ?? ''
  })
  return known ? meant : undefined
}

/** Tells whether a statement can hold the name: 1 to 4096 bytes of UTF-8 without NUL. */
export function isName(name: string): boolean {
  // A million names need not be encoded to see that they are short
  const length = 3 * name.length > MAX_NAME ? utf8(name).length : name.length
  return length >= 1 && length <= MAX_NAME && !/\0|\p{Surrogate}/u.test(name)
}

const LINE = /^(\\?)([0-9a-f]{64}) {2}(.+)$/s
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' }
const MEANT: ReadonlyMap<string, string> = new Map([
  ['\\', '\\'],
  ['n', '\n'],
  ['r', '\r'],
])
const SPACE = 0x20
const ASTERISK = 0x2a
