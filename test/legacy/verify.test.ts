// Old statements from real servers (test/fixtures/old-statements): what they hold, what they prove, and what is none.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { renderJson } from '../../src/encoding/json.ts'
import { DecodeError } from '../../src/errors.ts'
import { describeOldStatement, verifyOldStatement } from '../../src/index.ts'
import {
  decodeTimmy,
  decodeToytls,
  encodeToytls,
  looksLikeTimmy,
  type OldStatement,
  type ToytlsFiles,
} from '../../src/legacy/formats.ts'
import { verifySignature } from '../../src/signature/portable.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { readTranscript } from '../../src/tls/transcript.ts'
import type { CheckId, Report } from '../../src/verify/report.ts'
import type { VerifyOptions } from '../../src/verify/verify.ts'
import { repositoryPath } from '../support/harness/repository.ts'
import { sweepStep } from '../support/harness/sweep-step.ts'
import { mintCertificate, mintTestPki } from '../support/make/mint.ts'
import { encodeTimmy } from '../support/make/old-statement.ts'
import { makeStatement, roundsAt, tls12Rounds } from '../support/make/statements.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'

const file = (name: string): Uint8Array =>
  Uint8Array.from(readFileSync(repositoryPath(`test/fixtures/old-statements/${name}`)))
const filesOf = (name: string): ToytlsFiles => ({
  bytes: file(`${name}.bytes`),
  signature: file(`${name}.signature`),
  certificate: file(`${name}.certificate.der`),
})
const digest = Uint8Array.from(createHash('sha256').update(file('doc.txt')).digest())

function judge(old: OldStatement, options: Partial<VerifyOptions> = {}): Report {
  const [portable, native] = [verifySignature, verifySignatureNative].map((backend) =>
    verifyOldStatement(old, { trustAnchors: [], verifySignature: backend, ...options }),
  )
  assert.deepEqual(portable, native)
  return portable as Report
}

function codes(report: Report): Record<CheckId, string> {
  const entries = report.checks.map(({ id, outcome, code }) => [id, `${outcome} ${code}`])
  return Object.fromEntries(entries) as Record<CheckId, string>
}

const WEAK = 'unknown weak-version'
const fixtures = {
  'erlang-tls11-rsa2048': ['rsa_pkcs1_md5_sha1', 'secp256r1', WEAK],
  'erlang-tls12-rsa2048': ['rsa_pss_rsae_sha256', 'secp256r1', 'pass strong'],
  'erlang-tls10-p256': ['ecdsa_sha1', 'secp256r1', 'unknown weak-hash'],
  'openssl-tls11-rsa1024-dhe': ['rsa_pkcs1_md5_sha1', 'dh1024', WEAK],
  'erlang-tls10-rsa2048.timmy': ['rsa_pkcs1_md5_sha1', 'secp256r1', WEAK],
  'openssl-tls10-rsa2048.timmy': ['rsa_pkcs1_md5_sha1', 'x25519', WEAK],
} as const

const decode = (name: string): OldStatement =>
  name.endsWith('.timmy') ? decodeTimmy(file(name)) : decodeToytls(filesOf(name))

