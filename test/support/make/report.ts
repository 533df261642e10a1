// Reports written down by hand, for what makes text of them.

import { check, type Report, type WitnessReport } from '../../../src/verify/report.ts'

export const DIGEST: Uint8Array = new Uint8Array(32).fill(0xab)
export const AT: Date = new Date('2026-01-31T12:00:00Z')
const LATER = new Date('2026-01-31T12:00:01Z')
export const ROUND = {
  serverTime: AT,
  window: null,
  scheme: 'ecdsa_sha256',
  group: 'x25519',
} as const

/** A clock witness that counts. */
export const witness: WitnessReport = {
  host: 'example.test',
  operator: null,
  port: 443,
  clock: 'corroborated',
  expectedTries: 715_827_882,
  rounds: [ROUND, ROUND],
  path: [],
  matchedNames: [],
  expiresFirst: null,
  missingAnchor: null,
  counts: true,
  faults: [],
}

/** One file, compared, and one witness. */
export const passed: Report = {
  verdict: 'passed',
  time: { claimed: AT, notBefore: AT, notAfter: LATER },
  subjects: [{ name: 'doc.txt', sha256: DIGEST, matched: true }],
  witnesses: [witness],
  independent: 1,
  guards: 0,
  renewals: [],
  checks: [check('clock', 'pass', 'corroborated'), check('subjects', 'pass', 'all-compared')],
}
