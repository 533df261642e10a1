// Signing with real TLS stacks: who becomes a witness, who is refused and why; both backends verify what was made.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { HandshakeError, RefusalError, type TlsStampError } from '../../src/errors.ts'
import { verifyStatement } from '../../src/index.ts'
import { type CreateOptions, createStatement } from '../../src/sign/sign.ts'
import { verifySignature } from '../../src/signature/portable.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import type { Report } from '../../src/verify/report.ts'
import { mintTestPki, toPem } from '../support/make/mint.ts'
import { tls12Rounds } from '../support/make/statements.ts'
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

const NOW = Date.now()
const kinds = ['rsa-2048', 'p256', 'p384', 'p521', 'ed25519'] as const
const pki = mintTestPki({ endEntityKeys: kinds })
const [rsa, p256, p384, p521, ed25519] = endEntities(pki)
const sha256 = createHash('sha256').update('document').digest()

type Options = Partial<CreateOptions>

async function sign(port: number, options: Options = {}): Promise<SignedStatement> {
  const { statement } = await createStatement({
    host: '127.0.0.1',
    port,
    subjects: [{ name: 'document.txt', sha256 }],
    trustAnchors: [pki.root.der],
    ...options,
  })
  return statement
}

/** The report of the statement as it is read back, which must be the same from both backends. */
function verified(statement: SignedStatement): Report {
  const decoded = decodeStatement(encodeStatement(statement))
  const now = new Date()
  const reports = [verifySignature, verifySignatureNative].map((backend) =>
    verifyStatement(decoded, {
      digests: [{ sha256 }],
      trustAnchors: [pki.root.der],
      witnesses: [statement.rounds[0]?.host ?? ''],
      now,
      verifySignature: backend,
    }),
  )
  const [report] = reports as [Report, Report]
  assert.deepEqual(reports[1], report)
  return report
}

async function passes(port: number, options?: Options): Promise<Report> {
  const report = verified(await sign(port, options))
  const failed = report.checks.filter(({ outcome }) => outcome !== 'pass')
  assert.equal(report.verdict, 'passed', failed.map(({ message }) => message).join('; '))
  return report
}

async function refuses(
  port: number,
  kind: typeof RefusalError | typeof HandshakeError,
  code: string,
  options?: Options,
): Promise<TlsStampError> {
  const error: TlsStampError = await sign(port, options).then(
    () => assert.fail(`expected ${kind.name} ${code}`),
    (thrown) => thrown,
  )
  assert.ok(error instanceof kind, String(error))
  assert.equal(error.code, code, error.message)
  return error
}

/** No clock: refused with that reason, and never more than indeterminate when asked for all the same. */
async function hasNoClock(port: number): Promise<SignedStatement> {
  await refuses(port, RefusalError, 'implausible')
  const statement = await sign(port, { noClock: true })
  assert.equal(verified(statement).verdict, 'indeterminate')
  return statement
}