describe('an old statement', () => {
  for (const [name, [scheme, group, strength]] of Object.entries(fixtures)) {
    test(`${name} is verified mathematically and never passes`, () => {
      const old = decode(name)
      const report = judge(old, { witnesses: ['localhost'], digests: [{ sha256: old.message }] })
      assert.equal(report.verdict, 'indeterminate')
      assert.deepEqual(codes(report), {
        handshakes: 'unknown no-transcript',
        commitment: 'pass committed',
        chain: 'pass single-round',
        signatures: 'pass signed',
        strength,
        clock: 'unknown uncorroborated',
        path: 'unknown no-credible-time',
        identity: 'pass host-matches',
        witness: 'pass accepted',
        agreement: 'pass nothing-to-contradict',
        windows: 'pass no-windows',
        quorum: 'pass no-quorum-asked',
        renewals: 'pass not-renewed',
        subjects: 'pass all-compared',
      })
      const [witness] = report.witnesses
      assert.deepEqual(
        witness?.rounds.map((round) => [round.scheme, round.group]),
        [[scheme, group]],
      )
      assert.equal(witness?.port, 0)
      assert.equal(describeOldStatement(old, verifySignature).scheme, scheme)
    })
  }

  test('shows the digest and the time that were signed', () => {
    for (const name of Object.keys(fixtures).filter((each) => each.startsWith('erlang'))) {
      const report = judge(decode(name))
      assert.deepEqual(report.subjects[0]?.sha256, digest)
      assert.match(report.time.claimed?.toISOString() ?? '', /^2026-11-21T/)
      assert.equal(report.time.notAfter, null)
    }
  })

  test('shows a message of toytls as text', () => {
    const shown = (name: string): string | null =>
      describeOldStatement(decode(name), verifySignature).text
    assert.equal(shown('openssl-tls11-rsa1024-dhe'), 'hello from 2012\n')
    assert.equal(shown('erlang-tls11-rsa2048'), null)
  })

  test('fails for a file that is not what was signed', () => {
    const report = judge(decode('erlang-tls11-rsa2048'), {
      digests: [{ sha256: new Uint8Array(32) }],
    })
    assert.equal(report.verdict, 'failed')
    assert.equal(codes(report).subjects, 'fail no-such-subject')
  })

  test('has the host from the certificate, and no identity, when no accepted one is in there', () => {
    for (const witnesses of [undefined, ['other.test']]) {
      const report = judge(decode('erlang-tls11-rsa2048'), witnesses && { witnesses })
      assert.equal(codes(report).identity, 'unknown no-host')
      assert.equal(codes(report).witness, 'unknown not-accepted')
      assert.equal(report.witnesses[0]?.host, 'localhost')
    }
  })

  test('is called by a wildcard, or by the fingerprint where no name is one', () => {
    const { signedBytes: bytes, signature } = decode('erlang-tls11-rsa2048')
    const hostOf = (dnsNames: readonly string[]): string => {
      const { der } = mintCertificate({ subject: 'x', dnsNames })
      return judge(decodeToytls({ bytes, signature, certificate: der })).witnesses[0]?.host ?? ''
    }
    assert.equal(hostOf(['*.Example.test']), '*.example.test')
    assert.match(hostOf([]), /^sha256:[0-9a-f]{64}$/)
    assert.match(hostOf(['\u001b[2J', '*.', '*']), /^sha256:[0-9a-f]{64}$/)
    assert.equal(hostOf(['a b', 'c.test']), 'c.test')
  })

  test('says when the time is outside the validity of the certificate', () => {
    const message = (name: string): string =>
      judge(decode(name)).checks.find(({ id }) => id === 'path')?.message ?? ''
    assert.doesNotMatch(message('erlang-tls10-rsa2048.timmy'), /validity/)
    const { bytes, signature, certificate } = filesOf('erlang-tls11-rsa2048')
    const early = Uint8Array.from(bytes)
    early.set([0x4f, 0, 0, 0], 32)
    const report = judge(decodeToytls({ bytes: early, signature, certificate }))
    assert.match(
      report.checks.find(({ id }) => id === 'path')?.message ?? '',
      /was not valid at the claimed time/,
    )
  })

  test('makes a report that the published schema describes', () => {
    const schema = JSON.parse(readFileSync(repositoryPath('schema/report.schema.json'), 'utf8'))
    const ajv = new Ajv2020({ strictTypes: false, strictRequired: false, strictTuples: false })
    const isReport = ajv.compile(schema)
    for (const name of Object.keys(fixtures)) {
      const report = JSON.parse(renderJson(judge(decode(name))))
      assert.ok(isReport(report), ajv.errorsText(isReport.errors))
    }
  })
})

