// What inspect says of a recorded connection is true of it: how far it went, what its clock shows, why a signature was not
// checked.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { renderConnection } from '../../../src/cli/text/connection.ts'
import { utf8 } from '../../../src/encoding/bytes.ts'
import { inspectConnection, type RecordedStreams } from '../../../src/inspect/connection.ts'
import { readKeyLogs } from '../../../src/inspect/key-log.ts'
import { verifySignatureNative } from '../../../src/system/signature.ts'
import { recordCiphersNative as ciphers } from '../../../src/system/tls-cryptography.ts'
import { repositoryPath } from '../../support/harness/repository.ts'
import { endEntities } from '../../support/make/end-entity.ts'
import { capture } from '../../support/make/handshake.ts'
import { mintTestPki } from '../../support/make/mint.ts'
import { record } from '../../support/servers/delivery.ts'

const [p256] = endEntities(mintTestPki({ endEntityKeys: ['p256'] }))
const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(repositoryPath(`test/fixtures/recordings/${name}`)))
const pair = (name: string): RecordedStreams => {
  return { client: fixture(`${name}.client.raw`), server: fixture(`${name}.server.raw`) }
}

/** One row of the summary. */
function said(streams: RecordedStreams, title: string, keyLog?: string): string | undefined {
  const secrets =
    keyLog === undefined ? undefined : { keyLog: readKeyLogs([utf8(keyLog)]), ciphers }
  const report = inspectConnection(streams, verifySignatureNative, secrets)
  const lines = renderConnection(report, streams, { hex: false })
  return lines.find((line) => line.startsWith(`  ${title}`))?.slice(16)
}

/** A handshake in memory whose server_random begins with this time. */
function handshakeAt(time: string): RecordedStreams {
  const serverRandom = new Uint8Array(32)
  new DataView(serverRandom.buffer).setUint32(0, Date.parse(time) / 1000)
  const { client, stream } = capture({ endEntity: p256, serverRandom })
  return { client: client.hello, server: stream() }
}

describe('a connection on both of whose sides records are encrypted', () => {
  test('is complete where both Finished are seen: before TLS 1.3, or decrypted', () => {
    const complete = 'both sides sent Finished: the handshake is complete'
    assert.equal(said(pair('tls12'), 'reached'), complete)
    const keys = Buffer.from(fixture('raw-key-tls13.keys')).toString()
    assert.equal(said(pair('raw-key-tls13'), 'reached', keys), complete)
  })

  test('is not called complete where they are not: any message may be in a record of TLS 1.3', () => {
    const open = /^encrypted records from both sides; they do not show whether/
    assert.match(said(pair('raw-key-tls13'), 'reached') ?? '', open)
    // An alert in place of the client's Finished
    const { client = new Uint8Array(0), server = new Uint8Array(0) } = pair('tls12')
    const change = Buffer.from(client).indexOf(Buffer.from('140303000101', 'hex'))
    const alert = record(21, new Uint8Array(26))
    const refused = Buffer.concat([client.subarray(0, change + 6), alert])
    assert.match(said({ client: refused, server }, 'reached') ?? '', open)
  })
})

describe('a clock without a capture to compare it with', () => {
  test('is before, within or after the time of its certificate', () => {
    assert.match(
      said(handshakeAt('2019-12-31T00:00:00Z'), 'clock') ?? '',
      /^2019-\S+ \S+ UTC, before its certificate was valid: random bytes, or a wrong clock$/,
    )
    assert.match(
      said(handshakeAt('2026-01-01T00:00:00Z'), 'clock') ?? '',
      /; the recording has no times to compare it with$/,
    )
    assert.match(
      said(handshakeAt('2041-01-01T00:00:00Z'), 'clock') ?? '',
      /, after its certificate expired: random bytes, a wrong clock, or an expired certificate in use$/,
    )
  })
})

describe('a signature that cannot be checked', () => {
  const { client, server } = handshakeAt('2026-01-01T00:00:00Z') as Required<RecordedStreams>

  test('says what is missing', () => {
    assert.equal(
      said({ server }, 'signature'),
      'not checked: ecdsa_sha256, but the ClientHello is missing',
    )
    assert.equal(said({ client }, 'signature'), 'not recorded: there is no ServerHello')
  })
})
