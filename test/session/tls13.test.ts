// Whole TLS 1.3 sessions with a server that does what is rare, or forbidden, under the right keys.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { concat, utf8 } from '../../src/encoding/bytes.ts'
import { HandshakeError } from '../../src/errors.ts'
import { requestHead } from '../../src/session/http.ts'
import type { ObservedMessage } from '../../src/session/observed-message.ts'
import { completeHandshake, type OpenSession } from '../../src/session/session.ts'
import { nextSecret } from '../../src/tls/key-schedule.ts'
import { encodeProtected } from '../../src/tls/tls13-records.ts'
import { type EndEntity, endEntities } from '../support/make/end-entity.ts'
import { mintTestPki } from '../support/make/mint.ts'
import {
  CHANGE_CIPHER_SPEC,
  protection,
  type Tls13FlightOptions,
  type Tls13ServerFlight,
  tls13Records,
} from '../support/make/tls13-flight.ts'
import { alertRecord, record } from '../support/servers/delivery.ts'
import { type Begin, startTls13Server, type Tls13Peer } from '../support/servers/tls13-server.ts'

const pki = mintTestPki({ endEntityKeys: ['p256', 'rsa-2048'] })
const [endEntity, rsa] = endEntities(pki) as [EndEntity, EndEntity]

interface Talk {
  readonly session: OpenSession
  readonly messages: readonly ObservedMessage[]
}

async function open(port: number): Promise<Talk> {
  const messages: ObservedMessage[] = []
  const session = await completeHandshake({
    address: { host: '127.0.0.1', port, timeout: 60_000 },
    serverName: 'localhost',
    version: 0x0304,
    report: (message) => messages.push(message),
  })
  return { session, messages }
}

const message = (type: number, ...body: readonly number[]): Uint8Array =>
  Uint8Array.of(type, 0, 0, body.length, ...body)

const OK = utf8('HTTP/1.1 200 OK\r\n\r\n')
const CLOSE_NOTIFY = Uint8Array.of(1, 0)

/** struct { uint32 lifetime, age_add; opaque nonce<0..255>; opaque ticket<1..2^16-1>; Extension extensions<0..2^16-2> } */
const TICKET = message(4, 0, 0, 28, 32, 1, 2, 3, 4, 0, 0, 1, 9, 0, 0)

describe('after the handshake', () => {
  test('keys are updated by the server, and by both sides when it asks for that', async () => {
    for (const isAsked of [false, true]) {
      const talk = async (peer: Tls13Peer): Promise<void> => {
        const { flight, next, write } = peer
        const { hash } = flight.cipher
        const request = peer.open(await next())
        assert.match(Buffer.from(request.content).toString(), /^HEAD \/ HTTP/)
        write(encodeProtected(peer.seal(22, message(24, isAsked ? 1 : 0))))
        const updated = protection(flight.cipher, {
          server: nextSecret(hash, flight.application.server),
          client: isAsked ? nextSecret(hash, flight.application.client) : flight.application.client,
        })
        if (isAsked) assert.deepEqual(peer.open(await next()).content, message(24, 0))
        write(encodeProtected(updated.seal(22, TICKET)), encodeProtected(updated.seal(23, OK)))
        const open = isAsked ? updated.open : peer.open
        assert.deepEqual(open(await next()), { type: 21, content: CLOSE_NOTIFY })
        write(encodeProtected(updated.seal(21, CLOSE_NOTIFY)))
      }
      await using server = await startTls13Server({ endEntity }, talk)
      const { session, messages } = await open(server.port)
      const answer = await requestHead(session.channel, 'localhost')
      assert.equal(answer.status, 'HTTP/1.1 200 OK')
      assert.notEqual(await session.close(), 'end')
      assert.deepEqual(server.failures, [])
      const updates = messages.filter(({ name }) => name === 'KeyUpdate')
      assert.deepEqual(
        updates.map(({ sender }) => sender),
        isAsked ? ['server', 'client'] : ['server'],
      )
      assert.ok(messages.some(({ name }) => name === 'NewSessionTicket'))
    }
  })

  test('an update asked for after close_notify gets none', async () => {
    const talk = async ({ open: unseal, seal, flight, next, write }: Tls13Peer): Promise<void> => {
      assert.deepEqual(unseal(await next()).content, CLOSE_NOTIFY)
      write(encodeProtected(seal(22, message(24, 1))))
      const { server, client } = flight.application
      const secret = nextSecret(flight.cipher.hash, server)
      const updated = protection(flight.cipher, { client, server: secret })
      write(encodeProtected(updated.seal(21, CLOSE_NOTIFY)))
    }
    await using server = await startTls13Server({ endEntity }, talk)
    const { session, messages } = await open(server.port)
    assert.notEqual(await session.close(), 'end')
    assert.deepEqual(server.failures, [])
    assert.deepEqual(
      messages.filter(({ name }) => name === 'KeyUpdate').map(({ sender }) => sender),
      ['server'],
    )
  })

  const refusals: readonly (readonly [
    title: string,
    late: (peer: Tls13Peer) => readonly Uint8Array[],
    message: RegExp,
  ])[] = [
    [
      'a CertificateRequest',
      ({ seal }) => [encodeProtected(seal(22, message(13, 0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3)))],
      /expected application data, got CertificateRequest/,
    ],
    [
      'a HelloRequest',
      ({ seal }) => [encodeProtected(seal(22, message(0)))],
      /expected application data, got HelloRequest/,
    ],
    ['a ChangeCipherSpec', () => [CHANGE_CIPHER_SPEC], /expected application data, got change_ci/],
    [
      'a KeyUpdate of no kind',
      ({ seal }) => [encodeProtected(seal(22, message(24, 2)))],
      /expected 0 or 1, got 2/,
    ],
    [
      'a message across a change of keys',
      ({ seal }) => [encodeProtected(seal(22, concat(message(24, 0), message(24, 0))))],
      /spans a change of keys/,
    ],
    ['an alert in plain text', () => [alertRecord(2, 80)], /content type 21 in plaintext/],
    [
      'tickets without end',
      ({ seal }) => Array.from({ length: 5000 }, () => encodeProtected(seal(22, TICKET))),
      /more than 4096 messages/,
    ],
  ]
  for (const [title, late, pattern] of refusals) {
    test(`${title} is refused`, async () => {
      const talk = (peer: Tls13Peer): void => peer.write(...late(peer))
      await using server = await startTls13Server({ endEntity }, talk)
      const { session } = await open(server.port)
      const asked = requestHead(session.channel, 'localhost')
      await assert.rejects(asked, { code: 'misbehaving-peer', message: pattern })
      session.abort(undefined)
    })
  }
})

