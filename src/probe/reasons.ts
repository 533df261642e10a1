// Why a server can't be a witness, by all that a probe found. Pure.

import type { TlsStampError } from '../errors.ts'
import type { Check } from '../verify/index.ts'
import type { Answer, CertificatesReport, ClockReport, Reason } from './report.ts'

/** Why this server is no witness: nothing, when it is one. */
export function reasonsAgainst(found: {
  readonly clock: ClockReport
  readonly certificates: CertificatesReport | null
  /** The checks that a verifier makes of a statement of these rounds. */
  readonly checks: readonly Check[]
  /** What kept the rounds from being complete. */
  readonly failure: TlsStampError | undefined
  /** "TLS 1.2": what it was asked to speak. */
  readonly version: string
  readonly versions: readonly Answer[] | null
  readonly cipherSuites: readonly Answer[] | null
}): readonly Reason[] {
  const { clock, certificates, checks, failure, version, versions, cipherSuites } = found
  if (clock.kind === 'none') {
    const spoken = versions?.find(({ name }) => name === version)?.outcome
    if (spoken && spoken !== 'taken') {
      return [{ code: 'version-not-taken', message: `it does not take ${version}` }]
    }
    if (cipherSuites && !cipherSuites.some(({ outcome }) => outcome === 'taken')) {
      const message = 'it takes no cipher suite with a signed key exchange'
      return [{ code: 'no-signed-key-exchange', message }]
    }
  }
  const broken = checks.filter(({ id, outcome }) => outcome !== 'pass' && JUDGED.has(id))
  return [
    ...(failure ? [{ code: failure.code, message: failure.message }] : []),
    ...(clock.kind === 'corroborated' || clock.kind === 'none'
      ? []
      : [{ code: clock.kind, message: CLOCK_FAULTS[clock.kind] }]),
    ...broken.map(({ code, message }) => ({ code, message })),
    ...(certificates && !certificates.trusted
      ? [
          {
            code: certificates.code,
            message: `no certification path is good: ${certificates.message}`,
          },
        ]
      : []),
  ]
}

/** The checks that are about the server; its clock and its path are judged here. */
const JUDGED: ReadonlySet<string> = new Set([
  'handshakes',
  'chain',
  'signatures',
  'strength',
  'identity',
])

const CLOCK_FAULTS = {
  wrong: 'its clock is wrong',
  uncorroborated: 'fewer than three rounds say too little of its clock',
  unsteady: 'its times are not those of one clock',
  zero: 'it sends zero in place of the time',
  milliseconds: 'it sends milliseconds in place of the time',
  random: 'it sends random bytes in place of the time, as most servers do',
} as const
