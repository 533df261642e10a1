// What verification returns, and the words for it: one table from code to sentence and source, for every surface.

import type { CertificateDescription, MatchedName, PathCode } from '../x509/index.ts'
import type { ClockJudgement } from './clock.ts'

/** What a check came to: "unknown" when it can't be answered. */
export type Outcome = 'pass' | 'fail' | 'unknown'

/** "passed": every check passes; "failed": one fails; "indeterminate": none fails, but one can't be answered. */
export type Verdict = 'passed' | 'failed' | 'indeterminate'

export interface Report extends ChainReport {
  readonly verdict: Verdict
  readonly subjects: readonly SubjectReport[]
  /** The reports on the renewals, oldest first; the rest of the report is on what they renew. */
  readonly renewals: readonly ChainReport[]
}

/** The report on one chain of rounds: the statement's own, or a renewal's. */
export interface ChainReport {
  readonly time: ClaimedTime
  readonly witnesses: readonly WitnessReport[]
  /** How many of the witnesses that count are of operators, or have keys, of their own; guards are not among them. */
  readonly independent: number
  /** How many of the guards that count are of operators, or have keys, of their own, which no clock witness is of or has. */
  readonly guards: number
  /** The checks, all of them, always in this order; a renewal has none on subjects and renewals. */
  readonly checks: readonly Check[]
}

/** The time that the witnesses that count claim; when too few count, those that are accepted, or else all. Guards never move it. */
export interface ClaimedTime {
  /**
   * The latest of their first rounds' server times; null when rounds contradict each other, could not be read, or show no
   * clock.
   */
  readonly claimed: Date | null
  /**
   * By their clocks the commitment was signed at or after `notBefore`, the earliest of their first rounds, and before
   * `notAfter`, one second after the latest: the subjects existed no later than that. Without any clock, when the caller
   * takes windows alone: the earliest beginning and the latest end of their first rounds' windows. Both null when a clock is
   * not credible.
   */
  readonly notBefore: Date | null
  readonly notAfter: Date | null
}

export interface SubjectReport {
  readonly name: string
  readonly sha256: Uint8Array
  /** Whether a given digest is this one; null when none was given for it. */
  readonly matched: boolean | null
  /** Set when the file was looked for and is missing. */
  readonly missing?: true
}

export interface WitnessReport {
  /**
   * DNS name or IP address. An old statement has none (SPEC.md §10): there it is what the certificate names, a wildcard
   * too, or "sha256:" and its fingerprint.
   */
  readonly host: string
  /** Who runs the host, if that is on the built-in list; else null. */
  readonly operator: string | null
  /** The TCP port of its first round; 0 when it is not known. */
  readonly port: number
  /** It is "none" for a witness of TLS 1.3, which shows no clock. */
  readonly clock: ClockJudgement | 'none'
  /** Handshakes that forging these times takes on average with a server that runs no clock; null without a clock. */
  readonly expectedTries: number | null
  readonly rounds: readonly RoundReport[]
  /** The certification path, end entity first, trust anchor last; as sent when none could be built. */
  readonly path: readonly CertificateDescription[]
  /**
   * The certificates' names that match the host, each once. A wildcard lets every server that has the key speak for every
   * name that it matches.
   */
  readonly matchedNames: readonly MatchedName[]
  /**
   * The certificate that expires first of all that any of the rounds relies on, which may have presented several. Null when no
   * path could be built.
   */
  readonly expiresFirst: CertificateDescription | null
  /** The trust anchor that the signer used, when the path lacks nothing but that. */
  readonly missingAnchor: CertificateDescription | null
  /** Whether this witness is accepted and its word holds in all; two with one key count as one. */
  readonly counts: boolean
  /** Why it does not count: those of the checks that it does not pass. */
  readonly faults: readonly Check[]
}

/** The time in which a round can have been signed: from the second `notBefore` to the second `notAfter`, both included. */
export interface Window {
  readonly notBefore: Date
  readonly notAfter: Date
}

