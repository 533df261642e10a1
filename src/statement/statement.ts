// The signed statement, format tls-stamp/1 (SPEC.md §2): what it holds, and how much of it.

import type { Subject } from './commitment.ts'
import type { Round } from './round.ts'

/** A chain of rounds over one commitment, and what its signer says of it. */
export interface Renewal {
  /** The rounds in the order they were made, 1 to 32. */
  readonly rounds: readonly Round[]
  /** The signer's own word; never used in a verdict. */
  readonly unsigned: Unsigned
}

/** A signed statement, as `sign` writes it and `verify` reads it. */
export interface SignedStatement extends Renewal {
  /** At least one; exactly one when it has an inclusion proof. */
  readonly subjects: readonly Subject[]
  /** Later chains, at most 64: each one's commitment is the SHA-256 of the file as it was before. */
  readonly renewals?: readonly Renewal[]
}

/** What the signer says of a chain; never used in a verdict. */
export interface Unsigned {
  /** The signer's clock when the first round began. */
  readonly localTime: Date
  /** Name and version of the program that signed. */
  readonly tool: string
  /** The trust anchors that the signer's paths ended at, DER: evidence for anyone who no longer has them. */
  readonly trustAnchors?: readonly Uint8Array[]
}

export const FORMAT = 'tls-stamp/1'
/** The most rounds of one chain. */
export const MAX_ROUNDS = 32
export const MAX_RENEWALS = 64
/** The most rounds of a statement and its renewals together. */
export const MAX_ALL_ROUNDS = 256
/** The most bytes of a statement. */
export const MAX_STATEMENT: number = 2 ** 28
