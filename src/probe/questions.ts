// What to ask a server one connection at a time: which versions, cipher suites, signature schemes and groups it takes
// (RFC 5246 §7.4.1, RFC 8422 §5.1, RFC 7919 §3, RFC 8446 §4.1.2).

import {
  cipherSuiteName,
  GROUPS,
  groupName,
  type HelloOptions,
  SIGNATURE_SCHEMES,
  SIGNING_SUITES,
  signatureSchemeName,
  suiteCipher,
  suiteCodes,
  suiteKind,
  VERSION,
  versionName,
} from '../tls/index.ts'

/** One thing to ask. */
export interface Question {
  readonly about: Topic
  readonly code: number
  readonly name: string
  readonly offer: Pick<
    HelloOptions,
    'version' | 'keyTransport' | 'cipherSuites' | 'groups' | 'signatureSchemes'
  >
}

export type Topic = 'version' | 'cipherSuite' | 'signatureScheme' | 'group'

export interface PlanOptions {
  /** The version that suites, schemes and groups are asked at. */
  readonly version: number
  /** "usual": those that `sign` offers; "all": every registered one. */
  readonly suites: 'usual' | 'all'
}

/** The questions, in order. Before TLS 1.2 no client names signature schemes. */
export function planProbe({ version, suites }: PlanOptions): readonly Question[] {
  const signing = SIGNING_SUITES.filter((code) => fits(code, version))
  const asked = suites === 'all' ? registeredSuites() : signing
  return [
    ...VERSIONS.map((code) => ({
      about: 'version' as const,
      code,
      name: versionName(code),
      offer:
        code === VERSION.tls13
          ? { version: code, cipherSuites: TLS13_SUITES, groups: TLS13_GROUPS }
          : { version: code, keyTransport: true },
    })),
    ...asked.map((code) => ({
      about: 'cipherSuite' as const,
      code,
      name: cipherSuiteName(code),
      offer: { version: code >> 8 === 0x13 ? VERSION.tls13 : version, cipherSuites: [code] },
    })),
    ...(version < VERSION.tls12 ? [] : ASKED_SCHEMES.map((code) => askScheme(code, version))),
    ...ASKED_GROUPS.map((code) => askGroup(code, version, signing)),
  ]
}

/**
 * The question once more, with what the server may have missed beside the one thing asked for: schemes of SHA-256,
 * which some hold against their certificates, or the curve of the end entity's own key. Undefined when that can't
 * change the answer. `keys` are those of the certificates seen so far, as describeKey has them.
 */
export function askAgain(question: Question, keys: readonly string[]): Question | undefined {
  const { about, code, offer } = question
  if (about === 'signatureScheme') {
    const family = keyFamily(signatureSchemeName(code))
    if (!keys.some((key) => family.test(key))) return undefined
    const others = CHAIN_SCHEMES.filter((other) => other !== code)
    return { ...question, offer: { ...offer, signatureSchemes: [code, ...others] } }
  }
  if (about === 'group' && !isFiniteField(code)) {
    const curves = keys.map((key) => CURVES.get(key)).filter((curve) => curve !== undefined)
    const others = curves.filter((curve) => curve !== code)
    if (others.length === 0) return undefined
    return { ...question, offer: { ...offer, groups: [code, ...others] } }
  }
  return undefined
}

/** All that there is to offer up to TLS 1.2: what a server takes of it may be nothing that is supported here. */
export function everything(version: number): Question['offer'] {
  const cipherSuites = registeredSuites()
  return { version, cipherSuites, groups: OLD_GROUPS, signatureSchemes: OLD_SCHEMES }
}

function registeredSuites(): readonly number[] {
  return suiteCodes().filter((code) => !SIGNALS.has(code))
}

/** How many connections the questions take at most, those of askAgain and of `everything` included. */
export function mostConnections(questions: readonly Question[]): number {
  const twice = questions.filter(
    ({ about, code }) => about === 'signatureScheme' || (about === 'group' && !isFiniteField(code)),
  )
  return questions.length + twice.length + (questions.length > 0 ? 2 : 0)
}

