// The client's half of the key exchange: a premaster secret, and what the server needs to have it too (RFC 5246
// §7.4.7, §8.1; RFC 8422 §5.7, §5.10). Randomness comes from the caller, or
// from node:crypto with the curves.

import { bigInteger, concat, Reader, Writer } from '../encoding/index.ts'
import type { RsaPublicKey } from '../signature/index.ts'
import { makeKeyPairNative } from '../system/index.ts'
import { CURVE_GROUPS, groupName, incompatible, misbehaving } from '../tls/index.ts'

export interface Agreement {
  /** The body of ClientKeyExchange. */
  readonly exchangeKeys: Uint8Array
  /** Secret. */
  readonly premaster: Uint8Array
}

/** Unpredictable bytes, as many as asked for. */
export type Random = (length: number) => Uint8Array

/**
 * ECDHE over a group of CURVE_GROUPS. `params` are ServerECDHParams as decodeServerKeyExchange took them. Throws
 * HandshakeError for another group and for a point that is none.
 */
// struct { ECCurveType curve_type = named_curve(3); NamedCurve namedcurve; opaque point<1..2^8-1>; } ServerECDHParams;
export function agreeEcdhe(curve: number, params: Uint8Array): Agreement {
  const name = groupName(curve)
  if (!CURVE_GROUPS.includes(curve))
    throw incompatible(`key agreement over ${name} is not supported`)
  const reader = new Reader('ServerECDHParams', params)
  reader.bytes(3, 'named_curve')
  const point = reader.opaque(1, 'public')
  reader.end()
  const pair = makeKeyPairNative(curve)
  // opaque ecdh_Yc<1..2^8-1>
  const exchangeKeys = new Writer().opaque(1, pair.share).done()
  try {
    return { exchangeKeys, premaster: pair.agree(point) }
  } catch {
    throw misbehaving(`the server's key share is not a point on ${name}, or is weak`)
  }
}

/**
 * Finite field DHE: ServerDHParams. The premaster secret has no leading zero bytes (RFC 5246 §8.1.2). Throws
 * HandshakeError for a prime that protects nothing.
 */
// struct { opaque dh_p<1..2^16-1>; opaque dh_g<1..2^16-1>; opaque dh_Ys<1..2^16-1>; } ServerDHParams;
export function agreeDhe(params: Uint8Array, random: Random): Agreement {
  const reader = new Reader('ServerDHParams', params)
  const [p, g, ys] = ['dh_p', 'dh_g', 'dh_Ys'].map((name) =>
    bigInteger(reader.opaque(2, name)),
  ) as [bigint, bigint, bigint]
  reader.end()
  const bits = p.toString(2).length
  if (bits < MIN_BITS)
    throw incompatible(`the server's Diffie-Hellman prime has only ${bits} bits, which is insecure`)
  const x = bigInteger(random(EXPONENT_LENGTH))
  const [yc, z] = [power(g, x, p), power(ys, x, p)]
  if ([yc, z].some((value) => value < 2n || value >= p - 1n)) {
    throw misbehaving("the server's Diffie-Hellman parameters lead to a weak key")
  }
  // opaque dh_Yc<1..2^16-1>
  return { exchangeKeys: new Writer().opaque(2, octets(yc)).done(), premaster: octets(z) }
}

/**
 * RSA key transport: client_version and 46 random bytes, encrypted by RSAES-PKCS1-v1_5 for the end entity's key. The
 * version is the one offered, whatever was chosen (RFC 5246 §7.4.7.1). Throws HandshakeError for a key unfit for that.
 */
export function transportRsa(key: RsaPublicKey, offered: number, random: Random): Agreement {
  if (key.pss)
    throw misbehaving("the server's certificate has an RSASSA-PSS key, which cannot encrypt")
  const { modulus, exponent, bits } = key
  if (bits < MIN_BITS || bits > MAX_BITS || exponent.length > 8) {
    throw incompatible(`an RSA key of ${bits} bits is not supported for key transport`)
  }
  const premaster = concat(new Writer().u16(offered).done(), random(46))
  // EM = 0x00 || 0x02 || PS || 0x00 || M (RFC 8017 §7.2.1)
  const padding = nonZero(modulus.length - premaster.length - 3, random)
  const encoded = concat(Uint8Array.of(0, 2), padding, Uint8Array.of(0), premaster)
  const encrypted = power(bigInteger(encoded), bigInteger(exponent), bigInteger(modulus))
  // opaque EncryptedPreMasterSecret<0..2^16-1>
  const block = octets(encrypted, modulus.length)
  return { exchangeKeys: new Writer().opaque(2, block).done(), premaster }
}

/** Bytes without a zero, as PKCS #1 padding has to be: one in 256 is passed over. */
function nonZero(length: number, random: Random): Uint8Array {
  let bytes: Uint8Array = new Uint8Array(0)
  while (bytes.length < length)
    bytes = concat(
      bytes,
      random(length).filter((byte) => byte !== 0),
    )
  return bytes.subarray(0, length)
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = base % modulus
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

/** Big-endian, with leading zeros up to `length`. */
function octets(value: bigint, length = 0): Uint8Array {
  const digits = value.toString(16)
  const hex = digits.padStart(Math.max(2 * length, digits.length + (digits.length % 2)), '0')
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

/** 400 bits serve the largest group of RFC 7919 §5.2. */
const EXPONENT_LENGTH = 50

/** Below this, others can compute the secret (RFC 7919 §1). */
const MIN_BITS = 1024

/** Bounds the work of an RSA operation. */
const MAX_BITS = 16384
