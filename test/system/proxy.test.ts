// Connections through a proxy: what they carry, what a proxy may do to them, and which proxy it is that the environment names.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { utf8 } from '../../src/encoding/bytes.ts'
import { HandshakeError, NetworkError, type NetworkErrorCode } from '../../src/errors.ts'
import { completeHandshake } from '../../src/session/session.ts'
import { type Address, openConnection, runHandshake } from '../../src/system/connect.ts'
import { parseProxy, proxyFor } from '../../src/system/proxy.ts'
import { HandshakeClient } from '../../src/tls/client.ts'
import { mintTestPki, toPem } from '../support/make/mint.ts'
import { startFinishingServer } from '../support/servers/finishing-server.ts'
import {
  alertRecord,
  answer,
  type Script,
  startHostileServer,
} from '../support/servers/hostile-server.ts'
import {
  type Answer,
  type ConnectProxy,
  makeTunnel,
  says,
  startProxy,
} from '../support/servers/proxy.ts'
import { endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256', 'rsa-2048'] })
const [p256, rsa] = endEntities(pki)
const good = answer({ endEntity: p256 })
const ESTABLISHED = 'HTTP/1.1 200 OK\r\n\r\n'

/** By a name that only the proxy can look up. */
function addressOf(port: number, proxy: ConnectProxy, rest: Partial<Address> = {}): Address {
  const host = 'witness.invalid'
  return { host, port, timeout: 120_000, proxy: proxyOf(proxy), ...rest }
}

function proxyOf({ port }: { readonly port: number }, text = 'http://127.0.0.1') {
  return parseProxy(`${text}:${port}`)
}

function freshClient(): HandshakeClient {
  return new HandshakeClient({ clientRandom: new Uint8Array(32), statusRequest: true })
}

/** Runs a handshake and closes. */
async function shake(address: Address): Promise<Uint8Array> {
  const connection = openConnection(address)
  try {
    return (await runHandshake(connection, freshClient())).serverHello
  } finally {
    connection.close()
  }
}

async function failure(address: Address): Promise<NetworkError> {
  const error = await shake(address).then(
    () => assert.fail('expected a failure'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof NetworkError, String(error))
  return error
}

describe('through a proxy', () => {
  test('a handshake runs, and the name is for the proxy to look up', async () => {
    await using server = await startHostileServer(good)
    await using proxy = await startProxy()
    const connection = openConnection(addressOf(server.port, proxy))
    const transcript = await runHandshake(connection, freshClient())
    assert.equal(transcript.serverHello[0], 2)
    const target = `witness.invalid:${server.port}`
    assert.deepEqual(proxy.asked, [{ target, headers: { host: target } }])
    const { socket } = connection
    if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', resolve))
  })

  test('a complete handshake runs to its end', async () => {
    await using server = await startFinishingServer(rsa, ({ message, sealed, verifyData }) => [
      Uint8Array.of(20, 3, 3, 0, 1, 1),
      sealed(22, message(20, verifyData)),
      sealed(21, Uint8Array.of(1, 0)),
    ])
    await using proxy = await startProxy()
    const session = await completeHandshake({
      address: addressOf(server.port, proxy),
      serverName: 'localhost',
      version: 0x0303,
      report: () => undefined,
    })
    assert.deepEqual(session.handshake.certificates[0], rsa.certificates[0])
    assert.equal(await session.close(), 'close_notify')
    assert.deepEqual(server.failures, [])
  })

  test('an IPv6 address is asked for in brackets', async () => {
    await using server = await startHostileServer(good)
    await using proxy = await startProxy()
    await shake(addressOf(server.port, proxy, { host: '2001:db8::1' }))
    const target = `[2001:db8::1]:${server.port}`
    assert.deepEqual(proxy.asked, [{ target, headers: { host: target } }])
  })

  test('a user name and a password go along, whatever is in them', async () => {
    await using server = await startHostileServer(good)
    const credentials = Buffer.from('jürgen:p@ss:w/rd').toString('base64')
    await using proxy = await startProxy((client, asked) => {
      const known = asked.headers['proxy-authorization'] === `Basic ${credentials}`
      if (known) makeTunnel(client, asked)
      else client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    })
    const withUser = proxyOf(proxy, 'http://j%C3%BCrgen:p%40ss%3Aw%2Frd@127.0.0.1')
    await shake(addressOf(server.port, proxy, { proxy: withUser }))

    const name = `proxy 127.0.0.1:${proxy.port}`
    const nobody = await failure(addressOf(server.port, proxy))
    assert.equal(nobody.code, 'proxy')
    const asks = 'asks for a user name and password: 407 Proxy Authentication Required'
    assert.equal(nobody.message, `${name} ${asks}`)
    const wrong = proxyOf(proxy, 'http://jurgen:hunter2@127.0.0.1')
    const { message } = await failure(addressOf(server.port, proxy, { proxy: wrong }))
    const refuses = 'does not take this user name and password: 407 Proxy Authentication Required'
    assert.equal(message, `${name} ${refuses}`)
  })

  test('what comes together with its answer is not lost', async () => {
    await using proxy = await startProxy((client) => {
      client.write(`${ESTABLISHED}abc`)
      client.once('data', () => client.write('def'))
    })
    const { opened, socket, close } = openConnection(addressOf(443, proxy))
    await opened
    socket.write(utf8('more'))
    let received = ''
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        received += chunk
        if (received.length >= 6) resolve()
      })
    })
    assert.equal(received, 'abcdef')
    close()
  })

  test('the tunnel begins behind the headers, whatever they and earlier answers say', async () => {
    for (const [before, after] of [
      ['HTTP/1.1 100 Continue\r\n\r\n', ''],
      ['HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 \r\n\r\n', ''],
      ['', 'Content-Length: 5\r\n'],
      ['', 'Transfer-Encoding: chunked\r\n'],
      ['', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n'],
    ] as const) {
      await using proxy = await startProxy((client) => {
        const answer = `${before}HTTP/1.1 200 OK\r\n${after}\r\nabc`
        // Byte by byte, as no reader may count on more
        const send = (i: number): void => {
          if (i < answer.length) client.write(answer[i], () => setImmediate(send, i + 1))
        }
        send(0)
      })
      const { opened, socket, close } = openConnection(addressOf(443, proxy))
      await opened
      let received = ''
      await new Promise<void>((resolve) => {
        socket.on('data', (chunk) => {
          received += chunk
          if (received.length >= 3) resolve()
        })
      })
      assert.equal(received, 'abc')
      close()
    }
  })

  test('an alert that comes together with its answer is read by both clients', async () => {
    const alert = Buffer.from(alertRecord(2, 80)).toString('latin1')
    const isAlert = (error: unknown): boolean =>
      error instanceof HandshakeError && error.code === 'alert' && error.alert === 80
    for (const how of ['write', 'end'] as const) {
      await using proxy = await startProxy(
        (client) => void client[how](ESTABLISHED + alert, 'latin1'),
      )
      const address = addressOf(443, proxy)
      await assert.rejects(shake(address), isAlert)
      const complete = { address, serverName: undefined, version: 0x0303, report: () => undefined }
      await assert.rejects(completeHandshake(complete), isAlert)
    }
  })

  test('what the server does wrong is blamed on the server', async () => {
    const closes: Script = ({ close }) => close('fin')
    await using server = await startHostileServer(closes)
    await using proxy = await startProxy()
    const { code, message } = await failure(addressOf(server.port, proxy))
    const told = `witness.invalid:${server.port} closed the connection during the handshake`
    assert.deepEqual([code, message], ['closed', told])
  })
})

