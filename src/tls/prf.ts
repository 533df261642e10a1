// The pseudorandom function of TLS and what is derived with it: master secret, key block, verify_data
// (RFC 5246 §5, §6.3, §7.4.9, §8.1; RFC 2246 §5; RFC 7627 §4).

import { hmac } from '@noble/hashes/hmac.js'
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha384 } from '@noble/hashes/sha2.js'
import { concat, utf8 } from '../encoding/index.ts'
import { VERSION } from './registry.ts'

/** What the PRF and the transcript are hashed with: MD5 and SHA-1 side by side before TLS 1.2. */
export type PrfHash = 'md5_sha1' | 'sha256' | 'sha384'

/** The hash of a version and a cipher suite (RFC 5246 §5: SHA-256 unless the suite says SHA-384). */
export function prfHash(version: number, suite: { readonly hash: string }): PrfHash {
  if (version < VERSION.tls12) return 'md5_sha1'
  return suite.hash === 'SHA384' ? 'sha384' : 'sha256'
}

/** PRF(secret, label, seed): `length` bytes. */
export function prf(options: {
  readonly hash: PrfHash
  readonly secret: Uint8Array
  /** ASCII. */
  readonly label: string
  readonly seed: Uint8Array
  readonly length: number
}): Uint8Array {
  const { hash, secret, length } = options
  const seed = concat(utf8(options.label), options.seed)
  if (hash !== 'md5_sha1') return expand(HASHES[hash], secret, seed, length)
  // PRF(secret, label, seed) = P_MD5(S1, label + seed) XOR P_SHA-1(S2, label + seed): the halves share a middle byte
  const half = Math.ceil(secret.length / 2)
  const left = expand(md5, secret.subarray(0, half), seed, length)
  const right = expand(sha1, secret.subarray(secret.length - half), seed, length)
  return left.map((byte, i) => byte ^ (right[i] ?? 0))
}

/** Hash of the handshake messages so far, headers included (RFC 5246 §7.4.9, RFC 2246 §7.4.9). */
export function transcriptHash(hash: PrfHash, messages: readonly Uint8Array[]): Uint8Array {
  const bytes = concat(...messages)
  return hash === 'md5_sha1' ? concat(md5(bytes), sha1(bytes)) : HASHES[hash](bytes)
}

export interface Randoms {
  /** 32 bytes. */
  readonly clientRandom: Uint8Array
  /** 32 bytes. */
  readonly serverRandom: Uint8Array
}

/** master_secret = PRF(pre_master_secret, "master secret", client_random + server_random): 48 bytes. */
export function masterSecret(hash: PrfHash, premaster: Uint8Array, randoms: Randoms): Uint8Array {
  const seed = concat(randoms.clientRandom, randoms.serverRandom)
  return prf({ hash, secret: premaster, label: 'master secret', seed, length: 48 })
}

/**
 * master_secret = PRF(pre_master_secret, "extended master secret", session_hash): 48 bytes. The hash is that of the
 * messages up to ClientKeyExchange, it included (RFC 7627 §3, §4).
 */
export function extendedMasterSecret(
  hash: PrfHash,
  premaster: Uint8Array,
  sessionHash: Uint8Array,
): Uint8Array {
  const label = 'extended master secret'
  return prf({ hash, secret: premaster, label, seed: sessionHash, length: 48 })
}

/** key_block = PRF(master_secret, "key expansion", server_random + client_random). */
export function keyBlock(
  hash: PrfHash,
  master: Uint8Array,
  randoms: Randoms,
  length: number,
): Uint8Array {
  const seed = concat(randoms.serverRandom, randoms.clientRandom)
  return prf({ hash, secret: master, label: 'key expansion', seed, length })
}

/** verify_data = PRF(master_secret, finished_label, Hash(handshake_messages)): 12 bytes. */
export function finishedHash(
  hash: PrfHash,
  master: Uint8Array,
  sender: 'client' | 'server',
  messages: readonly Uint8Array[],
): Uint8Array {
  const seed = transcriptHash(hash, messages)
  return prf({ hash, secret: master, label: `${sender} finished`, seed, length: 12 })
}

/** P_hash(secret, seed) = HMAC(secret, A(1) + seed) + HMAC(secret, A(2) + seed) + ..., A(i) = HMAC(secret, A(i-1)) */
function expand(
  hash: Parameters<typeof hmac>[0],
  secret: Uint8Array,
  seed: Uint8Array,
  length: number,
): Uint8Array {
  const parts: Uint8Array[] = []
  let a = seed
  for (let at = 0; at < length; at += hash.outputLen) {
    a = hmac(hash, secret, a)
    parts.push(hmac(hash, secret, concat(a, seed)))
  }
  return concat(...parts).subarray(0, length)
}

const HASHES = { sha256, sha384 } as const
