import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import fc from 'fast-check'
import { type Field, Writer } from '../../src/encoding/presentation.ts'
import { DecodeError } from '../../src/errors.ts'
import { decodeServerKeyExchange, signedBytes } from '../../src/tls/key-exchange.ts'
import {
  decodeCertificateMessage,
  decodeCertificateStatus,
  decodeClientHello,
  decodeServerHello,
  decodeServerHelloDone,
  encodeMessage,
  serverTimeOf,
} from '../../src/tls/messages.ts'
import { casesOf } from '../support/harness/sweep-step.ts'
import { capture } from '../support/make/handshake.ts'
import { dheParams, ecdheParams, explicitCurveParams } from '../support/make/key-exchange.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { recordConnections } from '../support/servers/recorder.ts'
import { endEntities } from '../support/servers/servers.ts'

const [p256, rsa] = endEntities(mintTestPki({ endEntityKeys: ['p256', 'rsa-2048'] }))
const ECDHE = { version: 0x0303, cipherSuite: 0xc02b }
const DHE = { version: 0x0303, cipherSuite: 0x009e }

function fails(work: () => unknown, code: string, struct?: string): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof DecodeError, String(error))
    assert.equal(error.code, code, error.message)
    if (struct !== undefined) assert.equal(error.struct, struct)
    return true
  })
}

/** A message around a body. */
function message(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return encodeMessage(type, Buffer.concat(parts))
}

/** The messages of plain handshake records, each with its header. */
function messagesOf(stream: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let at = 0; stream[at] === 22; ) {
    const length = (stream[at + 3] ?? 0) * 256 + (stream[at + 4] ?? 0)
    parts.push(stream.subarray(at + 5, at + 5 + length))
    at += 5 + length
  }
  const bytes = Buffer.concat(parts)
  const messages: Uint8Array[] = []
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readUIntBE(at + 1, 3)
    messages.push(bytes.subarray(at, end))
    at = end
  }
  return messages
}

describe('messages of OpenSSL, as recorded', () => {
  let client: Uint8Array[] = []
  let server: Uint8Array[] = []
  const find = (type: number): Uint8Array => {
    const found = [...client, ...server].find(([first]) => first === type)
    assert.ok(found, `no message ${type}`)
    return found
  }
  before(async () => {
    const [recorded] = await recordConnections({ endEntity: p256, ocsp: Uint8Array.of(0x30, 0) }, [
      { maxVersion: 'TLSv1.2', servername: 'localhost', requestOCSP: true, ALPNProtocols: ['h2'] },
    ])
    assert.ok(recorded)
    client = messagesOf(recorded.client)
    server = messagesOf(recorded.server)
  })

  test('a ClientHello says what is offered', () => {
    const hello = decodeClientHello(find(1))
    assert.equal(hello.version, 0x0303)
    assert.equal(hello.random.length, 32)
    assert.equal(hello.serverName, 'localhost')
    assert.ok(hello.cipherSuites.includes(0xc02b))
    assert.ok(hello.groups?.includes(0x001d))
    assert.ok(hello.signatureSchemes?.includes(0x0403))
    assert.ok(hello.extensions.some(({ type }) => type === 16))
  })

  test('a ServerHello says what is chosen', () => {
    const hello = decodeServerHello(find(2))
    assert.equal(hello.version, 0x0303)
    assert.equal(hello.cipherSuite >> 8, 0xc0)
    assert.equal(hello.compression, 0)
    assert.equal(serverTimeOf(hello.random), Buffer.from(hello.random).readUInt32BE())
    assert.ok(hello.extensions.some(({ type }) => type === 5))
  })

  test('the others hold what the server was given', () => {
    assert.deepEqual(
      decodeCertificateMessage(find(11)).map((der) => Buffer.from(der)),
      p256.certificates.map((der) => Buffer.from(der)),
    )
    assert.deepEqual([...decodeCertificateStatus(find(22))], [0x30, 0])
    const exchange = decodeServerKeyExchange(find(12), decodeServerHello(find(2)))
    assert.deepEqual(
      [exchange.group, exchange.curve, exchange.primeBits, exchange.scheme],
      ['x25519', 0x001d, undefined, 'ecdsa_sha256'],
    )
    assert.equal(exchange.params.length, 1 + 2 + 1 + 32)
    decodeServerHelloDone(find(14))
  })
})

