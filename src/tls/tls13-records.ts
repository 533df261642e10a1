// Record protection of TLS 1.3 over an AEAD that the caller has: sequence numbers, padding and limits (RFC 8446 §5.2 to
// §5.4).

import { concat, Writer } from '../encoding/index.ts'
import type { Tls13Cipher } from './cipher-suites.ts'
import type { TrafficKeys } from './key-schedule.ts'
import { MAX_PLAINTEXT, type TlsRecord } from './record.ts'
import { CONTENT_TYPE, VERSION } from './registry.ts'
import { misbehaving } from './transcript.ts'

/** An AEAD under one key, with tags of 16 bytes behind what is encrypted (RFC 5116). */
export interface Aead {
  seal(nonce: Uint8Array, additional: Uint8Array, plaintext: Uint8Array): Uint8Array
  /** Undefined when it is not authentic. */
  open(nonce: Uint8Array, additional: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined
}

/** Sets up the AEAD of a suite. */
export type MakeAead = (name: Tls13Cipher['aead'], key: Uint8Array) => Aead

/** Protects the next message: gives the record's fragment. */
export type SealTls13 = (type: number, content: Uint8Array) => Uint8Array

/** What was in a record. */
export interface Unprotected {
  readonly type: number
  readonly content: Uint8Array
}

/** Takes the next record. Throws HandshakeError when it is not authentic, or too long. */
export type OpenTls13 = (record: TlsRecord) => Unprotected

/** struct { opaque content[]; ContentType type; uint8 zeros[]; } TLSInnerPlaintext; without zeros. */
export function tls13Sealer(aead: Aead, { iv }: TrafficKeys): SealTls13 {
  const nonce = nonces(iv)
  return (type, content) => {
    const plaintext = concat(content, Uint8Array.of(type))
    return aead.seal(nonce(), headerOf(plaintext.length + TAG_LENGTH), plaintext)
  }
}

/** passed: how many records under these keys have gone by. */
export function tls13Opener(aead: Aead, { iv }: TrafficKeys, passed: number = 0): OpenTls13 {
  const nonce = nonces(iv, passed)
  return ({ type, version, fragment }) => {
    if (type !== CONTENT_TYPE.application_data) {
      throw misbehaving(
        `the server sent a record of content type ${type} in plaintext`,
        UNEXPECTED_MESSAGE,
      )
    }
    if (fragment.length > MAX_PLAINTEXT + MAX_EXPANSION) {
      throw misbehaving(
        `the server sent a protected record of ${fragment.length} bytes`,
        RECORD_OVERFLOW,
      )
    }
    const header = headerOf(fragment.length, version)
    const plaintext =
      fragment.length > TAG_LENGTH ? aead.open(nonce(), header, fragment) : undefined
    if (plaintext === undefined) {
      throw misbehaving('a record failed authentication (bad_record_mac)', BAD_RECORD_MAC)
    }
    return contentOf(plaintext)
  }
}

/**
 * Gives a function that takes each ChangeCipherSpec, which means nothing and may come at any time until Finished, but not
 * without end (RFC 8446 §5).
 */
export function openChangeCipherSpecs(): (fragment: Uint8Array) => void {
  let count = 0
  return (fragment) => {
    if (fragment.length !== 1 || fragment[0] !== 1 || ++count > MAX_CHANGE_CIPHER_SPECS) {
      throw misbehaving(
        'the server sent a malformed ChangeCipherSpec, or too many',
        UNEXPECTED_MESSAGE,
      )
    }
  }
}

/** The record around a protected fragment. */
export function encodeProtected(fragment: Uint8Array): Uint8Array {
  return concat(headerOf(fragment.length), fragment)
}

/** The content ends with the last byte that is not zero: its type (RFC 8446 §5.4). */
function contentOf(plaintext: Uint8Array): Unprotected {
  let end = plaintext.length - 1
  while (end >= 0 && plaintext[end] === 0) end--
  const type = plaintext[end]
  if (type === undefined)
    throw misbehaving(
      'the server sent a protected record without a content type',
      UNEXPECTED_MESSAGE,
    )
  if (plaintext.length > MAX_PLAINTEXT + 1) {
    throw misbehaving(
      `the server sent a record of ${plaintext.length} bytes, decrypted`,
      RECORD_OVERFLOW,
    )
  }
  return { type, content: plaintext.subarray(0, end) }
}

/** The record's header is what is authenticated with it (RFC 8446 §5.2). */
function headerOf(length: number, version: number = VERSION.tls12): Uint8Array {
  return new Writer().u8(CONTENT_TYPE.application_data).u16(version, length).done()
}

/** The IV, XORed with the sequence number padded to its length (RFC 8446 §5.3). */
function nonces(iv: Uint8Array, first: number = 0): () => Uint8Array {
  let count = first
  return () => {
    const sequence = new Writer().u16(0).u24(0).u24(count++).done()
    const ahead = iv.length - sequence.length
    return iv.map((byte, i) => byte ^ (sequence[i - ahead] ?? 0))
  }
}

const TAG_LENGTH = 16
/** Of a fragment over its content: the tag, the type, and padding (RFC 8446 §5.2). */
const MAX_EXPANSION = 256

/** A server sends one, after its HelloRetryRequest or its ServerHello (RFC 8446 §D.4). */
const MAX_CHANGE_CIPHER_SPECS = 8

/** AlertDescription (RFC 8446 §6.2). */
const UNEXPECTED_MESSAGE = 10
const BAD_RECORD_MAC = 20
const RECORD_OVERFLOW = 22
