// tls-stamp witnesses, as a user types it: the built-in list, and its hosts asked by way of a proxy that leads their names
// to servers on loopback.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { knownWitnesses } from '../../../src/verify/known-witnesses.ts'
import {
  ERROR_LINES,
  type Outcome,
  openWorkspace,
  type Workspace,
} from '../../support/harness/command-line.ts'
import { mintCertificate, mintTestPki } from '../../support/make/mint.ts'
import {
  type HostileServer,
  silent,
  startHostileServer,
} from '../../support/servers/hostile-server.ts'
import { takesOnly } from '../../support/servers/picky-script.ts'
import { makeTunnel, startProxy } from '../../support/servers/proxy.ts'
import {
  type EndEntity,
  endEntities,
  type ListenerServer,
  missing,
  startBunServer,
} from '../../support/servers/servers.ts'

const HOSTS = knownWitnesses.map(({ host }) => host)
const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: HOSTS })
const [endEntity] = endEntities(pki) as [EndEntity]

let at: Workspace
let clock: HostileServer
let wrong: HostileServer
let noClock: HostileServer
let mute: HostileServer

before(async () => {
  at = openWorkspace()
  const now = (): number => Math.floor(Date.now() / 1000)
  clock = await startHostileServer(takesOnly({ endEntity }))
  wrong = await startHostileServer(takesOnly({ endEntity, clock: () => now() - 7200 }))
  noClock = await startHostileServer(takesOnly({ endEntity, clock: () => undefined }))
  mute = await startHostileServer(silent)
})

after(async () => {
  at.remove()
  for (const server of [clock, wrong, noClock, mute]) await server.stop()
})

/** Asks by way of a proxy that leads each host to a port of loopback, and no further. */
async function probeBy(
  portOf: (host: string) => number,
  {
    args = [],
    trust = pki.root.pem,
  }: { readonly args?: readonly string[]; readonly trust?: string } = {},
): Promise<Outcome & { readonly asked: readonly string[] }> {
  await using proxy = await startProxy((client, asked) => {
    const port = portOf(asked.target.replace(/:443$/, ''))
    makeTunnel(client, { ...asked, target: `localhost:${port}` })
  })
  const url = `http://${proxy.host}:${proxy.port}`
  const at = openWorkspace({ 'ca.pem': trust })
  try {
    const trusted = ['--proxy', url, '--ca', 'ca.pem', ...args]
    const outcome = await at.run(['witnesses', '--probe', ...trusted])
    return { ...outcome, asked: [...new Set(proxy.asked.map(({ target }) => target))].sort() }
  } finally {
    at.remove()
  }
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}

