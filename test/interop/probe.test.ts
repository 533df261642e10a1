// Probing real servers: what each is known to take, and whether it runs a clock.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ProbeOptions, probeServer } from '../../src/probe/probe.ts'
import type { Answer, ClockKind, ProbeReport } from '../../src/probe/report.ts'
import { mintTestPki } from '../support/make/mint.ts'
import type { Program } from '../support/servers/programs.ts'
import {
  endEntities,
  missing,
  type Server,
  startBunServer,
  startErlangServer,
  startGoServer,
  startJavaServer,
  startLighttpd,
  startNginx,
  startNodeServer,
  startOpensslServer,
} from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['rsa-2048', 'p256', 'ed25519'] })
const [rsa, p256, ed25519] = endEntities(pki)

function probe(port: number, options: Partial<ProbeOptions> = {}): Promise<ProbeReport> {
  const trustAnchors = [pki.root.der]
  return probeServer({ host: 'localhost', port, trustAnchors, pause: 1, ...options })
}

function taken(answers: readonly Answer[] | null): string {
  return named(answers, 'taken')
}

function named(answers: readonly Answer[] | null, wanted: Answer['outcome']): string {
  const names = (answers ?? []).filter(({ outcome }) => outcome === wanted)
  return names.map(({ name }) => name.replace(/^TLS[_ ]|_RSA|_ECDSA/g, '')).join(' ')
}

function codes({ reasons }: ProbeReport): string {
  return reasons.map(({ code }) => code).join()
}

const RSA_SCHEMES = [
  'rsa_pss_rsae_sha256',
  'rsa_pss_rsae_sha384',
  'rsa_pss_rsae_sha512',
  'rsa_pkcs1_sha256',
  'rsa_pkcs1_sha384',
  'rsa_pkcs1_sha512',
].join(' ')

describe('BoringSSL in bun', { skip: missing('bun') }, () => {
  test('is a witness with each kind of key', async () => {
    await using server = await startBunServer([
      { endEntity: rsa, minVersion: 'TLSv1' },
      { endEntity: p256 },
      { endEntity: ed25519 },
    ])
    const reports = await Promise.all(server.ports.map((port) => probe(port)))
    const [withRsa, withP256, withEd25519] = reports as [ProbeReport, ProbeReport, ProbeReport]
    for (const { witness, clock, certificates, tls13 } of reports) {
      assert.equal(witness, true)
      assert.equal(clock.kind, 'corroborated')
      assert.ok(Math.abs(clock.offset ?? 9) <= 1)
      assert.ok(certificates?.trusted && certificates.namesHost)
      assert.equal(tls13.guard, true)
    }
    assert.equal(taken(withRsa.versions), '1.0 1.1 1.2 1.3')
    assert.equal(taken(withP256.versions), '1.2 1.3')
    const suites = [
      'ECDHE_WITH_AES_128_GCM_SHA256',
      'ECDHE_WITH_AES_256_GCM_SHA384',
      'ECDHE_WITH_CHACHA20_POLY1305_SHA256',
      'ECDHE_WITH_AES_128_CBC_SHA',
      'ECDHE_WITH_AES_256_CBC_SHA',
    ].join(' ')
    for (const { cipherSuites } of reports) assert.equal(taken(cipherSuites), suites)
    assert.match(taken(withRsa.signatureSchemes), new RegExp(`^${RSA_SCHEMES}`))
    assert.match(taken(withP256.signatureSchemes), /^ecdsa_sha256 ecdsa_sha384 ecdsa_sha512/)
    assert.equal(taken(withEd25519.signatureSchemes), 'ed25519')
    assert.equal(taken(withRsa.groups), 'secp256r1 secp384r1 x25519')
    // x25519 is refused alone, since the key's own curve is then missing
    assert.equal(taken(withP256.groups), 'secp256r1 x25519')
  })

  test('takes suites that sign nothing, when asked for all', async () => {
    await using server = await startBunServer({ endEntity: rsa })
    const { cipherSuites, connections } = await probe(server.port, { suites: 'all', pause: 0 })
    assert.equal(cipherSuites?.length, 360)
    assert.ok(connections > 360)
    assert.match(taken(cipherSuites), /^RSA_WITH_AES_128_CBC_SHA /)
    assert.match(taken(cipherSuites), / AES_128_GCM_SHA256 /)
  })

  test('is a wrong clock when it is wrong', { skip: missing('bun', 'faketime') }, async () => {
    await using server = await startBunServer({ endEntity: p256 }, { clockOffset: -86_400 })
    const { clock, ...report } = await probe(server.port, { quick: true })
    assert.equal(clock.kind, 'wrong')
    assert.ok(Math.abs((clock.offset ?? 0) + 86_400) <= 2)
    assert.equal(codes({ clock, ...report }), 'wrong')
  })
})

