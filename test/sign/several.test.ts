// createStatement with several witnesses, and renewals: scripted servers of any name behind a proxy on loopback.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { TlsStampError } from '../../src/errors.ts'
import { type VerifyOptions, verifyStatement } from '../../src/index.ts'
import type { SigningOptions } from '../../src/sign/plan.ts'
import { type Created, createStatement, renewStatement } from '../../src/sign/sign.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import {
  type Minted,
  type MintedKey,
  mintCertificate,
  mintKey,
  mintTestPki,
} from '../support/make/mint.ts'
import {
  answer,
  dropWhen,
  hangsUp,
  inTurn,
  offers,
  type Script,
  trueTime,
} from '../support/servers/hostile-server.ts'
import { type Asked, withServers as withNamed } from '../support/servers/named-servers.ts'
import { type EndEntity, endEntity } from '../support/servers/servers.ts'

const { root } = mintTestPki({ endEntityKeys: [] })
const sha256 = Uint8Array.from(createHash('sha256').update('document').digest())
const subjects = [{ name: 'document.txt', sha256 }]
/** What all clocks show, so that no busy machine makes them jump; in seconds. */
const NOW = Math.floor(trueTime())

function issue(host: string, key: MintedKey = mintKey('p256')): EndEntity {
  return endEntity(mintCertificate({ subject: host, dnsNames: [host], issuer: root, key }))
}

const names = ['a.test', 'b.test', 'c.test'] as const
const sharedKey = mintKey('p256')
const [a, b, c] = [issue('a.test', sharedKey), issue('b.test'), issue('c.test')]

/** Seconds that a clock is off. */
function answerAt(own: EndEntity, offset: number): Script {
  return answer({ endEntity: own, clock: () => NOW + offset })
}

type Signed = Asked<Created>

function withServers(
  scripts: Readonly<Record<string, Script>>,
  run: (options: SigningOptions) => Promise<Created>,
): Promise<Signed> {
  return withNamed(scripts, (signing) => run({ ...signing, trustAnchors: [root.der] }))
}

function sign(
  scripts: Readonly<Record<string, Script>>,
  options: Partial<SigningOptions> = {},
): Promise<Signed> {
  return withServers(scripts, (signing) => createStatement({ ...signing, ...options, subjects }))
}

async function refuses(signed: Promise<Signed>, code: string): Promise<TlsStampError> {
  const { result } = await signed
  const error: unknown = await result.then(
    () => assert.fail(`expected ${code}`),
    (thrown) => thrown,
  )
  assert.ok(error instanceof TlsStampError, String(error))
  assert.equal(error.code, code, error.message)
  return error
}

function verify(statement: SignedStatement, options: Partial<VerifyOptions> = {}) {
  const decoded = decodeStatement(encodeStatement(statement))
  assert.deepEqual(decoded, statement)
  return verifyStatement(decoded, {
    digests: [{ sha256 }],
    trustAnchors: [root.der],
    witnesses: names,
    now: new Date(),
    ...options,
  })
}

const good = { 'a.test': answerAt(a, 0), 'b.test': answerAt(b, 0), 'c.test': answerAt(c, 0) }

