// createStatement with servers of TLS 1.3, as guards between the rounds of clocks and by their windows alone: scripted
// servers of any name behind a proxy on loopback.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { TlsStampError } from '../../src/errors.ts'
import { type Report, type VerifyOptions, verifyStatement } from '../../src/index.ts'
import type { SigningOptions } from '../../src/sign/plan.ts'
import { type Created, createStatement, renewStatement } from '../../src/sign/sign.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import { isTls13Round } from '../../src/statement/round.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { type MintedKey, mintCertificate, mintKey, mintTestPki } from '../support/make/mint.ts'
import {
  alertRecord,
  answer,
  dropWhen,
  hangsUp,
  inTurn,
  offers,
  refuses as refusesWith,
  type Script,
  sends,
  trueTime,
} from '../support/servers/hostile-server.ts'
import { type Asked, withServers } from '../support/servers/named-servers.ts'
import { type EndEntity, endEntity } from '../support/servers/servers.ts'
import { answerTls13 } from '../support/servers/tls13-script.ts'

const { root, intermediate } = mintTestPki({ endEntityKeys: [] })
const sha256 = Uint8Array.from(createHash('sha256').update('document').digest())
const subjects = [{ name: 'document.txt', sha256 }]
/** What all clocks show, so that no busy machine makes them jump; in seconds. */
const NOW = Math.floor(trueTime())
const DAY = 86_400_000

/** As certificates have it, in whole seconds. */
function daysFromNow(days: number): Date {
  return new Date(Math.floor(Date.now() / 1000) * 1000 + days * DAY)
}

interface Validity {
  readonly notBefore?: Date
  readonly notAfter?: Date
}

function issue(host: string, key: MintedKey = mintKey('p256'), validity: Validity = {}): EndEntity {
  const own = mintCertificate({
    subject: host,
    dnsNames: [host],
    issuer: intermediate,
    key,
    ...validity,
  })
  return endEntity(own, intermediate)
}

const sharedKey = mintKey('p256')
const [a, b, g, h] = [
  issue('a.test', sharedKey),
  issue('b.test'),
  issue('g.test'),
  issue('h.test'),
] as const

/** Seconds that a clock is off. */
function answerAt(own: EndEntity, offset = 0): Script {
  return answer({ endEntity: own, clock: () => NOW + offset })
}

const clock = { 'a.test': answerAt(a) }
const guard = { 'g.test': answerTls13({ endEntity: g }) }

function sign(
  scripts: Readonly<Record<string, Script>>,
  guards: readonly string[] = [],
  options: Partial<SigningOptions> = {},
): Promise<Asked<Created>> {
  const trustAnchors = [root.der]
  const run = (signing: SigningOptions) =>
    createStatement({ ...signing, trustAnchors, ...options, subjects })
  return withServers(scripts, run, guards)
}

async function created(asked: Promise<Asked<Created>>): Promise<Created> {
  return (await asked).result
}

async function refuses(asked: Promise<Asked<Created>>, code: string): Promise<string> {
  const error: unknown = await created(asked).then(
    () => assert.fail(`expected ${code}`),
    (thrown) => thrown,
  )
  assert.ok(error instanceof TlsStampError, String(error))
  assert.equal(error.code, code, error.message)
  assert.match(error.message, /^[^\n]*[^.\n]$/)
  return error.message
}

function verify(statement: SignedStatement, options: Partial<VerifyOptions> = {}): Report {
  const decoded = decodeStatement(encodeStatement(statement))
  assert.deepEqual(decoded, statement)
  return verifyStatement(decoded, {
    digests: [{ sha256 }],
    trustAnchors: [root.der],
    witnesses: ['a.test', 'b.test', 'g.test', 'h.test'],
    now: new Date(),
    ...options,
  })
}

function hostsOf({ rounds }: Pick<SignedStatement, 'rounds'>): readonly string[] {
  return rounds.map(({ host }) => host)
}

