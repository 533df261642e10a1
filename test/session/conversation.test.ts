// How long the end of a session waits for the server's close_notify, by a clock that the test turns.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { completeHandshake, type OpenSession } from '../../src/session/session.ts'
import { soFar, turnedClock } from '../support/harness/turned-clock.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { type Finishing, startFinishingServer } from '../support/servers/finishing-server.ts'
import { endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['rsa-2048'] })
const [rsa] = endEntities(pki)

/** A server that finishes the handshake and says nothing after it. */
const startSilent = () =>
  startFinishingServer(rsa, ({ verifyData, message, sealed }: Finishing) => [
    Uint8Array.of(20, 3, 3, 0, 1, 1),
    sealed(22, message(20, verifyData)),
  ])

function open(port: number, timeout: number): Promise<OpenSession> {
  return completeHandshake({
    address: { host: '127.0.0.1', port, timeout },
    serverName: 'localhost',
    version: 0x0303,
    report: () => {},
  })
}

// Both the deadline of the connection and the wait for close_notify are setTimeout's.
describe('the end of a session', () => {
  test('comes at the deadline, which the handshake has brought nearer', async () => {
    using clock = turnedClock()
    await using server = await startSilent()
    const session = await open(server.port, 3000)
    clock.turn(1000)
    const closing = session.close()
    clock.turn(1999)
    assert.equal(await soFar(closing), 'waiting')
    clock.turn(1)
    assert.equal(await closing, 'timeout')
  })

  test('comes after 5 seconds, however far the deadline', async () => {
    using clock = turnedClock()
    await using server = await startSilent()
    const session = await open(server.port, 60_000)
    const closing = session.close()
    clock.turn(4999)
    assert.equal(await soFar(closing), 'waiting')
    clock.turn(1)
    assert.equal(await closing, 'timeout')
  })

  test('is that of the connection, when that comes first', async () => {
    using clock = turnedClock()
    await using server = await startSilent()
    const session = await open(server.port, 60_000)
    const closing = session.close()
    clock.turn(4999)
    assert.equal(await soFar(closing), 'waiting')
    await server.stop()
    assert.equal(await closing, 'end')
  })
})
