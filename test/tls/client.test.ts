import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { HandshakeError, type HandshakeErrorCode } from '../../src/errors.ts'
import { HandshakeClient } from '../../src/tls/client.ts'
import { decodeClientHello } from '../../src/tls/messages.ts'
import { casesOf } from '../support/harness/sweep-step.ts'
import { encodeMessage, replaceBody, serverFlight } from '../support/make/flight.ts'
import { type CaptureOptions, capture } from '../support/make/handshake.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { alertRecord, DELIVERIES, deliver, fragments, record } from '../support/servers/delivery.ts'
import { endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256', 'rsa-2048'] })
const [p256, rsa] = endEntities(pki)
const RANDOM = new Uint8Array(32).fill(0xc1)
const right = capture({ endEntity: p256, ocsp: Uint8Array.of(0x30, 0), certificateRequest: true })

function freshClient(): HandshakeClient {
  return new HandshakeClient({ clientRandom: RANDOM, statusRequest: true })
}

/** Whether a fresh client is done after these chunks. */
function feed(client: HandshakeClient, ...chunks: readonly Uint8Array[]): boolean {
  return chunks.map((chunk) => client.receive(chunk)).at(-1) ?? false
}

function refuses(
  code: HandshakeErrorCode,
  message: RegExp,
  ...chunks: readonly Uint8Array[]
): HandshakeError {
  const client = freshClient()
  let thrown: unknown
  try {
    assert.equal(feed(client, ...chunks), false)
  } catch (error) {
    thrown = error
  }
  assert.ok(thrown instanceof HandshakeError, `${code}: ${thrown ?? 'no error'}`)
  assert.equal(thrown.code, code, thrown.message)
  assert.match(thrown.message, message)
  return thrown
}

/** A client that has this answer to read. */
function meets(options: CaptureOptions): () => boolean {
  const { client, stream } = capture(options)
  return () => client.receive(stream())
}

function bytes(chunk: Uint8Array): Uint8Array[] {
  return [...chunk].map((byte) => Uint8Array.of(byte))
}

describe('the ClientHello', () => {
  const hello = (serverName?: string, statusRequest = true): HandshakeClient =>
    new HandshakeClient({
      clientRandom: RANDOM,
      statusRequest,
      ...(serverName !== undefined && { serverName }),
    })

  test('is one handshake record of TLS 1.0, then one message of TLS 1.2', () => {
    const { hello: sent } = hello('example.org')
    const size = (sent[3] ?? 0) * 256 + (sent[4] ?? 0)
    assert.deepEqual([...sent.subarray(0, 3)], [22, 3, 1])
    assert.equal(sent.length, 5 + size)
    const { version, random, sessionId } = decodeClientHello(sent.subarray(5))
    assert.equal(version, 0x0303)
    assert.deepEqual(random, RANDOM)
    assert.equal(sessionId.length, 0)
  })

  test('names the host when there is a name, and no other', () => {
    assert.equal(
      decodeClientHello(hello('example.org').hello.subarray(5)).serverName,
      'example.org',
    )
    const { extensions } = decodeClientHello(hello().hello.subarray(5))
    assert.ok(!extensions.some(({ type }) => type === 0))
  })

  test('offers signed suites only, with the groups and schemes that all servers need', () => {
    const { cipherSuites, groups, signatureSchemes, extensions } = decodeClientHello(
      hello().hello.subarray(5),
    )
    assert.deepEqual(groups, [0x001d, 0x0017, 0x0018, 0x0019, 0x0100])
    for (const scheme of [0x0403, 0x0401, 0x0804, 0x0807]) {
      assert.ok(signatureSchemes?.includes(scheme), scheme.toString(16))
    }
    assert.ok(signatureSchemes?.every((scheme) => scheme >> 8 >= 4))
    for (const suite of [0xc02b, 0xc02f, 0x009e]) assert.ok(cipherSuites.includes(suite))
    for (const suite of [0x009c, 0x002f, 0x0034, 0x00ff]) assert.ok(!cipherSuites.includes(suite))
    const types = extensions.map(({ type }) => type)
    assert.deepEqual(types, [0x0017, 0xff01, 0x000a, 0x000b, 0x0005, 0x000d])
    for (const never of [16, 35, 41, 43, 51]) assert.ok(!types.includes(never))
  })

  test('asks for a stapled response only when told to', () => {
    const { extensions } = decodeClientHello(hello(undefined, false).hello.subarray(5))
    assert.ok(!extensions.some(({ type }) => type === 5))
  })

  test('takes a random of exactly 32 bytes', () => {
    for (const length of [0, 31, 33]) {
      const clientRandom = new Uint8Array(length)
      assert.throws(() => new HandshakeClient({ clientRandom, statusRequest: true }), RangeError)
    }
  })

  test('is the transcript’s', () => {
    const client = freshClient()
    feed(client, right.stream())
    assert.deepEqual(client.transcript.clientHello, client.hello.subarray(5))
  })
})

describe('a right flight', () => {
  const received = (chunks: readonly Uint8Array[]): void => {
    const client = freshClient()
    for (const [i, chunk] of chunks.entries()) {
      assert.equal(client.receive(chunk), i === chunks.length - 1)
    }
    assert.deepEqual(plain(client.transcript), plain(right.transcript))
  }

  for (const delivery of DELIVERIES) {
    test(`gives the one transcript, delivered ${delivery}`, () => {
      received(deliver(right.messages, delivery))
      received(bytes(right.stream(delivery)))
    })
  }

  test('gives the one transcript in any records and any chunks', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(sizes, sizes, (records, chunks) => {
        const stream = Buffer.concat(fragments(Buffer.concat(right.messages), records))
        const parts: Uint8Array[] = []
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const end = at + (chunks[turn % chunks.length] ?? 1)
          parts.push(stream.subarray(at, end))
          at = end
        }
        received(parts)
      }),
      { numRuns: casesOf(200) },
    )
  })

  test('is answered with what came last in the stream not looked at', () => {
    const client = freshClient()
    const garbage = Buffer.from('garbage')
    assert.equal(client.receive(Buffer.concat([right.stream(), garbage])), true)
    assert.equal(client.receive(garbage), true)
    assert.equal(client.receive(right.stream()), true)
    assert.equal(client.receive(new Uint8Array(2 ** 20)), true)
    assert.deepEqual(plain(client.transcript), plain(right.transcript))
  })

  test('may have warnings and HelloRequests within', () => {
    const idle = record(22, encodeMessage({ type: 0, body: new Uint8Array(0) }))
    const between = Buffer.concat([
      alertRecord(1, 112),
      idle,
      record(21, Uint8Array.of(1, 90, 1, 100)),
    ])
    const records = deliver(right.messages, 'record-by-record').flatMap((one) => [between, one])
    received(records)
  })

  test('may have any TLS version in its record headers', () => {
    for (const version of [0x0300, 0x0301, 0x0302, 0x0304]) {
      received([Buffer.concat(deliver(right.messages, 'whole', version))])
    }
  })

  test('has no transcript before it is there', () => {
    const client = freshClient()
    assert.equal(client.answered, false)
    assert.throws(() => client.transcript, RangeError)
    client.receive(deliver(right.messages, 'record-by-record')[0] ?? new Uint8Array(0))
    assert.equal(client.answered, true)
    assert.throws(() => client.transcript, RangeError)
  })
})