describe('OpenSSL in Node', () => {
  test('has no clock, and staples', async () => {
    const ocsp = Uint8Array.of(0x30, 0x03, 0x0a, 0x01, 0x06)
    await using server = await startNodeServer({ endEntity: p256, ocsp })
    const report = await probe(server.port)
    assert.equal(codes(report), 'random')
    assert.equal(report.staple?.status, null)
    assert.equal(taken(report.versions), '1.2 1.3')
    assert.match(taken(report.groups), /^secp256r1 .*x25519/)
  })

  test('is told to lack TLS 1.2, or a signed key exchange', async () => {
    await using server = await startNodeServer([
      { endEntity: p256, minVersion: 'TLSv1.3' },
      { endEntity: rsa, maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA256' },
      { endEntity: rsa, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' },
    ])
    const [newer = 0, transport = 0, older = 0] = server.ports
    const tls13 = await probe(newer)
    assert.equal(codes(tls13), 'version-not-taken')
    assert.equal(tls13.tls13.guard, true)
    assert.equal(taken(tls13.versions), '1.3')
    assert.equal(codes(await probe(transport)), 'no-signed-key-exchange')
    const old = await probe(older)
    assert.equal(codes(old), 'version-not-taken')
    assert.equal(taken(old.versions), '1.0 1.1')
    assert.equal(codes(await probe(older, { version: '1.0' })), 'random,weak-version')
  })
})

describe('openssl s_server', { skip: missing('openssl') }, () => {
  test('serves one connection at a time, and so is asked', async () => {
    await using server = await startOpensslServer({ endEntity: rsa })
    const report = await probe(server.port)
    assert.equal(codes(report), 'random')
    assert.equal(report.cipherSuites?.filter(({ outcome }) => outcome === 'taken').length, 14)
    assert.equal(taken(report.signatureSchemes), RSA_SCHEMES)
  })

  test('over DHE has a prime of its own', async () => {
    await using server = await startOpensslServer({ endEntity: rsa, args: ['-cipher', 'DHE'] })
    const { groups } = await probe(server.port)
    const prime = groups?.find(({ name }) => name === 'ffdhe3072')
    assert.deepEqual([prime?.outcome, prime?.detail], ['other', 'a 2048-bit prime'])
    assert.equal(groups?.find(({ name }) => name === 'x25519')?.outcome, 'refused')
  })

  test('with every suite shows those without a certificate too', async () => {
    const args = ['-cipher', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0', '-psk', 'abcdef', '-tls1_2']
    await using server = await startOpensslServer({ endEntity: rsa, args })
    const suites = taken((await probe(server.port, { suites: 'all', pause: 0 })).cipherSuites)
    for (const kind of [/DH_anon_/, / PSK_WITH_/, /DHE_PSK_/, /WITH_NULL_SHA/]) {
      assert.match(suites, kind)
    }
  })
})

interface Stack {
  readonly title: string
  readonly programs: readonly Program[]
  readonly start: () => Promise<Server>
  readonly clock: ClockKind
  /** Its groups in TLS 1.3; left out when it does not speak that. */
  readonly tls13?: RegExp
  readonly schemes: RegExp
  readonly groups: RegExp
  /** How it turns down what it does not take. */
  readonly refuses?: Answer['outcome']
}

const ECDSA_SCHEMES = /^ecdsa_sha256 ecdsa_sha384 ecdsa_sha512/

const STACKS: readonly Stack[] = [
  {
    title: 'Mbed TLS in lighttpd, which has no PSS',
    programs: ['lighttpd', 'mod_mbedtls'],
    start: () => startLighttpd({ module: 'mod_mbedtls', endEntity: rsa }),
    clock: 'corroborated',
    schemes: /^rsa_pkcs1_sha256 rsa_pkcs1_sha384 rsa_pkcs1_sha512$/,
    groups: /^secp256r1 secp384r1 secp521r1 brainpoolP256r1 .*x25519/,
  },
  {
    title: 'GnuTLS in lighttpd, which hangs up',
    programs: ['lighttpd', 'mod_gnutls'],
    start: () => startLighttpd({ module: 'mod_gnutls', endEntity: p256 }),
    clock: 'random',
    tls13: /^x25519 .*ffdhe2048/,
    schemes: ECDSA_SCHEMES,
    groups: /^secp256r1 .*x25519/,
    refuses: 'closed',
  },
  {
    title: 'NSS in lighttpd',
    programs: ['lighttpd', 'mod_nss'],
    start: () => startLighttpd({ module: 'mod_nss', endEntity: p256 }),
    clock: 'random',
    tls13: /^x25519 .*ffdhe2048/,
    schemes: ECDSA_SCHEMES,
    groups: /^secp256r1 x25519$/,
  },
  {
    title: 'wolfSSL in lighttpd, which drops status_request',
    programs: ['lighttpd', 'mod_wolfssl'],
    start: () => startLighttpd({ module: 'mod_wolfssl', endEntity: rsa }),
    clock: 'random',
    tls13: /^x25519 /,
    schemes: new RegExp(`^${RSA_SCHEMES}`),
    groups: /^secp256r1 .*x25519/,
  },
  {
    title: 'OpenSSL in nginx, with two kinds of key',
    programs: ['nginx'],
    start: () => startNginx({ endEntity: rsa, alternative: p256 }),
    clock: 'random',
    schemes: /^ecdsa_sha256 .*rsa_pss_rsae_sha256 .*rsa_pkcs1_sha512/,
    groups: /^secp256r1 .*x25519/,
  },
  {
    title: 'Erlang with TLS 1.2 alone, which has no x25519',
    programs: ['erlang'],
    start: () => startErlangServer({ endEntity: p256, versions: ['tlsv1.2'] }),
    clock: 'corroborated',
    schemes: ECDSA_SCHEMES,
    groups: /^secp256r1 (?!.*x25519)/,
  },
  {
    title: 'Go, which refuses after its certificate',
    programs: ['go'],
    start: () => startGoServer({ endEntity: p256 }),
    clock: 'random',
    tls13: /^x25519 secp256r1 secp384r1 secp521r1$/,
    schemes: ECDSA_SCHEMES,
    groups: /^secp256r1 secp384r1 secp521r1 x25519$/,
  },
  {
    title: 'Java, which holds schemes against its certificates',
    programs: ['java'],
    start: () => startJavaServer({ endEntity: rsa }),
    clock: 'random',
    tls13: /^x25519 .*x448/,
    schemes: new RegExp(`^${RSA_SCHEMES}`),
    groups: /^secp256r1 .*x25519/,
  },
]

describe('other stacks', { concurrency: 4 }, () => {
  for (const {
    title,
    programs,
    start,
    clock,
    schemes,
    groups,
    tls13,
    refuses = 'refused',
  } of STACKS) {
    test(title, { skip: missing(...programs) }, async () => {
      await using server = await start()
      const report = await probe(server.port)
      assert.equal(report.clock.kind, clock)
      assert.equal(codes(report), clock === 'corroborated' ? '' : clock)
      assert.match(taken(report.signatureSchemes), schemes)
      assert.match(taken(report.groups), groups)
      assert.equal(report.tls13.guard, tls13 !== undefined)
      if (tls13) assert.match(taken(report.tls13.groups), tls13)
      assert.notEqual(named(report.cipherSuites, refuses), '')
      assert.equal(named(report.cipherSuites, 'no-answer'), '')
    })
  }
})
