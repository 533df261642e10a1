// Bounds the work that one path validation does, so that no input takes over a second, and that of verifying a chain; and
// remembers what searches that share a budget would do again.

import { toHex } from '../encoding/index.ts'
import type { PublicKey } from '../signature/index.ts'
import type { Certificate } from './certificate.ts'
import type { CertificateDescription } from './describe.ts'

/** The kinds of work that a budget counts. */
export type Work =
  /** Signature verifications; 1 is about 2.5 ms in the portable backend, an ECDSA signature on P-256. */
  | 'signatures'
  /** Those of a chain's rounds. */
  | 'rounds'
  /** Comparisons of a name with a name constraint. */
  | 'comparisons'
  /** Issuers tried, over all partial paths. */
  | 'steps'
  /** Intermediate certificates given. */
  | 'certificates'
  /** Bytes given, and bytes hashed. */
  | 'bytes'
  /** Bytes of the certificates that are decoded. */
  | 'decoded'

/** Counts work. @throws BudgetExceeded */
export type Spend = (work: Work, amount: number) => void

/** What searches that serve one purpose share. */
export interface Budget {
  readonly spend: Spend
  /** Signatures that have been verified, by certificate and key: later searches meet the same ones again. */
  readonly answers: Map<string, boolean>
  /** Certificates that have been decoded, by the very bytes; undefined stands for one that does not decode. */
  readonly certificates: Map<Uint8Array, Certificate | undefined>
  readonly descriptions: Map<Certificate, CertificateDescription>
}

/** Thrown by Spend; it never leaves path validation and verification. */
export class BudgetExceeded extends Error {
  constructor(work: Work, limit: number) {
    super(`expected at most ${limit} ${work}, got more`)
    this.name = 'BudgetExceeded'
  }
}

/** Opens a fresh budget, for a path or for a number of them. */
export function openBudget(shares = 1): Budget {
  const spent: Record<Work, number> = {
    signatures: 0,
    rounds: 0,
    comparisons: 0,
    steps: 0,
    certificates: 0,
    bytes: 0,
    decoded: 0,
  }
  const spend: Spend = (work, amount) => {
    spent[work] += amount
    const limit = shares * LIMITS[work]
    if (spent[work] > limit) throw new BudgetExceeded(work, limit)
  }
  return { spend, answers: new Map(), certificates: new Map(), descriptions: new Map() }
}

/**
 * What a signature by this key costs, measured in the portable backend; 1 is ECDSA on P-256. RSA grows with the square of
 * the modulus.
 */
export function signatureCost(key: PublicKey): number {
  if (key.type === 'rsa') {
    const isUsual = key.exponent.length === 1 || toHex(key.exponent) === '010001'
    return Math.max(1, (key.bits / 4096) ** 2) * (isUsual ? 1 : 4)
  }
  return { 'P-256': 1, 'P-384': 2, 'P-521': 4, ed25519: 1, ed448: 2, unsupported: 1 }[
    key.type === 'ec' ? key.curve : key.type
  ]
}

const LIMITS: Readonly<Record<Work, number>> = {
  signatures: 50,
  rounds: 160,
  comparisons: 250_000,
  steps: 20_000,
  certificates: 1_000,
  bytes: 400_000,
  decoded: 1_000_000,
}
