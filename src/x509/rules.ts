// What each certificate of a path must satisfy by itself, whatever the path (RFC 5280 §4.2, §6.1.3, §6.1.4).

import { instant } from '../encoding/index.ts'
import { tryDecode } from '../errors.ts'
import { decodeSpki } from '../signature/index.ts'
import type { Certificate } from './certificate.ts'
import { EXTENSION } from './extensions.ts'
import { isEmptyName, shownName } from './names.ts'
import type { Fault, PathCode } from './path-code.ts'

export type Role = 'end entity' | 'intermediate' | 'trust anchor'

/**
 * What is wrong with this certificate in this role at this time, the first of all reasons; undefined when nothing is.
 * With `allowWeak`, short RSA keys and signatures over SHA-1 and SHA-224 are nothing wrong.
 */
export function certificateFault(
  certificate: Certificate,
  role: Role,
  { time, allowWeak = false }: { readonly time: Date; readonly allowWeak?: boolean | undefined },
): Fault | undefined {
  const found =
    extensionFault(certificate, role) ??
    (role === 'end entity' ? undefined : caFault(certificate, role)) ??
    usageFault(certificate, role) ??
    keyFault(certificate.spki, allowWeak) ??
    (role === 'trust anchor' ? undefined : algorithmFault(certificate, allowWeak)) ??
    validityFault(certificate, time)
  return found && fault(found.code, `${certificateNoun(certificate, role)} ${found.message}`)
}

/** Names a certificate in a message: "the intermediate certificate CN=Example CA". */
export function certificateNoun({ subject }: Pick<Certificate, 'subject'>, role: Role): string {
  if (role === 'end entity') return 'the end entity certificate'
  return `the ${role === 'intermediate' ? 'intermediate certificate' : role} ${shownName(subject)}`
}

// The messages of the rules go on from the name of the certificate.

/** RFC 5280 §4.1.2.5: both ends are inclusive, to the second. */
function validityFault({ notBefore, notAfter }: Certificate, time: Date): Fault | undefined {
  const second = Math.floor(time.getTime() / 1000) * 1000
  if (second < notBefore.getTime()) {
    return fault('not-yet-valid', `is not valid before ${instant(notBefore)}`)
  }
  if (second > notAfter.getTime()) {
    return fault('expired', `expired at ${instant(notAfter)}`)
  }
  return undefined
}

function extensionFault(certificate: Certificate, role: Role): Fault | undefined {
  const { extensions, subject, issuer } = certificate
  if (extensions.unknownCritical.length > 0) {
    return fault('unknown-critical-extension', 'has a critical extension that is not supported')
  }
  for (const { id, critical } of extensions.all) {
    if (critical ? NEVER_CRITICAL.has(id) : ALWAYS_CRITICAL.has(id)) {
      return violation(`must${critical ? ' not' : ''} mark extension ${id} as critical`)
    }
  }
  const isCa = extensions.basicConstraints?.ca === true
  if (extensions.nameConstraints && !isCa) {
    return violation('has nameConstraints, which only a CA may have')
  }
  if (extensions.basicConstraints?.pathLength !== undefined && !isCa) {
    return violation('has a pathLenConstraint, which only a CA may have')
  }
  if (isEmptyName(issuer)) return violation('has an empty issuer name')
  if (isEmptyName(subject)) {
    // RFC 5280 §4.1.2.6
    if (isCa || role !== 'end entity')
      return violation('has an empty subject name, which a CA must not have')
    const names = extensions.all.find(({ id }) => id === EXTENSION.subjectAltName)
    if (!names?.critical)
      return violation('has an empty subject name, and its subjectAltName is not critical')
  }
  return undefined
}

/** RFC 5280 §4.2.1.9, §6.1.4 (k). A version 1 root has no way to say that it is a CA; being a trust anchor says it. */
function caFault({ version, extensions }: Certificate, role: Role): Fault | undefined {
  if (version < 3 && role === 'trust anchor') return undefined
  if (version < 3) return fault('not-a-ca', 'is not a version 3 certificate')
  if (extensions.basicConstraints?.ca !== true) {
    return fault('not-a-ca', 'is not a CA according to its basicConstraints')
  }
  const constraints = extensions.all.find(({ id }) => id === EXTENSION.basicConstraints)
  if (role === 'intermediate' && !constraints?.critical) {
    return violation('must mark its basicConstraints as critical')
  }
  return undefined
}