describe('several witnesses', { concurrency: true }, () => {
  test('sign in turn, in one chain', async () => {
    const { statement, report, dropped } = await (await sign(good)).result
    assert.deepEqual(
      statement.rounds.map(({ host }) => host),
      [...names, ...names, ...names],
    )
    assert.deepEqual(dropped, [])
    assert.equal(report.verdict, 'passed')
    const { verdict, witnesses } = verify(statement, { quorum: 3 })
    assert.equal(verdict, 'passed')
    assert.deepEqual(
      witnesses.map(({ counts, rounds }) => [counts, rounds.length]),
      [
        [true, 3],
        [true, 3],
        [true, 3],
      ],
    )
  })

  test('leave their trust anchor in the statement, once', async () => {
    const { statement } = await (await sign(good)).result
    assert.deepEqual(statement.unsigned.trustAnchors, [Uint8Array.from(root.der)])
  })

  test('have one that is down left out when the quorum holds, and the rest sign in turn', async () => {
    const scripts = { ...good, 'b.test': hangsUp('reset') }
    const { result, servers } = await sign(scripts, { quorum: 2, retries: 1 })
    const { statement, dropped } = await result
    assert.deepEqual(
      statement.rounds.map(({ host }) => host),
      ['a.test', 'c.test', 'a.test', 'c.test', 'a.test', 'c.test'],
    )
    assert.deepEqual(
      dropped.map(({ host, error }) => [host, error.code]),
      [['b.test', 'closed']],
    )
    assert.equal(verify(statement, { quorum: 2 }).verdict, 'passed')
    // Twice: as the connection that waited, as two fresh ones, and as one without status_request
    assert.equal(servers[1]?.log().filter(({ hello }) => hello).length, 8)
  })

  test('get what is theirs when one of them takes no status_request', async () => {
    const picky = dropWhen((hello) => offers(hello, 5), answerAt(b, 0))
    const { statement } = await (await sign({ ...good, 'b.test': picky })).result
    assert.equal(verify(statement, { quorum: 3 }).verdict, 'passed')
    assert.equal(statement.rounds.length, 9)
  })

  test('are all needed unless a quorum says otherwise', async () => {
    await refuses(sign({ ...good, 'b.test': hangsUp('reset') }, { retries: 0 }), 'closed')
    const both = { ...good, 'a.test': hangsUp('reset'), 'c.test': hangsUp('reset') }
    await refuses(sign(both, { retries: 0, quorum: 2 }), 'closed')
  })

  test('get another try after the network has failed', async () => {
    const reset = Array<Script>(5).fill(hangsUp('reset'))
    const twice = inTurn(...reset, answerAt(b, 0))
    const { statement, dropped } = await (await sign({ ...good, 'b.test': twice })).result
    assert.deepEqual(dropped, [])
    assert.equal(verify(statement, { quorum: 3 }).verdict, 'passed')
  })

  test('have one left out whose clock is random, wrong by hours, or whose certificate is no good', async () => {
    const odd: readonly (readonly [string, Script])[] = [
      ['implausible', answer({ endEntity: c, clock: () => undefined })],
      ['clock-skew', answerAt(c, 4 * 3600)],
      ['clock-skew', answerAt(c, -4 * 3600)],
      ['host-mismatch', answerAt(a, 0)],
      ['misbehaving-peer', answer({ endEntity: c, scheme: 0x0203 })],
      ['expired', answerAt(endEntity(mintExpired()), 0)],
    ]
    for (const [code, script] of odd) {
      const scripts = { ...good, 'c.test': script }
      const { statement, dropped } = await (await sign(scripts, { quorum: 2 })).result
      assert.deepEqual(
        dropped.map(({ host, error }) => [host, error.code]),
        [['c.test', code]],
      )
      assert.ok(statement.rounds.every(({ host }) => host !== 'c.test'))
      const { message } = await refuses(sign(scripts, { quorum: 3 }), code)
      assert.match(message, /^witness c\.test port \d+: /)
    }
  })

  test('have the one left out that contradicts the others, although this clock would let it pass', async () => {
    const scripts = { ...good, 'c.test': answerAt(c, 600) }
    const { dropped } = await (await sign(scripts, { quorum: 2 })).result
    assert.deepEqual(
      dropped.map(({ host, error }) => [host, error.code]),
      [['c.test', 'contradicts']],
    )
    const two = { 'a.test': answerAt(a, 0), 'b.test': answerAt(b, 600) }
    await refuses(sign(two, { quorum: 1 }), 'one-lies')
  })

  test('do not count twice under one key', async () => {
    const shared = issue('b.test', sharedKey)
    const scripts = { 'a.test': answerAt(a, 0), 'b.test': answerAt(shared, 0) }
    await refuses(sign(scripts), 'quorum-not-met')
    const { statement } = await (await sign(scripts, { quorum: 1 })).result
    assert.equal(verify(statement, { quorum: 1 }).verdict, 'passed')
    assert.equal(verify(statement, { quorum: 2 }).verdict, 'indeterminate')
  })

  test('may be one only when it is asked for without a quorum', async () => {
    const { result } = await sign({ 'a.test': answerAt(a, 0) })
    const { statement, report } = await result
    assert.equal(report.checks.find(({ id }) => id === 'quorum')?.code, 'no-quorum-asked')
    assert.equal(statement.rounds.length, 3)
  })

  test('are refused when one is named twice, or the rounds are too many', async () => {
    const options = { subjects, host: 'a.test', trustAnchors: [root.der] }
    const twice = { ...options, witnesses: [{ host: 'A.test', port: 444 }] }
    await assert.rejects(createStatement(twice), { name: 'RangeError', message: /a\.test again/ })
    const many = { ...options, witnesses: [{ host: 'b.test' }], rounds: 17 }
    await assert.rejects(createStatement(many), { name: 'RangeError', message: /32 rounds/ })
    for (const wrong of [{ quorum: 2 }, { quorum: 0 }, { retries: -1 }, { retries: 11 }]) {
      await assert.rejects(createStatement({ ...options, ...wrong }), { name: 'RangeError' })
    }
  })
})

