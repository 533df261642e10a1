// Complete handshakes with real servers: every kind of key exchange and cipher, every version, and what must not pass.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import { checkSession } from '../../src/session/checks.ts'
import type { Closing } from '../../src/session/conversation.ts'
import type { CompleteHandshake, CompleteOptions } from '../../src/session/handshake.ts'
import { type Answer, requestHead } from '../../src/session/http.ts'
import type { ObservedMessage } from '../../src/session/observed-message.ts'
import { completeHandshake } from '../../src/session/session.ts'
import { serverTimeOf } from '../../src/tls/messages.ts'
import { cipherSuiteName } from '../../src/tls/registry.ts'
import { firstGood } from '../support/harness/until.ts'
import { mintTestPki } from '../support/make/mint.ts'
import type { Program } from '../support/servers/programs.ts'
import {
  type EndEntity,
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
import { startTamperingRelay, type Tamper, turnBit } from '../support/servers/tampering-relay.ts'

const KINDS = ['p256', 'rsa-2048', 'p384', 'p521', 'ed25519'] as const
const pki = mintTestPki({ endEntityKeys: KINDS })
const [p256, rsa, p384, p521, ed25519] = endEntities(pki)

interface Shaken {
  readonly handshake: CompleteHandshake
  readonly messages: readonly ObservedMessage[]
  readonly answer: Answer | undefined
  readonly closed: Closing
}

interface ShakeOptions extends Partial<CompleteOptions> {
  readonly request?: boolean
  /** Filled as messages go by, also of a handshake that fails. */
  readonly messages?: ObservedMessage[]
}

async function shake(port: number, options: ShakeOptions = {}): Promise<Shaken> {
  const { request, messages = [], ...rest } = options
  const session = await completeHandshake({
    address: { host: '127.0.0.1', port, timeout: 60_000 },
    serverName: 'localhost',
    version: 0x0303,
    report: (message) => messages.push(message),
    ...rest,
  })
  const { handshake, channel } = session
  try {
    const answer = request ? await requestHead(channel, 'localhost') : undefined
    return { handshake, messages, answer, closed: await session.close() }
  } catch (error) {
    session.abort(error)
    throw error
  }
}

/** All checks pass, and both sides' messages are there in the right order. */
function assertComplete({ handshake, messages }: Shaken): void {
  const trustAnchors = [pki.root.der]
  const { checks, path } = checkSession(handshake, {
    host: 'localhost',
    trustAnchors,
    time: new Date(),
  })
  assert.deepEqual(
    checks.filter(({ outcome }) => outcome !== 'pass'),
    [],
  )
  assert.equal(path.length, 3)
  const named = messages.map(({ sender, name }) => `${sender} ${name}`).join(', ')
  assert.match(
    named,
    /^(?:client ClientHello, ){1,2}server ServerHello, server Certificate, (?:server CertificateStatus, )?(?:server ServerKeyExchange, )?(?:server CertificateRequest, )?server ServerHelloDone, (?:client Certificate, )?client ClientKeyExchange, client ChangeCipherSpec, client Finished, server ChangeCipherSpec, server Finished\b/,
  )
  const finished = messages.filter(({ name }) => name === 'Finished')
  assert.deepEqual(
    finished.map(({ protectedLength, length }) => [protectedLength !== null, length]),
    [
      [true, 16],
      [true, 16],
    ],
  )
  assert.equal(finished[1]?.fields.at(-1)?.meaning, 'as expected')
}

/** What a server of this process presents. */
function identity({ keyPem, chainPem }: EndEntity): {
  readonly key: string
  readonly cert: string
} {
  return { key: keyPem, cert: chainPem }
}

async function listen(server: TlsServer): Promise<{ readonly port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface SuiteCase {
  readonly cipher: string
  readonly endEntity: EndEntity
  readonly args?: readonly string[]
  readonly version?: number
  readonly suite: string
  readonly group?: string
  /** Of the server's signature; undefined: nothing is signed. */
  readonly scheme?: string
}

const SUITE_CASES: readonly SuiteCase[] = [
  ...[
    'AES128-GCM-SHA256',
    'AES256-GCM-SHA384',
    'CHACHA20-POLY1305',
    'AES128-SHA',
    'AES256-SHA',
    'AES128-SHA256',
    'AES256-SHA384',
  ].flatMap((cipher) => [
    {
      cipher: `ECDHE-ECDSA-${cipher}`,
      endEntity: p256,
      suite: `TLS_ECDHE_ECDSA_WITH_${registryName(cipher)}`,
      group: 'x25519',
      scheme: 'ecdsa_sha256',
    },
    {
      cipher: `ECDHE-RSA-${cipher}`,
      endEntity: rsa,
      suite: `TLS_ECDHE_RSA_WITH_${registryName(cipher)}`,
      group: 'x25519',
      scheme: 'rsa_pss_rsae_sha256',
    },
  ]),
  ...[
    'AES128-GCM-SHA256',
    'AES256-GCM-SHA384',
    'CHACHA20-POLY1305',
    'AES128-SHA',
    'AES256-SHA',
    'AES128-SHA256',
    'AES256-SHA256',
  ].map((cipher) => ({
    cipher: `DHE-RSA-${cipher}`,
    endEntity: rsa,
    suite: `TLS_DHE_RSA_WITH_${registryName(cipher)}`,
    group: 'dh2048',
    scheme: 'rsa_pss_rsae_sha256',
  })),
  ...[
    'AES128-GCM-SHA256',
    'AES256-GCM-SHA384',
    'AES128-SHA',
    'AES256-SHA',
    'AES128-SHA256',
    'AES256-SHA256',
  ].map((cipher) => ({
    cipher,
    endEntity: rsa,
    suite: `TLS_RSA_WITH_${registryName(cipher)}`,
  })),
  ...(['P-256', 'P-384', 'P-521'] as const).map((group, i) => ({
    cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256',
    endEntity: [p256, p384, p521][i] as EndEntity,
    args: ['-groups', group],
    suite: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
    group: ['secp256r1', 'secp384r1', 'secp521r1'][i] as string,
    scheme: 'ecdsa_sha256',
  })),
  {
    cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256',
    endEntity: ed25519,
    suite: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
    group: 'x25519',
    scheme: 'ed25519',
  },
  ...[
    { version: 0x0302, flag: '-tls1_1' },
    { version: 0x0301, flag: '-tls1' },
  ].flatMap(({ version, flag }) => [
    {
      cipher: 'ECDHE-RSA-AES128-SHA:@SECLEVEL=0',
      endEntity: rsa,
      version,
      args: [flag],
      suite: 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
      group: 'x25519',
      scheme: 'rsa_pkcs1_md5_sha1',
    },
    {
      cipher: 'ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0',
      endEntity: p256,
      version,
      args: [flag],
      suite: 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
      group: 'x25519',
      scheme: 'ecdsa_sha1',
    },
    {
      cipher: 'DHE-RSA-AES256-SHA:@SECLEVEL=0',
      endEntity: rsa,
      version,
      args: [flag],
      suite: 'TLS_DHE_RSA_WITH_AES_256_CBC_SHA',
      group: 'dh2048',
      scheme: 'rsa_pkcs1_md5_sha1',
    },
    {
      cipher: 'AES128-SHA:@SECLEVEL=0',
      endEntity: rsa,
      version,
      args: [flag],
      suite: 'TLS_RSA_WITH_AES_128_CBC_SHA',
    },
  ]),
]

function registryName(cipher: string): string {
  if (cipher === 'CHACHA20-POLY1305') return 'CHACHA20_POLY1305_SHA256'
  const [bits, mode, hash] = /^AES(\d+)-(?:(GCM)-)?(SHA\d*)$/.exec(cipher)?.slice(1) ?? []
  return `AES_${bits}_${mode ?? 'CBC'}_${hash}`
}

test('every suite of openssl s_server completes', {
  skip: missing('openssl'),
  concurrency: 6,
}, async (t) => {
  const runs = SUITE_CASES.map((each) => {
    const { cipher, endEntity, args = [], version = 0x0303, suite, group, scheme } = each
    return t.test([cipher, ...args].join(' '), async () => {
      await using server = await startOpensslServer({
        endEntity,
        args: ['-cipher', cipher, ...args],
      })
      const shaken = await firstGood(
        () => shake(server.port, { version }),
        ({ closed }) => closed !== 'timeout',
      )
      assertComplete(shaken)
      const { handshake, closed } = shaken
      assert.equal(cipherSuiteName(handshake.cipherSuite), suite)
      assert.equal(handshake.version, version)
      assert.equal(handshake.signed?.group, group)
      assert.equal(handshake.signed?.scheme, scheme)
      assert.equal(handshake.extendedMasterSecret, true)
      assert.notEqual(closed, 'timeout')
    })
  })
  await Promise.all(runs)
})

test('a server without the extended master secret completes too', async () => {
  // SSL_OP_NO_EXTENDED_MASTER_SECRET of OpenSSL 3.
  const options = { ...identity(p256), secureOptions: 1, maxVersion: 'TLSv1.2' } as const
  await using server = await listen(createTlsServer(options, (socket) => socket.end()))
  const shaken = await shake(server.port)
  assertComplete(shaken)
  assert.equal(shaken.handshake.extendedMasterSecret, false)
})

describe('a HEAD request', () => {
  test('gets the head of the answer, with its Date', async () => {
    const seen: string[] = []
    const own = createHttpsServer(identity(rsa), (request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.host}`)
      response.setHeader('X-Own', 'value').end('body')
    })
    await using server = await listen(own)
    const began = Date.now()
    const attempt = (): Promise<Shaken> => {
      seen.length = 0
      return shake(server.port, { request: true })
    }
    const shaken = await firstGood(attempt, ({ closed }) => closed === 'close_notify')
    assertComplete(shaken)
    const { answer } = shaken
    assert.equal(answer?.status, 'HTTP/1.1 200 OK')
    assert.equal(answer.whole, true)
    assert.ok(answer.headers.includes('X-Own: value'))
    const date = answer.date?.getTime() ?? 0
    assert.ok(date > began - 3000 && date < Date.now() + 3000)
    assert.deepEqual(seen, ['HEAD / localhost'])
    assert.equal(shaken.closed, 'close_notify')
  })

  /** A server that answers with these chunks, one record each. */
  const answering = async (
    chunks: readonly string[],
    how: 'end' | 'destroy' | 'stay' = 'end',
    options: ShakeOptions = {},
  ): Promise<Answer | undefined> => {
    const own = createTlsServer(identity(p256), (socket) => {
      socket.on('error', () => {})
      socket.once('data', async () => {
        for (const chunk of chunks) {
          socket.write(chunk, 'latin1')
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
        if (how !== 'stay') socket[how]()
      })
    })
    await using server = await listen(own)
    return (await shake(server.port, { request: true, ...options })).answer
  }

  test('reads an answer in any pieces, and passes over interim ones', async () => {
    const date = 'Sun, 06 Nov 1994 08:49:37 GMT'
    const head = `HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.0 404 Not Found\r\ndate:${date}\r\n\r\nrest`
    for (const chunks of [[head], [...head]]) {
      assert.deepEqual(await answering(chunks, 'stay'), {
        status: 'HTTP/1.0 404 Not Found',
        headers: [`date:${date}`],
        date: new Date(784111777000),
        whole: true,
      })
    }
  })

  test('takes what came before a close for what it is', async () => {
    const cut = await answering(['HTTP/1.1 200 OK\r\nServer: x\r\n'])
    assert.deepEqual(cut, {
      status: 'HTTP/1.1 200 OK',
      headers: ['Server: x'],
      date: null,
      whole: false,
    })
    const none = { status: null, headers: [], date: null, whole: false }
    for (const chunks of [[], ['SSH-2.0-x\r\n\r\n']])
      assert.deepEqual(await answering(chunks), none)
    assert.deepEqual(await answering(['220 ready\r\n'], 'destroy'), none)
  })

  test('has a date only when there is one, and it is one', async () => {
    for (const lines of [
      'Date: now',
      'Date: Sun, 06 Nov 1994 08:49:37 +0100',
      'Date: Mon, 06 Nov 1994 08:49:37 GMT',
      'Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: Sun, 06 Nov 1994 08:49:38 GMT',
    ]) {
      const answer = await answering([`HTTP/1.1 200 OK\r\n${lines}\r\n\r\n`])
      assert.equal(answer?.date, null, lines)
      assert.equal(answer?.whole, true)
    }
  })

  test('is not held up by an endless head, or by silence', async () => {
    const endless = answering(new Array(8).fill(`X: ${'y'.repeat(16000)}\r\n`))
    await assert.rejects(endless, { code: 'incompatible-peer', message: /longer than 65536 bytes/ })
    const address = { host: '127.0.0.1', timeout: 400 }
    const own = createTlsServer(identity(p256), () => {})
    await using server = await listen(own)
    const silent = shake(server.port, { request: true, address: { ...address, port: server.port } })
    await assert.rejects(silent, { code: 'timeout' })
  })

  test('finds a changed bit in the answer', async () => {
    const own = createHttpsServer(identity(p256), (_request, response) => response.end())
    await using server = await listen(own)
    await using relay = await startTamperingRelay(server.port, ({ type, bytes }) =>
      type === 23 ? turnBit(bytes) : bytes,
    )
    const tampered = shake(relay.port, { request: true })
    await assert.rejects(tampered, { code: 'misbehaving-peer', message: /bad_record_mac/ })
  })
})

test('a server that asks for a certificate gets an empty one', {
  skip: missing('openssl'),
}, async () => {
  for (const [args, version] of [
    [['-tls1_2'], 0x0303],
    [['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'], 0x0302],
  ] as const) {
    await using server = await startOpensslServer({
      endEntity: rsa,
      args: ['-verify', '2', '-CAfile', 'root.pem', ...args],
      files: { 'root.pem': pki.root.pem },
    })
    const shaken = await shake(server.port, { version })
    assertComplete(shaken)
    const certificate = shaken.messages.find(
      ({ sender, name }) => sender === 'client' && name === 'Certificate',
    )
    assert.equal(certificate?.length, 7)
    const asked = shaken.messages.find(({ name }) => name === 'CertificateRequest')
    const names = asked?.fields.map(({ name }) => name) ?? []
    assert.ok(names.includes('certificate_authorities'))
    assert.equal(names.includes('supported_signature_algorithms'), version === 0x0303)
  }
})

test('a server that insists on a certificate refuses with an alert', {
  skip: missing('openssl'),
}, async () => {
  await using server = await startOpensslServer({
    endEntity: rsa,
    args: ['-tls1_2', '-Verify', '2', '-CAfile', 'root.pem'],
    files: { 'root.pem': pki.root.pem },
  })
  await assert.rejects(shake(server.port), { code: 'alert', message: /handshake_failure\(40\)$/ })
})

test('a stapled response is shown', async () => {
  const ocsp = Uint8Array.of(0x30, 0x03, 0x0a, 0x01, 0x03)
  await using server = await startNodeServer({ endEntity: p256, ocsp })
  const shaken = await shake(server.port)
  assertComplete(shaken)
  assert.ok(shaken.messages.some(({ name }) => name === 'CertificateStatus'))
})

test('BoringSSL completes in every version, with its clock', { skip: missing('bun') }, async () => {
  const range = { minVersion: 'TLSv1', maxVersion: 'TLSv1.2' } as const
  await using server = await startBunServer([
    { endEntity: p256, ...range },
    { endEntity: rsa, ...range },
  ])
  for (const port of server.ports) {
    for (const version of [0x0301, 0x0302, 0x0303]) {
      const began = Date.now() / 1000
      const shaken = await shake(port, { version })
      assertComplete(shaken)
      assert.equal(shaken.handshake.version, version)
      const time = serverTimeOf(shaken.handshake.serverRandom)
      assert.ok(time > began - 3 && time < Date.now() / 1000 + 3)
    }
  }
})

test("Node's OpenSSL completes in every version", async () => {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.2', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  await using server = await startNodeServer([
    { endEntity: p384, ...old },
    { endEntity: rsa, ...old },
  ])
  for (const port of server.ports) {
    for (const version of [0x0301, 0x0302, 0x0303]) assertComplete(await shake(port, { version }))
  }
})

test('the NSS key log line holds the master secret of this handshake', async () => {
  await using server = await startNodeServer({ endEntity: p256 })
  const lines: string[] = []
  const { handshake } = await shake(server.port, { keyLog: (line) => lines.push(line) })
  assert.equal(lines.length, 1)
  const random = Buffer.from(handshake.clientRandom).toString('hex')
  assert.match(lines[0] ?? '', new RegExp(`^CLIENT_RANDOM ${random} [0-9a-f]{96}\n$`))
})

const PEERS: readonly {
  readonly title: string
  readonly programs: readonly Program[]
  readonly start: () => Promise<Server>
}[] = [
  ...(['mod_mbedtls', 'mod_gnutls', 'mod_nss', 'mod_wolfssl', 'mod_openssl'] as const).flatMap(
    (module) =>
      [p256, rsa].map((endEntity, i) => ({
        title: `lighttpd ${module} ${KINDS[i]}`,
        programs: ['lighttpd', module] as const,
        start: () => startLighttpd({ module, endEntity }),
      })),
  ),
  {
    title: 'nginx',
    programs: ['nginx'],
    start: () => startNginx({ endEntity: rsa, alternative: p256 }),
  },
  {
    title: 'Erlang',
    programs: ['erlang'],
    start: () => startErlangServer({ endEntity: p256, versions: ['tlsv1.2'] }),
  },
  { title: 'Go', programs: ['go'], start: () => startGoServer({ endEntity: rsa }) },
  { title: 'Java', programs: ['java'], start: () => startJavaServer({ endEntity: p256 }) },
]

test('a peer of another kind completes', { concurrency: 4 }, async (t) => {
  const runs = PEERS.map(({ title, programs, start }) =>
    t.test(title, { skip: missing(...programs) }, async () => {
      await using server = await start()
      assertComplete(await shake(server.port))
    }),
  )
  await Promise.all(runs)
})

describe('what is changed on the way', () => {
  let server: Server

  before(async () => {
    server = await startNodeServer({ endEntity: p256 })
  })

  after(() => server.stop())

  const attempt = async (tamper: Tamper, options?: ShakeOptions): Promise<Shaken> => {
    await using relay = await startTamperingRelay(server.port, tamper)
    return await shake(relay.port, options)
  }

  test('passes when nothing is changed', async () => {
    assertComplete(await attempt(({ bytes }) => bytes))
  })

  test('is found in Finished', async () => {
    const messages: ObservedMessage[] = []
    const tampered = attempt(
      ({ type, bytes, encrypted }) => (type === 22 && encrypted ? turnBit(bytes) : bytes),
      { messages },
    )
    await assert.rejects(tampered, { code: 'misbehaving-peer', message: /bad_record_mac/ })
    const { name, sender, fields } = messages.at(-1) as ObservedMessage
    assert.deepEqual([sender, name, fields[1]?.meaning], ['client', 'Alert', 'bad_record_mac'])
  })

  test('is found in close_notify', async () => {
    const tampered = attempt(({ type, bytes }) => (type === 21 ? turnBit(bytes) : bytes))
    await assert.rejects(tampered, { code: 'misbehaving-peer', message: /bad_record_mac/ })
  })

  test('is found in ServerHello by Finished alone', async () => {
    // renegotiation_info's type becomes that of server_name, which was offered: nothing but the hash can tell.
    const tampered = attempt(({ type, index, bytes }) => {
      if (type !== 22 || index !== 0) return bytes
      const sessionId = 5 + 4 + 34
      const suite = sessionId + 1 + (bytes[sessionId] ?? 0)
      const at = bytes.indexOf(Buffer.from('000b', 'hex'), suite + 3)
      const changed = Buffer.from(bytes)
      changed.writeUInt16BE(0x000a, at)
      return changed
    })
    await assert.rejects(tampered, (error: { code: string; message: string }) => {
      // The server is first to find it: its own decryption of our Finished fails.
      return error.code === 'alert' && /(?:bad_record_mac|decrypt_error)/.test(error.message)
    })
  })

  test('is found in the signed parameters', async () => {
    const messages: ObservedMessage[] = []
    const tampered = attempt(
      ({ type, index, bytes }) => {
        if (type !== 22 || index !== 2) return bytes
        const changed = Buffer.from(bytes)
        changed.writeUInt8((bytes[5 + 4 + 4] ?? 0) ^ 1, 5 + 4 + 4)
        return changed
      },
      { messages },
    )
    await assert.rejects(tampered, { code: 'alert' })
  })

  test('a ChangeCipherSpec too early is refused', async () => {
    const early = attempt(({ type, index, bytes }) =>
      type === 22 && index === 3 ? Buffer.from('140303000101', 'hex') : bytes,
    )
    await assert.rejects(early, {
      code: 'misbehaving-peer',
      message: /expected (?:CertificateRequest|ServerHelloDone) or \w+, got change_cipher_spec/,
    })
  })

  test('a Finished without a ChangeCipherSpec is refused', async () => {
    // In plain text: what is encrypted may look like the beginning of any message
    const finished = Buffer.from(`160303001014${'00000c'.padEnd(30, '5')}`, 'hex')
    const without = attempt(({ type, bytes, encrypted }) => {
      if (type === 20) return undefined
      return encrypted ? finished : bytes
    })
    await assert.rejects(without, { code: 'misbehaving-peer' })
  })
})
