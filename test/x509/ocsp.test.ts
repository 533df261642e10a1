import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { DecodeError } from '../../src/errors.ts'
import { decodeCertificate } from '../../src/x509/certificate.ts'
import { type BasicOcspResponse, decodeOcspResponse } from '../../src/x509/ocsp.ts'
import {
  bitString,
  boolean,
  context,
  contextPrimitive,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  tlv,
} from '../support/make/asn1.ts'
import { encodeAlgorithm, encodeName, type Minted, mintCertificate } from '../support/make/mint.ts'
import { missing, program } from '../support/servers/programs.ts'

const EMPTY = new Uint8Array(0)

const generalized = (text: string): Uint8Array => tlv(0x18, Buffer.from(text))
const enumerated = (value: number): Uint8Array => tlv(0x0a, Uint8Array.of(value))
const THIS_UPDATE = generalized('20260601120000Z')

interface Parts {
  readonly responseStatus?: Uint8Array
  readonly responseType?: string
  readonly version?: Uint8Array
  readonly responderId?: Uint8Array
  readonly producedAt?: Uint8Array
  readonly status?: Uint8Array
  readonly thisUpdate?: Uint8Array
  readonly nextUpdate?: Uint8Array
  readonly singleExtensions?: Uint8Array
  readonly responseExtensions?: Uint8Array
  readonly certs?: Uint8Array
  /** A whole list of SingleResponse. */
  readonly responses?: Uint8Array
}

function respond(parts: Parts = {}): Uint8Array {
  const basic = sequence(
    sequence(
      parts.version ?? EMPTY,
      parts.responderId ?? context(2, octetString(Buffer.alloc(20, 0xaa))),
      parts.producedAt ?? generalized('20260601120001Z'),
      parts.responses ?? sequence(single(parts)),
      parts.responseExtensions ?? EMPTY,
    ),
    encodeAlgorithm('ecdsa_sha256'),
    bitString(Buffer.from('signature')),
    parts.certs ?? EMPTY,
  )
  return sequence(
    parts.responseStatus ?? enumerated(0),
    context(0, sequence(oid(parts.responseType ?? '1.3.6.1.5.5.7.48.1.1'), octetString(basic))),
  )
}

function single({ status, thisUpdate, nextUpdate, singleExtensions }: Parts): Uint8Array {
  return sequence(
    sequence(
      sequence(oid('1.3.14.3.2.26'), nullValue()),
      octetString(Buffer.alloc(20, 1)),
      octetString(Buffer.alloc(20, 2)),
      integer(0x1234),
    ),
    status ?? contextPrimitive(0, EMPTY),
    thisUpdate ?? THIS_UPDATE,
    nextUpdate ?? EMPTY,
    singleExtensions ?? EMPTY,
  )
}

function basicOf(der: Uint8Array): BasicOcspResponse {
  const { status, basic } = decodeOcspResponse(der)
  assert.equal(status, 'successful')
  assert.ok(basic)
  return basic
}

function codeOf(der: Uint8Array): string {
  try {
    decodeOcspResponse(der)
    return 'none'
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error))
    return error.code
  }
}

