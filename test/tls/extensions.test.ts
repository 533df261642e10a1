import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Field, Writer } from '../../src/encoding/presentation.ts'
import { openRoundReader } from '../../src/inspect/recording.ts'
import { encodeMessage } from '../../src/tls/messages.ts'
import { extensionName } from '../../src/tls/registry.ts'

/** The fields in one extension of a hello, whole and in order. */
function inside(sender: 'client' | 'server', type: number, content: Uint8Array): readonly Field[] {
  const hello = new Writer().u16(0x0303).bytes(new Uint8Array(32)).u8(0)
  if (sender === 'client') hello.u16(2, 0xc02b).u8(1, 0)
  else hello.u16(0xc02b).u8(0)
  hello.opaque(2, new Writer().u16(type).opaque(2, content).done())
  const message = encodeMessage(sender === 'client' ? 1 : 2, hello.done())
  const { messages, fault } = openRoundReader()([{ sender, message }])
  assert.equal(fault, undefined)
  const extensions = messages[0]?.fields.find(({ name }) => name === 'extensions')?.fields
  assert.equal(extensions?.length, 2)
  assert.equal(extensions?.[1]?.name, extensionName(type))
  return extensions?.[1]?.fields ?? []
}

/** The innermost fields as "name" or "name: meaning". */
function leaves(fields: readonly Field[]): string[] {
  return fields.flatMap(({ name, meaning, fields: inner }) =>
    inner?.length ? leaves(inner) : [meaning === undefined ? name : `${name}: ${meaning}`],
  )
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
}

const CASES: readonly (readonly ['client' | 'server', number, string, readonly string[]])[] = [
  ['client', 1, '03', ['max_fragment_length: 2048 bytes']],
  ['client', 5, '01 0000 0000', ['status_type: ocsp', 'responder_id_list', 'request_extensions']],
  [
    'client',
    11,
    '02 00 01',
    ['ec_point_format: uncompressed', 'ec_point_format: ansiX962_compressed_prime'],
  ],
  ['client', 14, '0002 0001 00', ['profile', 'srtp_mki']],
  ['client', 15, '01', ['heartbeat_mode: peer_allowed_to_send']],
  ['client', 16, '000c 02 6832 08 687474702f312e31', ['protocol_name', 'protocol_name']],
  ['client', 17, '0007 02 0004 00000000', ['status_type: ocsp_multi', 'request']],
  ['client', 19, '02 00 02', ['certificate_type: X509', 'certificate_type: RawPublicKey']],
  ['client', 21, '0000', ['zeros']],
  ['client', 27, '02 0002', ['algorithm: brotli']],
  ['client', 28, '4001', ['record_size_limit: 16385 bytes']],
  ['client', 35, '0102', ['ticket']],
  [
    'client',
    41,
    `0007 0001 aa 00000001 0021 20 ${'00'.repeat(32)}`,
    ['identity', 'obfuscated_ticket_age', 'binder'],
  ],
  ['client', 43, '04 0304 0303', ['version: TLS 1.3', 'version: TLS 1.2']],
  ['client', 44, '0001 ff', ['cookie']],
  ['client', 45, '02 00 01', ['ke_mode: psk_ke', 'ke_mode: psk_dhe_ke']],
  ['client', 47, '0004 0002 3000', ['distinguished_name']],
  ['client', 50, '0002 0804', ['signature_scheme: rsa_pss_rsae_sha256']],
  ['client', 51, '0005 001d 0001 aa', ['group: x25519', 'key_exchange']],
  [
    'client',
    0xfe0d,
    '00 0001 0001 07 0001 aa 0001 bb',
    ['ech_type: outer', 'kdf_id', 'aead_id', 'config_id', 'enc', 'payload'],
  ],
  ['client', 0xff01, '00', ['renegotiated_connection']],
  ['server', 10, '0002 001d', ['named_group: x25519']],
  [
    'server',
    18,
    `0032 0030 00 ${'11'.repeat(32)} 000001925d3c1800 0000 0403 0001 aa`,
    [
      'sct_version: v1',
      'log_id',
      'timestamp',
      'ct_extensions',
      'signature_scheme: ecdsa_sha256',
      'signature',
    ],
  ],
  ['server', 19, '02', ['client_certificate_type: RawPublicKey']],
  ['server', 41, '0000', ['selected_identity']],
  ['server', 43, '0304', ['selected_version: TLS 1.3']],
  ['server', 51, '0018', ['group: secp384r1']],
  ['server', 51, '001d 0001 aa', ['group: x25519', 'key_exchange']],
  ['server', 0x3374, '02 6832', ['protocol_name']],
]

describe('the content of an extension', () => {
  for (const [sender, type, content, expected] of CASES) {
    test(`${extensionName(type)} of the ${sender} is taken apart`, () => {
      assert.deepEqual(leaves(inside(sender, type, hex(content))), expected)
    })

    test(`${extensionName(type)} of the ${sender} is noted whole when it is malformed`, () => {
      const bytes = Uint8Array.from([...hex(content), 0xee])
      const [only, ...others] = inside(sender, type, bytes)
      // A ticket, padding and ECH of a type that is not known may be anything
      if (['ticket', 'zeros'].includes(only?.name ?? '')) return
      const names = [only, ...others].map((field) => [field?.name, field?.meaning])
      if (type === 0x3374) assert.notEqual(names.length, 0)
      else assert.deepEqual(names, [['extension_data', 'malformed']])
    })
  }

  test('is opaque in an extension that nobody knows, and absent when it is empty', () => {
    assert.deepEqual(leaves(inside('client', 0x0a0a, hex('00'))), ['extension_data'])
    for (const type of [5, 16, 35, 0x0a0a]) assert.deepEqual(inside('server', type, hex('')), [])
  })
})
