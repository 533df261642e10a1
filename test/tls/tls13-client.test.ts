// The TLS 1.3 client without I/O: every suite, group and key, any chunking, and each way of a hostile server.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { concat } from '../../src/encoding/bytes.ts'
import { Writer } from '../../src/encoding/presentation.ts'
import { HandshakeError } from '../../src/errors.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { makeAeadNative, makeKeyPairNative } from '../../src/system/tls-cryptography.ts'
import { decodeClientHello } from '../../src/tls/messages.ts'
import { readRecord } from '../../src/tls/record.ts'
import { Tls13Client } from '../../src/tls/tls13-client.ts'
import { encodeProtected } from '../../src/tls/tls13-records.ts'
import { readTls13Transcript, type Tls13Transcript } from '../../src/tls/tls13-transcript.ts'
import type { Handshake } from '../../src/tls/transcript.ts'
import { spkiOf } from '../../src/x509/index.ts'
import { endEntities } from '../support/make/end-entity.ts'
import type { Extension } from '../support/make/flight.ts'
import { mintTestPki } from '../support/make/mint.ts'
import {
  CHANGE_CIPHER_SPEC,
  encodeRetry,
  type FirstTry,
  RETRY_RANDOM,
  type RetryOptions,
  type Tls13FlightOptions,
  type Tls13ServerFlight,
  tls13Records,
  tls13ServerFlight,
} from '../support/make/tls13-flight.ts'
import { alertRecord, record } from '../support/servers/delivery.ts'

const KINDS = ['p256', 'rsa-2048', 'p384', 'p521', 'ed25519', 'ed448', 'rsa-pss-2048'] as const
const SCHEMES = [
  'ecdsa_sha256',
  'rsa_pss_rsae_sha256',
  'ecdsa_sha384',
  'ecdsa_sha512',
  'ed25519',
  'ed448',
  'rsa_pss_pss_sha256',
]
const pki = mintTestPki({ endEntityKeys: KINDS })
const byKind = endEntities(pki)
const [p256, rsa] = byKind
const pss = byKind[6]

function client(statusRequest = true): Tls13Client {
  return new Tls13Client({
    clientRandom: new Uint8Array(32).fill(0xc1),
    serverName: 'localhost',
    sessionId: new Uint8Array(32).fill(0x5e),
    statusRequest,
    makeKeyPair: makeKeyPairNative,
    makeAead: makeAeadNative,
  })
}

/** The ClientHello in the last of the client's records. */
function helloIn(records: Uint8Array): Uint8Array {
  let last: Uint8Array | undefined
  for (let at = 0; at < records.length; ) {
    const { fragment } = readRecord(records, at) ?? assert.fail('expected whole records')
    last = fragment
    at += 5 + fragment.length
  }
  return last ?? assert.fail('expected a record')
}

function meet(
  options: Partial<Tls13FlightOptions> = {},
  chunks: (stream: Uint8Array) => Iterable<Uint8Array> = (stream) => [stream],
): { readonly transcript: Tls13Transcript; readonly said: Tls13Client } {
  const said = client()
  const flight = tls13ServerFlight({ endEntity: p256, ...options }, helloIn(said.hello))
  let done = false
  for (const chunk of chunks(concat(...tls13Records(flight)))) done = said.receive(chunk)
  assert.equal(done, true)
  return { transcript: said.transcript, said }
}

function assertSigned(transcript: Tls13Transcript): Handshake {
  const handshake = readTls13Transcript(transcript)
  const { scheme, signedBytes, signature, certificates } = handshake
  const spki = spkiOf(certificates[0]) ?? assert.fail()
  assert.ok(verifySignatureNative(scheme, spki, signedBytes, signature), scheme)
  return handshake
}

