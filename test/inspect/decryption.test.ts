// Recordings are decrypted with the secrets of a key log: made by OpenSSL on both sides, and the traces of RFC 8448.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { utf8 } from '../../src/encoding/bytes.ts'
import { type ConnectionReport, inspectConnection } from '../../src/inspect/connection.ts'
import { readKeyLogs } from '../../src/inspect/key-log.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { recordCiphersNative as ciphers } from '../../src/system/tls-cryptography.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { bytes, keyLogOf, streamsOf, traces } from '../support/make/rfc8448.ts'
import {
  type RecordedClient,
  type RecordedConnection,
  type RecorderOptions,
  recordConnections,
} from '../support/servers/recorder.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256', 'rsa-2048'] })
const [endEntity, rsa] = endEntities(pki) as [EndEntity, EndEntity]

interface Streams {
  readonly client?: Uint8Array
  readonly server?: Uint8Array
}

function inspect(streams: Streams, keyLog: string): ConnectionReport {
  const secrets = { keyLog: readKeyLogs([utf8(keyLog)]), ciphers }
  return inspectConnection(streams, verifySignatureNative, secrets)
}

function namesOf({ messages }: ConnectionReport, sender: 'client' | 'server'): string[] {
  return messages.filter((message) => message.sender === sender).map(({ name }) => name)
}

function contentOf({ messages }: ConnectionReport, sender: 'client' | 'server'): string {
  const own = messages.filter((one) => one.sender === sender && one.name === 'ApplicationData')
  return Buffer.concat(own.map(({ fields }) => fields[0]?.bytes ?? new Uint8Array(0))).toString()
}

function codesOf({ decryption }: ConnectionReport): string[] {
  return decryption?.faults.map(({ sender, code }) => `${sender} ${code}`) ?? assert.fail()
}

/** Everything was opened, and what was in it is whole. */
function assertOpened(report: ConnectionReport): void {
  const { decryption = assert.fail(), error, unfinished } = report
  assert.equal(error, undefined)
  assert.deepEqual(decryption.faults, [])
  assert.ok(decryption.records >= 4)
  assert.equal(decryption.opened, decryption.records)
  assert.deepEqual(unfinished, [])
  for (const { name, fields, length } of report.messages) {
    const end = fields.reduce((at, field) => {
      assert.equal(field.offset, at, `${name}.${field.name}`)
      return at + field.length
    }, 0)
    assert.equal(end, length, name)
    assert.ok(!fields.some((field) => field.name === 'body'), `${name} is taken apart`)
  }
}

async function record(
  client: RecordedClient,
  server: Partial<RecorderOptions> = {},
): Promise<RecordedConnection> {
  const [recorded] = await recordConnections({ endEntity, listens: true, ...server }, [
    { said: 'GET / HTTP/1.1\r\n\r\n', ...client },
  ])
  return recorded ?? assert.fail()
}

const FLIGHT = ['EncryptedExtensions', 'Certificate', 'CertificateVerify', 'Finished']

describe('TLS 1.3', () => {
  for (const [suite, own, scheme] of [
    ['TLS_AES_128_GCM_SHA256', endEntity, 'ecdsa_sha256'],
    ['TLS_AES_256_GCM_SHA384', rsa, 'rsa_pss_rsae_sha256'],
    ['TLS_CHACHA20_POLY1305_SHA256', endEntity, 'ecdsa_sha256'],
  ] as const) {
    test(`with ${suite}: every message, and the signature over them`, async () => {
      const recorded = await record({ ciphers: suite }, { endEntity: own })
      const report = inspect(recorded, recorded.keyLog)
      assertOpened(report)
      assert.deepEqual([report.cipherSuite, report.scheme], [suite, scheme])
      assert.equal(report.signature, 'valid')
      assert.equal(report.certificates.length, own.certificates.length)
      assert.deepEqual(namesOf(report, 'server').slice(0, 5), ['ServerHello', ...FLIGHT])
      assert.deepEqual(namesOf(report, 'client').slice(0, 2), ['ClientHello', 'Finished'])
      assert.ok(namesOf(report, 'server').includes('NewSessionTicket'))
      assert.equal(contentOf(report, 'server'), 'hello')
      assert.match(contentOf(report, 'client'), /^GET/)
      assert.ok(report.alerts.some(({ description }) => description === 'close_notify'))
    })
  }

  test('after a HelloRetryRequest the first hello counts by its hash', async () => {
    const recorded = await record({ ecdhCurve: 'X25519:P-384' }, { ecdhCurve: 'P-384' })
    const report = inspect(recorded, recorded.keyLog)
    assertOpened(report)
    assert.deepEqual(namesOf(report, 'client').slice(0, 3), [
      'ClientHello',
      'ClientHello',
      'Finished',
    ])
    assert.deepEqual([report.signature, report.group], ['valid', 'secp384r1'])
  })

  test('with a CertificateRequest, and a certificate of the client', async () => {
    const own = { key: endEntity.keyPem, cert: endEntity.chainPem }
    const recorded = await record(own, { requestCert: true })
    const report = inspect(recorded, recorded.keyLog)
    assertOpened(report)
    assert.equal(report.signature, 'valid')
    assert.equal(namesOf(report, 'server')[2], 'CertificateRequest')
    assert.deepEqual(namesOf(report, 'client').slice(1, 4), FLIGHT.slice(1))
  })

  test('a staple is in the Certificate message', async () => {
    const recorded = await record({ requestOCSP: true }, { ocsp: bytes('30030a0106') })
    assert.equal(inspect(recorded, recorded.keyLog).staple?.status, 'unauthorized')
  })

  test('a resumed session has no CertificateVerify', async () => {
    const options = { endEntity }
    const [, resumed = assert.fail()] = await recordConnections(options, [{}, { session: 'last' }])
    const report = inspect(resumed, resumed.keyLog)
    assertOpened(report)
    assert.equal(report.signature, 'absent')
    assert.ok(!namesOf(report, 'server').includes('Certificate'))
  })
})

