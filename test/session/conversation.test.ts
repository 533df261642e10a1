// How long the end of a session waits for the server's close_notify, by a clock that the test turns.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, mock, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Closing } from '../../src/session/conversation.ts'
import { completeHandshake, type OpenSession } from '../../src/session/session.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { type Finishing, startFinishingServer } from '../support/servers/finishing-server.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['rsa-2048'] })
const [rsa] = endEntities(pki) as [EndEntity]

/** A server that finishes the handshake and says nothing after it. */
const startSilent = () =>
  startFinishingServer(rsa, ({ verifyData, message, sealed }: Finishing) => [
    Uint8Array.of(20, 3, 3, 0, 1, 1),
    sealed(22, message(20, verifyData)),
  ])

function open(port: number, timeout: number): Promise<OpenSession> {
  return completeHandshake({
    address: { host: '127.0.0.1', port, timeout },
    ...{ serverName: 'localhost', version: 0x0303, report: () => {} },
  })
}

/** What has come of it after the event loop has gone round a few times. */
async function soFar(closing: Promise<Closing>): Promise<Closing | 'waiting'> {
  const pause = async (): Promise<'waiting'> => {
    for (let i = 0; i < 20; i++) await setImmediate()
    return 'waiting'
  }
  return Promise.race([closing, pause()])
}

describe('the end of a session', () => {
  // Both the deadline of the connection and the wait for close_notify are setTimeout's
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
  afterEach(() => mock.timers.reset())

  test('comes at the deadline, which the handshake has brought nearer', async () => {
    await using server = await startSilent()
    const session = await open(server.port, 3000)
    mock.timers.tick(1000)
    const closing = session.close()
    mock.timers.tick(1999)
    assert.equal(await soFar(closing), 'waiting')
    mock.timers.tick(1)
    assert.equal(await closing, 'timeout')
  })

  test('comes after 5 seconds, however far the deadline', async () => {
    await using server = await startSilent()
    const session = await open(server.port, 60_000)
    const closing = session.close()
    mock.timers.tick(4999)
    assert.equal(await soFar(closing), 'waiting')
    mock.timers.tick(1)
    assert.equal(await closing, 'timeout')
  })

  test('is that of the connection, when that comes first', async () => {
    await using server = await startSilent()
    const session = await open(server.port, 60_000)
    const closing = session.close()
    mock.timers.tick(4999)
    assert.equal(await soFar(closing), 'waiting')
    await server.stop()
    assert.equal(await closing, 'end')
  })
})
