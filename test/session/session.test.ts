// The complete handshake against servers that break the protocol, stall, or want what is prohibited: an error each time.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { concat } from '../../src/encoding/bytes.ts'
import { HandshakeError, NetworkError } from '../../src/errors.ts'
import { checkSession } from '../../src/session/checks.ts'
import type { CompleteHandshake, CompleteOptions } from '../../src/session/handshake.ts'
import { authorityOf, parseHttpDate } from '../../src/session/http.ts'
import type { ObservedMessage } from '../../src/session/observed-message.ts'
import { completeHandshake } from '../../src/session/session.ts'
import { turnedClock } from '../support/harness/turned-clock.ts'
import { mintCertificate, mintTestPki } from '../support/make/mint.ts'
import { type Finishing, startFinishingServer } from '../support/servers/finishing-server.ts'
import {
  type AnswerOptions,
  alertRecord,
  answer,
  DELIVERIES,
  dheParams,
  dropWhen,
  ecdheParams,
  endless,
  type HostileServer,
  hangsUp,
  offers,
  plainHttp,
  refuses,
  replaceBody,
  resumes,
  type Script,
  silent,
  startHostileServer,
} from '../support/servers/hostile-server.ts'
import { type EndEntity, endEntities, startNodeServer } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256', 'rsa-2048'] })
const [p256, rsa] = endEntities(pki)

interface Meeting {
  readonly error: unknown
  readonly messages: readonly ObservedMessage[]
  readonly server: HostileServer
}

async function meet(
  script: Script,
  { timeout = 60_000, ...options }: Partial<CompleteOptions> & { readonly timeout?: number } = {},
): Promise<Meeting> {
  const messages: ObservedMessage[] = []
  await using server = await startHostileServer(script)
  const error = await completeHandshake({
    address: { host: '127.0.0.1', port: server.port, timeout },
    serverName: 'localhost',
    version: 0x0303,
    report: (message) => messages.push(message),
    ...options,
  }).then(
    () => assert.fail('the handshake is complete'),
    (reason: unknown) => reason,
  )
  return { error, messages, server }
}

const base: AnswerOptions = { endEntity: p256 }

function assertRefused(error: unknown, code: string, message: RegExp): void {
  assert.ok(error instanceof HandshakeError, `${error}`)
  assert.match(error.message, message)
  assert.doesNotMatch(error.message, /\n/)
  assert.equal(error.code, code)
}

