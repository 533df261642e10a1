// sign with TLS 1.0 and 1.1: captured from real servers and scripted ones, verified mathematically, never passed.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { HandshakeError, RefusalError } from '../../src/errors.ts'
import { verifyStatement } from '../../src/index.ts'
import type { OldVersion } from '../../src/sign/plan.ts'
import { type CreateOptions, createStatement } from '../../src/sign/sign.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import { encodeClientHello } from '../../src/tls/client-hello.ts'
import { decodeClientHello } from '../../src/tls/messages.ts'
import { cipherSuiteName, EXTENSION, VERSION } from '../../src/tls/registry.ts'
import { readTranscript } from '../../src/tls/transcript.ts'
import type { Report } from '../../src/verify/report.ts'
import { openWorkspace } from '../support/harness/command-line.ts'
import { type Minted, mintCertificate, mintTestPki } from '../support/make/mint.ts'
import { tls12Rounds } from '../support/make/statements.ts'
import {
  type AnswerOptions,
  answer,
  startHostileServer,
  trueTime,
} from '../support/servers/hostile-server.ts'
import {
  type EndEntity,
  endEntities,
  endEntity,
  missing,
  type Server,
  startBunServer,
  startErlangServer,
  startOpensslServer,
} from '../support/servers/servers.ts'

const names = { dnsNames: ['localhost'] }
const pki = mintTestPki({ endEntityKeys: ['p256', 'rsa-2048'], ...names })
const [p256, rsa2048] = endEntities(pki)
// Before TLS 1.2, Erlang wants the chain signed by keys of the end entity's kind
const rsaPki = mintTestPki({ endEntityKeys: ['rsa-2048', 'rsa-1024'], caKey: 'rsa-2048', ...names })
const [rsaOnly, rsa1024] = endEntities(rsaPki)
const subjects = [{ name: 'x', sha256: Uint8Array.from(createHash('sha256').update('x').digest()) }]
const VERSIONS = { '1.0': VERSION.tls10, '1.1': VERSION.tls11 } as const

const OPTIONS = {
  host: 'localhost',
  subjects,
  trustAnchors: [pki.root.der, rsaPki.root.der],
} as const

/** Signs, and verifies what was signed as anybody would later. */
async function sign(port: number, options: Partial<CreateOptions>): Promise<Report> {
  const { statement } = await createStatement({ ...OPTIONS, port, ...options })
  const { trustAnchors } = OPTIONS
  const later = decodeStatement(encodeStatement(statement))
  const versions = tls12Rounds(later).map((round) => readTranscript(round).version)
  const asked = options.version === '1.0' ? VERSION.tls10 : VERSION.tls11
  assert.deepEqual(new Set(versions), new Set([asked]))
  return verifyStatement(later, { digests: subjects, trustAnchors, witnesses: ['localhost'] })
}

/** What is not passed, by id. */
function open({ checks }: Report): Record<string, string> {
  return Object.fromEntries(
    checks.filter(({ outcome }) => outcome !== 'pass').map(({ id, code }) => [id, code]),
  )
}

async function scripted(
  version: OldVersion,
  script: AnswerOptions,
  options: Partial<CreateOptions> = {},
): Promise<Report> {
  await using server = await startHostileServer(answer({ version: VERSIONS[version], ...script }))
  return await sign(server.port, { version, ...options })
}

const refused = (code: string) => (error: unknown) =>
  error instanceof RefusalError && error.code === code

describe('the ClientHello', () => {
  const hello = (version?: number) =>
    encodeClientHello({
      clientRandom: new Uint8Array(32),
      serverName: 'example.test',
      statusRequest: true,
      ...(version !== undefined && { version }),
    })

  test('of TLS 1.2 is byte for byte what it was without the option', () => {
    assert.deepEqual(hello(), hello(VERSION.tls12))
    const digest = createHash('sha256').update(hello()).digest('hex')
    assert.equal(digest, 'c5e16843c14a5cc8278c6894dd5f8b2ee023372c2ca1862f82b0fc417824d80e')
  })

  test('of an older version offers what is there: CBC with SHA, and no signature schemes', () => {
    for (const version of Object.values(VERSIONS)) {
      const offer = decodeClientHello(hello(version))
      assert.equal(offer.version, version)
      assert.deepEqual(offer.cipherSuites.map(cipherSuiteName), [
        'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
        'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
        'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
        'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
        'TLS_DHE_RSA_WITH_AES_128_CBC_SHA',
        'TLS_DHE_RSA_WITH_AES_256_CBC_SHA',
      ])
      const types = offer.extensions.map(({ type }) => type)
      assert.ok(!types.includes(EXTENSION.signature_algorithms))
    }
  })
})

