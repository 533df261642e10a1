// Real captures of real handshakes, down to the server's signature; README.md beside them tells how they were made.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { type Connection, looksLikeCapture, readCapture } from '../../src/capture/capture.ts'
import { inspectHandshake } from '../../src/index.ts'
import { decodeOcspResponse } from '../../src/x509/ocsp.ts'
import { repositoryPath } from '../support/harness/repository.ts'

interface Expected {
  readonly format: 'pcap' | 'pcapng'
  readonly version: string
  readonly signature: 'valid' | 'absent'
  readonly address: string
  /** The server's clock is in its random. */
  readonly clock?: boolean
}

const TLS12 = { version: 'TLS 1.2', signature: 'valid', address: '127.0.0.1' } as const
const FIXTURES: Readonly<Record<string, Expected>> = {
  'bun-p256.pcapng': { ...TLS12, format: 'pcapng', clock: true },
  'bun-rsa.pcap': { ...TLS12, format: 'pcap', clock: true },
  'bun-p256-sll2.pcapng': { ...TLS12, format: 'pcapng', clock: true },
  'bun-rsa-sll.pcap': { ...TLS12, format: 'pcap', clock: true },
  'node-ocsp.pcapng': { ...TLS12, format: 'pcapng' },
  'node-p256-ipv6.pcapng': { ...TLS12, format: 'pcapng', address: '::1' },
  'node-tls13-ipv6.pcap': {
    format: 'pcap',
    version: 'TLS 1.3',
    signature: 'absent',
    address: '::1',
  },
}

function fixture(name: string): Uint8Array {
  return readFileSync(repositoryPath(`test/fixtures/captures/${name}`))
}

function onlyConnection(name: string): Connection {
  const { connections } = readCapture(fixture(name))
  const [connection] = connections
  assert.ok(connection)
  assert.equal(connections.length, 1)
  return connection
}

describe('a real capture', () => {
  for (const [name, expected] of Object.entries(FIXTURES)) {
    test(`${name} holds its handshake`, () => {
      assert.ok(looksLikeCapture(fixture(name)))
      const { format, error, skipped } = readCapture(fixture(name))
      assert.equal(format, expected.format)
      assert.equal(error, undefined)
      assert.deepEqual(Object.values(skipped), Object.values(skipped).fill(0))
      const connection = onlyConnection(name)
      assert.equal(connection.server.address, expected.address)
      assert.equal(connection.roles, 'handshake')
      assert.deepEqual([connection.gaps, connection.notes], [[], []])
      const { clientStream: client, serverStream: server } = connection
      const report = inspectHandshake({ client, server })
      assert.equal(report.error, undefined)
      assert.deepEqual([report.version, report.signature], [expected.version, expected.signature])
      if (!expected.clock) return
      const captured = connection.timeAt('server', 0)?.getTime() ?? 0
      const claimed = report.serverTime?.getTime() ?? 0
      assert.ok(captured >= claimed && captured < claimed + 1100, `${captured - claimed} ms`)
    })
  }

  test('node-ocsp.pcapng holds a staple that decodes', () => {
    const { serverStream } = onlyConnection('node-ocsp.pcapng')
    const { messages } = inspectHandshake({ server: serverStream })
    const status = messages.find((message) => message.name === 'CertificateStatus')
    assert.ok(status)
    const body = stapleIn(serverStream)
    assert.equal(decodeOcspResponse(body).basic?.responses[0]?.status.type, 'good')
  })
})

/** The response of a CertificateStatus message that is whole in one record. */
function stapleIn(stream: Uint8Array): Uint8Array {
  const view = Buffer.from(stream)
  for (let at = 0; at + 5 < view.length; at += 5 + view.readUInt16BE(at + 3)) {
    if (view[at] === 22 && view[at + 5] === 22) {
      return view.subarray(at + 13, at + 13 + view.readUIntBE(at + 10, 3))
    }
  }
  assert.fail('expected a CertificateStatus')
}

test('the same handshake is in each kind of capture', () => {
  for (const [first, second] of [
    ['bun-p256.pcapng', 'bun-p256-sll2.pcapng'],
    ['bun-rsa.pcap', 'bun-rsa-sll.pcap'],
  ] as const) {
    const certificates = [first, second].map((name) => {
      const { serverStream } = onlyConnection(name)
      return inspectHandshake({ server: serverStream }).certificates
    })
    assert.deepEqual(certificates[0], certificates[1])
  }
})