/** The same bytes as the same type of array, for comparison. */
function plain(transcript: object): object {
  return Object.fromEntries(Object.entries(transcript).map(([name, value]) => [name, [...value]]))
}

describe('alerts', () => {
  test('a fatal one ends the handshake and gives its number', () => {
    for (const description of [40, 70, 80, 112, 0, 255]) {
      assert.equal(refuses('alert', /alert/, alertRecord(2, description)).alert, description)
    }
    assert.match(refuses('alert', /./, alertRecord(2, 40)).message, /handshake_failure\(40\)/)
  })

  test('close_notify ends it at any level', () => {
    assert.equal(refuses('alert', /close_notify/, alertRecord(1, 0)).alert, 0)
  })

  test('a level that nobody defined is fatal', () => {
    refuses('alert', /./, alertRecord(3, 40))
  })

  test('a cut one is misbehaving', () => {
    for (const fragment of [[], [1], [1, 112, 1]]) {
      refuses('misbehaving-peer', /malformed alert/, record(21, Uint8Array.from(fragment)))
    }
  })
})

describe('messages out of order', () => {
  const mutated = (mutate: NonNullable<CaptureOptions['mutate']>): Uint8Array =>
    capture({ endEntity: p256, ocsp: Uint8Array.of(1), certificateRequest: true, mutate }).stream()
  const names = ['serverHello', 'certificate', 'certificateStatus', 'serverKeyExchange']

  test('a message twice is misbehaving', () => {
    for (const name of [...names, 'certificateRequest']) {
      const stream = mutated((list) =>
        list.flatMap((one) => (one.name === name ? [one, one] : [one])),
      )
      refuses('misbehaving-peer', /expected .*, got/, stream)
    }
  })

  test('two neighbours swapped are misbehaving', () => {
    for (let i = 0; i < 5; i++) {
      const stream = mutated((list) => {
        const swapped = [...list]
        swapped.splice(i, 2, ...swapped.slice(i, i + 2).reverse())
        return swapped
      })
      const client = freshClient()
      // ServerHelloDone before CertificateRequest is just the end
      if (i === 4) assert.equal(client.receive(stream), true)
      else assert.throws(() => client.receive(stream), HandshakeError)
    }
  })

  test('a missing message is misbehaving', () => {
    for (const name of ['serverHello', 'certificate', 'serverKeyExchange']) {
      refuses(
        'misbehaving-peer',
        /expected/,
        mutated((list) => list.filter((one) => one.name !== name)),
      )
    }
  })

  test('a message of another kind is misbehaving at each place', () => {
    for (let i = 0; i < 6; i++) {
      for (const type of [1, 3, 4, 8, 15, 16, 20, 21, 24, 255]) {
        const odd = { name: 'helloRequest', type, body: Uint8Array.of(0) } as const
        const stream = mutated((list) => [...list.slice(0, i), odd, ...list.slice(i)])
        refuses('misbehaving-peer', /expected .*, got/, stream)
      }
    }
  })

  test('a HelloRequest or a ServerHelloDone with a body is misbehaving', () => {
    const odd = { name: 'helloRequest', type: 0, body: Uint8Array.of(0) } as const
    refuses(
      'misbehaving-peer',
      /HelloRequest/,
      mutated((list) => [odd, ...list]),
    )
    const stream = mutated((list) => replaceBody(list, 'serverHelloDone', () => Uint8Array.of(0)))
    refuses('misbehaving-peer', /ServerHelloDone/, stream)
  })

  test('records of another kind are misbehaving', () => {
    const first = deliver(right.messages, 'record-by-record')[0] ?? new Uint8Array(0)
    for (const type of [20, 23, 24]) {
      refuses('misbehaving-peer', /content type/, record(type, Uint8Array.of(1)))
      refuses('misbehaving-peer', /content type/, first, record(type, Uint8Array.of(1)))
    }
  })
})