describe('a renewal', { concurrency: true }, () => {
  test('signs the file as it was, and is proven by another witness', async () => {
    const { statement } = await (await sign({ 'a.test': answerAt(a, -1000) })).result
    const renewing = await withServers({ 'b.test': answerAt(b, 0) }, (options) =>
      renewStatement(statement, options),
    )
    const renewed = (await renewing.result).statement
    const old = createHash('sha256').update(encodeStatement(statement)).digest()
    assert.deepEqual(
      [...(renewed.renewals?.[0]?.rounds[0]?.clientHello.slice(6, 38) ?? [])],
      [...old],
    )
    const report = verify(renewed, { witnesses: ['a.test', 'b.test'] })
    assert.equal(report.verdict, 'passed')
    assert.equal(report.renewals.length, 1)
    assert.deepEqual(report.time.claimed, new Date((NOW - 1000) * 1000))
    assert.equal(verify(renewed, { witnesses: ['a.test'] }).verdict, 'indeterminate')
    assert.equal(verify(renewed, { witnesses: ['b.test'] }).verdict, 'indeterminate')
  })

  test('can be renewed again, by several', async () => {
    let { statement } = await (await sign({ 'a.test': answerAt(a, 0) })).result
    for (const scripts of [{ 'b.test': answerAt(b, 0) }, good]) {
      const { result } = await withServers(scripts, (options) => renewStatement(statement, options))
      statement = (await result).statement
    }
    const report = verify(statement)
    assert.equal(report.verdict, 'passed')
    assert.deepEqual(
      report.renewals.map(({ witnesses }) => witnesses.map(({ host }) => host)),
      [['b.test'], [...names]],
    )
  })

  test('is refused like a signing', async () => {
    const { statement } = await (await sign({ 'a.test': answerAt(a, 0) })).result
    const wrong = { 'b.test': answerAt(b, 7200) }
    const run = (options: SigningOptions) => renewStatement(statement, options)
    await refuses(withServers(wrong, run), 'clock-skew')
  })

  test('is refused by fewer independent witnesses than signed, unless a quorum says so', async () => {
    const { statement } = await (await sign(good)).result
    const byTwo = { 'a.test': good['a.test'], 'b.test': good['b.test'] }
    const run = (more: Partial<SigningOptions>) =>
      withServers(byTwo, (options) => renewStatement(statement, { ...options, ...more }))
    await assert.rejects((await run({})).result, {
      name: 'RangeError',
      message: /at least the 3 independent witnesses that signed before, got 2/,
    })
    const renewed = (await (await run({ quorum: 2 })).result).statement
    assert.equal(verify(renewed, { quorum: 3 }).verdict, 'indeterminate')
    assert.equal(verify(renewed, { quorum: 2 }).verdict, 'passed')
    // From then on two are what verifiers may ask
    const again = await withServers(byTwo, (options) => renewStatement(renewed, options))
    assert.equal((await again.result).statement.renewals?.length, 2)
  })

  test('is refused when there are as many as there may be', async () => {
    const { statement } = await (await sign({ 'a.test': answerAt(a, 0) })).result
    const { rounds, unsigned } = statement
    const full = { ...statement, renewals: Array(64).fill({ rounds, unsigned }) }
    const options = { host: 'b.test', trustAnchors: [root.der] }
    await assert.rejects(renewStatement(full, options), { name: 'RangeError', message: /64/ })
  })
})

function mintExpired(): Minted {
  const notAfter = new Date('2021-01-01T00:00:00Z')
  return mintCertificate({ subject: 'c.test', dnsNames: ['c.test'], issuer: root, notAfter })
}