describe('an old version is taken when it is asked for', () => {
  for (const version of ['1.0', '1.1'] as const) {
    test(`and a statement of TLS ${version} never passes for it alone`, async () => {
      for (const [endEntity, scheme] of [
        [rsa2048, 'rsa_pkcs1_md5_sha1'],
        [p256, 'ecdsa_sha1'],
      ] as const) {
        const report = await scripted(version, { endEntity })
        assert.equal(report.verdict, 'indeterminate')
        assert.deepEqual(open(report), { strength: 'weak-version' })
        assert.deepEqual(
          new Set(report.witnesses[0]?.rounds.map((round) => round.scheme)),
          new Set([scheme]),
        )
      }
    })
  }

  test('and with it RSA-1024 and SHA-1, with which it fails', async () => {
    const report = await scripted('1.0', { endEntity: rsa1024 })
    assert.equal(report.verdict, 'failed')
    assert.deepEqual(open(report), { strength: 'weak-version', path: 'weak-key' })
    const sha1 = endEntity(
      minted({ issuer: pki.intermediate, signatureScheme: 'ecdsa_sha1' }),
      pki.intermediate,
    )
    assert.deepEqual(open(await scripted('1.1', { endEntity: sha1 })), {
      strength: 'weak-version',
      path: 'weak-algorithm',
    })
  })

  test('but not by TLS 1.2, and no other one', async () => {
    const script = answer({ endEntity: rsa2048, version: VERSION.tls11 })
    await using server = await startHostileServer(script)
    for (const version of ['1.2', '1.0', undefined] as const) {
      const options = { ...OPTIONS, port: server.port, ...(version && { version }) }
      await assert.rejects(createStatement(options), (error) => {
        const expected = version === '1.0' ? 'misbehaving-peer' : 'incompatible-peer'
        return error instanceof HandshakeError && error.code === expected
      })
    }
    const version = '1.3' as '1.2'
    await assert.rejects(createStatement({ ...OPTIONS, port: server.port, version }), RangeError)
  })
})

describe('everything else is refused as ever', () => {
  test('no clock, a clock that is off, other trust, another host', async () => {
    const random = { endEntity: rsa2048, clock: () => undefined }
    await assert.rejects(scripted('1.1', random), refused('implausible'))
    const off = { endEntity: rsa2048, clock: () => trueTime() - 7200 }
    await assert.rejects(scripted('1.1', off), refused('clock-skew'))
    const [elsewhere] = endEntities(
      mintTestPki({ endEntityKeys: ['p256'], dnsNames: ['other.test'] }),
    )
    await assert.rejects(scripted('1.1', { endEntity: elsewhere }), refused('bad-signature'))
    const named = endEntity(
      minted({ issuer: pki.intermediate, dnsNames: ['other.test'] }),
      pki.intermediate,
    )
    await assert.rejects(scripted('1.1', { endEntity: named }), refused('host-mismatch'))
  })

  test('a path with more wrong than that it is weak', async () => {
    const stranger = mintTestPki({ endEntityKeys: ['rsa-1024'], ...names })
    const [foreign] = endEntities(stranger)
    const expired = { notBefore: new Date('2010-01-01'), notAfter: new Date('2012-01-01') }
    const wrong: readonly (readonly [EndEntity, string])[] = [
      [foreign, 'bad-signature'],
      [endEntity(minted({ key: 'rsa-1024' })), 'unknown-issuer'],
      [endEntity(minted({ key: 'rsa-1024', issuer: pki.root, ...expired })), 'expired'],
      [
        endEntity(minted({ key: 'rsa-1024', issuer: pki.root, keyUsage: ['keyAgreement'] })),
        'key-usage',
      ],
    ]
    for (const [endEntity, code] of wrong) {
      for (const noClock of [false, true]) {
        await assert.rejects(scripted('1.0', { endEntity }, { noClock }), refused(code), code)
      }
    }
  })

  test('--no-clock goes with it', async () => {
    const random = { endEntity: rsa1024, clock: () => undefined }
    const report = await scripted('1.0', random, { noClock: true })
    assert.equal(report.verdict, 'indeterminate')
    assert.deepEqual(open(report), {
      strength: 'weak-version',
      clock: 'implausible',
      path: 'no-credible-time',
    })
  })
})

