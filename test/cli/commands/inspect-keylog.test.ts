// inspect --keylog as a user runs it: recordings and captures, keys in a file or in the capture, and what is wrong with them.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { openWorkspace, type Workspace } from '../../support/harness/command-line.ts'
import { repositoryPath } from '../../support/harness/repository.ts'
import { ethernet, ipPacket, type Packet, pcap, pcapng } from '../../support/make/capture-writer.ts'
import { mintTestPki } from '../../support/make/mint.ts'
import { type RecordedConnection, recordConnections } from '../../support/servers/recorder.ts'
import { type EndEntity, endEntities } from '../../support/servers/servers.ts'

const [endEntity] = endEntities(mintTestPki({ endEntityKeys: ['p256'] })) as [EndEntity]
const SAID = 'GET / HTTP/1.1\r\n::error::from outside\u001b[31m\r\n'

let at: Workspace
let newer: RecordedConnection
let older: RecordedConnection

/** A connection as packets of up to 1000 bytes. */
function packetsOf({ client, server }: RecordedConnection, sourcePort: number): Packet[] {
  const there = { sourcePort }
  const back = {
    source: '192.0.2.2',
    destination: '192.0.2.1',
    sourcePort: 443,
    destinationPort: sourcePort,
  }
  const opening = [
    ipPacket({ ...there, flags: 'S', sequence: 0 }),
    ipPacket({ ...back, flags: 'S', sequence: 0, acknowledgement: 1 }),
  ]
  const cut = (stream: Uint8Array, from: typeof there): Uint8Array[] =>
    Array.from({ length: Math.ceil(stream.length / 1000) }, (_, i) => {
      const payload = stream.subarray(1000 * i, 1000 * (i + 1))
      return ipPacket({ ...from, sequence: 1 + 1000 * i, acknowledgement: 1, payload })
    })
  const all = [...opening, ...cut(client, there), ...cut(server, back)]
  return all.map((packet, i) => ({ bytes: ethernet(packet), time: 1_700_000_000_000 + i }))
}

before(async () => {
  const clients = [{ said: SAID }, { said: SAID, maxVersion: 'TLSv1.2' }] as const
  const recorded = await recordConnections({ endEntity, listens: true }, clients)
  ;[newer, older] = recorded as [RecordedConnection, RecordedConnection]
  const packets = [...packetsOf(newer, 50_001), ...packetsOf(older, 50_002)]
  const keys = newer.keyLog + older.keyLog
  at = openWorkspace({
    'a.client.raw': newer.client,
    'a.server.raw': newer.server,
    'both.pcap': pcap(packets),
    'with.pcapng': pcapng({ packets, secrets: [{ content: keys }] }),
    'half.pcapng': pcapng({ packets, secrets: [{ content: `nonsense\n${newer.keyLog}` }] }),
    keys,
    'keys.older': older.keyLog,
    'keys.odd': `what is this?\n${keys}CLIENT_RANDOM 00 11\n`,
    empty: '',
  })
})

after(() => at.remove())

const schema = JSON.parse(
  readFileSync(repositoryPath('schema/handshake-report.schema.json'), 'utf8'),
)
const validate = new Ajv2020({ strict: true, strictRequired: false }).compile(schema)

/** Secrets have no place in what is shown. */
function holdsNoSecret(text: string): void {
  for (const [secret] of (newer.keyLog + older.keyLog).matchAll(/[0-9a-f]+$/gm)) {
    assert.ok(!text.includes(secret))
  }
}

