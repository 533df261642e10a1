// Signatures by keys made on the spot, one for every scheme and key type, so that no test of them needs a corpus.

import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  sign,
} from 'node:crypto'
import { bitString, integer, nullValue, oid, sequence } from './asn1.ts'

export interface FreshSignature {
  readonly scheme: string
  /** Kind of key, for test names. */
  readonly by: string
  readonly spki: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

export interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export const message: Uint8Array = new TextEncoder().encode('client_random, server_random, params')

export const keys = {
  'RSA-1024': generateKeyPairSync('rsa', { modulusLength: 1024 }),
  'RSA-1033': generateKeyPairSync('rsa', { modulusLength: 1033 }),
  'RSA-1034': generateKeyPairSync('rsa', { modulusLength: 1034, publicExponent: 3 }),
  'RSA-2048': generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'RSA-PSS': generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
  'RSA-PSS for sha256': generateKeyPairSync('rsa-pss', {
    modulusLength: 1024,
    hashAlgorithm: 'sha256',
    mgf1HashAlgorithm: 'sha256',
  }),
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'P-521': generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  Ed25519: generateKeyPairSync('ed25519'),
  Ed448: generateKeyPairSync('ed448'),
} satisfies Record<string, KeyPair>

export function spkiOf(key: KeyPair): Uint8Array {
  return Uint8Array.from(key.publicKey.export({ format: 'der', type: 'spki' }))
}

/** Signs as a TLS peer does. */
export function signAs(scheme: string, { privateKey }: KeyPair): Uint8Array {
  const hash = scheme.replace(/^.*_/, '')
  if (scheme === 'rsa_pkcs1_md5_sha1') {
    const digests = ['md5', 'sha1'].map((name) => createHash(name).update(message).digest())
    const padding = constants.RSA_PKCS1_PADDING
    return Uint8Array.from(privateEncrypt({ key: privateKey, padding }, Buffer.concat(digests)))
  }
  if (scheme.startsWith('rsa_pss_')) {
    const padding = constants.RSA_PKCS1_PSS_PADDING
    const saltLength = constants.RSA_PSS_SALTLEN_DIGEST
    return Uint8Array.from(sign(hash, message, { key: privateKey, padding, saltLength }))
  }
  return Uint8Array.from(sign(scheme.startsWith('ed') ? null : hash, message, privateKey))
}

export const freshSignatures: readonly FreshSignature[] = [
  ...each(['RSA-1024'], 'rsa_pkcs1_', 'md5_sha1 sha1 sha224 sha256 sha384 sha512'),
  ...each(['RSA-1024', 'RSA-1033', 'RSA-1034'], 'rsa_pss_rsae_', 'sha256 sha384'),
  ...each(['RSA-1033', 'RSA-1034'], 'rsa_pkcs1_', 'md5_sha1 sha256'),
  ...each(['RSA-2048'], 'rsa_pkcs1_', 'md5_sha1 sha1 sha224 sha256 sha384 sha512'),
  ...each(['RSA-2048', 'RSA-PSS'], 'rsa_pss_rsae_', 'sha256 sha384 sha512'),
  ...each(['RSA-2048', 'RSA-PSS'], 'rsa_pss_pss_', 'sha256 sha384 sha512'),
  ...each(['RSA-PSS for sha256'], 'rsa_pss_pss_', 'sha256'),
  ...each(['P-256', 'P-384', 'P-521'], 'ecdsa_', 'sha1 sha224 sha256 sha384 sha512'),
  ...each(['Ed25519'], '', 'ed25519'),
  ...each(['Ed448'], '', 'ed448'),
]

/** The fresh signature of that scheme by that kind of key. */
export function freshSignature(scheme: string, by: keyof typeof keys): FreshSignature {
  const found = freshSignatures.find((one) => one.scheme === scheme && one.by === by)
  if (found === undefined) throw new Error(`no fresh signature ${scheme} by ${by}`)
  return found
}

/** SubjectPublicKeyInfo of an rsaEncryption key of any numbers. */
export function rsaSpki(modulus: bigint, exponent: bigint): Uint8Array {
  return sequence(
    sequence(oid('1.2.840.113549.1.1.1'), nullValue()),
    bitString(sequence(integer(modulus), integer(exponent))),
  )
}

function each(by: (keyof typeof keys)[], prefix: string, suffixes: string): FreshSignature[] {
  return by.flatMap((name) =>
    suffixes.split(' ').map((suffix) => {
      const scheme = prefix + suffix
      const signature = signAs(scheme, keys[name])
      return { scheme, by: name, spki: spkiOf(keys[name]), message, signature }
    }),
  )
}