export interface RoundReport {
  /** A claim: the first four bytes of server_random; null in TLS 1.3. */
  readonly serverTime: Date | null
  /**
   * The second that a credible clock shows; in TLS 1.3 from the latest notBefore to the earliest notAfter on the path. Null
   * when neither is known.
   */
  readonly window: Window | null
  readonly scheme: string
  readonly group: string
}

export interface Check {
  readonly id: CheckId
  readonly outcome: Outcome
  readonly code: CheckCode
  readonly message: string
}

/** The checks in order: what each one asks, and by which text. */
export const CHECKS = {
  handshakes: ['each round is a consistent handshake', 'RFC 5246 §7.4, RFC 8422 §5, RFC 8446 §4'],
  commitment: ['the first round commits to the subjects', 'SPEC.md §3'],
  chain: ['each round began after the previous one', 'SPEC.md §4'],
  signatures: ["the server's key signed each round", 'RFC 5246 §7.4.3, RFC 8446 §4.4.3'],
  strength: ['the signatures rely on nothing outdated', 'RFC 9155, RFC 9325 §4'],
  clock: ["the server's clock is credible", 'SPEC.md §5'],
  path: ['a certification path leads from the key to a trust anchor', 'RFC 5280 §6'],
  identity: ['the certificate names the host', 'RFC 9525 §6'],
  witness: ['the verifier accepts this witness', 'SPEC.md §6'],
  agreement: ["no witness's clock contradicts another's", 'SPEC.md §11'],
  windows: ['each round can have been signed after the previous one', 'SPEC.md §11'],
  quorum: ['enough independent witnesses signed', 'SPEC.md §11'],
  renewals: ['each renewal is valid and was made in time', 'SPEC.md §12'],
  subjects: ['the given files match the subjects', 'SPEC.md §3'],
} as const satisfies Record<string, readonly [question: string, source: string]>

export type CheckId = keyof typeof CHECKS

/** What a check found, in a sentence by code; the codes of paths have theirs in x509/path-code.ts. */
export const SENTENCES = {
  consistent: 'every message is well-formed and fits what the client offered',
  'malformed-handshake': 'a handshake message is malformed',
  'inconsistent-handshake': 'the messages do not form one handshake',
  'other-host-asked': 'the ClientHello asks for another host',
  'two-kinds': 'a host has rounds of both TLS 1.3 and an older version',
  'no-transcript': 'the file holds only the signed bytes, not the handshake that they come from',
  'not-reached': 'not checked, because an earlier check failed',
  committed: 'the first client_random is the commitment to the subjects',
  'not-committed': 'the first client_random is not the commitment to the subjects',
  chained: 'each later client_random depends on the whole previous round',
  'single-round': 'there is only one round, so there is nothing to chain',
  'broken-chain': 'a client_random does not follow from the previous round',
  signed: 'the signature of every round is valid',
  'bad-signature': 'the signature of a round is not valid',
  'unsupported-scheme': 'the signature scheme or the key of a round is not supported',
  'too-much-work': 'verification takes more work than any honest statement needs',
  strong: 'every round uses TLS 1.2 or later, SHA-256 or better, and a full-size key exchange',
  'weak-version': 'TLS versions before 1.2 sign with MD5 and SHA-1',
  'weak-hash': 'a signature uses a hash weaker than SHA-256',
  'weak-group': 'the Diffie-Hellman prime is shorter than 2048 bits',
  corroborated: "the rounds' times advance as those of a real clock do",
  uncorroborated:
    'fewer than three rounds do not prove a clock, because most servers send random bytes in its place',
  implausible: "the rounds' times are not those of one real clock",
  'in-the-future': 'the claimed time is in the future',
  'no-clock': 'no witness showed a clock, and a time from certificates alone was not requested',
  'window-alone': 'no witness showed a clock, so only the certificates bound the time',
  trusted: 'a certification path leads to a trust anchor and was valid at the claimed time',
  'no-credible-time': 'not checked: no credible time to check it at',
  'host-matches': 'the certificate names the host',
  'host-mismatch': 'the certificate does not name the host',
  'no-host': 'the file does not say which host signed',
  accepted: 'the host is on the list of accepted witnesses',
  'not-accepted': 'the host is not on the list of accepted witnesses',
  agree: "no witness's time runs backwards against another's by more than 10 seconds",
  'nothing-to-contradict': 'there are fewer than two valid witnesses to compare',
  'one-lies': 'the clocks of witnesses contradict each other, so at least one of them is wrong',
  contradicts: "a witness's clock contradicts those of the others",
  'in-order': 'the rounds can have been signed in the order of the chain',
  'out-of-order': 'two rounds cannot have been signed in the order of the chain',
  'not-followed': 'a guard counts only if every clock witness signs again after it',
  'not-independent': 'a guard that shares a key or an operator with a clock witness does not count',
  'no-windows': 'there are no windows to compare',
  'no-quorum-asked': 'no quorum requested: every accepted witness must be valid',
  'quorum-met': 'enough independent witnesses count',
  'quorum-not-met': 'too few independent witnesses count',
  'guards-not-met': 'too few independent guards count',
  'not-renewed': 'the statement was not renewed',
  renewed: 'each renewal was signed while the version before it was still valid',
  'renewal-not-good': 'a renewal is not valid',
  'renewed-before-signed': 'a renewal is older than what it renews',
  'all-compared': 'every subject was compared and is unaltered',
  'some-compared': 'the subjects that were compared are unaltered',
  'none-compared': 'no file was compared with the subjects',
  'statement-only': 'only the statement was verified, and no file was compared',
  altered: 'a file differs from what was signed',
  'other-subject': 'a file has the content of a different subject than its name says',
  'missing-file': 'a file is missing',
  'no-such-subject': 'a file matches none of the subjects',
} as const satisfies Record<string, string>

