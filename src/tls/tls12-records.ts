// Record protection of TLS 1.0 to 1.2 over ciphers that the caller has: AES-GCM (RFC 5288), ChaCha20-Poly1305 (RFC 7905)
// and AES-CBC with HMAC (RFC 5246 §6.2.3, RFC 4346 §6.2.3.2, RFC 2246 §6.2.3.2).

import { hmac } from '@noble/hashes/hmac.js'
import { sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha384 } from '@noble/hashes/sha2.js'
import { concat, Writer } from '../encoding/index.ts'
import type { HandshakeError } from '../errors.ts'
import type { SuiteCipher } from './cipher-suites.ts'
import { MAX_PLAINTEXT } from './record.ts'
import { VERSION } from './registry.ts'
import type { MakeAead } from './tls13-records.ts'
import { misbehaving } from './transcript.ts'

/** A cipher in CBC mode under one key, without padding: of whole blocks of 16 bytes. */
export interface BlockChain {
  encrypt(iv: Uint8Array, plaintext: Uint8Array): Uint8Array
  decrypt(iv: Uint8Array, ciphertext: Uint8Array): Uint8Array
}

/** What records are protected with. */
export interface RecordCiphers {
  readonly makeAead: MakeAead
  /** AES-128 or AES-256, by the length of the key. */
  readonly makeCbc: (key: Uint8Array) => BlockChain
  /** Unpredictable bytes, as many as asked for. */
  readonly random: (length: number) => Uint8Array
}

/** The keys of one direction, cut from the key block. */
export interface WriteKeys {
  readonly macKey: Uint8Array
  readonly key: Uint8Array
  readonly iv: Uint8Array
}

/** Protects the next record's plaintext: gives the fragment to send. */
export type Seal = (type: number, plaintext: Uint8Array) => Uint8Array

/** Takes the next record's fragment, gives its plaintext. Throws HandshakeError when it is not authentic. */
export type Open = (type: number, fragment: Uint8Array) => Uint8Array

/** How many bytes of key block a suite takes: for both directions. */
export function keyBlockLength({ macLength, keyLength, ivLength }: SuiteCipher): number {
  return 2 * (macLength + keyLength + ivLength)
}

/** client_write_MAC_key, server_write_MAC_key, client_write_key, ... (RFC 5246 §6.3) */
export function cutKeyBlock(
  suite: SuiteCipher,
  block: Uint8Array,
): { readonly client: WriteKeys; readonly server: WriteKeys } {
  const { macLength, keyLength, ivLength } = suite
  const lengths = [macLength, macLength, keyLength, keyLength, ivLength, ivLength]
  let at = 0
  const [clientMac, serverMac, clientKey, serverKey, clientIv, serverIv] = lengths.map((length) => {
    at += length
    return block.subarray(at - length, at)
  }) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  return {
    client: { macKey: clientMac, key: clientKey, iv: clientIv },
    server: { macKey: serverMac, key: serverKey, iv: serverIv },
  }
}

export function sealer(
  suite: SuiteCipher,
  version: number,
  keys: WriteKeys,
  ciphers: RecordCiphers,
): Seal {
  const authenticate = sequenced(version)
  if (suite.mode !== 'cbc') {
    const { nonce: nonceOf, cipher } = AEAD[suite.mode]
    const aead = ciphers.makeAead(cipher(suite), keys.key)
    return (type, plaintext) => {
      const { sequence, header } = authenticate(type, plaintext.length)
      const { nonce, sent } = nonceOf(keys.iv, sequence)
      return concat(sent, aead.seal(nonce, header, plaintext))
    }
  }
  const { encrypt } = ciphers.makeCbc(keys.key)
  const chain = ivChain(version, keys.iv, ciphers)
  return (type, plaintext) => {
    const { header } = authenticate(type, plaintext.length)
    const mac = hmacOf(suite, keys.macKey, header, plaintext)
    const over = (plaintext.length + mac.length + 1) % BLOCK
    const padding = over === 0 ? 0 : BLOCK - over
    const padded = concat(plaintext, mac, new Uint8Array(padding + 1).fill(padding))
    const iv = chain.next()
    const encrypted = encrypt(iv, padded)
    chain.note(encrypted)
    return chain.explicit ? concat(iv, encrypted) : encrypted
  }
}

/** encryptThenMac: whether the hellos agreed on encrypt_then_mac, which changes CBC alone (RFC 7366). */
export function opener(
  suite: SuiteCipher,
  version: number,
  keys: WriteKeys,
  ciphers: RecordCiphers,
  encryptThenMac: boolean = false,
): Open {
  const authenticate = sequenced(version)
  const openBlocks = encryptThenMac ? openEncryptThenMac : openCbc
  const open =
    suite.mode === 'cbc'
      ? openBlocks(suite, blockDecipher(version, keys, ciphers), keys, authenticate)
      : openAead(suite.mode, suite, keys, ciphers, authenticate)
  return (type, fragment) => {
    const plaintext = open(type, fragment)
    if (plaintext.length > MAX_PLAINTEXT) {
      throw misbehaving(`the server sent a record of ${plaintext.length} bytes, decrypted`)
    }
    return plaintext
  }
}

function openAead(
  mode: keyof typeof AEAD,
  suite: SuiteCipher,
  keys: WriteKeys,
  ciphers: RecordCiphers,
  authenticate: Authenticate,
): Open {
  const { nonce: nonceOf, cipher, explicitLength } = AEAD[mode]
  const aead = ciphers.makeAead(cipher(suite), keys.key)
  return (type, fragment) => {
    const length = fragment.length - explicitLength - TAG_LENGTH
    if (length < 0) throw notAuthentic()
    const { sequence, header } = authenticate(type, length)
    const { nonce } = nonceOf(keys.iv, sequence, fragment.subarray(0, explicitLength))
    const plaintext = aead.open(nonce, header, fragment.subarray(explicitLength))
    if (plaintext === undefined) throw notAuthentic()
    return plaintext
  }
}