describe('the signature of an old statement', () => {
  const { bytes, signature, certificate } = filesOf('erlang-tls10-p256')

  test('covers every byte', () => {
    let failed = 0
    for (const [i, byte] of bytes.entries()) {
      try {
        const changed = bytes.with(i, byte ^ 1)
        const old = decodeToytls({ bytes: changed, signature, certificate })
        const report = verifyOldStatement(old, {
          trustAnchors: [],
          verifySignature: verifySignatureNative,
        })
        assert.equal(report.verdict, 'failed')
        failed++
      } catch (error) {
        assert.ok(error instanceof DecodeError)
      }
    }
    assert.ok(failed > 120)
  })

  test('is itself without a spare byte', () => {
    for (let i = 0; i < signature.length; i += sweepStep(7)) {
      const changed = signature.with(i, (signature[i] ?? 0) ^ 1)
      const old = decodeToytls({ bytes, signature: changed, certificate })
      assert.equal(codes(judge(old)).signatures, 'fail bad-signature')
    }
    // toytls and timmy keep neither the length nor the algorithm in front of it
    for (const front of [
      [0, signature.length],
      [2, 3, 0, signature.length],
    ]) {
      const longer = Uint8Array.from([...front, ...signature])
      const old = decodeToytls({ bytes, signature: longer, certificate })
      assert.equal(codes(judge(old)).signatures, 'fail bad-signature')
    }
  })

  test('fails with another certificate, and with what is none', () => {
    const other = file('erlang-tls11-rsa2048.certificate.der')
    for (const wrong of [other, Uint8Array.of(0x30, 0), certificate.subarray(0, 100)]) {
      const report = judge(decodeToytls({ bytes, signature, certificate: wrong }))
      assert.equal(report.verdict, 'failed')
      assert.equal(codes(report).signatures, 'fail bad-signature')
      assert.equal(codes(report).strength, 'unknown not-reached')
    }
  })

  test('is judged by the key of a certificate that is not strict DER, which has no path', () => {
    // The length of the whole in three octets where two do
    const [tag = 0, long = 0, ...rest] = certificate
    assert.equal(long, 0x82)
    const notDer = Uint8Array.of(tag, 0x83, 0, ...rest)
    const old = decodeToytls({ bytes, signature, certificate: notDer })
    const report = judge(old)
    assert.equal(codes(report).signatures, 'pass signed')
    assert.equal(codes(report).path, 'fail malformed-certificate')
    assert.match(JSON.stringify(report.checks), /malformed: Certificate at byte 1: .* not minimal/)
    assert.equal(report.verdict, 'failed')
    assert.equal(describeOldStatement(old, verifySignature).scheme, 'ecdsa_sha1')
  })

  test('is unknown for a key that is not supported', () => {
    const { der } = mintCertificate({ subject: 'x', key: 'p224', signatureScheme: 'ecdsa_sha256' })
    const report = judge(decodeToytls({ bytes, signature, certificate: der }))
    assert.equal(codes(report).signatures, 'unknown unsupported-scheme')
    assert.equal(report.verdict, 'indeterminate')
  })

  test('is found by every scheme that a server signs with', () => {
    const keys = ['rsa-2048', 'p256', 'p384', 'p521', 'ed25519', 'ed448'] as const
    const pki = mintTestPki({ endEntityKeys: keys, dnsNames: ['example.test'] })
    const [rsa, ...others] = endEntities(pki) as [EndEntity, ...EndEntity[]]
    const plans = [
      ...[0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806].map((scheme) =>
        roundsAt(rsa, undefined, { flight: { scheme } }),
      ),
      ...others.map((endEntity) => roundsAt(endEntity)),
    ]
    for (const rounds of plans) {
      const statement = makeStatement({ rounds })
      const [first] = tls12Rounds(statement)
      assert.ok(first)
      const old = decodeToytls(encodeToytls(statement))
      assert.deepEqual(old.message, statement.subjects[0]?.sha256)
      const { scheme, group, signedBytes } = readTranscript(first)
      assert.equal(describeOldStatement(old, verifySignature).scheme, scheme)
      assert.equal(old.group, group)
      assert.deepEqual(old.signedBytes, signedBytes)
      assert.equal(codes(judge(old)).strength, 'pass strong')
    }
  })
})