interface Kind {
  readonly name: string
  readonly bytes: Uint8Array
  readonly decode: (bytes: Uint8Array, trace?: Field[]) => unknown
  /** Innermost fields at whose end, or within which, the message may end with every length agreeing. */
  readonly mayEndIn: readonly string[]
}

const whole = capture({
  endEntity: p256,
  ocsp: Uint8Array.of(0x30, 0),
  hello: { serverName: 'a.b' },
})
const overDhe = capture({ endEntity: rsa, keyExchange: 'dhe' })
const KINDS: readonly Kind[] = [
  {
    name: 'ClientHello',
    bytes: whole.clientHello,
    decode: decodeClientHello,
    mayEndIn: [
      'compression_method',
      'extensions',
      'host_name',
      'extended_master_secret',
      'extension_data',
      'named_group',
      'signature_scheme',
      'renegotiation_info',
      'ec_point_formats',
      'status_request',
      'server_name',
    ],
  },
  {
    name: 'ServerHello',
    bytes: whole.transcript.serverHello,
    decode: decodeServerHello,
    mayEndIn: ['compression_method', 'extensions', 'status_request'],
  },
  {
    name: 'Certificate',
    bytes: whole.transcript.certificate,
    decode: decodeCertificateMessage,
    mayEndIn: ['certificate_list', 'certificate'],
  },
  {
    name: 'CertificateStatus',
    bytes: whole.transcript.certificateStatus ?? new Uint8Array(0),
    decode: decodeCertificateStatus,
    mayEndIn: ['ocsp_response'],
  },
  {
    name: 'ServerKeyExchange',
    bytes: whole.transcript.serverKeyExchange,
    decode: (bytes, trace) => decodeServerKeyExchange(bytes, ECDHE, trace),
    mayEndIn: ['signature'],
  },
  {
    name: 'ServerKeyExchange',
    bytes: overDhe.transcript.serverKeyExchange,
    decode: (bytes, trace) => decodeServerKeyExchange(bytes, DHE, trace),
    mayEndIn: ['signature'],
  },
  {
    name: 'ServerHelloDone',
    bytes: whole.messages.at(-1) ?? new Uint8Array(0),
    decode: (bytes, trace) => decodeServerHelloDone(bytes, trace),
    mayEndIn: ['length'],
  },
]

/** Bytes of the length before a field's content. */
function prefixOf(field: Field): number {
  return field.length - field.bytes.length
}

/** The message cut at `end`, every length around the cut made to agree with it. */
function cutAt(bytes: Uint8Array, fields: readonly Field[], end: number): Uint8Array {
  const cut = bytes.slice(0, end)
  const agree = (at: number, size: number): void => {
    let length = end - at - size
    for (let i = at + size - 1; i >= at; i--, length >>= 8) cut[i] = length & 0xff
  }
  const descend = (level: readonly Field[]): void => {
    for (const field of level) {
      const prefix = prefixOf(field)
      if (prefix === 0 || field.offset + prefix > end || field.offset + field.length <= end)
        continue
      agree(field.offset, prefix)
      descend(field.fields ?? [])
    }
  }
  if (end >= 4) agree(1, 3)
  descend(fields)
  return cut
}

/** The innermost field in which, or right behind which, this offset lies. */
function innermost(fields: readonly Field[], end: number): string {
  const field = fields.findLast(({ offset, length, bytes }) =>
    length === 0 ? offset <= end : offset + (length - bytes.length) <= end && offset < end,
  )
  if (field === undefined) return ''
  const within = field.fields && field.offset + field.length >= end
  return (within && innermost(field.fields ?? [], end)) || field.name
}

