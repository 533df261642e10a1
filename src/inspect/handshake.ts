// What a recorded handshake says, field by field, however far it goes: raw TLS record streams in, a report out.

import { DecodeError } from '../errors.ts'
import type { VerifySignature } from '../signature/index.ts'
import { decodeSpki } from '../signature/index.ts'
import {
  cipherSuiteName,
  EXTENSION,
  type KeyExchange,
  serverTimeOf,
  signedBytes,
  suiteKind,
  versionName,
} from '../tls/index.ts'
import {
  type CertificateDescription,
  decodeCertificate,
  describeCertificate,
  spkiOf,
} from '../x509/index.ts'
import {
  type AlertReport,
  type Hello,
  type MessageReport,
  type Recording,
  recordFault,
} from './message.ts'

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
  /** The first four bytes of server_random, read as a clock: a claim, random bytes on most servers. */
  readonly serverTime: Date | null
  /** SignatureScheme of ServerKeyExchange. */
  readonly scheme: string | null
  /** "unsupported": there is one that can't be checked; "absent": nothing is signed. */
  readonly signature: 'valid' | 'invalid' | 'unsupported' | 'absent'
  /**
   * As sent, end entity first, the first hundred; one that does not parse is left out, though its key still judges
   * the signature.
   */
  readonly certificates: readonly CertificateDescription[]
  /** In plain text, in the order of each stream, the client's first. */
  readonly messages: readonly MessageReport[]
  readonly alerts: readonly AlertReport[]
  /** The first thing that was wrong. */
  readonly error?: { readonly code: string; readonly message: string }
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
  const { clientHello, serverHello, exchange } = seen
  const version = serverHello ? negotiatedVersion(serverHello) : clientHello?.version
  const suite = serverHello?.cipherSuite
  const certificates = describeAll(seen, known)
  return {
    version: version === undefined ? null : versionName(version),
    cipherSuite: suite === undefined ? null : cipherSuiteName(suite),
    keyExchange: (suite !== undefined && suiteKind(suite).keyExchange) || null,
    group: exchange?.group ?? null,
    clientRandom: clientHello?.random ?? null,
    serverRandom: serverHello?.random ?? null,
    serverTime: serverHello ? new Date(serverTimeOf(serverHello.random) * 1000) : null,
    scheme: exchange?.scheme ?? null,
    signature: judgeSignature(seen, verify),
    certificates,
    messages: seen.messages,
    alerts: seen.alerts,
    ...(seen.fault && { error: seen.fault }),
  }
}

function judgeSignature(seen: Recording, verify: VerifySignature): HandshakeReport['signature'] {
  const { clientHello, serverHello, exchange, certificates } = seen
  if (exchange === undefined)
    return seen.opaqueExchange && maySign(serverHello) ? 'unsupported' : 'absent'
  if (exchange.scheme === undefined || !exchange.signature) return 'absent'
  const [endEntity] = certificates
  const spki = endEntity && spkiOf(endEntity)
  if (!clientHello || !serverHello || !spki) return 'unsupported'
  const { random: clientRandom } = clientHello
  const { random: serverRandom } = serverHello
  const signed = signedBytes({ clientRandom, serverRandom, params: exchange.params })
  try {
    if (decodeSpki(spki).type === 'unsupported') return 'unsupported'
    return verify(exchange.scheme, spki, signed, exchange.signature) ? 'valid' : 'invalid'
  } catch (error) {
    if (error instanceof DecodeError || error instanceof RangeError) return 'unsupported'
    throw error
  }
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

/** supported_versions in a ServerHello holds what was really chosen (RFC 8446 §4.2.1). */
function negotiatedVersion({ version, extensions }: Hello): number {
  const chosen = extensions?.find(({ type }) => type === EXTENSION.supported_versions)?.content
  return chosen?.length === 2 ? (chosen[0] as number) * 256 + (chosen[1] as number) : version
}

/** The most certificates or OCSP responses that are described; real servers send up to a dozen. */
export const MAX_DESCRIBED = 100
