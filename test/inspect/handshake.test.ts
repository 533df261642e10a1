import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import fc from 'fast-check'
import { type Field, Writer } from '../../src/encoding/presentation.ts'
import { type HandshakeReport, inspectHandshake } from '../../src/index.ts'
import { signatureOf } from '../../src/inspect/wording.ts'
import { decodeCertificate, spkiOf } from '../../src/x509/certificate.ts'
import { endEntity } from '../support/make/end-entity.ts'
import { encodeMessage, serverFlight } from '../support/make/flight.ts'
import { type CaptureOptions, capture } from '../support/make/handshake.ts'
import { ecdheParams } from '../support/make/key-exchange.ts'
import { mintCertificate, mintKey, mintTestPki } from '../support/make/mint.ts'
import { alertRecord, DELIVERIES, deliver, fragments, record } from '../support/servers/delivery.ts'
import { type RecordedConnection, recordConnections } from '../support/servers/recorder.ts'
import { endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256', 'rsa-2048', 'ed25519'] })
const [p256, rsa, ed25519] = endEntities(pki)

/** The two streams of a handshake in memory. */
function streams(
  options: CaptureOptions,
  delivery?: Parameters<typeof deliver>[1],
): { client: Uint8Array; server: Uint8Array } {
  const { client, stream } = capture(options)
  return { client: client.hello, server: stream(delivery) }
}

function inspect(options: CaptureOptions): HandshakeReport {
  return inspectHandshake(streams(options))
}

function names({ messages }: HandshakeReport, sender: 'client' | 'server' = 'server'): string[] {
  return messages.filter((message) => message.sender === sender).map(({ name }) => name)
}

/** Fields follow each other without gap or overlap, inside too; gives where they end. */
function cover(fields: readonly Field[], start: number): number {
  let at = start
  for (const { name, offset, length, bytes, fields: inner } of fields) {
    assert.equal(offset, at, name)
    const prefix = length - bytes.length
    assert.ok(prefix >= 0 && prefix <= 3, name)
    if (inner?.length) assert.equal(cover(inner, at + prefix), at + length, name)
    at += length
  }
  return at
}

/** Fields are in order and within what is around them, also when there are gaps. */
function staysWithin(fields: readonly Field[], start: number, end: number): void {
  let at = start
  for (const { offset, length, bytes, fields: inner } of fields) {
    assert.ok(offset >= at && offset + length <= end)
    if (inner) staysWithin(inner, offset + length - bytes.length, offset + length)
    at = offset + length
  }
}

/** What fields and messages promise, held against the streams they came from. */
function holdsTogether(
  report: HandshakeReport,
  from: { client?: Uint8Array; server: Uint8Array },
): void {
  for (const { sender, offset, length, fields, name } of report.messages) {
    const stream = sender === 'client' ? from.client : from.server
    assert.equal(cover(fields, 0), length, name)
    assert.deepEqual([fields[0]?.name, fields[1]?.name], ['msg_type', 'length'])
    // A HelloRetryRequest has the type of a ServerHello (RFC 8446 §4.1.4)
    assert.equal(fields[0]?.meaning, name === 'HelloRetryRequest' ? 'ServerHello' : name)
    assert.equal(fields[0]?.bytes[0], stream?.[offset], `${name} at ${offset}`)
  }
}

describe('recordings of OpenSSL', () => {
  let tls12: RecordedConnection[] = []
  let tls13: RecordedConnection[] = []
  let tls10: RecordedConnection | undefined
  let refused: RecordedConnection | undefined
  before(async () => {
    const ocsp = Uint8Array.of(0x30, 0)
    const client = { maxVersion: 'TLSv1.2', servername: 'localhost' } as const
    tls12 = await recordConnections({ endEntity: p256, ocsp, requestCert: true }, [
      { ...client, requestOCSP: true, ALPNProtocols: ['h2', 'http/1.1'] },
      { ...client, session: 'last' },
    ])
    tls13 = await recordConnections({ endEntity: rsa, ecdhCurve: 'P-384' }, [
      { ecdhCurve: 'P-384' },
      { ecdhCurve: 'P-256:P-384' },
    ])
    const ciphers = 'DHE-RSA-AES128-SHA@SECLEVEL=0'
    const minVersion = 'TLSv1'
    const old = { endEntity: rsa, minVersion, ciphers, dhparam: 'auto' } as const
    ;[tls10] = await recordConnections(old, [{ maxVersion: 'TLSv1', minVersion, ciphers }])
    ;[refused] = await recordConnections({ endEntity: p256, minVersion: 'TLSv1.3' }, [client])
  })

  test('TLS 1.2: all of the plain part, nothing of the encrypted one', () => {
    const [first] = tls12
    assert.ok(first)
    const report = inspectHandshake(first)
    assert.equal(report.error, undefined)
    assert.deepEqual(names(report, 'client').slice(0, 3), [
      'ClientHello',
      'Certificate',
      'ClientKeyExchange',
    ])
    assert.deepEqual(names(report), [
      'ServerHello',
      'Certificate',
      'CertificateStatus',
      'ServerKeyExchange',
      'CertificateRequest',
      'ServerHelloDone',
      'NewSessionTicket',
    ])
    const { version, keyExchange, group, scheme, signature } = report
    assert.deepEqual(
      { version, keyExchange, group, scheme, signature },
      {
        version: 'TLS 1.2',
        keyExchange: 'ECDHE',
        group: 'x25519',
        scheme: 'ecdsa_sha256',
        signature: 'valid',
      },
    )
    assert.deepEqual(
      report.certificates.map(({ subject }) => subject),
      ['CN=localhost', 'CN=Test Intermediate'],
    )
    holdsTogether(report, first)
    const ends = report.messages.map(({ sender, offset, length }) =>
      sender === 'server' ? offset + length : 0,
    )
    // ChangeCipherSpec and Finished, at least
    assert.ok(Math.max(...ends) + 6 + 5 + 16 < first.server.length)
  })

  test('what is encrypted may be anything', () => {
    const [first] = tls12
    assert.ok(first)
    const ccs = Buffer.from(first.server).indexOf(Uint8Array.of(20, 3, 3, 0, 1, 1))
    assert.ok(ccs > 0)
    const server = Buffer.concat([first.server.subarray(0, ccs + 6), Buffer.from('junk')])
    assert.deepEqual(inspectHandshake({ ...first, server }), inspectHandshake(first))
  })

  test('a resumed session signs nothing', () => {
    const [, second] = tls12
    assert.ok(second)
    const report = inspectHandshake(second)
    assert.equal(report.error, undefined)
    assert.ok(!names(report).includes('Certificate'))
    assert.deepEqual([report.signature, report.scheme, report.group], ['absent', null, null])
    assert.equal(report.certificates.length, 0)
    holdsTogether(report, second)
  })

  test('TLS 1.3 shows its hellos', () => {
    for (const [i, recorded] of tls13.entries()) {
      const report = inspectHandshake(recorded)
      assert.equal(report.error, undefined)
      // The server of the second had to ask for another group
      assert.deepEqual(names(report), [...(i === 1 ? ['HelloRetryRequest'] : []), 'ServerHello'])
      assert.equal(report.version, 'TLS 1.3')
      assert.match(report.cipherSuite ?? '', /^TLS_(AES|CHACHA20)/)
      const { keyExchange, group, signature } = report
      assert.deepEqual([keyExchange, signature], [null, 'absent'])
      assert.match(group ?? '', /^(?:secp|x25519|X25519)/)
      const serverRandom = Buffer.from(report.serverRandom ?? []).toString('hex')
      assert.ok(!serverRandom.startsWith('cf21ad74'))
      holdsTogether(report, recorded)
    }
  })

  test('TLS 1.0 over DHE is signed with MD5 and SHA-1', () => {
    assert.ok(tls10)
    const report = inspectHandshake(tls10)
    assert.equal(report.error, undefined)
    assert.deepEqual(
      [report.version, report.cipherSuite, report.keyExchange, report.scheme, report.signature],
      ['TLS 1.0', 'TLS_DHE_RSA_WITH_AES_128_CBC_SHA', 'DHE', 'rsa_pkcs1_md5_sha1', 'valid'],
    )
    assert.match(report.group ?? '', /^dh\d{4}$/)
    holdsTogether(report, tls10)
  })

  test('a refusal is an alert', () => {
    assert.ok(refused)
    const report = inspectHandshake(refused)
    assert.equal(report.error, undefined)
    assert.deepEqual(report.alerts, [
      { sender: 'server', offset: 5, level: 2, description: 'protocol_version' },
    ])
    // Only an offer is known
    assert.deepEqual([report.version, report.cipherSuite], ['TLS 1.2', null])
  })
})

describe('the fields of each message', () => {
  test('cover every byte of it, however it was made and delivered', () => {
    const options = fc.record({
      endEntity: fc.constantFrom(p256, rsa, ed25519),
      group: fc.constantFrom(0x0017, 0x0018, 0x0019, 0x001d, 0x001e),
      version: fc.constantFrom(0x0303, 0x0303, 0x0301),
      sessionId: fc.uint8Array({ maxLength: 32 }),
      certificateRequest: fc.boolean(),
      ocsp: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      extensions: fc.uniqueArray(
        fc.record({ type: fc.nat(0xffff), body: fc.uint8Array({ maxLength: 20 }) }),
        { maxLength: 5, selector: ({ type }) => type },
      ),
    })
    fc.assert(
      fc.property(options, fc.constantFrom(...DELIVERIES), (flight, delivery) => {
        // Ed25519 has no implied scheme before TLS 1.2
        const version = flight.endEntity === ed25519 ? 0x0303 : flight.version
        const both = streams({ ...flight, version, hello: { serverName: 'localhost' } }, delivery)
        const report = inspectHandshake(both)
        assert.equal(report.error, undefined)
        assert.equal(report.signature, 'valid')
        assert.equal(report.messages.length, flight.certificateRequest ? 7 : 6)
        holdsTogether(report, both)
      }),
      { numRuns: 60 },
    )
  })

  test('are the same however the message was split', () => {
    const { client, messages } = capture({ endEntity: rsa, ocsp: Uint8Array.of(1) })
    const fieldsOf = (delivery: (typeof DELIVERIES)[number]): unknown =>
      inspectHandshake({
        client: client.hello,
        server: Buffer.concat(deliver(messages, delivery)),
      }).messages.map(({ name, length, fields }) => ({ name, length, fields }))
    for (const delivery of DELIVERIES) {
      assert.deepEqual(fieldsOf(delivery), fieldsOf('whole'), delivery)
    }
  })

  test('of a message that does not parse end at its fault', () => {
    const { client, messages } = capture({ endEntity: p256 })
    const [serverHello, certificate, exchange] = messages as [Uint8Array, Uint8Array, Uint8Array]
    const cut = encodeMessage({ type: 12, body: exchange.subarray(4, 30) })
    const server = Buffer.concat(deliver([serverHello, certificate, cut]))
    const report = inspectHandshake({ client: client.hello, server })
    assert.match(report.error?.message ?? '', /^server: ServerKeyExchange at byte 8: /)
    assert.equal(report.error?.code, 'truncated')
    const fields = report.messages.at(-1)?.fields ?? []
    assert.deepEqual(
      fields.map(({ name }) => name),
      ['msg_type', 'length', 'curve_type', 'named_curve'],
    )
    assert.equal(cover(fields, 0), 7)
    assert.equal(report.signature, 'unsupported')
  })

  test('of a message of an unknown kind are its header and its body', () => {
    const odd = [encodeMessage({ type: 99, body: Uint8Array.of(1, 2) })]
    const server = Buffer.concat(deliver(odd))
    const report = inspectHandshake({ server })
    assert.deepEqual(names(report), ['handshake_99'])
    holdsTogether(report, { server })
  })
})

describe('a recording that ends anywhere', () => {
  const both = streams({ endEntity: p256, ocsp: Uint8Array.of(1), certificateRequest: true })
  const full = inspectHandshake(both)

  for (const delivery of ['whole', 'one-record', 'odd-records'] as const) {
    test(`keeps every whole message, delivered ${delivery}`, () => {
      const { client, server } = streams(
        { endEntity: p256, certificateRequest: true, serverRandom: new Uint8Array(32) },
        delivery,
      )
      const all = inspectHandshake({ client, server }).messages
      for (let length = 0; length < server.length; length++) {
        const report = inspectHandshake({ client, server: server.subarray(0, length) })
        assert.ok(['absent', 'valid'].includes(report.signature), `${length}`)
        const kept = report.messages.length
        assert.deepEqual(
          names(report),
          all.slice(1, kept).map(({ name }) => name),
        )
        const atBorder = report.error === undefined
        assert.ok(atBorder || report.error?.code === 'truncated', report.error?.message)
      }
    })
  }

  test('keeps what the server said when the client’s stream is cut or missing', () => {
    for (let length = 0; length <= both.client.length; length++) {
      const client = both.client.subarray(0, length)
      const report = inspectHandshake({ client, server: both.server })
      const whole = length === both.client.length
      assert.equal(report.signature, whole ? 'valid' : 'unsupported')
      assert.equal(report.cipherSuite, full.cipherSuite)
      assert.deepEqual(names(report), names(full))
    }
    const { server } = both
    const report = inspectHandshake({ server })
    assert.equal(report.error, undefined)
    assert.deepEqual(
      [report.signature, report.clientRandom, report.scheme],
      ['unsupported', null, 'ecdsa_sha256'],
    )
    assert.deepEqual(inspectHandshake({ client: new Uint8Array(0), server }), report)
  })

  test('is empty when nothing is there', () => {
    const report = inspectHandshake({ server: new Uint8Array(0) })
    assert.deepEqual(report, {
      version: null,
      cipherSuite: null,
      keyExchange: null,
      group: null,
      clientRandom: null,
      serverRandom: null,
      serverTime: null,
      scheme: null,
      signature: 'absent',
      certificates: [],
      messages: [],
      alerts: [],
    })
    const offered = inspectHandshake({ client: both.client, server: new Uint8Array(0) })
    assert.deepEqual([offered.version, offered.messages.length], ['TLS 1.2', 1])
  })
})

describe('odd but real handshakes', () => {
  test('SSL 3.0 signs as TLS 1.0 does', () => {
    const report = inspect({ endEntity: rsa, version: 0x0300, extensions: null })
    assert.equal(report.error, undefined)
    assert.deepEqual([report.version, report.signature], ['SSL 3.0', 'valid'])
    assert.equal(report.scheme, 'rsa_pkcs1_md5_sha1')
  })

  test('a ClientHello may come in the form of SSL 2.0', () => {
    const challenge = new Uint8Array(16).fill(0x77)
    const clientRandom = Uint8Array.from([...new Uint8Array(16), ...challenge])
    const body = new Writer().u8(1).u16(0x0301, 9, 0, 16).u24(0x000039, 0x0700c0, 0x00002f)
    const hello = body.bytes(challenge).done()
    const client = new Writer()
      .u16(0x8000 | hello.length)
      .bytes(hello)
      .done()
    const flight = serverFlight({ endEntity: rsa, clientRandom, version: 0x0301 })
    const server = Buffer.concat(deliver(flight.map(encodeMessage)))
    const rest = record(22, encodeMessage({ type: 16, body: Uint8Array.of(1) }))
    const report = inspectHandshake({ client: Buffer.concat([client, rest]), server })
    assert.deepEqual([report.signature, report.error], ['valid', undefined])
    assert.deepEqual([...(report.clientRandom ?? [])], [...clientRandom])
    assert.deepEqual(names(report, 'client'), ['ClientHello', 'ClientKeyExchange'])
    const [first, second] = report.messages
    assert.deepEqual([first?.offset, first?.length], [0, client.length])
    assert.equal(second?.offset, client.length + 5)
    assert.equal(cover(first?.fields ?? [], 0), client.length)
    for (let length = 0; length < client.length; length++) {
      const cut = inspectHandshake({ client: client.subarray(0, length), server })
      assert.deepEqual([cut.signature, cut.messages.length], ['unsupported', flight.length])
    }
  })

  test('compression was once chosen', () => {
    const report = inspect({ endEntity: p256, compression: 1 })
    assert.deepEqual([report.signature, report.error], ['valid', undefined])
  })

  test('curves that were given up sign as well', () => {
    const params = ecdheParams(0x000e, new Uint8Array(145).fill(4))
    const report = inspect({ endEntity: p256, params })
    assert.deepEqual(
      [report.group, report.signature, report.error],
      ['sect571r1', 'valid', undefined],
    )
  })

  test('export suites sign the weak key that they use', () => {
    const modulus = new Uint8Array(64).fill(0xf1)
    const params = new Writer()
      .opaque(2, modulus)
      .opaque(2, Uint8Array.of(1, 0, 1))
      .done()
    const report = inspect({ endEntity: rsa, version: 0x0301, cipherSuite: 0x0003, params })
    assert.deepEqual(
      [report.keyExchange, report.group, report.signature, report.error],
      ['RSA', 'rsa512', 'valid', undefined],
    )
    assert.match(signatureOf(report), /^valid: .*; weak: a 512-bit export key$/)
  })

  test('DSA is a signature that can’t be checked', () => {
    const dss = { version: 0x0301, keyExchange: 'dhe', cipherSuite: 0x0032 } as const
    const report = inspect({ endEntity: rsa, ...dss })
    assert.deepEqual(
      [report.keyExchange, report.group, report.scheme, report.signature, report.error],
      ['DHE', 'dh2048', 'dsa_sha1', 'unsupported', undefined],
    )
  })

  test('neither is one by a key on a curve that is not supported, or by a scheme nobody knows', () => {
    const own = mintCertificate({ subject: 'localhost', key: 'secp256k1' })
    assert.equal(inspect({ endEntity: endEntity(own) }).signature, 'unsupported')
    for (const scheme of [0x0101, 0x0904, 0x0302]) {
      const report = inspect({ endEntity: rsa, scheme })
      assert.deepEqual([report.signature, report.error], ['unsupported', undefined])
    }
  })

  test('anonymous servers and servers without key exchange sign nothing', () => {
    const anon = inspect({ endEntity: p256, keyExchange: 'anon' })
    assert.deepEqual(
      [anon.keyExchange, anon.group, anon.scheme, anon.signature, anon.error],
      ['anon', 'x25519', null, 'absent', undefined],
    )
    const plain = inspect({ endEntity: rsa, keyExchange: 'rsa' })
    assert.deepEqual(
      [plain.keyExchange, plain.signature, plain.error, plain.certificates.length],
      ['RSA', 'absent', undefined, 2],
    )
  })

  test('a ServerKeyExchange that nothing is known of stays whole', () => {
    for (const [cipherSuite, signature] of [
      [0x00aa, 'absent'],
      [0xc035, 'absent'],
      [0xc020, 'unsupported'],
      [0xe013, 'unsupported'],
      [0x0a0a, 'unsupported'],
    ] as const) {
      const both = streams({ endEntity: rsa, cipherSuite })
      const report = inspectHandshake(both)
      assert.deepEqual(
        [report.keyExchange, report.signature, report.error],
        [null, signature, undefined],
        report.cipherSuite ?? '',
      )
      assert.equal(report.messages[3]?.fields[2]?.name, 'body')
      holdsTogether(report, both)
    }
  })

  test('alerts and heartbeats may come between', () => {
    const { client, messages } = capture({ endEntity: p256 })
    const between = Buffer.concat([alertRecord(1, 112), record(24, Uint8Array.of(1, 0, 0))])
    const records = deliver(messages, 'record-by-record').flatMap((one) => [one, between])
    const report = inspectHandshake({ client: client.hello, server: Buffer.concat(records) })
    assert.deepEqual([report.signature, report.error], ['valid', undefined])
    assert.deepEqual(
      report.alerts.map(({ level, description }) => [level, description]),
      Array(messages.length).fill([1, 'unrecognized_name']),
    )
  })

  test('the drafts of TLS 1.3 are told by their number', () => {
    const random = new Uint8Array(32)
    const early = new Writer().u16(0x7f12).bytes(random).u16(0x1301, 0).done()
    const late = new Writer().u16(0x0303).bytes(random).u8(0).u16(0x1302).u8(0)
    const chosen = late.u16(6, 43, 2, 0x7f1c).done()
    for (const [body, version, suite] of [
      [early, 'TLS 1.3 draft 18', 'TLS_AES_128_GCM_SHA256'],
      [chosen, 'TLS 1.3 draft 28', 'TLS_AES_256_GCM_SHA384'],
    ] as const) {
      const server = record(22, encodeMessage({ type: 2, body }))
      const report = inspectHandshake({ server })
      assert.deepEqual(
        [report.version, report.cipherSuite, report.error],
        [version, suite, undefined],
      )
    }
  })
})

describe('what does not parse takes nothing else with it', () => {
  test('a certificate that is not strict DER still has its key', () => {
    const lax = mintCertificate({
      subject: 'localhost',
      key: pki.endEntities[0]?.key ?? mintKey('p256'),
      raw: { serialContent: Uint8Array.of(0, 0, 1) },
    })
    assert.throws(() => decodeCertificate(lax.der))
    const report = inspect({ endEntity: endEntity(lax, pki.intermediate) })
    assert.equal(report.signature, 'valid')
    assert.match(report.error?.message ?? '', /^server: TBSCertificate at byte \d+: /)
    assert.deepEqual(
      report.certificates.map(({ subject }) => subject),
      ['CN=Test Intermediate'],
    )
    const signature = (valid: Uint8Array): Uint8Array => valid.with(-1, (valid.at(-1) ?? 0) ^ 1)
    assert.equal(inspect({ endEntity: endEntity(lax), signature }).signature, 'invalid')
  })

  test('the key found by skimming is the one that is decoded', () => {
    for (const { der } of [pki.root, pki.intermediate, ...pki.endEntities]) {
      assert.deepEqual(spkiOf(der), decodeCertificate(der).spki)
      for (let length = 0; length < der.length; length++) spkiOf(der.subarray(0, length))
    }
    const v1 = mintCertificate({ subject: 'old', raw: { version: null, extensions: null } })
    assert.deepEqual(spkiOf(v1.der), v1.key.spki)
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (der) => void spkiOf(der)))
  })

  test('a certificate that is no certificate at all leaves the signature open', () => {
    const certificates = [Uint8Array.of(0x30, 0)]
    const report = inspect({ endEntity: p256, certificates })
    assert.deepEqual([report.signature, report.certificates.length], ['unsupported', 0])
    assert.equal(inspect({ endEntity: p256, certificates: [] }).signature, 'unsupported')
  })

  test('a hello with a bad extension keeps version, random and suite', () => {
    const { client, stream } = capture({
      endEntity: p256,
      hello: { serverName: 'a.b' },
      extensions: [
        { type: 23, body: new Uint8Array(0) },
        { type: 23, body: new Uint8Array(0) },
      ],
    })
    const hello = Buffer.from(client.hello)
    hello[hello.indexOf('a.b')] = 0x20
    const report = inspectHandshake({ client: hello, server: stream() })
    assert.match(report.error?.message ?? '', /^client: ClientHello.*host name/)
    assert.deepEqual([report.version, report.keyExchange], ['TLS 1.2', 'ECDHE'])
    assert.equal(report.signature, 'valid')
  })

  test('a signature that is wrong, or another’s, is invalid', () => {
    const signature = (valid: Uint8Array): Uint8Array => valid.with(-1, (valid.at(-1) ?? 0) ^ 1)
    assert.equal(inspect({ endEntity: p256, signature }).signature, 'invalid')
    assert.equal(inspect({ endEntity: p256, certificates: rsa.certificates }).signature, 'invalid')
  })

  test('what is not TLS is an error and nothing more', () => {
    for (const text of ['HTTP/1.1 400 Bad Request\r\n', '220 mail\r\n', '\0', '\u0016\u0002']) {
      const report = inspectHandshake({ server: Buffer.from(text, 'latin1') })
      assert.equal(report.error?.code, 'invalid-value')
      assert.deepEqual(report.messages, [])
    }
  })

  test('a Certificate message may be as long as what is kept of a stream', () => {
    const [, ...others] = p256.certificates
    const [intermediate = new Uint8Array(0)] = others
    const certificates = [...p256.certificates]
    while (certificates.length * intermediate.length < 340_000) certificates.push(intermediate)
    const report = inspect({ endEntity: p256, certificates })
    const message = report.messages.find(({ name }) => name === 'Certificate')
    assert.ok(message && message.length > 340_000)
    assert.equal(report.signature, 'valid')
    assert.equal(report.error, undefined)
  })

  test('more plain bytes than any server sends are not read', () => {
    const idle = encodeMessage({ type: 0, body: new Uint8Array(0) })
    const unit = record(22, Buffer.concat(Array<Uint8Array>(4000).fill(idle)))
    const server = Buffer.concat(Array<Uint8Array>(200).fill(unit))
    const report = inspectHandshake({ server })
    assert.equal(report.error?.code, 'too-large')
    assert.ok(report.messages.length <= 2 ** 16)
    const long = encodeMessage({ type: 11, body: new Uint8Array(2 ** 23) })
    const parts = fragments(long, [2 ** 14])
    assert.equal(inspectHandshake({ server: Buffer.concat(parts) }).error?.code, 'too-large')
  })
})

