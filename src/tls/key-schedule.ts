// The key schedule of TLS 1.3: from a shared secret and the messages so far to traffic secrets, keys and Finished
// (RFC 8446 §4.4.1, §4.4.4, §7.1 to §7.3).

import { expand, extract } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha384 } from '@noble/hashes/sha2.js'
import { concat, utf8, Writer } from '../encoding/index.ts'
import type { Tls13Cipher } from './cipher-suites.ts'
import { encodeMessage } from './messages.ts'
import { HANDSHAKE_TYPE } from './registry.ts'

/** The hash of the suite. */
export type ScheduleHash = Tls13Cipher['hash']

/** The secrets of both directions. */
export interface TrafficSecrets {
  readonly client: Uint8Array
  readonly server: Uint8Array
}

/** Of one direction. */
export interface TrafficKeys {
  readonly key: Uint8Array
  /** 12 bytes. */
  readonly iv: Uint8Array
}

/** Hash of handshake messages, headers included (RFC 8446 §4.4.1). */
export function hashMessages(hash: ScheduleHash, messages: readonly Uint8Array[]): Uint8Array {
  return HASHES[hash](concat(...messages))
}

/** What takes the place of the first ClientHello after a HelloRetryRequest (RFC 8446 §4.4.1). */
// struct { HandshakeType message_hash(254); uint24 length = Hash.length; Hash(ClientHello1) }
export function messageHash(hash: ScheduleHash, firstClientHello: Uint8Array): Uint8Array {
  return encodeMessage(HANDSHAKE_TYPE.message_hash, HASHES[hash](firstClientHello))
}

/**
 * The handshake traffic secrets, and the Master Secret that the later ones come from. There is no PSK.
 * transcript: the hash of the messages up to ServerHello.
 */
export function handshakeSecrets(
  hash: ScheduleHash,
  shared: Uint8Array,
  transcript: Uint8Array,
): TrafficSecrets & { readonly master: Uint8Array } {
  const zeros = new Uint8Array(HASHES[hash].outputLen)
  const early = extract(HASHES[hash], zeros, zeros)
  const secret = extract(HASHES[hash], shared, derived(hash, early))
  return {
    client: deriveSecret(hash, secret, 'c hs traffic', transcript),
    server: deriveSecret(hash, secret, 's hs traffic', transcript),
    master: extract(HASHES[hash], zeros, derived(hash, secret)),
  }
}

/** The first application traffic secrets. transcript: the hash of the messages up to the server's Finished. */
export function applicationSecrets(
  hash: ScheduleHash,
  master: Uint8Array,
  transcript: Uint8Array,
): TrafficSecrets {
  return {
    client: deriveSecret(hash, master, 'c ap traffic', transcript),
    server: deriveSecret(hash, master, 's ap traffic', transcript),
  }
}

/** The application traffic secret after a KeyUpdate (RFC 8446 §7.2). */
export function nextSecret(hash: ScheduleHash, secret: Uint8Array): Uint8Array {
  return expandLabel(hash, secret, 'traffic upd', NONE, secret.length)
}

/** [sender]_write_key and [sender]_write_iv (RFC 8446 §7.3). */
export function trafficKeys({ hash, keyLength }: Tls13Cipher, secret: Uint8Array): TrafficKeys {
  return {
    key: expandLabel(hash, secret, 'key', NONE, keyLength),
    iv: expandLabel(hash, secret, 'iv', NONE, IV_LENGTH),
  }
}

/** verify_data of the side that the secret is of (RFC 8446 §4.4.4). transcript: the hash of the messages before it. */
export function finishedMac(
  hash: ScheduleHash,
  secret: Uint8Array,
  transcript: Uint8Array,
): Uint8Array {
  const key = expandLabel(hash, secret, 'finished', NONE, secret.length)
  return hmac(HASHES[hash], key, transcript)
}

function derived(hash: ScheduleHash, secret: Uint8Array): Uint8Array {
  return deriveSecret(hash, secret, 'derived', HASHES[hash](NONE))
}

/** Derive-Secret(Secret, Label, Messages) = HKDF-Expand-Label(Secret, Label, Transcript-Hash(Messages), Hash.length) */
function deriveSecret(
  hash: ScheduleHash,
  secret: Uint8Array,
  label: string,
  transcript: Uint8Array,
): Uint8Array {
  return expandLabel(hash, secret, label, transcript, HASHES[hash].outputLen)
}

// struct { uint16 length; opaque label<7..255> = "tls13 " + Label; opaque context<0..255> = Context; } HkdfLabel;
function expandLabel(
  hash: ScheduleHash,
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Uint8Array {
  const hkdfLabel = new Writer()
    .u16(length)
    .opaque(1, utf8(`tls13 ${label}`))
    .opaque(1, context)
    .done()
  return expand(HASHES[hash], secret, hkdfLabel, length)
}

const HASHES = { sha256, sha384 } as const
const NONE = new Uint8Array(0)
const IV_LENGTH = 12