describe('a server that breaks the protocol is refused', { concurrency: 6 }, () => {
  const cases: readonly (readonly [
    title: string,
    script: Script,
    code: string,
    message: RegExp,
  ])[] = [
    ['plain HTTP', plainHttp, 'incompatible-peer', /plain HTTP/],
    ['garbage', endless('garbage', base), 'incompatible-peer', /does not speak TLS/],
    ['a huge message', endless('huge-message', base), 'misbehaving-peer', /of 16777215 bytes/],
    ['endless messages', endless('messages', base), 'misbehaving-peer', /expected/],
    ['endless HelloRequests', endless('hello-requests', base), 'misbehaving-peer', /more than/],
    ['endless empty records', endless('empty-records', base), 'misbehaving-peer', /empty/],
    ['endless warnings', endless('warnings', base), 'misbehaving-peer', /more than/],
    ['endless data', endless('application-data', base), 'misbehaving-peer', /plaintext/],
    [
      'a session that nobody asked for',
      resumes(base),
      'misbehaving-peer',
      /expected Certificate, got change_cipher_spec/,
    ],
    ['a fatal alert', refuses(80), 'alert', /^the server sent alert internal_error\(80\)$/],
    [
      'another version',
      answer({ ...base, version: 0x0302, cipherSuite: 0xc009 }),
      'incompatible-peer',
      /speaks TLS 1.1, not TLS 1.2/,
    ],
    [
      'a suite not offered',
      answer({ ...base, cipherSuite: 0xc0ac }),
      'misbehaving-peer',
      /which was not offered/,
    ],
    [
      'a scheme not offered',
      answer({ ...base, scheme: 0x0203 }),
      'misbehaving-peer',
      /ecdsa_sha1, which was not offered/,
    ],
    [
      'an extension not offered',
      answer({ ...base, extensions: [{ type: 0x0010, body: new Uint8Array(0) }] }),
      'misbehaving-peer',
      /not offered/,
    ],
    ['no certificate', answer({ ...base, certificates: [] }), 'misbehaving-peer', /no certificate/],
    [
      'a ServerKeyExchange under key transport',
      answer({ endEntity: rsa, keyExchange: 'ecdhe', cipherSuite: 0x009c }),
      'misbehaving-peer',
      /./,
    ],
    [
      'key transport to an ECDSA key',
      answer({ ...base, keyExchange: 'rsa', cipherSuite: 0x009c }),
      'misbehaving-peer',
      /no RSA key/,
    ],
    [
      'a point off its curve',
      answer({
        ...base,
        params: ecdheParams(0x17, Uint8Array.of(4, ...new Uint8Array(64).fill(7))),
      }),
      'misbehaving-peer',
      /not a point on secp256r1/,
    ],
    [
      'an x25519 share of small order',
      answer({ ...base, params: ecdheParams(0x1d, new Uint8Array(32)) }),
      'misbehaving-peer',
      /weak/,
    ],
    [
      'a short Diffie-Hellman prime',
      answer({ endEntity: rsa, keyExchange: 'dhe', params: dheParams('modp1') }),
      'incompatible-peer',
      /768 bits, which is insecure/,
    ],
    [
      'a ServerHelloDone with a body',
      answer({
        ...base,
        mutate: (messages) => replaceBody(messages, 'serverHelloDone', () => Uint8Array.of(0)),
      }),
      'misbehaving-peer',
      /ServerHelloDone/,
    ],
    [
      'a Finished instead of ChangeCipherSpec',
      answer({
        ...base,
        after: Uint8Array.of(22, 3, 3, 0, 16, 20, 0, 0, 12, ...new Uint8Array(12)),
      }),
      'misbehaving-peer',
      /expected ChangeCipherSpec, got Finished/,
    ],
    [
      'a made-up Finished',
      answer({
        ...base,
        after: Uint8Array.of(20, 3, 3, 0, 1, 1, 22, 3, 3, 0, 40, ...new Uint8Array(40)),
      }),
      'misbehaving-peer',
      /bad_record_mac/,
    ],
    [
      'a ChangeCipherSpec of two bytes',
      answer({ ...base, after: Uint8Array.of(20, 3, 3, 0, 2, 1, 1) }),
      'misbehaving-peer',
      /ChangeCipherSpec/,
    ],
    [
      'a ChangeCipherSpec within a message',
      answer({ ...base, after: Uint8Array.of(22, 3, 3, 0, 1, 20, 20, 3, 3, 0, 1, 1) }),
      'misbehaving-peer',
      /inside a message/,
    ],
    [
      'a heartbeat',
      answer({ ...base, before: Uint8Array.of(24, 3, 3, 0, 1, 1) }),
      'misbehaving-peer',
      /content type 24/,
    ],
    ['a close_notify', answer({ ...base, before: alertRecord(1, 0) }), 'alert', /close_notify/],
  ]
  for (const [title, script, code, message] of cases) {
    test(title, async () => {
      const { error } = await meet(script)
      assertRefused(error, code, message)
    })
  }
})

test('an error of the server is told it by an alert, and shown', async () => {
  const { messages } = await meet(answer({ ...base, cipherSuite: 0xc0ac }))
  const { sender, name, fields } = messages.at(-1) as ObservedMessage
  assert.deepEqual([sender, name], ['client', 'Alert'])
  assert.deepEqual(
    fields.map(({ meaning }) => meaning),
    ['fatal', 'illegal_parameter'],
  )
})

test('a message that does not parse is shown up to its fault', async () => {
  const cutOff = answer({
    ...base,
    mutate: (messages) => replaceBody(messages, 'serverHello', (body) => body.subarray(0, 30)),
  })
  const { error, messages } = await meet(cutOff)
  assertRefused(error, 'misbehaving-peer', /ServerHello at byte 6: expected 32 bytes of random/)
  const shown = messages.find(({ name }) => name === 'ServerHello')
  assert.deepEqual(
    shown?.fields.map(({ name }) => name),
    ['msg_type', 'length', 'server_version'],
  )
})