for (const { name, bytes, decode, mayEndIn } of KINDS) {
  describe(`${name} of ${bytes.length} bytes`, () => {
    const fields: Field[] = []
    decode(bytes, fields)

    test('parses, and its fields lie side by side from the first byte to the last', () => {
      assert.equal(cover(fields, 0), bytes.length)
    })

    test('is refused when cut at any length', () => {
      for (let length = 0; length < bytes.length; length++) {
        fails(() => decode(bytes.subarray(0, length)), 'truncated', name)
      }
    })

    test('is refused when cut at any length with the lengths around the cut agreeing', () => {
      const ends = new Set<string>()
      let refused = 0
      for (let end = 4; end < bytes.length; end++) {
        try {
          decode(cutAt(bytes, fields, end))
          ends.add(innermost(fields, end))
        } catch (error) {
          assert.ok(error instanceof DecodeError, String(error))
          refused++
        }
      }
      for (const end of ends) assert.ok(mayEndIn.includes(end), `accepted an end in ${end}`)
      assert.ok(refused > 0 || bytes.length <= 4)
    })

    test('is refused with bytes behind it, inside or outside of its length', () => {
      fails(() => decode(Buffer.concat([bytes, Uint8Array.of(0)])), 'trailing-bytes', name)
      const body = bytes.subarray(4)
      assert.throws(() => decode(message(bytes[0] ?? 0, body, Uint8Array.of(0))), DecodeError)
    })

    test('is refused under the type of another message', () => {
      for (let type = 0; type < 256; type++) {
        if (type === bytes[0]) continue
        fails(() => decode(Uint8Array.from([type, ...bytes.subarray(1)])), 'invalid-value', name)
      }
    })

    test('gives nothing but DecodeError for any byte changed, and for any bytes at all', () => {
      const arbitrary = fc.oneof(
        fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)).map(([at, value]) => {
          const changed = bytes.slice()
          changed[at] = value
          return changed
        }),
        fc.uint8Array({ maxLength: 200 }).map((body) => message(bytes[0] ?? 0, body)),
        fc.uint8Array({ maxLength: 64 }),
      )
      fc.assert(
        fc.property(arbitrary, (input) => {
          try {
            decode(input, [])
          } catch (error) {
            assert.ok(error instanceof DecodeError, String(error))
          }
        }),
        { numRuns: casesOf(500) },
      )
    })
  })
}

/** Checks that fields follow each other from `start`, inside too; gives the end. */
function cover(fields: readonly Field[], start: number): number {
  let at = start
  for (const field of fields) {
    assert.equal(field.offset, at, field.name)
    const prefix = prefixOf(field)
    assert.ok(prefix >= 0 && prefix <= 3, field.name)
    if (field.fields) assert.equal(cover(field.fields, at + prefix), at + field.length, field.name)
    at += field.length
  }
  return at
}