describe('guards', { concurrency: true }, () => {
  test('sign once each, after the first round of every witness and before the second', async () => {
    const scripts = {
      ...clock,
      ...guard,
      'b.test': answerAt(b),
      'h.test': answerTls13({ endEntity: h }),
    }
    const { result, servers } = await sign(scripts, ['g.test', 'h.test'])
    const { statement, report } = await result
    const order = ['a.test', 'b.test', 'g.test', 'h.test', 'a.test', 'b.test', 'a.test', 'b.test']
    assert.deepEqual(hostsOf(statement), order)
    assert.deepEqual(
      statement.rounds.map(isTls13Round),
      order.map((host) => host === 'g.test' || host === 'h.test'),
    )
    assert.deepEqual([report.guards, report.independent], [2, 2])
    assert.equal(verify(statement, { guards: 2, quorum: 2 }).verdict, 'passed')
    assert.equal(verify(statement, { guards: 3 }).verdict, 'indeterminate')
    assert.deepEqual(
      servers.map((server) => server.connections()),
      [3, 1, 3, 1],
    )
  })

  test('make a statement at most 3 KB longer each, with a key on P-256 and two certificates', async () => {
    const alone = await created(sign(clock))
    const guarded = await created(sign({ ...clock, ...guard }, ['g.test']))
    const sizes = [alone, guarded].map(({ statement }) => encodeStatement(statement).length)
    const more = (sizes[1] ?? 0) - (sizes[0] ?? 0)
    assert.ok(more > 1500 && more <= 3000, `${more} bytes`)
  })

  test('may ask for another group, at the cost of a round trip', async () => {
    const retrying = answerTls13({ endEntity: g, retry: { group: 0x0018 } })
    const { result, servers } = await sign({ ...clock, 'g.test': retrying }, ['g.test'])
    const { statement } = await result
    assert.ok('helloRetryRequest' in (statement.rounds[1] ?? {}))
    assert.equal(verify(statement, { guards: 1 }).verdict, 'passed')
    assert.equal(servers[1]?.connections(), 1)
  })

  test('get a fresh connection instead of one that waited, and one without status_request', async () => {
    const odd: readonly Script[] = [
      inTurn(hangsUp('reset'), guard['g.test']),
      inTurn(sends(alertRecord(2, 80), 'fin'), guard['g.test']),
      dropWhen((hello) => offers(hello, 5), guard['g.test']),
    ]
    for (const script of odd) {
      const { statement } = await created(sign({ ...clock, 'g.test': script }, ['g.test']))
      assert.equal(verify(statement, { guards: 1 }).verdict, 'passed')
    }
  })

  test('get another try after the network has failed, and are never left out', async () => {
    const resets = Array<Script>(5).fill(hangsUp('reset'))
    const late = { ...clock, 'g.test': inTurn(...resets, guard['g.test']) }
    const { statement, dropped } = await created(sign(late, ['g.test']))
    assert.equal(verify(statement, { guards: 1 }).verdict, 'passed')
    assert.deepEqual(dropped, [])
    const down = { ...clock, 'b.test': answerAt(b), 'g.test': hangsUp('reset') }
    const message = await refuses(sign(down, ['g.test'], { quorum: 1, retries: 0 }), 'closed')
    assert.match(message, /^guard g\.test:\d+ (?:reset|closed) the connection /)
  })

  test('are named with the reason when they are no good', async () => {
    const soon = { notBefore: daysFromNow(1) }
    const past = { notAfter: daysFromNow(-1) }
    const odd: readonly (readonly [code: string, own: Parameters<typeof answerTls13>[0]])[] = [
      ['bad-signature', { endEntity: g, signed: () => new Uint8Array(130) }],
      ['host-mismatch', { endEntity: h }],
      ['expired', { endEntity: issue('g.test', mintKey('p256'), past) }],
      ['not-yet-valid', { endEntity: issue('g.test', mintKey('p256'), soon) }],
      ['misbehaving-peer', { endEntity: g, sessionId: new Uint8Array(32) }],
      ['misbehaving-peer', { endEntity: g, mutate: (all) => all.slice(1) }],
    ]
    for (const [code, own] of odd) {
      const scripts = { ...clock, 'b.test': answerAt(b), 'g.test': answerTls13(own) }
      assert.match(await refuses(sign(scripts, ['g.test'], { quorum: 1 }), code), /^guard g\.test /)
    }
  })

  test('leave the blame to a witness that is no good itself', async () => {
    const noClock = { 'a.test': answer({ endEntity: a, clock: () => undefined }), ...guard }
    await refuses(sign(noClock, ['g.test']), 'implausible')
    const two = { ...noClock, 'b.test': answerAt(b) }
    const { statement, dropped } = await created(sign(two, ['g.test'], { quorum: 1 }))
    assert.deepEqual(
      dropped.map(({ host }) => host),
      ['a.test'],
    )
    assert.deepEqual(hostsOf(statement), ['b.test', 'g.test', 'b.test', 'b.test'])
  })

  test('catch a clock that lies by more than their certificates allow', async () => {
    const young = issue('g.test', mintKey('p256'), { notBefore: daysFromNow(-1) })
    const scripts = {
      'a.test': answerAt(a, -30 * 86_400),
      'g.test': answerTls13({ endEntity: young }),
    }
    const asked = sign(scripts, ['g.test'], { maxSkew: 1e9 })
    assert.match(await refuses(asked, 'not-yet-valid'), /^guard g\.test /)
  })

  test('have to speak TLS 1.3', async () => {
    const refusing = { ...clock, 'g.test': refusesWith(70) }
    assert.match(await refuses(sign(refusing, ['g.test']), 'no-tls13'), /^guard g\.test /)
    const old = { ...clock, 'g.test': answerAt(g) }
    assert.match(
      await refuses(sign(old, ['g.test']), 'no-tls13'),
      /the server must speak TLS 1\.3: the server speaks TLS 1\.2/,
    )
  })

  test('do not count with the key of a witness', async () => {
    const shared = answerTls13({ endEntity: issue('g.test', sharedKey) })
    await refuses(sign({ ...clock, 'g.test': shared }, ['g.test']), 'not-independent')
  })

  test('are refused beside what makes them worthless', async () => {
    const options = { subjects, host: 'a.test', trustAnchors: [root.der] }
    const guards = [{ host: 'g.test' }]
    const wrong: readonly (readonly [Partial<SigningOptions>, RegExp])[] = [
      [{ guards: [{ host: 'A.test', port: 444 }] }, /a\.test again/],
      [{ guards: [...guards, ...guards] }, /g\.test again/],
      [{ guards, window: true }, /either guards or window/],
      [{ guards, noClock: true }, /guards without noClock/],
      [{ guards, version: '1.0' }, /guards without version 1\.0/],
      [{ guards, rounds: 1 }, /at least 2 rounds/],
      [{ guards, rounds: 32 }, /32 rounds in all, got 33/],
      [{ window: true, noClock: true }, /window without noClock/],
      [{ window: true, version: '1.1' }, /window without version 1\.1/],
    ]
    for (const [more, message] of wrong) {
      await assert.rejects(createStatement({ ...options, ...more }), {
        name: 'RangeError',
        message,
      })
    }
  })

  test('renew a statement too', async () => {
    const { statement } = await created(sign({ ...clock, ...guard }, ['g.test']))
    const scripts = { 'b.test': answerAt(b), 'h.test': answerTls13({ endEntity: h }) }
    const run = (options: SigningOptions) =>
      renewStatement(statement, { ...options, trustAnchors: [root.der] })
    const renewed = (await created(withServers(scripts, run, ['h.test']))).statement
    assert.deepEqual(hostsOf(renewed.renewals?.[0] ?? assert.fail()), [
      'b.test',
      'h.test',
      'b.test',
      'b.test',
    ])
    assert.equal(verify(renewed, { guards: 1 }).verdict, 'passed')
  })
})