test('RC4 is refused by name', async () => {
  for (const cipherSuite of [0x0005, 0xc007, 0xc011]) {
    const { error } = await meet(answer({ endEntity: rsa, keyExchange: 'rsa', cipherSuite }))
    assertRefused(
      error,
      'incompatible-peer',
      /^the server chose TLS_\w+_RC4_128_SHA, but RC4 is prohibited by RFC 7465$/,
    )
  }
})

test('a refusal of all suites says that RC4 was not among them', async () => {
  for (const alert of [40, 71]) {
    const { error } = await meet(refuses(alert))
    assertRefused(error, 'alert', /RC4 is not among them, as RFC 7465 prohibits it$/)
    assert.equal((error as HandshakeError).alert, alert)
  }
})

test('no suite offered is one of RC4, of export, NULL or anonymous', async () => {
  for (const version of [0x0301, 0x0302, 0x0303]) {
    const { messages } = await meet(refuses(40), { version })
    const list = messages[0]?.fields.find(({ name }) => name === 'cipher_suites')?.fields ?? []
    assert.equal(list.length, version === 0x0303 ? 27 : 8)
    for (const { meaning } of list) assert.doesNotMatch(meaning ?? '', /RC4|EXPORT|NULL|anon|DES/)
    assert.equal(
      JSON.stringify(messages[0]?.fields).includes('signature_algorithms'),
      version === 0x0303,
    )
  }
})

test('every delivery of a flight comes to the same', async () => {
  for (const delivery of DELIVERIES) {
    const { error, messages } = await meet(
      answer({ ...base, delivery, certificateRequest: true, ending: 'fin' }),
    )
    assert.ok(error instanceof NetworkError, `${error}`)
    assert.deepEqual(
      messages.filter(({ sender }) => sender === 'server').map(({ name }) => name),
      ['ServerHello', 'Certificate', 'ServerKeyExchange', 'CertificateRequest', 'ServerHelloDone'],
      delivery,
    )
  }
})

test('a server that stalls anywhere runs into the deadline', async (t) => {
  const scripts: Record<string, Script> = {
    'at once': silent,
    'after its flight': answer(base),
    'within its flight': answer({ ...base, stopAt: 500 }),
  }
  for (const [title, script] of Object.entries(scripts)) {
    await t.test(title, async () => {
      using clock = turnedClock()
      const { error } = await meet(async (peer) => {
        await script(peer)
        clock.turn(60_000)
      })
      assert.ok(error instanceof NetworkError)
      assert.equal(error.code, 'timeout')
    })
  }
  await t.test('byte by byte', async () => {
    using clock = turnedClock()
    const { error } = await meet(async (peer) => {
      while (peer.open) {
        await peer.write(Uint8Array.of(22, 3, 3, 0, 4, 0, 0, 0, 0))
        clock.turn(1000)
      }
    })
    assert.ok(error instanceof NetworkError)
    assert.equal(error.code, 'timeout')
  })
})

test('a server that hangs up gets one more try, without status_request', async () => {
  for (const by of ['fin', 'reset'] as const) {
    const { error, messages } = await meet(hangsUp(by))
    assert.ok(error instanceof NetworkError)
    assert.equal(error.code, 'closed')
    const hellos = messages.map(({ fields }) => JSON.stringify(fields).includes('status_request'))
    assert.deepEqual(hellos, [true, false])
  }
  const picky = dropWhen((hello) => offers(hello, 5), answer({ ...base, ending: 'fin' }))
  const { messages } = await meet(picky)
  assert.ok(messages.some(({ name }) => name === 'ServerHelloDone'))
})