describe('hello extensions', () => {
  const extension = (type: number, content: Uint8Array): Uint8Array =>
    new Writer().u16(type).opaque(2, content).done()
  const withExtensions = (...list: readonly Uint8Array[]): Uint8Array => {
    const block = new Writer().opaque(2, Buffer.concat(list)).done()
    const start = new Writer().u16(0x0303).bytes(new Uint8Array(32)).u8(0)
    return message(1, start.u16(2, 0xc02b).u8(1, 0).bytes(block).done())
  }
  const sni = (...entries: readonly Uint8Array[]): Uint8Array =>
    extension(0, new Writer().opaque(2, Buffer.concat(entries)).done())
  const host = (name: string, type = 0): Uint8Array =>
    new Writer().u8(type).opaque(2, Buffer.from(name, 'latin1')).done()

  test('no type may come twice in either hello', () => {
    const twice = [extension(23, new Uint8Array(0)), extension(23, new Uint8Array(0))]
    fails(() => decodeClientHello(withExtensions(...twice)), 'invalid-value')
    const { transcript } = capture({
      endEntity: p256,
      extensions: [
        { type: 23, body: new Uint8Array(0) },
        { type: 23, body: new Uint8Array(0) },
      ],
    })
    fails(() => decodeServerHello(transcript.serverHello), 'invalid-value')
  })

  test('unknown types and GREASE are kept', () => {
    const list = [extension(0x0a0a, new Uint8Array(0)), extension(0xfefe, Uint8Array.of(1, 2))]
    const { extensions } = decodeClientHello(withExtensions(...list))
    assert.deepEqual(
      extensions.map(({ type, content }) => [type, [...content]]),
      [
        [0x0a0a, []],
        [0xfefe, [1, 2]],
      ],
    )
  })

  test('server_name holds one host name in printable ASCII', () => {
    const name = (list: Uint8Array): string | undefined =>
      decodeClientHello(withExtensions(list)).serverName
    assert.equal(name(sni(host('Example.ORG'))), 'Example.ORG')
    assert.equal(name(sni(host('x'.repeat(60000)))), 'x'.repeat(60000))
    for (const bad of ['', 'a b', 'a\0b', 'a\u007f', 'a\u00e4']) {
      assert.throws(() => name(sni(host(bad))), DecodeError, JSON.stringify(bad))
    }
    fails(() => name(sni(host('a'), host('b'))), 'trailing-bytes')
    fails(() => name(sni(host('a', 1))), 'invalid-value')
    fails(() => name(sni()), 'invalid-length')
  })

  test('lists of groups and schemes are never empty and never odd', () => {
    for (const type of [10, 13]) {
      const list = (...bytes: number[]): Uint8Array =>
        withExtensions(extension(type, new Writer().opaque(2, Uint8Array.from(bytes)).done()))
      decodeClientHello(list(4, 3))
      fails(() => decodeClientHello(list()), 'invalid-length')
      fails(() => decodeClientHello(list(4, 3, 4)), 'truncated')
    }
  })

  test('a ClientHello offers the null compression method and at least one suite', () => {
    const hello = (suites: Uint8Array, compression: Uint8Array): Uint8Array => {
      const writer = new Writer().u16(0x0303).bytes(new Uint8Array(32)).u8(0)
      return message(1, writer.opaque(2, suites).opaque(1, compression).done())
    }
    const { groups, signatureSchemes, serverName } = decodeClientHello(
      hello(Uint8Array.of(0xc0, 0x2b), Uint8Array.of(1, 0)),
    )
    assert.deepEqual([groups, signatureSchemes, serverName], [undefined, undefined, undefined])
    fails(() => decodeClientHello(hello(new Uint8Array(0), Uint8Array.of(0))), 'invalid-length')
    fails(() => decodeClientHello(hello(new Uint8Array(3), Uint8Array.of(0))), 'truncated')
    fails(() => decodeClientHello(hello(new Uint8Array(2), Uint8Array.of(1))), 'invalid-value')
  })

  test('a session id has at most 32 bytes', () => {
    const { transcript } = capture({ endEntity: p256, sessionId: new Uint8Array(33) })
    fails(() => decodeServerHello(transcript.serverHello), 'invalid-length')
  })
})

test('a ServerHello of a TLS 1.3 draft has neither session id nor compression', () => {
  const body = new Writer().u16(0x7f12).bytes(new Uint8Array(32)).u16(0x1301)
  const hello = decodeServerHello(message(2, body.u16(0).done()))
  assert.deepEqual([hello.version, hello.cipherSuite, hello.compression], [0x7f12, 0x1301, 0])
})

test('a CertificateStatus holds an OCSP response and nothing else', () => {
  fails(() => decodeCertificateStatus(message(22, Uint8Array.of(2, 0, 0, 1, 0))), 'invalid-value')
  fails(() => decodeCertificateStatus(message(22, Uint8Array.of(1, 0, 0, 0))), 'invalid-length')
})

