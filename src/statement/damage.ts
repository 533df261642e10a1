// What programs in between do to a text file that is read strictly: Git, editors, shells and cut transfers change bytes that
// look the same to the eye.

import { listed, plainBytes } from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'

/** carriage-returns: its lines end in CR LF; unfinished: it stops before its end; no-last-line-feed: that alone is missing. */
export type Damage =
  | 'empty'
  | 'utf-16'
  | 'byte-order-mark'
  | 'carriage-returns'
  | 'unfinished'
  | 'no-last-line-feed'

/** What `decode` makes of a statement's bytes. Throws DecodeError, which names the damage where there is any. */
export function decodeUndamaged<Value>(bytes: Uint8Array, decode: () => Value): Value {
  try {
    return decode()
  } catch (error) {
    const found = error instanceof DecodeError ? damageOfStatement(bytes) : []
    if (found.length === 0) throw error
    const { code, struct } = error as DecodeError
    throw new DecodeError(code, struct, 0, damageSentence(found))
  }
}

/** Says what is wrong with a file. */
export function damageSentence(found: readonly Damage[], file = 'it'): string {
  return `${file} ${listed(found.map((damage) => DAMAGES[damage]))}`
}

/** As it continues the name of the file. */
const DAMAGES: Readonly<Record<Damage, string>> = {
  empty: 'is empty',
  'utf-16': 'is in UTF-16',
  'byte-order-mark': 'begins with a byte order mark',
  'carriage-returns': 'has CR LF at the end of its lines instead of LF',
  unfinished: 'is cut off before its end',
  'no-last-line-feed': 'lacks the line feed at its end',
}

/** What has been done to a statement of any form, which is JSON; nothing for a file that was never meant to be one. */
export function damageOfStatement(bytes: Uint8Array): readonly Damage[] {
  const plain = plainBytes(bytes)
  const found = damageOfText(plain, STATEMENT_BEGINS)
  if (found.length > 0 ? found[0] !== 'byte-order-mark' : !STATEMENT_BEGINS.test(headOf(plain))) {
    return found
  }
  const isOurs = CANONICAL_BEGINS.test(headOf(plain))
  return [
    ...found,
    ...(isOurs && hasCarriageReturns(plain) ? (['carriage-returns'] as const) : []),
    ...endOf(plain, isOurs),
  ]
}

/** What has been done to a list of checksums, of which CR LF is taken; nothing for what was never meant to be one. */
export function damageOfList(bytes: Uint8Array): readonly Damage[] {
  return damageOfText(plainBytes(bytes), LIST_BEGINS)
}

/** What shows at the beginning of a text that begins so. */
function damageOfText(bytes: Uint8Array, begins: RegExp): readonly Damage[] {
  if (bytes.length === 0) return ['empty']
  for (const form of ['utf-16le', 'utf-16be']) {
    if (begins.test(new TextDecoder(form).decode(bytes.subarray(0, HEAD)))) return ['utf-16']
  }
  const isMarked = BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte)
  return isMarked && begins.test(headOf(bytes)) ? ['byte-order-mark'] : []
}

function tailOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(-HEAD))
}

/** Without the byte order mark. */
function headOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, HEAD))
}

/** Whether each line ends in CR LF: what converts line ends leaves none out. */
function hasCarriageReturns(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) {
    if (bytes[at - 1] !== CARRIAGE_RETURN) return false
  }
  return bytes.includes(LINE_FEED)
}

/** Whether the object that the text is ends, and in the form of our own with a line feed. */
function endOf(bytes: Uint8Array, isOurs: boolean): readonly Damage[] {
  let depth = 0
  let inString = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte === QUOTE) inString = !inString
    else if (inString) {
      if (byte === BACKSLASH) i++
    } else if (byte === BRACE || byte === BRACKET) depth++
    else if (byte === BRACE_END || byte === BRACKET_END) depth--
  }
  // An edit can leave a bracket open, too, but not at its end
  if (depth > 0 && !/\}\s*$/.test(tailOf(bytes))) return ['unfinished']
  return isOurs && bytes.at(-1) === BRACE_END ? ['no-last-line-feed'] : []
}

/** A statement's own form, an in-toto Statement or timmy's: by the name of the first member, or as much of that as there is. */
const STATEMENT_BEGINS =
  /^\{\s*(?:"(?:format|_type|subject|predicateType|predicate|blob|certificates|signature)"\s*:|"[a-zA-Z_]*$|$)/
const CANONICAL_BEGINS = /^\{\r?\n {2}"format"/
const LIST_BEGINS = /^(?:\\?[0-9A-Fa-f]{64} [ *]|\\?SHA256 \(|#)/

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const QUOTE = 0x22
const BRACKET = 0x5b
const BACKSLASH = 0x5c
const BRACKET_END = 0x5d
const BRACE = 0x7b
const BRACE_END = 0x7d
/** The bytes that tell what a text is meant to be: a line of a list in UTF-16 has more. */
const HEAD = 200
