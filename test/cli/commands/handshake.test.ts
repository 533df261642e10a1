// tls-stamp handshake as a user types it: what it shows, in text and as data, and its exit codes.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { ERROR_LINES, openWorkspace, type Workspace } from '../../support/harness/command-line.ts'
import { firstGood } from '../../support/harness/until.ts'
import { mintTestPki } from '../../support/make/mint.ts'
import { type Finishing, startFinishingServer } from '../../support/servers/finishing-server.ts'
import {
  answer,
  record,
  refuses,
  sends,
  silent,
  startHostileServer,
} from '../../support/servers/hostile-server.ts'
import {
  type EndEntity,
  endEntities,
  type ListenerServer,
  startBunServer,
} from '../../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256', 'rsa-2048'], dnsNames: ['localhost'] })
const [p256, rsa] = endEntities(pki) as [EndEntity, EndEntity]

const otherPki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: ['other.example'], ip: [] })
const [other] = endEntities(otherPki) as [EndEntity]

/** The end of a handshake that is right. */
const finished = ({ message, sealed, verifyData }: Finishing): readonly Uint8Array[] => [
  record(20, Uint8Array.of(1)),
  sealed(22, message(20, verifyData)),
]
/** protocol_version in a record of version 0.0. */
const bareRefusal = sends(Uint8Array.of(0x15, 0, 0, 0, 2, 2, 70))

let at: Workspace
let bun: ListenerServer
let https: HttpsServer
let httpsPort: string

before(async () => {
  at = openWorkspace({ 'ca.pem': pki.root.pem, 'other.pem': otherPki.root.pem })
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.2' } as const
  bun = await startBunServer([
    { endEntity: p256, ...old },
    { endEntity: rsa },
    { endEntity: other },
  ])
  https = createHttpsServer({ key: p256.keyPem, cert: p256.chainPem }, (_request, response) => {
    response.setHeader('X-Odd', 'a\u009b31m').end()
  })
  https.listen(0, '127.0.0.1')
  await once(https, 'listening')
  httpsPort = `${(https.address() as AddressInfo).port}`
})

after(async () => {
  at.remove()
  await bun.stop()
  https.closeAllConnections()
  https.close()
})

