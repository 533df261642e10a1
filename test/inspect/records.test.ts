// The records of recordings: how far a handshake has come by them, and what stands in the clear in front of what is encrypted.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { inspectConnection } from '../../src/inspect/connection.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { repositoryPath } from '../support/harness/repository.ts'

function fixture(file: string): Uint8Array {
  return new Uint8Array(readFileSync(repositoryPath(`test/fixtures/recordings/${file}`)))
}

test('encrypted records have an explicit nonce in TLS 1.2 with GCM, and nothing in TLS 1.0 and 1.3', () => {
  const nonce = { name: 'nonce_explicit', length: 8 }
  for (const [name, iv] of [
    ['tls12', nonce],
    ['tls10-dhe', null],
    ['raw-key-tls13', null],
  ] as const) {
    const sides = { client: fixture(`${name}.client.raw`), server: fixture(`${name}.server.raw`) }
    const { client, server } = inspectConnection(sides, verifySignatureNative).streams
    const records = [...(client?.records ?? []), ...(server?.records ?? [])]
    assert.ok(records.some(({ encrypted }) => encrypted))
    for (const record of records) assert.deepEqual(record.iv, record.encrypted ? iv : null, name)
  }
})

test('a handshake is complete when both sides have sent something encrypted, and before that as far as it has come', () => {
  const sides = { client: fixture('tls12.client.raw'), server: fixture('tls12.server.raw') }
  const whole = inspectConnection(sides, verifySignatureNative)
  const upTo = (sender: 'client' | 'server', records: number): Uint8Array =>
    sides[sender].subarray(0, whole.streams[sender]?.records[records]?.offset)
  for (const [client, server, expected] of [
    [99, 99, 'complete'],
    [99, 7, 'one-side'],
    [3, 99, 'one-side'],
    [3, 6, 'server-done'],
    [1, 1, 'answered'],
    [1, 0, 'offered'],
    [0, 0, 'nothing'],
  ] as const) {
    const cut = { client: upTo('client', client), server: upTo('server', server) }
    const { progress } = inspectConnection(cut, verifySignatureNative)
    assert.equal(progress, expected, `${client} and ${server} records`)
  }
  const refused = { client: fixture('refused.client.raw'), server: fixture('refused.server.raw') }
  assert.equal(inspectConnection(refused, verifySignatureNative).progress, 'refused')
})