describe('TLS 1.0 to 1.2', () => {
  const OLD = { minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' } as const
  const NO_ENCRYPT_THEN_MAC = 0x80000
  const cases: readonly (readonly [title: string, client: RecordedClient])[] = [
    ['AES-GCM', { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }],
    ['AES-256-GCM and SHA-384', { ciphers: 'ECDHE-RSA-AES256-GCM-SHA384' }],
    ['ChaCha20-Poly1305', { ciphers: 'ECDHE-RSA-CHACHA20-POLY1305' }],
    ['RSA key transport', { ciphers: 'AES128-GCM-SHA256' }],
    ['CBC with encrypt_then_mac', { ciphers: 'ECDHE-RSA-AES128-SHA' }],
    ['CBC and SHA-384', { ciphers: 'ECDHE-RSA-AES256-SHA384' }],
    ['CBC without', { ciphers: 'ECDHE-RSA-AES128-SHA256', secureOptions: NO_ENCRYPT_THEN_MAC }],
    ['TLS 1.1', { maxVersion: 'TLSv1.1', ...OLD, ciphers: 'AES128-SHA@SECLEVEL=0' }],
    ['TLS 1.0', { maxVersion: 'TLSv1', ...OLD, ciphers: 'AES256-SHA@SECLEVEL=0' }],
    [
      'TLS 1.0 without encrypt_then_mac',
      {
        maxVersion: 'TLSv1',
        ...OLD,
        ciphers: 'AES256-SHA@SECLEVEL=0',
        secureOptions: NO_ENCRYPT_THEN_MAC,
      },
    ],
  ]
  for (const [title, client] of cases) {
    test(`${title}: both Finished and what was said`, async () => {
      const server = { endEntity: rsa, ...OLD }
      const recorded = await record({ maxVersion: 'TLSv1.2', ...client }, server)
      const report = inspect(recorded, recorded.keyLog)
      assertOpened(report)
      assert.equal(report.signature, report.keyExchange === 'RSA' ? 'absent' : 'valid')
      for (const sender of ['client', 'server'] as const) {
        assert.ok(namesOf(report, sender).includes('Finished'))
      }
      assert.match(contentOf(report, 'client'), /^GET/)
      assert.equal(contentOf(report, 'server'), 'hello')
    })
  }

  test('a resumed session', async () => {
    const options = { endEntity, maxVersion: 'TLSv1.2' } as const
    const [, resumed = assert.fail()] = await recordConnections(options, [{}, { session: 'last' }])
    const report = inspect(resumed, resumed.keyLog)
    assertOpened(report)
    assert.ok(!namesOf(report, 'server').includes('Certificate'))
    assert.equal(contentOf(report, 'server'), 'hello')
  })

  test('a cipher that is not spoken here is named', async () => {
    const recorded = await record(
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-CAMELLIA128-SHA256' },
      { endEntity: rsa, ciphers: 'ALL' },
    )
    const report = inspect(recorded, recorded.keyLog)
    assert.deepEqual(codesOf(report), ['null unsupported'])
    assert.match(report.decryption?.faults[0]?.message ?? '', /TLS 1\.2 with \S+CAMELLIA\S+ is not/)
    assert.equal(report.signature, 'valid')
  })
})

describe('what cannot be opened is told from what can', () => {
  const made = record({})
  const changed = (log: string, label: string): string =>
    log.replace(new RegExp(`^(${label} \\S+ )(.)`, 'm'), (_, head, digit) => {
      return `${head}${digit === '0' ? '1' : '0'}`
    })

  test('without the secrets of this connection', async () => {
    const recorded = await made
    const other = recorded.keyLog.replace(/(?<= )[0-9a-f]{64}(?= )/g, '00'.repeat(32))
    for (const log of ['', other]) {
      const report = inspect(recorded, log)
      assert.deepEqual(codesOf(report), ['null no-secrets'])
      assert.equal(report.decryption?.opened, 0)
      assert.equal(report.signature, 'absent')
    }
  })

  test('without a hello', async () => {
    const { client, server, keyLog } = await made
    assert.deepEqual(codesOf(inspect({ client }, keyLog)), ['null no-hellos'])
    assert.deepEqual(codesOf(inspect({ server }, keyLog)), ['null no-hellos'])
  })

  for (const [label, faults] of [
    ['SERVER_HANDSHAKE_TRAFFIC_SECRET', 'server'],
    ['SERVER_TRAFFIC_SECRET_0', 'server'],
    ['CLIENT_HANDSHAKE_TRAFFIC_SECRET', 'client'],
    ['CLIENT_TRAFFIC_SECRET_0', 'client'],
  ] as const) {
    test(`a wrong ${label}, or none: the rest is opened`, async () => {
      const recorded = await made
      const whole = inspect(recorded, recorded.keyLog).messages.length
      const wrong = inspect(recorded, changed(recorded.keyLog, label))
      assert.deepEqual(codesOf(wrong), [`${faults} not-authentic`])
      const gone = inspect(recorded, recorded.keyLog.replace(new RegExp(`^${label}`, 'm'), 'X'))
      assert.deepEqual(codesOf(gone), [`${faults} no-secret`])
      for (const report of [wrong, gone]) {
        const { opened = 0, records = 0 } = report.decryption ?? {}
        assert.ok(opened > 0 && opened < records)
        assert.ok(report.messages.length < whole)
        assert.equal(report.signature, label.startsWith('SERVER_HANDSHAKE') ? 'absent' : 'valid')
      }
    })
  }

  test('a damaged record costs itself alone', async () => {
    const recorded = await made
    const sound = inspect(recorded, recorded.keyLog)
    for (const { sender, offset, length } of sound.streams.server?.records ?? assert.fail()) {
      if (offset < 200 || length === 6) continue
      const server = Uint8Array.from(recorded.server)
      server[offset + length - 1] = (server[offset + length - 1] ?? 0) ^ 1
      const report = inspect({ ...recorded, server }, recorded.keyLog)
      assert.deepEqual(codesOf(report), [`${sender} not-authentic`])
      assert.equal(report.decryption?.opened, (sound.decryption?.opened ?? 0) - 1)
    }
  })

  test('a recording that ends anywhere is opened up to there', async () => {
    const recorded = await made
    // A share of X25519MLKEM768 makes it longer than a kilobyte
    const [, , , high = 0, low = 0] = recorded.server
    const hello = 5 + high * 256 + low
    for (let length = 0; length < recorded.server.length; length += 7) {
      const server = recorded.server.subarray(0, length)
      const report = inspect({ ...recorded, server }, recorded.keyLog)
      const sealed = report.streams.server?.records.filter(({ encrypted }) => encrypted).length
      if (length >= hello) assert.deepEqual(codesOf(report), [])
      assert.ok((report.decryption?.records ?? 0) >= (sealed ?? 0))
    }
  })
})

describe('the traces of RFC 8448', () => {
  for (const trace of traces) {
    test(`section ${trace.section}`, () => {
      const report = inspect(streamsOf(trace), keyLogOf(trace))
      assert.deepEqual(report.decryption?.faults, [])
      assert.equal(report.decryption?.opened, report.decryption?.records)
      assert.equal(report.error, undefined)
      assert.equal(report.signature, 'valid')
      const sent = Buffer.from(contentOf(report, 'server'))
      if (trace.serverContent)
        assert.deepEqual(
          [...sent],
          Array.from({ length: 50 }, (_, i) => i),
        )
    })
  }
})
