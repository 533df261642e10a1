// What both signature backends share: the table of schemes, and every refusal that needs no cryptography, so that
// the two cannot disagree on one (RFC 5246 §7.4.1.4.1, RFC 8446 §4.2.3, RFC 8422 §5.1.1).

import { DerReader } from '../encoding/index.ts'
import { tryDecode } from '../errors.ts'
import {
  type Curve,
  decodeSpki,
  type EcPublicKey,
  type PublicKey,
  type RsaPublicKey,
} from './public-key.ts'

/** Hashes of the schemes; md5_sha1 is MD5 and SHA-1 side by side, 36 bytes (RFC 4346 §4.7). */
export type HashName = 'md5_sha1' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

/** A signature that is well-formed for its scheme and its key: only the mathematics are left. */
export type Verification =
  /**
   * RSASSA-PKCS1-v1_5, or RSASSA-PSS with MGF1 of the same hash and a salt as long as the hash. The key is bounded and
   * allows it; the signature is as long as the modulus and less than it.
   */
  | { readonly kind: 'pkcs1' | 'pss'; readonly hash: HashName; readonly key: RsaPublicKey }
  /** ECDSA; `compact` is r || s, each as long as the curve's order. */
  | {
      readonly kind: 'ecdsa'
      readonly hash: HashName
      readonly key: EcPublicKey
      readonly compact: Uint8Array
    }
  /** EdDSA; neither the key nor the signature's R is of small order, and the length is right. */
  | { readonly kind: 'ed25519' | 'ed448'; readonly point: Uint8Array }

/**
 * Decodes and bounds everything outside bytes decide: undefined when the signature cannot be valid.
 * @throws RangeError when the scheme is unknown.
 */
export function prepareVerification(
  scheme: string,
  spki: Uint8Array,
  signature: Uint8Array,
): Verification | undefined {
  const wanted = SCHEMES.get(scheme)
  if (wanted === undefined) {
    throw new RangeError(`expected a known signature scheme, got ${JSON.stringify(scheme)}`)
  }
  const key = tryDecode(() => decodeSpki(spki))
  if (key === undefined) return undefined
  switch (wanted.kind) {
    case 'pkcs1':
      if (!isRsaUsable(key, signature) || key.pss !== undefined) return undefined
      return { kind: wanted.kind, hash: wanted.hash, key }
    case 'pss':
      if (!isRsaUsable(key, signature) || !allowsPss(key, wanted.hash)) return undefined
      return { kind: wanted.kind, hash: wanted.hash, key }
    case 'ecdsa':
      return prepareEcdsa(key, wanted.hash, signature)
    default:
      return prepareEdwards(wanted.kind, key, signature)
  }
}

/** Length of a hash's value in bytes. */
export const hashLength: Readonly<Record<HashName, number>> = {
  md5_sha1: 36,
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
}

/**
 * A bounded RSA key, and a signature that is an integer below the modulus in exactly as many bytes (RFC 8017 §5.2.2,
 * §8.1.2). The modulus has 512 to 8192 bits; the public exponent is odd, at least 3, and has at most 32 bits: twice
 * what certificates have, within OpenSSL's own bounds, and so that no hostile key takes long.
 */
function isRsaUsable(key: PublicKey, signature: Uint8Array): key is RsaPublicKey {
  if (key.type !== 'rsa' || key.bits < 512 || key.bits > 8192) return false
  const { modulus, exponent } = key
  const isOdd = ((modulus.at(-1) ?? 0) & (exponent.at(-1) ?? 0) & 1) === 1
  if (!isOdd || exponent.length > 4 || (exponent.length === 1 && exponent[0] === 1)) return false
  return signature.length === modulus.length && isLess(signature, modulus)
}

/** Whether the restrictions of an id-RSASSA-PSS key allow TLS's one choice per hash (RFC 4055 §3.3). */
function allowsPss(key: RsaPublicKey, hash: HashName): boolean {
  const { hash: only = hash, mgfHash = hash, saltLength = 0 } = key.pss ?? {}
  return only === hash && mgfHash === hash && saltLength <= hashLength[hash]
}

function prepareEcdsa(
  key: PublicKey,
  hash: HashName,
  signature: Uint8Array,
): Verification | undefined {
  if (key.type !== 'ec') return undefined
  const compact = tryDecode(() => decodeEcdsaSignature(signature, ORDER_LENGTH[key.curve]))
  return compact && { kind: 'ecdsa', hash, key, compact }
}

