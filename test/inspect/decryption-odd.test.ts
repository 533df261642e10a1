// What is rare in protected records, and what is too much: key updates, early data, renegotiation, padding, floods.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { concat, fromHex, utf8 } from '../../src/encoding/bytes.ts'
import { type ConnectionReport, inspectConnection } from '../../src/inspect/connection.ts'
import { readKeyLogs } from '../../src/inspect/key-log.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { recordCiphersNative as ciphers } from '../../src/system/tls-cryptography.ts'
import { suiteCipher } from '../../src/tls/cipher-suites.ts'
import { keyBlock } from '../../src/tls/prf.ts'
import { encodeRecord } from '../../src/tls/record.ts'
import { cutKeyBlock, keyBlockLength, sealer } from '../../src/tls/tls12-records.ts'
import { mintTestPki } from '../support/make/mint.ts'
import {
  CLIENT_HELLO,
  type Content,
  FINISHED,
  KEY_LOG,
  KEY_UPDATE,
  SERVER_HELLO,
  sealed,
} from '../support/make/sealed-records.ts'
import { recordConnections } from '../support/servers/recorder.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'

function inspect(client: Uint8Array, server: Uint8Array, log: string = KEY_LOG): ConnectionReport {
  const secrets = { keyLog: readKeyLogs([utf8(log)]), ciphers }
  return inspectConnection({ client, server }, verifySignatureNative, secrets)
}

/** A server that sends this under its keys. */
function sends(...contents: readonly Content[]): ConnectionReport {
  return inspect(CLIENT_HELLO, concat(SERVER_HELLO, sealed('SERVER', contents)))
}

function said({ messages }: ConnectionReport): string[] {
  return messages.flatMap(({ name, fields: [first] }) =>
    name === 'ApplicationData' && first ? [Buffer.from(first.bytes).toString()] : [],
  )
}

function faultsOf({ decryption }: ConnectionReport): string[] {
  return decryption?.faults.map(({ message }) => message) ?? assert.fail()
}

const data = (text: string): Content => [23, utf8(text)]

test('keys are followed through updates of either side', () => {
  const contents = [
    [22, FINISHED],
    data('one'),
    [22, KEY_UPDATE],
    data('two'),
    [22, KEY_UPDATE],
    [22, KEY_UPDATE],
    data('three'),
  ] as const
  const client = concat(CLIENT_HELLO, sealed('CLIENT', contents))
  const report = inspect(client, concat(SERVER_HELLO, sealed('SERVER', contents)))
  assert.deepEqual(faultsOf(report), [])
  assert.deepEqual(said(report), ['one', 'two', 'three', 'one', 'two', 'three'])
  const update = report.messages.find(({ name }) => name === 'KeyUpdate')
  assert.equal(update?.fields.at(-1)?.meaning, 'update_not_requested')
})

describe('early data', () => {
  /** An extension of RFC 8448's hello that says nothing here, record_size_limit, made into early_data. */
  const hello = Uint8Array.from(CLIENT_HELLO)
  const at = Buffer.from(hello).lastIndexOf(fromHex('001c00024001') ?? '')
  hello.set([0, 42], at)
  const early = sealed('SERVER', [data('early'), data('too')])
  const rest = sealed('CLIENT', [[22, FINISHED], data('late')])

  test('is told from what comes after it', () => {
    const report = inspect(concat(hello, early, rest), SERVER_HELLO)
    const [fault, ...more] = faultsOf(report)
    assert.deepEqual(more, [])
    assert.match(
      fault ?? '',
      /^not decrypted: 2 records from the client, with early data, which is not supported$/,
    )
    assert.deepEqual(said(report), ['late'])
    assert.ok(report.messages.some(({ name }) => name === 'Finished'))
  })

  test('is none where the hello does not announce it', () => {
    const report = inspect(concat(CLIENT_HELLO, early, rest), SERVER_HELLO)
    assert.match(
      faultsOf(report).join(),
      /^not decrypted: 2 records from the client, whose authentication failed/,
    )
    assert.deepEqual(said(report), ['late'])
  })
})

