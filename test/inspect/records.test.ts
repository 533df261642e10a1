// The records of recordings: what stands in the clear in front of what is encrypted, and nothing in front of what is not.

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
