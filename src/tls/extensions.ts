// What is inside the extensions of a hello that verification does not judge, for a trace: RFC 6066, 7301, 7366, 8446, 8449
// and others. What does not parse here is noted as malformed, and refused nowhere.

import { type Field, type Meaning, Reader } from '../encoding/index.ts'
import { groupName, signatureSchemeName, versionName } from './registry.ts'

/** Whose extensions they are: of a hello, by its sender, or of an entry of TLS 1.3's Certificate. */
export type ExtensionPlace = 'client' | 'server' | 'certificate'

/** Puts the fields that are in the extensions of a message's trace in the place of their opaque content. */
export function expandExtensions(of: ExtensionPlace, fields: Field[]): void {
  for (const [at, field] of fields.entries()) {
    if (field.name === 'extensions' && field.fields) {
      fields[at] = { ...field, fields: expandBlock(of, field.fields) }
    }
    if (field.name === 'certificate_list' && field.fields) {
      const entries = [...field.fields]
      expandExtensions(of, entries)
      fields[at] = { ...field, fields: entries }
    }
  }
}

function expandBlock(of: ExtensionPlace, fields: readonly Field[]): Field[] {
  let type = 0
  return fields.map((field): Field => {
    if (field.name === 'extension_type')
      type = field.bytes.reduce((sum, byte) => sum * 256 + byte, 0)
    const [content] = field.fields ?? []
    if (content?.name !== 'extension_data') return field
    const inside: Field[] = []
    const reader = new Reader(field.name, content.bytes, content.offset, inside)
    reader.rest('extension_data', READERS[of].get(type))
    return { ...field, fields: inside }
  })
}

type Read = (reader: Reader) => unknown

/** opaque ProtocolName<1..2^8-1>; ProtocolName protocol_name_list<2..2^16-1>; (RFC 7301 §3.1) */
const readProtocols: Read = (reader) => readEnded(reader.sub(2, 'protocol_name_list'), readNames)

const readNames: Read = (reader) => reader.list((r) => r.opaque(1, 'protocol_name', 1))

/** SignatureScheme supported_signature_algorithms<2..2^16-2>; (RFC 8446 §4.2.3) */
const readSchemes: Read = (reader) =>
  readEnded(reader.sub(2, 'supported_signature_algorithms'), (schemes) =>
    schemes.list((r) => r.u16('signature_scheme', signatureSchemeName)),
  )

/** NamedGroup named_group_list<2..2^16-1>; (RFC 8446 §4.2.7) */
const readGroups: Read = (reader) =>
  readEnded(reader.sub(2, 'named_group_list'), (groups) =>
    groups.list((r) => r.u16('named_group', groupName)),
  )

/** struct { NamedGroup group; opaque key_exchange<1..2^16-1>; } KeyShareEntry; (RFC 8446 §4.2.8) */
const readShare: Read = (reader) => {
  reader.u16('group', groupName)
  reader.opaque(2, 'key_exchange', 1)
}

/** struct { CertificateStatusType status_type; ResponderID responder_id_list<0..2^16-1>; Extensions request_extensions; } */
const readStatusRequest: Read = (reader) => {
  reader.u8('status_type', named({ 1: 'ocsp', 2: 'ocsp_multi' }))
  readEnded(reader.sub(2, 'responder_id_list'), (ids) =>
    ids.list((r) => r.opaque(2, 'responder_id', 1)),
  )
  reader.opaque(2, 'request_extensions')
}

/** struct { CertificateStatusType status_type; uint16 request_length; request } certificate_status_req_list<1..2^16-1>; */
const readStatusRequests: Read = (reader) =>
  readEnded(reader.sub(2, 'certificate_status_req_list'), (requests) =>
    requests.list((r) => {
      r.u8('status_type', named({ 1: 'ocsp', 2: 'ocsp_multi' }))
      r.opaque(2, 'request')
    }),
  )

/** SerializedSCT sct_list<1..2^16-1>; (RFC 6962 §3.3) */
const readTimestamps: Read = (reader) =>
  readEnded(reader.sub(2, 'sct_list'), (list) =>
    list.list((r) =>
      readEnded(r.sub(2, 'sct', 1), (sct) => {
        const version = sct.u8('sct_version', named({ 0: 'v1' }))
        if (version !== 0) return sct.rest('body')
        sct.bytes(32, 'log_id')
        sct.bytes(8, 'timestamp')
        sct.opaque(2, 'ct_extensions')
        sct.u16('signature_scheme', signatureSchemeName)
        return sct.opaque(2, 'signature')
      }),
    ),
  )

/** PskIdentity identities<7..2^16-1>; PskBinderEntry binders<33..2^16-1>; (RFC 8446 §4.2.11) */
const readPreSharedKeys: Read = (reader) => {
  readEnded(reader.sub(2, 'identities'), (identities) =>
    identities.list((r) => {
      r.opaque(2, 'identity', 1)
      r.bytes(4, 'obfuscated_ticket_age')
    }),
  )
  readEnded(reader.sub(2, 'binders'), (binders) => binders.list((r) => r.opaque(1, 'binder', 32)))
}

/** struct { ECHClientHelloType type; HpkeSymmetricCipherSuite cipher_suite; uint8 config_id; enc; payload } (RFC 9849 §5) */
const readEncryptedHello: Read = (reader) => {
  if (reader.u8('ech_type', named({ 0: 'outer', 1: 'inner' })) !== 0) return
  reader.u16('kdf_id')
  reader.u16('aead_id')
  reader.u8('config_id')
  reader.opaque(2, 'enc')
  reader.opaque(2, 'payload', 1)
}

