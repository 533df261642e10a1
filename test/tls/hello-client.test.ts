// The shortest exchange: what answers a ClientHello, in any chunks, and what is refused for one.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Writer } from '../../src/encoding/presentation.ts'
import { HandshakeError } from '../../src/errors.ts'
import type { HelloOptions } from '../../src/tls/client-hello.ts'
import { type HelloAnswer, openHelloExchange } from '../../src/tls/hello-client.ts'
import { decodeClientHello } from '../../src/tls/messages.ts'
import { encodeMessage, serverFlight } from '../support/make/flight.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { alertRecord, record } from '../support/servers/delivery.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256', 'rsa-2048'] })
const [p256, rsa] = endEntities(pki)
const clientRandom = new Uint8Array(32).fill(0xc1)
const usual: HelloOptions = { clientRandom, statusRequest: false }

interface Hello {
  readonly version?: number
  readonly cipherSuite?: number
  readonly compression?: number
  readonly extensions?: readonly { readonly type: number; readonly body: Uint8Array }[]
}

function serverHello(options: Hello = {}, endEntity: EndEntity = p256): Uint8Array {
  const [message] = serverFlight({ endEntity, clientRandom, ...options })
  assert.ok(message)
  return encodeMessage(message)
}

function answerTo(options: HelloOptions, ...chunks: readonly Uint8Array[]): HelloAnswer {
  const exchange = openHelloExchange(options)
  const done = chunks.map((chunk) => exchange.receive(chunk)).at(-1)
  assert.equal(done, true)
  assert.ok(exchange.answer)
  return exchange.answer
}

function refuses(code: string, message: RegExp, options: HelloOptions, bytes: Uint8Array): void {
  assert.throws(
    () => openHelloExchange(options).receive(bytes),
    (error) =>
      error instanceof HandshakeError && error.code === code && message.test(error.message),
  )
}

describe('a ClientHello for asking', () => {
  const offerOf = (options: Partial<HelloOptions>): ReturnType<typeof decodeClientHello> =>
    decodeClientHello(openHelloExchange({ ...usual, ...options }).hello.subarray(5))

  test('offers what it is told to, and nothing else', () => {
    const offer = offerOf({ cipherSuites: [0x0005], groups: [0x0018], signatureSchemes: [0x0201] })
    assert.deepEqual(offer.cipherSuites, [0x0005])
    assert.deepEqual(offer.groups, [0x0018])
    assert.deepEqual(offer.signatureSchemes, [0x0201])
    assert.equal(offer.version, 0x0303)
  })

  test('keeps to its version, and leaves out schemes before TLS 1.2', () => {
    const offer = offerOf({ version: 0x0301 })
    assert.equal(offer.version, 0x0301)
    assert.equal(offer.signatureSchemes, undefined)
    assert.ok(!offer.cipherSuites.includes(0xc02b))
    assert.ok(offer.cipherSuites.includes(0xc009))
  })

  test('asks for TLS 1.3 alone, without a key share', () => {
    const offer = offerOf({ version: 0x0304 })
    assert.equal(offer.version, 0x0303)
    assert.deepEqual(offer.cipherSuites, [0x1301, 0x1302, 0x1303])
    const contents = new Map(offer.extensions.map(({ type, content }) => [type, [...content]]))
    assert.deepEqual(contents.get(43), [2, 3, 4])
    assert.deepEqual(contents.get(51), [0, 0])
  })
})

