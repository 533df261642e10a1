// What a recorded handshake says, field by field, however far it goes: raw TLS record streams in, a report out.

import { tryDecode } from '../errors.ts'
import type { VerifySignature } from '../signature/index.ts'
import { judgeSignature, type SignatureJudgement } from '../signature/index.ts'
import {
  cipherSuiteName,
  EXTENSION,
  groupName,
  isRetryRandom,
  type KeyExchange,
  serverTimeOf,
  signedBytes,
  suiteKind,
  VERSION,
  versionName,
} from '../tls/index.ts'
import {
  type CertificateDescription,
  decodeCertificate,
  describeCertificate,
  describeSpki,
  fingerprintOf,
  spkiOf,
} from '../x509/index.ts'
import {
  type AlertReport,
  type DecryptionReport,
  type MessageReport,
  type Recording,
  recordFault,
} from './message.ts'
import { type Hello, negotiatedVersion } from './negotiated.ts'

/** What is known stays, what is not is null: a recording may end anywhere. */
export interface HandshakeReport {
  /** "TLS 1.2"; the server's choice, or the client's offer when no server answered. */
  readonly version: string | null
  /** By its registry name, or hex. */
  readonly cipherSuite: string | null
  readonly keyExchange: KeyExchange | null
  /** Curve name, or "dh2048" by the bits of the prime, or "rsa512" by those of an export suite's key. */
  readonly group: string | null
  /** 32 bytes. */
  readonly clientRandom: Uint8Array | null
  /** 32 bytes. */
  readonly serverRandom: Uint8Array | null
  /** The first four bytes of server_random, read as a clock: a claim, random bytes on most servers. Null in TLS 1.3. */
  readonly serverTime: Date | null
  /** SignatureScheme of ServerKeyExchange, or of TLS 1.3's CertificateVerify. */
  readonly scheme: string | null
  /** "unsupported": there is one that can't be checked; "absent": nothing is signed. */
  readonly signature: SignatureJudgement | 'absent'
  /**
   * As sent, end entity first, the first hundred; one that does not parse is left out, though its key still judges
   * the signature.
   */
  readonly certificates: readonly CertificateDescription[]
  /** There when the server sent a raw public key in place of certificates (RFC 7250). */
  readonly rawPublicKey?: RawPublicKey
  /** In plain text, and what was decrypted; in the order of each stream, the client's first. */
  readonly messages: readonly MessageReport[]
  readonly alerts: readonly AlertReport[]
  /** There when secrets were given. */
  readonly decryption?: DecryptionReport
  /** The first thing that was wrong. */
  readonly error?: { readonly code: string; readonly message: string }
}

/** A key that no certificate speaks for: who holds it is for others to know. */
export interface RawPublicKey {
  /** "P-256"; "malformed" when it does not decode. */
  readonly key: string
  /** SHA-256 of the SubjectPublicKeyInfo, hex. */
  readonly fingerprint: string
}

/** The certificates of a message, described, and the first that does not parse. */
export type Descriptions = Map<
  readonly Uint8Array[],
  Pick<HandshakeReport, 'certificates'> & Pick<Recording, 'fault'>
>

/**
 * Says what was recorded of one connection. Never throws on what the bytes hold.
 * known: what callers that meet the same certificates many times keep between them.
 */
export function inspectHandshake(
  seen: Recording,
  verify: VerifySignature,
  known: Descriptions = new Map(),
): HandshakeReport {
  const { clientHello, serverHello, exchange, certificateVerify, rawPublicKey, decryption } = seen
  const version = serverHello ? negotiatedVersion(serverHello) : clientHello?.version
  const suite = serverHello?.cipherSuite
  const certificates = describeAll(seen, known)
  return {
    version: version === undefined ? null : versionName(version),
    cipherSuite: suite === undefined ? null : cipherSuiteName(suite),
    keyExchange: (suite !== undefined && suiteKind(suite).keyExchange) || null,
    group: exchange?.group ?? sharedGroup(serverHello) ?? null,
    clientRandom: clientHello?.random ?? null,
    serverRandom: serverHello?.random ?? null,
    serverTime:
      serverHello && version !== VERSION.tls13
        ? new Date(serverTimeOf(serverHello.random) * 1000)
        : null,
    scheme: exchange?.scheme ?? certificateVerify?.scheme ?? null,
    signature: judgeRecorded(seen, verify),
    certificates,
    ...(rawPublicKey && { rawPublicKey: describeRawPublicKey(rawPublicKey) }),
    messages: version === VERSION.tls13 ? seen.messages.map(asInTls13) : seen.messages,
    alerts: seen.alerts,
    ...(decryption && { decryption }),
    ...(seen.fault && { error: seen.fault }),
  }
}