test('a certificate list may be empty, a certificate may not', () => {
  assert.deepEqual(decodeCertificateMessage(message(11, Uint8Array.of(0, 0, 0))), [])
  fails(
    () => decodeCertificateMessage(message(11, Uint8Array.of(0, 0, 3, 0, 0, 0))),
    'invalid-length',
  )
})

describe('ECDHE params', () => {
  const exchange = (params: Uint8Array): Uint8Array =>
    message(12, params, Uint8Array.of(4, 3, 0, 1, 0xaa))
  const decode = (params: Uint8Array): ReturnType<typeof decodeServerKeyExchange> =>
    decodeServerKeyExchange(exchange(params), ECDHE)

  test('each known curve has its one length of point', () => {
    for (const [curve, group, length] of [
      [0x0017, 'secp256r1', 65],
      [0x0018, 'secp384r1', 97],
      [0x0019, 'secp521r1', 133],
      [0x001d, 'x25519', 32],
      [0x001e, 'x448', 56],
    ] as const) {
      const params = ecdheParams(curve)
      assert.equal(params.length, 4 + length)
      const decoded = decode(params)
      assert.deepEqual([decoded.group, decoded.curve], [group, curve])
      assert.deepEqual(Buffer.from(decoded.params), Buffer.from(params))
      for (const wrong of [length - 1, length + 1]) {
        fails(() => decode(ecdheParams(curve, new Uint8Array(wrong).fill(4))), 'invalid-length')
      }
    }
  })

  test('a point is uncompressed, a curve named', () => {
    fails(() => decode(ecdheParams(0x0017, new Uint8Array(65).fill(6))), 'invalid-value')
    fails(() => decode(ecdheParams(0x0017, new Uint8Array(33).fill(2))), 'invalid-length')
    fails(() => decode(explicitCurveParams()), 'invalid-value')
    for (const type of [0, 2, 4, 255]) {
      fails(() => decode(Uint8Array.from([type, ...ecdheParams().subarray(1)])), 'invalid-value')
    }
  })

  test('a curve that was given up keeps its name and any point', () => {
    assert.equal(decode(ecdheParams(0x000e, new Uint8Array(145).fill(4))).group, 'sect571r1')
    assert.equal(decode(ecdheParams(0x7777, Uint8Array.of(1))).group, '0x7777')
    fails(() => decode(ecdheParams(0x7777, new Uint8Array(0))), 'invalid-length')
  })
})

describe('DHE params', () => {
  const P = 1000003n
  const bytesOf = (value: bigint): Uint8Array => {
    const hex = value.toString(16)
    return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  }
  const decode = (p: bigint | Uint8Array, g: bigint, ys: bigint): string => {
    const parts = [p, g, ys].map((value) => (typeof value === 'bigint' ? bytesOf(value) : value))
    const writer = new Writer()
    for (const part of parts) writer.opaque(2, part)
    const bytes = message(12, writer.done(), Uint8Array.of(4, 1, 0, 1, 0xaa))
    return decodeServerKeyExchange(bytes, DHE).group
  }

  test('the group is known by the bits of its prime', () => {
    const decoded = decodeServerKeyExchange(overDhe.transcript.serverKeyExchange, DHE)
    assert.deepEqual([decoded.group, decoded.primeBits, decoded.curve], ['dh2048', 2048, undefined])
    assert.equal(decode(P, 2n, 5n), 'dh20')
    assert.equal(decode(Uint8Array.from([0, 0, ...bytesOf(P)]), 2n, 5n), 'dh20')
    const small = message(12, dheParams('modp2'), Uint8Array.of(4, 1, 0, 1, 0xaa))
    assert.equal(decodeServerKeyExchange(small, DHE).group, 'dh1024')
  })

  test('generator and share lie between 1 and the prime minus 1', () => {
    assert.equal(decode(P, P - 2n, P - 2n), 'dh20')
    for (const bad of [0n, 1n, P - 1n, P, P + 5n]) {
      fails(() => decode(P, bad, 5n), 'invalid-value')
      fails(() => decode(P, 2n, bad), 'invalid-value')
    }
  })

  test('the prime is odd, and has at most 16384 bits', () => {
    fails(() => decode(P - 1n, 2n, 5n), 'invalid-value')
    fails(() => decode(0n, 2n, 5n), 'invalid-value')
    assert.equal(decode((1n << 16384n) - 1n, 2n, 5n), 'dh16384')
    fails(() => decode((1n << 16392n) - 1n, 2n, 5n), 'invalid-length')
    fails(() => decode(new Uint8Array(0), 2n, 5n), 'invalid-length')
  })
})