describe('tls-stamp handshake', { concurrency: 4 }, () => {
  test('shows every message in order, and what was checked', async () => {
    const args = ['handshake', 'localhost', `${bun.port}`, '--ca', 'ca.pem']
    const { code, stdout, stderr } = await firstGood(
      () => at.run(args),
      (outcome) => outcome.stdout.includes('by both sides with close_notify'),
    )
    assert.equal(stderr, '')
    assert.equal(code, 0)
    const shown = [...stdout.matchAll(/^ *\d+ +(->|<-) (\w+)/gm)].map(
      ([, arrow, name]) => `${arrow} ${name}`,
    )
    assert.deepEqual(shown, [
      '-> ClientHello',
      '<- ServerHello',
      '<- Certificate',
      '<- ServerKeyExchange',
      '<- ServerHelloDone',
      '-> ClientKeyExchange',
      '-> ChangeCipherSpec',
      '-> Finished',
      '<- ChangeCipherSpec',
      '<- Finished',
      '-> Alert',
      '<- Alert',
    ])
    assert.match(stdout, /^ +\d+ +[0-9a-f]{14}\.\. +verify_data +12 bytes, as expected$/m)
    assert.match(stdout, /-> Finished .*\n +\d+ {2}0{16} +nonce_explicit\n/)
    assert.match(stdout, /<- Finished .*\n +\d+ {2}[0-9a-f]{14,16}(?:\.\.)? +nonce_explicit\n/)
    assert.match(stdout, /description +close_notify$/m)
    assert.match(
      stdout,
      /^complete {2}TLS 1\.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 over x25519$/m,
    )
    assert.match(
      stdout,
      /^ {2}server clock {2}\S+ \S+ UTC, (?:in step with|\d+ seconds? behind) this machine's$/m,
    )
    assert.match(stdout, /^ {2}closed +by both sides with close_notify$/m)
    for (const id of ['finished', 'signature', 'path', 'identity']) {
      assert.match(stdout, new RegExp(`^ {2}pass {5}${id} `, 'm'))
    }
    assert.ok(!stdout.includes('\u001b'))
  })

  test('speaks the older versions when asked', async () => {
    for (const tls of ['1.0', '1.1']) {
      const { code, stdout } = await at.run([
        'handshake',
        'localhost',
        `${bun.port}`,
        '--ca',
        'ca.pem',
        '--tls',
        tls,
      ])
      assert.match(
        stdout,
        new RegExp(`^complete {2}TLS ${tls}, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA over`, 'm'),
      )
      assert.equal(code, 0)
      // Until TLS 1.0 the last block of the record before was the IV
      const ivs = [...stdout.matchAll(/^ +\d+ {2}[0-9a-f]{14}\.\. +IV +16 bytes$/gm)]
      assert.equal(ivs.length > 0, tls === '1.1')
    }
  })

  test('speaks TLS 1.3 when asked, and shows what is encrypted', async () => {
    const args = ['handshake', 'localhost', httpsPort, '--ca', 'ca.pem', '--tls', '1.3']
    const env = { SSLKEYLOGFILE: at.path('keys13.log') }
    const { code, stdout, stderr } = await firstGood(
      () => at.run([...args, '--request'], { env }),
      (outcome) => outcome.stdout.includes('by both sides with close_notify'),
    )
    assert.equal(stderr, '')
    assert.equal(code, 0)
    const shown = [...stdout.matchAll(/^ *\d+ +(->|<-) (\w+)/gm)].map(
      ([, arrow, name]) => `${arrow} ${name}`,
    )
    assert.deepEqual(shown.slice(0, 11), [
      '-> ClientHello',
      '<- ServerHello',
      '<- ChangeCipherSpec',
      '<- EncryptedExtensions',
      '<- Certificate',
      '<- CertificateVerify',
      '<- Finished',
      '-> ChangeCipherSpec',
      '-> Finished',
      '-> ApplicationData',
      '<- NewSessionTicket',
    ])
    assert.match(stdout, /<- CertificateVerify +\d+ bytes, decrypted from a record of \d+ bytes$/m)
    assert.match(stdout, /^ +\d+ +[0-9a-f]{14}\.\. +verify_data +48 bytes, as expected$/m)
    assert.match(stdout, /^complete {2}TLS 1\.3, TLS_AES_256_GCM_SHA384 over x25519$/m)
    assert.match(stdout, /^ {2}server clock +none: TLS 1\.3 handshakes contain no clock$/m)
    assert.match(stdout, /^ {2}answer +HTTP\/1\.1 200 OK$/m)
    assert.match(stdout, /this machine's clock; there is no server clock to compare it with$/m)
    assert.doesNotMatch(stdout, /master secret/)
    assert.match(stdout, /^ {2}pass {5}signature +ecdsa_sha256 over x25519 verifies$/m)
    const secrets = at.read('keys13.log').trim().split('\n').slice(-4)
    assert.deepEqual(
      secrets.map((line) => line.replace(/ .*/, '')),
      [
        'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
        'SERVER_HANDSHAKE_TRAFFIC_SECRET',
        'CLIENT_TRAFFIC_SECRET_0',
        'SERVER_TRAFFIC_SECRET_0',
      ],
    )
    for (const line of secrets) assert.match(line, /^\w+ [0-9a-f]{64} [0-9a-f]{96}$/)
  })

  test('gives a TLS 1.3 handshake as data, without a clock', async () => {
    const args = ['handshake', `localhost:${httpsPort}`, '--ca', 'ca.pem', '--tls', '1.3', '--json']
    const { code, stdout } = await at.run(args)
    const report = JSON.parse(stdout)
    assert.equal(code, 0)
    const { version, keyExchange, group, scheme, serverTime, extendedMasterSecret } = report
    assert.deepEqual(
      { version, keyExchange, group, scheme, serverTime, extendedMasterSecret },
      {
        version: 'TLS 1.3',
        keyExchange: 'ECDHE',
        group: 'x25519',
        scheme: 'ecdsa_sha256',
        serverTime: null,
        extendedMasterSecret: null,
      },
    )
    assert.ok(report.messages.some(({ name }: { name: string }) => name === 'EncryptedExtensions'))
  })

  test('says which version to try when the server speaks another', async () => {
    const { code, stderr } = await at.run([
      'handshake',
      'localhost',
      `${bun.ports[1]}`,
      '--ca',
      'ca.pem',
      '--tls',
      '1.0',
    ])
    assert.equal(
      stderr,
      'tls-stamp: error: the server sent alert protocol_version(70)\nhint: try another version: --tls 1.1 or --tls 1.2 or --tls 1.3\n',
    )
    assert.equal(code, 2)
  })

  test('sends a request, shows the answer, and compares its date', async () => {
    const { code, stdout } = await at.run([
      'handshake',
      'localhost',
      httpsPort,
      '--ca',
      'ca.pem',
      '--request',
    ])
    assert.match(stdout, /-> ApplicationData +\d+ bytes, encrypted in a record of \d+ bytes$/m)
    assert.match(stdout, /<- ApplicationData +\d+ bytes, decrypted from a record of \d+ bytes$/m)
    assert.match(stdout, /^ {2}answer +HTTP\/1\.1 200 OK$/m)
    assert.match(stdout, /^ +X-Odd: a\\u\{9b\}31m$/m)
    assert.match(
      stdout,
      /^ {2}Date +\S+ \S+ UTC, .* this machine's clock; there is no server clock to compare it with$/m,
    )
    assert.match(stdout, /^ {2}server clock .*random bytes/m)
    assert.equal(code, 0)
  })

  test('asks with GET, and for a path', async () => {
    const args = ['handshake', 'localhost', httpsPort, '--ca', 'ca.pem', '--request', 'GET', '/a?b']
    const { code, stdout } = await at.run(args)
    assert.match(stdout, /-> ApplicationData[^>]*"GET \/a\?b HTTP\/1\.1\\r/)
    assert.match(stdout, /^ {2}answer +HTTP\/1\.1 200 OK$/m)
    assert.equal(code, 0)
  })

  test('is complete, and fails, when no answer comes in time', async () => {
    await using server = await startFinishingServer(rsa, finished)
    const args = ['handshake', 'localhost', `${server.port}`, '--ca', 'ca.pem', '--timeout', '2']
    const { code, stdout, stderr } = await at.run([...args, '--request'])
    assert.match(stdout, /^complete /m)
    assert.match(stderr, /took more than 2 seconds/)
    assert.equal(code, 1)
  })

  test('has been closed in order when close_notify came before the answer', async () => {
    const farewell = ({ sealed }: Finishing): Uint8Array => sealed(21, Uint8Array.of(1, 0))
    await using server = await startFinishingServer(rsa, (keys) => [
      ...finished(keys),
      farewell(keys),
    ])
    const args = ['handshake', 'localhost', `${server.port}`, '--ca', 'ca.pem', '--request']
    const { code, stdout } = await at.run(args)
    assert.match(stdout, /^ {2}closed +by both sides with close_notify$/m)
    // The handshake is complete and nothing answered the request
    assert.equal(code, 1)
  })

  test('is no handshake when what comes instead is junk', async () => {
    const junk = Uint8Array.of(0x17, 3, 3, 0, 2, 0, 0)
    await using server = await startHostileServer(sends(junk))
    const { code, stdout } = await at.run(['handshake', 'localhost', `${server.port}`])
    assert.doesNotMatch(stdout, /^complete/m)
    assert.equal(code, 2)
  })

  test('names no version but those that the server may speak', async () => {
    for (const [tls, script, hint] of [
      ['1.2', refuses(70), /^hint: try another version: --tls 1\.3$/m],
      ['1.2', answer({ endEntity: p256, version: 0x0301 }), /^hint: .* speaks: --tls 1\.0$/m],
      // GnuTLS refuses so whatever is older than what it speaks
      [
        '1.2',
        refuses(40),
        /none of the versions and cipher suites .*\nhint: try another version: --tls 1\.3$/m,
      ],
      ['1.3', refuses(40), /handshake_failure\(40\)\nhint: try another version: --tls 1\.2$/m],
      ['1.3', refuses(70), /\nhint: try another version: --tls 1\.0 or --tls 1\.1 or --tls 1\.2$/m],
      ['1.2', bareRefusal, /version\(70\)\nhint: try another version: --tls 1\.3$/m],
    ] as const) {
      await using server = await startHostileServer(script)
      const { code, stderr } = await at.run([
        'handshake',
        'localhost',
        `${server.port}`,
        '--tls',
        tls,
      ])
      assert.match(stderr, hint)
      assert.equal(code, 2)
    }
  })

  test('gives the same as data', async () => {
    const began = Date.now()
    const args = ['handshake', 'localhost', httpsPort, '--ca', 'ca.pem', '--request', '--json']
    const { code, stdout } = await firstGood(
      () => at.run(args),
      (outcome) => JSON.parse(outcome.stdout).closed === 'close_notify',
    )
    const report = JSON.parse(stdout)
    assert.equal(code, 0)
    assert.equal(report.version, 'TLS 1.2')
    assert.equal(report.answer.status, 'HTTP/1.1 200 OK')
    const date = Date.parse(report.answer.date)
    assert.ok(date > began - 5000 && date < Date.now() + 5000)
    assert.equal(report.closed, 'close_notify')
    assert.equal(report.serverRandom.length, 64)
    assert.deepEqual(
      report.checks.map(({ outcome }: { outcome: string }) => outcome),
      ['pass', 'pass', 'pass', 'pass'],
    )
    assert.equal(report.path.length, 3)
    assert.ok(report.messages.length >= 12)
    const [hello] = report.messages
    assert.deepEqual(
      [hello.sender, hello.name, hello.fields[0].bytes],
      ['client', 'ClientHello', '01'],
    )
  })

  test('shows a handshake with a server that is not to be trusted, and fails', async () => {
    const { code, stdout, stderr } = await at.run(['handshake', 'localhost', `${bun.port}`])
    assert.match(stdout, /^complete {2}TLS 1\.2, .*, but /m)
    assert.match(stdout, /^ {2}FAIL {5}path /m)
    assert.match(stdout, /^ {2}pass {5}signature /m)
    assert.match(stderr, /^hint: trust other certificates .*--ca FILE\|DIR\n$/)
    assert.equal(code, 1)
  })

  test('fails when the certificate is for another host', async () => {
    const args = ['handshake', 'localhost', `${bun.ports[2]}`, '--ca', 'other.pem']
    const { code, stdout, stderr } = await at.run(args)
    assert.match(
      stdout,
      /^complete {2}.*, but the end entity certificate does not name localhost$/m,
    )
    assert.match(stdout, /^ {2}pass {5}path /m)
    assert.match(stdout, /^ {2}FAIL {5}identity /m)
    assert.equal(stderr, '')
    assert.equal(code, 1)
  })

  test('says what is wrong with the key log file', async () => {
    const env = { SSLKEYLOGFILE: at.path('nowhere/keys.log') }
    const args = ['handshake', 'localhost', `${bun.port}`, '--ca', 'ca.pem']
    const { code, stderr } = await at.run(args, { env })
    assert.match(stderr, /^tls-stamp: error: \S+keys\.log: no such file or directory\n$/)
    assert.equal(code, 2)
  })

  test('never prints a secret, and logs it where SSLKEYLOGFILE says', async () => {
    const env = { SSLKEYLOGFILE: at.path('keys.log') }
    const args = ['handshake', 'localhost', `${bun.ports[1]}`, '--ca', 'ca.pem', '--json']
    const { stdout } = await at.run(args, { env })
    const [, random, secret] = at.read('keys.log').trim().split(' ')
    assert.equal(random, JSON.parse(stdout).clientRandom)
    assert.equal(secret?.length, 96)
    assert.ok(!stdout.includes(secret ?? ''))
    assert.equal(statSync(at.path('keys.log')).mode & 0o77, 0)
  })

  test('is one line of error when there is no handshake', async () => {
    for (const [script, pattern, exit, ...options] of [
      [refuses(40), /RC4 is not among them, as RFC 7465 prohibits it$/, 2],
      [
        answer({ endEntity: rsa, keyExchange: 'rsa', cipherSuite: 5 }),
        /RC4 is prohibited by RFC 7465$/,
        2,
      ],
      [silent, /took more than 0\.5 seconds$/, 2, '--timeout', '0.5'],
      [answer({ endEntity: p256, certificates: [] }), /no certificate$/, 2],
    ] as const) {
      await using server = await startHostileServer(script)
      const args = ['handshake', 'localhost', `${server.port}`, ...options]
      const { code, stdout, stderr } = await at.run(args)
      assert.match(stderr, ERROR_LINES)
      assert.match(stderr.split('\n')[0] ?? '', pattern)
      assert.match(stdout, /-> ClientHello/)
      assert.doesNotMatch(stdout, /^complete/m)
      assert.equal(code, exit)
    }
  })

  test('shows as data what there was before an error', async () => {
    await using server = await startHostileServer(refuses(40))
    const args = ['handshake', 'localhost', `${server.port}`, '--json']
    const { code, stdout } = await at.run(args)
    const { messages, error } = JSON.parse(stdout)
    assert.deepEqual(
      messages.map(({ name }: { name: string }) => name),
      ['ClientHello', 'Alert'],
    )
    assert.equal(error.code, 'alert')
    assert.equal(code, 2)
  })

  test('refuses what it does not understand', async () => {
    for (const [line, error] of [
      ['handshake', 'expected HOST[:PORT]'],
      ['handshake localhost 443 doc.txt', 'expected HOST[:PORT]'],
      ['handshake localhost:443 443', 'expected the port once, got 443 and 443'],
      ['handshake localhost 443 --tls 1.4', 'expected --tls 1.0, 1.1, 1.2 or 1.3, got 1.4'],
      ['handshake localhost 443 --request=yes', 'expected --request HEAD or GET, got yes'],
      ['handshake localhost 443 /a', 'expected HOST[:PORT]'],
      ['handshake localhost 443 --frob', 'unknown option --frob'],
      [
        'handshake https://localhost/index.html',
        'expected HOST[:PORT], got "https://localhost/index.html"',
      ],
    ] as const) {
      const { code, stdout, stderr } = await at.run(line.split(' '))
      assert.equal(stderr.split('\n')[0], `tls-stamp: error: ${error}`)
      assert.match(stderr, ERROR_LINES)
      assert.equal(stdout, '')
      assert.equal(code, 2)
    }
  })
})
