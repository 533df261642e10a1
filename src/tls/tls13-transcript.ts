// A TLS 1.3 handshake up to CertificateVerify as one consistent whole: what the server answered must be what the client
// offered, and what it signed is the hash of it all (RFC 8446 §4.1 to §4.4).

import { concat, utf8 } from '../encoding/index.ts'
import { tryDecode } from '../errors.ts'
import { decodeSpki, type PublicKey } from '../signature/index.ts'
import { spkiOf } from '../x509/index.ts'
import { tls13Cipher } from './cipher-suites.ts'
import { hashMessages, messageHash, type ScheduleHash } from './key-schedule.ts'
import { decodeServerHello, type Extension, MAX_CERTIFICATES } from './messages.ts'
import { EXTENSION, extensionName, groupName, signatureSchemeName, VERSION } from './registry.ts'
import {
  checkKept,
  checkOffered,
  checkSecondHello,
  checkTls13Answer,
  readRetry,
  readTls13Offer,
  type Tls13Offer,
} from './tls13-hello.ts'
import {
  type CertificateEntry,
  decodeEncryptedExtensions,
  decodeStaple,
  decodeTls13Certificate,
  decodeTls13CertificateRequest,
  decodeTls13CertificateVerify,
} from './tls13-messages.ts'
import { type Handshake, misbehaving } from './transcript.ts'

/** Handshake messages, verbatim and in the order of the wire, each with its 4-byte header. */
export interface Tls13Transcript {
  /** There is a first ClientHello when there is a HelloRetryRequest, and only then. */
  readonly firstClientHello?: Uint8Array
  readonly helloRetryRequest?: Uint8Array
  readonly clientHello: Uint8Array
  readonly serverHello: Uint8Array
  readonly encryptedExtensions: Uint8Array
  readonly certificateRequest?: Uint8Array
  readonly certificate: Uint8Array
  readonly certificateVerify: Uint8Array
}

/** The messages of a transcript so far, in the order of the wire. */
function messagesOf(transcript: Partial<Tls13Transcript>): readonly Uint8Array[] {
  return ORDER.flatMap((name) => transcript[name] ?? [])
}

/** The messages as they are hashed: after a HelloRetryRequest a message_hash stands for the first (RFC 8446 §4.4.1). */
export function hashedMessages(
  hash: ScheduleHash,
  transcript: Partial<Tls13Transcript>,
): readonly Uint8Array[] {
  const { firstClientHello, ...others } = transcript
  const rest = messagesOf(others)
  return firstClientHello ? [messageHash(hash, firstClientHello), ...rest] : rest
}

/** Throws DecodeError on a message that does not parse, HandshakeError on one that does not fit the others. */
export function readTls13Transcript(transcript: Tls13Transcript): Handshake {
  const { offer, cipherSuite, random, group } = readHellos(transcript)
  checkEncryptedExtensions(offer, decodeEncryptedExtensions(transcript.encryptedExtensions))
  const { certificateRequest } = transcript
  if (certificateRequest) decodeTls13CertificateRequest(certificateRequest)
  const entries = decodeTls13Certificate(transcript.certificate, undefined, MAX_CERTIFICATES)
  for (const { extensions } of entries) checkEntryExtensions(offer, extensions)
  const [endEntity, ...others] = entries
  if (endEntity === undefined) throw misbehaving('the server sent no certificate', DECODE_ERROR)
  const { schemeCode, signature } = decodeTls13CertificateVerify(transcript.certificateVerify)
  const scheme = signatureSchemeName(schemeCode)
  if (!offer.signatureSchemes?.includes(schemeCode)) {
    throw misbehaving(`the server signed with ${scheme}, which was not offered`)
  }
  checkScheme(scheme, endEntity)
  return {
    version: VERSION.tls13,
    cipherSuite,
    clientRandom: offer.random,
    serverRandom: random,
    serverName: offer.serverName,
    certificates: [endEntity.certificate, ...others.map(({ certificate }) => certificate)],
    ocspResponse: stapleOf(endEntity),
    group: groupName(group),
    primeBits: undefined,
    scheme,
    signature,
    signedBytes: signedContent(transcript, cipherSuite),
  }
}

interface Hellos {
  readonly offer: Tls13Offer
  readonly cipherSuite: number
  /** server_random. */
  readonly random: Uint8Array
  readonly group: number
}

/** The hellos of both sides, judged together. */
function readHellos(
  transcript: Pick<
    Tls13Transcript,
    'firstClientHello' | 'helloRetryRequest' | 'clientHello' | 'serverHello'
  >,
): Hellos {
  const { firstClientHello, helloRetryRequest } = transcript
  const offer = readTls13Offer(transcript.clientHello)
  const answer = decodeServerHello(transcript.serverHello)
  const share = checkTls13Answer(offer, answer)
  if (firstClientHello && helloRetryRequest) {
    const first = readTls13Offer(firstClientHello)
    const retry = readRetry(first, decodeServerHello(helloRetryRequest))
    checkSecondHello(first, retry, offer)
    checkKept(retry, answer, share)
  } else if (firstClientHello || helloRetryRequest) {
    throw misbehaving('a first ClientHello and a HelloRetryRequest require each other')
  } else if (offer.cookie) {
    throw misbehaving('the client sent a cookie that the server had not sent')
  }
  const { cipherSuite, random } = answer
  return { offer, cipherSuite, random, group: share.group }
}

