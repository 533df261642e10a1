// TLS behind plain bytes: every form that is known is found and named, and no other bytes are looked through.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { concat, utf8 } from '../../src/encoding/bytes.ts'
import { inspectHandshake } from '../../src/index.ts'
import { type ConnectionReport, inspectConnection } from '../../src/inspect/connection.ts'
import { groupFlights, holdsRecords } from '../../src/inspect/flights.ts'
import { readKeyLogs } from '../../src/inspect/key-log.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { recordCiphersNative as ciphers } from '../../src/system/tls-cryptography.ts'
import { repositoryPath } from '../support/harness/repository.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { alertRecord } from '../support/servers/delivery.ts'
import { recordConnections } from '../support/servers/recorder.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(repositoryPath(`test/fixtures/recordings/${name}`)))
const client = fixture('tls12.client.raw')
const server = fixture('tls12.server.raw')

function inspect(streams: { client?: Uint8Array; server?: Uint8Array }): ConnectionReport {
  return inspectConnection(streams, verifySignatureNative)
}

const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

/** What each side says before TLS. */
const PREAMBLES: Readonly<Record<string, readonly [client: string, server: string]>> = {
  'the PROXY protocol': ['PROXY TCP4 192.0.2.1 192.0.2.2 40000 443\r\n', ''],
  'HTTP CONNECT': [
    'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n',
    'HTTP/1.1 200 Connection established\r\n\r\n',
  ],
  SOCKS5: [
    '\x05\x01\x00\x05\x01\x00\x03\x0bexample.org\x01\xbb',
    '\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00',
  ],
  SOCKS4: ['\x04\x01\x01\xbb\xc0\x00\x02\x01me\x00', '\x00\x5a\x01\xbb\xc0\x00\x02\x01'],
  SMTP: [
    'EHLO client.example\r\nSTARTTLS\r\n',
    '220 mx ESMTP\r\n250-mx\r\n250 STARTTLS\r\n220 Go ahead\r\n',
  ],
  FTP: ['AUTH TLS\r\n', '220 (vsFTPd)\r\n234 Proceed\r\n'],
  IMAP: [
    'a CAPABILITY\r\nb STARTTLS\r\n',
    '* OK ready\r\n* CAPABILITY IMAP4rev1\r\na OK\r\nb OK\r\n',
  ],
  POP3: ['CAPA\r\nSTLS\r\n', '+OK ready\r\n+OK\r\nSTLS\r\n.\r\n+OK begin\r\n'],
  NNTP: ['STARTTLS\r\n', '200 ready\r\n382 Continue\r\n'],
  ManageSieve: ['STARTTLS\r\n', '"IMPLEMENTATION" "x"\r\n"STARTTLS"\r\nOK\r\nOK\r\n'],
  XMPP: [
    "<?xml version='1.0'?><stream:stream to='a'><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    "<?xml version='1.0'?><stream:stream from='a'><proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
  ],
  LDAP: [
    '0\x1d\x02\x01\x01w\x18\x80\x161.3.6.1.4.1.1466.20037',
    '0\x0c\x02\x01\x01x\x07\x0a\x01\x00\x04\x00\x04\x00',
  ],
  MySQL: [`\x20\x00\x00\x01${'\x85\xae\x7f\x00'.repeat(8)}`, 'J\x00\x00\x00\x0a8.0.36\x00abc'],
  PostgreSQL: ['\x00\x00\x00\x08\x04\xd2\x16\x2f', 'S'],
}

const plain = inspect({ client, server })

