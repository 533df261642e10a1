// Handshakes through tinyproxy: BoringSSL behind it, what it refuses, and whom it does not know.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NetworkError } from '../../src/errors.ts'
import { verifyStatement } from '../../src/index.ts'
import { completeHandshake } from '../../src/session/session.ts'
import { createStatement } from '../../src/sign/sign.ts'
import { type Address, openConnection, runHandshake } from '../../src/system/connect.ts'
import { parseProxy } from '../../src/system/proxy.ts'
import { HandshakeClient } from '../../src/tls/client.ts'
import { readTranscript } from '../../src/tls/transcript.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { subject } from '../support/make/statements.ts'
import { startTinyproxy } from '../support/servers/proxy.ts'
import { endEntities, missing, type Server, startBunServer } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'] })
const [p256] = endEntities(pki)

function addressOf(port: number, proxy: Server, userinfo = ''): Address {
  const text = `http://${userinfo}${proxy.host}:${proxy.port}`
  return { host: 'localhost', port, timeout: 120_000, proxy: parseProxy(text) }
}

/** The server's clock, by one round of a chain. */
async function clockOf(address: Address): Promise<number> {
  const connection = openConnection(address)
  try {
    const client = new HandshakeClient({ clientRandom: new Uint8Array(32), statusRequest: true })
    const { serverRandom } = readTranscript(await runHandshake(connection, client))
    return new DataView(serverRandom.buffer, serverRandom.byteOffset).getUint32(0)
  } finally {
    connection.close()
  }
}

async function refusal(address: Address): Promise<string> {
  const error = await clockOf(address).then(
    () => assert.fail('expected a refusal'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof NetworkError, String(error))
  assert.equal(error.code, 'proxy')
  return error.message
}

describe('through tinyproxy', { skip: missing('bun', 'tinyproxy') }, () => {
  test('a witness signs, one round after the other', async () => {
    await using server = await startBunServer({ endEntity: p256 })
    await using proxy = await startTinyproxy({ ports: [server.port] })
    for (let round = 0; round < 3; round++) {
      const began = Date.now() / 1000
      const clock = await clockOf(addressOf(server.port, proxy))
      assert.ok(clock > began - 60 && clock < Date.now() / 1000 + 60, `${clock}`)
    }
  })

  test('createStatement goes by proxyFor, which is asked for each host and port', async () => {
    await using server = await startBunServer({ endEntity: p256 })
    await using proxy = await startTinyproxy({ ports: [server.port] })
    const through = parseProxy(`http://${proxy.host}:${proxy.port}`)
    const asked: string[] = []
    const { statement } = await createStatement({
      host: 'localhost',
      port: server.port,
      timeout: 20,
      subjects: [subject('doc.txt')],
      trustAnchors: [pki.root.der],
      proxyFor: (host, port) => {
        asked.push(`${host}:${port}`)
        return through
      },
    })
    assert.deepEqual([...new Set(asked)], [`localhost:${server.port}`])
    const report = verifyStatement(statement, {
      trustAnchors: [pki.root.der],
      witnesses: ['localhost'],
      now: new Date(),
      digests: statement.subjects,
    })
    assert.equal(report.verdict, 'passed')
    assert.equal(report.witnesses[0]?.rounds.length, 3)

    // Nothing goes around a proxy that does not lead there
    await using other = await startTinyproxy({ ports: [443] })
    await assert.rejects(
      createStatement({
        host: 'localhost',
        port: server.port,
        timeout: 20,
        subjects: [subject('doc.txt')],
        trustAnchors: [pki.root.der],
        proxyFor: () => parseProxy(`http://${other.host}:${other.port}`),
      }),
      { name: 'NetworkError', code: 'proxy' },
    )
  })

  test('a handshake comes to its end', async () => {
    await using server = await startBunServer({ endEntity: p256 })
    await using proxy = await startTinyproxy({ ports: [server.port] })
    const session = await completeHandshake({
      address: addressOf(server.port, proxy),
      serverName: 'localhost',
      version: 0x0303,
      report: () => undefined,
    })
    assert.deepEqual(session.handshake.certificates[0], p256.certificates[0])
    await session.close()
  })

  test('another port than its ConnectPort is refused, and the error says by whom', async () => {
    await using proxy = await startTinyproxy({ ports: [443] })
    const message = await refusal(addressOf(8443, proxy))
    const beginning = `proxy 127.0.0.1:${proxy.port} refused the connection to localhost:8443: 403 `
    assert.equal(message.slice(0, beginning.length), beginning)
  })

  test('nobody behind it is its answer', async () => {
    const server = await startBunServer({ endEntity: p256 })
    await using proxy = await startTinyproxy({ ports: [server.port] })
    await server.stop()
    const message = await refusal(addressOf(server.port, proxy))
    assert.match(message, /^proxy 127\.0\.0\.1:\d+ refused the connection to localhost:\d+: 5\d\d /)
  })

  test('its user name and password are asked for, and taken', async () => {
    await using server = await startBunServer({ endEntity: p256 })
    const user = { user: 'stamp', password: 'secret' }
    await using proxy = await startTinyproxy({ ports: [server.port], ...user })
    assert.match(await refusal(addressOf(server.port, proxy)), /asks for a user name and password/)
    const wrong = await refusal(addressOf(server.port, proxy, 'stamp:wrong-one@'))
    assert.match(wrong, /does not take this user name and password|refused the connection/)
    assert.doesNotMatch(wrong, /wrong-one/)
    assert.ok((await clockOf(addressOf(server.port, proxy, 'stamp:secret@'))) > 0)
  })
})
