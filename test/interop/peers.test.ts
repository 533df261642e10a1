// The test servers themselves: each completes a TLS 1.2 flight, and has its clock in server_random or not, as we rely on.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import {
  CERTIFICATE_REQUEST,
  CERTIFICATE_STATUS,
  messageBody,
  type RawHandshake,
  type RawOptions,
  rawHandshake,
  serverTime,
  signedParams,
} from '../support/harness/raw-client.ts'
import { firstGood, until } from '../support/harness/until.ts'
import { mintTestPki } from '../support/make/mint.ts'
import type { Program } from '../support/servers/programs.ts'
import {
  endEntities,
  missing,
  type Server,
  startBunServer,
  startErlangServer,
  startGoServer,
  startJavaServer,
  startLighttpd,
  startNginx,
  startNodeServer,
  startOpensslServer,
} from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256', 'rsa-2048', 'p384', 'p521', 'ed25519'] })
const [p256, rsa, p384, p521, ed25519] = endEntities(pki)

interface Peer {
  readonly title: string
  readonly programs: readonly Program[]
  readonly start: () => Promise<Server>
  /** Seconds that the clock in server_random is ahead of ours; 'random' when there is no clock. */
  readonly clock: number | 'random'
  readonly hello?: RawOptions
}

const PEERS: readonly Peer[] = [
  {
    title: 'bun (BoringSSL)',
    programs: ['bun'],
    start: () => startBunServer({ endEntity: p256 }),
    clock: 0,
  },
  {
    title: 'node (OpenSSL)',
    programs: ['node'],
    start: () => startNodeServer({ endEntity: rsa }),
    clock: 'random',
  },
  {
    title: 'openssl s_server',
    programs: ['openssl'],
    start: () => startOpensslServer({ endEntity: rsa }),
    clock: 'random',
  },
  {
    title: 'lighttpd over Mbed TLS',
    programs: ['lighttpd', 'mod_mbedtls'],
    start: () => startLighttpd({ module: 'mod_mbedtls', endEntity: rsa }),
    clock: 0,
  },
  {
    title: 'lighttpd over GnuTLS',
    programs: ['lighttpd', 'mod_gnutls'],
    start: () => startLighttpd({ module: 'mod_gnutls', endEntity: p256 }),
    clock: 'random',
  },
  {
    title: 'lighttpd over NSS',
    programs: ['lighttpd', 'mod_nss'],
    start: () => startLighttpd({ module: 'mod_nss', endEntity: p256 }),
    clock: 'random',
  },
  {
    title: 'lighttpd over wolfSSL',
    programs: ['lighttpd', 'mod_wolfssl'],
    start: () => startLighttpd({ module: 'mod_wolfssl', endEntity: rsa }),
    clock: 'random',
  },
  {
    title: 'lighttpd over OpenSSL',
    programs: ['lighttpd', 'mod_openssl'],
    start: () => startLighttpd({ module: 'mod_openssl', endEntity: p256 }),
    clock: 'random',
  },
  {
    title: 'nginx',
    programs: ['nginx'],
    start: () => startNginx({ endEntity: rsa, alternative: p256 }),
    clock: 'random',
  },
  {
    title: 'Erlang with TLS 1.2 only',
    programs: ['erlang'],
    start: () => startErlangServer({ endEntity: p256, versions: ['tlsv1.2'] }),
    clock: 0,
  },
  {
    title: 'Erlang by default',
    programs: ['erlang'],
    start: () => startErlangServer({ endEntity: rsa }),
    clock: 'random',
  },
  {
    title: 'Go',
    programs: ['go'],
    start: () => startGoServer({ endEntity: p256 }),
    clock: 'random',
  },
  {
    title: 'Java',
    programs: ['java'],
    start: () => startJavaServer({ endEntity: p256 }),
    clock: 'random',
  },
  {
    title: 'bun an hour ahead',
    programs: ['bun', 'faketime'],
    start: () => startBunServer({ endEntity: p256 }, { clockOffset: 3600 }),
    clock: 3600,
  },
  {
    title: 'lighttpd over Mbed TLS ten years behind',
    programs: ['lighttpd', 'mod_mbedtls', 'faketime'],
    start: () => startLighttpd({ module: 'mod_mbedtls', endEntity: p256, clockOffset: -315360000 }),
    clock: -315360000,
  },
]

test('a test server signs its key exchange, and has a clock or none as expected', {
  concurrency: 4,
}, async (t) => {
  const runs = PEERS.map(({ title, programs, start, clock, hello }) =>
    t.test(title, { skip: missing(...programs) }, async () => {
      const server = await start()
      try {
        /** Seconds before or after the handshake, whose time is what it takes. */
        const off: number[] = []
        for (let round = 0; round < 3; round++) {
          const began = Date.now() / 1000
          const handshake = await rawHandshake(server.port, hello)
          assert.equal(signedParams(handshake).valid, true)
          const time = serverTime(handshake) - (clock === 'random' ? 0 : clock)
          off.push(time < began ? time - began : Math.max(0, time - Date.now() / 1000))
        }
        const near = off.filter((seconds) => Math.abs(seconds) <= 2).length
        assert.equal(near, clock === 'random' ? 0 : 3, `off by ${off.join(', ')} s`)
      } finally {
        await server.stop()
      }
    }),
  )
  await Promise.all(runs)
})

