// What a probe finds out in TLS 1.3: what a server takes, and whether it can be a guard.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ProbeOptions, probeServer } from '../../src/probe/probe.ts'
import type { Answer, ProbeReport } from '../../src/probe/report.ts'
import { mintTestPki } from '../support/make/mint.ts'
import type { Tls13FlightOptions } from '../support/make/tls13-flight.ts'
import {
  endEntities,
  missing,
  startNodeServer,
  startOpensslServer,
} from '../support/servers/servers.ts'
import { startTls13Server } from '../support/servers/tls13-server.ts'

const pki = mintTestPki({ endEntityKeys: ['p256', 'rsa-2048'] })
const [p256, rsa] = endEntities(pki)

function probe(port: number, options: Partial<ProbeOptions> = {}): Promise<ProbeReport> {
  const trustAnchors = [pki.root.der]
  return probeServer({ host: 'localhost', port, trustAnchors, pause: 0, ...options })
}

async function quick(options: Partial<Tls13FlightOptions>, trust = {}): Promise<ProbeReport> {
  await using server = await startTls13Server({ endEntity: p256, ...options })
  return await probe(server.port, { host: '127.0.0.1', quick: true, ...trust })
}

function named(answers: readonly Answer[] | null, wanted: Answer['outcome'] = 'taken'): string {
  return (answers ?? [])
    .filter(({ outcome }) => outcome === wanted)
    .map(({ name }) => name)
    .join(' ')
}

function codes({ tls13 }: ProbeReport): string[] {
  return tls13.reasons.map(({ code }) => code)
}

describe('a server that speaks TLS 1.3 alone', { concurrency: 4 }, () => {
  test('can be a guard, and no clock witness', async () => {
    await using server = await startNodeServer({ endEntity: rsa, minVersion: 'TLSv1.3' })
    const report = await probe(server.port)
    assert.deepEqual([report.witness, report.tls13.guard], [false, true])
    const message = 'it supports only TLS 1.3, which shows no clock'
    assert.deepEqual(report.reasons, [{ code: 'version-not-taken', message }])
    const [leaf] = report.certificates?.path ?? []
    const { notBefore, notAfter } = leaf ?? {}
    assert.deepEqual(report.tls13.window, { notBefore, notAfter })
    // By the groups that its OpenSSL has
    assert.ok(report.connections >= 18 && report.connections <= 24, `${report.connections}`)
  })

  test('is told by its suites, schemes and groups, each of which costs a connection', async () => {
    await using server = await startNodeServer({ endEntity: rsa, minVersion: 'TLSv1.3' })
    const { tls13 } = await probe(server.port)
    const suites = 'TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256'
    assert.equal(named(tls13.cipherSuites), suites)
    const schemes = 'rsa_pss_rsae_sha256 rsa_pss_rsae_sha384 rsa_pss_rsae_sha512'
    assert.equal(named(tls13.signatureSchemes), schemes)
    assert.match(named(tls13.groups), /^x25519 secp256r1 secp384r1 secp521r1 x448/)
    const [refused] = tls13.signatureSchemes ?? []
    assert.deepEqual(
      [refused?.name, refused?.outcome, refused?.detail],
      ['ecdsa_sha256', 'refused', 'handshake_failure(40)'],
    )
  })

  test('is asked over two connections at most when that is to be quick', async () => {
    await using server = await startNodeServer({ endEntity: rsa, minVersion: 'TLSv1.3' })
    const { tls13, connections, versions } = await probe(server.port, { quick: true })
    assert.deepEqual([tls13.guard, connections, versions], [true, 2, null])
  })

  test('may ask for another group first', { skip: missing('openssl') }, async () => {
    const args = ['-groups', 'P-384:X448']
    await using server = await startOpensslServer({ endEntity: p256, args })
    const { tls13 } = await probe(server.port)
    assert.equal(tls13.guard, true)
    assert.equal(named(tls13.groups), 'secp384r1 x448')
  })

  test('may have no group that a guard needs', { skip: missing('openssl') }, async () => {
    await using server = await startOpensslServer({ endEntity: p256, args: ['-groups', 'X448'] })
    const report = await probe(server.port, { quick: true })
    assert.equal(report.tls13.guard, false)
  })
})

describe('a server that can be no guard', { concurrency: 4 }, () => {
  test('signs other bytes', async () => {
    const report = await quick({ signed: (content) => content.map((byte) => byte ^ 1) })
    assert.deepEqual(codes(report), ['bad-signature'])
    assert.equal(report.tls13.guard, false)
  })

  test('signs with what TLS 1.3 does not have', async () => {
    const report = await quick({ endEntity: rsa, scheme: 0x0401 })
    assert.deepEqual(codes(report), ['misbehaving-peer'])
    assert.match(report.tls13.reasons[0]?.message ?? '', /signed with rsa_pkcs1_sha256 in TLS 1\.3/)
  })

  test('has a path that fails, and so no window', async () => {
    const report = await quick({}, { trustAnchors: [] })
    assert.deepEqual(codes(report), ['unknown-issuer'])
    assert.equal(report.tls13.window, null)
  })

  test('has a certificate of another host', async () => {
    const other = mintTestPki({ endEntityKeys: ['p256'], dnsNames: ['other.test'], ip: [] })
    const [endEntity] = endEntities(other)
    const report = await quick({ endEntity }, { trustAnchors: [other.root.der] })
    assert.deepEqual(codes(report), ['host-mismatch'])
    assert.match(report.tls13.reasons[0]?.message ?? '', /does not name 127\.0\.0\.1/)
  })

  test('does not speak TLS 1.3', async () => {
    await using server = await startNodeServer({ endEntity: p256, maxVersion: 'TLSv1.2' })
    for (const quick of [false, true]) {
      const report = await probe(server.port, { quick })
      assert.deepEqual(codes(report), ['version-not-taken'])
      assert.deepEqual([report.tls13.groups, report.tls13.window], [null, null])
    }
  })
})

test('a server that chose in TLS 1.3 what was not offered is not said to take more', async () => {
  await using server = await startTls13Server({ endEntity: p256 })
  const { tls13 } = await probe(server.port, { host: '127.0.0.1' })
  assert.equal(tls13.guard, true)
  assert.equal(named(tls13.cipherSuites), 'TLS_AES_128_GCM_SHA256')
  assert.equal(named(tls13.signatureSchemes), 'ecdsa_sha256')
  assert.equal(named(tls13.groups), 'x25519')
  assert.match(named(tls13.groups, 'other'), /^secp256r1 .*SecP384r1MLKEM1024$/)
  assert.match(tls13.cipherSuites?.[1]?.detail ?? '', /TLS_AES_128_GCM_SHA256, which was not offer/)
})