describe('a proxy that', () => {
  const status = (line: string): Answer => says(`HTTP/1.1 ${line}\r\nContent-Length: 0\r\n\r\n`)
  const refused = 'refused the connection to witness.invalid:443:'
  const long = `proxy 127.0.0.1:PORT ${refused} 500 ${'x'.repeat(100)}`
  const cases: Readonly<Record<string, readonly [Answer, NetworkErrorCode, string | RegExp]>> = {
    'forbids it': [status('403 Forbidden'), 'proxy', `${refused} 403 Forbidden`],
    'finds nobody there': [status('502 Bad Gateway'), 'proxy', `${refused} 502 Bad Gateway`],
    'gives no reason': [status('503'), 'proxy', `${refused} 503`],
    redirects: [status('302 Found'), 'proxy', `${refused} 302 Found`],
    'switches protocols': [
      says('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
      'proxy',
      `${refused} 101 Switching Protocols`,
    ],
    'refuses after it has asked to go on': [
      says(
        'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 403 No\r\n\r\n',
      ),
      'proxy',
      `${refused} 403 No`,
    ],
    'asks to go on without end': [
      says('HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000)),
      'proxy',
      'answered with more than 16 KB of headers',
    ],
    'wants another login': [
      says(
        'HTTP/1.1 407 Who?\r\nProxy-Authenticate: Negotiate\r\nproxy-authenticate: Digest realm="Basic, x", qop=auth, NTLM\r\n\r\n',
      ),
      'proxy',
      'asks for a login by Negotiate, Digest, NTLM, not Basic: 407 Who?',
    ],
    'wants a password among others': [
      says('HTTP/1.1 407 Who?\r\nProxy-Authenticate: Digest realm=x, basic realm=x\r\n\r\n'),
      'proxy',
      'asks for a user name and password: 407 Who?',
    ],
    'has a status that is none': [says('HTTP/1.1 2000 OK\r\n\r\n'), 'proxy', /something else/],
    'gives endless reasons': [status(`500 ${'x'.repeat(9000)}`), 'proxy', new RegExp(`^${long}$`)],
    closes: [
      (client) => void client.end(),
      'proxy',
      'closed the connection on the way to witness.invalid:443',
    ],
    'closes within its answer': [
      (client) => void client.end('HTTP/1.1 200 OK\r\nVia: '),
      'proxy',
      'closed the connection on the way to witness.invalid:443',
    ],
    'speaks something else': [
      says('SSH-2.0-OpenSSH_9.9\r\n'),
      'proxy',
      'answered with something else than HTTP',
    ],
    'speaks TLS': [says('\x15\x03\x01\0\x02\x02\x16'), 'proxy', /something else than HTTP/],
    'has no end of headers': [endless, 'proxy', 'answered with more than 16 KB of headers'],
  }
  for (const [does, [act, code, expected]] of Object.entries(cases)) {
    test(`${does} is blamed`, async () => {
      await using proxy = await startProxy(act)
      const error = await failure(addressOf(443, proxy))
      const message = error.message.replace(`:${proxy.port} `, ':PORT ')
      assert.equal(error.code, code, message)
      if (typeof expected === 'string') assert.equal(message, `proxy 127.0.0.1:PORT ${expected}`)
      else assert.match(message, expected)
    })
  }

  test('resets the connection is blamed', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const address = { host: '10.0.0.1', port: 443, timeout: 120_000, proxy: proxyOf({ port }) }
    const { code, message } = await failure(address)
    server.close()
    const told = `proxy 127.0.0.1:${port} reset the connection on the way to 10.0.0.1:443`
    assert.deepEqual([code, message], ['proxy', told])
  })

  test('is not there is named', async () => {
    // A port that was just closed may be another test's by now
    const proxy = parseProxy('http://127.0.0.1:1')
    const { code, message } = await failure({
      host: '127.0.0.1',
      port: 443,
      timeout: 120_000,
      proxy,
    })
    assert.deepEqual([code, message], ['connect', 'proxy 127.0.0.1:1 refused the connection'])
  })

  test('has no address is named', async () => {
    const proxy = parseProxy('http://proxy.invalid:3128')
    const { message } = await failure({ host: '127.0.0.1', port: 443, timeout: 120_000, proxy })
    assert.match(message, /^proxy proxy\.invalid:3128 (?:has no address|could not be looked up)$/)
  })

  test('is still asked when the connection is closed lets go', async () => {
    let answered = (): void => undefined
    const reached = new Promise<void>((resolve) => {
      answered = resolve
    })
    await using proxy = await startProxy(() => answered())
    const early = openConnection(addressOf(443, proxy))
    early.close()
    const late = openConnection(addressOf(443, proxy))
    await reached
    late.close()
    for (const { opened, ended } of [early, late]) {
      await assert.rejects(opened, { code: 'proxy' })
      await assert.rejects(ended, { code: 'proxy' })
    }
  })
})

function endless(client: Duplex): void {
  const header = `X-More: ${'x'.repeat(1000)}\r\n`
  const more = (): void => {
    while (!client.destroyed && client.write(header));
  }
  client.on('drain', more)
  client.write('HTTP/1.1 200 OK\r\n')
  more()
}

describe('a process of its own', () => {
  // As this file, what it starts is either a source or compiled.
  const sources = fileURLToPath(import.meta.url).replace(
    /test([\\/])system([\\/])proxy\.test(\.[jt]s)$/,
    'src$1system$2#$3',
  )
  const program = `
    const { openConnection } = await import(${JSON.stringify(sources.replace('#', 'connect'))})
    const { parseProxy } = await import(${JSON.stringify(sources.replace('#', 'proxy'))})
    const [port, text] = process.argv.slice(1)
    const proxy = text === '' ? undefined : parseProxy(text)
    const { opened, close } = openConnection({ host: '127.0.0.1', port: +port, timeout: 120_000, proxy })
    const outcome = await opened.then(() => 'open', ({ message }) => message)
    close()
    const loaded = ['http', 'tls'].filter((name) => process.moduleLoadList.includes('NativeModule ' + name))
    process.stdout.write(JSON.stringify([outcome, loaded]))
  `
  const run = async (args: readonly string[], env: Record<string, string> = {}) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 120_000,
      env: { PATH: process.env.PATH, ...env },
    })
    let printed = ''
    child.stdout?.on('data', (chunk) => {
      printed += chunk
    })
    await once(child, 'close')
    return JSON.parse(printed) as [string, string[]]
  }

  test('loads TLS for a proxy that speaks it only, and HTTP for none', async () => {
    await using server = await startHostileServer(() => undefined)
    await using proxy = await startProxy()
    const port = String(server.port)
    assert.deepEqual(await run([port, '']), ['open', []])
    assert.deepEqual(await run([port, `127.0.0.1:${proxy.port}`]), ['open', []])
  })

  test('speaks TLS to an https:// proxy whose certificate it trusts, and to no other', async () => {
    await using server = await startHostileServer(() => undefined)
    await using proxy = await startProxy(makeTunnel, p256)
    const folder = mkdtempSync(join(tmpdir(), 'tls-stamp-proxy-'))
    try {
      const root = join(folder, 'root.pem')
      writeFileSync(root, toPem(pki.root.der))
      const args = [String(server.port), `https://127.0.0.1:${proxy.port}`]
      const [trusting, wary] = await Promise.all([
        run(args, { NODE_EXTRA_CA_CERTS: root }),
        run(args),
      ])
      assert.equal(trusting[0], 'open')
      assert.match(wary[0], /^proxy 127\.0\.0\.1:\d+ could not be reached \([A-Z_]*CERT[A-Z_]*\)$/)
      assert.equal(proxy.asked.length, 1)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('parseProxy', () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
  test('reads what people write', () => {
    const cases: Readonly<Record<string, readonly [string, string, number, string?]>> = {
      'http://proxy.example:3128': ['http', 'proxy.example', 3128],
      'http://proxy.example:3128/': ['http', 'proxy.example', 3128],
      'http://proxy.example': ['http', 'proxy.example', 80],
      'https://proxy.example': ['https', 'proxy.example', 443],
      'https://proxy.example:80': ['https', 'proxy.example', 80],
      'HTTP://Proxy.Example:08080': ['http', 'proxy.example', 8080],
      'proxy.example:3128': ['http', 'proxy.example', 3128],
      ' proxy.example ': ['http', 'proxy.example', 80],
      localhost: ['http', 'localhost', 80],
      '10.1.2.3:8080': ['http', '10.1.2.3', 8080],
      '[::1]:8080': ['http', '::1', 8080],
      'https://[2001:db8::1]': ['https', '2001:db8::1', 443],
      'user:secret@proxy.example:1': ['http', 'proxy.example', 1, basic('user:secret')],
      'http://user@proxy.example': ['http', 'proxy.example', 80, basic('user:')],
      'http://:secret@proxy.example': ['http', 'proxy.example', 80, basic(':secret')],
      'http://u:a%40b%3Ac%2Fd@proxy.example': ['http', 'proxy.example', 80, basic('u:a@b:c/d')],
      'http://u:a@b@proxy.example': ['http', 'proxy.example', 80, basic('u:a@b')],
      'http://u:%E2%82%AC@proxy.example': ['http', 'proxy.example', 80, basic('u:€')],
    }
    for (const [text, [protocol, host, port, authorization]] of Object.entries(cases)) {
      const expected = { protocol, host, port, ...(authorization && { authorization }) }
      assert.deepEqual(parseProxy(text), expected, text)
    }
  })

  test('refuses all else and quotes nothing of it that may be a password', () => {
    const cases: Readonly<Record<string, RegExp>> = {
      'socks5://user:hunter2@proxy.example:1080': /^expected an http:.* proxy, got socks5:\/\/$/,
      'SOCKS5H://hunter2.example': /, got socks5h:\/\/$/,
      'ftp://hunter2.example': /, got ftp:\/\/$/,
      '': /got a malformed one$/,
      'http://': /got a malformed one$/,
      '//hunter2.example': /got a malformed one$/,
      'http:///hunter2.example': /got a malformed one$/,
      'http:hunter2.example': /got a malformed one$/,
      'http://user:hunter2\\x@proxy.example': /got a malformed one$/,
      'http://hunter2\n.example': /got a malformed one$/,
      'http://hunter2.example:0': /got a malformed one$/,
      'http://hunter2.example:65536': /got a malformed one$/,
      'user:hunter2 example': /got a malformed one$/,
      '::1': /got a malformed one$/,
      'http://user:hunter2/x@proxy.example':
        /got (?:a malformed one|more after the host and port)$/,
      'http://user:12#hunter2@proxy.example': /got more after the host and port$/,
      'http://proxy.example/hunter2': /got more after the host and port$/,
      'http://proxy.example?hunter2': /got more after the host and port$/,
      'http://user:hunter2%FF@proxy.example': /percent-encoded UTF-8$/,
      'http://user:hunter2%@proxy.example': /percent-encoded UTF-8$/,
      'http://a%3Ab:hunter2@proxy.example': /without a colon$/,
    }
    for (const [text, expected] of Object.entries(cases)) {
      assert.throws(
        () => parseProxy(text),
        (error) => {
          assert.ok(error instanceof RangeError, text)
          assert.match(error.message, expected, text)
          assert.doesNotMatch(error.message, /hunter2/)
          return true
        },
      )
    }
  })
})

describe('proxyFor', () => {
  test('goes by the environment, lower case first', () => {
    const chosen = (env: Record<string, string | undefined>) =>
      proxyFor('witness.example', 443, env)?.host
    assert.equal(chosen({}), undefined)
    assert.equal(
      chosen({ https_proxy: 'a', HTTPS_PROXY: 'b', all_proxy: 'c', ALL_PROXY: 'd' }),
      'a',
    )
    assert.equal(chosen({ HTTPS_PROXY: 'b', all_proxy: 'c', ALL_PROXY: 'd' }), 'b')
    assert.equal(chosen({ all_proxy: 'c', ALL_PROXY: 'd' }), 'c')
    assert.equal(chosen({ ALL_PROXY: 'd' }), 'd')
    assert.equal(chosen({ https_proxy: '', HTTPS_PROXY: ' ', ALL_PROXY: 'd' }), 'd')
    assert.equal(chosen({ https_proxy: undefined, HTTPS_PROXY: 'b' }), 'b')
    assert.equal(chosen({ http_proxy: 'x', HTTP_PROXY: 'y' }), undefined)
    assert.equal(chosen({ ALL_PROXY: 'd', no_proxy: '*' }), undefined)
    assert.equal(chosen({ ALL_PROXY: 'd', no_proxy: 'other', NO_PROXY: '*' }), 'd')
    assert.equal(chosen({ ALL_PROXY: 'd', no_proxy: '', NO_PROXY: '*' }), undefined)
  })

  test('says which variable is malformed, and minds none that is not needed', () => {
    const env = { HTTPS_PROXY: 'socks5://proxy.example', NO_PROXY: 'local.example' }
    const told = /^HTTPS_PROXY: expected an http:\/\/ or https:\/\/ proxy, got socks5:\/\/$/
    assert.throws(() => proxyFor('witness.example', 443, env), {
      name: 'RangeError',
      message: told,
    })
    assert.equal(proxyFor('local.example', 443, env), undefined)
  })

  const rows: readonly (readonly [exceptions: string, excepted: string, others: string])[] = [
    ['', '', 'witness.example 127.0.0.1 ::1 localhost'],
    ['*', 'witness.example 127.0.0.1 ::1', ''],
    ['other, *', 'witness.example', ''],
    [
      'example.com',
      'example.com www.example.com a.b.example.com EXAMPLE.com example.com.',
      'xample.com badexample.com example.com.evil com',
    ],
    ['.example.com', 'example.com www.example.com', 'badexample.com'],
    ['*.example.com', 'example.com www.example.com', 'badexample.com'],
    ['Example.COM.', 'example.com www.example.com', 'example.org'],
    [
      'a.example,b.example c.example\t\nd.example,,',
      'a.example b.example c.example d.example',
      'e.example',
    ],
    ['example.com:443', 'example.com www.example.com example.com.', ''],
    ['example.com:8443', '', 'example.com www.example.com'],
    ['example.com:', '', 'example.com'],
    ['localhost', 'localhost', '127.0.0.1 ::1'],
    ['10.1.2.3', '10.1.2.3', '10.1.2.30 110.1.2.3 10.1.2.4'],
    ['10.1.2.3:443', '10.1.2.3', '10.1.2.4'],
    ['10.1.2.3:444', '', '10.1.2.3'],
    ['10.0.0.0/8', '10.1.2.3 10.255.255.255 ::ffff:10.1.2.3', '11.0.0.0 9.255.255.255 ::a01:203'],
    ['10.1.2.3/9', '10.0.0.1 10.127.0.1', '10.128.0.1'],
    ['0.0.0.0/0', '1.2.3.4', 'witness.example ::1'],
    ['10.0.0.0/33 10.0.0.0/ 10.0.0.0/x 10.0.0/8 10.0.0.0/-1', '', '10.0.0.1'],
    ['::1', '::1 0:0:0:0:0:0:0:1', '::2'],
    ['[::1]', '::1', '::2'],
    ['[::1]:443', '::1', '::2'],
    ['[::1]:444', '', '::1'],
    ['2001:db8::/32', '2001:db8::1 2001:DB8:ffff::1', '2001:db9::1'],
    ['[2001:db8::]/32', '2001:db8::1', '2001:db9::1'],
    ['fe80::1%eth0 ]::1[ [::1 /8 : :443 . *. -', '', 'fe80::1 witness.example'],
    ['2001:db8::/129', '', '2001:db8::'],
    ['1.2.3.4', '', 'www.1.2.3.4.example'],
  ]
  for (const [exceptions, excepted, others] of rows) {
    test(`with the exceptions ${JSON.stringify(exceptions)}`, () => {
      const env = { HTTPS_PROXY: 'proxy.example', NO_PROXY: exceptions }
      for (const host of excepted.split(' ').filter(Boolean)) {
        assert.equal(proxyFor(host, 443, env), undefined, host)
      }
      for (const host of others.split(' ').filter(Boolean)) {
        assert.equal(proxyFor(host, 443, env)?.host, 'proxy.example', host)
      }
    })
  }
})
