// Code points of TLS and their registered names (IANA "TLS Parameters"), and what a cipher suite's name says.

import { suiteName } from './cipher-suites.ts'

/** ContentType (RFC 5246 §6.2.1, RFC 6520 §6). */
export const CONTENT_TYPE = {
  change_cipher_spec: 20,
  alert: 21,
  handshake: 22,
  application_data: 23,
  heartbeat: 24,
} as const

/** ProtocolVersion (RFC 5246 §6.2.1). */
export const VERSION = {
  ssl30: 0x0300,
  tls10: 0x0301,
  tls11: 0x0302,
  tls12: 0x0303,
  tls13: 0x0304,
} as const

const VERSIONS: ReadonlyMap<number, string> = new Map([
  [0x0002, 'SSL 2.0'],
  [0x0300, 'SSL 3.0'],
  [0x0301, 'TLS 1.0'],
  [0x0302, 'TLS 1.1'],
  [0x0303, 'TLS 1.2'],
  [0x0304, 'TLS 1.3'],
])

/** HandshakeType (RFC 5246 §7.4, RFC 8446 §4 and the registry). */
export const HANDSHAKE_TYPE = {
  hello_request: 0,
  client_hello: 1,
  server_hello: 2,
  new_session_ticket: 4,
  encrypted_extensions: 8,
  certificate: 11,
  server_key_exchange: 12,
  certificate_request: 13,
  server_hello_done: 14,
  certificate_verify: 15,
  client_key_exchange: 16,
  finished: 20,
  certificate_status: 22,
  key_update: 24,
  /** Stands for the first ClientHello in a transcript (RFC 8446 §4.4.1). */
  message_hash: 254,
} as const

const HANDSHAKE_NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'HelloRequest'],
  [1, 'ClientHello'],
  [2, 'ServerHello'],
  [3, 'HelloVerifyRequest'],
  [4, 'NewSessionTicket'],
  [5, 'EndOfEarlyData'],
  [8, 'EncryptedExtensions'],
  [11, 'Certificate'],
  [12, 'ServerKeyExchange'],
  [13, 'CertificateRequest'],
  [14, 'ServerHelloDone'],
  [15, 'CertificateVerify'],
  [16, 'ClientKeyExchange'],
  [20, 'Finished'],
  [21, 'CertificateURL'],
  [22, 'CertificateStatus'],
  [23, 'SupplementalData'],
  [24, 'KeyUpdate'],
  [25, 'CompressedCertificate'],
  [67, 'NextProtocol'],
  [254, 'message_hash'],
])

/** ExtensionType (RFC 5246 §7.4.1.4 and the registry): those this client sends or judges. */
export const EXTENSION = {
  server_name: 0,
  status_request: 5,
  supported_groups: 10,
  ec_point_formats: 11,
  signature_algorithms: 13,
  signed_certificate_timestamp: 18,
  client_certificate_type: 19,
  server_certificate_type: 20,
  padding: 21,
  encrypt_then_mac: 22,
  extended_master_secret: 23,
  delegated_credential: 34,
  pre_shared_key: 41,
  early_data: 42,
  supported_versions: 43,
  cookie: 44,
  psk_key_exchange_modes: 45,
  certificate_authorities: 47,
  oid_filters: 48,
  post_handshake_auth: 49,
  signature_algorithms_cert: 50,
  key_share: 51,
  renegotiation_info: 0xff01,
} as const

/** CertificateType that ServerHello or EncryptedExtensions choose (RFC 7250 §3). */
export const CERTIFICATE_TYPE = {
  x509: 0,
  raw_public_key: 2,
} as const