/** After a HelloRetryRequest; the second flight's options come from the first ClientHello. */
function meetAgain(
  retry: RetryOptions,
  options: Partial<Tls13FlightOptions> = {},
  between: readonly Uint8Array[] = [CHANGE_CIPHER_SPEC],
): { readonly transcript: Tls13Transcript; readonly second: Uint8Array } {
  const said = client()
  const clientHello = helloIn(said.hello)
  const helloRetryRequest = encodeRetry(retry, clientHello)
  assert.equal(said.receive(concat(record(22, helloRetryRequest), ...between)), false)
  const reply = said.takeReply() ?? assert.fail('expected a second ClientHello')
  assert.equal(said.takeReply(), undefined)
  const first: FirstTry = { clientHello, helloRetryRequest }
  const second = helloIn(reply)
  const { cipherSuite, group } = retry
  const flight = tls13ServerFlight(
    {
      endEntity: p256,
      ...(group !== undefined && { group }),
      ...(cipherSuite !== undefined && { cipherSuite }),
      ...options,
    },
    second,
    first,
  )
  assert.equal(said.receive(concat(...tls13Records(flight))), true)
  return { transcript: said.transcript, second }
}

describe('a round', () => {
  test('verifies with every suite, group and key', () => {
    for (const [i, endEntity] of byKind.entries()) {
      for (const cipherSuite of [0x1301, 0x1302, 0x1303]) {
        for (const [group, name] of [[0x001d, 'x25519'] as const, [0x0017, 'secp256r1'] as const]) {
          const handshake = assertSigned(meet({ endEntity, cipherSuite, group }).transcript)
          assert.equal(handshake.version, 0x0304)
          assert.equal(handshake.cipherSuite, cipherSuite)
          assert.equal(handshake.group, name)
          assert.equal(handshake.serverName, 'localhost')
          assert.deepEqual(handshake.certificates, endEntity.certificates)
          assert.equal(handshake.scheme, SCHEMES[i])
        }
      }
    }
    for (const scheme of [0x0804, 0x0805, 0x0806]) {
      assertSigned(meet({ endEntity: rsa, scheme }).transcript)
      assertSigned(meet({ endEntity: pss, scheme: scheme + 5 }).transcript)
    }
  })

  test('has a CertificateRequest, a stapled response and extensions when there are any', () => {
    const ocsp = Uint8Array.of(0x30, 0x03, 0x0a, 0x01, 0x03)
    const staple = new Writer().u8(1).opaque(3, ocsp).done()
    const groups = new Writer().opaque(2, new Writer().u16(0x001d, 0x11ec).done()).done()
    const { transcript } = meet({
      certificateRequest: true,
      entryExtensions: [{ type: 5, body: staple }],
      encryptedExtensions: [
        { type: 10, body: groups },
        { type: 0, body: new Uint8Array(0) },
      ],
    })
    assert.ok(transcript.certificateRequest)
    assert.deepEqual(assertSigned(transcript).ocspResponse, ocsp)
    assert.equal(meet().transcript.certificateRequest, undefined)
  })

  test('is the same however its bytes are cut', () => {
    const serverRandom = new Uint8Array(32).fill(7)
    const each = (stream: Uint8Array) => [...stream].map((byte) => Uint8Array.of(byte))
    assertSigned(meet({ serverRandom }, each).transcript)
    const halves = (stream: Uint8Array) => [stream.subarray(0, 200), stream.subarray(200)]
    assertSigned(meet({ serverRandom }, halves).transcript)
  })

  test('is the same however its messages lie in records, padded or not', () => {
    const cuts: ((flight: Tls13ServerFlight) => Uint8Array[])[] = [
      ({ seal, messages }) => [encodeProtected(seal(22, concat(...messages)))],
      ({ seal, messages }) =>
        [...concat(...messages)].map((byte) => encodeProtected(seal(22, Uint8Array.of(byte)))),
      ({ seal, messages }) =>
        // struct { opaque content[]; ContentType type; uint8 zeros[]; } TLSInnerPlaintext;
        messages.map((message) =>
          encodeProtected(seal(0, concat(message, Uint8Array.of(22), new Uint8Array(99)))),
        ),
    ]
    for (const cut of cuts) {
      const said = client()
      const flight = tls13ServerFlight({ endEntity: p256 }, helloIn(said.hello))
      assert.equal(said.receive(concat(record(22, flight.serverHello), ...cut(flight))), true)
      assertSigned(said.transcript)
    }
  })

  test('may have had a HelloRetryRequest, for a group or with a cookie', () => {
    const cookie = new Uint8Array(300).fill(0xc0)
    for (const [group, name] of [[0x0018, 'secp384r1'] as const, [0x0019, 'secp521r1'] as const]) {
      for (const cipherSuite of [0x1301, 0x1302]) {
        const { transcript } = meetAgain({ group, cipherSuite })
        assert.equal(assertSigned(transcript).group, name)
        assertSigned(meetAgain({ group, cipherSuite, cookie }).transcript)
      }
    }
    const { transcript, second } = meetAgain({ cookie })
    assert.equal(assertSigned(transcript).group, 'x25519')
    const sent = decodeClientHello(second).extensions.find(({ type }) => type === 44)
    assert.deepEqual(sent?.content, new Writer().opaque(2, cookie).done())
  })

  test('ends with user_canceled and close_notify under the keys agreed on', () => {
    const said = client()
    assert.deepEqual(said.farewell.slice(-2), Uint8Array.of(2, 90))
    const flight = tls13ServerFlight({ endEntity: p256 }, helloIn(said.hello))
    assert.equal(said.answered, false)
    said.receive(concat(...tls13Records(flight)))
    assert.equal(said.answered, true)
    const { farewell } = said
    assert.deepEqual(farewell.subarray(0, 6), CHANGE_CIPHER_SPEC)
    const user = readRecord(farewell, 6) ?? assert.fail()
    const close = readRecord(farewell, 6 + 5 + user.fragment.length) ?? assert.fail()
    const alerts = [user, close].map(flight.open)
    assert.deepEqual(alerts, [
      { type: 21, content: Uint8Array.of(1, 90) },
      { type: 21, content: Uint8Array.of(1, 0) },
    ])
  })
})