/** struct { SRTPProtectionProfile profiles<2..2^16-1>; opaque srtp_mki<0..255>; } UseSRTPData; (RFC 5764 §4.1.1) */
const readSrtp: Read = (reader) => {
  readEnded(reader.sub(2, 'srtp_protection_profiles'), (list) => list.list((r) => r.u16('profile')))
  reader.opaque(1, 'srtp_mki')
}

/** A list of numbers of one byte behind its length. */
function bytesIn(list: string, item: string, meaning?: Meaning): Read {
  return (reader) =>
    readEnded(reader.sub(1, list, 1), (r) => r.list((one) => one.u8(item, meaning)))
}

/** One number. */
function oneByte(name: string, meaning: Meaning): Read {
  return (reader) => reader.u8(name, meaning)
}

function named(names: Readonly<Record<number, string>>): Meaning {
  return (value) => names[value] ?? 'unknown'
}

/** struct { CertificateStatusType status_type; opaque OCSPResponse<1..2^24-1>; } CertificateStatus; (RFC 8446 §4.4.2.1) */
const readStaple: Read = (reader) => {
  reader.u8('status_type', named({ 1: 'ocsp' }))
  reader.opaque(3, 'ocsp_response', 1)
}

function readEnded(reader: Reader, read: Read): void {
  read(reader)
  reader.end()
}

const POINT_FORMATS = named({
  0: 'uncompressed',
  1: 'ansiX962_compressed_prime',
  2: 'ansiX962_compressed_char2',
})
const CERTIFICATE_TYPES = named({ 0: 'X509', 1: 'OpenPGP', 2: 'RawPublicKey', 3: '1609Dot2' })
const COMPRESSIONS = named({ 1: 'zlib', 2: 'brotli', 3: 'zstd' })

/** With the same content on both sides. */
const OF_BOTH: readonly (readonly [number, Read])[] = [
  [
    1,
    oneByte('max_fragment_length', (n) => (n >= 1 && n <= 4 ? `${2 ** (8 + n)} bytes` : 'unknown')),
  ],
  [10, readGroups],
  [11, bytesIn('ec_point_format_list', 'ec_point_format', POINT_FORMATS)],
  [13, readSchemes],
  [14, readSrtp],
  [
    15,
    oneByte('heartbeat_mode', named({ 1: 'peer_allowed_to_send', 2: 'peer_not_allowed_to_send' })),
  ],
  [16, readProtocols],
  [18, readTimestamps],
  [28, (reader) => reader.u16('record_size_limit', (size) => `${size} bytes`)],
  [35, (reader) => reader.bytes(reader.left, 'ticket')],
  [44, (reader) => reader.opaque(2, 'cookie', 1)],
  [50, readSchemes],
  [0x4469, readProtocols],
  [0x44cd, readProtocols],
  [0xff01, (reader) => reader.opaque(1, 'renegotiated_connection')],
]

const OF_CLIENT: ReadonlyMap<number, Read> = new Map<number, Read>([
  ...OF_BOTH,
  [5, readStatusRequest],
  [17, readStatusRequests],
  [19, bytesIn('client_certificate_types', 'certificate_type', CERTIFICATE_TYPES)],
  [20, bytesIn('server_certificate_types', 'certificate_type', CERTIFICATE_TYPES)],
  [21, (reader) => reader.bytes(reader.left, 'zeros')],
  [
    27,
    (reader) =>
      readEnded(reader.sub(1, 'algorithms', 2), (list) =>
        list.list((r) => r.u16('algorithm', COMPRESSIONS)),
      ),
  ],
  [34, readSchemes],
  [41, readPreSharedKeys],
  [
    43,
    (reader) =>
      readEnded(reader.sub(1, 'versions', 2), (list) =>
        list.list((r) => r.u16('version', versionName)),
      ),
  ],
  [45, bytesIn('ke_modes', 'ke_mode', named({ 0: 'psk_ke', 1: 'psk_dhe_ke' }))],
  [
    47,
    (reader) =>
      readEnded(reader.sub(2, 'authorities', 3), (list) =>
        list.list((r) => r.opaque(2, 'distinguished_name', 1)),
      ),
  ],
  [51, (reader) => readEnded(reader.sub(2, 'client_shares'), (list) => list.list(readShare))],
  [0xfe0d, readEncryptedHello],
])

const OF_SERVER: ReadonlyMap<number, Read> = new Map<number, Read>([
  ...OF_BOTH,
  [19, oneByte('client_certificate_type', CERTIFICATE_TYPES)],
  [20, oneByte('server_certificate_type', CERTIFICATE_TYPES)],
  [41, (reader) => reader.u16('selected_identity')],
  [43, (reader) => reader.u16('selected_version', versionName)],
  // A HelloRetryRequest has the group alone
  [51, (reader) => (reader.left === 2 ? reader.u16('group', groupName) : readShare(reader))],
  [0x3374, readNames],
])

const OF_CERTIFICATE: ReadonlyMap<number, Read> = new Map<number, Read>([
  ...OF_BOTH,
  [5, readStaple],
])

const READERS: Readonly<Record<ExtensionPlace, ReadonlyMap<number, Read>>> = {
  client: OF_CLIENT,
  server: OF_SERVER,
  certificate: OF_CERTIFICATE,
}