describe('an OCSP response', () => {
  test('says of each certificate what its status is, and when', () => {
    const { responses, producedAt, responderId, signatureAlgorithm, signature } = basicOf(
      respond({ nextUpdate: context(0, generalized('20260608120000Z')) }),
    )
    assert.equal(responses.length, 1)
    const [response] = responses
    assert.deepEqual(response?.status, { type: 'good' })
    assert.equal(response?.hashAlgorithm, '1.3.14.3.2.26')
    assert.deepEqual([...(response?.serialNumber ?? [])], [0x12, 0x34])
    assert.equal(response?.issuerNameHash[0], 1)
    assert.equal(response?.issuerKeyHash[0], 2)
    assert.equal(response?.thisUpdate.toISOString(), '2026-06-01T12:00:00.000Z')
    assert.equal(response?.nextUpdate?.toISOString(), '2026-06-08T12:00:00.000Z')
    assert.equal(producedAt.toISOString(), '2026-06-01T12:00:01.000Z')
    assert.equal(responderId.type, 'key')
    assert.equal(signatureAlgorithm.scheme, 'ecdsa_sha256')
    assert.equal(Buffer.from(signature).toString(), 'signature')
  })

  test('may go without a next update', () => {
    assert.equal(basicOf(respond()).responses[0]?.nextUpdate, undefined)
  })

  test('may be by name, for several certificates, with certificates of its own', () => {
    const name = encodeName('Responder')
    const { responderId, responses, certificates } = basicOf(
      respond({
        responderId: context(1, name),
        responses: sequence(single({}), single({ status: contextPrimitive(2, EMPTY) })),
        certs: context(0, sequence(sequence(integer(1)), sequence(integer(2)))),
      }),
    )
    assert.ok(responderId.type === 'name')
    assert.deepEqual(Buffer.from(responderId.name), Buffer.from(name))
    assert.deepEqual(
      responses.map(({ status }) => status.type),
      ['good', 'unknown'],
    )
    assert.equal(certificates.length, 2)
    assert.deepEqual([...(certificates[1] ?? [])], [0x30, 3, 2, 1, 2])
  })

  test('tells when a certificate was revoked, and why', () => {
    const revoked = (...reason: readonly Uint8Array[]): unknown =>
      basicOf(respond({ status: context(1, generalized('20250102030405Z'), ...reason) }))
        .responses[0]?.status
    const time = new Date('2025-01-02T03:04:05Z')
    assert.deepEqual(revoked(), { type: 'revoked', time, reason: undefined })
    for (const [number, reason] of [
      [0, 'unspecified'],
      [1, 'keyCompromise'],
      [6, 'certificateHold'],
      [7, 'reason 7'],
      [10, 'aACompromise'],
      [99, 'reason 99'],
    ] as const) {
      assert.deepEqual(revoked(context(0, enumerated(number))), { type: 'revoked', time, reason })
    }
  })

  test('may have extensions', () => {
    const list = (...items: readonly Uint8Array[]): Uint8Array => context(1, sequence(...items))
    const extension = sequence(oid('1.2.3'), octetString(Buffer.from('x')))
    const critical = sequence(oid('1.2.4'), boolean(true), octetString(EMPTY))
    const basic = basicOf(
      respond({ singleExtensions: list(extension), responseExtensions: list(extension, critical) }),
    )
    assert.deepEqual(
      basic.responses[0]?.extensions.map(({ id, critical: is }) => [id, is]),
      [['1.2.3', false]],
    )
    assert.deepEqual(
      basic.extensions.map(({ id, critical: is }) => [id, is]),
      [
        ['1.2.3', false],
        ['1.2.4', true],
      ],
    )
  })

  test('may be laxer than DER where responders are', () => {
    basicOf(respond({ version: context(0, integer(0)) }))
    basicOf(respond({ singleExtensions: context(1, sequence()) }))
    const { producedAt } = basicOf(respond({ producedAt: generalized('20260601120001.25Z') }))
    assert.equal(producedAt.toISOString(), '2026-06-01T12:00:01.250Z')
  })

  test('that is an error comes alone', () => {
    for (const [number, status] of [
      [1, 'malformedRequest'],
      [2, 'internalError'],
      [3, 'tryLater'],
      [5, 'sigRequired'],
      [6, 'unauthorized'],
    ] as const) {
      assert.deepEqual(decodeOcspResponse(sequence(enumerated(number))), {
        status,
        basic: undefined,
      })
      assert.equal(codeOf(respond({ responseStatus: enumerated(number) })), 'invalid-value')
    }
    assert.equal(codeOf(sequence(enumerated(0))), 'invalid-value')
    for (const number of [4, 7, 0x7f])
      assert.equal(codeOf(sequence(enumerated(number))), 'invalid-value')
  })

  test('of another type is not read', () => {
    assert.deepEqual(decodeOcspResponse(respond({ responseType: '1.2.3' })), {
      status: 'successful',
      basic: undefined,
    })
  })

  test('that breaks its syntax is refused', () => {
    assert.equal(codeOf(respond({ version: context(0, integer(1)) })), 'invalid-value')
    assert.equal(
      codeOf(respond({ status: contextPrimitive(0, Uint8Array.of(0)) })),
      'invalid-length',
    )
    assert.equal(codeOf(respond({ status: contextPrimitive(3, EMPTY) })), 'invalid-value')
    assert.equal(
      codeOf(respond({ thisUpdate: tlv(0x17, Buffer.from('260601120000Z')) })),
      'invalid-value',
    )
    for (const time of [
      '20260601120000',
      '20260601120000.Z',
      '20261301120000.5Z',
      '202606011200Z',
      '20260601120000.5+0000',
    ]) {
      assert.equal(codeOf(respond({ producedAt: generalized(time) })), 'invalid-value', time)
    }
    assert.equal(
      codeOf(respond({ nextUpdate: context(0, THIS_UPDATE, THIS_UPDATE) })),
      'trailing-bytes',
    )
    assert.equal(codeOf(respond({ certs: context(0, integer(1)) })), 'invalid-value')
  })

  test('cut off anywhere, or with a byte more, is refused', () => {
    const der = respond({ nextUpdate: context(0, THIS_UPDATE) })
    for (let length = 0; length < der.length; length++)
      assert.notEqual(codeOf(der.slice(0, length)), 'none')
    assert.equal(codeOf(Buffer.concat([der, Uint8Array.of(0)])), 'trailing-bytes')
  })

  test('changed anywhere is read or refused', () => {
    const der = respond({
      nextUpdate: context(0, THIS_UPDATE),
      certs: context(0, sequence(sequence())),
    })
    let refused = 0
    for (let at = 0; at < der.length; at++) {
      for (const flip of [1, 0x20, 0x80, 0xff]) {
        const changed = Uint8Array.from(der)
        changed[at] = (changed[at] ?? 0) ^ flip
        if (codeOf(changed) !== 'none') refused++
      }
    }
    assert.ok(refused > der.length)
  })
})

