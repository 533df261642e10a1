// sign, probe and handshake by way of an HTTP proxy, named by --proxy or by the environment, as a user types it.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  ERROR_LINES,
  type Outcome,
  openWorkspace,
  type Workspace,
} from '../support/harness/command-line.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { startFinishingServer } from '../support/servers/finishing-server.ts'
import {
  answer,
  type HostileServer,
  startHostileServer,
} from '../support/servers/hostile-server.ts'
import { takesOnly } from '../support/servers/picky-script.ts'
import { type Asked, type ConnectProxy, makeTunnel, startProxy } from '../support/servers/proxy.ts'
import { type EndEntity, endEntities, type Server } from '../support/servers/servers.ts'

// The first two are names that only the proxy can look up
const [WITNESS, OTHER, LOCAL] = ['witness.test', 'other.test', 'localhost'] as const
const pki = mintTestPki({
  endEntityKeys: ['p256', 'p384', 'rsa-2048'],
  dnsNames: [WITNESS, OTHER, LOCAL],
})
const [p256, p384, rsa] = endEntities(pki) as [EndEntity, EndEntity, EndEntity]

let clock: HostileServer
let otherClock: HostileServer
let probed: HostileServer
let finishing: Server

before(async () => {
  clock = await startHostileServer(answer({ endEntity: p256 }))
  otherClock = await startHostileServer(answer({ endEntity: p384 }))
  probed = await startHostileServer(takesOnly({ endEntity: p256 }))
  finishing = await startFinishingServer(rsa, ({ message, sealed, verifyData }) => [
    Uint8Array.of(20, 3, 3, 0, 1, 1),
    sealed(22, message(20, verifyData)),
    sealed(21, Uint8Array.of(1, 0)),
  ])
})

after(async () => {
  for (const server of [clock, otherClock, probed, finishing]) await server.stop()
})

type Command = 'sign' | 'probe' | 'handshake'

const COMMANDS: readonly Command[] = ['sign', 'probe', 'handshake']

/** What to type for each command, and the port that it then asks for. */
function typed(command: Command, host: string): readonly [args: readonly string[], port: number] {
  const trust = ['--ca', 'ca.pem']
  const { port } = { sign: clock, probe: probed, handshake: finishing }[command]
  const rest = {
    sign: ['doc.txt', '--force', ...trust],
    probe: ['--quick', '--pause', '0', ...trust],
    handshake: trust,
  }
  return [[command, host, `${port}`, ...rest[command]], port]
}

function withWorkspace(name: string, body: (at: Workspace) => Promise<void>): void {
  test(name, async () => {
    const at = openWorkspace({ 'doc.txt': 'some text\n', 'ca.pem': pki.root.pem })
    try {
      await body(at)
    } finally {
      at.remove()
    }
  })
}

function urlOf({ host, port }: ConnectProxy, userinfo = ''): string {
  return `http://${userinfo}${host}:${port}`
}

function assertWorked({ stderr, code }: Outcome): void {
  assert.equal(stderr, '')
  assert.equal(code, 0)
}

/** All connections led to one place, and there was one. */
function assertAsked({ asked }: ConnectProxy, host: string, port: number): void {
  assert.deepEqual([...new Set(asked.map(({ target }) => target))], [`${host}:${port}`])
}

/** Nothing but an error, of which the first line is this. */
function assertRefused({ stdout, stderr, code }: Outcome, message: string | RegExp): void {
  assert.match(stderr, ERROR_LINES)
  const [line = ''] = stderr.split('\n')
  if (typeof message === 'string') assert.equal(line, `tls-stamp: error: ${message}`)
  else assert.match(line, message)
  assert.equal(stdout, '')
  assert.equal(code, 2)
}

