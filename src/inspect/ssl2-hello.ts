// The ClientHello in SSL 2.0's form, with which old clients began every handshake (RFC 5246 appendix E.2).

import { type Field, Reader } from '../encoding/index.ts'
import { cipherSuiteName, versionName } from '../tls/index.ts'

/** What of it has a meaning in the handshake that follows. */
export interface Ssl2ClientHello {
  readonly version: number
  /** The challenge as the 32 bytes that count as client_random: its last ones, or zeros before it. */
  readonly random: Uint8Array
  /** Bytes of the message, its two of length included. */
  readonly length: number
}

/** Whether a stream begins with one: the bit before the length, client_hello(1), a version of SSL or TLS. */
export function beginsWithSsl2ClientHello(stream: Uint8Array): boolean {
  const [first = 0, , type, major, minor] = stream
  return first >= 0x80 && type === 1 && (major === 3 || (major === 0 && minor === 2))
}

/**
 * struct {
 *   uint16 msg_length; uint8 msg_type; Version version;
 *   uint16 cipher_spec_length; uint16 session_id_length; uint16 challenge_length;
 *   V2CipherSpec cipher_specs[V2ClientHello.cipher_spec_length];
 *   opaque session_id[V2ClientHello.session_id_length];
 *   opaque challenge[V2ClientHello.challenge_length];
 * } V2ClientHello;
 * Reads it from the beginning of a stream. Throws DecodeError.
 */
export function decodeSsl2ClientHello(stream: Uint8Array, trace?: Field[]): Ssl2ClientHello {
  const header = new Reader('V2ClientHello', stream.subarray(0, 2), 0, trace)
  const length = 2 + (header.u16('msg_length') & 0x7fff)
  const reader = new Reader('V2ClientHello', stream.subarray(2, length), 2, trace)
  reader.u8('msg_type', () => 'ClientHello')
  const version = reader.u16('version', versionName)
  const specsLength = reader.u16('cipher_spec_length')
  const sessionIdLength = reader.u16('session_id_length')
  const challengeLength = reader.u16('challenge_length')
  // uint8 V2CipherSpec[3]: a zero before a suite of TLS, something else for one of SSL 2.0
  if (specsLength % 3 !== 0) reader.fail('invalid-length', 'expected cipher specs of 3 bytes')
  for (let i = 0; i < specsLength; i += 3) reader.u24('cipher_spec', cipherSpecName)
  reader.bytes(sessionIdLength, 'session_id')
  const challenge = reader.bytes(challengeLength, 'challenge').slice(-32)
  reader.end()
  if (stream.length < length) {
    reader.fail('truncated', `expected a message of ${length} bytes, got ${stream.length}`)
  }
  const random = new Uint8Array(32)
  random.set(challenge, 32 - challenge.length)
  return { version, random, length }
}

function cipherSpecName(spec: number): string {
  return spec < 0x10000 ? cipherSuiteName(spec) : `0x${spec.toString(16).padStart(6, '0')}`
}
