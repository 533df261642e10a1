// Bounds the work that one path validation does, so that no input takes over a second.

/** What is counted. */
export type Work =
  /** Signature verifications; 1 is about 2.5 ms in the portable backend, an ECDSA signature on P-256. */
  | 'signatures'
  /** Comparisons of a name with a name constraint. */
  | 'comparisons'
  /** Issuers tried, over all partial paths. */
  | 'steps'
  /** Intermediate certificates given. */
  | 'certificates'
  /** Bytes given, and bytes hashed. */
  | 'bytes'

/** Counts work. @throws BudgetExceeded */
export type Spend = (work: Work, amount: number) => void

/** Thrown by Spend; it never leaves path validation. */
export class BudgetExceeded extends Error {
  constructor(work: Work) {
    super(`expected at most ${LIMITS[work]} ${work}, got more`)
    this.name = 'BudgetExceeded'
  }
}

/** Opens a fresh account. */
export function openBudget(): Spend {
  const spent: Record<Work, number> = {
    signatures: 0,
    comparisons: 0,
    steps: 0,
    certificates: 0,
    bytes: 0,
  }
  return (work, amount) => {
    spent[work] += amount
    if (spent[work] > LIMITS[work]) throw new BudgetExceeded(work)
  }
}

const LIMITS: Readonly<Record<Work, number>> = {
  signatures: 50,
  comparisons: 250_000,
  steps: 20_000,
  certificates: 1_000,
  bytes: 400_000,
}
