// The one ClientHello that this client sends (RFC 5246 §7.4.1.2, RFC 8446 §4.1.2): what it offers decides what servers can answer.

import { utf8, Writer } from '../encoding/index.ts'
import { suiteCipher } from './cipher-suites.ts'
import { encodeMessage } from './messages.ts'
import { EXTENSION, HANDSHAKE_TYPE, VERSION } from './registry.ts'

/** struct { NamedGroup group; opaque key_exchange<1..2^16-1>; } KeyShareEntry; (RFC 8446 §4.2.8) */
export interface KeyShareEntry {
  readonly group: number
  readonly keyExchange: Uint8Array
}

/** What a ClientHello is made of. */
export interface HelloOptions {
  /** 32 bytes. */
  readonly clientRandom: Uint8Array
  /** A DNS name for server_name; left out for an IP address (RFC 6066 §3). */
  readonly serverName?: string
  /** Ask for a stapled OCSP response (RFC 6066 §8). */
  readonly statusRequest: boolean
  /** The version to offer, and with it what goes with that version; default TLS 1.2. */
  readonly version?: number
  /** Offer RSA key transport too, which signs nothing; default false. */
  readonly keyTransport?: boolean
  /** Offer these and no others, whatever the version. */
  readonly cipherSuites?: readonly number[]
  /** Offer these and no others. */
  readonly groups?: readonly number[]
  /** Offer these and no others. */
  readonly signatureSchemes?: readonly number[]
  /** 0 to 32 bytes; default none. TLS 1.3 has random ones, so that old boxes on the way take it for TLS 1.2 (RFC 8446 §D.4). */
  readonly sessionId?: Uint8Array
  /** Public keys for TLS 1.3; default none. */
  readonly keyShares?: readonly KeyShareEntry[]
  /** As a HelloRetryRequest had it (RFC 8446 §4.2.2). */
  readonly cookie?: Uint8Array | undefined
}

/**
 * The ClientHello: one version, no session, no compression. TLS 1.3 without a key share is for asking whether a server
 * speaks it: that makes the server name its choice and ask for one (RFC 8446 §4.1.4). SHA-256 schemes stay in the list
 * whatever else is, since some servers hold them against their chain; each ECDSA key needs its own curve in the groups.
 */
export function encodeClientHello(options: HelloOptions): Uint8Array {
  if (options.clientRandom.length !== 32)
    throw new RangeError('expected a client_random of 32 bytes')
  const { version = VERSION.tls12, cipherSuites = usualSuites(options) } = options
  const { sessionId = new Uint8Array(0) } = options
  const body = new Writer()
    .u16(Math.min(version, VERSION.tls12))
    .bytes(options.clientRandom)
    .opaque(1, sessionId)
    .opaque(2, new Writer().u16(...cipherSuites).done())
    .opaque(1, Uint8Array.of(0))
    .opaque(2, encodeExtensions(options))
    .done()
  return encodeMessage(HANDSHAKE_TYPE.client_hello, body)
}

function usualSuites({ version = VERSION.tls12, keyTransport }: HelloOptions): readonly number[] {
  if (version > VERSION.tls12) return TLS13_SUITES
  return [...SIGNING_SUITES, ...(keyTransport ? KEY_TRANSPORT_SUITES : [])].filter(
    (suite) => version >= VERSION.tls12 || !suiteCipher(suite)?.tls12Only,
  )
}

function encodeExtensions(options: HelloOptions): Uint8Array {
  const { serverName, statusRequest, version = VERSION.tls12 } = options
  const { groups = usualGroups(version), signatureSchemes = SIGNATURE_SCHEMES } = options
  const block = new Writer()
  const add = (type: number, content: Writer): Writer => block.u16(type).opaque(2, content.done())
  if (serverName !== undefined) {
    const entry = new Writer().u8(0).opaque(2, utf8(serverName))
    add(EXTENSION.server_name, new Writer().opaque(2, entry.done()))
  }
  if (version <= VERSION.tls12) {
    add(EXTENSION.extended_master_secret, new Writer())
    add(EXTENSION.renegotiation_info, new Writer().opaque(1, new Uint8Array(0)))
  }
  add(EXTENSION.supported_groups, new Writer().opaque(2, new Writer().u16(...groups).done()))
  if (version <= VERSION.tls12) {
    add(EXTENSION.ec_point_formats, new Writer().opaque(1, Uint8Array.of(0)))
  }
  if (statusRequest) {
    const empty = new Uint8Array(0)
    add(EXTENSION.status_request, new Writer().u8(1).opaque(2, empty).opaque(2, empty))
  }
  // Clients that offer no TLS 1.2 must not send it (RFC 5246 §7.4.1.4.1)
  if (version >= VERSION.tls12) {
    const schemes = new Writer().u16(...signatureSchemes).done()
    add(EXTENSION.signature_algorithms, new Writer().opaque(2, schemes))
  }
  if (version > VERSION.tls12) addTls13Extensions(options, version, add)
  return block.done()
}

function addTls13Extensions(
  { keyShares = [], cookie }: HelloOptions,
  version: number,
  add: (type: number, content: Writer) => void,
): void {
  add(EXTENSION.supported_versions, new Writer().opaque(1, new Writer().u16(version).done()))
  if (cookie !== undefined) add(EXTENSION.cookie, new Writer().opaque(2, cookie))
  const shares = new Writer()
  for (const { group, keyExchange } of keyShares) shares.u16(group).opaque(2, keyExchange)
  add(EXTENSION.key_share, new Writer().opaque(2, shares.done()))
}

function usualGroups(version: number): readonly number[] {
  return version > VERSION.tls12 ? CURVE_GROUPS : GROUPS
}

/** Each kind of key exchange with AES-GCM and ChaCha20 first and CBC for old servers last. */
export const SIGNING_SUITES: readonly number[] = [
  // ECDHE_ECDSA
  0xc02b, 0xc02c, 0xcca9, 0xc023, 0xc024, 0xc009, 0xc00a,
  // ECDHE_RSA
  0xc02f, 0xc030, 0xcca8, 0xc027, 0xc028, 0xc013, 0xc014,
  // DHE_RSA
  0x009e, 0x009f, 0xccaa, 0x0067, 0x006b, 0x0033, 0x0039,
]

/** RSA key transport, in the same order. */
const KEY_TRANSPORT_SUITES = [0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035]

/** RFC 8446 §B.4. */
const TLS13_SUITES = [0x1301, 0x1302, 0x1303]

/** x25519, secp256r1, secp384r1, secp521r1, ffdhe2048. */
export const GROUPS: readonly number[] = [0x001d, 0x0017, 0x0018, 0x0019, 0x0100]

/** x25519, secp256r1, secp384r1, secp521r1: those that a complete handshake can compute; in TLS 1.3 a server may ask for any of them. */
export const CURVE_GROUPS: readonly number[] = [0x001d, 0x0017, 0x0018, 0x0019]

/** Each kind of signature from SHA-256 up. */
export const SIGNATURE_SCHEMES: readonly number[] = [
  // ECDSA, EdDSA
  0x0403, 0x0503, 0x0603, 0x0807, 0x0808,
  // RSASSA-PSS
  0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b,
  // RSASSA-PKCS1-v1_5
  0x0401, 0x0501, 0x0601,
]
