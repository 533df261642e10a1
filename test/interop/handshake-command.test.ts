// tls-stamp handshake with servers that close and refuse in ways of their own: what it says of them is what they did.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openWorkspace, type Workspace } from '../support/harness/command-line.ts'
import { mintTestPki } from '../support/make/mint.ts'
import {
  type EndEntity,
  endEntities,
  missing,
  startGnutlsServer,
  startRedis,
} from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['rsa-2048'], dnsNames: ['localhost'] })
const [endEntity] = endEntities(pki) as [EndEntity]
const VERSIONS = ['1.0', '1.1', '1.2', '1.3'] as const

let at: Workspace
before(() => {
  at = openWorkspace({ 'ca.pem': pki.root.pem })
})
after(() => at.remove())

function handshake(
  { port }: { readonly port: number },
  tls: string,
  ...args: readonly string[]
): ReturnType<Workspace['run']> {
  return at.run(['handshake', 'localhost', `${port}`, '--tls', tls, '--ca', 'ca.pem', ...args])
}

/** Whether the server's close_notify was shown among the messages. */
function showsCloseNotify(stdout: string): boolean {
  return /<- Alert .*\n(?:.*\n){1,2}? +\d+ {2}00 +description +close_notify\n/.test(stdout)
}

describe('tls-stamp handshake with gnutls-serv', { skip: missing('gnutls-serv') }, () => {
  test('says closed with close_notify whenever it has shown one, in every version', async () => {
    await using server = await startGnutlsServer({ endEntity })
    for (const tls of VERSIONS) {
      const { code, stdout, stderr } = await handshake(server, tls)
      assert.deepEqual([code, stderr], [0, ''], tls)
      assert.match(stdout, new RegExp(`^complete {2}TLS ${tls.replace('.', '\\.')}, `, 'm'))
      assert.ok(showsCloseNotify(stdout), tls)
      assert.match(stdout, /^ {2}closed +by both sides with close_notify$/m)
    }
  })

  test('is complete when nothing answers the request, and says so with 1', async () => {
    await using server = await startGnutlsServer({ endEntity })
    const head = await handshake(server, '1.2', '--request', 'HEAD')
    assert.match(head.stdout, /^complete {2}TLS 1\.2/m)
    assert.equal(head.code, 1)
    const get = await handshake(server, '1.2', '--request', 'GET')
    assert.match(get.stdout, /^ {2}answer +HTTP\/1\.0 200 OK$/m)
    assert.equal(get.code, 0)
  })

  test('names TLS 1.3 alone to whoever asks a server of TLS 1.3 for TLS 1.2', async () => {
    const priority = 'NORMAL:-VERS-ALL:+VERS-TLS1.3'
    await using server = await startGnutlsServer({ endEntity, priority })
    const { code, stderr } = await handshake(server, '1.2')
    assert.match(stderr, /\nhint: try another version: --tls 1\.3\n$/)
    assert.equal(code, 2)
    for (const tls of ['1.0', '1.1']) {
      const older = await handshake(server, tls)
      assert.match(older.stderr, /\nhint: try another version: .*--tls 1\.3\n$/)
      assert.doesNotMatch(older.stderr, /--tls 1\.0/)
    }
  })

  test('leads from TLS 1.3 to the version of a server that speaks nothing newer than TLS 1.0', async () => {
    const priority = 'NORMAL:-VERS-ALL:+VERS-TLS1.0'
    await using server = await startGnutlsServer({ endEntity, priority })
    let tls = '1.3'
    const tried: string[] = []
    for (let code: number | null = 2; code === 2 && tried.length < 4; ) {
      tried.push(tls)
      const outcome = await handshake(server, tls)
      code = outcome.code
      tls = /--tls (1\.\d)\n$/.exec(outcome.stderr)?.[1] ?? tls
    }
    assert.deepEqual(tried, ['1.3', '1.2', '1.0'])
  })
})

describe('tls-stamp handshake with Redis', { skip: missing('redis-server') }, () => {
  test('says closed without close_notify when none has come', async () => {
    await using server = await startRedis({ endEntity })
    for (const tls of ['1.2', '1.3']) {
      const { code, stdout, stderr } = await handshake(server, tls)
      assert.deepEqual([code, stderr], [0, ''], tls)
      assert.ok(!showsCloseNotify(stdout), tls)
      assert.match(stdout, /^ {2}closed +by the server without close_notify$/m)
    }
  })

  test('says closed with close_notify when it came in place of an answer', async () => {
    await using server = await startRedis({ endEntity })
    const { code, stdout } = await handshake(server, '1.2', '--request')
    assert.ok(showsCloseNotify(stdout))
    assert.match(stdout, /^ {2}answer +no HTTP response$/m)
    assert.match(stdout, /^ {2}closed +by both sides with close_notify$/m)
    assert.equal(code, 1)
  })

  test('names TLS 1.3 alone when that is what it speaks', async () => {
    await using server = await startRedis({ endEntity, protocols: 'TLSv1.3' })
    const { code, stderr } = await handshake(server, '1.2')
    assert.match(stderr, /protocol_version\(70\)\nhint: try another version: --tls 1\.3\n$/)
    assert.equal(code, 2)
  })
})