test('one bun process serves end entities of every kind', { skip: missing('bun') }, async () => {
  const listeners = [p384, p521, ed25519].map((endEntity) => ({ endEntity }))
  await using server = await startBunServer(listeners)
  const handshakes = await Promise.all(server.ports.map((port) => rawHandshake(port)))
  assert.deepEqual(
    handshakes.map((handshake) => signedParams(handshake).valid),
    [true, true, true],
  )
  assert.equal(signedParams(handshakes[2] as RawHandshake).scheme, 0x0807)
})

test('a bun server can be held to one version of TLS', { skip: missing('bun') }, async () => {
  await using server = await startBunServer([
    { endEntity: p256, minVersion: 'TLSv1.3' },
    { endEntity: p256, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
  ])
  const [modern, old] = await Promise.all(server.ports.map((port) => rawHandshake(port)))
  assert.deepEqual(modern?.alerts, [[2, 70]])
  assert.equal(messageBody(old as RawHandshake, 2)[1], 2)
})

test('a node server staples what it is given', async () => {
  const ocsp = Uint8Array.of(0x30, 0x03, 0x0a, 0x01, 0x03)
  await using server = await startNodeServer({ endEntity: p256, ocsp })
  const status = messageBody(
    await rawHandshake(server.port, { statusRequest: true }),
    CERTIFICATE_STATUS,
  )
  assert.deepEqual([...status], [1, 0, 0, 5, ...ocsp])
})

test('s_server takes arguments and files', { skip: missing('openssl') }, async () => {
  await using server = await startOpensslServer({
    endEntity: rsa,
    args: ['-Verify', '2', '-CAfile', 'root.pem', '-status_file', 'ocsp.der'],
    files: { 'root.pem': pki.root.pem, 'ocsp.der': Uint8Array.of(0x30, 0x03, 0x0a, 0x01, 0x03) },
  })
  const handshake = await rawHandshake(server.port, { statusRequest: true })
  assert.deepEqual(
    handshake.messages.map((message) => message.type),
    [2, 11, CERTIFICATE_STATUS, 12, CERTIFICATE_REQUEST, 14],
  )
})

test('a program that cannot start says why', { skip: missing('openssl') }, async () => {
  const starting = startOpensslServer({ endEntity: rsa, args: ['-no-such-option'] })
  await assert.rejects(starting, /ended with exit code 1[\s\S]*no-such-option/)
})

test('NSS sends its flight in one record', {
  skip: missing('lighttpd', 'mod_nss'),
}, async () => {
  await using server = await startLighttpd({ module: 'mod_nss', endEntity: rsa })
  assert.equal((await rawHandshake(server.port)).records, 1)
})

test('Erlang takes its clock when the connection opens', { skip: missing('erlang') }, async () => {
  await using server = await startErlangServer({ endEntity: p256, versions: ['tlsv1.2'] })
  const attempt = async (): Promise<{ readonly ahead: number; readonly behind: number }> => {
    const began = Date.now() / 1000
    const time = serverTime(await rawHandshake(server.port, { delay: 3500 }))
    return { ahead: time - began, behind: Date.now() / 1000 - time }
  }
  // Before the ClientHello, and not before the connection: to the second. A busy machine may accept late.
  const { ahead, behind } = await firstGood(attempt, (times) => times.behind > 1.4)
  assert.ok(behind > 1.4 && ahead > -1.5, `behind by ${behind} s`)
})

test('a server ends with the process that started it', { skip: missing('openssl') }, async () => {
  for (const [signal, status] of [
    ['SIGKILL', null],
    [undefined, 0],
  ] as const) {
    const parent = spawn(process.execPath, ['--input-type=module', '-e', FORGETFUL], {
      env: {
        ...process.env,
        SUPPORT: SUPPORT.href,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const [line] = await once(parent.stdout, 'data')
    const port = Number(line)
    assert.equal((await rawHandshake(port)).end, 'serverHelloDone')
    if (signal) parent.kill(signal)
    else parent.stdin.end()
    const [code] = await once(parent, 'exit')
    assert.equal(code, status)
    // Until nobody listens any more
    await until(async () => (await rawHandshake(port, { timeout: 500 })).end === 'reset')
  }
})

// Starts a server and never stops it.
const SUPPORT = new URL('../support/', import.meta.url)
const FORGETFUL = `
const { SUPPORT } = process.env
const { mintTestPki } = await import(SUPPORT + 'make/mint${import.meta.url.slice(-3)}')
const { endEntities, startOpensslServer } = await import(SUPPORT + 'servers/servers${import.meta.url.slice(-3)}')
const [endEntity] = endEntities(mintTestPki({ endEntityKeys: ['p256'] }))
const { port } = await startOpensslServer({ endEntity })
process.stdout.write(String(port))
process.stdin.resume()
`