describe('the ClientHello', () => {
  const { cipherSuites, groups, extensions, sessionId } = decodeClientHello(helloIn(client().hello))
  const types = extensions.map(({ type }) => type)

  test('offers TLS 1.3 alone, and nothing that lets another key sign', () => {
    assert.deepEqual(cipherSuites, [0x1301, 0x1302, 0x1303])
    assert.deepEqual(groups, [0x001d, 0x0017, 0x0018, 0x0019])
    assert.equal(sessionId.length, 32)
    assert.deepEqual(types, [0, 10, 5, 13, 43, 51])
    const versions = extensions.find(({ type }) => type === 43)
    assert.deepEqual(versions?.content, Uint8Array.of(2, 3, 4))
  })

  test('asks for no stapled response when told not to', () => {
    const { extensions } = decodeClientHello(helloIn(client(false).hello))
    assert.ok(!extensions.some(({ type }) => type === 5))
  })
})

function refuses(work: () => unknown, code: string, message: RegExp): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof HandshakeError, `${error}`)
    assert.match(error.message, message)
    assert.equal(error.code, code)
    return true
  })
}

const extension = (type: number, ...body: readonly number[]): Extension => ({
  type,
  body: Uint8Array.from(body),
})

describe('a server is refused for', () => {
  const cases: readonly (readonly [
    title: string,
    options: Partial<Tls13FlightOptions>,
    message: RegExp,
    code?: string,
  ])[] = [
    ['TLS 1.2', { selectedVersion: null }, /speaks TLS 1.2, not TLS 1.3/, 'incompatible-peer'],
    ['TLS 1.2 in supported_versions', { selectedVersion: 0x0303 }, /TLS 1.2, which was not off/],
    ['a draft of TLS 1.3', { selectedVersion: 0x7f1c }, /draft 28, which was not offered/],
    ['another version in its old place', { version: 0x0304 }, /which was not offered/],
    ['another session_id', { sessionId: new Uint8Array(32) }, /session_id/],
    ['no session_id', { sessionId: new Uint8Array(0) }, /session_id/],
    ['compression', { compression: 1 }, /compression method 1/],
    ['a suite of TLS 1.2', { cipherSuite: 0xc02b }, /which was not offered/],
    ['AES-CCM', { cipherSuite: 0x1304 }, /TLS_AES_128_CCM_SHA256, which was not offered/],
    ['a group without a share', { group: 0x0018 }, /secp384r1, which was not offered/],
    ['a group that nobody offered', { group: 0x11ec }, /X25519MLKEM768, which was not offered/],
    ['no key share', { share: null }, /no key_share/],
    ['a short key share', { share: new Uint8Array(31).fill(9) }, /not a point on x25519/],
    ['a key share of small order', { share: new Uint8Array(32) }, /or is weak/],
    [
      'a point off its curve',
      { group: 0x0017, share: Uint8Array.of(4, ...new Uint8Array(64).fill(7)) },
      /not a point on secp256r1/,
    ],
    [
      'a compressed point',
      { group: 0x0017, share: Uint8Array.of(2, ...new Uint8Array(64).fill(7)) },
      /not a point on secp256r1/,
    ],
    ['a PSK', { helloExtensions: [extension(41, 0, 0)] }, /pre_shared_key in ServerHello/],
    [
      'a cookie in ServerHello',
      { helloExtensions: [extension(44, 0, 1, 1)] },
      /cookie in ServerHello/,
    ],
    ['an extension twice', { helloExtensions: [extension(43, 3, 4)] }, /there twice/],
    [
      'a HelloRetryRequest for nothing',
      { serverRandom: RETRY_RANDOM, share: null },
      /requests no change/,
    ],
    [
      'an extension not offered',
      { encryptedExtensions: [extension(16)] },
      /negotiation, which was not/,
    ],
    ['early data', { encryptedExtensions: [extension(42)] }, /early_data, which was not offered/],
    [
      'a key share among EncryptedExtensions',
      { encryptedExtensions: [extension(51)] },
      /key_share in EncryptedExtensions/,
    ],
    [
      'an extension of Certificate not offered',
      { entryExtensions: [extension(18, 0)] },
      /signed_certificate_timestamp, which was not offered/,
    ],
    ['a malformed staple', { entryExtensions: [extension(5, 2, 0, 0, 0)] }, /expected status type/],
    ['a certificate context', { certificateContext: Uint8Array.of(1) }, /request_context, got 1/],
    ['no certificate', { certificates: [] }, /no certificate/],
    ['an empty certificate', { certificates: [new Uint8Array(0)] }, /bytes of certificate, got 0/],
    ['PKCS #1', { endEntity: rsa, scheme: 0x0401 }, /rsa_pkcs1_sha256 in TLS 1.3/],
    ['SHA-1', { scheme: 0x0203 }, /ecdsa_sha1, which was not offered/],
    ['a scheme for another curve', { scheme: 0x0503 }, /ecdsa_sha384, which does not fit its key/],
    ['PSS for a key of another OID', { endEntity: rsa, scheme: 0x0809 }, /does not fit its key/],
    [
      'PSS of rsaEncryption for another OID',
      { endEntity: pss, scheme: 0x0804 },
      /does not fit its key/,
    ],
    ['a scheme for another kind of key', { scheme: 0x0804 }, /sha256, which does not fit its key/],
    ['a missing EncryptedExtensions', { mutate: (all) => all.slice(1) }, /expected EncryptedExt/],
    [
      'a missing Certificate',
      { mutate: ([ee, , ...rest]) => [ee ?? p256.certificates[0] ?? new Uint8Array(0), ...rest] },
      /expected CertificateRequest or Certificate, got CertificateVerify/,
    ],
    [
      'a missing CertificateVerify',
      { mutate: (all) => all.filter(([type]) => type !== 15) },
      /expected CertificateVerify, got Finished/,
    ],
    [
      'EncryptedExtensions twice',
      { mutate: (all) => [...all.slice(0, 1), ...all] },
      /got EncryptedExtensions/,
    ],
    [
      'a HelloRequest',
      { mutate: (all) => [Uint8Array.of(0, 0, 0, 0), ...all] },
      /got HelloRequest/,
    ],
    [
      'a message of 16 MB',
      { mutate: () => [Uint8Array.of(8, 255, 255, 255)] },
      /of 16777215 bytes/,
    ],
  ]
  for (const [title, options, message, code = 'misbehaving-peer'] of cases) {
    test(title, () => refuses(() => meet(options), code, message))
  }

  test('a CertificateVerify over other bytes, by its signature', () => {
    const wrong: ((content: Uint8Array) => Uint8Array)[] = [
      (content) => content.with(-1, (content.at(-1) ?? 0) ^ 1),
      (content) => content.subarray(64),
      (content) =>
        concat(content.subarray(0, 73), new TextEncoder().encode('client'), content.subarray(79)),
    ]
    for (const signed of wrong) {
      const { scheme, signedBytes, signature, certificates } = readTls13Transcript(
        meet({ signed }).transcript,
      )
      const spki = spkiOf(certificates[0]) ?? assert.fail()
      assert.equal(verifySignatureNative(scheme, spki, signedBytes, signature), false)
    }
  })
})

