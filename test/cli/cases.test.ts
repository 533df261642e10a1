// Everyday inputs that are easy to get wrong: what the command line and the checks make of each (test/fixtures/cases).

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, test } from 'node:test'
import { inspectHandshake } from '../../src/index.ts'
import { checkSession } from '../../src/session/checks.ts'
import { openWorkspace, runIn } from '../support/harness/command-line.ts'
import { repositoryPath } from '../support/harness/repository.ts'
import { endEntities } from '../support/make/end-entity.ts'
import { capture } from '../support/make/handshake.ts'
import { mintTestPki, toPem } from '../support/make/mint.ts'

const FOLDER = dirname(repositoryPath('test/fixtures/cases/README.md'))
const inspect = (...files: readonly string[]) => runIn(FOLDER, ['inspect', ...files])
const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(repositoryPath(`test/fixtures/cases/${name}`)))

const VALID = /^ {2}signature +valid: ecdsa_sha256 over client_random, server_random and params$/m

describe('TLS behind plain text', () => {
  for (const [files, protocol, sizes, begins] of [
    [['smtp-starttls.pcap'], 'SMTP', [18, 44], '"EHLO'],
    [['connect-proxy.pcap'], 'HTTP CONNECT', [67, 39], '"CONNECT www.example.com:443 HTTP/1.1'],
    [
      ['viaproxy.client', 'viaproxy.server'],
      'HTTP CONNECT',
      [59, 39],
      '"CONNECT localhost:43001 HTTP/1.1',
    ],
  ] as const) {
    test(`is found, judged and shown with that text: ${files.join(' ')}`, async () => {
      const { stdout, stderr, code } = await inspect(...files)
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(stdout, VALID)
      const [client, server] = sizes
      const said = `${protocol} in plain text, ${client} bytes from the client and ${server} bytes from the server`
      assert.match(stdout, new RegExp(`^ {2}before TLS +${said}$`, 'm'))
      assert.ok(stdout.includes(begins), stdout)
    })
  }

  test('is told of the side alone that was given', async () => {
    const client = await inspect('viaproxy.client')
    assert.match(
      client.stdout,
      /^ {2}before TLS +HTTP CONNECT in plain text, 59 bytes from the client$/m,
    )
    const server = await inspect('viaproxy.server')
    assert.match(
      server.stdout,
      /^ {2}before TLS +HTTP CONNECT in plain text, 39 bytes from the server$/m,
    )
  })
})

describe('an encapsulation that is not read', () => {
  for (const name of ['pppoe', 'mpls', 'gre']) {
    test(`is why nothing is shown, with how many packets are in it: ${name}`, async () => {
      const { stdout, stderr, code } = await inspect(`${name}.pcap`)
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, /^tls-stamp: error: [^\n]*8 packets in PPPoE, MPLS or a tunnel[^\n]*\n$/)
      assert.doesNotMatch(stderr, /none of them TLS/)
    })
  }
})

describe('a bundle of certificates with an odd one', () => {
  test('has the others used, and the odd one named by number and place', async () => {
    const at = openWorkspace({
      'doc.txt': 'some text\n',
      'doc.json': readFileSync(repositoryPath('test/fixtures/recordings/statement.json')),
      'mixed.pem': fixture('mixed.pem'),
      'odd.pem': toPem(fixture('not-der-end-entity.der')),
    })
    try {
      const verify = (ca: string) => at.run(['verify', 'doc.json', 'doc.txt', '--ca', ca])
      const { stderr } = await verify('mixed.pem')
      assert.match(stderr, /^passed over mixed\.pem at byte 595: certificate 2 of 2, line 12: /m)
      assert.match(stderr, /critical FALSE is the default and must be absent/)
      assert.doesNotMatch(stderr, /^tls-stamp: error/m)
      const alone = await verify('odd.pem')
      assert.match(alone.stderr, /^tls-stamp: error: .*odd\.pem/m)
      assert.equal(alone.code, 2)
    } finally {
      at.remove()
    }
  })
})

describe('an end entity that is not strict DER', () => {
  const der = fixture('not-der-end-entity.der')
  const pki = mintTestPki({ endEntityKeys: ['p256'] })
  const [p256] = endEntities(pki)

  test('judges the signature of a recorded handshake with its key', () => {
    const certificates = [der, ...p256.certificates.slice(1)]
    const { client, stream } = capture({ endEntity: { ...p256, certificates } })
    const report = inspectHandshake({ client: client.hello, server: stream() })
    // The signature is by another key, which only the certificate's own can tell
    assert.equal(report.signature, 'invalid')
    assert.match(report.error?.message ?? '', /critical FALSE is the default/)
  })

  test('fails the path of a session, which says why', () => {
    const handshake = {
      version: 0x0303,
      cipherSuite: 0xc02b,
      clientRandom: new Uint8Array(32),
      serverRandom: new Uint8Array(32),
      extendedMasterSecret: true,
      certificates: [der] as const,
      signed: undefined,
    }
    const trust = { host: 'localhost', trustAnchors: [pki.root.der], time: new Date('2026-06-01') }
    const path = checkSession(handshake, trust).checks.find(({ id }) => id === 'path')
    assert.equal(path?.outcome, 'fail')
    assert.match(path.message, /critical FALSE is the default and must be absent/)
  })
})
