// examples/verify-with-openssl.sh on TLS 1.3 rounds: guards beside clocks, windows alone, and what was changed in a guard's round.

import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { encodeStatement } from '../../src/statement/encode.ts'
import { isTls13Round } from '../../src/statement/round.ts'
import { openScriptFolder, runProgram, unlessOpenssl } from '../support/harness/openssl-script.ts'
import { type EndEntity, endEntities, endEntity } from '../support/make/end-entity.ts'
import { type KeyKind, mintCertificate, mintTestPki } from '../support/make/mint.ts'
import {
  type GuardPlan,
  HOST,
  makeStatement,
  type RoundPlan,
  renew,
  roundsAt,
  TIME,
} from '../support/make/statements.ts'

const GUARD = 'guard.test'
const pki = mintTestPki({ endEntityKeys: ['p256', 'p384'], dnsNames: [HOST, GUARD] })
const [witness, guardKey] = endEntities(pki)
const rounds = roundsAt(witness, [TIME, TIME, TIME])
const guard: GuardPlan = { endEntity: guardKey, host: GUARD }
const guarded: readonly (RoundPlan | GuardPlan)[] = [
  ...rounds.slice(0, 1),
  guard,
  ...rounds.slice(1),
]

/** What TLS 1.3 has for each kind of key (RFC 8446 §4.2.3). */
const SCHEMES = {
  'rsa-2048': [0x0804, 0x0805, 0x0806],
  'rsa-pss-2048': [0x0809, 0x080a, 0x080b],
  p256: [0x0403],
  p384: [0x0503],
  p521: [0x0603],
  ed25519: [0x0807],
  ed448: [0x0808],
} as const

function issue(host: string, key: KeyKind): EndEntity {
  return endEntity(mintCertificate({ subject: host, dnsNames: [host], key }))
}

const folder = openScriptFolder()

after(() => folder.remove())

describe('verify-with-openssl.sh', { concurrency: 4, skip: unlessOpenssl() }, () => {
  test('has openssl check the certificate of a guard at the time of the clocks', async () => {
    folder.write('guarded', encodeStatement(makeStatement({ rounds: guarded })))
    folder.write('guarded.txt', 'document.txt')
    folder.write('root.pem', pki.root.pem)
    const { code, output } = await folder.run('guarded', 'guarded.txt')
    assert.equal(code, 0, output)
    const said =
      /\nround 0\.1: guard\.test:443 signed, scheme 0x0503, between 2020-01-01 00:00:00 UTC and 2040-01-01 00:00:00 UTC by its certificate\n/
    assert.match(output, said)
    assert.match(
      output,
      / no later than 2026-01-31 12:00:01 UTC, .* of the keys of example\.test: /,
    )
    const words = /openssl (verify .* -verify_hostname guard\.test .*)/.exec(output)?.[1] ?? ''
    assert.match(words, new RegExp(`-attime ${TIME} `))
    const pem = await folder.run('--certificates', 'guarded', GUARD)
    folder.write('certificates.pem', pem.output)
    const args = ['verify', '-CAfile', 'root.pem', ...words.split(' ').slice(1)]
    const verified = await runProgram('openssl', args, { cwd: folder.path('') })
    assert.equal(verified.code, 0, verified.output)
  })

  test('takes each kind of key with each suite, and all schemes that TLS 1.3 has for it', async () => {
    const guards = Object.entries(SCHEMES).flatMap(([kind, schemes]) => {
      const endEntity = issue(`${kind}.test`, kind as KeyKind)
      return schemes.map((scheme, i): GuardPlan => {
        const cipherSuite = 0x1301 + (i % 3)
        return { endEntity, host: `${kind}.test`, flight: { scheme, cipherSuite } }
      })
    })
    const plan = [...rounds.slice(0, 1), ...guards, ...rounds.slice(1)]
    const file = encodeStatement(makeStatement({ rounds: plan }))
    const { code, output } = await folder.judge(file, 'document.txt')
    assert.equal(code, 0, output)
    const said = [
      ...output.matchAll(/^round \S+ (\S+)\.test:443 signed, scheme 0x(\w+), between/gm),
    ]
    assert.equal(said.length, guards.length)
  })

  test('takes no scheme of PKCS#1 and none for another curve in TLS 1.3', async () => {
    const statement = makeStatement({ rounds: guarded })
    for (const scheme of [0x0401, 0x0403]) {
      const altered = statement.rounds.map((round) => {
        if (!isTls13Round(round)) return round
        const certificateVerify = round.certificateVerify
          .with(4, scheme >> 8)
          .with(5, scheme & 0xff)
        return { ...round, certificateVerify }
      })
      const file = encodeStatement({ ...statement, rounds: altered })
      const { code, output } = await folder.judge(file, 'document.txt')
      assert.match(output, /round 0\.1: signature scheme 040\d does not fit a key of /)
      assert.equal(code, 1)
    }
  })

  test('takes no windows alone unless it is told to', async () => {
    const own = makeStatement({ rounds: [guard] })
    const renewed = renew(own, { rounds })
    const renewal = renew(makeStatement({ rounds }), { rounds: [guard] })
    folder.write('document.txt', 'document.txt')
    for (const [i, statement] of [own, renewed, renewal].entries()) {
      folder.write(`window-${i}`, encodeStatement(statement))
      const refused = await folder.run(`window-${i}`, 'document.txt')
      assert.match(refused.output, /no witness showed a clock; --window accepts/)
      assert.equal(refused.code, 1)
      const { code, output } = await folder.run('--window', `window-${i}`, 'document.txt')
      assert.equal(code, 0, output)
      const claim = / no later than 2040-01-01 00:00:00 UTC, when .* of guard\.test expired/
      assert.match(output, claim)
      assert.equal(output.match(/openssl verify/g)?.length, i === 0 ? 1 : 3)
    }
  })

  for (const member of [
    'encryptedExtensions',
    'certificate',
    'certificateVerify',
    'port',
  ] as const) {
    test(`refuses another ${member} of a guard`, async () => {
      const statement = makeStatement({ rounds: guarded })
      const altered = statement.rounds.map((round) => {
        if (!isTls13Round(round)) return round
        const { [member]: own } = round
        return { ...round, [member]: typeof own === 'number' ? own + 1 : flipLast(own) }
      })
      const file = encodeStatement({ ...statement, rounds: altered })
      const { code, output } = await folder.judge(file, 'document.txt')
      assert.match(output, member === 'port' ? /round 0\.2: / : /round 0\.1: the signature/)
      assert.equal(code, 1)
    })
  }
})

function flipLast(bytes: Uint8Array): Uint8Array {
  return bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1)
}