describe('with --proxy', { concurrency: 6 }, () => {
  for (const command of COMMANDS) {
    withWorkspace(`${command} goes by the proxy, which looks up the name`, async (at) => {
      await using proxy = await startProxy()
      const [args, port] = typed(command, WITNESS)
      assertWorked(await at.run([...args, '--proxy', urlOf(proxy)]))
      assertAsked(proxy, WITNESS, port)
    })

    withWorkspace(`${command} does so whatever the environment says`, async (at) => {
      await using proxy = await startProxy()
      await using unused = await startProxy()
      const [args, port] = typed(command, LOCAL)
      const env = { HTTPS_PROXY: urlOf(unused), NO_PROXY: '*' }
      assertWorked(await at.run([...args, '--proxy', urlOf(proxy)], { env }))
      assertAsked(proxy, LOCAL, port)
      assert.deepEqual(unused.asked, [])
    })

    withWorkspace(`${command} names the proxy that refuses, and what to check`, async (at) => {
      const refuse = 'HTTP/1.1 403 Not for you\r\n\r\n'
      await using proxy = await startProxy((client) => void client.end(refuse))
      const [args, port] = typed(command, WITNESS)
      const files = at.list()
      const outcome = await at.run([...args, '--proxy', urlOf(proxy)])
      const name = `proxy ${proxy.host}:${proxy.port}`
      const refusal = `${name} refused the connection to ${WITNESS}:${port}: 403 Not for you`
      assertRefused(outcome, refusal)
      assert.match(outcome.stderr, /\nhint: check --proxy or HTTPS_PROXY; hosts in NO_PROXY are /)
      assert.deepEqual(at.list(), files)
    })

    withWorkspace(`${command} names the proxy that is not there`, async (at) => {
      // A port that was just closed may be another test's by now
      const nowhere = 'http://127.0.0.1:1'
      const outcome = await at.run([...typed(command, WITNESS)[0], '--proxy', nowhere])
      assertRefused(outcome, 'proxy 127.0.0.1:1 refused the connection')
    })

    withWorkspace(`${command} gives the user name and password, and shows neither`, async (at) => {
      await using proxy = await startProxy(asksFor('stamp:p@ss:word'))
      const [args, port] = typed(command, WITNESS)
      const run = async (userinfo: string): Promise<Outcome> => {
        const outcome = await at.run([...args, '--proxy', urlOf(proxy, userinfo)])
        assert.doesNotMatch(outcome.stdout + outcome.stderr, /p(?:@|%40)ss|hunter2/)
        return outcome
      }
      const name = `proxy ${proxy.host}:${proxy.port}`
      const what = 'user name and password: 407 Proxy Authentication Required'
      assertRefused(await run(''), `${name} asks for a ${what}`)
      assertRefused(await run('stamp:hunter2@'), `${name} does not take this ${what}`)
      assertWorked(await run('stamp:p%40ss:word@'))
      assertAsked(proxy, WITNESS, port)
    })

    withWorkspace(`${command} refuses a malformed one without quoting it`, async (at) => {
      const [args] = typed(command, WITNESS)
      for (const [url, message] of [
        [
          'socks5://stamp:hunter2@127.0.0.1',
          'expected an http:// or https:// proxy, got socks5://',
        ],
        [
          'http://stamp:hunter2@127.0.0.1:99999',
          'expected a proxy as http://HOST:PORT, got a malformed one',
        ],
        [
          'http://stamp:1#hunter2@127.0.0.1',
          'expected a proxy as http://HOST:PORT, got more after the host and port',
        ],
        [
          'stamp:hunter2%FF@127.0.0.1',
          "expected the proxy's user name and password in percent-encoded UTF-8",
        ],
      ] as const) {
        const outcome = await at.run([...args, '--proxy', url])
        assertRefused(outcome, `--proxy: ${message}`)
        assert.doesNotMatch(outcome.stderr, /hunter2/)
      }
      assertRefused(await at.run([...args, '--proxy', '']), /expected/)
    })
  }

  withWorkspace('sign reaches several witnesses by the one proxy', async (at) => {
    await using proxy = await startProxy()
    const second = `${OTHER}:${otherClock.port}`
    const outcome = await at.run([
      ...typed('sign', WITNESS)[0],
      '--witness',
      second,
      '--proxy',
      urlOf(proxy),
    ])
    assertWorked(outcome)
    const times = (target: string): number =>
      proxy.asked.filter((asked) => asked.target === target).length
    assert.deepEqual([times(`${WITNESS}:${clock.port}`), times(second)], [3, 3])
    assert.equal(proxy.asked.length, 6)
    const trust = ['--ca', 'ca.pem', '--witness', WITNESS, '--witness', OTHER]
    const verified = await at.run(['verify', 'signed_statement', '--quorum', '2', ...trust])
    assert.match(verified.stdout, /^passed /)
  })

  withWorkspace('sign does without a witness that the proxy refuses, by --quorum', async (at) => {
    await using proxy = await startProxy((client, asked) => {
      if (asked.target.startsWith(OTHER)) client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      else makeTunnel(client, asked)
    })
    const args = [...typed('sign', WITNESS)[0], '--witness', `${OTHER}:${otherClock.port}`]
    const named = `proxy ${proxy.host}:${proxy.port} refused the connection to ${OTHER}:`
    const rest = ['--retries', '0', '--proxy', urlOf(proxy)]
    const refused = await at.run([...args, ...rest])
    assert.ok(refused.stderr.includes(named), refused.stderr)
    assert.equal(refused.code, 2)
    assert.equal(at.exists('signed_statement'), false)
    const { stdout, stderr, code } = await at.run([...args, '--quorum', '1', ...rest])
    assert.match(stdout, /^signed: /)
    assert.ok(stderr.includes(named), stderr)
    assert.equal(code, 0)
  })
})

