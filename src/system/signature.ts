// Signature verification over node:crypto: the fast backend, which answers as signature/portable.ts does without loading
// noble's curves or forge (RFC 5246 §7.4.3, RFC 8446 §4.2.3).

import {
  constants,
  createHash,
  createPublicKey,
  ECDH,
  type JsonWebKey,
  type KeyObject,
  publicDecrypt,
  verify,
} from 'node:crypto'
import { concat, equal } from '../encoding/index.ts'
import type { Curve, EcPublicKey, RsaPublicKey, VerifySignature } from '../signature/index.ts'
import {
  emsaPkcs1,
  type HashName,
  hashLength,
  prepareVerification,
  type Verification,
} from '../signature/index.ts'

/**
 * Native signature verification, for the same schemes and with the same answers as `verifySignature`.
 * @throws RangeError when the scheme is unknown; whatever else is wrong answers false.
 */
export const verifySignatureNative: VerifySignature = (scheme, spki, message, signature) => {
  const verification = prepareVerification(scheme, spki, signature)
  if (verification === undefined) return false
  try {
    return verifyPrepared(verification, message, signature)
  } catch {
    // OpenSSL refuses the key: a point off its curve, above all.
    return false
  }
}

function verifyPrepared(
  verification: Verification,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  switch (verification.kind) {
    case 'pkcs1': {
      const { hash, key } = verification
      const expected = emsaPkcs1(hash, digest(hash, message), signature.length)
      if (expected === undefined) return false
      const padding = constants.RSA_NO_PADDING
      return equal(publicDecrypt({ key: importRsa(key), padding }, signature), expected)
    }
    case 'pss': {
      const { hash, key } = verification
      const padding = constants.RSA_PKCS1_PSS_PADDING
      const saltLength = hashLength[hash]
      return verify(hash, message, { key: importRsa(key), padding, saltLength }, signature)
    }
    case 'ecdsa': {
      const { hash, key, compact } = verification
      return verify(hash, message, { key: importEc(key), dsaEncoding: 'ieee-p1363' }, compact)
    }
    case 'ed25519':
    case 'ed448': {
      const crv = verification.kind === 'ed25519' ? 'Ed25519' : 'Ed448'
      const key = importJwk({ kty: 'OKP', crv, x: base64url(verification.point) })
      return verify(null, message, key, signature)
    }
  }
}

// Keys go to OpenSSL as JWK (RFC 7518 §6, RFC 8037 §2): it never sees outside DER, and import is up to 30 times faster.

function importJwk(key: JsonWebKey): KeyObject {
  return createPublicKey({ key, format: 'jwk' })
}

/** The restrictions of an id-RSASSA-PSS key are enforced by now; OpenSSL gets a plain RSA key. */
function importRsa(key: RsaPublicKey): KeyObject {
  return importJwk({ kty: 'RSA', n: base64url(key.modulus), e: base64url(key.exponent) })
}

function importEc(key: EcPublicKey): KeyObject {
  const { curve } = key
  const point = key.point[0] === 0x04 ? key.point : uncompress(key.point, curve)
  const size = (point.length - 1) / 2
  const [x, y] = [point.subarray(1, 1 + size), point.subarray(1 + size)].map(base64url)
  return importJwk({ kty: 'EC', crv: curve, x: x ?? '', y: y ?? '' })
}

function uncompress(point: Uint8Array, curve: Curve): Uint8Array {
  const encoded = ECDH.convertKey(point, OPENSSL_CURVE[curve], undefined, undefined, 'uncompressed')
  return typeof encoded === 'string' ? new Uint8Array(0) : encoded
}

function digest(hash: HashName, message: Uint8Array): Uint8Array {
  if (hash === 'md5_sha1') return concat(hashOf('md5', message), hashOf('sha1', message))
  return hashOf(hash, message)
}

function hashOf(algorithm: string, message: Uint8Array): Uint8Array {
  return createHash(algorithm).update(message).digest()
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
}

const OPENSSL_CURVE: Readonly<Record<Curve, string>> = {
  'P-256': 'prime256v1',
  'P-384': 'secp384r1',
  'P-521': 'secp521r1',
}