/** Decrypts the blocks of a fragment, which must be `least` bytes or more. */
type Decipher = (fragment: Uint8Array, least: number) => Uint8Array

/** Padding and MAC are judged as one, with one error for both (RFC 5246 §6.2.3.2). */
function openCbc(
  suite: SuiteCipher,
  decipher: Decipher,
  { macKey }: WriteKeys,
  authenticate: Authenticate,
): Open {
  const least = suite.macLength + 1
  return (type, fragment) => {
    const padded = decipher(fragment, least)
    const padding = padded.at(-1) ?? 0
    const claimed = padded.length - least - padding
    const isPadded = claimed >= 0 && padded.subarray(-padding - 1).every((b) => b === padding)
    const length = isPadded ? claimed : padded.length - least
    const { header } = authenticate(type, length)
    const plaintext = padded.subarray(0, length)
    const mac = hmacOf(suite, macKey, header, plaintext)
    const given = padded.subarray(length, length + suite.macLength)
    if (!equalInConstantTime(mac, given) || !isPadded) throw notAuthentic()
    return plaintext
  }
}

/** The MAC is of what is encrypted, and judged before anything is decrypted (RFC 7366 §3). */
function openEncryptThenMac(
  suite: SuiteCipher,
  decipher: Decipher,
  { macKey }: WriteKeys,
  authenticate: Authenticate,
): Open {
  return (type, fragment) => {
    const end = Math.max(0, fragment.length - suite.macLength)
    const sealed = fragment.subarray(0, end)
    const { header } = authenticate(type, end)
    const mac = hmacOf(suite, macKey, header, sealed)
    if (!equalInConstantTime(mac, fragment.subarray(end))) throw notAuthentic()
    const padded = decipher(sealed, 1)
    const padding = padded.at(-1) ?? 0
    const length = padded.length - padding - 1
    if (length < 0 || padded.subarray(length).some((b) => b !== padding)) throw notAuthentic()
    return padded.subarray(0, length)
  }
}

function blockDecipher(version: number, keys: WriteKeys, ciphers: RecordCiphers): Decipher {
  const { decrypt } = ciphers.makeCbc(keys.key)
  const chain = ivChain(version, keys.iv, ciphers)
  return (fragment, least) => {
    const iv = chain.explicit ? fragment.subarray(0, BLOCK) : chain.next()
    const encrypted = chain.explicit ? fragment.subarray(BLOCK) : fragment
    if (iv.length < BLOCK || encrypted.length < least || encrypted.length % BLOCK !== 0) {
      throw notAuthentic()
    }
    chain.note(encrypted)
    return decrypt(iv, encrypted)
  }
}

/** Where the IVs of CBC come from: each record's own, or until TLS 1.0 the last block of the record before. */
function ivChain(
  version: number,
  first: Uint8Array,
  { random }: RecordCiphers,
): {
  readonly explicit: boolean
  readonly next: () => Uint8Array
  readonly note: (encrypted: Uint8Array) => void
} {
  const explicit = version >= VERSION.tls11
  let last = first
  return {
    explicit,
    next: () => (explicit ? random(BLOCK) : last),
    note: (encrypted) => {
      last = encrypted.slice(-BLOCK)
    },
  }
}

/** What a record is authenticated with, and its number: seq_num, type, version, length (RFC 5246 §6.2.3.3). */
type Authenticate = (
  type: number,
  length: number,
) => { readonly sequence: Uint8Array; readonly header: Uint8Array }

function sequenced(version: number): Authenticate {
  let count = 0
  return (type, length) => {
    const sequence = new Writer().u16(0).u24(0).u24(count++).done()
    return {
      sequence,
      header: new Writer().bytes(sequence).u8(type).u16(version, length).done(),
    }
  }
}

const AEAD = {
  // GenericAEADCipher { opaque nonce_explicit[8]; aead-ciphered }; nonce: salt[4], nonce_explicit[8] (RFC 5288 §3)
  gcm: {
    explicitLength: 8,
    cipher: ({ keyLength }: SuiteCipher) =>
      keyLength === 16 ? ('aes-128-gcm' as const) : ('aes-256-gcm' as const),
    nonce: (salt: Uint8Array, sequence: Uint8Array, explicit: Uint8Array = sequence) => {
      return { nonce: concat(salt, explicit), sent: explicit }
    },
  },
  // The IV, XORed with the sequence number padded to 12 bytes; nothing is sent (RFC 7905 §2)
  'chacha20-poly1305': {
    explicitLength: 0,
    cipher: () => 'chacha20-poly1305' as const,
    nonce: (iv: Uint8Array, sequence: Uint8Array) => {
      const nonce = iv.map((byte, i) => byte ^ (sequence[i - 4] ?? 0))
      return { nonce, sent: new Uint8Array(0) }
    },
  },
} as const

function hmacOf(
  { hash }: SuiteCipher,
  key: Uint8Array,
  header: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  return hmac(HASHES[hash], key, concat(header, plaintext))
}

function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  return a.reduce((difference, byte, i) => difference | (byte ^ (b[i] ?? 256)), 0) === 0
}

function notAuthentic(): HandshakeError {
  return misbehaving('a record failed authentication (bad_record_mac)', BAD_RECORD_MAC)
}

const HASHES = { SHA: sha1, SHA256: sha256, SHA384: sha384 } as const

/** AlertDescription (RFC 5246 §7.2). */
const BAD_RECORD_MAC = 20

const BLOCK = 16
const TAG_LENGTH = 16
