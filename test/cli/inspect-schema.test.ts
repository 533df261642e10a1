// schema/handshake-report.schema.json, held against what inspect prints and against everything one member off it.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { inspectFixtures } from '../snapshots/generator/inspect-snapshots.ts'
import { repositoryPath } from '../support/harness/repository.ts'

const ajv = new Ajv2020({ allErrors: false, strict: true, strictRequired: false })
const schema = repositoryPath('schema/handshake-report.schema.json')
const validate = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')))

async function inspected(...args: readonly string[]): Promise<Record<string, unknown>[]> {
  return JSON.parse(await inspectFixtures(['--json', ...args])).inspected
}

describe('the schema of a recorded connection', () => {
  const recordings = readdirSync(repositoryPath('test/fixtures/recordings'))
  for (const client of recordings.filter((name) => name.endsWith('.client.raw'))) {
    test(`describes ${client.replace('.client.raw', '')}`, async () => {
      const pair = [client, client.replace('client', 'server')]
      const items = await inspected(...pair.map((name) => `recordings/${name}`))
      assert.equal(items.length, 1)
      assert.ok(validate(items[0]), ajv.errorsText(validate.errors))
    })
  }

  test('describes the TLS connections of captures', async () => {
    for (const name of ['bun-rsa.pcap', 'node-ocsp.pcapng']) {
      const [item = {}] = await inspected(`captures/${name}`)
      const [connection] = item.connections as { tls: Record<string, unknown> }[]
      assert.ok(connection)
      const records = { kind: 'records', files: [], ...connection.tls }
      assert.ok(validate(records), ajv.errorsText(validate.errors))
    }
  })

  test('refuses what lacks a member, has another type, or has one too many', async () => {
    const [item = {}] = await inspected(
      'recordings/tls12.client.raw',
      'recordings/tls12.server.raw',
    )
    for (const [name, value] of Object.entries(item)) {
      const { [name]: _, ...rest } = item
      assert.ok(!validate(rest), name)
      assert.ok(!validate({ ...item, [name]: typeof value === 'number' ? 'x' : 7 }), name)
    }
    assert.ok(!validate({ ...item, unknown: 1 }))
  })
})
