// Encodings that an RSA signature opens to: compared whole, never parsed (RFC 8017 §9).

import { hexToBytes } from '@noble/hashes/utils.js'
import { concat, equal } from '../encoding/index.ts'
import type { HashName } from './scheme.ts'

/**
 * EMSA-PKCS1-v1_5 over a hash value, in `length` bytes: the one encoding a valid signature opens to (RFC 8017 §9.2).
 * md5_sha1 goes in bare, without DigestInfo (RFC 4346 §4.7). Undefined when `length` is too small.
 */
// 00 01 ff .. ff 00 DigestInfo; DigestInfo ::= SEQUENCE { SEQUENCE { OID, NULL }, OCTET STRING }
export function emsaPkcs1(
  hash: HashName,
  digest: Uint8Array,
  length: number,
): Uint8Array | undefined {
  const tail = concat(hexToBytes(DIGEST_INFO[hash]), digest)
  const padding = length - tail.length - 3
  if (padding < 8) return undefined
  return concat(
    Uint8Array.of(0x00, 0x01),
    new Uint8Array(padding).fill(0xff),
    Uint8Array.of(0x00),
    tail,
  )
}

/**
 * EMSA-PSS-VERIFY with MGF1 of the same hash and a salt as long as the hash (RFC 8017 §9.1.2).
 * Ours rather than forge's, which takes the last emLen bytes of what the signature opens to and so ignores the first
 * byte when the modulus has 8k + 1 bits.
 * @param opened the whole result of the public operation, as long as the modulus
 * @param bits bit length of the modulus
 */
export function isEmsaPss(input: {
  readonly hash: (message: Uint8Array) => Uint8Array
  readonly digest: Uint8Array
  readonly opened: Uint8Array
  readonly bits: number
}): boolean {
  const { hash, digest, opened, bits } = input
  const size = digest.length
  const emLength = Math.ceil((bits - 1) / 8)
  const em = opened.subarray(opened.length - emLength)
  const unused = 8 * emLength - (bits - 1)
  const dbLength = emLength - size - 1
  if (dbLength < size + 1 || em.at(-1) !== 0xbc) return false
  if (opened.length > emLength && opened[0] !== 0) return false
  if ((em[0] ?? 0) >> (8 - unused) !== 0) return false
  const h = em.subarray(dbLength, -1)
  // DB = 00 .. 00 01 salt
  const db = mgf1(hash, h, dbLength).map((byte, i) => byte ^ (em[i] ?? 0))
  db[0] = (db[0] ?? 0) & (0xff >> unused)
  const one = dbLength - size - 1
  if (db[one] !== 1 || db.subarray(0, one).some((byte) => byte !== 0)) return false
  return equal(h, hash(concat(new Uint8Array(8), digest, db.subarray(one + 1))))
}

/** MGF1 (RFC 8017 appendix B.2.1). */
function mgf1(hash: (message: Uint8Array) => Uint8Array, seed: Uint8Array, length: number) {
  const mask = new Uint8Array(length)
  for (let at = 0, counter = 0; at < length; counter++) {
    const block = hash(concat(seed, Uint8Array.of(0, 0, counter >> 8, counter)))
    mask.set(block.subarray(0, length - at), at)
    at += block.length
  }
  return mask
}

/** DER of DigestInfo up to the hash value, in hex (RFC 8017 §9.2, note 1). */
const DIGEST_INFO: Readonly<Record<HashName, string>> = {
  md5_sha1: '',
  sha1: '3021300906052b0e03021a05000414',
  sha224: '302d300d06096086480165030402040500041c',
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
}
