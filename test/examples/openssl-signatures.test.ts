// examples/verify-with-openssl.sh agrees with our verifier on who signed what and when, and on what was altered since.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fromBase64, toBase64 } from '../../src/encoding/bytes.ts'
import { verifyStatement } from '../../src/index.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { PROGRAM } from '../support/harness/command-line.ts'
import {
  hasProgram,
  openScriptFolder,
  runProgram,
  SCRIPT,
  unlessOpenssl,
} from '../support/harness/openssl-script.ts'
import { sweepStep } from '../support/harness/sweep-step.ts'
import { type EndEntity, endEntities } from '../support/make/end-entity.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject, TIME } from '../support/make/statements.ts'
import { missing } from '../support/servers/programs.ts'
import { startBunServer, startNodeServer } from '../support/servers/servers.ts'

const kinds = ['rsa-2048', 'p256', 'p384', 'p521', 'ed25519'] as const
const pki = mintTestPki({ endEntityKeys: kinds, dnsNames: ['localhost', HOST] })
const byKind = endEntities(pki)
const [rsa, p256] = byKind
const TEXT = 'some text\n'
const SHA256 = subject('doc.txt', TEXT).sha256
const TIMES = [TIME, TIME, TIME]

const folder = openScriptFolder()

before(() => {
  folder.write('doc.txt', TEXT)
  folder.write('ca.pem', pki.root.pem)
})

after(() => folder.remove())