describe('inspect --keylog', () => {
  test('shows what was inside a recording, in text and as data', async () => {
    const files = ['a.client.raw', 'a.server.raw']
    const { code, stdout, stderr } = await at.run(['inspect', '--keylog', 'keys', ...files])
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /decrypted +(\d+) of \1 encrypted records\n/)
    assert.match(
      stdout,
      /signature +valid: ecdsa_sha256 over the transcript hash, in CertificateVerify/,
    )
    for (const name of ['EncryptedExtensions', 'Certificate', 'CertificateVerify', 'Finished']) {
      assert.match(
        stdout,
        new RegExp(`<- ${name} +\\d+ bytes, decrypted from a record of \\d+ bytes\n`),
      )
    }
    assert.match(stdout, /decrypted to \d+ bytes, "GET \/ HTTP\/1\.1\\r\\n::error::from outs/)
    assert.match(stdout, /decrypted to 5 bytes, "hello"/)
    const json = await at.run(['inspect', '--json', '--keylog', 'keys', ...files])
    const [item] = JSON.parse(json.stdout).inspected as { signature: string }[]
    assert.ok(item)
    assert.ok(validate(item), JSON.stringify(validate.errors))
    assert.equal(item.signature, 'valid')
    holdsNoSecret(stdout + json.stdout)
  })

  test('prints every byte with --hex, of what was inside too', async () => {
    const files = ['a.client.raw', 'a.server.raw']
    const { stdout } = await at.run(['inspect', '--hex', '--keylog', 'keys', ...files])
    assert.match(
      stdout,
      /ApplicationData +5 bytes, decrypted.*\n +0 {2}68 65 6c 6c 6f +content +"hello"/,
    )
  })

  test('decrypts captures with keys of a file, of their own, or of both', async () => {
    for (const args of [
      ['both.pcap', '--keylog', 'keys'],
      ['with.pcapng'],
      ['half.pcapng', '--keylog', 'keys.older'],
    ]) {
      const { code, stdout } = await at.run(['inspect', ...args])
      assert.equal(code, 0)
      assert.equal([...stdout.matchAll(/decrypted +(\d+) of \1 encrypted records/g)].length, 2)
      assert.equal([...stdout.matchAll(/decrypted to 5 bytes, "hello"/g)].length, 2)
      assert.equal([...stdout.matchAll(/signature +valid/g)].length, 2)
      const json = await at.run(['inspect', '--json', ...args])
      const [{ connections, ...capture }] = JSON.parse(json.stdout).inspected
      assert.equal(capture.keyLogs, undefined)
      for (const { tls } of connections) {
        assert.ok(validate({ kind: 'records', files: [], ...tls }), JSON.stringify(validate.errors))
        assert.deepEqual(tls.decryption.faults, [])
      }
      holdsNoSecret(json.stdout)
    }
  })

  test('says which connections have no secrets, and shows them as they are', async () => {
    const { code, stdout } = await at.run(['inspect', 'both.pcap', '--keylog', 'keys.older'])
    assert.equal(code, 0)
    assert.match(stdout, /decrypted +0 of \d+ encrypted records\n +the key log has no secrets for/)
    assert.match(stdout, /signature +encrypted, as always in TLS 1\.3: reading it takes a key log/)
    assert.match(stdout, /decrypted +(\d+) of \1 encrypted records/)
    const none = await at.run(['inspect', 'both.pcap', '--keylog', 'empty'])
    assert.equal([...none.stdout.matchAll(/the key log has no secrets for this/g)].length, 2)
  })

  test('counts malformed lines in a note', async () => {
    const odd = await at.run(['inspect', 'both.pcap', '--keylog', 'keys.odd'])
    assert.deepEqual(
      [odd.code, odd.stderr],
      [0, 'keys.odd: skipped 2 malformed lines of the key log\n'],
    )
    const half = await at.run(['inspect', 'half.pcapng'])
    assert.match(half.stderr, /^half\.pcapng: skipped 1 malformed line of the key log\n$/)
  })

  test('reads keys from standard input, and no other file there beside them', async () => {
    const { stdout } = await at.run(['inspect', 'both.pcap', '--keylog', '-'], {
      stdin: at.read('keys'),
    })
    assert.equal([...stdout.matchAll(/decrypted to 5 bytes/g)].length, 2)
    const twice = await at.run(['inspect', '-', '--keylog', '-'])
    assert.equal(twice.code, 2)
    assert.match(twice.stderr, /standard input can be read only once/)
    const missing = await at.run(['inspect', 'both.pcap', '--keylog', 'nowhere'])
    assert.equal(missing.code, 2)
    assert.match(missing.stderr, /nowhere/)
  })

  test('lets nothing that was inside act on a terminal or in GitHub Actions', async () => {
    const env = { GITHUB_ACTIONS: 'true' }
    for (const more of [[], ['--hex'], ['--json']]) {
      const args = ['inspect', 'both.pcap', '--keylog', 'keys', ...more]
      const { stdout } = await at.run(args, { env })
      assert.ok(!stdout.includes('\u001b'))
      assert.doesNotMatch(stdout, /^\s*::error::/m)
    }
  })
})
