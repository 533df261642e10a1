// createStatement, renewStatement and digestFile with an AbortSignal, against real servers: what was open is closed, nothing
// further is asked, and the caller gets the reason that it gave itself.

import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createStatement, renewStatement } from '../../src/sign/sign.ts'
import { digestFile } from '../../src/system/files.ts'
import { knownWitnesses } from '../../src/verify/known-witnesses.ts'
import { UNUSED_PORT } from '../support/harness/child.ts'
import { until } from '../support/harness/until.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { subject } from '../support/make/statements.ts'
import {
  answer,
  inTurn,
  type Script,
  silent,
  startHostileServer,
} from '../support/servers/hostile-server.ts'
import { endEntityOf, testRoot } from '../support/servers/known-hosts.ts'
import { leadsTo, startProxy } from '../support/servers/proxy.ts'
import { endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'] })
const [endEntity] = endEntities(pki)
const right = answer({ endEntity })
const REASON = new Error('the caller has had enough')
const options = { subjects: [subject('doc.txt')], trustAnchors: [pki.root.der], timeout: 600 }

function isReason(error: unknown): boolean {
  return error === REASON
}

/** Signs with a server until it has seen so many connections, aborts, and waits for every one to be closed. */
async function abortAfter(connections: number, script: Script): Promise<void> {
  await using server = await startHostileServer(script)
  const controller = new AbortController()
  const { signal } = controller
  const signing = createStatement({ ...options, host: '127.0.0.1', port: server.port, signal })
  const ending = assert.rejects(signing, isReason)
  await until(() => server.log().filter(({ hello }) => hello).length === connections)
  controller.abort(REASON)
  await ending
  await until(() => server.log().every(({ end }) => end !== undefined))
  assert.ok(server.connections() <= connections + 1)
}

describe('an aborted signal', () => {
  test('ends the wait for a server that says nothing', () => abortAfter(1, silent))

  test('ends a chain in its second round, and the connection that waits for the third', () =>
    abortAfter(2, inTurn(right, silent)))

  test('lets nobody be asked when it is aborted before', async () => {
    await using server = await startHostileServer(right)
    const signal = AbortSignal.abort(REASON)
    const at = { host: '127.0.0.1', port: server.port, signal }
    await assert.rejects(createStatement({ ...options, ...at }), isReason)
    const { statement } = await createStatement({ ...options, ...at, signal: undefined })
    const signed = server.connections()
    await assert.rejects(renewStatement(statement, { ...options, ...at }), isReason)
    assert.equal(server.connections(), signed)
  })

  test('ends the pause before an unreachable witness is tried again', async () => {
    const controller = new AbortController()
    const asked: number[] = []
    const signing = createStatement({
      ...options,
      host: '127.0.0.1',
      port: UNUSED_PORT,
      retries: 10,
      signal: controller.signal,
      proxyFor: (_, port) => void asked.push(port),
    })
    // The first try fails at once, and the pause is half a second
    setTimeout(() => controller.abort(REASON), 50)
    await assert.rejects(signing, isReason)
    assert.deepEqual(asked, [UNUSED_PORT])
  })

  test('ends the questions to all operators at once', async () => {
    await using google = await startHostileServer(
      answer({ endEntity: endEntityOf('www.google.com') }),
    )
    await using others = await startHostileServer(silent)
    const firsts = [
      ...new Map(knownWitnesses.toReversed().map((one) => [one.operator, one.host])).values(),
    ]
    const silently = firsts.map((host) => [`${host}:443`, others.port])
    const ports = { ...Object.fromEntries(silently), 'www.google.com:443': google.port }
    await using proxy = await startProxy(leadsTo(ports))
    const controller = new AbortController()
    const signing = createStatement({
      ...options,
      trustAnchors: [testRoot.der],
      quorum: 2,
      proxyFor: () => ({ protocol: 'http', host: proxy.host, port: proxy.port }),
      signal: controller.signal,
    })
    const ending = assert.rejects(signing, isReason)
    const asked = (): Set<string> => new Set(proxy.asked.map(({ target }) => target))
    await until(() => asked().size === firsts.length)
    controller.abort(REASON)
    await ending
    await until(() => others.log().every(({ end }) => end !== undefined))
    // Nobody stands in for a host that was given up
    assert.equal(asked().size, firsts.length)
  })

  test('leaves a finished statement alone, and what the caller did wrong its own error', async () => {
    await using server = await startHostileServer(right)
    const controller = new AbortController()
    const at = { host: '127.0.0.1', port: server.port, signal: controller.signal }
    const { report } = await createStatement({ ...options, ...at })
    // One signal may be for many statements
    await until(() => getEventListeners(controller.signal, 'abort').length === 0)
    controller.abort(REASON)
    assert.equal(report.verdict, 'passed')
    const wrong = createStatement({ ...options, ...at, rounds: 0 })
    await assert.rejects(wrong, RangeError)
  })

  test('ends the hashing of a large file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tls-stamp-abort-'))
    try {
      const path = join(folder, 'large')
      writeFileSync(path, Buffer.alloc(2 ** 25))
      const controller = new AbortController()
      let last = 0
      const hashing = digestFile(
        path,
        (hashed) => {
          last = hashed
          controller.abort(REASON)
        },
        controller.signal,
      )
      await assert.rejects(hashing, isReason)
      assert.ok(last < 2 ** 25, `${last} bytes`)
      await assert.rejects(digestFile(path, undefined, controller.signal), isReason)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