describe('a server of another kind is incompatible', () => {
  test('one that does not speak TLS', () => {
    refuses('incompatible-peer', /plain HTTP/, Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))
    refuses('incompatible-peer', /does not speak TLS/, Buffer.from('220 mail ESMTP\r\n'))
    refuses('incompatible-peer', /does not speak TLS/, Buffer.from('SSH-2.0-x\r\n'))
    refuses('incompatible-peer', /does not speak TLS/, ...bytes(Buffer.from('HTTP/1.1')))
  })

  test('one that stops to speak it later is misbehaving', () => {
    const first = deliver(right.messages, 'record-by-record')[0] ?? new Uint8Array(0)
    refuses('misbehaving-peer', /not a TLS record/, first, Buffer.from('HTTP/1.1 400\r\n'))
  })

  test('one that speaks an older version', () => {
    for (const version of [0x0301, 0x0302, 0x0300]) {
      assert.throws(meets({ endEntity: rsa, version }), { code: 'incompatible-peer' })
    }
  })

  test('one that does not fit its own ServerHello, though, is misbehaving at the end', () => {
    assert.throws(meets({ endEntity: p256, scheme: 0x0203 }), { code: 'misbehaving-peer' })
    assert.throws(meets({ endEntity: p256, cipherSuite: 0xc02f }), { code: 'misbehaving-peer' })
    assert.throws(meets({ endEntity: p256, group: 0x001e }), { code: 'misbehaving-peer' })
    assert.throws(meets({ endEntity: p256, compression: 1 }), { code: 'misbehaving-peer' })
    assert.throws(meets({ endEntity: p256, certificates: [] }), { code: 'misbehaving-peer' })
    assert.throws(meets({ endEntity: rsa, keyExchange: 'rsa' }), { code: 'misbehaving-peer' })
    assert.throws(meets({ endEntity: p256, version: 0x0304 }), { code: 'misbehaving-peer' })
  })
})