describe('after a HelloRetryRequest, a server is refused for', () => {
  const cases: readonly (readonly [
    title: string,
    retry: RetryOptions,
    options: Partial<Tls13FlightOptions>,
    message: RegExp,
  ])[] = [
    [
      'a group it had a share of',
      { group: 0x001d },
      {},
      /a key share of x25519, which it already had/,
    ],
    ['a group not offered', { group: 0x11ec }, {}, /which was not offered/],
    ['an empty cookie', { cookie: new Uint8Array(0) }, {}, /bytes of cookie, got 0/],
    ['a suite not offered', { group: 0x0018, cipherSuite: 0x1305 }, {}, /which was not offered/],
    ['another session_id', { group: 0x0018, sessionId: new Uint8Array(3) }, {}, /session_id/],
    ['TLS 1.2', { group: 0x0018, selectedVersion: 0x0303 }, {}, /which was not offered/],
    [
      'other extensions',
      { group: 0x0018, extensions: [extension(10, 0, 0)] },
      {},
      /in ServerHello/,
    ],
    ['a second one', { group: 0x0018 }, { serverRandom: RETRY_RANDOM }, /a second HelloRetryRequ/],
    ['another suite', { group: 0x0018 }, { cipherSuite: 0x1302 }, /changed its cipher suite/],
    ['another group', { group: 0x0018 }, { group: 0x001d }, /x25519, which was not offered/],
    [
      'a group that a cookie did not change',
      { cookie: Uint8Array.of(1) },
      { group: 0x0018 },
      /not off/,
    ],
  ]
  for (const [title, retry, options, message] of cases) {
    test(title, () => refuses(() => meetAgain(retry, options), 'misbehaving-peer', message))
  }
})

