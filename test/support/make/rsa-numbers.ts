// RSA with numbers of the test's choice: keys and signatures that no key generator makes (RFC 8017 §5, §9.2).

import { keys, rsaSpki } from './fresh-signatures.ts'

/** 00 01 ff .. ff 00 tail. */
export function pkcs1(length: number, tail: Uint8Array): Uint8Array {
  const padding = new Uint8Array(length - tail.length - 3).fill(0xff)
  return Uint8Array.from([0, 1, ...padding, 0, ...tail])
}

/**
 * A key of any size from 504 bits, with a signature that verifies by construction: the modulus is s^3 - em, so that
 * s opens to em under the exponent 3.
 */
export function cubeKey(
  bits: number,
  digestInfo: Uint8Array,
): { readonly spki: Uint8Array; readonly signature: Uint8Array } {
  const length = Math.ceil(bits / 8)
  const em = toBigInt(pkcs1(length, digestInfo))
  let s = cubeRoot((1n << BigInt(bits - 1)) + em) + 1n
  if ((s ^ em) % 2n === 0n) s += 1n
  const modulus = s ** 3n - em
  if (modulus.toString(2).length !== bits) throw new Error(`no key of ${bits} bits`)
  return { spki: rsaSpki(modulus, 3n), signature: toBytes(s, length) }
}

function cubeRoot(value: bigint): bigint {
  // Newton's iteration comes down from above, and stops at the root's whole part
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 3))
  for (;;) {
    const next = (2n * root + value / (root * root)) / 3n
    if (next >= root) return root
    root = next
  }
}

/** Modulus and group order of a fresh key. */
export function numbersOf(name: 'RSA-1024' | 'RSA-1034'): {
  readonly n: bigint
  readonly order: bigint
} {
  const jwk = keys[name].privateKey.export({ format: 'jwk' })
  const number = (text = '') => toBigInt(Buffer.from(text, 'base64url'))
  return { n: number(jwk.n), order: (number(jwk.p) - 1n) * (number(jwk.q) - 1n) }
}

export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

export function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b)
}

export function inverse(value: bigint, modulus: bigint): bigint {
  let [r, next, x, y] = [modulus, value % modulus, 0n, 1n]
  while (next > 0n) {
    const quotient = r / next
    ;[r, next, x, y] = [next, r - quotient * next, y, x - quotient * y]
  }
  return ((x % modulus) + modulus) % modulus
}

export function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)
}

export function toBytes(value: bigint, length: number): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex'))
}