/** Whether a group is a prime of RFC 7919. */
function isFiniteField(group: number): boolean {
  return group >> 8 === 1
}

function askScheme(code: number, version: number): Question {
  const name = signatureSchemeName(code)
  const signer = /^rsa_/.test(name) ? 'RSA' : 'ECDSA'
  const cipherSuites = SIGNING_SUITES.filter((suite) => suiteKind(suite).signer === signer)
  return {
    about: 'signatureScheme',
    code,
    name,
    offer: { version, cipherSuites, signatureSchemes: [code] },
  }
}

function askGroup(code: number, version: number, suites: readonly number[]): Question {
  const exchange = isFiniteField(code) ? 'DHE' : 'ECDHE'
  const cipherSuites = suites.filter((suite) => suiteKind(suite).keyExchange === exchange)
  return {
    about: 'group',
    code,
    name: groupName(code),
    offer: { version, cipherSuites, groups: [code] },
  }
}

function fits(suite: number, version: number): boolean {
  return version >= VERSION.tls12 || !suiteCipher(suite)?.tls12Only
}

/** What describeKey says of the keys that a scheme is for. */
function keyFamily(scheme: string): RegExp {
  if (/^rsa_pss_pss/.test(scheme)) return /^RSA-PSS/
  if (/^rsa_/.test(scheme)) return /^RSA-\d/
  return /^ecdsa_/.test(scheme) ? /^P-/ : new RegExp(`^${scheme}$`, 'i')
}

const VERSIONS = [VERSION.tls10, VERSION.tls11, VERSION.tls12, VERSION.tls13]

/** RFC 8446 §B.4. */
export const TLS13_SUITES: readonly number[] = [0x1301, 0x1302, 0x1303, 0x1304, 0x1305]

/** The curves that a guard's handshake has, x448, those of RFC 8734 and RFC 7919, and the hybrids with ML-KEM. */
export const TLS13_GROUPS: readonly number[] = [
  0x001d, 0x0017, 0x0018, 0x0019, 0x001e, 0x001f, 0x0020, 0x0021, 0x0100, 0x0101, 0x0102, 0x0103,
  0x0104, 0x11eb, 0x11ec, 0x11ed,
]

/** Every named curve of RFC 8422 §5.1.1, RFC 7027 and RFC 4492, and the primes; x25519 first, which all can read. */
const OLD_GROUPS = [
  ...new Set([0x001d, ...Array.from({ length: 0x1e }, (_, i) => i + 1), ...GROUPS, 0x0101, 0x0102]),
]

/** What `sign` offers, and SHA-224 and SHA-1 with ECDSA, RSA and DSA. */
const OLD_SCHEMES = [...SIGNATURE_SCHEMES, 0x0303, 0x0301, 0x0203, 0x0201, 0x0202]

/** What `sign` offers, and the SHA-1 ones. */
const ASKED_SCHEMES = [...SIGNATURE_SCHEMES, 0x0203, 0x0201]

/** What `sign` offers, x448, the Brainpool curves, and the larger primes of RFC 7919. */
const ASKED_GROUPS = [...GROUPS, 0x0101, 0x0102, 0x001e, 0x001a, 0x001b, 0x001c].sort(
  (a, b) => a - b,
)

/** ecdsa_sha256 and rsa_pkcs1_sha256. */
const CHAIN_SCHEMES = [0x0403, 0x0401]

/** The groups of the curves, by the names that describeKey gives them. */
const CURVES: ReadonlyMap<string, number> = new Map([
  ['P-256', 0x0017],
  ['P-384', 0x0018],
  ['P-521', 0x0019],
])

/** TLS_EMPTY_RENEGOTIATION_INFO_SCSV and TLS_FALLBACK_SCSV: no cipher suites. */
const SIGNALS: ReadonlySet<number> = new Set([0x00ff, 0x5600])