describe('a server with the right keys', () => {
  const CCS = Uint8Array.of(20, 3, 3, 0, 1, 1)
  const attempt = async (
    finish: (keys: Finishing) => readonly Uint8Array[],
  ): Promise<{ readonly error: unknown; readonly messages: ObservedMessage[] }> => {
    await using server = await startFinishingServer(rsa, finish)
    const messages: ObservedMessage[] = []
    let error: unknown
    try {
      const session = await completeHandshake({
        address: { host: '127.0.0.1', port: server.port, timeout: 60_000 },
        serverName: 'localhost',
        version: 0x0303,
        report: (message) => messages.push(message),
      })
      await session.close()
    } catch (caught) {
      error = caught
    }
    assert.deepEqual(server.failures, [])
    return { error, messages }
  }
  const right = ({ verifyData, message, sealed }: Finishing): Uint8Array =>
    sealed(22, message(20, verifyData))

  test('completes', async () => {
    const { error, messages } = await attempt((keys) => [CCS, right(keys), keys.sealed(21, CLOSE)])
    assert.equal(error, undefined)
    const finished = messages.findLast(({ name }) => name === 'Finished')
    assert.equal(finished?.fields.at(-1)?.meaning, 'as expected')
  })

  test('is refused for a Finished that is wrong by a bit, and told decrypt_error', async () => {
    for (let at = 0; at < 12; at++) {
      const { error, messages } = await attempt(({ verifyData, message, sealed }) => {
        const wrong = Uint8Array.from(verifyData)
        wrong[at] = (wrong[at] ?? 0) ^ (1 << (at % 8))
        return [CCS, sealed(22, message(20, wrong))]
      })
      assertRefused(error, 'misbehaving-peer', /Finished does not match the handshake/)
      const [finished, alert] = messages.slice(-2)
      assert.equal(finished?.fields.at(-1)?.meaning, 'WRONG')
      assert.equal(alert?.fields[1]?.meaning, 'decrypt_error')
    }
  })

  test('is refused for a Finished of another length', async () => {
    for (const length of [0, 11, 13, 36]) {
      const { error } = await attempt(({ message, sealed }) => {
        return [CCS, sealed(22, message(20, new Uint8Array(length)))]
      })
      assertRefused(error, 'misbehaving-peer', /Finished/)
    }
  })

  test('may ask for a new handshake, warn, and give a ticket, which counts for Finished', async () => {
    const { error, messages } = await attempt((keys) => [
      Uint8Array.of(21, 3, 3, 0, 2, 1, 112),
      CCS,
      right(keys),
      keys.sealed(22, keys.message(0, new Uint8Array(0))),
      keys.sealed(21, CLOSE),
    ])
    assert.equal(error, undefined)
    assert.ok(messages.some(({ name }) => name === 'HelloRequest'))
    const ticket = Uint8Array.of(4, 0, 0, 7, 0, 0, 1, 0, 0, 1, 9)
    const uncounted = await attempt((keys) => [
      concat(Uint8Array.of(22, 3, 3, 0, ticket.length), ticket),
      CCS,
      right(keys),
    ])
    // The server left it out of its hash, the client must not.
    assertRefused(uncounted.error, 'misbehaving-peer', /Finished does not match/)
  })

  test('is refused for data before Finished, or a second ChangeCipherSpec', async () => {
    const data = await attempt((keys) => [CCS, keys.sealed(23, Uint8Array.of(1)), right(keys)])
    assertRefused(data.error, 'misbehaving-peer', /expected Finished, got application_data/)
    const second = await attempt((keys) => [CCS, keys.sealed(20, Uint8Array.of(1)), right(keys)])
    assertRefused(second.error, 'misbehaving-peer', /expected Finished, got change_cipher_spec/)
  })

  test('is refused for records in plain text, or of another version, after ChangeCipherSpec', async () => {
    const plain = await attempt(({ verifyData, message }) => {
      const finished = message(20, verifyData)
      return [CCS, concat(Uint8Array.of(22, 3, 3, 0, finished.length), finished)]
    })
    assertRefused(plain.error, 'misbehaving-peer', /bad_record_mac/)
    const older = await attempt((keys) => {
      const bytes = right(keys)
      bytes[2] = 2
      return [CCS, bytes]
    })
    assertRefused(older.error, 'misbehaving-peer', /a record of version TLS 1.1/)
  })
})