describe('an exchange of hellos', () => {
  test('ends with the ServerHello, whatever follows it', () => {
    const hello = record(22, serverHello())
    for (const rest of [new Uint8Array(0), Uint8Array.of(1, 2, 3), alertRecord(2, 40)]) {
      const { version, cipherSuite } = answerTo(usual, Buffer.concat([hello, rest]))
      assert.deepEqual([version, cipherSuite], [0x0303, 0xc02b])
    }
  })

  test('takes a ServerHello in any chunks and records', () => {
    const message = serverHello()
    const whole = record(22, message)
    answerTo(usual, ...[...whole].map((byte) => Uint8Array.of(byte)))
    const records = [...message].map((byte) => record(22, Uint8Array.of(byte)))
    answerTo(usual, Buffer.concat(records))
    const request = record(22, Uint8Array.of(0, 0, 0, 0))
    answerTo(usual, alertRecord(1, 112), request, whole)
  })

  test('wants more while there is less', () => {
    const whole = record(22, serverHello())
    for (let length = 0; length < whole.length; length++) {
      const exchange = openHelloExchange(usual)
      assert.equal(exchange.receive(whole.subarray(0, length)), false)
      assert.equal(exchange.answer, undefined)
    }
  })

  test('takes any suite that was asked for', () => {
    for (const code of [0x002f, 0x0018, 0x008c, 0xc02b]) {
      const options = { ...usual, cipherSuites: [code] }
      const hello = record(22, serverHello({ cipherSuite: code }, rsa))
      assert.equal(answerTo(options, hello).cipherSuite, code)
    }
  })

  test('takes an older version, which says which one the server speaks', () => {
    const hello = record(22, serverHello({ version: 0x0301, cipherSuite: 0xc009 }))
    assert.equal(answerTo(usual, hello).version, 0x0301)
  })

  const selected = { type: 43, body: Uint8Array.of(3, 4) }

  test('takes TLS 1.3 from a HelloRetryRequest with a cookie', () => {
    const cookie = { type: 44, body: Uint8Array.of(0, 1, 7) }
    const group = { type: 51, body: Uint8Array.of(0, 29) }
    const extensions = [selected, group, cookie]
    const hello = record(22, serverHello({ cipherSuite: 0x1302, extensions }))
    const { version, cipherSuite } = answerTo({ ...usual, version: 0x0304 }, hello)
    assert.deepEqual([version, cipherSuite], [0x0304, 0x1302])
  })

  test('refuses TLS 1.3 that was not asked for, and suites beside those asked for', () => {
    const tls13 = record(22, serverHello({ extensions: [selected] }))
    refuses('misbehaving-peer', /supported_versions, which was not offered/, usual, tls13)
    const other = record(22, serverHello({ cipherSuite: 0xc030 }))
    const options = { ...usual, cipherSuites: [0xc02b] }
    refuses('misbehaving-peer', /which was not offered/, options, other)
    const extensions = [selected]
    const ask13 = { ...usual, version: 0x0304 }
    refuses('misbehaving-peer', /not offered/, ask13, record(22, serverHello({ extensions })))
  })

  test('reports an alert by its number, and what is no TLS as such', () => {
    refuses('alert', /handshake_failure\(40\)/, usual, alertRecord(2, 40))
    refuses('alert', /close_notify\(0\)/, usual, alertRecord(1, 0))
    refuses('incompatible-peer', /plain HTTP/, usual, Buffer.from('HTTP/1.1 400 Bad Request'))
    refuses('incompatible-peer', /does not speak TLS/, usual, new Uint8Array(9).fill(0xa5))
  })

  test('refuses everything that is no ServerHello', () => {
    const certificate = new Writer()
      .u8(11)
      .opaque(3, Uint8Array.of(0, 0, 0))
      .done()
    const refused: readonly (readonly [RegExp, Uint8Array])[] = [
      [/expected ServerHello, got Certificate/, record(22, certificate)],
      [/content type 23/, record(23, Uint8Array.of(1))],
      [/content type 20/, record(20, Uint8Array.of(1))],
      [/an empty handshake record/, record(22, new Uint8Array(0))],
      [/malformed alert/, record(21, Uint8Array.of(2))],
      [/of 16777215 bytes/, record(22, Uint8Array.of(2, 255, 255, 255))],
      [/compression method 1/, record(22, serverHello({ compression: 1 }))],
      [/ServerHello at byte/, record(22, Uint8Array.of(2, 0, 0, 2, 3, 3))],
    ]
    for (const [message, bytes] of refused) refuses('misbehaving-peer', message, usual, bytes)
  })

  test('does not read on for ever', () => {
    const exchange = openHelloExchange(usual)
    const warnings = Buffer.concat(Array<Uint8Array>(1000).fill(alertRecord(1, 112)))
    assert.throws(() => {
      for (let i = 0; i < 1000; i++) exchange.receive(warnings)
    }, /more than 32768 records/)
  })
})