/** ExtensionType (IANA "TLS ExtensionType Values"), by code point from 0 on. */
const EXTENSIONS: readonly string[] = [
  'server_name',
  'max_fragment_length',
  'client_certificate_url',
  'trusted_ca_keys',
  'truncated_hmac',
  'status_request',
  'user_mapping',
  'client_authz',
  'server_authz',
  'cert_type',
  'supported_groups',
  'ec_point_formats',
  'srp',
  'signature_algorithms',
  'use_srtp',
  'heartbeat',
  'application_layer_protocol_negotiation',
  'status_request_v2',
  'signed_certificate_timestamp',
  'client_certificate_type',
  'server_certificate_type',
  'padding',
  'encrypt_then_mac',
  'extended_master_secret',
  'token_binding',
  'cached_info',
  'tls_lts',
  'compress_certificate',
  'record_size_limit',
  'pwd_protect',
  'pwd_clear',
  'password_salt',
  'ticket_pinning',
  'tls_cert_with_extern_psk',
  'delegated_credential',
  'session_ticket',
  'TLMSP',
  'TLMSP_proxying',
  'TLMSP_delegate',
  'supported_ekt_ciphers',
  'extension_40',
  'pre_shared_key',
  'early_data',
  'supported_versions',
  'cookie',
  'psk_key_exchange_modes',
  'extension_46',
  'certificate_authorities',
  'oid_filters',
  'post_handshake_auth',
  'signature_algorithms_cert',
  'key_share',
  'transparency_info',
  'connection_id_deprecated',
  'connection_id',
  'external_id_hash',
  'external_session_id',
  'quic_transport_parameters',
  'ticket_request',
  'dnssec_chain',
  'sequence_number_encryption_algorithms',
  'rrc',
  'tls_flags',
]

/** Far off the others: two of the registry, and what browsers sent before it was registered, or never was. */
const FAR_EXTENSIONS: ReadonlyMap<number, string> = new Map([
  [0x3374, 'next_protocol_negotiation'],
  [0x4469, 'application_settings_old'],
  [0x44cd, 'application_settings'],
  [0x754f, 'channel_id_old'],
  [0x7550, 'channel_id'],
  [0xfd00, 'ech_outer_extensions'],
  [0xfe0d, 'encrypted_client_hello'],
  [0xff01, 'renegotiation_info'],
])

/** NamedGroup (RFC 4492 §5.1.1, RFC 8422 §5.1.1, RFC 7919 §2). */
const GROUPS: ReadonlyMap<number, string> = new Map([
  [0x0001, 'sect163k1'],
  [0x0002, 'sect163r1'],
  [0x0003, 'sect163r2'],
  [0x0004, 'sect193r1'],
  [0x0005, 'sect193r2'],
  [0x0006, 'sect233k1'],
  [0x0007, 'sect233r1'],
  [0x0008, 'sect239k1'],
  [0x0009, 'sect283k1'],
  [0x000a, 'sect283r1'],
  [0x000b, 'sect409k1'],
  [0x000c, 'sect409r1'],
  [0x000d, 'sect571k1'],
  [0x000e, 'sect571r1'],
  [0x000f, 'secp160k1'],
  [0x0010, 'secp160r1'],
  [0x0011, 'secp160r2'],
  [0x0012, 'secp192k1'],
  [0x0013, 'secp192r1'],
  [0x0014, 'secp224k1'],
  [0x0015, 'secp224r1'],
  [0x0016, 'secp256k1'],
  [0x0017, 'secp256r1'],
  [0x0018, 'secp384r1'],
  [0x0019, 'secp521r1'],
  [0x001a, 'brainpoolP256r1'],
  [0x001b, 'brainpoolP384r1'],
  [0x001c, 'brainpoolP512r1'],
  [0x001d, 'x25519'],
  [0x001e, 'x448'],
  [0x001f, 'brainpoolP256r1tls13'],
  [0x0020, 'brainpoolP384r1tls13'],
  [0x0021, 'brainpoolP512r1tls13'],
  [0x0029, 'curveSM2'],
  [0x0100, 'ffdhe2048'],
  [0x0101, 'ffdhe3072'],
  [0x0102, 'ffdhe4096'],
  [0x0103, 'ffdhe6144'],
  [0x0104, 'ffdhe8192'],
  [0x11eb, 'SecP256r1MLKEM768'],
  [0x11ec, 'X25519MLKEM768'],
  [0x11ed, 'SecP384r1MLKEM1024'],
  [0xff01, 'arbitrary_explicit_prime_curves'],
  [0xff02, 'arbitrary_explicit_char2_curves'],
])