describe('whatever the bytes are', () => {
  const both = streams({ endEntity: p256, ocsp: Uint8Array.of(1), hello: { serverName: 'a.b' } })

  test('arbitrary ones never throw', () => {
    const bytes = fc.uint8Array({ maxLength: 300 })
    const messages = fc
      .array(
        fc
          .tuple(fc.constantFrom(0, 1, 2, 11, 12, 13, 14, 16, 22), fc.uint8Array({ maxLength: 90 }))
          .map(([type, body]) => encodeMessage({ type, body })),
        { maxLength: 6 },
      )
      .map((list) => Buffer.concat(deliver(list)))
    const stream = fc.oneof(bytes, messages)
    fc.assert(
      fc.property(stream, stream, (client, server) => void inspectHandshake({ client, server })),
      { numRuns: 1000 },
    )
  })

  test('a right recording with bytes changed, cut out or put in never throws', () => {
    const edits = (length: number): fc.Arbitrary<{ at: number; drop: number; put: Uint8Array }[]> =>
      fc.array(
        fc.record({
          at: fc.nat(length - 1),
          drop: fc.nat(6),
          put: fc.uint8Array({ maxLength: 6 }),
        }),
        { maxLength: 3 },
      )
    const apply = (
      stream: Uint8Array,
      list: readonly { at: number; drop: number; put: Uint8Array }[],
    ) =>
      list.reduce(
        (bytes, { at, drop, put }) =>
          Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + drop)]),
        Buffer.from(stream),
      )
    fc.assert(
      fc.property(edits(both.client.length), edits(both.server.length), (a, b) => {
        const report = inspectHandshake({
          client: apply(both.client, a),
          server: apply(both.server, b),
        })
        for (const { fields, length } of report.messages) staysWithin(fields, 0, length)
      }),
      { numRuns: 600 },
    )
  })
})
