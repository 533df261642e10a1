// Reader and Writer of the TLS presentation language (RFC 5246 §4): big-endian numbers and length-prefixed vectors.

import { DecodeError, type DecodeErrorCode } from '../errors.ts'
import { concat } from './bytes.ts'

/** One field as it was read: what an annotated dump shows. */
export interface Field {
  readonly name: string
  /** Offset of the field's first byte, its length prefix included, in the outermost bytes. */
  readonly offset: number
  readonly length: number
  /** The value's bytes, without a length prefix. */
  readonly bytes: Uint8Array
  /** The value by its registry, when it has one. */
  readonly meaning?: string
  /** The fields that this one is made of; an empty list says that nothing is to be looked for in it. */
  readonly fields?: readonly Field[]
}

/** Says what a number means, by its registry. */
export type Meaning = (value: number) => string

/**
 * Reads one structure from bytes, front to back. Every failure is a DecodeError that names the structure and the
 * offset in the outermost bytes. Finish with `end()`: bytes left over are an error. With a trace, each field read is
 * noted there.
 */
export class Reader {
  readonly struct: string
  readonly #bytes: Uint8Array
  readonly #base: number
  #trace: Field[] | undefined
  #at = 0

  /** base: offset of these bytes in the outermost ones, for error messages and the trace. */
  constructor(struct: string, bytes: Uint8Array, base: number = 0, trace?: Field[]) {
    this.struct = struct
    this.#bytes = bytes
    this.#base = base
    this.#trace = trace
  }

  /** Offset of the next byte in the outermost bytes. */
  get offset(): number {
    return this.#base + this.#at
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at
  }

  /** All of this reader's bytes, read or not. */
  get whole(): Uint8Array {
    return this.#bytes
  }

  fail(code: DecodeErrorCode, message: string, offset: number = this.offset): never {
    throw new DecodeError(code, this.struct, offset, message)
  }

  /** The next `length` bytes, as a view. */
  bytes(length: number, name: string): Uint8Array {
    const offset = this.offset
    const bytes = this.#take(length, name)
    this.#trace?.push({ name, offset, length, bytes })
    return bytes
  }

  u8(name: string, meaning?: Meaning): number {
    return this.#uint(1, name, meaning)
  }

  u16(name: string, meaning?: Meaning): number {
    return this.#uint(2, name, meaning)
  }

  u24(name: string, meaning?: Meaning): number {
    return this.#uint(3, name, meaning)
  }

  /** opaque name<min..max>, behind a length of 1, 2 or 3 bytes. */
  opaque(prefix: 1 | 2 | 3, name: string, min: number = 0, max?: number): Uint8Array {
    const offset = this.offset
    const bytes = this.#vector(prefix, name, min, max)
    this.#trace?.push({ name, offset, length: prefix + bytes.length, bytes })
    return bytes
  }

  /** A Reader over a vector; the caller ends it. */
  sub(prefix: 1 | 2 | 3, name: string, min: number = 0, max?: number): Reader {
    const offset = this.offset
    const bytes = this.#vector(prefix, name, min, max)
    const fields: Field[] | undefined = this.#trace && []
    if (fields) this.#trace?.push({ name, offset, length: prefix + bytes.length, bytes, fields })
    return new Reader(`${this.struct}.${name}`, bytes, offset + prefix, fields)
  }

  /**
   * All that is left, as a view. For a trace, `read` takes it apart; what that does not accept is noted in one piece, as
   * malformed. Nothing but the trace depends on it.
   */
  rest(name: string, read?: (reader: Reader) => void): Uint8Array {
    const offset = this.offset
    const bytes = this.#take(this.left, name)
    if (this.#trace === undefined || bytes.length === 0) return bytes
    const fields: Field[] = []
    const whole = { name, offset, length: bytes.length, bytes }
    try {
      const reader = new Reader(this.struct, bytes, offset, fields)
      read?.(reader)
      reader.end()
      this.#trace.push(...fields)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.#trace.push(read ? { ...whole, meaning: 'malformed' } : whole)
    }
    return bytes
  }

  /** Reads items until these bytes end. Of a long list the trace has the first items, and the others in one piece. */
  list<T>(item: (reader: Reader) => T): T[] {
    const items: T[] = []
    const trace = this.#trace
    let cut: number | undefined
    try {
      while (this.left > 0) {
        if (items.length === MAX_TRACED) {
          cut = this.#at
          this.#trace = undefined
        }
        items.push(item(this))
      }
      return items
    } finally {
      this.#trace = trace
      if (cut !== undefined && cut < this.#at) {
        const bytes = this.#bytes.subarray(cut, this.#at)
        const meaning = `${items.length - MAX_TRACED} more`
        const offset = this.#base + cut
        trace?.push({ name: 'rest', offset, length: bytes.length, bytes, meaning })
      }
    }
  }

  /** Refuses bytes left over. */
  end(): void {
    if (this.left > 0) this.fail('trailing-bytes', `expected the end, got ${this.left} more bytes`)
  }

  #take(length: number, name: string): Uint8Array {
    if (length > this.left) {
      this.fail('truncated', `expected ${length} bytes of ${name}, got ${this.left}`)
    }
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  #vector(prefix: number, name: string, min: number, max = 2 ** (8 * prefix) - 1): Uint8Array {
    const offset = this.offset
    const length = number(this.#take(prefix, `${name} length`))
    if (length < min || length > max) {
      this.fail(
        'invalid-length',
        `expected ${min} to ${max} bytes of ${name}, got ${length}`,
        offset,
      )
    }
    return this.#take(length, name)
  }

  #uint(size: number, name: string, meaning?: Meaning): number {
    const offset = this.offset
    const bytes = this.#take(size, name)
    const value = number(bytes)
    this.#trace?.push({
      name,
      offset,
      length: size,
      bytes,
      ...(meaning && { meaning: meaning(value) }),
    })
    return value
  }
}

/** Items of a list in a trace; a field takes a hundred times as much memory as its bytes. */
const MAX_TRACED = 1000

/** A big-endian unsigned number. */
function number(bytes: Uint8Array): number {
  let value = 0
  for (const byte of bytes) value = value * 256 + byte
  return value
}

/** Builds one structure; the mirror of Reader. */
export class Writer {
  readonly #parts: Uint8Array[] = []

  bytes(...parts: readonly Uint8Array[]): this {
    this.#parts.push(...parts)
    return this
  }

  u8(...values: readonly number[]): this {
    return this.#uints(1, values)
  }

  u16(...values: readonly number[]): this {
    return this.#uints(2, values)
  }

  u24(...values: readonly number[]): this {
    return this.#uints(3, values)
  }

  /** opaque<0..2^(8*prefix)-1>: the bytes behind their length. */
  opaque(prefix: 1 | 2 | 3, bytes: Uint8Array): this {
    return this.#uints(prefix, [bytes.length]).bytes(bytes)
  }

  done(): Uint8Array {
    return concat(...this.#parts)
  }

  #uints(size: number, values: readonly number[]): this {
    for (const value of values) {
      if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * size)) {
        throw new RangeError(`expected an integer of ${size} bytes, got ${value}`)
      }
      const bytes = new Uint8Array(size)
      let rest = value
      for (let i = size - 1; i >= 0; i--) {
        bytes[i] = rest & 0xff
        rest = Math.floor(rest / 256)
      }
      this.#parts.push(bytes)
    }
    return this
  }
}
