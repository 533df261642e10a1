// The chain of rounds: what each round's client_random must be.

import { sha256 } from '@noble/hashes/sha2.js'
import { concat, utf8 } from '../encoding/index.ts'

/** The parts of a finished round that go into the next one's client_random. */
export interface ChainLink {
  readonly clientRandom: Uint8Array
  readonly serverRandom: Uint8Array
  /** The whole message, header included. */
  readonly serverKeyExchange: Uint8Array
}

/**
 * Computes the client_random of the round after `previous`, 32 bytes: SHA-256 over the label, the commitment, and the
 * previous round's randoms and ServerKeyExchange message. No server can sign it before it has signed the round before.
 */
export function nextClientRandom(commitment: Uint8Array, previous: ChainLink): Uint8Array {
  const { clientRandom, serverRandom, serverKeyExchange } = previous
  return sha256(concat(LABEL, commitment, clientRandom, serverRandom, serverKeyExchange))
}

const LABEL = utf8('tls-stamp/1 next round\0')
