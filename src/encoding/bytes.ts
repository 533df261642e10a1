// Byte strings and their text forms, each with exactly one accepted spelling.

import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'

/** Lower-case hex (RFC 4648 §8, lower case). */
export const toHex: (bytes: Uint8Array) => string = bytesToHex

/** Reads an unsigned big-endian number of any length; no bytes at all are zero. */
export function bigInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x0${toHex(bytes)}`)
}

/** Bytes of lower-case hex, or undefined when the text is anything else. */
export function fromHex(text: string): Uint8Array | undefined {
  return /^(?:[0-9a-f]{2})*$/.test(text) ? hexToBytes(text) : undefined
}

/** Lower-case hex digits in ASCII to as many bytes as `output` takes; false when what is there is something else. */
export function readHex(ascii: Uint8Array, at: number, output: Uint8Array): boolean {
  for (let i = 0; i < output.length; i++) {
    // Beyond the end there is undefined, which has no value either
    const high = DIGITS[ascii[at + 2 * i] ?? 0] as number
    const low = DIGITS[ascii[at + 2 * i + 1] ?? 0] as number
    if ((high | low) > 15) return false
    output[i] = (high << 4) | low
  }
  return true
}

/** Base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += CHUNK) {
    // Six times as fast as spreading the bytes
    binary += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + CHUNK))
  }
  return btoa(binary)
}

/** Bytes of canonical base64 (padded, no white space, unused bits zero), or undefined. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i)
  return toBase64(bytes) === text ? bytes : undefined
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...parts)
}

/** The same bytes as a plain Uint8Array: a Buffer of Node.js takes parts of itself at half the speed. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Equality of public byte strings; not constant time, nothing here is secret. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

const encoder = new TextEncoder()

export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

const CHUNK = 0x2000

/** The values of hex digits by their character codes; 255 for what is none. */
const DIGITS = new Uint8Array(256).fill(255)
for (const [value, code] of utf8('0123456789abcdef').entries()) DIGITS[code] = value