describe('bytes without end are refused:', () => {
  /** What comes over and over, under the keys once ServerHello is there. */
  const flood = (
    repeat: (flight: Tls13ServerFlight) => Uint8Array,
    { isProtected = true }: { readonly isProtected?: boolean } = {},
  ): number => {
    const said = client()
    const flight = tls13ServerFlight({ endEntity: p256 }, helloIn(said.hello))
    if (isProtected) said.receive(record(22, flight.serverHello))
    for (let sent = 0; ; ) {
      assert.ok(sent < 2 ** 19, 'expected an end')
      const bytes = repeat(flight)
      sent += bytes.length
      try {
        said.receive(bytes)
      } catch (error) {
        assert.ok(error instanceof HandshakeError && error.code === 'misbehaving-peer', `${error}`)
        return sent
      }
    }
  }

  test('ChangeCipherSpecs', () => {
    for (const isProtected of [true, false]) {
      assert.ok(flood(() => CHANGE_CIPHER_SPEC, { isProtected }) < 100)
    }
    assert.equal(
      flood(() => record(20, Uint8Array.of(2))),
      6,
    )
    assert.equal(
      flood(() => record(20, Uint8Array.of(1, 1))),
      7,
    )
  })

  test('empty records, warnings, and records of zeros', () => {
    assert.ok(flood(({ seal }) => encodeProtected(seal(22, new Uint8Array(0)))) < 100)
    assert.ok(flood(({ seal }) => encodeProtected(seal(0, new Uint8Array(100)))) < 200)
    assert.ok(flood(({ seal }) => encodeProtected(seal(21, Uint8Array.of(1, 90)))) <= 2 ** 18 + 30)
    assert.ok(flood(() => alertRecord(1, 112), { isProtected: false }) <= 2 ** 18 + 10)
  })

  test('a message that never ends', () => {
    const part = new Uint8Array(1000)
    part.set([8, 1, 255, 255])
    assert.ok(flood(({ seal }) => encodeProtected(seal(22, part))) <= 2 ** 18 + 2000)
    const header = Uint8Array.of(11, 2, 0, 1)
    assert.ok(flood(({ seal }) => encodeProtected(seal(22, header))) < 100)
  })

  test('records that are too long, before and after they are opened', () => {
    assert.ok(flood(() => record(23, new Uint8Array(2 ** 14 + 257))) < 2 ** 15)
    const padded = concat(Uint8Array.of(22), new Uint8Array(2 ** 14 + 1))
    assert.ok(flood(({ seal }) => encodeProtected(seal(0, padded))) < 2 ** 15)
    const long = new Uint8Array(2 ** 14 + 1)
    assert.ok(flood(() => record(22, long), { isProtected: false }) < 2 ** 15)
  })

  test('what is not authentic, not protected or not of the handshake', () => {
    assert.ok(flood(() => record(23, new Uint8Array(40))) < 100)
    assert.ok(flood(() => record(23, new Uint8Array(16))) < 100)
    assert.ok(flood(() => record(22, Uint8Array.of(8, 0, 0, 2, 0, 0))) < 100)
    assert.ok(flood(({ seal }) => encodeProtected(seal(23, Uint8Array.of(1)))) < 100)
    assert.ok(flood(({ seal }) => encodeProtected(seal(20, Uint8Array.of(1)))) < 100)
  })

  test('messages across a change of keys', () => {
    for (const more of [Uint8Array.of(8), Uint8Array.of(8, 0, 0, 2, 0, 0)]) {
      const once = ({ serverHello }: Tls13ServerFlight) => record(22, concat(serverHello, more))
      assert.ok(flood(once, { isProtected: false }) < 2 ** 10)
    }
  })
})

test('an alert is passed on', () => {
  const said = client()
  refuses(() => said.receive(alertRecord(2, 70)), 'alert', /protocol_version\(70\)$/)
  const later = client()
  const { seal, serverHello } = tls13ServerFlight({ endEntity: p256 }, helloIn(later.hello))
  later.receive(record(22, serverHello))
  const alert = encodeProtected(seal(21, Uint8Array.of(2, 80)))
  refuses(() => later.receive(alert), 'alert', /internal_error\(80\)$/)
})

test('plain HTTP is not TLS', () => {
  const http = new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n')
  refuses(() => client().receive(http), 'incompatible-peer', /plain HTTP/)
})
