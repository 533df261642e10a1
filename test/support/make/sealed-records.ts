// Records of TLS 1.3 under secrets of a test's own choice, behind the hellos of RFC 8448's first trace, and the key log to
// open them with.

import { toHex } from '../../../src/encoding/bytes.ts'
import { makeAeadNative } from '../../../src/system/tls-cryptography.ts'
import { nextSecret, trafficKeys } from '../../../src/tls/key-schedule.ts'
import { encodeProtected, type SealTls13, tls13Sealer } from '../../../src/tls/tls13-records.ts'
import { bytes, cipher, traces } from './rfc8448.ts'

const [trace] = traces
export const CLIENT_HELLO: Uint8Array = bytes(trace?.clientHello ?? '')
export const SERVER_HELLO: Uint8Array = bytes(trace?.serverHello ?? '')

/** The secret of each stage of each side. */
const SECRETS: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
  ['HANDSHAKE_TRAFFIC_SECRET', 'TRAFFIC_SECRET_0'].flatMap((stage, i) =>
    ['CLIENT', 'SERVER'].map((side, j) => [
      `${side}_${stage}`,
      new Uint8Array(32).fill(1 + 2 * i + j),
    ]),
  ),
)

export const KEY_LOG: string = Object.entries(SECRETS)
  .map(([label, secret]) => `${label} ${toHex(CLIENT_HELLO.subarray(11, 43))} ${toHex(secret)}\n`)
  .join('')

export const KEY_UPDATE: Uint8Array = Uint8Array.of(24, 0, 0, 1, 0)
/** One that holds nothing: it changes keys all the same. */
export const FINISHED: Uint8Array = Uint8Array.of(20, 0, 0, 0)

/** What goes into a record. */
export type Content = readonly [type: number, content: Uint8Array]

/** Records of one side from its handshake keys on; keys change after a FINISHED and after each KEY_UPDATE. */
export function sealed(side: 'CLIENT' | 'SERVER', contents: readonly Content[]): Uint8Array {
  let secret = SECRETS[`${side}_HANDSHAKE_TRAFFIC_SECRET`] as Uint8Array
  const sealer = (): SealTls13 => {
    const keys = trafficKeys(cipher, secret)
    return tls13Sealer(makeAeadNative(cipher.aead, keys.key), keys)
  }
  let seal = sealer()
  const records: Uint8Array[] = []
  for (const [type, content] of contents) {
    records.push(encodeProtected(seal(type, content)))
    if (content === FINISHED) secret = SECRETS[`${side}_TRAFFIC_SECRET_0`] as Uint8Array
    else if (content === KEY_UPDATE) secret = nextSecret(cipher.hash, secret)
    else continue
    seal = sealer()
  }
  return Buffer.concat(records)
}
