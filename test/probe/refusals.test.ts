// What a probe says of a server that refuses it: what was refused, and why, and never that it lacks a version that it has.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ProbeOptions, probeServer } from '../../src/probe/probe.ts'
import type { ProbeReport, Reason } from '../../src/probe/report.ts'
import { mintTestPki } from '../support/make/mint.ts'
import {
  answer,
  hangsUp,
  offers,
  refuses,
  type Script,
  startHostileServer,
} from '../support/servers/hostile-server.ts'
import { takesOnly } from '../support/servers/picky-script.ts'
import {
  endEntities,
  missing,
  startNodeServer,
  startOpensslServer,
} from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256', 'p224', 'rsa-2048'] })
const [p256, p224, rsa] = endEntities(pki)

function probe(port: number, options: Partial<ProbeOptions> = {}): Promise<ProbeReport> {
  const trustAnchors = [pki.root.der]
  return probeServer({ host: 'localhost', port, trustAnchors, pause: 0, ...options })
}

/** The reasons of a server that runs the script, against a clock witness and against a guard. */
async function reasons(
  script: Script,
  options: Partial<ProbeOptions> = {},
): Promise<readonly [Reason | undefined, Reason | undefined]> {
  await using server = await startHostileServer(script)
  const report = await probe(server.port, options)
  assert.equal(report.witness, false)
  return [report.reasons[0], report.tls13.reasons[0]]
}

describe('a server that refuses every hello', { concurrency: 4 }, () => {
  const alerts = [
    [112, 'unrecognized_name(112)', /: it does not serve this host name, or requires one$/],
    [80, 'internal_error(80)', /, as some servers do for unknown host names$/],
    [40, 'handshake_failure(40)', /, whatever was offered$/],
  ] as const
  for (const [alert, name, why] of alerts) {
    for (const quick of [true, false]) {
      test(`by ${name} is told by that${quick ? ', quickly too' : ''}`, async () => {
        for (const reason of await reasons(refuses(alert), { quick })) {
          assert.equal(reason?.code, 'alert')
          assert.ok(reason.message.includes(name), reason.message)
          assert.match(reason.message, quick && alert === 40 ? /./ : why)
          assert.doesNotMatch(reason.message, /does not take/)
        }
      })
    }
  }

  test('by hanging up is told by that, when it has said anything before', async () => {
    const script: Script = (peer) => (offers(peer.hello, 43) ? hangsUp('fin') : refuses(80))(peer)
    const [witness, guard] = await reasons(script)
    assert.equal(witness?.code, 'alert')
    assert.deepEqual(guard, {
      code: 'closed',
      message: 'it closed the connection when offered TLS 1.3',
    })
  })
})

describe('a server that takes TLS 1.2', { concurrency: 4 }, () => {
  test('with RC4 alone is told to take that', async () => {
    const rc4 = answer({ endEntity: rsa, cipherSuite: 0xc011 })
    const [witness, guard] = await reasons((peer) =>
      peer.hello.cipherSuites.includes(0xc011) ? rc4(peer) : refuses(40)(peer),
    )
    assert.equal(witness?.code, 'no-signed-key-exchange')
    assert.match(
      witness.message,
      /: when offered everything, it chose TLS_ECDHE_RSA_WITH_RC4_128_SHA/,
    )
    assert.deepEqual(guard, { code: 'version-not-taken', message: 'it does not support TLS 1.3' })
  })

  test('with pre-shared keys alone is told to take those', {
    skip: missing('openssl'),
  }, async () => {
    const args = ['-nocert', '-psk', 'abcdef', '-tls1_2', '-cipher', 'PSK']
    await using server = await startOpensslServer({ endEntity: rsa, args })
    const { reasons, versions } = await probe(server.port)
    assert.match(reasons[0]?.message ?? '', /when offered everything, .*TLS_\w*PSK_WITH_/)
    assert.equal(versions?.find(({ name }) => name === 'TLS 1.2')?.outcome, 'taken')
  })

  test('with a P-224 key is told by its key', { skip: missing('openssl') }, async () => {
    await using server = await startOpensslServer({ endEntity: p224 })
    const { reasons, versions } = await probe(server.port)
    assert.equal(reasons.length, 1)
    assert.match(
      reasons[0]?.message ?? '',
      /signed with ecdsa_sha256 by a key of curve 1\.3\.132\.0\.33$/,
    )
    assert.equal(versions?.find(({ name }) => name === 'TLS 1.2')?.outcome, 'taken')
  })

  test('with RSA key transport alone is told to sign nothing', async () => {
    const ciphers = 'AES128-SHA256'
    await using server = await startNodeServer({ endEntity: rsa, maxVersion: 'TLSv1.2', ciphers })
    assert.deepEqual((await probe(server.port)).reasons, [
      {
        code: 'no-signed-key-exchange',
        message: 'it accepts no cipher suite with a signed key exchange',
      },
    ])
  })
})