export type CheckCode = keyof typeof SENTENCES | PathCode

/** Makes a check with its sentence, and the particulars behind a colon. */
export function check(
  id: CheckId,
  outcome: Outcome,
  code: keyof typeof SENTENCES,
  particulars?: string,
): Check {
  const sentence = SENTENCES[code]
  return { id, outcome, code, message: particulars ? `${sentence}: ${particulars}` : sentence }
}

/** Makes the check of a path that path validation refuses; in its words, after ours. */
export function failedPath(
  fault: { readonly code: PathCode; readonly message: string },
  particulars = '',
): Check {
  const message = `there is no valid certification path: ${fault.message}${particulars}`
  return { id: 'path', outcome: 'fail', code: fault.code, message }
}

/** Picks the first failure, else the first unknown, else the first. Throws RangeError when there is no check. */
export function worstOf(checks: readonly Check[]): Check {
  const worst =
    checks.find(({ outcome }) => outcome === 'fail') ??
    checks.find(({ outcome }) => outcome === 'unknown') ??
    checks[0]
  if (worst === undefined) throw new RangeError('expected at least one check')
  return worst
}

/** Picks the worst of checks of one id; when all pass, gives the first with the particulars of each. */
export function mergeChecks(checks: readonly Check[]): Check {
  const worst = worstOf(checks)
  if (worst.outcome !== 'pass') return worst
  const { [worst.code]: sentence = '' }: Readonly<Record<string, string>> = SENTENCES
  const particulars = checks.map(({ message }) => message.slice(sentence.length + 2))
  const distinct = [...new Set(particulars.filter((each) => each !== ''))]
  return distinct.length > 1 ? { ...worst, message: `${sentence}: ${distinct.join(', ')}` } : worst
}

/** Concludes the verdict, which is a function of the checks and of nothing else. */
export function verdictOf(checks: readonly Check[]): Verdict {
  if (checks.some(({ outcome }) => outcome === 'fail')) return 'failed'
  return checks.some(({ outcome }) => outcome === 'unknown') ? 'indeterminate' : 'passed'
}