describe('what is checked of the server', () => {
  async function handshakeWith(endEntity: EndEntity): Promise<CompleteHandshake> {
    await using server = await startNodeServer({ endEntity })
    const session = await completeHandshake({
      address: { host: '127.0.0.1', port: server.port, timeout: 60_000 },
      serverName: undefined,
      version: 0x0303,
      report: () => {},
    })
    await session.close()
    return session.handshake
  }

  const trust = { host: 'localhost', trustAnchors: [pki.root.der], time: new Date() }
  const codes = (handshake: CompleteHandshake, other: Partial<typeof trust> = {}): string[] =>
    checkSession(handshake, { ...trust, ...other }).checks.map(({ code }) => code)

  test('holds for the right one', async () => {
    const handshake = await handshakeWith(p256)
    assert.deepEqual(codes(handshake), ['finished', 'signed', 'trusted', 'host-match'])
    assert.deepEqual(codes(handshake, { host: '127.0.0.1' }).at(-1), 'host-match')
  })

  test('fails one by one', async () => {
    const handshake = await handshakeWith(p256)
    const right = codes(handshake)
    const changed = (at: number, code: string): string[] =>
      right.map((each, i) => (i === at ? code : each))
    assert.deepEqual(codes(handshake, { host: 'example.org' }), changed(3, 'host-mismatch'))
    assert.deepEqual(codes(handshake, { trustAnchors: [] }), changed(2, 'unknown-issuer'))
    const late = { time: new Date('2041-01-01') }
    assert.deepEqual(codes(handshake, late), changed(2, 'expired'))
    const early = { time: new Date('2019-12-31T23:59:59.999Z') }
    assert.deepEqual(codes(handshake, early), changed(2, 'not-yet-valid'))
    const { message } = checkSession(handshake, { ...trust, ...early }).checks[2] ?? assert.fail()
    assert.match(
      message,
      /, and the time here is 2019-12-31 23:59:59 UTC: check this machine's clock$/,
    )
    const { signed } = handshake
    assert.ok(signed)
    const signature = Uint8Array.from(signed.signature)
    signature[20] = (signature[20] ?? 0) ^ 1
    const forged = { ...handshake, signed: { ...signed, signature } }
    assert.deepEqual(codes(forged), changed(1, 'bad-signature'))
  })

  test('fails, and does not throw, for certificates that are none', async () => {
    const handshake = await handshakeWith(rsa)
    const broken = { ...handshake, certificates: [Uint8Array.of(0x30, 0)] as const }
    assert.deepEqual(codes(broken), [
      'finished',
      'bad-signature',
      'malformed-certificate',
      'not-reached',
    ])
    const other = mintTestPki({ endEntityKeys: ['ed25519'] }).endEntities[0]?.der
    assert.ok(other)
    assert.equal(codes({ ...handshake, certificates: [other] })[1], 'bad-signature')
  })

  test('judge the signature by the key of a certificate that is not strict DER, and say why it is not', async () => {
    const handshake = await handshakeWith(p256)
    const [endEntity] = handshake.certificates
    const [tag = 0, , ...rest] = endEntity
    assert.equal(endEntity[1], 0x82)
    const notDer = { ...handshake, certificates: [Uint8Array.of(tag, 0x83, 0, ...rest)] as const }
    const { checks } = checkSession(notDer, trust)
    assert.deepEqual(
      checks.map(({ outcome, code }) => `${outcome} ${code}`),
      ['pass finished', 'pass signed', 'fail malformed-certificate', 'unknown not-reached'],
    )
    assert.match(checks[2]?.message ?? '', /malformed: Certificate at byte 1: .* is not minimal/)
  })

  test('do not call a signature wrong whose key is not supported', async () => {
    const handshake = await handshakeWith(p256)
    const { der } = mintCertificate({ subject: 'localhost', key: 'secp256k1' })
    const [, signature] = checkSession({ ...handshake, certificates: [der] }, trust).checks
    assert.equal(`${signature?.outcome} ${signature?.code}`, 'unknown unsupported-scheme')
    assert.match(signature?.message ?? '', /by a key of curve 1\.3\.132\.0\.10 is not supported$/)
  })
})

test('a Host header has brackets for IPv6, and no port 443', () => {
  assert.equal(authorityOf('example.org', 443), 'example.org')
  assert.equal(authorityOf('example.org', 8443), 'example.org:8443')
  assert.equal(authorityOf('::1', 443), '[::1]')
})

test('a date is IMF-fixdate or nothing', () => {
  assert.equal(parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT')?.getTime(), 784111777000)
  for (const text of ['', '0', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun, 31 Feb 1994 08:49:37 GMT']) {
    assert.equal(parseHttpDate(text), null, text)
  }
})

/** A warning: close_notify. */
const CLOSE = Uint8Array.of(1, 0)