/** Those that belong into the hellos or into Certificate are refused here (RFC 8446 §4.2). */
function checkEncryptedExtensions(offer: Tls13Offer, extensions: readonly Extension[]): void {
  checkOffered(offer, extensions)
  for (const { type } of extensions) {
    if (ELSEWHERE.includes(type)) {
      throw misbehaving(`the server sent ${extensionName(type)} in EncryptedExtensions`)
    }
  }
}

/** Those of a certificate are about that certificate alone (RFC 8446 §4.2). */
function checkEntryExtensions(offer: Tls13Offer, extensions: readonly Extension[]): void {
  checkOffered(offer, extensions)
  for (const { type } of extensions) {
    if (!ENTRY_EXTENSIONS.includes(type)) {
      throw misbehaving(`the server sent ${extensionName(type)} in Certificate`)
    }
  }
}

/** Refuses what TLS 1.3 does not sign with, and what does not fit the end entity's key (RFC 8446 §4.2.3). */
function checkScheme(scheme: string, { certificate }: CertificateEntry): void {
  const fits = SCHEMES.get(scheme)
  if (!fits) throw misbehaving(`the server signed with ${scheme} in TLS 1.3`)
  const spki = spkiOf(certificate)
  // A key that cannot be read verifies nothing, which is not for here to say
  const key = spki && tryDecode(() => decodeSpki(spki))
  if (key && !fits(key))
    throw misbehaving(`the server signed with ${scheme}, which does not fit its key`)
}

function stapleOf({ extensions }: CertificateEntry): Uint8Array | undefined {
  const staple = extensions.find(({ type }) => type === EXTENSION.status_request)
  return staple && decodeStaple(staple)
}

function signedContent(transcript: Tls13Transcript, cipherSuite: number): Uint8Array {
  const { certificateVerify: _, ...before } = transcript
  const hash = tls13Cipher(cipherSuite)?.hash ?? 'sha256'
  return certificateVerifyContent(hash, hashedMessages(hash, before))
}

/** What a server signs: 64 spaces, the context string, a zero, and the hash of the messages up to Certificate (RFC 8446 §4.4.3). */
export function certificateVerifyContent(
  hash: ScheduleHash,
  hashed: readonly Uint8Array[],
): Uint8Array {
  return concat(CONTEXT, hashMessages(hash, hashed))
}

const ORDER = [
  'firstClientHello',
  'helloRetryRequest',
  'clientHello',
  'serverHello',
  'encryptedExtensions',
  'certificateRequest',
  'certificate',
  'certificateVerify',
] as const satisfies readonly (keyof Tls13Transcript)[]

type Fits = (key: PublicKey) => boolean

const isEcdsa =
  (curve: string): Fits =>
  (key) =>
    key.type === 'ec' && key.curve === curve
const isRsa =
  (pss: boolean): Fits =>
  (key) =>
    key.type === 'rsa' && (key.pss !== undefined) === pss

/** The schemes of a TLS 1.3 CertificateVerify and their keys: no RSASSA-PKCS1-v1_5, no SHA-1. */
const SCHEMES: ReadonlyMap<string, Fits> = new Map<string, Fits>([
  ['ecdsa_sha256', isEcdsa('P-256')],
  ['ecdsa_sha384', isEcdsa('P-384')],
  ['ecdsa_sha512', isEcdsa('P-521')],
  ['ed25519', ({ type }) => type === 'ed25519'],
  ['ed448', ({ type }) => type === 'ed448'],
  ...['sha256', 'sha384', 'sha512'].flatMap((hash): [string, Fits][] => [
    [`rsa_pss_rsae_${hash}`, isRsa(false)],
    [`rsa_pss_pss_${hash}`, isRsa(true)],
  ]),
])

/** Extensions of the hellos, of Certificate, and of CertificateRequest, which EncryptedExtensions can't have (RFC 8446 §4.2). */
const ELSEWHERE: readonly number[] = [
  EXTENSION.status_request,
  EXTENSION.signature_algorithms,
  EXTENSION.signed_certificate_timestamp,
  EXTENSION.padding,
  EXTENSION.pre_shared_key,
  EXTENSION.supported_versions,
  EXTENSION.cookie,
  EXTENSION.psk_key_exchange_modes,
  EXTENSION.certificate_authorities,
  EXTENSION.oid_filters,
  EXTENSION.post_handshake_auth,
  EXTENSION.signature_algorithms_cert,
  EXTENSION.key_share,
]

/** Extensions of an entry of Certificate. */
const ENTRY_EXTENSIONS: readonly number[] = [
  EXTENSION.status_request,
  EXTENSION.signed_certificate_timestamp,
]

const CONTEXT = utf8(`${' '.repeat(64)}TLS 1.3, server CertificateVerify\0`)

/** AlertDescription (RFC 8446 §6.2). */
const DECODE_ERROR = 50
