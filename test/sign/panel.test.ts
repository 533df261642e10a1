// createStatement and renewStatement without a host: the operators of the built-in list, scripted, behind a proxy.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, mock, test } from 'node:test'
import { TlsStampError } from '../../src/errors.ts'
import type { SigningOptions } from '../../src/sign/plan.ts'
import { createStatement, renewStatement } from '../../src/sign/sign.ts'
import type { HttpProxy } from '../../src/system/proxy.ts'
import { knownWitnesses } from '../../src/verify/known-witnesses.ts'
import type { Server } from '../support/harness/child.ts'
import { until } from '../support/harness/until.ts'
import {
  answer,
  dropWhen,
  hangsUp,
  inTurn,
  offers,
  type Script,
  startHostileServer,
} from '../support/servers/hostile-server.ts'
import { certified, endEntityOf, testRoot } from '../support/servers/known-hosts.ts'
import { startLockstep } from '../support/servers/lockstep.ts'
import { leadsTo, startProxy } from '../support/servers/proxy.ts'

const subjects = [
  { name: 'doc.txt', sha256: Uint8Array.from(createHash('sha256').update('document').digest()) },
]
const FIRSTS = ['www.google.com', 'www.bing.com', 'www.cloudflare.com', 'd.dropbox.com']

function right(host: string): Script {
  return answer({ endEntity: endEntityOf(host) })
}

type Scripts = Readonly<Record<string, Script>>

/** Runs with servers for these hosts, all others being unreachable, and gives the options that lead there. */
async function withHosts<Result>(
  scripts: Scripts,
  run: (options: SigningOptions, asked: () => readonly string[]) => Promise<Result>,
): Promise<Result> {
  const ports: Record<string, number> = {}
  const stops: (() => Promise<void>)[] = []
  for (const [host, script] of Object.entries(scripts)) {
    const server = await startHostileServer(script)
    stops.push(server.stop)
    ports[`${host}:443`] = server.port
  }
  const proxy = await startProxy(leadsTo(ports))
  stops.push(proxy.stop)
  const asked = (): readonly string[] => proxy.asked.map(({ target }) => target.slice(0, -4))
  const through: HttpProxy = { protocol: 'http', host: proxy.host, port: proxy.port }
  const options = { trustAnchors: [testRoot.der], timeout: 60, proxyFor: () => through }
  try {
    return await run(options, asked)
  } finally {
    for (const stop of stops) await stop()
  }
}

// A busy machine is slow to answer, which the signer would take for a slow network, and ask again
before(() => {
  const { now } = performance
  mock.method(performance, 'now', () => now.call(performance) / 100)
})
after(() => mock.restoreAll())

const firsts = Object.fromEntries(FIRSTS.map((host) => [host, right(host)]))

function hostsOf(rounds: readonly { readonly host: string }[]): string[] {
  return rounds.map(({ host }) => host)
}

