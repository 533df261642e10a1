// Probing servers that are odd, wrong or hostile: what is reported, what is asked, and where it ends.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HandshakeError, NetworkError } from '../../src/errors.ts'
import { type ProbeOptions, type ProbeProgress, probeServer } from '../../src/probe/probe.ts'
import type { Answer, ProbeReport } from '../../src/probe/report.ts'
import { UNUSED_PORT } from '../support/harness/child.ts'
import { mintTestPki } from '../support/make/mint.ts'
import {
  type AnswerOptions,
  answer,
  dropWhen,
  endless,
  type HostileServer,
  hangsUp,
  inTurn,
  offers,
  plainHttp,
  refuses,
  type Script,
  silent,
  startHostileServer,
  trueTime,
} from '../support/servers/hostile-server.ts'
import { takesOnly } from '../support/servers/picky-script.ts'
import { endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'] })
const [endEntity] = endEntities(pki)

type Options = Partial<ProbeOptions>

function probe({ port }: Pick<HostileServer, 'port'>, options: Options = {}): Promise<ProbeReport> {
  const trustAnchors = [pki.root.der]
  return probeServer({ host: '127.0.0.1', port, trustAnchors, pause: 0, ...options })
}

const quick = (server: HostileServer, options: Options = {}): Promise<ProbeReport> =>
  probe(server, { quick: true, ...options })

const picky = (options: Partial<AnswerOptions> = {}, otherwise?: Script): Script =>
  takesOnly({ endEntity, ...options }, otherwise)

function taken(answers: readonly Answer[] | null): string[] {
  return (answers ?? []).filter(({ outcome }) => outcome === 'taken').map(({ name }) => name)
}

function codes({ reasons }: ProbeReport): string[] {
  return reasons.map(({ code }) => code)
}

describe('a probe', { concurrency: 4 }, () => {
  test('tells what a server takes and what it refuses', async () => {
    await using server = await startHostileServer(picky())
    const report = await probe(server)
    assert.deepEqual(codes(report), [])
    assert.equal(report.witness, true)
    assert.equal(report.clock.kind, 'corroborated')
    assert.deepEqual(taken(report.versions), ['TLS 1.2'])
    assert.deepEqual(taken(report.cipherSuites), ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'])
    assert.deepEqual(taken(report.signatureSchemes), ['ecdsa_sha256'])
    assert.deepEqual(taken(report.groups), ['x25519'])
    const refused = report.cipherSuites?.filter(({ outcome }) => outcome === 'refused') ?? []
    assert.equal(refused.length, 20)
    assert.ok(refused.every(({ detail }) => detail === 'handshake_failure(40)'))
    // Asked again with ecdsa_sha256 for the chain, the server takes that one
    const sha384 = report.signatureSchemes?.find(({ name }) => name === 'ecdsa_sha384')
    assert.deepEqual([sha384?.outcome, sha384?.detail], ['other', 'ecdsa_sha256'])
    assert.equal(report.connections, server.connections())
  })

  test('counts its connections up front', async () => {
    await using server = await startHostileServer(picky())
    const seen: ProbeProgress[] = []
    const report = await probe(server, { report: (progress) => seen.push(progress) })
    assert.deepEqual(
      seen.map(({ connection }) => connection),
      seen.map((_, i) => i + 1),
    )
    assert.equal(seen.length, report.connections)
    assert.equal(new Set(seen.map(({ most }) => most)).size, 1)
    assert.ok(seen.every(({ connection, most }) => connection <= most))
  })

  test('asks over one connection at a time', async () => {
    let open = 0
    const counts: number[] = []
    const accepted = (socket: import('node:net').Socket): void => {
      open++
      const gone = (): void => {
        open--
        socket.off('end', gone).off('error', gone)
      }
      socket.on('end', gone).on('error', gone)
    }
    const right = picky()
    const script: Script = async (peer) => {
      // Time for another to come
      await peer.sleep(20)
      counts.push(open)
      await right(peer)
    }
    await using server = await startHostileServer(script, { accepted })
    await quick(server, { rounds: 4 })
    assert.deepEqual(counts, [1, 1, 1, 1, 1])
  })

  test('asks the clock and one TLS 1.3 handshake only, when it is to be quick', async () => {
    await using server = await startHostileServer(picky())
    const report = await quick(server, { rounds: 3 })
    assert.equal(server.connections(), 4)
    assert.equal(report.witness, true)
    assert.deepEqual(
      report.tls13.reasons.map(({ message }) => message),
      ['it refused TLS 1.3 with handshake_failure(40)'],
    )
    assert.equal(report.tls13.cipherSuites, null)
    const { versions, cipherSuites, signatureSchemes, groups } = report
    assert.deepEqual([versions, cipherSuites, signatureSchemes, groups], Array(4).fill(null))
    assert.equal(report.certificates?.trusted, true)
  })

  test('refuses options out of bounds', async () => {
    const wrong: readonly Options[] = [
      { port: 0 },
      { rounds: 0 },
      { rounds: 33 },
      { pause: -1 },
      { pause: 60_001 },
      { timeout: 0 },
      { version: '1.3' as '1.2' },
      { host: 'no host' },
    ]
    for (const options of wrong) {
      await assert.rejects(probeServer({ host: 'localhost', ...options }), RangeError)
    }
  })
})

describe('the clock of a server', { concurrency: 4 }, () => {
  const clocks: readonly (readonly [string, string, (round: number) => number | undefined])[] = [
    ['zero', 'zero', () => 0],
    ['random bytes', 'random', () => undefined],
    ['milliseconds', 'milliseconds', () => Date.now()],
    ['two hours ahead', 'wrong', () => trueTime() + 7200],
    ['a year behind', 'wrong', () => trueTime() - 31_536_000],
    ['two clocks', 'unsteady', (round) => trueTime() + (round % 2) * 60],
  ]
  for (const [name, kind, clock] of clocks) {
    test(`that is ${name} makes no witness`, async () => {
      await using server = await startHostileServer(picky({ clock }))
      const report = await quick(server)
      assert.equal(report.clock.kind, kind)
      assert.deepEqual(codes(report), [kind])
      assert.equal(report.witness, false)
      assert.equal(report.clock.serverTimes.length, 3)
    })
  }

  test('is off by so many seconds', async () => {
    for (const ahead of [-120, 90]) {
      const script = picky({ clock: () => trueTime() + ahead })
      await using server = await startHostileServer(script)
      const { clock, witness } = await quick(server)
      assert.ok(Math.abs((clock.offset ?? 0) - ahead) <= 1, `${clock.offset}`)
      assert.equal(witness, true)
    }
  })

  test('stays unknown when later rounds do not come about', async () => {
    await using server = await startHostileServer(inTurn(picky(), refuses(80)))
    const report = await quick(server)
    assert.equal(report.clock.kind, 'uncorroborated')
    assert.deepEqual(codes(report), ['alert', 'uncorroborated'])
  })

  test('is asked without status_request when that made the server hang up', async () => {
    const script = dropWhen((hello) => offers(hello, 5), picky())
    await using server = await startHostileServer(script)
    assert.equal((await quick(server)).witness, true)
    // A TLS 1.3 handshake with it, and one without, are the last two
    assert.equal(server.connections(), 6)
  })
})

describe('a server that is no witness', { concurrency: 4 }, () => {
  test('has certificates that lead nowhere, or to another host', async () => {
    await using server = await startHostileServer(picky())
    assert.deepEqual(codes(await quick(server, { trustAnchors: [] })), ['unknown-issuer'])
    const other = mintTestPki({ endEntityKeys: ['p256'], dnsNames: ['other.test'], ip: [] })
    const [stranger] = endEntities(other)
    await using strange = await startHostileServer(picky({ endEntity: stranger }))
    const report = await quick(strange, { trustAnchors: [other.root.der] })
    assert.deepEqual(codes(report), ['host-mismatch'])
    assert.equal(report.certificates?.namesHost, false)
  })

  test('signs what does not verify', async () => {
    const script = picky({
      signature: (valid) => valid.map((byte, i) => (i > 8 ? byte ^ 1 : byte)),
    })
    await using server = await startHostileServer(script)
    assert.deepEqual(codes(await quick(server)), ['bad-signature'])
  })

  test('staples bytes that are no response', async () => {
    await using server = await startHostileServer(picky({ ocsp: Uint8Array.of(0x30, 0) }))
    const { staple } = await quick(server)
    assert.deepEqual(staple, { status: null, thisUpdate: null, nextUpdate: null })
  })

  test('takes no version but TLS 1.3, and is asked no further in another', async () => {
    const hello = answer({
      endEntity,
      cipherSuite: 0x1301,
      extensions: [{ type: 43, body: Uint8Array.of(3, 4) }],
      mutate: (messages) => messages.slice(0, 1),
    })
    const script: Script = (peer) => (offers(peer.hello, 43) ? hello(peer) : refuses(70)(peer))
    await using server = await startHostileServer(script)
    const report = await probe(server)
    assert.deepEqual(taken(report.versions), ['TLS 1.3'])
    assert.deepEqual(codes(report), ['version-not-taken'])
    assert.equal(report.cipherSuites, null)
    // Its clock and its versions, one handshake, two hellos for suites, and one more for schemes and groups each
    assert.equal(server.connections(), 10)
  })

  test('speaks TLS 1.1, which signs with MD5 and SHA-1', async () => {
    const script = answer({ endEntity, version: 0x0302, cipherSuite: 0xc009 })
    await using server = await startHostileServer((peer) =>
      peer.hello.cipherSuites.includes(0xc009) && !offers(peer.hello, 43)
        ? script(peer)
        : refuses(40)(peer),
    )
    const newer = await probe(server)
    assert.deepEqual(codes(newer), ['version-not-taken'])
    const tls12 = newer.versions?.find(({ name }) => name === 'TLS 1.2')
    assert.deepEqual([tls12?.outcome, tls12?.detail], ['other', 'TLS 1.1'])
    const older = await probe(server, { version: '1.1' })
    assert.deepEqual(codes(older), ['weak-version'])
    assert.equal(older.clock.kind, 'corroborated')
    assert.equal(older.signatureSchemes, null)
  })

  test('has RSA key transport alone', async () => {
    const hello = answer({ endEntity, keyExchange: 'rsa', cipherSuite: 0x002f })
    await using server = await startHostileServer((peer) =>
      peer.hello.cipherSuites.includes(0x002f) && !offers(peer.hello, 43)
        ? hello(peer)
        : refuses(40)(peer),
    )
    const report = await probe(server)
    assert.deepEqual(taken(report.versions), ['TLS 1.2'])
    assert.deepEqual(codes(report), ['no-signed-key-exchange'])
    assert.deepEqual([report.signatureSchemes, report.groups], [null, null])
    const all = await probe(server, { suites: 'all' })
    assert.deepEqual(taken(all.cipherSuites), ['TLS_RSA_WITH_AES_128_CBC_SHA'])
  })
})

describe('a server that is silent or hostile', { concurrency: 4 }, () => {
  const fails = async (
    script: Script,
    kind: typeof NetworkError | typeof HandshakeError,
    code: string,
    most: number,
    timeout = 60,
  ): Promise<void> => {
    await using server = await startHostileServer(script)
    const isExpected = (error: unknown): boolean => error instanceof kind && error.code === code
    await assert.rejects(probe(server, { timeout }), isExpected)
    assert.ok(server.connections() <= most, `${server.connections()} connections`)
  }

  test('from the first is not asked on', async () => {
    await fails(silent, NetworkError, 'timeout', 1, 0.2)
    await fails(plainHttp, HandshakeError, 'incompatible-peer', 1)
    await fails(hangsUp('fin'), NetworkError, 'closed', 7)
    await fails(hangsUp('reset'), NetworkError, 'closed', 7)
  })

  test('is no server at all', async () => {
    const isRefused = (error: unknown): boolean =>
      error instanceof NetworkError && error.code === 'connect'
    await assert.rejects(probe({ port: UNUSED_PORT }), isRefused)
  })

  test('does not keep the probe from its end', async () => {
    for (const kind of ['huge-message', 'hello-requests', 'warnings', 'garbage'] as const) {
      const flood = endless(kind, { endEntity })
      await using server = await startHostileServer(picky({}, flood))
      const report = await probe(server, { timeout: 60 })
      assert.equal(report.witness, true, kind)
      assert.deepEqual(taken(report.groups), ['x25519'])
    }
  })

  test('that chose what was not asked for is not said to take it', async () => {
    await using server = await startHostileServer(answer({ endEntity }))
    const report = await probe(server)
    assert.deepEqual(taken(report.cipherSuites), ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'])
    const other = report.cipherSuites?.find(({ outcome }) => outcome === 'other')
    assert.match(other?.detail ?? '', /which was not offered/)
    assert.deepEqual(taken(report.groups), ['x25519'])
  })
})
