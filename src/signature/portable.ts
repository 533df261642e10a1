// Signature verification over noble and forge: the portable backend and the reference (RFC 5246 §7.4.3, RFC 8446 §4.2.3).

import { ed448 } from '@noble/curves/ed448.js'
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { bytesToNumberLE } from '@noble/curves/utils.js'
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { hexToBytes } from '@noble/hashes/utils.js'
import jsbn from 'node-forge/lib/jsbn.js'
import { concat, equal, toHex } from '../encoding/index.ts'
import type { RsaPublicKey } from './public-key.ts'
import { emsaPkcs1, isEmsaPss } from './rsa-encoding.ts'
import { type HashName, prepareVerification } from './scheme.ts'

export { signatureSchemes } from './scheme.ts'

/**
 * Answers whether `signature` over `message` verifies under the key in `spki`.
 * @param scheme a TLS SignatureScheme name of `signatureSchemes`; in ecdsa_* the hash is the scheme's, the curve the key's
 * @param spki DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7)
 * @param message the signed bytes, not hashed
 * @param signature as TLS and X.509 carry it: DER for ECDSA, raw bytes otherwise
 * @throws RangeError when the scheme is unknown; whatever else is wrong answers false.
 */
export type VerifySignature = (
  scheme: string,
  spki: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean

/** Portable signature verification: noble for curves and hashes, forge for the RSA public operation. */
export function verifySignature(
  scheme: string,
  spki: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const verification = prepareVerification(scheme, spki, signature)
  switch (verification?.kind) {
    case undefined:
      return false
    case 'pkcs1': {
      const { hash, key } = verification
      const expected = emsaPkcs1(hash, HASHES[hash](message), signature.length)
      return expected !== undefined && equal(openRsa(key, signature), expected)
    }
    case 'pss': {
      const { key } = verification
      const hash = HASHES[verification.hash]
      const opened = openRsa(key, signature)
      return isEmsaPss({ hash, digest: hash(message), opened, bits: key.bits })
    }
    case 'ecdsa': {
      const { key, hash, compact } = verification
      return unlessThrown(() =>
        CURVES[key.curve].verify(compact, HASHES[hash](message), key.point, {
          prehash: false,
          lowS: false,
          format: 'compact',
        }),
      )
    }
    case 'ed25519':
      return unlessThrown(() => verifyEd25519(verification.point, message, signature))
    case 'ed448':
      return unlessThrown(() =>
        ed448.verify(signature, message, verification.point, { zip215: false }),
      )
  }
}

/**
 * RSAVP1, the bare public operation, in as many bytes as the modulus (RFC 8017 §5.2.2). Only forge's integers are in
 * use: its PKCS #1 check accepts wrong DigestInfos.
 */
function openRsa(key: RsaPublicKey, signature: Uint8Array): Uint8Array {
  const { modulus, exponent } = key
  const opened = integer(signature).modPow(integer(exponent), integer(modulus))
  return hexToBytes(opened.toString(16).padStart(2 * modulus.length, '0'))
}

function integer(magnitude: Uint8Array): jsbn.BigInteger {
  return new jsbn.BigInteger(toHex(magnitude), 16)
}

/**
 * RFC 8032 §5.1.7 lets a verifier multiply the equation by the cofactor or not. noble's own verify does, OpenSSL does
 * not, and a signed statement must have one verdict everywhere: this is the exact equation, over noble's points.
 */
function verifyEd25519(point: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const { Point } = ed25519
  const r = signature.subarray(0, 32)
  const s = Point.Fn.fromBytes(signature.subarray(32)) // throws at or above the order
  const k = Point.Fn.create(bytesToNumberLE(sha512(concat(r, point, message))))
  const a = Point.fromBytes(point)
  return equal(Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k)).toBytes(), r)
}

/** noble throws on a point that is not on its curve and on a scalar out of range: no such signature is valid. */
function unlessThrown(verify: () => boolean): boolean {
  try {
    return verify()
  } catch {
    return false
  }
}

const CURVES = { 'P-256': p256, 'P-384': p384, 'P-521': p521 } as const

const HASHES: Readonly<Record<HashName, (message: Uint8Array) => Uint8Array>> = {
  md5_sha1: (message) => concat(md5(message), sha1(message)),
  sha1,
  sha224,
  sha256,
  sha384,
  sha512,
}
