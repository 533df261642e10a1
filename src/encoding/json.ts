// JSON from outside, read strictly: each value is what it should be, or a DecodeError says where it is not; and JSON as
// it is printed.

import { DecodeError, type DecodeErrorCode } from '../errors.ts'
import { fromBase64, fromHex, toHex, utf8 } from './bytes.ts'

/**
 * Throws DecodeError unless the bytes are one JSON text in UTF-8, with no more values than what this library reads has
 * in as many bytes, and not nested deeper.
 */
export function parseJson(bytes: Uint8Array): unknown {
  requireModestJson(bytes)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return failDecoding('invalid-value', 'expected UTF-8 JSON')
  }
}

/**
 * Throws DecodeError for JSON that would take many times its size to parse: a value such as `{}` has two bytes and takes
 * a hundred. Nothing else about the text is looked at.
 */
export function requireModestJson(bytes: Uint8Array): void {
  const most = SPARE_VALUES + bytes.length / BYTES_PER_VALUE
  let values = 0
  let depth = 0
  let inString = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte === QUOTE) inString = !inString
    else if (inString) {
      if (byte === BACKSLASH) i++
    } else if (byte === COMMA) values++
    else if (byte === BRACE || byte === BRACKET) {
      values++
      if (++depth > MAX_DEPTH)
        failDecoding('too-large', `expected JSON nested at most ${MAX_DEPTH} deep`)
    } else if (byte === BRACE_END || byte === BRACKET_END) depth--
    if (values > most) failDecoding('too-large', 'expected JSON with fewer values for its length')
  }
}

/** Members of an object, which has all the required ones and none that is unknown. */
export function readObject(
  value: unknown,
  path: string,
  required: readonly string[],
  optional: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  if (!isObject(value)) failDecoding('invalid-value', `expected an object in ${path}`)
  const where = path === '' ? '' : ` in ${path}`
  for (const name of Object.keys(value)) {
    if (!required.includes(name) && !optional.includes(name)) {
      failDecoding('invalid-value', `unknown member ${excerpt(name)}${where}`)
    }
  }
  const missing = required.find((name) => !Object.hasOwn(value, name))
  if (missing !== undefined) failDecoding('invalid-value', `missing member "${missing}"${where}`)
  return value
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function readArray(
  value: unknown,
  path: string,
  min: number,
  max: number,
): readonly unknown[] {
  if (!Array.isArray(value) || value.length < min || value.length > max) {
    failDecoding(
      'invalid-value',
      `expected a list of at least ${min} and at most ${max} in ${path}`,
    )
  }
  return value
}

/** Bounds count UTF-8 bytes. */
export function readText(value: unknown, path: string, min: number, max: number): string {
  if (typeof value !== 'string') failDecoding('invalid-value', `expected a string in ${path}`)
  // A UTF-16 unit makes 1 to 3 bytes
  if (value.length < min || 3 * value.length > max) {
    const { length } = value.length > max ? value : utf8(value)
    if (length < min || length > max) {
      failDecoding('invalid-length', `expected ${min} to ${max} bytes in ${path}, got ${length}`)
    }
  }
  // Half a surrogate pair has no UTF-8: as U+FFFD it would be a second name with the same bytes
  if (/\p{Surrogate}/u.test(value))
    failDecoding('invalid-value', `expected Unicode text in ${path}`)
  return value
}

export function readInteger(value: unknown, path: string, min: number, max: number): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    failDecoding('invalid-value', `expected an integer from ${min} to ${max} in ${path}`)
  }
  return value as number
}

export function readDigest(value: unknown, path: string): Uint8Array {
  const bytes = typeof value === 'string' && value.length === 64 ? fromHex(value) : undefined
  return bytes ?? failDecoding('invalid-value', `expected 64 lower-case hex digits in ${path}`)
}

/** Bytes of canonical base64. */
export function readBinary(value: unknown, path: string, longest: number): Uint8Array {
  if (typeof value === 'string' && value.length > 4 * Math.ceil(longest / 3)) {
    failDecoding('too-large', `expected at most ${longest} bytes in ${path}`)
  }
  const bytes = typeof value === 'string' ? fromBase64(value) : undefined
  if (bytes && bytes.length > longest) {
    failDecoding('too-large', `expected at most ${longest} bytes in ${path}`)
  }
  return bytes ?? failDecoding('invalid-value', `expected canonical base64 in ${path}`)
}

/** Shows a value in a message, but never what is in a list or an object: they may be nested deeper than the stack. */
export function excerpt(value: unknown): string {
  if (typeof value !== 'string') return Array.isArray(value) ? 'a list' : typeof value
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value)
}

export function failDecoding(code: DecodeErrorCode, message: string): never {
  throw new DecodeError(code, 'SignedStatement', 0, message)
}

/** Bytes as hex, dates as ISO 8601; what could act on a terminal is escaped, as JSON allows for any character. */
export function renderJson(value: unknown): string {
  const json = JSON.stringify(value, hexOrAsIs, 2)
  return json.replace(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

/** Looks at what is in the object: of Node's Buffer, whose toJSON comes first, the value is no longer bytes. */
function hexOrAsIs(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const part = this[key]
  return part instanceof Uint8Array ? toHex(part) : value
}

const QUOTE = 0x22
const COMMA = 0x2c
const BRACKET = 0x5b
const BACKSLASH = 0x5c
const BRACKET_END = 0x5d
const BRACE = 0x7b
const BRACE_END = 0x7d

/** A renewal's inclusion proof in an in-toto Statement goes half as deep. */
const MAX_DEPTH = 16
/** Digests, names and messages are longer than that on average, in whatever form. */
const BYTES_PER_VALUE = 16
const SPARE_VALUES = 1000
