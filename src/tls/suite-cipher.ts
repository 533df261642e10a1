// What a cipher suite protects records with, and how many bytes of keys that takes (RFC 5246 §6.2.3, appendix C; RFC
// 5288, RFC 5289, RFC 7905).

import { suiteName } from './cipher-suites.ts'

export interface SuiteCipher {
  readonly mode: 'gcm' | 'chacha20-poly1305' | 'cbc'
  /** Bytes of each key of the cipher. */
  readonly keyLength: 16 | 32
  /** The hash that the suite's name ends with: of the PRF, and of HMAC for CBC. */
  readonly hash: 'SHA' | 'SHA256' | 'SHA384'
  /** Bytes of each MAC key and of the MAC: CBC only, else 0. */
  readonly macLength: 0 | 20 | 32 | 48
  /** Bytes of each IV in the key block; for CBC those of TLS 1.0, since later versions send theirs (RFC 4346 §6.2.3.2). */
  readonly ivLength: 4 | 12 | 16
  /** Whether the suite is for TLS 1.2 only (RFC 5246 §1.2, RFC 5288 §4, RFC 5289 §4). */
  readonly tls12Only: boolean
}

/** Undefined for a cipher that this library does not speak. */
export function suiteCipher(code: number): SuiteCipher | undefined {
  const match = SUITE.exec(suiteName(code) ?? '')
  if (!match) return undefined
  const [, bits, mode, name] = match
  const hash = name as SuiteCipher['hash']
  const keyLength = bits === '128' ? 16 : 32
  if (mode === 'CBC') {
    const macLength = MAC_LENGTH[hash]
    return { mode: 'cbc', keyLength, hash, macLength, ivLength: 16, tls12Only: hash !== 'SHA' }
  }
  const aead =
    mode === 'GCM'
      ? ({ mode: 'gcm', ivLength: 4 } as const)
      : ({ mode: 'chacha20-poly1305', ivLength: 12 } as const)
  return { ...aead, keyLength, hash, macLength: 0, tls12Only: true }
}

/** Whether a suite is one of RC4's, which no client may offer and no server may choose (RFC 7465 §2). */
export function isRc4(code: number): boolean {
  return /_RC4_/.test(suiteName(code) ?? '')
}

const SUITE = /_WITH_(?:AES_(128|256)_(GCM|CBC)|CHACHA20_POLY1305)_(SHA(?:256|384)?)$/

const MAC_LENGTH = { SHA: 20, SHA256: 32, SHA384: 48 } as const
