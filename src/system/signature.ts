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
import type { Curve, PublicKey, VerifySignature } from '../signature/index.ts'
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
    return verifyPrepared(verification, spki, message, signature)
  } catch {
    // OpenSSL refuses the key: a point off its curve, above all.
    return false
  }
}

function verifyPrepared(
  verification: Verification,
  spki: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  switch (verification.kind) {
    case 'pkcs1': {
      const { hash } = verification
      const key = keyObject(spki, verification.key)
      const expected = emsaPkcs1(hash, digest(hash, message), signature.length)
      if (expected === undefined) return false
      const padding = constants.RSA_NO_PADDING
      return equal(publicDecrypt({ key, padding }, signature), expected)
    }
    case 'pss': {
      const { hash } = verification
      const key = keyObject(spki, verification.key)
      const padding = constants.RSA_PKCS1_PSS_PADDING
      const saltLength = hashLength[hash]
      return verify(hash, message, { key, padding, saltLength }, signature)
    }
    case 'ecdsa': {
      const { hash, compact } = verification
      const key = keyObject(spki, verification.key)
      return verify(hash, message, { key, dsaEncoding: 'ieee-p1363' }, compact)
    }
    case 'ed25519':
    case 'ed448': {
      const { kind: type, point } = verification
      return verify(null, message, keyObject(spki, { type, point }), signature)
    }
  }
}

/** The keys that were used last, by the bytes that they are decoded from: rounds and certificates ask for the same few. */
const keyObjects = new Map<string, KeyObject>()

/** OpenSSL's object for a key. */
function keyObject(spki: Uint8Array, key: UsableKey): KeyObject {
  const name = Buffer.from(spki.buffer, spki.byteOffset, spki.length).toString('latin1')
  const known = keyObjects.get(name)
  if (known) return known
  const made = createPublicKey({ key: jwkOf(key), format: 'jwk' })
  const [oldest] = keyObjects.keys()
  if (keyObjects.size === MOST_KEYS && oldest !== undefined) keyObjects.delete(oldest)
  keyObjects.set(name, made)
  return made
}

type UsableKey = Exclude<PublicKey, { readonly type: 'unsupported' }>

/**
 * The key as JWK (RFC 7518 §6, RFC 8037 §2): so OpenSSL never sees outside DER, and import is up to 30 times faster. The
 * restrictions of an id-RSASSA-PSS key are enforced by now; it becomes a plain RSA key.
 */
function jwkOf(key: UsableKey): JsonWebKey {
  if (key.type === 'rsa') {
    return { kty: 'RSA', n: base64url(key.modulus), e: base64url(key.exponent) }
  }
  if (key.type !== 'ec') {
    return { kty: 'OKP', crv: CURVE_NAME[key.type], x: base64url(key.point) }
  }
  const { curve } = key
  const point = key.point[0] === 0x04 ? key.point : uncompress(key.point, curve)
  const size = (point.length - 1) / 2
  const [x, y] = [point.subarray(1, 1 + size), point.subarray(1 + size)].map(base64url)
  return { kty: 'EC', crv: curve, x: x ?? '', y: y ?? '' }
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

const CURVE_NAME = { ed25519: 'Ed25519', ed448: 'Ed448' } as const

const MOST_KEYS = 64
