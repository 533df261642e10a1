// Reader and Writer of the TLS presentation language (RFC 5246 §4): big-endian numbers and length-prefixed vectors.

import { concat } from './bytes.ts'
import { DecodeError, type DecodeErrorCode } from './errors.ts'

/**
 * Reads one structure from bytes, front to back. Every failure is a DecodeError that names the structure and the
 * offset in the outermost bytes. Finish with `end()`: bytes left over are an error.
 */
export class Reader {
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

  /** Offset of the next byte in the outermost bytes. */
  get offset(): number {
    return this.#base + this.#at
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at
  }

  fail(code: DecodeErrorCode, message: string, offset: number = this.offset): never {
    throw new DecodeError(code, this.struct, offset, message)
  }

  /** The next `length` bytes, as a view. */
  bytes(length: number, field: string): Uint8Array {
    if (length > this.left) {
      this.fail('truncated', `expected ${length} bytes of ${field}, got ${this.left}`)
    }
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  u8(field: string): number {
    return this.#uint(1, field)
  }

  u16(field: string): number {
    return this.#uint(2, field)
  }

  u24(field: string): number {
    return this.#uint(3, field)
  }

  u32(field: string): number {
    return this.#uint(4, field)
  }

  /** opaque field<min..max>, with a length prefix of 1, 2 or 3 bytes. */
  opaque(
    prefix: 1 | 2 | 3,
    field: string,
    min = 0,
    max: number = 2 ** (8 * prefix) - 1,
  ): Uint8Array {
    const at = this.offset
    const length = this.#uint(prefix, `${field} length`)
    if (length < min || length > max) {
      this.fail('invalid-length', `expected ${min} to ${max} bytes of ${field}, got ${length}`, at)
    }
    return this.bytes(length, field)
  }

  /** A Reader over a length-prefixed field; the caller ends it. */
  sub(prefix: 1 | 2 | 3, field: string, min = 0, max?: number): Reader {
    const bytes = this.opaque(prefix, field, min, max)
    return new Reader(`${this.struct}.${field}`, bytes, this.offset - bytes.length)
  }

  /** Reads items until these bytes end. */
  list<T>(item: (reader: Reader) => T): T[] {
    const items: T[] = []
    while (this.left > 0) items.push(item(this))
    return items
  }

  /** Refuses bytes left over. */
  end(): void {
    if (this.left > 0) this.fail('trailing-bytes', `expected the end, got ${this.left} more bytes`)
  }

  #uint(size: number, field: string): number {
    let value = 0
    for (const byte of this.bytes(size, field)) value = value * 256 + byte
    return value
  }
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