test('a server that takes in TLS 1.3 what no guard can is told to take it', {
  skip: missing('openssl'),
}, async () => {
  const args = ['-tls1_3', '-ciphersuites', 'TLS_AES_128_CCM_SHA256', '-groups', 'X448']
  await using server = await startOpensslServer({ endEntity: rsa, args })
  const { tls13 } = await probe(server.port)
  const taken = [tls13.cipherSuites, tls13.groups].map((answers) =>
    answers?.filter(({ outcome }) => outcome === 'taken').map(({ name }) => name),
  )
  assert.deepEqual(taken, [['TLS_AES_128_CCM_SHA256'], ['x448']])
  assert.equal(tls13.guard, false)
})

test('a server that speaks TLS 1.3 alone is told as that by a quick probe too', async () => {
  await using server = await startNodeServer({ endEntity: p256, minVersion: 'TLSv1.3' })
  const report = await probe(server.port, { quick: true })
  const message = 'it does not support TLS 1.2, and TLS 1.3 shows no clock'
  assert.deepEqual(report.reasons, [{ code: 'version-not-taken', message }])
  assert.equal(report.tls13.guard, true)
})

describe('certificates', { concurrency: 4 }, () => {
  const MINUTE = 60_000
  const NOW = Date.now()
  const probeWith = async (validity: object, ahead: number): Promise<string[]> =>
    (await reasonsOf(validity, ahead)).map(({ code }) => code)
  const reasonsOf = async (validity: object, ahead: number): Promise<readonly Reason[]> => {
    const own = mintTestPki({ endEntityKeys: ['p256'], ...validity })
    const [endEntity] = endEntities(own)
    const clock = (): number => Math.floor((Date.now() + ahead) / 1000)
    await using server = await startHostileServer(takesOnly({ endEntity, clock }))
    const report = await probe(server.port, {
      host: '127.0.0.1',
      quick: true,
      trustAnchors: [own.root.der],
    })
    return report.reasons
  }
  const soon = { notAfter: new Date(NOW + 20 * MINUTE) }
  const gone = { notAfter: new Date(NOW - 20 * MINUTE) }
  const young = { notBefore: new Date(NOW - 20 * MINUTE) }

  test('are judged at the time that the server claims', async () => {
    assert.deepEqual(await probeWith(soon, 40 * MINUTE), ['expired'])
    assert.deepEqual(await probeWith(young, -40 * MINUTE), ['not-yet-valid'])
  })

  test('are judged now', async () => {
    assert.deepEqual(await probeWith(gone, -40 * MINUTE), ['expired'])
  })

  test('that this machine’s clock finds too young are told beside its time', async () => {
    const unborn = { notBefore: new Date(NOW + 20 * MINUTE) }
    const [reason = assert.fail()] = await reasonsOf(unborn, 40 * MINUTE)
    assert.equal(reason.code, 'not-yet-valid')
    assert.match(reason.message, /, and the time here is .* UTC: check this machine's clock$/)
  })

  test('are not blamed for a clock that may be right where this machine’s is wrong', async () => {
    const [reason = assert.fail(), ...others] = await reasonsOf(young, -48 * 60 * MINUTE)
    assert.match(
      reason.message,
      /^its clock is \d+ seconds behind this machine's; either may be wrong$/,
    )
    assert.deepEqual(others, [])
  })

  test('that fail at both times are told once', async () => {
    assert.deepEqual(await probeWith(gone, 0), ['expired'])
  })

  test('are not blamed for a clock that is wrong', async () => {
    assert.deepEqual(await probeWith(young, -48 * 60 * MINUTE), ['wrong'])
  })
})