describe('limits', () => {
  const [serverHello = new Uint8Array(0)] = deliver(right.messages, 'record-by-record')

  /** Bytes taken until the refusal. */
  const takenBefore = (message: RegExp, unit: Uint8Array, ...first: Uint8Array[]): number => {
    const client = freshClient()
    feed(client, ...first)
    let taken = 0
    assert.throws(
      () => {
        for (; taken < 2 ** 20; taken += unit.length) client.receive(unit)
      },
      (error) => {
        assert.ok(error instanceof HandshakeError && error.code === 'misbehaving-peer')
        assert.match(error.message, message)
        return true
      },
    )
    return taken
  }

  test('a message that announces more than 2^17 bytes is refused by its header', () => {
    const certificate = (length: number): Uint8Array =>
      record(22, Uint8Array.of(11, length >> 16, (length >> 8) & 255, length & 255))
    refuses('misbehaving-peer', /131073 bytes/, serverHello, certificate(2 ** 17 + 1))
    assert.equal(feed(freshClient(), serverHello, certificate(2 ** 17)), false)
    refuses('misbehaving-peer', /16777215 bytes/, record(22, Uint8Array.of(2, 255, 255, 255)))
  })

  test('a record that is longer than any is refused by its header', () => {
    refuses('incompatible-peer', /./, Uint8Array.of(22, 3, 3, 0x48, 0x01))
    refuses('misbehaving-peer', /at most/, serverHello, Uint8Array.of(22, 3, 3, 0xff, 0xff))
    const plain = record(22, new Uint8Array(2 ** 14 + 1))
    refuses('misbehaving-peer', /plaintext record of 16385 bytes/, serverHello, plain)
  })

  test('an empty handshake record is refused', () => {
    refuses('misbehaving-peer', /empty/, record(22, new Uint8Array(0)))
    refuses('misbehaving-peer', /empty/, serverHello, record(22, new Uint8Array(0)))
  })

  test('warnings without end are refused', () => {
    assert.ok(takenBefore(/more than/, alertRecord(1, 112)) < 2 ** 18)
  })

  test('HelloRequests without end are refused', () => {
    const idle = encodeMessage({ type: 0, body: new Uint8Array(0) })
    assert.ok(takenBefore(/more than|longer than/, record(22, idle)) <= 2 ** 18)
    assert.ok(
      takenBefore(/more than|longer than/, record(22, Buffer.concat(Array(4000).fill(idle)))) <=
        2 ** 18,
    )
  })

  test('a message in more than 2^15 records is refused', () => {
    const start = record(22, Uint8Array.of(11, 2, 0, 0))
    const taken = takenBefore(/records/, record(22, Uint8Array.of(0)), serverHello, start)
    assert.ok(taken <= 6 * 2 ** 15)
  })

  test('one huge chunk is refused too', () => {
    refuses('misbehaving-peer', /flight is longer than/, new Uint8Array(2 ** 18 + 1).fill(22))
  })

  test('a flight of just under the limit is taken', () => {
    const certificates = Array<Uint8Array>(8).fill(new Uint8Array(16000).fill(0x30))
    const large = capture({
      endEntity: p256,
      certificates: [...p256.certificates, ...certificates],
    })
    assert.equal(large.client.receive(large.stream()), true)
  })
})

describe('whatever comes', () => {
  const survives = (...chunks: readonly Uint8Array[]): void => {
    try {
      feed(freshClient(), ...chunks)
    } catch (error) {
      assert.ok(error instanceof HandshakeError, String(error))
    }
  }

  test('arbitrary bytes give nothing but HandshakeError', () => {
    const chunk = fc.uint8Array({ maxLength: 300 })
    fc.assert(
      fc.property(chunk, chunk, (a, b) => survives(a, b)),
      { numRuns: casesOf(1000) },
    )
  })

  test('arbitrary handshake bytes in records give nothing but HandshakeError', () => {
    const type = fc.constantFrom(0, 2, 11, 12, 13, 14, 22)
    const message = fc
      .tuple(type, fc.uint8Array({ maxLength: 100 }))
      .map(([kind, body]) => encodeMessage({ type: kind, body }))
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 6 }), (messages) =>
        survives(...deliver(messages)),
      ),
      { numRuns: casesOf(500) },
    )
  })

  test('a right flight with bytes changed, cut out or put in gives nothing but HandshakeError', () => {
    const stream = Buffer.from(right.stream())
    const edit = fc.record({
      at: fc.nat(stream.length - 1),
      drop: fc.nat(8),
      insert: fc.uint8Array({ maxLength: 8 }),
    })
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let changed = stream
        for (const { at, drop, insert } of edits) {
          changed = Buffer.concat([changed.subarray(0, at), insert, changed.subarray(at + drop)])
        }
        survives(changed)
      }),
      { numRuns: casesOf(1000) },
    )
  })

  test('a right flight with any one message body changed gives nothing but HandshakeError', () => {
    const flight = serverFlight({ endEntity: p256, clientRandom: RANDOM, ocsp: Uint8Array.of(1) })
    for (const { name, body } of flight) {
      const places = fc.tuple(fc.nat(Math.max(0, body.length - 1)), fc.nat(255))
      fc.assert(
        fc.property(places, ([at, value]) => {
          const changed = replaceBody(flight, name, (old) =>
            old.length > 0 ? Uint8Array.from(old.with(at, value)) : Uint8Array.of(value),
          )
          survives(...deliver(changed.map(encodeMessage)))
        }),
        { numRuns: casesOf(200) },
      )
    }
  })
})
