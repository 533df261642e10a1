// A signed statement from a file that holds it as such, or inside an in-toto Statement.

import { plainBytes, utf8 } from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'
import { decodeStatement } from './decode.ts'
import { decodeInToto } from './in-toto.ts'
import type { SignedStatement } from './statement.ts'

/** Reads a signed statement that stands by itself or is the predicate of an in-toto Statement. Throws DecodeError. */
export function openStatement(bytes: Uint8Array): SignedStatement {
  try {
    return decodeStatement(bytes)
  } catch (error) {
    if (error instanceof DecodeError && looksLikeInToto(bytes)) return decodeInToto(bytes)
    throw error
  }
}

/** Tells whether bytes that do not decode as a signed statement are meant to be an in-toto Statement. */
export function looksLikeInToto(bytes: Uint8Array): boolean {
  const plain = plainBytes(bytes)
  const last = plain.length - TYPE_MEMBER.length
  for (let at = 0; at <= last; at++) {
    // Quotation marks are frequent, but few have this behind them
    if (plain[at + 1] === UNDERSCORE && TYPE_MEMBER.every((byte, i) => plain[at + i] === byte)) {
      return true
    }
  }
  return false
}

const UNDERSCORE = 0x5f
const TYPE_MEMBER = utf8('"_type"')
