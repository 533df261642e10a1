// The work of inspect grows with the length of what it reads and prints, not with its square.

import '../support/harness/counting.ts'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { conversationLines } from '../../src/cli/text/conversation.ts'
import { Writer } from '../../src/encoding/presentation.ts'
import { inspectHandshake } from '../../src/index.ts'
import { inspectConnection } from '../../src/inspect/connection.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { assertLinear } from '../support/harness/counting.ts'
import { repositoryPath } from '../support/harness/repository.ts'
import { encodeMessage } from '../support/make/flight.ts'
import { capture } from '../support/make/handshake.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { fragments, record } from '../support/servers/delivery.ts'
import { endEntities } from '../support/servers/servers.ts'

const [endEntity] = endEntities(mintTestPki({ endEntityKeys: ['p256'] }))
const suites = new Writer().u16(0x0303).bytes(new Uint8Array(32)).u8(0)
suites.opaque(2, new Uint8Array(1900)).u8(1, 0)
const small = encodeMessage({ type: 11, body: new Uint8Array(200) })
const { serverHello, serverKeyExchange } = capture({ endEntity }).transcript
const oneByte = [1, 0, 0, 4, 9, 9, 9, 9].map((byte) => record(22, Uint8Array.of(byte)))
const flight = readFileSync(repositoryPath('test/fixtures/recordings/tls12.server.raw'))

/** What the streams are made of: one after the other, or the size of a list in one message. */
const SHAPES: Readonly<Record<string, Uint8Array | ((length: number) => Uint8Array)>> = {
  'whole flights': flight,
  'empty messages': record(22, new Uint8Array(4000)),
  'messages that do not parse': record(22, Buffer.concat(Array(5).fill(small))),
  'messages in records of one byte': Buffer.concat(oneByte),
  'records of one byte': record(22, Uint8Array.of(0)),
  'empty records': record(24, new Uint8Array(0)),
  'empty records of application data': record(23, new Uint8Array(0)),
  'alerts in a record each': record(21, Uint8Array.of(1, 0)),
  'warning alerts': record(21, Buffer.alloc(4000, Uint8Array.of(1, 112))),
  'greetings that never end': Buffer.from('220-mail\r\n250 STARTTLS\r\n'),
  'bytes that may begin a record': Buffer.from('16030116031603011603010200010300', 'hex'),
  ChangeCipherSpec: record(20, Uint8Array.of(1)),
  'hellos with many suites': record(22, encodeMessage({ type: 1, body: suites.done() })),
  'key exchanges': record(22, Buffer.concat([serverHello, serverKeyExchange])),
  'a list of broken certificates': (length) => {
    const list = Buffer.alloc(length - (length % 4), Uint8Array.of(0, 0, 1, 0x30))
    const body = new Writer().opaque(3, list).done()
    return Buffer.concat(fragments(encodeMessage({ type: 11, body }), [2 ** 14]))
  },
}

function repeat(shape: (typeof SHAPES)[string], length: number): Uint8Array {
  if (typeof shape === 'function') return shape(length)
  return Buffer.concat(Array<Uint8Array>(Math.ceil(length / shape.length)).fill(shape))
}

function inspect(bytes: Uint8Array): void {
  inspectHandshake({ client: bytes, server: bytes })
}

function inspectAndPrint(bytes: Uint8Array): void {
  const streams = { client: bytes, server: bytes }
  const report = inspectConnection(streams, verifySignatureNative)
  for (const layout of ['brief', 'dump'] as const) conversationLines(report, streams, { layout })
}

for (const [title, shape] of Object.entries(SHAPES)) {
  describe(`the work for ${title} is in proportion to their length`, () => {
    test('when they are read', () => {
      assertLinear(inspect, (scale) => repeat(shape, scale * 20_000))
    })

    test('when they are printed', () => {
      assertLinear(inspectAndPrint, (scale) => repeat(shape, scale * 4000))
    })
  })
}