/** Leaves a random whole, as nothing in it is a clock, and knows a HelloRetryRequest by it (RFC 8446 §4.1.3). */
function asInTls13(message: MessageReport): MessageReport {
  const random = message.fields.find(({ name }) => name === 'random')
  if (!random) return message
  const name = isRetryRandom(random.bytes) ? 'HelloRetryRequest' : message.name
  const fields = message.fields.map((field) =>
    field === random ? { ...field, fields: [] } : field,
  )
  return { ...message, name, fields }
}

function describeRawPublicKey(spki: Uint8Array): RawPublicKey {
  return { key: describeSpki(spki), fingerprint: fingerprintOf(spki) }
}

function judgeRecorded(seen: Recording, verify: VerifySignature): HandshakeReport['signature'] {
  const { clientHello, serverHello, exchange, certificateVerify, certificates, rawPublicKey } = seen
  const [endEntity] = certificates
  const spki = rawPublicKey ?? (endEntity && spkiOf(endEntity))
  if (certificateVerify) {
    const { signedBytes: signed, scheme, signature } = certificateVerify
    return signed && spki ? judge(verify, scheme, spki, signed, signature) : 'unsupported'
  }
  if (exchange === undefined)
    return seen.opaqueExchange && maySign(serverHello) ? 'unsupported' : 'absent'
  if (exchange.scheme === undefined || !exchange.signature) return 'absent'
  if (!clientHello || !serverHello || !spki) return 'unsupported'
  const { random: clientRandom } = clientHello
  const { random: serverRandom } = serverHello
  const signed = signedBytes({ clientRandom, serverRandom, params: exchange.params })
  return judge(verify, exchange.scheme, spki, signed, exchange.signature)
}

function judge(
  verify: VerifySignature,
  scheme: string,
  spki: Uint8Array,
  signed: Uint8Array,
  signature: Uint8Array,
): SignatureJudgement {
  return tryDecode(() => judgeSignature(verify, scheme, spki, signed, signature)) ?? 'unsupported'
}

/** A pre-shared key signs nothing (RFC 4279 §2); neither does an anonymous server. */
function maySign(serverHello: Hello | undefined): boolean {
  const suite = cipherSuiteName(serverHello?.cipherSuite ?? 0)
  return !/_PSK_|_anon_/.test(suite)
}

function describeAll(seen: Recording, known: Descriptions): readonly CertificateDescription[] {
  const described = known.get(seen.certificates) ?? describeEach(seen.certificates)
  known.set(seen.certificates, described)
  if (described.fault) seen.fault ??= described.fault
  return described.certificates
}

function describeEach(
  ders: readonly Uint8Array[],
): Pick<HandshakeReport, 'certificates'> & Pick<Recording, 'fault'> {
  const certificates: CertificateDescription[] = []
  const found: Pick<Recording, 'fault'> = {}
  for (const der of ders.slice(0, MAX_DESCRIBED)) {
    recordFault(found, 'server', () => {
      certificates.push(describeCertificate(decodeCertificate(der)))
    })
  }
  return { certificates, ...found }
}

/** Of TLS 1.3: key_share in a ServerHello begins with it (RFC 8446 §4.2.8). */
function sharedGroup(serverHello: Hello | undefined): string | undefined {
  const share = serverHello?.extensions?.find(({ type }) => type === EXTENSION.key_share)?.content
  const [high, low] = share ?? []
  return high === undefined || low === undefined ? undefined : groupName(high * 256 + low)
}

/** The most certificates or OCSP responses that are described; real servers send up to a dozen. */
export const MAX_DESCRIBED = 100
