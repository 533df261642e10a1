// Strict DER (ITU-T X.690 §8, §10, §11): one accepted encoding per value, everything else is a DecodeError.

import { DecodeError, type DecodeErrorCode } from '../errors.ts'

/** Universal tags (X.680 §8.6) with the constructed bit where DER sets it, and context-specific ones. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
  /** [n] primitive: IMPLICIT on a primitive type. */
  context: (n: number): number => 0x80 | n,
  /** [n] constructed: EXPLICIT, or IMPLICIT on a constructed type. */
  contextConstructed: (n: number): number => 0xa0 | n,
} as const

/** One tag-length-value. Views into the decoded bytes, nothing is copied. */
export interface Tlv {
  readonly tag: number
  /** The content octets. */
  readonly content: Uint8Array
  /** The whole encoding, header included. */
  readonly encoded: Uint8Array
  /** Offset of `content` in the outermost bytes. */
  readonly offset: number
}

/** Reads consecutive TLVs: the content of a SEQUENCE or SET, or the top level. */
export class DerReader {
  readonly struct: string
  readonly #bytes: Uint8Array
  readonly #base: number
  #at = 0

  /** base: offset of these bytes in the outermost ones, for error messages only. */
  constructor(struct: string, bytes: Uint8Array, base: number = 0) {
    this.struct = struct
    this.#bytes = bytes
    this.#base = base
  }

  get offset(): number {
    return this.#base + this.#at
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  fail(code: DecodeErrorCode, message: string, offset: number = this.offset): never {
    throw new DecodeError(code, this.struct, offset, message)
  }

  /** The next tag without reading it; undefined at the end. */
  peek(): number | undefined {
    return this.#bytes[this.#at]
  }

  /** The next TLV, whatever its tag. */
  any(field: string): Tlv {
    const start = this.#at
    const tag = this.#octet(field)
    if ((tag & 0x1f) === 0x1f)
      this.fail('invalid-value', `${field} has a multi-byte tag`, this.#base + start)
    const length = this.#length(field)
    if (length > this.left) {
      this.fail('truncated', `expected ${length} bytes of ${field}, got ${this.left}`)
    }
    const content = this.#bytes.subarray(this.#at, this.#at + length)
    const offset = this.offset
    this.#at += length
    return { tag, content, encoded: this.#bytes.subarray(start, this.#at), offset }
  }

  /** The next TLV, which must have this tag. */
  tlv(tag: number, field: string): Tlv {
    const got = this.peek()
    if (got === undefined) this.fail('truncated', `expected ${field}, got the end`)
    if (got !== tag) {
      this.fail('invalid-value', `expected tag 0x${hex(tag)} for ${field}, got 0x${hex(got)}`)
    }
    return this.any(field)
  }

  /** The next TLV if it has this tag, else undefined and nothing is read. */
  optional(tag: number, field: string): Tlv | undefined {
    return this.peek() === tag ? this.any(field) : undefined
  }

  /** A reader over the content of the next TLV, which must have this tag; the caller ends it. */
  enter(tag: number, field: string): DerReader {
    return this.#inside(this.tlv(tag, field), field)
  }

  /** Like enter, but undefined (and nothing read) when the tag is another. */
  enterOptional(tag: number, field: string): DerReader | undefined {
    const tlv = this.optional(tag, field)
    return tlv && this.#inside(tlv, field)
  }

  sequence(field: string): DerReader {
    return this.enter(TAG.sequence, field)
  }

  /** Content octets of an INTEGER, minimal two's complement (X.690 §8.3.2). */
  integer(field: string, tag: number = TAG.integer): Uint8Array {
    const { content, offset } = this.tlv(tag, field)
    const [first, second] = content
    if (first === undefined) this.fail('invalid-length', `${field} is empty`, offset)
    if (
      second !== undefined &&
      ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))
    ) {
      this.fail('not-canonical', `${field} is not minimal`, offset)
    }
    return content
  }

  /** A positive INTEGER's magnitude, big-endian, without the sign octet. */
  unsigned(field: string): Uint8Array {
    const at = this.offset
    const content = this.integer(field)
    if ((content[0] as number) >= 0x80) this.fail('invalid-value', `${field} is negative`, at)
    return content[0] === 0 && content.length > 1 ? content.subarray(1) : content
  }

  /** A small non-negative INTEGER as a number (at most 6 octets). */
  smallInteger(field: string, tag: number = TAG.integer): number {
    const at = this.offset
    const content = this.integer(field, tag)
    if ((content[0] as number) >= 0x80) this.fail('invalid-value', `${field} is negative`, at)
    if (content.length > 6) this.fail('too-large', `${field} has ${content.length} octets`, at)
    return content.reduce((value, octet) => value * 256 + octet, 0)
  }

  /** BOOLEAN: 00 or ff (X.690 §11.1). */
  boolean(field: string): boolean {
    const { content, offset } = this.tlv(TAG.boolean, field)
    if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) {
      this.fail('not-canonical', `${field} is neither 00 nor ff`, offset)
    }
    return content[0] === 0xff
  }

  null(field: string): void {
    const { content, offset } = this.tlv(TAG.null, field)
    if (content.length > 0) this.fail('invalid-length', `${field} is not empty`, offset)
  }

  octetString(field: string): Uint8Array {
    return this.tlv(TAG.octetString, field).content
  }

