// A connection's promises: they settle at whatever time it ends, and nothing of it keeps the process alive.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import dns from 'node:dns'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { afterEach, describe, mock, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { NetworkError } from '../../src/errors.ts'
import { type Address, openConnection, runHandshake } from '../../src/system/connect.ts'
import { HandshakeClient } from '../../src/tls/client.ts'
import { mintTestPki } from '../support/make/mint.ts'
import {
  answer,
  hangsUp,
  type Script,
  silent,
  startHostileServer,
} from '../support/servers/hostile-server.ts'
import { endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'] })
const [p256] = endEntities(pki)

function freshClient(): HandshakeClient {
  return new HandshakeClient({ clientRandom: new Uint8Array(32), statusRequest: true })
}

function addressOf(port: number, timeout = 60_000): Address {
  return { host: '127.0.0.1', port, timeout }
}

function isNetworkError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof NetworkError && error.code === code
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('a connection', () => {
  test('runs one handshake and then closes by itself', async () => {
    await using server = await startHostileServer(answer({ endEntity: p256 }))
    const connection = openConnection(addressOf(server.port))
    await connection.opened
    const transcript = await runHandshake(connection, freshClient())
    assert.equal(transcript.serverHello[0], 2)
    const { socket } = connection
    if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', resolve))
    await assert.rejects(connection.ended, NetworkError)
  })

  for (const by of ['fin', 'reset'] as const) {
    test(`that ended by ${by} while nobody looked says so when it is used`, async () => {
      const accepted = (socket: import('node:net').Socket): void => {
        by === 'fin' ? socket.end() : socket.resetAndDestroy()
      }
      await using server = await startHostileServer(silent, { accepted })
      const connection = openConnection(addressOf(server.port))
      await assert.rejects(connection.ended, isNetworkError('closed'))
      await assert.rejects(runHandshake(connection, freshClient()), isNetworkError('closed'))
      connection.close()
    })
  }

  test('that was closed here says so when it is used', async () => {
    await using server = await startHostileServer(silent)
    const connection = openConnection(addressOf(server.port))
    connection.close()
    await assert.rejects(connection.opened, isNetworkError('closed'))
    await assert.rejects(runHandshake(connection, freshClient()), isNetworkError('closed'))
  })

  test('that nobody ever uses disturbs nobody', async () => {
    const server = await startHostileServer(silent)
    await server.stop()
    openConnection(addressOf(server.port))
    await pause(50)
  })

  test('that the server ends during the handshake is closed', async () => {
    for (const by of ['fin', 'reset'] as const) {
      await using server = await startHostileServer(hangsUp(by))
      const connection = openConnection(addressOf(server.port))
      await assert.rejects(runHandshake(connection, freshClient()), isNetworkError('closed'))
    }
  })
})

/** A process that listens and, stopped, takes no connection more: whoever asks hears nothing until it goes on. */
async function startUnanswering(): Promise<{
  readonly port: number
  readonly goOn: () => void
  readonly [Symbol.asyncDispose]: () => Promise<void>
}> {
  const program = `
    const server = require('node:net').createServer((socket) => socket.on('error', () => {}))
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port))`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [printed] = (await once(child.stdout, 'data')) as [Buffer]
  child.kill('SIGSTOP')
  const port = Number(printed)
  const waiting = Array.from({ length: 4 }, () => connect({ port, host: '127.0.0.1' }))
  for (const socket of waiting) socket.on('error', () => undefined)
  // The queue of the kernel is full when it has taken two
  while (waiting.filter(({ connecting }) => !connecting).length < 2) await pause(10)
  const goOn = (): void => {
    for (const socket of waiting) socket.destroy()
    child.kill('SIGCONT')
  }
  const end = async (): Promise<void> => {
    goOn()
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  return { port, goOn, [Symbol.asyncDispose]: end }
}

const noLoopback = process.platform === 'linux' ? false : '127.0.0.2 is no loopback address'

describe('a name with two addresses', { skip: noLoopback }, () => {
  /** Looks up every name as these. */
  function resolveTo(...addresses: readonly string[]): void {
    const found = addresses.map((address) => ({ address, family: 4 }))
    mock.method(dns, 'lookup', (_: string, __: object, done: (...found: unknown[]) => void) =>
      done(null, found),
    )
  }

  afterEach(() => mock.restoreAll())

  test('of which one is dead is waited for at the slow one', async () => {
    await using slow = await startUnanswering()
    resolveTo('127.0.0.1', '127.0.0.2')
    const connection = openConnection({ ...addressOf(slow.port), host: 'slow.test' })
    // Longer than Node.js would wait for either
    setTimeout(slow.goOn, 600)
    await connection.opened
    connection.close()
  })

  test('of which the first never answers is reached at the second', async () => {
    await using dead = await startUnanswering()
    const server = createServer((socket) => socket.on('error', () => undefined))
    server.listen(dead.port, '127.0.0.2')
    await once(server, 'listening')
    resolveTo('127.0.0.1', '127.0.0.2')
    const connection = openConnection({ ...addressOf(dead.port, 4000), host: 'dead.test' })
    await connection.opened
    connection.close()
    server.close()
  })
})

describe('a process ends by itself as soon as its statement is made or refused', () => {
  // As this file, what it starts is either a source or compiled.
  const create = fileURLToPath(import.meta.url).replace(
    /test([\\/])system([\\/])connect\.test(\.[jt]s)$/,
    'src$1sign$2sign$3',
  )
  const program = `
    const { createStatement } = await import(${JSON.stringify(create)})
    const [port, anchor] = process.argv.slice(1)
    const subjects = [{ name: 'x', sha256: new Uint8Array(32) }]
    const trustAnchors = [Buffer.from(anchor, 'base64')]
    const options = { host: '127.0.0.1', port: Number(port), subjects, trustAnchors, timeout: 3600 }
    const outcome = await createStatement(options).then(() => 'signed', (error) => error.code)
    process.stdout.write(outcome)
  `
  const run = async (script: Script): Promise<{ outcome: string; code: number | null }> => {
    await using server = await startHostileServer(script)
    const anchor = Buffer.from(pki.root.der).toString('base64')
    const args = ['--input-type=module', '-e', program, String(server.port), anchor]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let outcome = ''
    child.stdout.on('data', (chunk) => {
      outcome += chunk
    })
    const timer = setTimeout(() => child.kill(), 120_000)
    const [code] = await once(child, 'close')
    clearTimeout(timer)
    return { outcome, code }
  }
  const cases: Readonly<Record<string, readonly [string, Script]>> = {
    'a good one': ['signed', answer({ endEntity: p256 })],
    'a random clock': ['implausible', answer({ endEntity: p256, clock: () => undefined })],
    'a failed second round': [
      'closed',
      (peer) => (peer.round === 0 ? answer({ endEntity: p256 })(peer) : peer.close('reset')),
    ],
  }
  test('with all timers of an hour', async () => {
    const runs = Object.entries(cases).map(async ([name, [outcome, script]]) => {
      assert.deepEqual(await run(script), { outcome, code: 0 }, name)
    })
    await Promise.all(runs)
  })
})
