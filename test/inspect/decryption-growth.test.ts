// The work of decryption grows with the length of recordings and key logs, whatever is in them.

import '../support/harness/counting.ts'
import { describe, test } from 'node:test'
import { utf8 } from '../../src/encoding/bytes.ts'
import { inspectConnection } from '../../src/inspect/connection.ts'
import { readKeyLogs } from '../../src/inspect/key-log.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { recordCiphersNative as ciphers } from '../../src/system/tls-cryptography.ts'
import { assertLinear } from '../support/harness/counting.ts'
import {
  CLIENT_HELLO,
  FINISHED,
  KEY_LOG,
  KEY_UPDATE,
  SERVER_HELLO,
  sealed,
} from '../support/make/sealed-records.ts'

/** Records under the server's secrets, behind its Finished. */
function flightOf(type: number, contents: readonly Uint8Array[]): Uint8Array {
  const all = contents.map((content) => [type, content] as const)
  return Buffer.concat([SERVER_HELLO, sealed('SERVER', [[22, FINISHED], ...all])])
}

function repeated(content: Uint8Array): (scale: number) => Uint8Array[] {
  return (scale) => Array.from({ length: 40 * scale }, () => content)
}

const ticket = Buffer.concat([Uint8Array.of(4, 0, 0x40, 0), new Uint8Array(0x4000)])

const SHAPES: Readonly<
  Record<string, readonly [type: number, contents: (scale: number) => Uint8Array[]]>
> = {
  'application data': [23, repeated(utf8('hello'))],
  'empty application data': [23, repeated(new Uint8Array(0))],
  'whole records': [23, repeated(new Uint8Array(2000))],
  alerts: [21, repeated(Uint8Array.of(1, 0))],
  'key updates': [22, repeated(KEY_UPDATE)],
  'many messages in a record': [22, repeated(Buffer.concat(Array(20).fill(FINISHED)))],
  'a message in records of a byte': [
    22,
    (scale) => Array.from(ticket.subarray(0, 60 * scale), (byte) => Uint8Array.of(byte)),
  ],
}

function inspect(server: Uint8Array, log: string): void {
  const secrets = { keyLog: readKeyLogs([utf8(log)]), ciphers }
  inspectConnection({ client: CLIENT_HELLO, server }, verifySignatureNative, secrets)
}

for (const [title, [type, contents]] of Object.entries(SHAPES)) {
  describe(`the work for ${title} is in proportion to their length`, () => {
    test('when they are opened', () => {
      assertLinear(
        (server: Uint8Array) => inspect(server, KEY_LOG),
        (scale) => flightOf(type, contents(scale)),
      )
    })

    test('when the secret is a wrong one', () => {
      assertLinear(
        (server: Uint8Array) => inspect(server, KEY_LOG.replace(/.$/gm, 'f')),
        (scale) => flightOf(type, contents(scale)),
      )
    })
  })
}

describe('the work for a key log is in proportion to its length', () => {
  const numbered = (i: number): string => i.toString(16).padStart(64, '0')
  const secret = '12'.repeat(48)
  const shapes: Readonly<Record<string, (i: number) => string>> = {
    'of many connections': (i) => `CLIENT_RANDOM ${numbered(i)} ${secret}\n`,
    'of duplicates': () => `CLIENT_RANDOM ${numbered(1)} ${secret}\n`,
    'of malformed lines': (i) => `nothing ${i}\n`,
    'of empty lines': () => '\n',
    'of one line': () => 'ab ',
  }
  for (const [title, shape] of Object.entries(shapes)) {
    test(title, () => {
      assertLinear(
        (log: Uint8Array) => readKeyLogs([log]),
        (scale) => utf8(Array.from({ length: scale * 500 }, (_, i) => shape(i)).join('')),
      )
    })
  }
})
