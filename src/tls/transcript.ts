// A handshake up to ServerKeyExchange as one consistent whole: what the server answered must be what the client
// offered (RFC 5246 §7.4.1.3, §7.4.1.4, §7.4.3; RFC 8422 §5).

import { HandshakeError } from '../errors.ts'
import { decodeServerKeyExchange, signedBytes } from './key-exchange.ts'
import {
  type ClientHello,
  decodeCertificateMessage,
  decodeCertificateStatus,
  decodeClientHello,
  decodeServerHello,
  MAX_CERTIFICATES,
  type ServerHello,
} from './messages.ts'
import {
  CURVE_POINT_LENGTH,
  cipherSuiteName,
  EXTENSION,
  extensionName,
  groupName,
  suiteKind,
  VERSION,
  versionName,
} from './registry.ts'

/** Handshake messages, verbatim, each with its 4-byte header. */
export interface Transcript {
  readonly clientHello: Uint8Array
  readonly serverHello: Uint8Array
  readonly certificate: Uint8Array
  readonly certificateStatus?: Uint8Array
  readonly serverKeyExchange: Uint8Array
}

/** What a transcript says, once it is known to be consistent. */
export interface Handshake {
  readonly version: number
  readonly cipherSuite: number
  readonly clientRandom: Uint8Array
  readonly serverRandom: Uint8Array
  /** From server_name; undefined when the client named no host (an IP address). */
  readonly serverName: string | undefined
  /** DER, end entity first; at least one. */
  readonly certificates: readonly [Uint8Array, ...Uint8Array[]]
  /** DER of the stapled OCSPResponse (RFC 6066 §8, RFC 8446 §4.4.2.1). */
  readonly ocspResponse: Uint8Array | undefined
  readonly group: string
  /** Bits of the prime; undefined for ECDHE, and so in TLS 1.3. */
  readonly primeBits: number | undefined
  readonly scheme: string
  readonly signature: Uint8Array
  /** client_random, server_random, params; in TLS 1.3 the hash of the messages behind its context. */
  readonly signedBytes: Uint8Array
}

/**
 * Throws DecodeError on a message that does not parse, HandshakeError on one that does not fit the others.
 * readCertificates: decodes the Certificate message, for callers that meet the same one many times.
 */
export function readTranscript(
  transcript: Transcript,
  readCertificates: (message: Uint8Array) => readonly Uint8Array[] = decodeCertificates,
): Handshake {
  const clientHello = decodeClientHello(transcript.clientHello)
  const serverHello = decodeServerHello(transcript.serverHello)
  checkServerHello(clientHello, serverHello)
  const [endEntity, ...others] = readCertificates(transcript.certificate)
  if (endEntity === undefined) throw misbehaving('the server sent no certificate')
  const { version, cipherSuite } = serverHello
  const exchange = decodeServerKeyExchange(transcript.serverKeyExchange, serverHello)
  const { scheme, schemeCode, signature, params, group, curve, primeBits } = exchange
  if (scheme === undefined || signature === undefined) throw unsigned(cipherSuite)
  if (schemeCode !== undefined && !clientHello.signatureSchemes?.includes(schemeCode)) {
    throw misbehaving(`the server signed with ${scheme}, which was not offered`)
  }
  if (!fitsSigner(scheme, suiteKind(cipherSuite).signer)) {
    throw misbehaving(
      `the server signed with ${scheme}, which does not fit ${cipherSuiteName(cipherSuite)}`,
    )
  }
  if (curve !== undefined && !clientHello.groups?.includes(curve)) {
    throw misbehaving(`the server chose group ${groupName(curve)}, which was not offered`)
  }
  if (curve !== undefined && !CURVE_POINT_LENGTH.has(group)) {
    throw incompatible(`the server chose group ${group}`)
  }
  const status = transcript.certificateStatus
  if (status && !announcesStatus(serverHello)) {
    throw misbehaving('the server sent a CertificateStatus without announcing it')
  }
  const { random: clientRandom, serverName } = clientHello
  const { random: serverRandom } = serverHello
  return {
    version,
    cipherSuite,
    clientRandom,
    serverRandom,
    serverName,
    certificates: [endEntity, ...others],
    ocspResponse: status && decodeCertificateStatus(status),
    group,
    primeBits,
    scheme,
    signature,
    signedBytes: signedBytes({ clientRandom, serverRandom, params }),
  }
}

/** The certificates of a Certificate message, of which a longer list than any real one is refused. Throws DecodeError. */
export function decodeCertificates(message: Uint8Array): readonly Uint8Array[] {
  return decodeCertificateMessage(message, undefined, MAX_CERTIFICATES)
}

/** Refuses a ServerHello that does not answer this ClientHello, or that leads to no signature. */
export function checkServerHello(offer: ClientHello, answer: ServerHello): void {
  checkAnswer(offer, answer)
  const { signer } = suiteKind(answer.cipherSuite)
  if (signer !== 'RSA' && signer !== 'ECDSA') throw unsigned(answer.cipherSuite)
}

/** Refuses a ServerHello that does not answer this ClientHello. */
export function checkAnswer(offer: ClientHello, answer: ServerHello): void {
  if (answer.version > offer.version) {
    throw misbehaving(`the server chose ${versionName(answer.version)}, which was not offered`)
  }
  if (answer.version < VERSION.tls10 || answer.version > VERSION.tls12) {
    throw incompatible(`the server chose ${versionName(answer.version)}`)
  }
  if (answer.compression !== 0) {
    throw misbehaving(`the server chose compression method ${answer.compression}`)
  }
  if (!offer.cipherSuites.includes(answer.cipherSuite)) {
    throw misbehaving(
      `the server chose ${cipherSuiteName(answer.cipherSuite)}, which was not offered`,
    )
  }
  const offered = new Set(offer.extensions.map(({ type }) => type))
  for (const { type } of answer.extensions) {
    // renegotiation_info may answer TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 §3.6)
    if (!offered.has(type) && type !== EXTENSION.renegotiation_info) {
      throw misbehaving(`the server sent ${extensionName(type)}, which was not offered`)
    }
  }
}

/** Whether a CertificateStatus may follow the Certificate message (RFC 6066 §8). */
export function announcesStatus(serverHello: ServerHello): boolean {
  return serverHello.extensions.some(({ type }) => type === EXTENSION.status_request)
}

/** alert: the AlertDescription to send, when illegal_parameter is not the one. */
export function misbehaving(message: string, alert?: number): HandshakeError {
  return new HandshakeError('misbehaving-peer', message, alert)
}

export function incompatible(message: string): HandshakeError {
  return new HandshakeError('incompatible-peer', message)
}

function unsigned(cipherSuite: number): HandshakeError {
  return incompatible(`${cipherSuiteName(cipherSuite)} has no signed key exchange`)
}

/** ECDHE_ECDSA suites sign with ECDSA or EdDSA, the RSA ones with RSA (RFC 8422 §2.1, RFC 8446 §4.2.3). */
function fitsSigner(scheme: string, signer: string | undefined): boolean {
  return signer === 'RSA' ? /^rsa_/.test(scheme) : /^(ecdsa_|ed25519$|ed448$)/.test(scheme)
}
