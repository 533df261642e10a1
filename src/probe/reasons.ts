// Why a server can't be a clock witness, or no guard, by all that a probe found. Pure.

import { type TlsStampError, tryDecode } from '../errors.ts'
import type { VerifySignature } from '../signature/index.ts'
import type { Handshake } from '../tls/index.ts'
import type { Check } from '../verify/index.ts'
import { spkiOf } from '../x509/index.ts'
import type {
  Answer,
  CertificatesReport,
  ClockReport,
  Reason,
  Tls13Answer,
  Tls13Report,
} from './report.ts'

/** Why this server is no clock witness: nothing, when it is one. */
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
    const spoken = versions?.filter(({ outcome }) => outcome === 'taken').map(({ name }) => name)
    if (spoken && !spoken.includes(version)) {
      const isNewer = spoken.join() === 'TLS 1.3'
      const message = isNewer
        ? 'it speaks TLS 1.3 alone, which shows no clock'
        : `it does not take ${version}`
      return [{ code: 'version-not-taken', message }]
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
    ...(certificates ? faultOfPath(certificates) : []),
  ]
}

/** What a TLS 1.3 handshake is worth. `certificates`: those of the handshake, judged; null without one. */
export function judgeTls13(
  { spoken, handshake, failure, ...lists }: Tls13Answer,
  certificates: CertificatesReport | null,
  judge: { readonly host: string; readonly verifySignature: VerifySignature },
): Tls13Report {
  const reasons: Reason[] = []
  if (spoken.outcome !== 'taken') {
    reasons.push({ code: 'version-not-taken', message: `it does not take ${spoken.name}` })
  } else if (failure) reasons.push({ code: failure.code, message: failure.message })
  if (handshake) reasons.push(...faultOfSignature(handshake, judge.verifySignature))
  if (certificates && !certificates.namesHost) {
    const message = `its certificate does not name ${judge.host}`
    reasons.push({ code: 'host-mismatch', message })
  }
  if (certificates) reasons.push(...faultOfPath(certificates))
  const path = certificates?.trusted ? certificates.path : []
  const [from, until] = [
    path.map(({ notBefore }) => +notBefore),
    path.map(({ notAfter }) => +notAfter),
  ]
  const notBefore = new Date(Math.max(...from))
  const notAfter = new Date(Math.min(...until))
  const window = path.length > 0 ? { notBefore, notAfter } : null
  return { guard: reasons.length === 0, reasons, window, ...lists }
}

function faultOfSignature(handshake: Handshake, verify: VerifySignature): Reason[] {
  const { certificates, scheme, signedBytes, signature } = handshake
  const spki = spkiOf(certificates[0])
  try {
    if (spki && tryDecode(() => verify(scheme, spki, signedBytes, signature))) return []
    return [{ code: 'bad-signature', message: 'its TLS 1.3 signature does not verify' }]
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return [{ code: 'unsupported-scheme', message: `${scheme} with its key is not supported` }]
  }
}

function faultOfPath({ trusted, code, message }: CertificatesReport): Reason[] {
  return trusted ? [] : [{ code, message: `no certification path is good: ${message}` }]
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