describe('the signature', () => {
  test('has its scheme with it from TLS 1.2 on, and implied by the suite before', () => {
    const old = capture({ endEntity: rsa, version: 0x0301 }).transcript.serverKeyExchange
    const decode = (version: number, cipherSuite: number): readonly (string | undefined)[] => {
      const { scheme, schemeCode } = decodeServerKeyExchange(old, { version, cipherSuite })
      return [scheme, schemeCode?.toString(16)]
    }
    for (const version of [0x0300, 0x0301, 0x0302]) {
      assert.deepEqual(decode(version, 0xc013), ['rsa_pkcs1_md5_sha1', undefined])
      assert.deepEqual(decode(version, 0xc009), ['ecdsa_sha1', undefined])
    }
    assert.throws(() => decode(0x0303, 0xc013), DecodeError)
    const dss = capture({ endEntity: rsa, version: 0x0301, keyExchange: 'dhe' }).transcript
    const negotiated = { version: 0x0301, cipherSuite: 0x0032 }
    const { scheme } = decodeServerKeyExchange(dss.serverKeyExchange, negotiated)
    assert.equal(scheme, 'dsa_sha1')
  })

  test('is not there in an anonymous key exchange', () => {
    for (const [params, cipherSuite] of [
      [ecdheParams(), 0xc018],
      [dheParams('modp1'), 0x0034],
    ] as const) {
      const negotiated = { version: 0x0303, cipherSuite }
      const exchange = decodeServerKeyExchange(message(12, params), negotiated)
      assert.deepEqual([exchange.scheme, exchange.signature], [undefined, undefined])
      const signed = message(12, params, Uint8Array.of(4, 1, 0, 1, 0xaa))
      fails(() => decodeServerKeyExchange(signed, negotiated), 'trailing-bytes')
    }
  })

  test('covers the weak key of an export suite', () => {
    const params = new Writer().opaque(2, new Uint8Array(64).fill(0xff)).opaque(2, Uint8Array.of(3))
    const bytes = message(12, params.done(), Uint8Array.of(0, 1, 0xaa))
    const { group, scheme } = decodeServerKeyExchange(bytes, { version: 0x0301, cipherSuite: 3 })
    assert.deepEqual([group, scheme], ['rsa512', 'rsa_pkcs1_md5_sha1'])
  })

  test('belongs to no suite that has no ServerKeyExchange', () => {
    for (const cipherSuite of [0x009c, 0x00a8, 0x1301, 0x0a0a, 0xc004]) {
      const { serverKeyExchange } = whole.transcript
      const negotiated = { version: 0x0303, cipherSuite }
      fails(() => decodeServerKeyExchange(serverKeyExchange, negotiated), 'invalid-value')
    }
  })

  test('is over the two randoms and the params', () => {
    const parts = [1, 2, 3].map((value) => new Uint8Array(value === 3 ? 5 : 32).fill(value))
    const [clientRandom, serverRandom, params] = parts as [Uint8Array, Uint8Array, Uint8Array]
    assert.deepEqual(
      Buffer.from(signedBytes({ clientRandom, serverRandom, params })),
      Buffer.concat(parts),
    )
  })
})
