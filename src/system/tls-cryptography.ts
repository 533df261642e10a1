// What a TLS client needs of node:crypto: fresh key pairs over curves, AEADs and AES-CBC (RFC 8446 §4.2.8.2, §5.2, §7.4.2;
// RFC 8422 §5.10; RFC 7748; RFC 5116; RFC 3268).

import {
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  createECDH,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
} from 'node:crypto'
import { concat, plainBytes } from '../encoding/index.ts'
import type { KeyPair, MakeAead, MakeKeyPair, RecordCiphers } from '../tls/index.ts'

/** Over a group of CURVE_GROUPS. @throws RangeError for another group. */
export const makeKeyPairNative: MakeKeyPair = (group) => {
  if (group === X25519) return makeX25519()
  const curve = CURVES.get(group)
  if (curve === undefined) throw new RangeError(`expected a group that is known, got ${group}`)
  const ecdh = createECDH(curve)
  const share = plainBytes(ecdh.generateKeys())
  // The x-coordinate, leading zeros kept; it throws for what is no point
  return { share, agree: (other) => plainBytes(ecdh.computeSecret(other)) }
}

/** AES-128-GCM, AES-256-GCM and ChaCha20-Poly1305. */
export const makeAeadNative: MakeAead = (name, key) => {
  const algorithm = name as CipherGCMTypes
  const options = { authTagLength: TAG_LENGTH }
  return {
    seal: (nonce, additional, plaintext) => {
      const cipher = createCipheriv(algorithm, key, nonce, options)
      cipher.setAAD(additional)
      return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
    },
    open: (nonce, additional, ciphertext) => {
      const decipher = createDecipheriv(algorithm, key, nonce, options)
      decipher.setAAD(additional)
      decipher.setAuthTag(ciphertext.subarray(-TAG_LENGTH))
      const plaintext = decipher.update(ciphertext.subarray(0, -TAG_LENGTH))
      try {
        decipher.final()
      } catch {
        return undefined
      }
      return Uint8Array.from(plaintext)
    },
  }
}

/** What protects the records of every version. */
export const recordCiphersNative: RecordCiphers = {
  makeAead: makeAeadNative,
  makeCbc: (key) => {
    const algorithm = `aes-${key.length * 8}-cbc`
    return {
      encrypt: (iv, plaintext) => {
        const cipher = createCipheriv(algorithm, key, iv).setAutoPadding(false)
        return concat(cipher.update(plaintext), cipher.final())
      },
      decrypt: (iv, ciphertext) => {
        const decipher = createDecipheriv(algorithm, key, iv).setAutoPadding(false)
        return concat(decipher.update(ciphertext), decipher.final())
      },
    }
  },
  random: randomBytes,
}

function makeX25519(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  const share = plainBytes(publicKey.export({ type: 'spki', format: 'der' })).slice(-X25519_LENGTH)
  return {
    share,
    // It throws when all is zero, as RFC 7748 §6.1 has it
    agree: (other) => {
      const key = concat(X25519_SPKI, other)
      const theirs = createPublicKey({ key: Buffer.from(key), format: 'der', type: 'spki' })
      return plainBytes(diffieHellman({ privateKey, publicKey: theirs }))
    },
  }
}

const X25519 = 0x001d
const X25519_LENGTH = 32

const CURVES: ReadonlyMap<number, string> = new Map([
  [0x0017, 'prime256v1'],
  [0x0018, 'secp384r1'],
  [0x0019, 'secp521r1'],
])

/** SubjectPublicKeyInfo of id-X25519 up to the key (RFC 8410 §4). */
const X25519_SPKI = Uint8Array.of(
  0x30,
  0x2a,
  0x30,
  0x05,
  0x06,
  0x03,
  0x2b,
  0x65,
  0x6e,
  0x03,
  0x21,
  0,
)

const TAG_LENGTH = 16