describe('without a host', { concurrency: 3 }, () => {
  test('one host of each operator signs, in turn', async () => {
    await withHosts(firsts, async (options, asked) => {
      const { statement, report, dropped } = await createStatement({ ...options, subjects })
      assert.deepEqual(hostsOf(statement.rounds), [...FIRSTS, ...FIRSTS, ...FIRSTS])
      assert.deepEqual(dropped, [])
      assert.equal(report.independent, 4)
      // The first operator's first round begins the chain: it is not asked for it twice
      const times = FIRSTS.map((host) => asked().filter((each) => each === host).length)
      assert.deepEqual(times, [3, 4, 4, 4])
    })
  })

  test('four witnesses with three rounds each cost thirteen round trips', async () => {
    const servers = await Promise.all(FIRSTS.map((host) => startHostileServer(right(host))))
    const ports = FIRSTS.map((host, i) => [`${host}:443`, servers[i]?.port ?? 0] as const)
    await using lockstep = await startLockstep(Object.fromEntries(ports))
    const { statement } = await createStatement({ ...by(lockstep), subjects })
    assert.equal(statement.rounds.length, 12)
    assert.equal(lockstep.roundTrips(), 13)
    for (const server of servers) await server.stop()
  })

  test('one that does not answer costs no round trip beside the wait for it', async () => {
    const [dead, ...alive] = ['d.dropbox.com', ...FIRSTS.slice(0, 3)]
    const servers = await Promise.all(alive.map((host) => startHostileServer(right(host))))
    const ports = alive.map((host, i) => [`${host}:443`, servers[i]?.port ?? 0] as const)
    await using lockstep = await startLockstep({
      ...Object.fromEntries(ports),
      [`${dead}:443`]: 'never',
    })
    const { statement, dropped } = await createStatement({ ...by(lockstep), subjects })
    assert.deepEqual(hostsOf(dropped), [dead])
    assert.equal(statement.rounds.length, 9)
    // Ten, and one or two more when the first round had become too old for the chain to go on from
    assert.ok(lockstep.roundTrips() <= 12, `${lockstep.roundTrips()}`)
    for (const server of servers) await server.stop()
  })

  test('a host that is slow but signs is not left out, nor is another that was asked meanwhile', async () => {
    const slow = answer({ endEntity: endEntityOf('www.google.com'), delay: 1500 })
    const google = inTurn(slow, right('www.google.com'))
    await withHosts({ ...firsts, 'www.google.com': google }, async (options, asked) => {
      const { statement, dropped } = await createStatement({ ...options, timeout: 25, subjects })
      assert.ok(asked().includes('clients3.google.com'))
      assert.equal(statement.rounds[0]?.host, 'www.google.com')
      assert.deepEqual(dropped, [])
    })
  })

  test('named witnesses sign after the operators, and in place of their own', async () => {
    const named = { ...firsts, 'login.live.com': right('login.live.com'), 'a.test': own('a.test') }
    await withHosts(named, async (options) => {
      const witnesses = [{ host: 'login.live.com' }, { host: 'a.test' }]
      const { statement, report } = await createStatement({ ...options, witnesses, subjects })
      assert.deepEqual(hostsOf(statement.rounds).slice(0, 5), [
        'www.google.com',
        'www.cloudflare.com',
        'd.dropbox.com',
        'login.live.com',
        'a.test',
      ])
      assert.equal(report.independent, 5)
    })
  })

  test('a named witness is needed, unless a quorum says otherwise', async () => {
    const named = { ...firsts, 'a.test': hangsUp('reset') }
    await withHosts(named, async (options) => {
      const asking = { ...options, witnesses: [{ host: 'a.test' }], retries: 0, subjects }
      await assert.rejects(createStatement(asking), {
        name: 'NetworkError',
        message: /^a\.test:443 closed the connection/,
      })
      const { dropped, report } = await createStatement({ ...asking, quorum: 4 })
      assert.deepEqual(hostsOf(dropped), ['a.test'])
      assert.equal(report.independent, 4)
    })
  })

  test('a quorum asks for so many operators', async () => {
    const two = {
      'www.google.com': right('www.google.com'),
      'd.dropbox.com': right('d.dropbox.com'),
    }
    await withHosts(two, async (options) => {
      const { statement } = await createStatement({ ...options, quorum: 2, subjects })
      assert.equal(statement.rounds.length, 6)
      const error: unknown = await createStatement({ ...options, quorum: 3, subjects }).catch(
        (thrown) => thrown,
      )
      assert.ok(error instanceof TlsStampError)
      assert.match(
        error.message,
        /^only 2 of the 3 required witnesses can sign: Microsoft \(www\.bing\.com\): /,
      )
      assert.match(error.message, /; Cloudflare \(www\.cloudflare\.com\): [^;]*$/)
    })
  })

  test('a refusal leaves no connection open', async () => {
    const names = ['www.google.com', 'www.bing.com']
    const servers = await Promise.all(names.map((host) => startHostileServer(right(host))))
    const ports = names.map((host, i) => [`${host}:443`, servers[i]?.port ?? 0] as const)
    await using proxy = await startProxy(leadsTo(Object.fromEntries(ports)))
    const through = { ...by(proxy), timeout: 600 }
    await assert.rejects(
      createStatement({ ...through, quorum: 3, subjects }),
      /^NetworkError: only 2 /,
    )
    const isClosed = (): boolean =>
      servers.every((server) => server.log().every(({ end }) => end !== undefined))
    await until(isClosed)
    for (const server of servers) await server.stop()
  })

  test('a host is asked as it wants to be, in the chain as before it', async () => {
    const picky = dropWhen((hello) => offers(hello, 5), right('www.bing.com'))
    await withHosts({ ...firsts, 'www.bing.com': picky }, async (options, asked) => {
      const { statement, dropped } = await createStatement({ ...options, subjects })
      assert.deepEqual(dropped, [])
      assert.equal(statement.rounds.length, 12)
      const times = asked().filter((host) => host === 'www.bing.com').length
      assert.ok(times <= 7, `${times} connections`)
    })
  })

  test('with retries a host is tried again before it is left out', async () => {
    const unsteady = inTurn(...Array<Script>(2).fill(hangsUp('reset')), right('d.dropbox.com'))
    await withHosts({ ...firsts, 'd.dropbox.com': unsteady }, async (options) => {
      const { dropped, report } = await createStatement({ ...options, retries: 2, subjects })
      assert.deepEqual(dropped, [])
      assert.equal(report.independent, 4)
    })
  })

  test('window and port need a host, and guards of all operators leave no witness', async () => {
    await assert.rejects(createStatement({ window: true, subjects }), /expected host with window/)
    await assert.rejects(createStatement({ port: 443, subjects }), /expected port only with host/)
    const guards = FIRSTS.map((host) => ({ host }))
    await assert.rejects(
      createStatement({ guards, subjects }),
      /expected at least one witness besides the guards/,
    )
    await assert.rejects(createStatement({ quorum: 5, subjects }), /expected quorum from 1 to 4/)
    await assert.rejects(
      createStatement({ rounds: 9, subjects }),
      /at most 32 rounds in all, got 36/,
    )
    assert.equal(new Set(knownWitnesses.map(({ operator }) => operator)).size, 4)
  })
})