function usageFault({ extensions }: Certificate, role: Role): Fault | undefined {
  const { keyUsage, extKeyUsage, basicConstraints } = extensions
  // RFC 5280 §4.2.1.3 and §4.2.1.9: each of the two says what the other says
  if (keyUsage && keyUsage.has('keyCertSign') !== (basicConstraints?.ca === true)) {
    return fault('key-usage', 'has a keyUsage that contradicts its basicConstraints')
  }
  // What a TLS server signs with (RFC 5246 §7.4.2, RFC 5280 §4.2.1.3), a CA in this place too
  if (role === 'end entity' && keyUsage && !keyUsage.has('digitalSignature')) {
    return fault('key-usage', 'has a keyUsage that does not allow signatures')
  }
  const allowed = role === 'end entity' ? [SERVER_AUTH] : [SERVER_AUTH, ANY_USAGE]
  if (extKeyUsage && !allowed.some((id) => extKeyUsage.includes(id))) {
    return fault('extended-key-usage', 'has an extKeyUsage that does not allow TLS servers')
  }
  return undefined
}

function keyFault(spki: Uint8Array, allowWeak: boolean): Fault | undefined {
  const key = tryDecode(() => decodeSpki(spki))
  if (key === undefined) return fault('malformed-certificate', 'has a malformed public key')
  if (key.type === 'unsupported') {
    return fault('weak-key', 'has a key whose algorithm or curve is not supported')
  }
  if (key.type !== 'rsa') return undefined
  if (key.bits < 2048 && !allowWeak) {
    return fault('weak-key', `has an RSA key of ${key.bits} bits, fewer than 2048`)
  }
  if (key.bits > MAX_RSA_BITS || key.bits % 8 !== 0) {
    const limit = `not whole octets, or more than ${MAX_RSA_BITS}`
    return fault('weak-key', `has an RSA key of ${key.bits} bits: ${limit}`)
  }
  // CA/Browser Forum BR §6.1.6: odd and at least 3; the upper bound keeps one verification in bounds
  const isOdd = ((key.exponent.at(-1) ?? 0) & 1) === 1
  if (!isOdd || key.exponent.length > 4 || (key.exponent.length === 1 && key.exponent[0] === 1)) {
    return fault('weak-key', 'has an RSA key whose public exponent is not accepted')
  }
  return undefined
}

function algorithmFault(
  { signatureAlgorithm }: Certificate,
  allowWeak: boolean,
): Fault | undefined {
  const { scheme } = signatureAlgorithm
  if (scheme !== undefined && ACCEPTED_SCHEMES.has(scheme)) return undefined
  if (scheme !== undefined && allowWeak && WEAK_SCHEMES.has(scheme)) return undefined
  const name = scheme ?? signatureAlgorithm.oid
  return fault('weak-algorithm', `is signed with ${name}, which is not accepted`)
}

function violation(message: string): Fault {
  return fault('profile-violation', message)
}

function fault(code: PathCode, message: string): Fault {
  return { code, message }
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const ANY_USAGE = '2.5.29.37.0'
const MAX_RSA_BITS = 8192

const ACCEPTED_SCHEMES: ReadonlySet<string> = new Set([
  'rsa_pkcs1_sha256',
  'rsa_pkcs1_sha384',
  'rsa_pkcs1_sha512',
  'rsa_pss_rsae_sha256',
  'rsa_pss_rsae_sha384',
  'rsa_pss_rsae_sha512',
  'ecdsa_sha256',
  'ecdsa_sha384',
  'ecdsa_sha512',
  'ed25519',
  'ed448',
])

/** What certificates were signed with before; MD5 has been forged (RFC 6151 §2.1) and is nowhere accepted. */
const WEAK_SCHEMES: ReadonlySet<string> = new Set([
  'rsa_pkcs1_sha1',
  'rsa_pkcs1_sha224',
  'ecdsa_sha1',
  'ecdsa_sha224',
])

/** "Conforming CAs MUST mark this extension as critical" (RFC 5280 §4.2.1.10, §4.2.1.11, §4.2.1.14). */
const ALWAYS_CRITICAL: ReadonlySet<string> = new Set<string>([
  EXTENSION.nameConstraints,
  EXTENSION.policyConstraints,
  EXTENSION.inhibitAnyPolicy,
])

/** "... as non-critical" (RFC 5280 §4.2.1.1, §4.2.1.2, §4.2.1.8, §4.2.1.15, §4.2.2). */
const NEVER_CRITICAL: ReadonlySet<string> = new Set<string>([
  EXTENSION.authorityKeyIdentifier,
  EXTENSION.subjectKeyIdentifier,
  EXTENSION.subjectDirectoryAttributes,
  EXTENSION.freshestCrl,
  EXTENSION.authorityInfoAccess,
  EXTENSION.subjectInfoAccess,
])
