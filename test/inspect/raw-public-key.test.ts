// Connections whose sides sent raw public keys in place of certificates (RFC 7250), recorded from GnuTLS.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { utf8 } from '../../src/encoding/bytes.ts'
import type { Field } from '../../src/encoding/presentation.ts'
import { type ConnectionReport, inspectConnection } from '../../src/inspect/connection.ts'
import { readKeyLogs } from '../../src/inspect/key-log.ts'
import { explainField } from '../../src/inspect/meanings.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { recordCiphersNative as ciphers } from '../../src/system/tls-cryptography.ts'
import { repositoryPath } from '../support/harness/repository.ts'

interface Streams {
  readonly client: Uint8Array
  readonly server: Uint8Array
}

function fixture(file: string): Uint8Array {
  return new Uint8Array(readFileSync(repositoryPath(`test/fixtures/recordings/${file}`)))
}

function streamsOf(name: string): Streams {
  return { client: fixture(`${name}.client.raw`), server: fixture(`${name}.server.raw`) }
}

function inspect(name: string, streams: Streams = streamsOf(name)): ConnectionReport {
  const keyLog = readKeyLogs([utf8(Buffer.from(fixture(`${name}.keys`)).toString())])
  return inspectConnection(streams, verifySignatureNative, { keyLog, ciphers })
}

function flatten(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => [field, ...flatten(field.fields ?? [])])
}

/** What the Certificate message of a side holds. */
function sentIn(report: ConnectionReport, sender: 'client' | 'server'): Field[] {
  const message = report.messages.find((one) => one.sender === sender && one.name === 'Certificate')
  return flatten((message?.fields ?? []).map(explainField))
}

/** A copy with one byte of a part, which must be there once, changed to another. */
function changed(stream: Uint8Array, part: string, at: number, to: number): Uint8Array {
  const copy = Buffer.from(stream)
  const found = copy.indexOf(Buffer.from(part, 'hex'))
  assert.ok(found >= 0 && copy.indexOf(Buffer.from(part, 'hex'), found + 1) < 0)
  copy[found + at] = to
  return new Uint8Array(copy)
}

for (const [name, version] of [
  ['raw-key-tls12', 'TLS 1.2'],
  ['raw-key-tls13', 'TLS 1.3'],
] as const) {
  describe(`raw public keys in ${version}`, () => {
    test('are named, and the server’s judges the signature of the handshake', () => {
      const report = inspect(name)
      assert.deepEqual([report.version, report.error], [version, undefined])
      assert.deepEqual([report.signature, report.scheme], ['valid', 'ecdsa_sha256'])
      assert.deepEqual(report.certificates, [])
      assert.deepEqual(report.rawPublicKey, {
        key: 'P-256',
        fingerprint: 'be55edd3a8e915ab49393e7c540fdc15adc1de745ba647d4b4e2ad7ad405f58e',
      })
    })

    test('are fields of the Certificate message of either side, with their kind and digest', () => {
      const report = inspect(name)
      for (const sender of ['client', 'server'] as const) {
        const fields = sentIn(report, sender)
        const key = fields.find((field) => field.name === 'subject_public_key_info')
        assert.equal(key?.meaning, 'P-256 key', sender)
        assert.equal(key.bytes.length, 91)
        assert.ok(fields.every((field) => !['certificate', 'body', 'rest'].includes(field.name)))
      }
    })
  })
}

describe('a raw public key', () => {
  const { client, server } = streamsOf('raw-key-tls12')
  /** The extension in the ServerHello of the recording, and its type. */
  const chosen = '0014000102'

  test('that did not sign makes the signature invalid', () => {
    const point = Buffer.from(
      sentIn(inspect('raw-key-tls12'), 'client').find(
        (field) => field.name === 'subject_public_key_info',
      )?.bytes ?? [],
    )
    const copy = Buffer.from(server)
    point.copy(copy, copy.indexOf(Buffer.from('3059301306', 'hex')))
    const report = inspect('raw-key-tls12', { client, server: new Uint8Array(copy) })
    assert.equal(report.signature, 'invalid')
  })

  test('that does not decode is shown as malformed, and judges nothing', () => {
    const broken = changed(server, '3059301306', 0, 0x31)
    const report = inspect('raw-key-tls12', { client, server: broken })
    assert.equal(report.signature, 'unsupported')
    assert.equal(report.rawPublicKey?.key, 'malformed')
  })

  test('is not looked for where another type was negotiated: the message stays whole', () => {
    const openPgp = changed(server, chosen, 4, 1)
    const report = inspect('raw-key-tls12', { client, server: openPgp })
    assert.deepEqual([report.signature, report.error], ['unsupported', undefined])
    assert.equal('rawPublicKey' in report, false)
    assert.deepEqual(
      sentIn(report, 'server').map((field) => field.name),
      ['msg_type', 'length', 'body'],
    )
    // The client's has a type of its own
    const own = sentIn(report, 'client').map((field) => field.name)
    assert.ok(own.includes('subject_public_key_info'), own.join(' '))
  })
})
