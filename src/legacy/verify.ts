// An old statement to a report (SPEC.md §10): the same checks as of a signed statement, of which some can't be answered.

import { tryDecode } from '../errors.ts'
import type { VerifySignature } from '../signature/index.ts'
import { decodeSpki, describeKey, type PublicKey } from '../signature/index.ts'
import { serverTimeOf, VERSION } from '../tls/index.ts'
import {
  acceptedHosts,
  type Check,
  type CheckId,
  check,
  compareSubjects,
  expectedTries,
  failedPath,
  judgeClock,
  judgeStrength,
  lifetime,
  type Report,
  requireCount,
  showClocks,
  type VerifyOptions,
  verdictOf,
  WITNESS_CHECKS,
  type WitnessReport,
} from '../verify/index.ts'
import type { Certificate } from '../x509/index.ts'
import {
  type CertificateDescription,
  describePath,
  fingerprintOf,
  malformedEndEntity,
  matchedName,
  matchesHost,
  parseHost,
  spkiOf,
  tryDecodeCertificate,
} from '../x509/index.ts'
import type { OldStatement } from './formats.ts'

/** What an old statement holds, for people. */
export interface OldStatementDescription {
  readonly form: OldStatement['form']
  /** The 32 bytes that the user had signed: client_random. */
  readonly message: Uint8Array
  /** The message as text, when it is printable ASCII and zeros after it. */
  readonly text: string | null
  /** The first four bytes of server_random: a claim. */
  readonly serverTime: Date
  readonly serverRandom: Uint8Array
  readonly group: string
  readonly params: Uint8Array
  readonly signedBytes: Uint8Array
  /** The scheme by which the signature verifies with the first certificate; null when it does by none. */
  readonly scheme: string | null
  readonly signature: Uint8Array
  /** The certificates in their order; one that does not parse is left out. */
  readonly certificates: readonly CertificateDescription[]
  /** All the certificates, DER. */
  readonly certificateBytes: readonly Uint8Array[]
}

/**
 * Verifies what an old statement allows: the verdict is "failed" or "indeterminate", since one round says nothing of
 * the clock. Never throws on its content. Throws TypeError or RangeError for options of another shape.
 */
export function verifyOldStatement(
  old: OldStatement,
  options: Omit<VerifyOptions, 'trustAnchors'>,
): Report {
  requireCount('quorum', options.quorum)
  const endEntity = tryDecodeCertificate(old.certificates[0])
  const scheme = schemeOf(old, options.verifySignature)
  const subject = { name: SUBJECT_NAME, sha256: old.message }
  const { subjects, check: comparison } = compareSubjects(
    [subject],
    options.digests ?? [],
    options.statementOnly,
  )
  const host = acceptedHost(endEntity, options.witnesses)
  const checks = [
    check('handshakes', 'unknown', 'no-transcript'),
    check('commitment', 'pass', 'committed'),
    check('chain', 'pass', 'single-round'),
    checkSignature(scheme, old),
    checkStrength(old, scheme),
    checkClock(old),
    checkPath(old, endEntity),
    host === undefined
      ? check('identity', 'unknown', 'no-host')
      : check('identity', 'pass', 'host-matches', host),
    host === undefined
      ? check('witness', 'unknown', 'not-accepted', presentedName(old, endEntity))
      : check('witness', 'pass', 'accepted', host),
    check('agreement', 'pass', 'nothing-to-contradict'),
    check('windows', 'pass', 'no-windows'),
    options.quorum === undefined
      ? check('quorum', 'pass', 'no-quorum-asked')
      : check('quorum', 'unknown', 'quorum-not-met', `0 of ${options.quorum} requested`),
    check('renewals', 'pass', 'not-renewed'),
    comparison,
  ]
  const own: readonly CheckId[] = WITNESS_CHECKS
  const faults = checks.filter(({ id, outcome }) => own.includes(id) && outcome !== 'pass')
  const witness = reportWitness(old, { host, endEntity, scheme, faults })
  const claimed = witness.clock === 'implausible' ? null : claimedTime(old)
  const time = { claimed, notBefore: null, notAfter: null }
  const verdict = verdictOf(checks)
  return {
    verdict,
    time,
    subjects,
    witnesses: [witness],
    independent: 0,
    guards: 0,
    renewals: [],
    checks,
  }
}

/** Describes what is in an old statement, and tries its signature. */
export function describeOldStatement(
  old: OldStatement,
  verify: VerifySignature,
): OldStatementDescription {
  const { form, message, serverRandom, group, params, signedBytes, signature, certificates } = old
  return {
    form,
    message,
    text: textOf(message),
    serverTime: claimedTime(old),
    serverRandom,
    group,
    params,
    signedBytes,
    scheme: schemeOf(old, verify) ?? null,
    signature,
    certificates: describePath(certificates),
    certificateBytes: certificates,
  }
}

/** Reads the message as text: toytls took up to 32 bytes as they are and filled up with zeros. */
function textOf(message: Uint8Array): string | null {
  const end = message.findLastIndex((byte) => byte !== 0) + 1
  const text = message.subarray(0, end)
  const isText = end > 0 && text.every((byte) => byte === 0x0a || (byte >= 0x20 && byte < 0x7f))
  return isText ? String.fromCharCode(...text) : null
}

/** Finds the scheme, which the file does not name: the first one for the key by which the signature verifies. */
function schemeOf(old: OldStatement, verify: VerifySignature): string | undefined {
  const { signedBytes, signature } = old
  const spki = spkiOf(old.certificates[0])
  if (spki === undefined) return undefined
  return schemesFor(keyOf(old)).find((scheme) => verify(scheme, spki, signedBytes, signature))
}

