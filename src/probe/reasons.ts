// Why a server can't be a clock witness, or no guard, by all that a probe found. Pure.

import { type TlsStampError, tryDecode } from '../errors.ts'
import { judgeSignature, type VerifySignature } from '../signature/index.ts'
import { type Handshake, SIGNING_SUITES } from '../tls/index.ts'
import type { Check } from '../verify/index.ts'
import { spkiOf } from '../x509/index.ts'
import { answerOfError } from './answers.ts'
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
  /** Whether it takes TLS 1.3. */
  readonly tls13: Answer
}): readonly Reason[] {
  const { clock, certificates, checks, failure } = found
  const unspoken = clock.kind === 'none' && faultOfOffer(found)
  if (unspoken) return [unspoken]
  const broken = checks.filter(({ id, outcome }) => outcome !== 'pass' && JUDGED.has(id))
  const now = certificates ? faultOfPath(certificates) : []
  // Of another clock, the path at its time says nothing
  const isClock = clock.kind === 'corroborated'
  const claimed = checks.filter(({ id, outcome }) => isClock && id === 'path' && outcome === 'fail')
  const path = now.length > 0 ? now : claimed
  return [
    ...(failure ? [{ code: failure.code, message: failure.message }] : []),
    ...(clock.kind === 'corroborated' || clock.kind === 'none'
      ? []
      : [{ code: clock.kind, message: faultOfClock(clock.kind, clock.offset) }]),
    ...[...broken, ...path].map(({ code, message }) => ({ code, message })),
  ]
}

/** Why there is no round at all, as far as the answers about versions and suites, or its own error, tell. */
function faultOfOffer({
  failure,
  version,
  versions,
  cipherSuites,
  tls13,
}: Pick<
  Parameters<typeof reasonsAgainst>[0],
  'failure' | 'version' | 'versions' | 'cipherSuites' | 'tls13'
>): Reason | undefined {
  const spoken = versions
    ? versions.find(({ name }) => name === version)
    : answerOfError({ code: 0, name: version }, failure)
  if (spoken && spoken.outcome !== 'taken') {
    // A quick probe leaves it to the error to say what else came
    if (!versions && spoken.outcome === 'other') return undefined
    const fault = faultOfVersion(spoken, versions)
    const alone = versions?.every((one) => (one.outcome === 'taken') === (one.name === tls13.name))
    if (alone) return { ...fault, message: 'it supports only TLS 1.3, which shows no clock' }
    if (versions || tls13.outcome !== 'taken') return fault
    return { ...fault, message: `${fault.message}, and TLS 1.3 shows no clock` }
  }
  const code = 'no-signed-key-exchange'
  if (spoken?.detail) {
    return { code, message: `it accepts nothing that this program supports: ${spoken.detail}` }
  }
  const signs = cipherSuites?.some(
    (suite) => suite.outcome === 'taken' && SIGNING_SUITES.includes(suite.code),
  )
  if (signs !== false) return undefined
  return { code, message: 'it accepts no cipher suite with a signed key exchange' }
}

/** Why a version is not taken, once everything was offered. A server that takes another one only lacks the version. */
function faultOfVersion(
  { name, outcome, detail }: Answer,
  versions: readonly Answer[] | null,
): Reason {
  if (outcome === 'no-answer' || outcome === 'not-asked') {
    return { code: outcome, message: `it did not answer when offered ${name}` }
  }
  const takesOther = versions?.some((one) => one.outcome === 'taken')
  if (takesOther || detail === NO_VERSION) {
    return { code: 'version-not-taken', message: `it does not support ${name}` }
  }
  if (outcome === 'refused') {
    const why = WHY_REFUSED[detail ?? ''] ?? (versions ? ', whatever was offered' : '')
    return { code: 'alert', message: `it refused ${name} with ${detail}${why}` }
  }
  if (outcome === 'closed') {
    const message = `it closed the connection when offered ${name}`
    return { code: 'closed', message }
  }
  return { code: 'version-not-taken', message: `it does not support ${name}: ${detail}` }
}

/** What a TLS 1.3 handshake is worth. `certificates`: those of the handshake, judged; null without one. */
export function judgeTls13(
  { spoken, handshake, failure, ...lists }: Tls13Answer,
  certificates: CertificatesReport | null,
  judge: {
    readonly host: string
    readonly verifySignature: VerifySignature
    /** The answers about the versions, if they were asked. */
    readonly versions: readonly Answer[] | null
  },
): Tls13Report {
  const reasons: Reason[] = []
  if (spoken.outcome !== 'taken') reasons.push(faultOfVersion(spoken, judge.versions))
  else if (failure) reasons.push({ code: failure.code, message: failure.message })
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
  const judgement =
    spki && tryDecode(() => judgeSignature(verify, scheme, spki, signedBytes, signature))
  if (judgement === 'valid') return []
  if (judgement === 'unsupported') {
    return [
      {
        code: 'unsupported-scheme',
        message: `this program does not support ${scheme} with its key`,
      },
    ]
  }
  return [{ code: 'bad-signature', message: 'its TLS 1.3 signature is invalid' }]
}

function faultOfPath({ trusted, code, message }: CertificatesReport): Reason[] {
  return trusted ? [] : [{ code, message: `its certification path is not valid: ${message}` }]
}

/** The alert that says that a version is not taken. */
export const NO_VERSION = 'protocol_version(70)'

const WHY_REFUSED: Readonly<Record<string, string>> = {
  'unrecognized_name(112)': ': it does not serve this host name, or requires one',
  'internal_error(80)': ', as some servers do for unknown host names',
}

/** The checks that are about the server; its clock and its path are judged here. */
const JUDGED: ReadonlySet<string> = new Set([
  'handshakes',
  'chain',
  'signatures',
  'strength',
  'identity',
])

function faultOfClock(kind: keyof typeof CLOCK_FAULTS | 'wrong', offset: number | null): string {
  if (kind !== 'wrong') return CLOCK_FAULTS[kind]
  const seconds = offset ?? 0
  const side = seconds > 0 ? 'ahead of' : 'behind'
  return `its clock is ${Math.abs(seconds)} seconds ${side} this machine's; either may be wrong`
}

const CLOCK_FAULTS = {
  uncorroborated: 'fewer than three rounds say too little about its clock',
  unsteady: 'its times do not come from a single clock',
  zero: 'it sends zero instead of the time',
  milliseconds: 'it sends milliseconds instead of the time',
  random: 'it sends random bytes instead of the time, as most servers do',
} as const