/**
 * Bytes of a public key in the only form accepted for each curve (RFC 8422 §5.4.1: uncompressed, or raw). Curves that
 * are not here were given up since, and lead to no statement.
 */
export const CURVE_POINT_LENGTH: ReadonlyMap<string, number> = new Map([
  ['secp256r1', 65],
  ['secp384r1', 97],
  ['secp521r1', 133],
  ['brainpoolP256r1', 65],
  ['brainpoolP384r1', 97],
  ['brainpoolP512r1', 129],
  ['x25519', 32],
  ['x448', 56],
])

/**
 * SignatureScheme (RFC 8446 §4.2.3), spelled in TLS 1.2's meaning: for ECDSA the hash is the scheme's and the curve
 * is the key's. SignatureAndHashAlgorithm (RFC 5246 §7.4.1.4.1) has the same code points.
 */
const SIGNATURE_SCHEMES: ReadonlyMap<number, string> = new Map([
  [0x0101, 'rsa_pkcs1_md5'],
  [0x0102, 'dsa_md5'],
  [0x0103, 'ecdsa_md5'],
  [0x0201, 'rsa_pkcs1_sha1'],
  [0x0202, 'dsa_sha1'],
  [0x0203, 'ecdsa_sha1'],
  [0x0301, 'rsa_pkcs1_sha224'],
  [0x0302, 'dsa_sha224'],
  [0x0303, 'ecdsa_sha224'],
  [0x0401, 'rsa_pkcs1_sha256'],
  [0x0402, 'dsa_sha256'],
  [0x0403, 'ecdsa_sha256'],
  [0x0501, 'rsa_pkcs1_sha384'],
  [0x0502, 'dsa_sha384'],
  [0x0503, 'ecdsa_sha384'],
  [0x0601, 'rsa_pkcs1_sha512'],
  [0x0602, 'dsa_sha512'],
  [0x0603, 'ecdsa_sha512'],
  [0x0804, 'rsa_pss_rsae_sha256'],
  [0x0805, 'rsa_pss_rsae_sha384'],
  [0x0806, 'rsa_pss_rsae_sha512'],
  [0x0807, 'ed25519'],
  [0x0808, 'ed448'],
  [0x0809, 'rsa_pss_pss_sha256'],
  [0x080a, 'rsa_pss_pss_sha384'],
  [0x080b, 'rsa_pss_pss_sha512'],
])

const ALERTS: ReadonlyMap<number, string> = new Map([
  [0, 'close_notify'],
  [10, 'unexpected_message'],
  [20, 'bad_record_mac'],
  [21, 'decryption_failed'],
  [22, 'record_overflow'],
  [30, 'decompression_failure'],
  [40, 'handshake_failure'],
  [41, 'no_certificate'],
  [42, 'bad_certificate'],
  [43, 'unsupported_certificate'],
  [44, 'certificate_revoked'],
  [45, 'certificate_expired'],
  [46, 'certificate_unknown'],
  [47, 'illegal_parameter'],
  [48, 'unknown_ca'],
  [49, 'access_denied'],
  [50, 'decode_error'],
  [51, 'decrypt_error'],
  [52, 'too_many_cids_requested'],
  [60, 'export_restriction'],
  [70, 'protocol_version'],
  [71, 'insufficient_security'],
  [80, 'internal_error'],
  [86, 'inappropriate_fallback'],
  [90, 'user_canceled'],
  [100, 'no_renegotiation'],
  [109, 'missing_extension'],
  [110, 'unsupported_extension'],
  [111, 'certificate_unobtainable'],
  [112, 'unrecognized_name'],
  [113, 'bad_certificate_status_response'],
  [114, 'bad_certificate_hash_value'],
  [115, 'unknown_psk_identity'],
  [116, 'certificate_required'],
  [117, 'general_error'],
  [120, 'no_application_protocol'],
  [121, 'ech_required'],
])