describe('real servers sign by old versions', () => {
  const signed = async (
    start: Promise<Server>,
    version: OldVersion,
    options: Partial<CreateOptions> = {},
  ): Promise<string> => {
    await using server = await start
    const report = await sign(server.port, { version, ...options })
    assert.notEqual(report.verdict, 'passed')
    assert.equal(report.checks.find(({ id }) => id === 'signatures')?.outcome, 'pass')
    const [round] = report.witnesses[0]?.rounds ?? []
    return `${round?.scheme} ${round?.group} ${report.witnesses[0]?.clock}`
  }

  test('BoringSSL, with its clock', { skip: missing('bun') }, async () => {
    for (const version of ['1.0', '1.1'] as const) {
      const start = startBunServer({ endEntity: rsa2048, minVersion: 'TLSv1' })
      assert.equal(await signed(start, version), 'rsa_pkcs1_md5_sha1 x25519 corroborated')
    }
  })

  test('Erlang, with its clock', { skip: missing('erlang') }, async () => {
    const start = (endEntity: EndEntity, version: 'tlsv1' | 'tlsv1.1') =>
      startErlangServer({ endEntity, versions: [version] })
    const md5 = 'rsa_pkcs1_md5_sha1 secp256r1 corroborated'
    assert.equal(await signed(start(rsaOnly, 'tlsv1'), '1.0'), md5)
    assert.equal(await signed(start(rsa1024, 'tlsv1.1'), '1.1'), md5)
    assert.equal(await signed(start(p256, 'tlsv1'), '1.0'), 'ecdsa_sha1 secp256r1 corroborated')
  })

  test('OpenSSL at security level 0, without one', { skip: missing('openssl') }, async () => {
    const start = (endEntity: EndEntity, version: string, cipher: string) =>
      startOpensslServer({ endEntity, args: [version, '-cipher', `${cipher}:@SECLEVEL=0`] })
    const noClock = { noClock: true }
    const md5 = 'rsa_pkcs1_md5_sha1'
    assert.equal(
      await signed(start(rsa1024, '-tls1', 'DHE'), '1.0', noClock),
      `${md5} dh1024 implausible`,
    )
    assert.equal(
      await signed(start(rsa2048, '-tls1_1', 'DHE'), '1.1', noClock),
      `${md5} dh2048 implausible`,
    )
    assert.equal(
      await signed(start(rsa2048, '-tls1_1', 'ALL'), '1.1', noClock),
      `${md5} x25519 implausible`,
    )
  })
})

describe('sign --tls', () => {
  test('writes the statement, says that it never passes and why, and exits with 0', async () => {
    const at = openWorkspace({
      'doc.txt': 'x',
      'ca.pem': pki.root.pem + rsaPki.root.pem,
    })
    try {
      for (const [endEntity, extra] of [
        [rsa2048, ''],
        [
          rsa1024,
          'hint: it will fail verification because of its certificates: .* 1024 bits, fewer than 2048\n',
        ],
      ] as const) {
        const script = answer({ endEntity, version: VERSION.tls10 })
        await using server = await startHostileServer(script)
        const args = ['sign', 'localhost', `${server.port}`, 'doc.txt', '--ca', 'ca.pem', '--force']
        const { code, stdout, stderr } = await at.run([...args, '--tls', '1.0'])
        assert.match(stdout, /^signed: doc\.txt/)
        assert.match(
          stderr,
          new RegExp(
            `^hint: this statement will never pass verification: TLS versions before 1\\.2 .*TLS 1\\.0\n${extra}$`,
          ),
        )
        assert.equal(code, 0)
        const verified = await at.run([
          'verify',
          'signed_statement',
          '--ca',
          'ca.pem',
          '--witness',
          'localhost',
        ])
        assert.match(verified.stdout, extra ? /^failed / : /^indeterminate /)
        assert.match(verified.stdout, /TLS versions before 1\.2 sign with MD5 and SHA-1/)
        assert.equal(verified.code, 1)
        const plain = await at.run(args)
        assert.equal(plain.code, 2)
      }
    } finally {
      at.remove()
    }
  })

  test('takes three versions', async () => {
    const at = openWorkspace({ 'doc.txt': 'x' })
    try {
      for (const version of ['1.3', '1', 'tls1.0', '1.20']) {
        const { stderr, code } = await at.run([
          'sign',
          'localhost',
          '1',
          'doc.txt',
          '--tls',
          version,
        ])
        assert.match(stderr, /^tls-stamp: error: expected --tls 1\.0, 1\.1 or 1\.2, got /)
        assert.equal(code, 2)
      }
    } finally {
      at.remove()
    }
  })
})

/** An end entity for localhost. */
function minted(spec: Partial<Parameters<typeof mintCertificate>[0]>): Minted {
  return mintCertificate({ subject: 'localhost', ...names, ...spec })
}
