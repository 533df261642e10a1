// The chain of rounds: what each round's client_random must be (SPEC.md §4).

import { sha256 } from '@noble/hashes/sha2.js'
import { concat, utf8 } from '../encoding/index.ts'
import { messagesOf, type Round } from './round.ts'

/**
 * Computes the client_random of the round after `previous`, 32 bytes: SHA-256 over the label, the commitment, and all of
 * the previous round, each part with its length. No server can sign it before it has signed the round before, and
 * whatever that left unsigned is signed by it.
 */
export function nextClientRandom(commitment: Uint8Array, previous: Round): Uint8Array {
  const host = utf8(previous.host)
  const hash = sha256
    .create()
    .update(concat(LABEL, commitment, Uint8Array.of(host.length), host))
    .update(Uint8Array.of(previous.port >> 8, previous.port & 0xff))
  // A handshake message begins with its own length
  for (const [, message] of messagesOf(previous)) hash.update(message)
  return hash.digest()
}

const LABEL = utf8('tls-stamp/1 next round\0')