  /** A BIT STRING of whole octets, as keys and signatures are (no unused bits). */
  octetBitString(field: string): Uint8Array {
    const { content, offset } = this.tlv(TAG.bitString, field)
    if (content[0] !== 0)
      this.fail('invalid-value', `${field} has unused bits or no length octet`, offset)
    return content.subarray(1)
  }

  /**
   * A BIT STRING with named bits: the numbers of those set. The one lenience here: X.690 §11.2.2 forbids trailing zero
   * bits, and two roots of the Web PKI have them.
   */
  namedBits(field: string, tag: number = TAG.bitString): Set<number> {
    const { content, offset } = this.tlv(tag, field)
    const unused = content[0]
    const last = content.length > 1 ? (content[content.length - 1] as number) : undefined
    if (unused === undefined || unused > 7 || (last === undefined && unused !== 0)) {
      this.fail('invalid-value', `${field} has a bad count of unused bits`, offset)
    }
    if (last !== undefined && (last & (2 ** unused - 1)) !== 0) {
      this.fail('not-canonical', `${field} has unused bits set`, offset)
    }
    if (content.length > 8) {
      this.fail('too-large', `${field} has ${content.length - 1} octets`, offset)
    }
    const bits = new Set<number>()
    content.subarray(1).forEach((octet, i) => {
      for (let bit = 0; bit < 8; bit++) if (octet & (0x80 >> bit)) bits.add(i * 8 + bit)
    })
    return bits
  }

  /** OBJECT IDENTIFIER in dotted form. */
  oid(field: string, tag: number = TAG.oid): string {
    const { content, offset } = this.tlv(tag, field)
    const arcs: (number | bigint)[] = []
    let arc = 0
    let start = 0
    let fresh = true
    if (content.length > 64) this.fail('too-large', `${field} has ${content.length} octets`, offset)
    for (const [i, octet] of content.entries()) {
      if (fresh && octet === 0x80) this.fail('not-canonical', `${field} has a padded arc`, offset)
      if (fresh) start = i
      arc = arc * 128 + (octet & 0x7f)
      fresh = octet < 0x80
      if (!fresh) continue
      if (arcs.length === 0) {
        // X.690 §8.19.4: the first subidentifier is 40 times the first arc, plus the second
        const first = Math.min(2, Math.floor(arc / 40))
        if (arc > Number.MAX_SAFE_INTEGER) this.fail('too-large', `${field} has a huge arc`, offset)
        arcs.push(first, arc - 40 * first)
      } else {
        // UUID arcs (X.667) have 128 bits.
        arcs.push(arc <= Number.MAX_SAFE_INTEGER ? arc : bigArc(content.subarray(start, i + 1)))
      }
      arc = 0
    }
    if (arcs.length === 0 || !fresh) this.fail('truncated', `${field} is cut off`, offset)
    return arcs.join('.')
  }

  /** UTCTime or GeneralizedTime in the only forms RFC 5280 §4.1.2.5 allows: Zulu, with seconds, no fraction. */
  time(field: string): Date {
    const { tag, content, offset } = this.any(field)
    const text = String.fromCharCode(...content.subarray(0, 16))
    const utc = tag === TAG.utcTime ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text) : null
    const generalized =
      tag === TAG.generalizedTime ? /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text) : null
    const match = utc ?? generalized
    if (!match || content.length > 15)
      this.fail('invalid-value', `${field} is not a time of RFC 5280`, offset)
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
      .slice(1)
      .map(Number)
    const fullYear = utc ? year + (year < 50 ? 2000 : 1900) : year
    const time = new Date(0)
    time.setUTCFullYear(fullYear, month - 1, day)
    time.setUTCHours(hour, minute, second)
    const exact =
      time.getUTCMonth() === month - 1 &&
      time.getUTCDate() === day &&
      hour < 24 &&
      minute < 60 &&
      second < 60
    if (!exact) this.fail('invalid-value', `${field} is not a calendar time`, offset)
    return time
  }

  /** Reads items until these bytes end. */
  list<T>(item: (reader: DerReader) => T): T[] {
    const items: T[] = []
    while (this.left > 0) items.push(item(this))
    return items
  }

  /** Refuses bytes left over. */
  end(): void {
    if (this.left > 0) this.fail('trailing-bytes', `expected the end, got ${this.left} more bytes`)
  }

  #inside(tlv: Tlv, field: string): DerReader {
    return new DerReader(`${this.struct}.${field}`, tlv.content, tlv.offset)
  }

  #octet(field: string): number {
    const octet = this.#bytes[this.#at]
    if (octet === undefined) this.fail('truncated', `expected ${field}, got the end`)
    this.#at++
    return octet
  }

  #length(field: string): number {
    const at = this.offset
    const first = this.#octet(field)
    if (first < 0x80) return first
    const size = first & 0x7f
    if (size === 0) this.fail('not-canonical', `${field} has an indefinite length`, at)
    if (size > 4) this.fail('too-large', `${field} has a length of ${size} octets`, at)
    let length = 0
    for (let i = 0; i < size; i++) length = length * 256 + this.#octet(field)
    if (length < 0x80 || length < 256 ** (size - 1)) {
      this.fail('not-canonical', `${field} has a length that is not minimal`, at)
    }
    return length
  }
}

/** An arc beyond the safe integers. */
function bigArc(octets: Uint8Array): bigint {
  return octets.reduce((value, octet) => (value << 7n) | BigInt(octet & 0x7f), 0n)
}

function hex(tag: number): string {
  return tag.toString(16).padStart(2, '0')
}