describe('a renewal without a host', { concurrency: 3 }, () => {
  test('asks those first that have not signed yet', async () => {
    await withHosts(firsts, async (options) => {
      const google = { ...options, host: 'www.google.com', subjects }
      const { statement } = await createStatement(google)
      const { statement: renewed } = await renewStatement(statement, options)
      const [renewal] = renewed.renewals ?? []
      assert.deepEqual(hostsOf(renewal?.rounds ?? []).slice(0, 4), [
        'www.bing.com',
        'www.cloudflare.com',
        'd.dropbox.com',
        'www.google.com',
      ])
    })
  })

  test('needs as many operators as signed, unless a quorum says otherwise', async () => {
    const signed = await withHosts(firsts, (options) => createStatement({ ...options, subjects }))
    const { 'd.dropbox.com': _, ...three } = firsts
    await withHosts(three, async (options) => {
      await assert.rejects(renewStatement(signed.statement, options), {
        message: /^only 3 of the 4 required witnesses can sign: .*d\.dropbox\.com/,
      })
      const { report } = await renewStatement(signed.statement, { ...options, quorum: 3 })
      assert.equal(report.independent, 3)
    })
  })
})

function own(host: string): Script {
  return answer({ endEntity: certified(host) })
}

function by({ host, port }: Server): SigningOptions {
  const proxy: HttpProxy = { protocol: 'http', host, port }
  return { trustAnchors: [testRoot.der], timeout: 20, proxyFor: () => proxy }
}