describe('witnesses', { concurrency: 4 }, () => {
  test('prints each host under its operator, with what was seen, when and where', async () => {
    const { stdout, stderr, code } = await at.run(['witnesses'])
    const paragraphs = stdout.split('\n\n')
    for (const { host, operator, library, evidence } of knownWitnesses) {
      const block = paragraphs.find((one) => one.startsWith(`${operator}\n`)) ?? ''
      assert.ok(block.includes(`\n  ${host.padEnd(26)}${library}\n`), block)
      for (const { what, when, source } of evidence) {
        const number = new RegExp(`${when}: ${what.replace(/[()]/g, '\\$&')} \\[(\\d)\\]`)
        const [, shown = ''] = number.exec(block) ?? []
        assert.ok(stdout.includes(`[${shown}] ${source}\n`), `${host}: ${block}`)
      }
    }
    assert.match(lastLine(stdout), /^Nobody asked these hosts for this list; /)
    assert.equal(stderr, '')
    assert.equal(code, 0)
  })

  test('prints the list as the library has it with --json', async () => {
    const { stdout, code } = await at.run(['witnesses', '--json'])
    assert.deepEqual(JSON.parse(stdout), knownWitnesses)
    assert.equal(code, 0)
  })

  test('asks every host with --probe, and says which can sign', async () => {
    const { stdout, stderr, code, asked } = await probeBy(() => clock.port)
    assert.deepEqual(asked, HOSTS.map((host) => `${host}:443`).sort())
    for (const host of HOSTS) assert.ok(stdout.includes(`\n  ${host.padEnd(26)}can sign\n`), host)
    const facts = /\n {28}clock in step with this machine's; path valid, \d+ days left\n/g
    assert.equal(stdout.match(facts)?.length, HOSTS.length)
    const operators = 'Google, Microsoft, Cloudflare and Dropbox'
    assert.equal(lastLine(stdout), `4 of 4 operators can sign now: ${operators}`)
    assert.equal(stderr, '')
    assert.equal(code, 0)
  })

  test('names each that is down, silent, wrong or without a clock, and why', async () => {
    const ports: Readonly<Record<string, number>> = {
      'www.google.com': 1,
      'clients3.google.com': clock.port,
      'www.bing.com': wrong.port,
      'login.live.com': noClock.port,
      'www.cloudflare.com': mute.port,
      'd.dropbox.com': clock.port,
    }
    const { stdout, code } = await probeBy((host) => ports[host] ?? 1, { args: ['--timeout', '2'] })
    const said = (host: string): string =>
      new RegExp(`\n {2}${host} +(.*(?:\n {28}.*)?)\n`).exec(stdout)?.[1] ?? ''
    assert.match(said('www.google.com'), /^cannot sign: proxy .* 502 Bad Gateway$/)
    assert.match(said('clients3.google.com'), /^can sign\n/)
    assert.match(said('www.bing.com'), /^cannot sign: .*\n +clock 7200 seconds .*behind this/)
    assert.match(said('login.live.com'), /^cannot sign: .*random/)
    assert.match(said('www.cloudflare.com'), /^cannot sign: .* took more than 2 seconds$/)
    assert.equal(lastLine(stdout), '2 of 4 operators can sign now: Google and Dropbox')
    assert.equal(code, 0)
  })

  test('ends with exit code 1 when one operator alone can sign', async () => {
    const google = (host: string): number => (host.endsWith('google.com') ? clock.port : 1)
    const { stdout, stderr, code } = await probeBy(google, { args: ['--json'] })
    const asked: readonly {
      readonly host: string
      readonly probe: { readonly witness: boolean; readonly reasons: readonly { code: string }[] }
    }[] = JSON.parse(stdout)
    assert.deepEqual(
      asked.map(({ host, probe }) => [host, probe.witness, probe.reasons.map(({ code }) => code)]),
      HOSTS.map((host) =>
        host.endsWith('google.com') ? [host, true, []] : [host, false, ['proxy']],
      ),
    )
    assert.match(stderr, /^hint: check --proxy or HTTPS_PROXY; /)
    assert.equal(code, 1)
  })

  test('ends so as well when their certificates are not trusted, with the hint', async () => {
    const { stdout, stderr, code } = await probeBy(() => clock.port, {
      trust: mintCertificate({ subject: 'Other Root', key: 'p256', ca: true }).pem,
    })
    assert.equal(lastLine(stdout), '0 of 4 operators can sign now')
    assert.match(stderr, /^hint: .*--ca FILE\|DIR\n$/)
    assert.equal(code, 1)
  })

  test('takes BoringSSL for a witness', { skip: missing('bun') }, async () => {
    const server: ListenerServer = await startBunServer([{ endEntity }])
    try {
      const { stdout, code } = await probeBy(() => server.ports[0] ?? 0)
      assert.match(lastLine(stdout), /^4 of 4 operators can sign now: /)
      assert.equal(code, 0)
    } finally {
      await server.stop()
    }
  })

  test('refuses an operand, with what to type instead', async () => {
    const { stderr, code } = await at.run(['witnesses', 'example.org'])
    assert.match(stderr, ERROR_LINES)
    assert.match(stderr, /expected no argument, got example\.org\nhint: .*tls-stamp probe HOST\n/)
    assert.equal(code, 2)
  })
})