/** ProtocolVersion of the versions whose key exchange a server signs, by the names that users write. */
export const TLS_VERSIONS = {
  '1.0': VERSION.tls10,
  '1.1': VERSION.tls11,
  '1.2': VERSION.tls12,
} as const

/** "1.0", "1.1" or "1.2". */
export type TlsVersion = keyof typeof TLS_VERSIONS

/** Throws RangeError for anything else. */
export function versionCode(version: TlsVersion): number {
  if (Object.hasOwn(TLS_VERSIONS, version)) return TLS_VERSIONS[version]
  throw new RangeError(`expected TLS version 1.0, 1.1 or 1.2, got ${version}`)
}

/** Name of a code point, or its hex when the registry does not know it. */
export const versionName = (code: number): string =>
  VERSIONS.get(code) ?? (code >> 8 === 0x7f ? `TLS 1.3 draft ${code & 0xff}` : hex(code))
export const handshakeName = (code: number): string =>
  HANDSHAKE_NAMES.get(code) ?? `handshake_${code}`
export const extensionName = (code: number): string =>
  EXTENSIONS[code] ?? FAR_EXTENSIONS.get(code) ?? hex(code)
export const cipherSuiteName = (code: number): string => suiteName(code) ?? hex(code)
export const groupName = (code: number): string => GROUPS.get(code) ?? hex(code)
export const signatureSchemeName = (code: number): string =>
  SIGNATURE_SCHEMES.get(code) ?? hex(code)
/** CompressionMethod (RFC 5246 §7.4.1.2, RFC 3749 §2, RFC 3943 §2). */
export const compressionName = (code: number): string =>
  ({ 0: 'null (no compression)', 1: 'DEFLATE', 64: 'LZS' })[code] ?? 'unknown'
export const alertName = (code: number): string => ALERTS.get(code) ?? `alert_${code}`
/** AlertLevel (RFC 5246 §7.2). */
export const alertLevelName = (code: number): string =>
  ({ 1: 'warning', 2: 'fatal' })[code] ?? `level_${code}`
export const contentTypeName = (code: number): string =>
  Object.entries(CONTENT_TYPE).find(([, type]) => type === code)?.[0] ?? `type_${code}`

/** How keys are exchanged; undefined for kinds that never come with a signed statement (PSK, static DH, ...). */
export type KeyExchange = 'ECDHE' | 'DHE' | 'RSA' | 'anon'

/** What a cipher suite's name says of its ServerKeyExchange (RFC 5246 §7.4.3, RFC 8422 §2). */
export interface SuiteKind {
  readonly keyExchange: KeyExchange | undefined
  /** The key that signs ServerKeyExchange; undefined when nothing is signed. */
  readonly signer: 'RSA' | 'ECDSA' | 'DSS' | undefined
}

export function suiteKind(code: number): SuiteKind {
  const name = suiteName(code) ?? ''
  const kind = /^TLS_(?:(ECDHE|DHE)_(RSA|ECDSA|DSS)|(?:EC)?DH_(anon)|(RSA))_/.exec(
    name.replace(/_EXPORT(?:1024)?_/, '_'),
  )
  if (!kind || /_RSA_PSK_/.test(name)) return { keyExchange: undefined, signer: undefined }
  const keyExchange = (kind[1] ?? kind[3] ?? kind[4]) as KeyExchange
  return { keyExchange, signer: kind[2] as SuiteKind['signer'] }
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(4, '0')}`
}