describe('verify-with-openssl.sh', { concurrency: 6, skip: unlessOpenssl() }, () => {
  /** What the script says, and our verdict on the same bytes; "refused" when they are no statement. */
  async function judge(statement: string, text = TEXT) {
    const outcome = await folder.judge(statement, text)
    return { ...outcome, verdict: ownVerdict(statement, subject('doc.txt', text).sha256) }
  }

  function ownVerdict(text: string, sha256: Uint8Array): string {
    try {
      return verifyStatement(decodeStatement(Buffer.from(text)), {
        digests: [{ name: 'doc.txt', sha256 }],
        trustAnchors: [pki.root.der],
        witnesses: ['localhost', HOST],
      }).verdict
    } catch {
      return 'refused'
    }
  }

  function textOf(endEntity: EndEntity, times = TIMES, flight: object = {}): string {
    const rounds = roundsAt(endEntity, times, { flight })
    const subjects = [{ name: 'doc.txt', sha256: SHA256 }]
    return Buffer.from(encodeStatement(makeStatement({ subjects, rounds }))).toString()
  }

  test('accepts what BoringSSL signs, and OpenSSL as a guard, with every kind of key', {
    skip: missing('bun'),
  }, async () => {
    await using server = await startBunServer(byKind.map((endEntity) => ({ endEntity })))
    // A guard needs a key of its own
    const others = [...byKind.slice(1), ...byKind.slice(0, 1)]
    await using guards = await startNodeServer(
      others.map((endEntity) => ({ endEntity, minVersion: 'TLSv1.3' })),
    )
    const shells = ['sh', 'dash', 'bash', 'busybox'].filter(hasProgram)
    await Promise.all(
      server.ports.map(async (port, i) => {
        const name = `by-${kinds[i]}`
        const rounds = ['--rounds', `${TIMES.length}`, '-o', name]
        const guard = ['--guard', `127.0.0.1:${guards.ports[i]}`]
        const trust = ['--ca', 'ca.pem', ...guard]
        const sign = ['sign', 'localhost', `${port}`, 'doc.txt', ...trust, ...rounds]
        assert.equal(
          (await runProgram(process.execPath, [PROGRAM, ...sign], { cwd: folder.path('') })).code,
          0,
        )
        const shell = shells[i % shells.length] ?? 'sh'
        const args = [...(shell === 'busybox' ? ['sh'] : []), SCRIPT]
        const { code, output } = await runProgram(shell, [...args, name, 'doc.txt'], {
          cwd: folder.path(''),
        })
        assert.match(output, /^round 0\.0: localhost:\d+ signed, scheme 0x0\d0\d, at 20\d\d-/)
        assert.match(
          output,
          /\nround 0\.1: 127\.0\.0\.1:\d+ signed, scheme 0x0\d0\d, between 20\d\d-/,
        )
        assert.match(output, /\nThe file existed no later than 20\d\d-.*: doc\.txt\n/)
        assert.equal(code, 0, output)
      }),
    )
  })

  const schemes = [
    ...[0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806].map((scheme) => [rsa, { scheme }] as const),
    ...[0x0403, 0x0503, 0x0603].map((scheme) => [p256, { scheme }] as const),
  ]
  // The vectors have them all (openssl-script.test.ts)
  const step = sweepStep(4)
  for (const [endEntity, flight] of schemes.filter((_, i) => i % step === 0)) {
    test(`accepts scheme 0x0${flight.scheme.toString(16)}`, async () => {
      const { code, output, verdict } = await judge(textOf(endEntity, TIMES, flight))
      assert.equal(verdict, 'passed')
      assert.equal(code, 0, output)
    })
  }

  test('accepts as many rounds as there may be, and a clock that steps', async () => {
    const { code, output, verdict } = await judge(
      textOf(p256, [TIME, TIME + 10, TIME + 9, TIME + 11]),
    )
    assert.match(
      output,
      /\nround 0\.3: example\.test:443 signed, scheme 0x0403, at 2026-01-31 12:00:11 UTC/,
    )
    assert.match(output, /existed no later than 2026-01-31 12:00:01 UTC/)
    assert.equal(verdict, 'passed')
    assert.equal(code, 0, output)
  })

  test('refuses another file', async () => {
    const { code, verdict } = await judge(textOf(p256), `${TEXT} `)
    assert.notEqual(verdict, 'passed')
    assert.equal(code, 1)
  })

  test('refuses times that are not of one clock, and fewer than three rounds', async () => {
    for (const times of [[TIME, TIME, TIME + 11], [TIME, TIME, TIME - 2], [TIME, TIME], [TIME]]) {
      const { code, verdict } = await judge(textOf(p256, times))
      assert.equal(verdict, 'indeterminate')
      assert.equal(code, 1)
    }
  })

  const alterations: readonly (readonly [what: string, member: string, offset: number])[] = [
    ['the message type', 'clientHello', 0],
    ['a length', 'clientHello', 3],
    ['the commitment', 'clientHello', 6],
    ['the time', 'serverHello', 9],
    ['the server_random', 'serverHello', 37],
    ['a point', 'serverKeyExchange', 20],
    ['the curve', 'serverKeyExchange', 6],
    ['the scheme', 'serverKeyExchange', 41],
    ['the signature', 'serverKeyExchange', -1],
  ]
  for (const [i, [what, member, offset]] of alterations.entries()) {
    test(`refuses a change of ${what}`, async () => {
      const round = i % TIMES.length
      const { code, output, verdict } = await judge(alter(textOf(p256), member, round, offset))
      assert.notEqual(verdict, 'passed')
      assert.ok(code === 1 || code === 2, output)
    })
  }

  test('refuses a certificate with another key', async () => {
    const [one, other] = [textOf(p256), textOf(byKind[2] as EndEntity)]
    const certificate = /\n {6}"certificate": "[^"]*"/
    const { code, verdict } = await judge(
      one.replace(certificate, certificate.exec(other)?.[0] ?? ''),
    )
    assert.equal(verdict, 'failed')
    assert.equal(code, 1)
  })

  test('refuses rounds that are left out, doubled or in another order', async () => {
    const statement = decodeStatement(Buffer.from(textOf(p256, [TIME, TIME, TIME])))
    for (const order of [
      [1, 2],
      [0, 2],
      [0, 1, 1],
      [0, 2, 1],
      [2, 1, 0],
    ]) {
      const rounds = order.flatMap((i) => statement.rounds[i] ?? [])
      const altered: SignedStatement = { ...statement, rounds }
      const { code, verdict } = await judge(Buffer.from(encodeStatement(altered)).toString())
      assert.equal(verdict, 'failed')
      assert.equal(code, 1)
    }
  })

  test('could not run for what is no statement', async () => {
    const text = textOf(p256)
    const line = /\n {6}"serverHello": [^\n]*/
    for (const other of [
      '',
      'garbage\n',
      '{}\n',
      text.replace('tls-stamp/1', 'tls-stamp/9'),
      text.replace(line, (found) => found + found),
      text.replace('"port": 443', '"port": "443"'),
    ]) {
      const { code, output } = await judge(other)
      assert.equal(code, 2, output)
    }
    for (const args of [[], ['doc.txt'], ['nothing', 'doc.txt'], ['doc.txt', 'nothing']]) {
      assert.equal((await folder.run(...args)).code, 2)
    }
  })

  test('gives the certificates for openssl verify, with the command', async () => {
    folder.write('dated', textOf(p256))
    const { output } = await folder.run('dated', 'doc.txt')
    const command = /openssl (verify -attime .*)/.exec(output)?.[1]?.split(' ') ?? []
    assert.ok(command.includes(`${TIME}`) && command.includes(HOST))
    const { output: pem } = await folder.run('--certificates', 'dated')
    folder.write('certificates.pem', pem)
    const verified = await runProgram(
      'openssl',
      ['verify', '-CAfile', 'ca.pem', ...command.slice(1)],
      { cwd: folder.path('') },
    )
    assert.equal(verified.code, 0, verified.output)
  })
})

/** The statement's text with a bit of one message's byte turned; negative offsets count from the end. */
function alter(text: string, member: string, round: number, offset: number): string {
  let seen = 0
  return text.replace(new RegExp(`("${member}": ")([^"]*)`, 'g'), (all, head, base64) => {
    if (seen++ !== round) return all
    const bytes = fromBase64(base64) as Uint8Array
    const at = offset < 0 ? bytes.length + offset : offset
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return head + toBase64(bytes)
  })
}