// Ecdsa-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER } (RFC 3279 §2.2.3)
function decodeEcdsaSignature(signature: Uint8Array, length: number): Uint8Array {
  const outer = new DerReader('Ecdsa-Sig-Value', signature)
  const reader = outer.sequence('ecdsaSigValue')
  outer.end()
  const compact = new Uint8Array(2 * length)
  for (const [i, field] of ['r', 's'].entries()) {
    const value = reader.unsigned(field)
    if (value.length > length) reader.fail('invalid-value', `${field} is above the curve's order`)
    compact.set(value, (i + 1) * length - value.length)
  }
  reader.end()
  return compact
}

function prepareEdwards(
  kind: 'ed25519' | 'ed448',
  key: PublicKey,
  signature: Uint8Array,
): Verification | undefined {
  if (key.type !== kind) return undefined
  const { point } = key
  if (signature.length !== 2 * point.length) return undefined
  const { prime, smallOrder } = EDWARDS[kind]
  for (const encoded of [point, signature.subarray(0, point.length)]) {
    const y = ordinate(encoded)
    if (y >= prime || smallOrder.includes(y)) return undefined
  }
  return { kind, point }
}

/** y of an encoded Edwards point: little-endian, without its last bit, the sign of x (RFC 8032 §5.1.2, §5.2.2). */
function ordinate(point: Uint8Array): bigint {
  const number = point.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
  return BigInt.asUintN(8 * point.length - 1, number)
}

/** a < b, both big-endian and equally long. */
function isLess(a: Uint8Array, b: Uint8Array): boolean {
  const at = a.findIndex((byte, i) => byte !== b[i])
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0)
}

/** Of the scheme's name alone. The TLS names rsae and pss differ in the key's OID only, which either may have here. */
type Scheme =
  | { readonly kind: 'pkcs1' | 'pss' | 'ecdsa'; readonly hash: HashName }
  | { readonly kind: 'ed25519' | 'ed448' }

const SCHEMES: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ['rsa_pkcs1_md5_sha1', { kind: 'pkcs1', hash: 'md5_sha1' }],
  ['rsa_pkcs1_sha1', { kind: 'pkcs1', hash: 'sha1' }],
  ['rsa_pkcs1_sha224', { kind: 'pkcs1', hash: 'sha224' }],
  ['rsa_pkcs1_sha256', { kind: 'pkcs1', hash: 'sha256' }],
  ['rsa_pkcs1_sha384', { kind: 'pkcs1', hash: 'sha384' }],
  ['rsa_pkcs1_sha512', { kind: 'pkcs1', hash: 'sha512' }],
  ['rsa_pss_rsae_sha256', { kind: 'pss', hash: 'sha256' }],
  ['rsa_pss_rsae_sha384', { kind: 'pss', hash: 'sha384' }],
  ['rsa_pss_rsae_sha512', { kind: 'pss', hash: 'sha512' }],
  ['rsa_pss_pss_sha256', { kind: 'pss', hash: 'sha256' }],
  ['rsa_pss_pss_sha384', { kind: 'pss', hash: 'sha384' }],
  ['rsa_pss_pss_sha512', { kind: 'pss', hash: 'sha512' }],
  ['ecdsa_sha1', { kind: 'ecdsa', hash: 'sha1' }],
  ['ecdsa_sha224', { kind: 'ecdsa', hash: 'sha224' }],
  ['ecdsa_sha256', { kind: 'ecdsa', hash: 'sha256' }],
  ['ecdsa_sha384', { kind: 'ecdsa', hash: 'sha384' }],
  ['ecdsa_sha512', { kind: 'ecdsa', hash: 'sha512' }],
  ['ed25519', { kind: 'ed25519' }],
  ['ed448', { kind: 'ed448' }],
])

/** The scheme names that verifySignature knows. */
export const signatureSchemes: readonly string[] = [...SCHEMES.keys()]

const ORDER_LENGTH: Readonly<Record<Curve, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 }

const P25519 = 2n ** 255n - 19n
const P448 = 2n ** 448n - 2n ** 224n - 1n
/** y of the points of order 8 on edwards25519, up to sign. */
const Y8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n

/**
 * Per curve the prime of its field, and y of its points whose order divides the cofactor. noble and the versions of
 * OpenSSL differ on y at or above the prime, a second encoding (RFC 8032 §5.1.3, §5.2.3), and on points of small order:
 * with such a key one signature stands for many messages, and such an R comes of the nonce 0. Both are refused.
 */
const EDWARDS = {
  ed25519: { prime: P25519, smallOrder: [0n, 1n, P25519 - 1n, Y8, P25519 - Y8] },
  ed448: { prime: P448, smallOrder: [0n, 1n, P448 - 1n] },
} as const