describe('BoringSSL in bun', { skip: missing('bun') }, () => {
  test('is a witness with each kind of key, by address and by name', async () => {
    const list = [rsa, p256, p384, p521, ed25519].map((endEntity) => ({ endEntity }))
    await using server = await startBunServer(list)
    const schemes = [/^rsa_pss_rsae_sha256$/, /^ecdsa_/, /^ecdsa_/, /^ecdsa_/, /^ed25519$/]
    for (const [i, port] of server.ports.entries()) {
      for (const host of ['127.0.0.1', 'localhost']) {
        const began = Date.now()
        const { witnesses, time } = await passes(port, { host })
        const [witness] = witnesses
        assert.ok(witness)
        assert.deepEqual([witness.host, witness.rounds.length], [host, 3])
        for (const { scheme } of witness.rounds) assert.match(scheme, schemes[i] ?? /^$/)
        const claimed = time.claimed?.getTime() ?? 0
        assert.ok(claimed > began - 5000 && claimed < Date.now() + 5000)
      }
    }
  })

  test('keeps its clock over many rounds', async () => {
    await using server = await startBunServer({ endEntity: p256 })
    const { witnesses } = await passes(server.port, { rounds: 12 })
    assert.equal(witnesses[0]?.rounds.length, 12)
  })

  test('that speaks TLS 1.3 only is refused by that', async () => {
    await using server = await startBunServer({ endEntity: p256, minVersion: 'TLSv1.3' })
    await refuses(server.port, HandshakeError, 'tls13-only')
  })

  test('is refused for a clock that is days behind, and not for its young certificate', {
    skip: missing('bun', 'faketime'),
  }, async () => {
    const notBefore = new Date(NOW - 86_400_000)
    const young = mintTestPki({ endEntityKeys: ['p256'], notBefore })
    const [endEntity] = endEntities(young)
    const trustAnchors = [young.root.der]
    await using server = await startBunServer({ endEntity }, { clockOffset: -172_800 })
    const { message } = await refuses(server.port, RefusalError, 'clock-skew', { trustAnchors })
    assert.match(message, /^witness 127\.0\.0\.1 port \d+: the server's clock shows /)
  })

  test('is refused without its intermediate, and told what it does not send', async () => {
    const [own = new Uint8Array(0)] = p256.certificates
    const alone = { ...p256, certificates: [own], chainPem: toPem(own) }
    await using server = await startBunServer({ endEntity: alone })
    const { message } = await refuses(server.port, RefusalError, 'unknown-issuer')
    assert.match(message, /did not send the certificate of its issuer, CN=Test Intermediate,/)
  })

  test('an hour and a bit off is refused, unless that much is allowed', {
    skip: missing('bun', 'faketime'),
  }, async () => {
    for (const clockOffset of [3700, -3700]) {
      await using server = await startBunServer({ endEntity: p256 }, { clockOffset })
      await refuses(server.port, RefusalError, 'clock-skew')
      const began = Date.now()
      const { verdict, time } = verified(await sign(server.port, { maxSkew: 7200 }))
      // A verifier refuses a time that has not come
      assert.equal(verdict, clockOffset < 0 ? 'passed' : 'failed')
      const claimed = (time.claimed?.getTime() ?? 0) - clockOffset * 1000
      assert.ok(claimed > began - 5000 && claimed < Date.now() + 5000)
    }
  })
})

describe('OpenSSL in Node', () => {
  test('has no clock, and staples', async () => {
    const ocsp = Uint8Array.of(0x30, 0x03, 0x0a, 0x01, 0x06)
    await using server = await startNodeServer([
      { endEntity: p256, ocsp },
      { endEntity: rsa, requestCert: true },
    ])
    const [stapling = 0, requesting = 0] = server.ports
    const statement = await hasNoClock(stapling)
    for (const { certificateStatus } of tls12Rounds(statement)) {
      assert.deepEqual([...(certificateStatus?.subarray(-5) ?? [])], [...ocsp])
    }
    await hasNoClock(requesting)
  })

  test('without a suite in common, or of other versions alone, is refused by what it is', async () => {
    await using server = await startNodeServer([
      { endEntity: rsa, maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA256' },
      { endEntity: p256, minVersion: 'TLSv1.3' },
      { endEntity: rsa, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' },
    ])
    const [suites = 0, newer = 0, older = 0] = server.ports
    const error = await refuses(suites, HandshakeError, 'alert')
    assert.match(error.message, /handshake_failure\(40\)/)
    await refuses(newer, HandshakeError, 'tls13-only')
    await refuses(older, HandshakeError, 'incompatible-peer')
  })
})

describe('openssl s_server', { skip: missing('openssl') }, () => {
  test('serves one connection at a time, in order, and has no clock', async () => {
    await using server = await startOpensslServer({ endEntity: p256 })
    await hasNoClock(server.port)
    await hasNoClock(server.port)
  })

  const variants: Readonly<Record<string, readonly string[]>> = {
    'over DHE': ['-cipher', 'DHE'],
    'that asks for a certificate': ['-Verify', '2'],
    'that warns of a name it does not know': ['-servername', 'other.test'],
    'with TLS 1.2 alone': ['-tls1_2'],
  }
  for (const [name, args] of Object.entries(variants)) {
    test(`${name} signs`, async () => {
      const named = args.includes('-servername')
      const files = { 'other.pem': p256.chainPem, 'other.key': p256.keyPem }
      const second = named ? ['-cert2', 'other.pem', '-key2', 'other.key'] : []
      await using server = await startOpensslServer({
        endEntity: rsa,
        args: [...args, ...second],
        files,
      })
      const host = named ? 'localhost' : '127.0.0.1'
      const { witnesses } = verified(await sign(server.port, { host, noClock: true }))
      const groups = witnesses[0]?.rounds.map(({ group }) => group) ?? []
      assert.match(groups.join(), args.includes('DHE') ? /^(dh\d{4},?){3}$/ : /^(x25519,?){3}$/)
    })
  }

  test('that staples is in the statement with it', async () => {
    const ocsp = Uint8Array.of(0x30, 0x03, 0x0a, 0x01, 0x06)
    await using server = await startOpensslServer({
      endEntity: rsa,
      args: ['-status_file', 'ocsp.der'],
      files: { 'ocsp.der': ocsp },
    })
    const rounds = tls12Rounds(await hasNoClock(server.port))
    assert.ok(rounds.every(({ certificateStatus }) => certificateStatus))
  })

  test('with TLS 1.3 alone is refused by that', async () => {
    await using server = await startOpensslServer({ endEntity: p256, args: ['-tls1_3'] })
    await refuses(server.port, HandshakeError, 'tls13-only')
  })
})

interface Stack {
  readonly title: string
  readonly programs: readonly Program[]
  readonly start: () => Promise<Server>
  readonly clock: boolean
  /** It drops a ClientHello with status_request. */
  readonly dropsStatusRequest?: boolean
}

const STACKS: readonly Stack[] = [
  {
    title: 'Mbed TLS in lighttpd, RSA',
    programs: ['lighttpd', 'mod_mbedtls'],
    start: () => startLighttpd({ module: 'mod_mbedtls', endEntity: rsa }),
    clock: true,
  },
  {
    title: 'Mbed TLS in lighttpd, P-384',
    programs: ['lighttpd', 'mod_mbedtls'],
    start: () => startLighttpd({ module: 'mod_mbedtls', endEntity: p384 }),
    clock: true,
  },
  {
    title: 'GnuTLS in lighttpd',
    programs: ['lighttpd', 'mod_gnutls'],
    start: () => startLighttpd({ module: 'mod_gnutls', endEntity: p256 }),
    clock: false,
  },
  {
    title: 'NSS in lighttpd',
    programs: ['lighttpd', 'mod_nss'],
    start: () => startLighttpd({ module: 'mod_nss', endEntity: p256 }),
    clock: false,
  },
  {
    title: 'wolfSSL in lighttpd',
    programs: ['lighttpd', 'mod_wolfssl'],
    start: () => startLighttpd({ module: 'mod_wolfssl', endEntity: rsa }),
    clock: false,
    dropsStatusRequest: true,
  },
  {
    title: 'OpenSSL in nginx, with two kinds of key',
    programs: ['nginx'],
    start: () => startNginx({ endEntity: rsa, alternative: p256 }),
    clock: false,
  },
  {
    title: 'Erlang with TLS 1.2 alone',
    programs: ['erlang'],
    start: () => startErlangServer({ endEntity: p256, versions: ['tlsv1.2'] }),
    clock: true,
  },
  {
    title: 'Erlang',
    programs: ['erlang'],
    start: () => startErlangServer({ endEntity: rsa }),
    clock: false,
  },
  { title: 'Go', programs: ['go'], start: () => startGoServer({ endEntity: p256 }), clock: false },
  {
    title: 'Java',
    programs: ['java'],
    start: () => startJavaServer({ endEntity: rsa }),
    clock: false,
  },
]

describe('other stacks', { concurrency: 4 }, () => {
  for (const { title, programs, start, clock, dropsStatusRequest = false } of STACKS) {
    const what = clock ? 'is a witness' : 'has no clock'
    test(`${title} ${what}`, { skip: missing(...programs) }, async () => {
      await using server = await start()
      if (clock) await passes(server.port)
      const statement = clock ? await sign(server.port) : await hasNoClock(server.port)
      const hello = Buffer.from(statement.rounds[0]?.clientHello ?? [])
      // status_request: type 5, 5 bytes, ocsp(1)
      assert.equal(hello.includes(Buffer.from('0005000501', 'hex')), !dropsStatusRequest)
    })
  }

  test('Mbed TLS a day behind is refused', {
    skip: missing('lighttpd', 'mod_mbedtls', 'faketime'),
  }, async () => {
    const options = { module: 'mod_mbedtls', endEntity: p256, clockOffset: -86400 } as const
    await using server = await startLighttpd(options)
    await refuses(server.port, RefusalError, 'clock-skew')
    assert.equal((await passes(server.port, { maxSkew: 90000 })).verdict, 'passed')
  })
})