describe('a handshake is refused for', () => {
  const cases: readonly (readonly [
    title: string,
    options: Partial<Tls13FlightOptions>,
    begin: Begin,
    message: RegExp,
    alert: number,
  ])[] = [
    [
      'a wrong Finished',
      {},
      (flight) => tls13Records({ ...flight, messages: flight.messages.map(spoilFinished) }),
      /does not match the handshake \(decrypt_error\)/,
      51,
    ],
    [
      'a short Finished',
      {},
      (flight) => tls13Records(withFinished(flight, message(20, 1))),
      /decrypt_error/,
      51,
    ],
    [
      'no Finished',
      {},
      (flight) => tls13Records(withFinished(flight, TICKET)),
      /expected Finished, got NewSessionTicket/,
      10,
    ],
    [
      'data before Finished',
      {},
      (flight) =>
        tls13Records({ ...flight, messages: flight.messages.slice(0, -1) }).concat(
          encodeProtected(flight.seal(23, OK)),
        ),
      /got application_data/,
      10,
    ],
    [
      'more in the record of Finished',
      {},
      (flight) => {
        const finished = flight.messages.at(-1) ?? assert.fail()
        return tls13Records(withFinished(flight, concat(finished, TICKET)))
      },
      /spans a change of keys/,
      10,
    ],
    [
      'more in the record of ServerHello',
      {},
      ({ serverHello }) => [record(22, concat(serverHello, message(8, 0, 0)))],
      /spans a change of keys/,
      10,
    ],
    [
      'plain text after ServerHello',
      {},
      ({ serverHello }) => [record(22, serverHello), record(22, message(8, 0, 0))],
      /content type 22 in plaintext/,
      10,
    ],
    [
      'a flood of ChangeCipherSpecs',
      {},
      () => Array.from({ length: 20 }, () => CHANGE_CIPHER_SPEC),
      /ChangeCipherSpec/,
      10,
    ],
    [
      'an empty record',
      {},
      ({ serverHello, seal }) => [
        record(22, serverHello),
        encodeProtected(seal(22, new Uint8Array(0))),
      ],
      /an empty handshake record/,
      47,
    ],
    ['another session_id', { sessionId: new Uint8Array(32) }, tls13Records, /session_id/, 47],
    ['no certificate', { certificates: [] }, tls13Records, /no certificate/, 50],
    [
      'PKCS #1',
      { endEntity: rsa, scheme: 0x0401 },
      tls13Records,
      /rsa_pkcs1_sha256 in TLS 1.3/,
      47,
    ],
    [
      'an extension not offered',
      { encryptedExtensions: [{ type: 16, body: new Uint8Array(0) }] },
      tls13Records,
      /which was not offered/,
      110,
    ],
    [
      'what does not parse',
      {
        encryptedExtensions: [{ type: 10, body: new Uint8Array(0) }],
        mutate: ([first, ...others]) => [first?.with(5, 3) ?? assert.fail(), ...others],
      },
      tls13Records,
      /EncryptedExtensions/,
      50,
    ],
  ]
  for (const [title, options, begin, pattern, alert] of cases) {
    test(title, async () => {
      const messages: ObservedMessage[] = []
      await using server = await startTls13Server({ endEntity, ...options }, undefined, begin)
      const handshake = completeHandshake({
        address: { host: '127.0.0.1', port: server.port, timeout: 60_000 },
        serverName: 'localhost',
        version: 0x0304,
        report: (one) => messages.push(one),
      })
      await assert.rejects(handshake, (error) => {
        assert.ok(error instanceof HandshakeError, `${error}`)
        assert.match(error.message, pattern)
        assert.equal(error.code, 'misbehaving-peer')
        return true
      })
      const last = messages.at(-1)
      assert.deepEqual([last?.sender, last?.name], ['client', 'Alert'])
      assert.equal(last?.fields[1]?.bytes[0], alert)
    })
  }

  test('a server of TLS 1.2, with what it speaks', async () => {
    await using server = await startTls13Server({ endEntity, selectedVersion: null })
    await assert.rejects(open(server.port), {
      code: 'incompatible-peer',
      message: /the server speaks TLS 1.2, not TLS 1.3/,
    })
  })
})

function spoilFinished(one: Uint8Array): Uint8Array {
  return one[0] === 20 ? one.with(-1, (one.at(-1) ?? 0) ^ 1) : one
}

/** The flight with another message for the server's Finished. */
function withFinished(flight: Tls13ServerFlight, last: Uint8Array): Tls13ServerFlight {
  return { ...flight, messages: [...flight.messages.slice(0, -1), last] }
}