test('a renegotiation is not followed, and named', async () => {
  const [endEntity] = endEntities(mintTestPki({ endEntityKeys: ['rsa-2048'] })) as [EndEntity]
  const options = { endEntity, maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' } as const
  const [recorded = assert.fail()] = await recordConnections(options)
  const { clientRandom, serverRandom } = inspect(recorded.client, recorded.server)
  const suite = suiteCipher(0x009c) ?? assert.fail()
  const master = fromHex(recorded.keyLog.trim().slice(-96)) ?? assert.fail()
  const randoms = {
    clientRandom: clientRandom ?? assert.fail(),
    serverRandom: serverRandom ?? assert.fail(),
  }
  const block = keyBlock('sha256', master, randoms, keyBlockLength(suite))
  const seal = sealer(suite, 0x0303, cutKeyBlock(suite, block).client, ciphers)
  const { decryption } = inspect(recorded.client, recorded.server, recorded.keyLog)
  assert.deepEqual(decryption?.faults, [])
  // As many records as there are have gone by
  const own = inspect(recorded.client, new Uint8Array(0)).streams.client?.records ?? []
  for (const { encrypted } of own) if (encrypted) seal(22, new Uint8Array(0))
  const more = [20, 22, 23].map((type) => encodeRecord(type, 0x0303, seal(type, Uint8Array.of(1))))
  const report = inspect(concat(recorded.client, ...more), recorded.server, recorded.keyLog)
  assert.deepEqual(faultsOf(report), [
    'not decrypted: 2 records from the client, after a renegotiation, which is not supported',
  ])
})

test('a thousand records in a row that do not open are the last that are tried', () => {
  const noise = sealed('CLIENT', Array<Content>(1200).fill(data('x')))
  const after = sealed('SERVER', [[22, FINISHED], data('late')])
  const flight = (records: number): Uint8Array =>
    concat(SERVER_HELLO, noise.subarray(0, records * (noise.length / 1200)), after)
  assert.deepEqual(said(inspect(CLIENT_HELLO, flight(900))), ['late'])
  const { decryption } = inspect(CLIENT_HELLO, flight(1200))
  assert.deepEqual([decryption?.opened, decryption?.records], [0, 1202])
})

test('padding is taken off, and a record of zeros is not authentic', () => {
  const padded = sealed('SERVER', [
    [22, FINISHED],
    [0, concat(utf8('padded'), Uint8Array.of(23), new Uint8Array(50))],
    [0, new Uint8Array(50)],
  ])
  const report = inspect(CLIENT_HELLO, concat(SERVER_HELLO, padded))
  assert.deepEqual(said(report), ['padded'])
  assert.match(
    faultsOf(report).join(),
    /^not decrypted: 1 record from the server, whose authentication failed/,
  )
})

test('of application data the first is kept, of the rest its length', () => {
  const record = data('x'.repeat(16_000))
  const report = sends([22, FINISHED], ...Array(10).fill(record))
  assert.equal(report.decryption?.opened, 11)
  assert.deepEqual(said(report), Array(5).fill('x'.repeat(16_000)))
  const all = report.messages.filter(({ name }) => name === 'ApplicationData')
  assert.deepEqual(
    all.map(({ length }) => length),
    Array(10).fill(16_000),
  )
})

test('more messages, or a longer one, than are read are named', () => {
  const alerts = sends([22, FINISHED], ...Array<Content>(1200).fill([21, Uint8Array.of(1, 0)]))
  assert.match(
    faultsOf(alerts).join(),
    /^not decrypted: 200 records from the server, after the limit/,
  )
  const messages = Buffer.concat(Array(2000).fill(FINISHED))
  assert.match(
    faultsOf(sends([22, messages], [23, messages])).join(),
    /^not decrypted: 1 record from the server, after the limit/,
  )
  const long = Uint8Array.of(11, 2, 0, 1, 0)
  assert.match(
    faultsOf(sends([22, long], data('x'))).join(),
    /^not decrypted: 1 record from the server, after the limit/,
  )
})

test('a message that the recording ends within is shown as far as it goes', () => {
  const certificate = Uint8Array.of(11, 0, 1, 0, 0, 0, 0, 0xfc, 0, 0, 0xf7, 0x30)
  const report = sends([22, certificate.subarray(0, 7)], [22, certificate.subarray(7)])
  assert.match(report.error?.message ?? '', /^server: Certificate at byte \d+: the stream ends/)
  const [unfinished] = report.unfinished
  assert.equal(unfinished?.there, certificate.length)
  assert.equal(unfinished?.offset, SERVER_HELLO.length)
  assert.deepEqual(
    unfinished?.fields.map(({ name }) => name),
    ['msg_type', 'length', 'certificate_request_context', 'certificate_list'],
  )
})

test('an alert that is malformed is a fault, and the rest is shown', () => {
  const report = sends([22, FINISHED], [21, Uint8Array.of(1)], data('after'))
  assert.match(report.error?.message ?? '', /Alert/)
  assert.deepEqual(said(report), ['after'])
})