describe('windows alone', { concurrency: true }, () => {
  const notAfter = daysFromNow(30)
  const short = issue('g.test', mintKey('p256'), { notAfter })

  test('take a server of TLS 1.3 for a witness, once, and say until when it can have signed', async () => {
    const { statement, report } = await created(
      sign({ 'g.test': answerTls13({ endEntity: short }) }, [], { window: true }),
    )
    assert.equal(report.verdict, 'passed')
    assert.deepEqual(hostsOf(statement), ['g.test'])
    const judged = verify(statement, { window: true })
    assert.equal(judged.verdict, 'passed')
    assert.deepEqual([judged.time.claimed, judged.time.notAfter], [null, notAfter])
    assert.equal(verify(statement).verdict, 'indeterminate')
  })

  test('take several, in turn, and do without one when a quorum allows it', async () => {
    const scripts = { ...guard, 'h.test': answerTls13({ endEntity: h }), 'b.test': answerAt(b) }
    const options = { window: true, quorum: 2, rounds: 2 }
    const { statement, dropped } = await created(sign(scripts, [], options))
    assert.deepEqual(
      dropped.map(({ host, error }) => [host, error.code]),
      [['b.test', 'no-tls13']],
    )
    assert.deepEqual(hostsOf(statement), ['g.test', 'h.test', 'g.test', 'h.test'])
    assert.equal(verify(statement, { window: true, quorum: 2 }).verdict, 'passed')
    assert.equal(verify(statement, { window: true, quorum: 3 }).verdict, 'indeterminate')
  })

  test('refuse a server outside whose window this clock is', async () => {
    const validities = [{ notAfter: daysFromNow(-1) }, { notBefore: daysFromNow(1) }]
    for (const validity of validities) {
      const own = answerTls13({ endEntity: issue('g.test', mintKey('p256'), validity) })
      const message = await refuses(sign({ 'g.test': own }, [], { window: true }), 'outside-window')
      assert.match(message, / UTC to .* UTC$/)
    }
  })

  test('renew a statement while its certificates are good, and are renewed by a clock', async () => {
    const trustAnchors = [root.der]
    const first = await created(sign(clock))
    const byWindow = await created(
      withServers({ 'g.test': answerTls13({ endEntity: short }) }, (options) =>
        renewStatement(first.statement, { ...options, trustAnchors, window: true }),
      ),
    )
    assert.equal(verify(byWindow.statement, { window: true }).verdict, 'passed')
    assert.equal(verify(byWindow.statement).verdict, 'indeterminate')
    const byClock = await created(
      withServers({ 'b.test': answerAt(b) }, (options) =>
        renewStatement(byWindow.statement, { ...options, trustAnchors }),
      ),
    )
    assert.equal(verify(byClock.statement, { window: true }).verdict, 'passed')
  })
})

