// Maps the AlgorithmIdentifier of a certificate's signature to a TLS signature scheme (RFC 4055, RFC 5758, RFC 8410).

import { DerReader, TAG } from '../encoding/index.ts'
import { HASH_NAMES, hashLength, MGF1, RSASSA_PSS } from '../signature/index.ts'

export interface SignatureAlgorithm {
  /** Dotted OID. */
  readonly oid: string
  /**
   * Name of the TLS scheme, also of ones that are too weak ("rsa_pkcs1_md5"); RSASSA-PSS is "rsa_pss_rsae_*" whatever
   * the issuer's key is. Undefined for algorithms and parameters that no TLS scheme has.
   */
  readonly scheme: string | undefined
}

// AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY DEFINED BY algorithm OPTIONAL }
/** Decodes a whole AlgorithmIdentifier. @throws DecodeError */
export function decodeSignatureAlgorithm(encoded: Uint8Array, base = 0): SignatureAlgorithm {
  const outer = new DerReader('AlgorithmIdentifier', encoded, base)
  const reader = outer.sequence('algorithmIdentifier')
  outer.end()
  const oid = reader.oid('algorithm')
  if (oid === RSASSA_PSS) {
    const scheme = decodePssScheme(reader)
    reader.end()
    return { oid, scheme }
  }
  const scheme = SCHEMES.get(oid)
  const parameters = reader.left > 0 ? reader.any('parameters') : undefined
  reader.end()
  // RFC 4055 §5: NULL for RSA, absent accepted; RFC 5758 §3.2 and RFC 8410 §3: absent for the others
  const isNull = parameters?.tag === TAG.null && parameters.content.length === 0
  const fits = parameters === undefined || (isNull && scheme?.startsWith('rsa_') === true)
  return { oid, scheme: fits ? scheme : undefined }
}

// RSASSA-PSS-params ::= SEQUENCE {
//   hashAlgorithm [0] DEFAULT sha1, maskGenAlgorithm [1] DEFAULT mgf1SHA1, saltLength [2] DEFAULT 20, trailerField [3] DEFAULT 1 }
/** The TLS schemes have one set of parameters per hash: MGF1 with the same hash, a salt of its length (RFC 8446 §4.2.3). */
function decodePssScheme(algorithm: DerReader): string | undefined {
  const reader = algorithm.sequence('parameters')
  const hashReader = reader.enterOptional(TAG.contextConstructed(0), 'hashAlgorithm')
  const hash = hashReader && decodeHash(hashReader)
  const maskReader = reader.enterOptional(TAG.contextConstructed(1), 'maskGenAlgorithm')
  const mask = maskReader && decodeMaskGeneration(maskReader)
  const saltReader = reader.enterOptional(TAG.contextConstructed(2), 'saltLength')
  const saltLength = saltReader?.smallInteger('saltLength')
  saltReader?.end()
  const trailerReader = reader.enterOptional(TAG.contextConstructed(3), 'trailerField')
  const trailer = trailerReader?.smallInteger('trailerField') ?? 1
  trailerReader?.end()
  reader.end()
  const name = HASH_NAMES.get(hash ?? '')
  if (name === undefined || !PSS_HASHES.includes(name)) return undefined
  if (mask !== hash || saltLength !== hashLength[name] || trailer !== 1) return undefined
  return `rsa_pss_rsae_${name}`
}

function decodeHash(reader: DerReader): string {
  const hash = reader.sequence('hash')
  const oid = hash.oid('algorithm')
  if (hash.left > 0) hash.null('parameters')
  hash.end()
  reader.end()
  return oid
}

/** OID of MGF1's hash; undefined when it is not MGF1. */
function decodeMaskGeneration(reader: DerReader): string | undefined {
  const mask = reader.sequence('maskGen')
  const oid = mask.oid('algorithm')
  if (oid === MGF1) {
    const hash = decodeHash(mask)
    reader.end()
    return hash
  }
  if (mask.left > 0) mask.any('parameters')
  mask.end()
  reader.end()
  return undefined
}

/** The hashes of the RSASSA-PSS schemes of TLS. */
const PSS_HASHES: readonly string[] = ['sha256', 'sha384', 'sha512']

const SCHEMES: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.1.4', 'rsa_pkcs1_md5'],
  ['1.2.840.113549.1.1.5', 'rsa_pkcs1_sha1'],
  ['1.2.840.113549.1.1.14', 'rsa_pkcs1_sha224'],
  ['1.2.840.113549.1.1.11', 'rsa_pkcs1_sha256'],
  ['1.2.840.113549.1.1.12', 'rsa_pkcs1_sha384'],
  ['1.2.840.113549.1.1.13', 'rsa_pkcs1_sha512'],
  ['1.2.840.10045.4.1', 'ecdsa_sha1'],
  ['1.2.840.10045.4.3.1', 'ecdsa_sha224'],
  ['1.2.840.10045.4.3.2', 'ecdsa_sha256'],
  ['1.2.840.10045.4.3.3', 'ecdsa_sha384'],
  ['1.2.840.10045.4.3.4', 'ecdsa_sha512'],
  ['1.2.840.10040.4.3', 'dsa_sha1'],
  ['2.16.840.1.101.3.4.3.2', 'dsa_sha256'],
  ['1.3.101.112', 'ed25519'],
  ['1.3.101.113', 'ed448'],
])
