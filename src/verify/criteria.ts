// What a chain of rounds is judged by: the caller's trust and wishes, and the work that may be spent on it.

import type { VerifySignature } from '../signature/index.ts'
import type { Budget } from '../x509/index.ts'

/** What each witness is judged by. */
export interface WitnessCriteria {
  readonly trustAnchors: readonly Uint8Array[]
  /** Hosts whose clock the caller accepts; default: the built-in list. */
  readonly witnesses?: readonly string[]
  /** The caller's time, to refuse a claim from the future. */
  readonly now?: Date
  readonly verifySignature: VerifySignature
  /** The work that all searches for paths share. */
  readonly budget: Budget
  /** Whether a chain without any clock is good enough: its windows are its claim. */
  readonly window?: boolean
  /** When the chain was renewed: its certificates must still have been good. */
  readonly renewed?: Date
  /** The signer's own trust anchors: never trusted, only named. */
  readonly storedAnchors?: readonly Uint8Array[]
}

/** What the witnesses of a chain are judged by together. */
export interface ChainCriteria extends WitnessCriteria {
  /** How many witnesses have to count; default: all that are accepted. */
  readonly quorum?: number
  /** How many guards have to count; default: all that are accepted. */
  readonly guards?: number
}