describe('a server that speaks TLS 1.3 only', { concurrency: true }, () => {
  const only = (alert: number): Script =>
    dropOr((offersTls13) => (offersTls13 ? guard['g.test'] : refusesWith(alert)))

  test('is refused by that name, whichever alert it sends', async () => {
    for (const alert of [70, 40]) {
      const message = await refuses(sign({ 'g.test': only(alert) }), 'tls13-only')
      assert.match(message, /^witness g\.test port \d+: the server speaks TLS 1\.3 only, which /)
    }
  })

  test('is left out by that name when the quorum allows it', async () => {
    const { dropped } = await created(sign({ ...clock, 'g.test': only(70) }, [], { quorum: 1 }))
    assert.deepEqual(
      dropped.map(({ host, error }) => [host, error.code]),
      [['g.test', 'tls13-only']],
    )
  })

  test('is not confused with one that speaks older versions only', async () => {
    for (const alert of [70, 40]) {
      await refuses(sign({ 'a.test': refusesWith(alert) }), 'alert')
    }
  })
})

test('a server of newer versions that refuses an old one is not said to speak TLS 1.3 only', async () => {
  for (const version of ['1.0', '1.1'] as const) {
    const newer = dropOr((offersTls13) => (offersTls13 ? guard['g.test'] : refusesWith(70)))
    const message = await refuses(sign({ 'g.test': newer }, [], { version }), 'old-version')
    const refused = `: the server refused TLS ${version}: the server sent alert protocol_version(70)`
    assert.ok(message.startsWith('witness g.test port ') && message.endsWith(refused), message)
  }
})

/** Does one thing with a client that offers TLS 1.3, and another with one that does not. */
function dropOr(choose: (offersTls13: boolean) => Script): Script {
  return (peer) => choose(offers(peer.hello, 43))(peer)
}
