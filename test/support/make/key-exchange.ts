// Makes and signs the params of a ServerKeyExchange with node:crypto (RFC 5246 §7.4.3, RFC 8422 §5.4).

import {
  constants,
  createECDH,
  createHash,
  generateKeyPairSync,
  getDiffieHellman,
  type KeyObject,
  privateEncrypt,
  randomBytes,
  sign,
} from 'node:crypto'
import { Writer } from '../../../src/encoding/presentation.ts'
import type { EndEntity } from './end-entity.ts'

// struct { ECCurveType named_curve(3); NamedCurve; opaque point<1..2^8-1> } ServerECDHParams
/** With a fresh public key, or with `point`. A group that is not known here gets 32 random bytes. */
export function ecdheParams(
  group: number = 0x001d,
  point: Uint8Array = ecdhePoint(group),
): Uint8Array {
  return new Writer().u8(3).u16(group).opaque(1, point).done()
}

// struct { opaque dh_p<1..2^16-1>; opaque dh_g<1..2^16-1>; opaque dh_Ys<1..2^16-1> } ServerDHParams
/** A named group of node:crypto: "modp14" has 2048 bits, "modp2" 1024, "modp1" 768. */
export function dheParams(group = 'modp14'): Uint8Array {
  const exchange = getDiffieHellman(group)
  const ours = exchange.generateKeys()
  return new Writer()
    .opaque(2, exchange.getPrime())
    .opaque(2, exchange.getGenerator())
    .opaque(2, ours)
    .done()
}

// struct { ECCurveType explicit_prime(1); opaque prime_p, a, b, base, order, cofactor <1..2^8-1> } ECParameters
/** P-256 spelled out, which RFC 8422 forbids. */
export function explicitCurveParams(): Uint8Array {
  const writer = new Writer().u8(1)
  for (const hex of P256) writer.opaque(1, Buffer.from(hex, 'hex'))
  return writer.opaque(1, ecdhePoint(0x0017)).done()
}

/** The first SignatureScheme that comes to mind for the key: PSS with SHA-256, or the hash that goes with the curve. */
export function defaultScheme({ privateKey }: EndEntity): number {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = privateKey
  if (type === 'ed25519') return 0x0807
  if (type === 'ed448') return 0x0808
  if (type === 'rsa') return 0x0804
  if (type === 'rsa-pss') return 0x0809
  return { secp384r1: 0x0503, secp521r1: 0x0603 }[details?.namedCurve ?? ''] ?? 0x0403
}

/** Signs as the scheme says; before TLS 1.2 (no scheme) as the key says. A scheme not for the key gives random bytes. */
export function signParams(
  key: KeyObject,
  scheme: number | undefined,
  signed: Uint8Array,
): Uint8Array {
  const type = key.asymmetricKeyType ?? ''
  if (scheme === undefined) return signBeforeTls12(key, signed)
  if (scheme >> 8 === 0x08) {
    if (type === SCHEME_KEYS[scheme]) return Uint8Array.from(sign(null, signed, key))
    const hash = PSS_HASHES[scheme]
    if (!type.startsWith('rsa') || hash === undefined) return random()
    const padding = constants.RSA_PKCS1_PSS_PADDING
    const saltLength = constants.RSA_PSS_SALTLEN_DIGEST
    return Uint8Array.from(sign(hash, signed, { key, padding, saltLength }))
  }
  const hash = HASHES[scheme >> 8]
  if (hash === undefined || SIGNATURES[scheme & 0xff] !== type) return random()
  return Uint8Array.from(sign(hash, signed, key))
}

// RFC 4346 §7.4.3: RSA signs MD5 and SHA-1 side by side, without DigestInfo.
function signBeforeTls12(key: KeyObject, signed: Uint8Array): Uint8Array {
  if (key.asymmetricKeyType !== 'rsa') return Uint8Array.from(sign('sha1', signed, key))
  const digests = ['md5', 'sha1'].map((hash) => createHash(hash).update(signed).digest())
  const padding = constants.RSA_PKCS1_PADDING
  return Uint8Array.from(privateEncrypt({ key, padding }, Buffer.concat(digests)))
}

function ecdhePoint(group: number): Uint8Array {
  const curve = CURVES[group]
  if (curve) return Uint8Array.from(createECDH(curve).generateKeys())
  if (group !== 0x001d && group !== 0x001e) return Uint8Array.from(randomBytes(32))
  const length = group === 0x001d ? 32 : 56
  const { publicKey } =
    group === 0x001d ? generateKeyPairSync('x25519') : generateKeyPairSync('x448')
  return Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' }).subarray(-length))
}

function random(): Uint8Array {
  return Uint8Array.from(randomBytes(64))
}

/** NamedGroup (RFC 8422 §5.1.1). */
const CURVES: Readonly<Record<number, string>> = {
  22: 'secp256k1',
  23: 'prime256v1',
  24: 'secp384r1',
  25: 'secp521r1',
}

/** HashAlgorithm and SignatureAlgorithm (RFC 5246 §7.4.1.4.1). */
const HASHES: Readonly<Record<number, string>> = {
  1: 'md5',
  2: 'sha1',
  3: 'sha224',
  4: 'sha256',
  5: 'sha384',
  6: 'sha512',
}
const SIGNATURES: Readonly<Record<number, string>> = { 1: 'rsa', 2: 'dsa', 3: 'ec' }

/** SignatureScheme (RFC 8446 §4.2.3). */
const SCHEME_KEYS: Readonly<Record<number, string>> = { 2055: 'ed25519', 2056: 'ed448' }
const PSS_HASHES: Readonly<Record<number, string>> = {
  2052: 'sha256',
  2053: 'sha384',
  2054: 'sha512',
  2057: 'sha256',
  2058: 'sha384',
  2059: 'sha512',
}

// p, a, b, G, n, h
const P256 = [
  'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff',
  'ffffffff00000001000000000000000000000000fffffffffffffffffffffffc',
  '5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b',
  '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296' +
    '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
  'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  '01',
]
