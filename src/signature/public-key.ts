// Decodes the public key that a certificate carries, so that no backend trusts its own lax parser (RFC 5280 §4.1.2.7).

import { DerReader, TAG, toHex } from '../encoding/index.ts'
import { tryDecode } from '../errors.ts'
import { HASH_NAMES, MGF1, RSASSA_PSS } from './oids.ts'

/** A decoded public key. Byte strings are views into the decoded bytes. */
export type PublicKey = RsaPublicKey | EcPublicKey | EdwardsPublicKey | UnsupportedPublicKey

/** rsaEncryption (RFC 3279 §2.3.1) or id-RSASSA-PSS (RFC 4055 §3.1). */
export interface RsaPublicKey {
  readonly type: 'rsa'
  /** Positive, big-endian, no leading zero octets. */
  readonly modulus: Uint8Array
  /** Positive, big-endian, no leading zero octets. */
  readonly exponent: Uint8Array
  /** Bit length of the modulus. */
  readonly bits: number
  /** Only on id-RSASSA-PSS keys, which verify nothing but RSASSA-PSS; empty when no parameters restrict them. */
  readonly pss?: PssRestriction
}

/** What signatures an id-RSASSA-PSS key allows: all members are set, or none (RFC 4055 §3.1, §3.3). */
export interface PssRestriction {
  /** Hash of the message: "sha256" and so on, or the dotted OID of a hash unknown here. */
  readonly hash?: string
  /** Hash of MGF1, named likewise. */
  readonly mgfHash?: string
  /** The least salt length, in bytes. */
  readonly saltLength?: number
}

/** id-ecPublicKey on a named curve (RFC 5480 §2.1.1). */
export interface EcPublicKey {
  readonly type: 'ec'
  readonly curve: Curve
  /** Uncompressed (0x04) or compressed (0x02, 0x03) point of SEC 1 §2.3; not yet known to be on the curve. */
  readonly point: Uint8Array
}

/** id-Ed25519 or id-Ed448 (RFC 8410 §4). */
export interface EdwardsPublicKey {
  readonly type: 'ed25519' | 'ed448'
  /** Encoded point of 32 or 57 bytes (RFC 8032 §5.1.2, §5.2.2); not yet known to be on the curve. */
  readonly point: Uint8Array
}

/** A well-formed key of an algorithm or a curve that this library does not verify with. */
export interface UnsupportedPublicKey {
  readonly type: 'unsupported'
  /** Dotted OID of the algorithm. */
  readonly algorithm: string
  /** Dotted OID of the curve, when the algorithm is id-ecPublicKey. */
  readonly curve?: string
}

export type Curve = 'P-256' | 'P-384' | 'P-521'

/**
 * Decodes a DER SubjectPublicKeyInfo.
 * @throws DecodeError when it is not strict DER, or breaks the rules of its algorithm (RFC 3279, 4055, 5480, 8410).
 */
// SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
export function decodeSpki(spki: Uint8Array): PublicKey {
  const outer = new DerReader('SubjectPublicKeyInfo', spki)
  const reader = outer.sequence('subjectPublicKeyInfo')
  outer.end()
  // AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }
  const algorithm = reader.sequence('algorithm')
  const oid = algorithm.oid('algorithm')
  const key = decodeKey(oid, algorithm, reader)
  algorithm.end()
  reader.end()
  return key
}

/**
 * Names the holder of a key, the same however the key is spelled: a compressed and an uncompressed point are one, and so
 * are rsaEncryption and id-RSASSA-PSS. Keys that whoever holds one of them can compute from it count as one too: the
 * negative of a point, and an RSA modulus with another exponent.
 */
export function keyIdentity(spki: Uint8Array): string {
  const key = tryDecode(() => decodeSpki(spki))
  switch (key?.type) {
    case 'rsa':
      return `rsa ${toHex(key.modulus)}`
    case 'ec':
      return `${key.curve} ${toHex(abscissa(key.point))}`
    case 'ed25519':
    case 'ed448':
      // The last bit is the sign (RFC 8032 §5.1.2, §5.2.2)
      return `${key.type} ${toHex(key.point.with(-1, (key.point.at(-1) ?? 0) & 0x7f))}`
    default:
      return `spki ${toHex(spki)}`
  }
}

/** A key's kind and size for people: "RSA-2048", "RSA-PSS-2048", "P-256", "Ed25519"; OIDs when unsupported. */
export function describeKey(key: PublicKey): string {
  switch (key.type) {
    case 'rsa':
      return `${key.pss ? 'RSA-PSS' : 'RSA'}-${key.bits}`
    case 'ec':
      return key.curve
    case 'ed25519':
      return 'Ed25519'
    case 'ed448':
      return 'Ed448'
    case 'unsupported':
      return key.curve === undefined ? `algorithm ${key.algorithm}` : `curve ${key.curve}`
  }
}

/** x of a point in either form of SEC 1 §2.3.3. */
function abscissa(point: Uint8Array): Uint8Array {
  const size = point[0] === 0x04 ? (point.length - 1) / 2 : point.length - 1
  return point.subarray(1, 1 + size)
}

/** Reads the parameters of the algorithm, then the key; the caller ends both readers. */
function decodeKey(oid: string, parameters: DerReader, reader: DerReader): PublicKey {
  switch (oid) {
    case OID.rsaEncryption:
      parameters.null('parameters')
      return decodeRsaKey(reader)
    case RSASSA_PSS: {
      const pss = parameters.left > 0 ? decodePssParameters(parameters) : {}
      return { ...decodeRsaKey(reader), pss }
    }
    case OID.ecPublicKey:
      return decodeEcKey(parameters.oid('namedCurve'), reader)
    case OID.ed25519:
      return { type: 'ed25519', point: decodePoint(reader, 32) }
    case OID.ed448:
      return { type: 'ed448', point: decodePoint(reader, 57) }
    default:
      if (parameters.left > 0) parameters.any('parameters')
      reader.octetBitString('subjectPublicKey')
      return { type: 'unsupported', algorithm: oid }
  }
}

// RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }
function decodeRsaKey(reader: DerReader): RsaPublicKey {
  const start = reader.offset
  const bytes = reader.octetBitString('subjectPublicKey')
  const outer = new DerReader('RSAPublicKey', bytes, reader.offset - bytes.length)
  const key = outer.sequence('rsaPublicKey')
  outer.end()
  const modulus = key.unsigned('modulus')
  const exponent = key.unsigned('publicExponent')
  key.end()
  if (modulus[0] === 0 || exponent[0] === 0) {
    outer.fail('invalid-value', 'expected a positive modulus and exponent, got 0', start)
  }
  return { type: 'rsa', modulus, exponent, bits: bitLength(modulus) }
}

// RSASSA-PSS-params ::= SEQUENCE {
//   hashAlgorithm    [0] HashAlgorithm    DEFAULT sha1Identifier,
//   maskGenAlgorithm [1] MaskGenAlgorithm DEFAULT mgf1SHA1Identifier,
//   saltLength       [2] INTEGER          DEFAULT 20,
//   trailerField     [3] INTEGER          DEFAULT 1 }
function decodePssParameters(parameters: DerReader): Required<PssRestriction> {
  const reader = parameters.sequence('RSASSA-PSS-params')
  const hash = explicit(reader, 0, 'hashAlgorithm', decodeHashAlgorithm) ?? 'sha1'
  const mgfHash = explicit(reader, 1, 'maskGenAlgorithm', decodeMaskGenAlgorithm) ?? 'sha1'
  const saltLength = explicit(reader, 2, 'saltLength', (r) => r.smallInteger('saltLength')) ?? 20
  // RFC 4055 §3.1: a verifier must accept the one allowed trailerField present as well as absent.
  const trailerField = explicit(reader, 3, 'trailerField', (r) => r.smallInteger('trailerField'))
  reader.end()
  if (trailerField !== undefined && trailerField !== 1) {
    reader.fail('invalid-value', `expected trailerField 1, got ${trailerField}`)
  }
  return { hash, mgfHash, saltLength }
}

function explicit<T>(
  reader: DerReader,
  n: number,
  field: string,
  decode: (inner: DerReader) => T,
): T | undefined {
  const inner = reader.enterOptional(TAG.contextConstructed(n), field)
  if (inner === undefined) return undefined
  const value = decode(inner)
  inner.end()
  return value
}

// HashAlgorithm ::= AlgorithmIdentifier, its parameters NULL or absent (RFC 4055 §2.1)
function decodeHashAlgorithm(reader: DerReader): string {
  const algorithm = reader.sequence('hash')
  const oid = algorithm.oid('algorithm')
  if (algorithm.left > 0) algorithm.null('parameters')
  algorithm.end()
  return HASH_NAMES.get(oid) ?? oid
}

// MaskGenAlgorithm ::= AlgorithmIdentifier { id-mgf1, HashAlgorithm }
function decodeMaskGenAlgorithm(reader: DerReader): string {
  const algorithm = reader.sequence('maskGen')
  const oid = algorithm.oid('algorithm')
  if (oid !== MGF1) algorithm.fail('invalid-value', `expected id-mgf1, got ${oid}`)
  const hash = decodeHashAlgorithm(algorithm)
  algorithm.end()
  return hash
}

// ECPoint ::= OCTET STRING, straight in the BIT STRING (RFC 5480 §2.2)
function decodeEcKey(curveOid: string, reader: DerReader): EcPublicKey | UnsupportedPublicKey {
  const curve = CURVES.get(curveOid)
  const at = reader.offset
  const point = reader.octetBitString('subjectPublicKey')
  if (curve === undefined) {
    return { type: 'unsupported', algorithm: OID.ecPublicKey, curve: curveOid }
  }
  const compressed = point[0] === 0x02 || point[0] === 0x03
  const expected = compressed ? 1 + curve.size : 1 + 2 * curve.size
  if ((!compressed && point[0] !== 0x04) || point.length !== expected) {
    reader.fail('invalid-value', `expected a point of ${curve.name}, got ${point.length} bytes`, at)
  }
  return { type: 'ec', curve: curve.name, point }
}

// The parameters of id-Ed25519 and id-Ed448 must be absent (RFC 8410 §3): decodeSpki ends that reader.
function decodePoint(reader: DerReader, size: number): Uint8Array {
  const at = reader.offset
  const point = reader.octetBitString('subjectPublicKey')
  if (point.length !== size) {
    reader.fail('invalid-length', `expected a point of ${size} bytes, got ${point.length}`, at)
  }
  return point
}

function bitLength(magnitude: Uint8Array): number {
  return magnitude.length * 8 - Math.clz32(magnitude[0] ?? 0) + 24
}

const OID = {
  rsaEncryption: '1.2.840.113549.1.1.1',
  ecPublicKey: '1.2.840.10045.2.1',
  ed25519: '1.3.101.112',
  ed448: '1.3.101.113',
} as const

const CURVES: ReadonlyMap<string, { readonly name: Curve; readonly size: number }> = new Map([
  ['1.2.840.10045.3.1.7', { name: 'P-256', size: 32 }],
  ['1.3.132.0.34', { name: 'P-384', size: 48 }],
  ['1.3.132.0.35', { name: 'P-521', size: 66 }],
])