for (const [protocol, texts] of Object.entries(PREAMBLES)) {
  describe(protocol, () => {
    const [before, greeting] = texts.map(latin1) as [Uint8Array, Uint8Array]
    const streams = { client: concat(before, client), server: concat(greeting, server) }

    test('is named, and the handshake behind it is read', () => {
      const report = inspect(streams)
      const lengths = { client: before.length, server: greeting.length }
      assert.deepEqual(report.preamble, { protocol, ...lengths })
      assert.deepEqual([report.signature, report.error], ['valid', undefined])
      const shifted = plain.messages.map(({ offset, ...message }) => {
        return { ...message, offset: offset + lengths[message.sender] }
      })
      assert.deepEqual(
        report.messages.map(({ offset, ...message }) => ({ ...message, offset })),
        shifted,
      )
      for (const sender of ['client', 'server'] as const) {
        const [own, there] = [plain.streams[sender], report.streams[sender]]
        assert.equal(there?.count, own?.count)
        assert.equal(there?.error, undefined)
        assert.equal(there?.records[0]?.offset, lengths[sender])
      }
      assert.equal(inspectHandshake(streams).signature, 'valid')
    })

    test('is told of raw files, too, in either order', () => {
      assert.ok(holdsRecords(streams.client) && holdsRecords(streams.server))
      const [a, b] = [
        { path: 'a', bytes: streams.client },
        { path: 'b', bytes: streams.server },
      ]
      for (const files of [
        [a, b],
        [b, a],
      ]) {
        const [group, ...more] = groupFlights(files)
        assert.equal(more.length, 0)
        assert.deepEqual([group?.client, group?.server], [streams.client, streams.server])
      }
    })
  })
}

test('the binary form of the PROXY protocol', () => {
  const header = latin1(
    '\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x01\xc0\x00\x02\x02\x9c\x40\x01\xbb',
  )
  const report = inspect({ client: concat(header, client), server })
  assert.equal(report.preamble?.protocol, 'the PROXY protocol')
  assert.equal(report.signature, 'valid')
})

test('one side alone, a refusal by alert, and a server that goes on in plain text', () => {
  const [before, greeting] = (PREAMBLES.SMTP ?? assert.fail()).map(latin1) as [
    Uint8Array,
    Uint8Array,
  ]
  assert.equal(inspect({ server: concat(greeting, server) }).preamble?.protocol, 'SMTP')
  assert.equal(inspect({ client: concat(before, client) }).preamble?.protocol, 'SMTP')
  const refused = inspect({
    client: concat(before, client),
    server: concat(greeting, alertRecord(2, 40)),
  })
  assert.deepEqual(
    refused.alerts.map(({ description }) => description),
    ['handshake_failure'],
  )
  const deaf = inspect({ client: concat(before, client), server: greeting })
  assert.deepEqual([deaf.preamble?.server, deaf.error], [greeting.length, undefined])
})

test('what is behind it is decrypted', async () => {
  const [endEntity] = endEntities(mintTestPki({ endEntityKeys: ['p256'] })) as [EndEntity]
  const [recorded = assert.fail()] = await recordConnections({ endEntity, listens: true }, [
    { said: 'x' },
  ])
  const [before, greeting] = (PREAMBLES.IMAP ?? assert.fail()).map(latin1) as [
    Uint8Array,
    Uint8Array,
  ]
  const secrets = { keyLog: readKeyLogs([utf8(recorded.keyLog)]), ciphers }
  const streams = {
    client: concat(before, recorded.client),
    server: concat(greeting, recorded.server),
  }
  const report = inspectConnection(streams, verifySignatureNative, secrets)
  assert.deepEqual(report.decryption?.faults, [])
  assert.equal(report.signature, 'valid')
})

describe('TLS is not looked for', () => {
  const cases: readonly (readonly [title: string, before: string])[] = [
    ['in a download', 'GET /capture.pcap HTTP/1.1\r\n\r\n'],
    ['behind bytes of no known form', 'hello there\r\n'],
    ['behind a lone byte', 'x'],
  ]
  for (const [title, before] of cases) {
    test(title, () => {
      const report = inspect({ client: concat(latin1(before), client), server: latin1('nothing') })
      assert.equal(report.preamble, null)
      assert.equal(report.messages.length, 0)
      assert.ok(!holdsRecords(concat(latin1(before), client)))
    })
  }

  test('where one side has it and the other one does not fit', () => {
    const [before] = PREAMBLES.SMTP ?? assert.fail()
    const streams = {
      client: concat(latin1(before), client),
      server: latin1('HTTP/1.1 400 no\r\n'),
    }
    assert.equal(inspect(streams).preamble, null)
  })

  test('behind more than 64 KiB', () => {
    const greeting = latin1(`220 ${'x'.repeat(2 ** 16)}\r\n`)
    assert.equal(inspect({ server: concat(greeting, server) }).preamble, null)
  })
})