describe('what is no old statement', () => {
  const refused = (decoding: () => OldStatement): void => {
    assert.throws(decoding, (error) => error instanceof DecodeError)
  }

  test('is refused at every shorter and any longer length', () => {
    for (const name of ['erlang-tls10-p256', 'openssl-tls11-rsa1024-dhe']) {
      const { bytes, ...rest } = filesOf(name)
      for (let length = 0; length < bytes.length; length++) {
        refused(() => decodeToytls({ ...rest, bytes: bytes.subarray(0, length) }))
      }
      refused(() => decodeToytls({ ...rest, bytes: Uint8Array.from([...bytes, 0]) }))
    }
  })

  test('is an empty or an endless file', () => {
    const files = filesOf('erlang-tls10-p256')
    for (const part of ['bytes', 'signature', 'certificate'] as const) {
      for (const length of [0, 2 ** 17 + 1]) {
        refused(() => decodeToytls({ ...files, [part]: new Uint8Array(length) }))
      }
    }
    refused(() => decodeTimmy(new Uint8Array(2 ** 20 + 1).fill(0x20)))
    assert.ok(!looksLikeTimmy(new Uint8Array(2 ** 20 + 1).fill(0x20)))
  })

  const text = new TextDecoder().decode(file('erlang-tls10-rsa2048.timmy'))
  const json = JSON.parse(text) as Record<string, unknown>
  const bytesOf = (value: string): Uint8Array => new TextEncoder().encode(value)

  test('but timmy’s own line and other white space and orders are', () => {
    const old = decodeTimmy(bytesOf(text))
    assert.equal(encodeTimmy(old), text)
    const { blob, certificates, signature } = json
    for (const value of [
      JSON.stringify(json, null, 2),
      ` ${text.trim()}\r\n\t`,
      JSON.stringify({ signature, certificates, blob }),
    ]) {
      assert.ok(looksLikeTimmy(bytesOf(value)))
      assert.deepEqual(decodeTimmy(bytesOf(value)), old)
    }
  })

  test('is JSON with a second spelling, a member twice or a value of another kind', () => {
    const { blob, signature } = json
    const wrong = [
      text.replace('{', `{"blob":"AAAA",`),
      text.replace('"blob"', '"bl\\u006fb"'),
      text.replace(/=+"/, '"'),
      text.replaceAll('+', '-').replaceAll('/', '_'),
      text.replaceAll('/', '\\/'),
      `\ufeff${text}`,
      `${text}{}`,
      JSON.stringify({ ...json, certificates: [] }),
      JSON.stringify({ ...json, signature: '' }),
      JSON.stringify({ ...json, blob: '' }),
      JSON.stringify({ ...json, certificates: [''] }),
    ]
    for (const value of wrong) refused(() => decodeTimmy(bytesOf(value)))
    const alien = [
      '',
      'null',
      '[]',
      '{}',
      '0',
      '"blob"',
      '['.repeat(1e5),
      JSON.stringify({ blob, signature }),
      JSON.stringify({ ...json, host: 'x' }),
      JSON.stringify({ ...json, certificates: 'x' }),
      JSON.stringify({ ...json, certificates: [1] }),
      JSON.stringify({ ...json, blob: 1 }),
    ]
    for (const value of alien) {
      assert.ok(!looksLikeTimmy(bytesOf(value)), value.slice(0, 40))
      refused(() => decodeTimmy(bytesOf(value)))
    }
  })
})
