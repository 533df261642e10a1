// The work of decryption grows with the length of recordings and key logs, whatever is in them.

import '../support/harness/counting.ts'
import { describe, test } from 'node:test'
import { toHex, utf8 } from '../../src/encoding/bytes.ts'
import { inspectConnection } from '../../src/inspect/connection.ts'
import { readKeyLogs } from '../../src/inspect/key-log.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import {
  recordCiphersNative as ciphers,
  makeAeadNative,
} from '../../src/system/tls-cryptography.ts'
import { nextSecret, trafficKeys } from '../../src/tls/key-schedule.ts'
import { encodeProtected, tls13Sealer } from '../../src/tls/tls13-records.ts'
import { assertLinear } from '../support/harness/counting.ts'
import { bytes, cipher, traces } from '../support/make/rfc8448.ts'

const [trace] = traces
const client = bytes(trace?.clientHello ?? '')
const serverHello = bytes(trace?.serverHello ?? '')
const SECRET = new Uint8Array(32).fill(7)
const random = toHex(client.subarray(11, 43))
const keyLog = ['HANDSHAKE_TRAFFIC_SECRET', 'TRAFFIC_SECRET_0'].map(
  (label) => `SERVER_${label} ${random} ${toHex(SECRET)}\n`,
)

const KEY_UPDATE = Uint8Array.of(24, 0, 0, 1, 0)
const FINISHED = Uint8Array.of(20, 0, 0, 0)

/** Records under the server's secrets; after each KeyUpdate under the next one. */
function sealed(type: number, contents: readonly Uint8Array[]): Uint8Array {
  let secret: Uint8Array = SECRET
  const sealer = (): ReturnType<typeof tls13Sealer> => {
    const keys = trafficKeys(cipher, secret)
    return tls13Sealer(makeAeadNative(cipher.aead, keys.key), keys)
  }
  let seal = sealer()
  const records: Uint8Array[] = [encodeProtected(seal(22, FINISHED))]
  seal = sealer()
  for (const content of contents) {
    records.push(encodeProtected(seal(type, content)))
    if (content !== KEY_UPDATE) continue
    secret = nextSecret(cipher.hash, secret)
    seal = sealer()
  }
  return Buffer.concat([serverHello, ...records])
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
  inspectConnection({ client, server }, verifySignatureNative, secrets)
}

for (const [title, [type, contents]] of Object.entries(SHAPES)) {
  describe(`the work for ${title} is in proportion to their length`, () => {
    test('when they are opened', () => {
      assertLinear(
        (server: Uint8Array) => inspect(server, keyLog.join('')),
        (scale) => sealed(type, contents(scale)),
      )
    })

    test('when the secret is a wrong one', () => {
      assertLinear(
        (server: Uint8Array) => inspect(server, keyLog.join('').replaceAll('07', '08')),
        (scale) => sealed(type, contents(scale)),
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
