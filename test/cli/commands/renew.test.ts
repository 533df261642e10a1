// tls-stamp renew, as a user types it.

import assert from 'node:assert/strict'
import { chmodSync, lstatSync, symlinkSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { decodeStatement } from '../../../src/statement/decode.ts'
import { encodeStatement } from '../../../src/statement/encode.ts'
import { encodeInToto } from '../../../src/statement/in-toto.ts'
import type { SignedStatement } from '../../../src/statement/statement.ts'
import { ERROR_LINES, openWorkspace, type Workspace } from '../../support/harness/command-line.ts'
import { mintCertificate, mintTestPki } from '../../support/make/mint.ts'
import {
  blinded,
  HOST,
  inTurn,
  makeStatement,
  renewedBy,
  roundsAt,
  subject,
  TIME,
} from '../../support/make/statements.ts'
import {
  answer,
  type HostileServer,
  type Script,
  startHostileServer,
} from '../../support/servers/hostile-server.ts'
import { startProxy } from '../../support/servers/proxy.ts'
import {
  type EndEntity,
  endEntities,
  missing,
  startBunServer,
} from '../../support/servers/servers.ts'

const pki = mintTestPki({
  endEntityKeys: ['p256', 'p256', 'p384'],
  dnsNames: ['localhost', HOST],
  ip: ['127.0.0.1'],
})
const [first, second, third] = endEntities(pki) as [EndEntity, EndEntity, EndEntity]
const TEXT = 'some text\n'
const TRUST = ['--ca', 'ca.pem']
const ACCEPT = [HOST, 'localhost', '127.0.0.1'].flatMap((host) => ['--witness', host])

const statement = signedBy(first)
const bytes = encodeStatement(statement)

let clock: HostileServer
let other: HostileServer
let noClock: HostileServer

before(async () => {
  clock = await startHostileServer(answer({ endEntity: second }))
  other = await startHostileServer(answer({ endEntity: third }))
  noClock = await startHostileServer(answer({ endEntity: second, clock: () => undefined }))
})

after(async () => {
  await Promise.all([clock, other, noClock].map((server) => server.stop()))
})

function signedBy(endEntity: EndEntity): SignedStatement {
  return makeStatement({ subjects: [subject('doc.txt', TEXT)], rounds: roundsAt(endEntity) })
}

function renew(name: string, body: (at: Workspace) => Promise<void>): void {
  test(name, async () => {
    const at = openWorkspace({ 'doc.txt': TEXT, 'ca.pem': pki.root.pem, signed: bytes })
    try {
      await body(at)
    } finally {
      at.remove()
    }
  })
}

function read(at: Workspace, name: string): SignedStatement {
  return decodeStatement(new TextEncoder().encode(at.read(name)))
}

/** An error of this kind, and the folder as it was. */
async function refuse(
  at: Workspace,
  args: readonly string[],
  code: number,
  message: RegExp,
): Promise<string> {
  const before = at.list().map((name) => [name, at.read(name)])
  const { stdout, stderr, code: got } = await at.run(['renew', ...args, ...TRUST])
  assert.match(stderr, ERROR_LINES)
  assert.match(stderr, message)
  assert.equal(stdout, '')
  assert.equal(got, code)
  assert.deepEqual(
    at.list().map((name) => [name, at.read(name)]),
    before,
  )
  return stderr
}

describe('renew', { concurrency: 6 }, () => {
  renew('puts the renewed statement in the place of the one that it holds whole', async (at) => {
    const args = ['renew', 'signed', 'localhost', `${clock.port}`, ...TRUST, '--verbose']
    const done = await at.run(args)
    assert.equal(done.stderr, '')
    assert.equal(done.code, 0)
    const lines = done.stdout.split('\n')
    assert.match(
      lines[0] ?? '',
      /^renewed: signed, whose previous version existed no later than 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC$/,
    )
    assert.equal(
      lines[1],
      '  proves        existed no later than 2026-01-31 12:00:01 UTC, as before',
    )
    assert.equal(lines[2], '  renewals      1')
    assert.match(lines[3] ?? '', /^ {2}witness {7}localhost:\d+, P-256 key, ecdsa_sha256 over /)
    assert.match(lines[4] ?? '', /^ {2}clock {9}corroborated by 3 rounds; /)
    assert.equal(lines[5], '  renew again   before 2040-01-01 00:00:00 UTC')
    assert.match(lines[6] ?? '', /^ {2}written {7}signed, \d+ bytes$/)

    const { renewals = [], ...rest } = read(at, 'signed')
    assert.equal(renewals.length, 1)
    assert.deepEqual(encodeStatement(rest), bytes)
    assert.deepEqual(at.list(), ['ca.pem', 'doc.txt', 'signed'])

    const verified = await at.run(['verify', 'signed', '--verbose', ...TRUST, ...ACCEPT])
    assert.match(
      verified.stdout,
      /^passed {2}the subject existed no later than 2026-01-31 12:00:01 UTC\n/,
    )
    assert.match(verified.stdout, /\n {2}pass {5}renewals /)
    assert.equal(verified.code, 0)
  })

  renew('writes elsewhere with -o, never over what is there without --force', async (at) => {
    const args = ['signed', 'localhost', `${clock.port}`, '-o', 'renewed']
    assert.equal((await at.run(['renew', ...args, ...TRUST])).code, 0)
    assert.deepEqual(new TextEncoder().encode(at.read('signed')), bytes)
    assert.equal(read(at, 'renewed').renewals?.length, 1)
    assert.match(
      await refuse(at, args, 2, /error: renewed exists already\n/),
      /\nhint: .*-o.*--force/,
    )
    assert.match(
      await refuse(at, [...args.slice(0, 4), 'signed'], 2, /error: signed exists already\n/),
      /--force/,
    )
    assert.equal((await at.run(['renew', ...args, ...TRUST, '--force'])).code, 0)
  })

  renew('renews what is renewed already, each renewal over all before it', async (at) => {
    for (const server of [clock, other, clock]) {
      const args = ['renew', 'signed', 'localhost', `${server.port}`, ...TRUST, '--rounds', '3']
      assert.equal((await at.run(args)).code, 0)
    }
    assert.equal(read(at, 'signed').renewals?.length, 3)
    const { stdout, code } = await at.run(['verify', 'signed', '--json', ...TRUST, ...ACCEPT])
    const report = JSON.parse(stdout)
    assert.equal(report.renewals.length, 3)
    assert.equal(report.verdict, 'passed')
    assert.equal(code, 0)
  })

  renew('prints the report on the renewed statement as JSON', async (at) => {
    const args = ['renew', 'signed', 'localhost', `${clock.port}`, ...TRUST, '--json']
    const { stdout, code } = await at.run(args)
    const { output, report, dropped } = JSON.parse(stdout)
    assert.equal(output, 'signed')
    assert.equal(report.time.claimed, '2026-01-31T12:00:00.000Z')
    assert.equal(report.renewals[0].witnesses[0].host, 'localhost')
    assert.deepEqual(dropped, [])
    assert.equal(code, 0)
  })

  renew('says that a key which signed before adds little', async (at) => {
    at.write('signed', encodeStatement(signedBy(second)))
    const same = await at.run(['renew', 'signed', 'localhost', `${clock.port}`, ...TRUST])
    assert.match(
      same.stderr,
      /^hint: this key already signed the statement; .*a different witness\n$/,
    )
    assert.equal(same.code, 0)
    const another = await at.run(['renew', 'signed', 'localhost', `${other.port}`, ...TRUST])
    assert.equal(another.stderr, '')
    const again = await at.run(['renew', 'signed', 'localhost', `${clock.port}`, ...TRUST])
    assert.match(again.stderr, /already signed the statement/)
  })

  renew('takes several witnesses, and does without one when the quorum lets it', async (at) => {
    const both = ['--witness', `127.0.0.1:${other.port}`]
    const args = ['renew', 'signed', 'localhost', `${clock.port}`, ...TRUST]
    assert.equal((await at.run([...args, ...both])).code, 0)
    const hosts = read(at, 'signed').renewals?.[0]?.rounds.map(({ host }) => host)
    assert.deepEqual(new Set(hosts), new Set(['localhost', '127.0.0.1']))
    const down = ['--witness', '127.0.0.1:1', '--quorum', '1', '--retries', '0']
    const { stderr, code } = await at.run([...args, ...down])
    assert.match(stderr, /^left out: witness 127\.0\.0\.1 port 1: /)
    assert.equal(code, 0)
  })

  renew('refuses fewer independent witnesses than the statement has, unless told', async (at) => {
    const by = (host: string, endEntity: EndEntity): ReturnType<typeof roundsAt> =>
      roundsAt(endEntity).map((round) => ({ ...round, host }))
    const two = inTurn(by(HOST, first), by('127.0.0.1', third))
    const subjects = [subject('doc.txt', TEXT)]
    at.write('signed', encodeStatement(makeStatement({ subjects, rounds: two })))
    const quorum = ['verify', 'signed', ...TRUST, ...ACCEPT, '--quorum', '2']
    assert.equal((await at.run(quorum)).code, 0)
    const args = ['signed', 'localhost', `${clock.port}`]
    const few = /error: signed has 2 independent witnesses: expected at least as many to renew it\n/
    assert.match(await refuse(at, args, 2, few), /\nhint: ask further ones with --witness, or /)
    const same = ['--witness', `127.0.0.1:${clock.port}`]
    await refuse(at, [...args, ...same], 1, /error: too few independent witnesses count/)
    assert.equal((await at.run(quorum)).code, 0)
    const both = ['--witness', `127.0.0.1:${other.port}`]
    assert.equal((await at.run(['renew', ...args, ...both, ...TRUST])).code, 0)
    assert.equal((await at.run(quorum)).code, 0)
    assert.equal((await at.run(['renew', ...args, '--quorum', '1', ...TRUST])).code, 0)
    assert.equal((await at.run(quorum)).code, 1)
  })

  renew('leaves a statement as open as it was', async (at) => {
    const blind = [blinded(subject('doc.txt', TEXT))]
    at.write('blind', encodeStatement(makeStatement({ subjects: blind, rounds: roundsAt(first) })))
    // A busy machine may take its time over three handshakes
    const by = ['localhost', `${clock.port}`, ...TRUST, '--timeout', '100']
    for (const [name, mode] of [
      ['signed', 0o600],
      ['blind', 0o644],
    ] as const) {
      chmodSync(at.path(name), mode)
      assert.deepEqual((await at.run(['renew', name, ...by])).stderr, '')
      assert.equal(lstatSync(at.path(name)).mode & 0o777, mode)
    }
    assert.equal((await at.run(['renew', 'blind', ...by, '-o', 'elsewhere'])).code, 0)
    assert.equal(lstatSync(at.path('elsewhere')).mode & 0o777, 0o600)
  })

  renew('goes by a proxy', async (at) => {
    await using proxy = await startProxy()
    const args = ['renew', 'signed', HOST, `${clock.port}`, ...TRUST]
    const { code } = await at.run([...args, '--proxy', `http://${proxy.host}:${proxy.port}`])
    assert.equal(proxy.asked[0]?.target, `${HOST}:${clock.port}`)
    assert.equal(code, 0)
  })

  test('works with BoringSSL', { skip: missing('bun') }, async () => {
    await using server = await startBunServer({ endEntity: second })
    const at = openWorkspace({ 'doc.txt': TEXT, 'ca.pem': pki.root.pem, signed: bytes })
    try {
      const args = ['renew', 'signed', 'localhost', `${server.port}`, ...TRUST]
      assert.equal((await at.run(args)).code, 0)
      assert.equal((await at.run(['verify', 'signed', ...TRUST, ...ACCEPT])).code, 0)
    } finally {
      at.remove()
    }
  })

  renew('refuses when the certificates have ended, before it uses the network', async (at) => {
    const notAfter = new Date((TIME + 86_400) * 1000)
    const short = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST], notAfter })
    const [endEntity] = endEntities(short) as [EndEntity]
    at.write('signed', encodeStatement(signedBy(endEntity)))
    at.write('ca.pem', short.root.pem)
    const stderr = await refuse(
      at,
      ['signed', 'localhost', '1'],
      1,
      /error: the certificates in signed expired on 2026-02-01, so it is too late to renew it\n/,
    )
    assert.match(stderr, /\nhint: .*sign the files again while the old statement still verifies\n/)
    assert.equal((await at.run(['verify', 'signed', ...TRUST, ...ACCEPT])).code, 0)
  })

  renew('refuses what does not verify, before it uses the network', async (at) => {
    const args = ['signed', 'localhost', '1']
    const [one, two, three] = statement.rounds
    assert.ok(one && two && three)
    at.write('signed', encodeStatement({ ...statement, rounds: [one, three, two] }))
    await refuse(at, args, 1, /error: signed does not verify: a client_random does not follow /)
    at.write('signed', encodeStatement({ ...statement, rounds: [one] }))
    await refuse(
      at,
      args,
      1,
      /error: signed does not verify: fewer than three rounds do not prove a clock/,
    )
    at.write('signed', bytes)
    at.write('ca.pem', mintCertificate({ subject: 'Other Root', ca: true }).pem)
    assert.match(
      await refuse(at, args, 1, /signed does not verify: there is no valid certification path/),
      /--ca/,
    )
  })

  renew('refuses more renewals than a statement may have', async (at) => {
    let full = signedBy(first)
    for (let i = 0; i < 64; i++) full = renewedBy(full, second)
    at.write('signed', encodeStatement(full))
    await refuse(at, ['signed', 'localhost', '1'], 2, /error: expected at most 64 renewals/)
  })

  renew('refuses what is no signed statement of its own', async (at) => {
    const args = ['localhost', '1']
    await refuse(at, ['nothing', ...args], 2, /error: nothing: no such file or directory\n/)
    await refuse(at, ['doc.txt', ...args], 2, /error: doc\.txt is not a signed statement: /)
    await refuse(at, ['.', ...args], 2, /error: \. is a folder\n/)
    at.write('in-toto', encodeInToto(statement))
    const stderr = await refuse(
      at,
      ['in-toto', ...args],
      2,
      /error: in-toto is an in-toto Statement\n/,
    )
    assert.match(stderr, /\nhint: renew the signed statement that it was made from/)
  })

  renew('refuses a witness without a clock, and leaves the statement alone', async (at) => {
    await refuse(at, ['signed', 'localhost', `${noClock.port}`], 1, /not those of one real clock/)
  })

  renew('refuses to lose what somebody else wrote in the meantime', async (at) => {
    const honest = answer({ endEntity: second })
    const others = encodeStatement(signedBy(third))
    const meddling: Script = async (peer) => {
      at.write('signed', others)
      await honest(peer)
    }
    await using server = await startHostileServer(meddling)
    const { stderr, code } = await at.run([
      'renew',
      'signed',
      'localhost',
      `${server.port}`,
      ...TRUST,
    ])
    assert.equal(stderr, 'tls-stamp: error: signed has changed in the meantime\n')
    assert.equal(code, 2)
    assert.deepEqual(new TextEncoder().encode(at.read('signed')), others)
    assert.deepEqual(at.list(), ['ca.pem', 'doc.txt', 'signed'])
  })

  renew('puts nothing in the place of a link, unless it is told where to write', async (at) => {
    symlinkSync('signed', at.path('link'))
    await refuse(
      at,
      ['link', 'localhost', '1'],
      2,
      /error: link is not a regular file\nhint: .*-o\n/,
    )
    const args = ['renew', 'link', 'localhost', `${clock.port}`, '-o', 'renewed', ...TRUST]
    assert.equal((await at.run(args)).code, 0)
    assert.ok(lstatSync(at.path('link')).isSymbolicLink())
  })

  renew('refuses arguments that it has no use for', async (at) => {
    await refuse(
      at,
      ['signed', 'localhost'],
      2,
      /error: expected STATEMENT, or STATEMENT, HOST and PORT\n/,
    )
    await refuse(at, ['signed', 'localhost', '1', 'more'], 2, /or STATEMENT, HOST and PORT\n/)
    await refuse(at, ['signed', 'localhost', '1', '--no-clock'], 2, /unknown option --no-clock\n/)
    const twice = ['--witness', 'LOCALHOST:2']
    await refuse(at, ['signed', 'localhost', '1', ...twice], 2, /localhost is named twice/)
    await refuse(
      at,
      ['signed', 'localhost', '1', '-o', '-', '--json'],
      2,
      /that is a file, got -\n/,
    )
    await refuse(
      at,
      ['-', 'localhost', '1'],
      2,
      /expected -o with a statement from standard input\n/,
    )
  })
})
