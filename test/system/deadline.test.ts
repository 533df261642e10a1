// What the deadline of a connection counts from, and what starts it over, by a clock that the test turns.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { NetworkError } from '../../src/errors.ts'
import { probeServer } from '../../src/probe/probe.ts'
import { createStatement } from '../../src/sign/sign.ts'
import { openConnection, runHandshake } from '../../src/system/connect.ts'
import { parseProxy } from '../../src/system/proxy.ts'
import { HandshakeClient } from '../../src/tls/client.ts'
import { soFar, turnedClock } from '../support/harness/turned-clock.ts'
import { mintTestPki } from '../support/make/mint.ts'
import {
  answer,
  offers,
  refuses,
  type Script,
  silent,
  startHostileServer,
} from '../support/servers/hostile-server.ts'
import { takesOnly } from '../support/servers/picky-script.ts'
import { makeTunnel, startProxy } from '../support/servers/proxy.ts'
import { endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'] })
const [endEntity] = endEntities(pki)
const trustAnchors = [pki.root.der]
const subjects = [{ name: 'a', sha256: createHash('sha256').update('a').digest() }]
const host = '127.0.0.1'

/** The code that a promise rejects with. */
async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing',
    (error) => (error instanceof NetworkError ? `${error.code}: ${error.message}` : `${error}`),
  )
}

function freshClient(): HandshakeClient {
  return new HandshakeClient({ clientRandom: new Uint8Array(32), statusRequest: true })
}

describe('a connection', () => {
  for (const way of ['to a silent server', 'to a silent proxy'] as const) {
    test(`${way} has its time from the beginning, and all of it again when renewed`, async () => {
      using clock = turnedClock()
      await using server = await startHostileServer(silent)
      await using proxy = await startProxy(() => undefined)
      const { port } = server
      const through = { proxy: parseProxy(`http://127.0.0.1:${proxy.port}`) }
      const address = { host, port, timeout: 300, ...(way === 'to a silent proxy' && through) }
      const [kept, renewed] = [openConnection(address), openConnection(address)]
      const ends = [kept, renewed].map((one) => codeOf(runHandshake(one, freshClient())))
      const [endOfKept, endOfRenewed] = ends as [Promise<string>, Promise<string>]
      const peer = way === 'to a silent proxy' ? `proxy ${host}:${proxy.port}` : `${host}:${port}`
      const over = `timeout: ${peer} took more than 0.3 seconds`
      clock.turn(200)
      renewed.renew()
      clock.turn(99)
      assert.equal(await soFar(endOfKept), 'waiting')
      clock.turn(1)
      assert.equal(await endOfKept, over)
      clock.turn(199)
      assert.equal(await soFar(endOfRenewed), 'waiting')
      clock.turn(1)
      assert.equal(await endOfRenewed, over)
    })
  }

  test('through a proxy leaves to the server the time that the proxy has not taken', async () => {
    using clock = turnedClock()
    await using server = await startHostileServer(() => undefined)
    await using proxy = await startProxy((client, target) => {
      clock.turn(200)
      makeTunnel(client, target)
    })
    const { port } = server
    const options = { host, port, timeout: 300, proxy: parseProxy(`http://${host}:${proxy.port}`) }
    const connection = openConnection(options)
    await connection.opened
    const end = codeOf(connection.ended)
    clock.turn(99)
    assert.equal(await soFar(end), 'waiting')
    clock.turn(1)
    assert.equal(await end, `timeout: ${host}:${port} took more than 0.3 seconds`)
  })

  test('has no more time for bytes that come one by one', async () => {
    using clock = turnedClock()
    await using server = await startHostileServer(async (peer) => {
      while (peer.open) {
        await peer.write(Uint8Array.of(22, 3, 3, 0, 4, 0, 0, 0, 0))
        clock.turn(100)
      }
    })
    const connection = openConnection({ host, port: server.port, timeout: 300 })
    const end = await codeOf(runHandshake(connection, freshClient()))
    assert.match(end, /^timeout: /)
  })
})

describe('a signing', () => {
  test('gives each round all of the time, also on a connection that was open before', async () => {
    using clock = turnedClock()
    const good = answer({ endEntity })
    const late: Script = async (peer) => {
      clock.turn(59_999)
      await good(peer)
    }
    await using server = await startHostileServer(late)
    const options = { host, port: server.port, subjects, trustAnchors, timeout: 60 }
    const { statement } = await createStatement(options)
    assert.equal(statement.rounds.length, 3)
  })

  test('fails in the round that takes a millisecond more', async () => {
    using clock = turnedClock()
    const good = answer({ endEntity })
    await using server = await startHostileServer(async (peer) => {
      clock.turn(peer.round === 1 ? 60_000 : 59_999)
      await good(peer)
    })
    const options = { host, port: server.port, subjects, trustAnchors, timeout: 60 }
    assert.match(await codeOf(createStatement(options)), /^timeout: /)
  })
})

describe('a probe', () => {
  test('pauses between connections, and not before the first', async () => {
    using clock = turnedClock()
    await using server = await startHostileServer(takesOnly({ endEntity }))
    const options = { port: server.port, trustAnchors, quick: true, rounds: 4, pause: 40 }
    await probeServer({ host, ...options })
    // The last one asks for TLS 1.3
    assert.equal(server.connections(), 5)
    assert.deepEqual(clock.pauses, [40, 40, 40, 40])
  })

  test('gives up a server that falls silent later on, after three connections', async () => {
    using clock = turnedClock()
    const tls13 = answer({
      endEntity,
      cipherSuite: 0x1301,
      extensions: [{ type: 43, body: Uint8Array.of(3, 4) }],
      mutate: (messages) => messages.slice(0, 1),
    })
    const script = takesOnly({ endEntity }, (peer) =>
      (offers(peer.hello, 43) ? tls13 : refuses(40))(peer),
    )
    let asked = 0
    await using server = await startHostileServer((peer) =>
      ++asked > 10 ? clock.turn(60_000) : script(peer),
    )
    const options = { port: server.port, trustAnchors, pause: 0, timeout: 60 }
    const report = await probeServer({ host, ...options })
    assert.equal(report.witness, true)
    assert.equal(server.connections(), 13)
    const outcomes = new Set(report.groups?.map(({ outcome }) => outcome))
    assert.deepEqual([...outcomes], ['not-asked'])
    const silences = report.cipherSuites?.filter(({ outcome }) => outcome === 'no-answer')
    assert.equal(silences?.length, 3)
    assert.equal(report.tls13.guard, false)
    assert.deepEqual(report.tls13.reasons, [
      { code: 'not-asked', message: 'it did not answer when offered TLS 1.3' },
    ])
  })
})