describe('without a proxy', { concurrency: 3 }, () => {
  for (const command of COMMANDS) {
    withWorkspace(`${command} says what to check for a name without an address`, async (at) => {
      const outcome = await at.run(typed(command, 'witness.invalid')[0])
      assertRefused(outcome, /witness\.invalid:\d+ (?:has no address|could not be looked up)$/)
      assert.match(outcome.stderr, /\nhint: check the network and the name; .* --proxy URL\n$/)
    })
  }
})

describe('with a proxy in the environment', { concurrency: 6 }, () => {
  for (const command of COMMANDS) {
    withWorkspace(`${command} goes by it, but for the hosts in NO_PROXY`, async (at) => {
      await using proxy = await startProxy()
      await using unused = await startProxy()
      const url = urlOf(proxy)
      const [args, port] = typed(command, WITNESS)
      assertWorked(await at.run(args, { env: { HTTPS_PROXY: url, NO_PROXY: 'localhost,.test:1' } }))
      assertAsked(proxy, WITNESS, port)
      const asked = proxy.asked.length
      const both = { https_proxy: url, HTTPS_PROXY: urlOf(unused) }
      assertWorked(await at.run(args, { env: both }))
      assert.ok(proxy.asked.length > asked)
      assert.deepEqual(unused.asked, [])

      const excepted = { HTTPS_PROXY: urlOf(unused), NO_PROXY: 'localhost,127.0.0.0/8' }
      assertWorked(await at.run(typed(command, LOCAL)[0], { env: excepted }))
      assert.deepEqual(unused.asked, [])
    })
  }

  withWorkspace(
    'a host in NO_PROXY needs none, so that a malformed one is no matter',
    async (at) => {
      for (const command of COMMANDS) {
        const env = { ALL_PROXY: 'socks5h://127.0.0.1:1080', NO_PROXY: `${LOCAL},127.0.0.1` }
        assertWorked(await at.run(typed(command, LOCAL)[0], { env }))
      }
    },
  )

  withWorkspace('the variable that is malformed is named, its value is not', async (at) => {
    const [args] = typed('sign', WITNESS)
    const malformed = 'socks5://stamp:hunter2@127.0.0.1'
    const message = 'expected an http:// or https:// proxy, got socks5://'
    for (const NO_PROXY of ['', LOCAL]) {
      const outcome = await at.run(args, { env: { HTTPS_PROXY: malformed, NO_PROXY } })
      assertRefused(outcome, `HTTPS_PROXY: ${message}`)
    }
    const env = { all_proxy: malformed, HTTPS_PROXY: ' ' }
    assertRefused(await at.run(args, { env }), `all_proxy: ${message}`)
  })
})

/** A proxy that makes tunnels for who knows the user name and password. */
function asksFor(credentials: string) {
  const expected = `Basic ${Buffer.from(credentials).toString('base64')}`
  return (client: Parameters<typeof makeTunnel>[0], asked: Asked): void => {
    if (asked.headers['proxy-authorization'] === expected) makeTunnel(client, asked)
    else client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
  }
}