describe('openssl ocsp answers', { skip: missing('openssl') }, () => {
  const ca = mintCertificate({ subject: 'OCSP CA', ca: true })
  const own = mintCertificate({ subject: 'localhost', issuer: ca, serial: 0xabcdef })
  const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex')

  function answer(line: (serial: string) => string, issuer: Minted = ca): BasicOcspResponse {
    const folder = mkdtempSync(join(tmpdir(), 'tls-stamp-ocsp-'))
    const files = {
      'ca.pem': issuer.pem,
      'ca.key': issuer.keyPem,
      'own.pem': own.pem,
      index: line('ABCDEF'),
    }
    try {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
      const run = (...args: readonly string[]): void => {
        execFileSync(program('openssl'), ['ocsp', ...args], { cwd: folder, stdio: 'pipe' })
      }
      run('-issuer', 'ca.pem', '-cert', 'own.pem', '-reqout', 'request', '-no_nonce')
      const signer = ['-CA', 'ca.pem', '-rsigner', 'ca.pem', '-rkey', 'ca.key']
      run('-index', 'index', ...signer, '-reqin', 'request', '-respout', 'response', '-ndays', '7')
      return basicOf(Uint8Array.from(readFileSync(join(folder, 'response'))))
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  test('good, signed over the bytes that are said to be signed', () => {
    const began = Date.now()
    const basic = answer((serial) => `V\t400101000000Z\t\t${serial}\tunknown\t/CN=localhost\n`)
    const [response] = basic.responses
    assert.deepEqual(response?.status, { type: 'good' })
    assert.deepEqual(
      Buffer.from(response?.serialNumber ?? []),
      Buffer.from(decodeCertificate(own.der).serialNumber),
    )
    assert.equal(Buffer.from(response?.issuerNameHash ?? []).toString('hex'), sha1(ca.subject))
    const thisUpdate = response?.thisUpdate.getTime() ?? 0
    assert.ok(thisUpdate > began - 1000 && thisUpdate < Date.now() + 1000)
    const days =
      ((response?.nextUpdate?.getTime() ?? 0) - (response?.thisUpdate.getTime() ?? 0)) / 86_400_000
    assert.equal(days, 7)
    assert.ok(basic.responderId.type === 'name')
    assert.deepEqual(Buffer.from(basic.responderId.name), Buffer.from(ca.subject))
    assert.deepEqual(Buffer.from(basic.certificates[0] ?? []), Buffer.from(ca.der))
    assert.equal(basic.signatureAlgorithm.scheme, 'ecdsa_sha256')
    assert.ok(verify('sha256', basic.tbs, createPublicKey(ca.keyPem), basic.signature))
  })

  test('revoked', () => {
    const basic = answer(
      (serial) =>
        `R\t400101000000Z\t250102030405Z,keyCompromise\t${serial}\tunknown\t/CN=localhost\n`,
    )
    const time = new Date('2025-01-02T03:04:05Z')
    assert.deepEqual(basic.responses[0]?.status, { type: 'revoked', time, reason: 'keyCompromise' })
  })

  test('unknown', () => {
    const basic = answer(() => 'V\t400101000000Z\t\t01\tunknown\t/CN=localhost\n')
    assert.deepEqual(basic.responses[0]?.status, { type: 'unknown' })
  })
})