function schemesFor(key: PublicKey | undefined): readonly string[] {
  switch (key?.type) {
    case 'rsa':
      return key.pss ? RSA_PSS_SCHEMES : RSA_SCHEMES
    case 'ec':
      return ECDSA_SCHEMES
    case 'ed25519':
    case 'ed448':
      return [key.type]
    default:
      return []
  }
}

/** Reads the key of the first certificate, which may be there in one that does not parse. */
function keyOf({ certificates: [endEntity] }: OldStatement): PublicKey | undefined {
  const spki = spkiOf(endEntity)
  return spki && tryDecode(() => decodeSpki(spki))
}

function checkSignature(scheme: string | undefined, old: OldStatement): Check {
  if (scheme !== undefined) return check('signatures', 'pass', 'signed')
  const key = keyOf(old)
  if (key === undefined) {
    return check('signatures', 'fail', 'bad-signature', "the certificate's key is malformed")
  }
  return key.type === 'unsupported'
    ? check('signatures', 'unknown', 'unsupported-scheme', `a key of type ${describeKey(key)}`)
    : check('signatures', 'fail', 'bad-signature')
}

/** Judges by the scheme, as the version is not in the file: MD5 and SHA-1 side by side are of those before TLS 1.2, which had nothing else. */
function checkStrength(old: OldStatement, scheme: string | undefined): Check {
  if (scheme === undefined) return check('strength', 'unknown', 'not-reached')
  const version = scheme === 'rsa_pkcs1_md5_sha1' ? VERSION.tls11 : VERSION.tls12
  if (version < VERSION.tls12) return check('strength', 'unknown', 'weak-version', scheme)
  return judgeStrength({ version, scheme, primeBits: old.primeBits }, 0)
}

function checkClock(old: OldStatement): Check {
  const serverTime = serverTimeOf(old.serverRandom)
  const judgement = judgeClock([serverTime])
  return check('clock', 'unknown', judgement, showClocks([serverTime]))
}

/** There is no moment to judge a path at; a certificate that does not parse has none at any moment. */
function checkPath(old: OldStatement, endEntity: Certificate | undefined): Check {
  return endEntity === undefined
    ? failedPath(malformedEndEntity(old.certificates[0]))
    : check('path', 'unknown', 'no-credible-time', outOfValidity(old, endEntity))
}

/** Says when the claimed time is out of bounds: no reason to fail, as nobody vouches for it, but worth knowing. */
function outOfValidity(old: OldStatement, endEntity: Certificate): string | undefined {
  const time = claimedTime(old)
  if (time >= endEntity.notBefore && time <= endEntity.notAfter) return undefined
  return 'the certificate was not valid at the claimed time'
}

/** Finds the accepted witness that the certificate names: nothing in the file says which host was asked. */
function acceptedHost(
  endEntity: Certificate | undefined,
  accepted: readonly string[] | undefined,
): string | undefined {
  return endEntity && acceptedHosts(accepted).find((host) => matchesHost(endEntity, host))
}

/** Gives the first name in the certificate that is one, or the certificate by its fingerprint. */
function presentedName(old: OldStatement, endEntity: Certificate | undefined): string {
  const names = endEntity?.extensions.subjectAltName ?? []
  for (const name of names) {
    if (name.type !== 'dns') continue
    const [, wildcard = '', rest = ''] = /^(\*\.)?(.*)$/s.exec(name.name) ?? []
    const host = parseHost(rest)
    if (host?.type === 'dns') return `${wildcard}${host.name}`
  }
  return `sha256:${fingerprintOf(old.certificates[0])}`
}

function reportWitness(
  old: OldStatement,
  found: {
    readonly host: string | undefined
    readonly endEntity: Certificate | undefined
    readonly scheme: string | undefined
    readonly faults: readonly Check[]
  },
): WitnessReport {
  const { host, endEntity, scheme, faults } = found
  const matched = endEntity && host !== undefined ? matchedName(endEntity, host) : undefined
  const clock = judgeClock([serverTimeOf(old.serverRandom)])
  return {
    host: host ?? presentedName(old, endEntity),
    operator: null,
    port: 0,
    clock,
    expectedTries: clock === 'implausible' ? 1 : expectedTries(1, lifetime(endEntity)),
    rounds: [
      { serverTime: claimedTime(old), window: null, scheme: scheme ?? 'unknown', group: old.group },
    ],
    path: describePath(old.certificates),
    matchedNames: matched ? [matched] : [],
    expiresFirst: null,
    missingAnchor: null,
    counts: false,
    faults,
  }
}

function claimedTime({ serverRandom }: OldStatement): Date {
  return new Date(serverTimeOf(serverRandom) * 1000)
}

/** The name of the subject, as an old statement has no file's name. */
const SUBJECT_NAME = 'client_random'

const HASHES = ['sha256', 'sha384', 'sha512', 'sha1', 'sha224']
const RSA_SCHEMES: readonly string[] = [
  'rsa_pkcs1_md5_sha1',
  ...HASHES.map((hash) => `rsa_pkcs1_${hash}`),
  ...HASHES.slice(0, 3).map((hash) => `rsa_pss_rsae_${hash}`),
]
const RSA_PSS_SCHEMES: readonly string[] = HASHES.slice(0, 3).map((hash) => `rsa_pss_pss_${hash}`)
/** The schemes of ECDSA keys; before TLS 1.2 it was always SHA-1. */
const ECDSA_SCHEMES: readonly string[] = HASHES.map((hash) => `ecdsa_${hash}`)
