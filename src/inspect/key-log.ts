// A key log in NSS's format, which browsers, curl and OpenSSL write to SSLKEYLOGFILE: secrets of connections, each line by
// the client_random of its own.

import { fromHex, toHex } from '../encoding/index.ts'

export interface KeyLog {
  /** Lower-case hex by label and client_random, "CLIENT_RANDOM 00ff..."; the last line of several counts. */
  readonly secrets: ReadonlyMap<string, string>
  /** Lines that are neither comments nor secrets of a known length; they are passed over. */
  readonly malformed: number
}

/** Reads key logs, one after the other; whatever is in them is taken or passed over. */
export function readKeyLogs(logs: readonly Uint8Array[]): KeyLog {
  const secrets = new Map<string, string>()
  let malformed = 0
  for (const log of logs) {
    const text = new TextDecoder().decode(log)
    for (let at = 0; at < text.length; ) {
      const next = text.indexOf('\n', at)
      const end = next < 0 ? text.length : next
      if (!readLine(end - at > MAX_LINE ? '?' : text.slice(at, end).trim(), secrets)) malformed++
      at = end + 1
    }
  }
  return { secrets, malformed }
}

/** The secret of a connection, when it is there and has one of these lengths. */
export function secretOf(
  { secrets }: KeyLog,
  label: string,
  clientRandom: Uint8Array,
): Uint8Array | undefined {
  return fromHex(secrets.get(`${label} ${toHex(clientRandom)}`) ?? '?')
}

/** Whether a line is blank, a comment, or well formed; labels that open no record are passed over too. */
function readLine(line: string, secrets: Map<string, string>): boolean {
  if (line === '' || line.startsWith('#')) return true
  const [, label = '', random = '', secret = ''] = LINE.exec(line) ?? []
  const lengths = LENGTHS.get(label)
  if (!lengths) return label !== ''
  if (random.length !== 64 || !lengths.includes(secret.length / 2)) return false
  secrets.set(`${label} ${random.toLowerCase()}`, secret.toLowerCase())
  return true
}

const LINE = /^([A-Z\d_]+) ([\da-f]+) ([\da-f]+)$/i

/** Bytes of a traffic secret: those of the suite's hash. */
const OF_HASH = [32, 48]

/** Bytes that a secret may have, by its label. */
const LENGTHS: ReadonlyMap<string, readonly number[]> = new Map([
  ['CLIENT_RANDOM', [48]],
  ['CLIENT_HANDSHAKE_TRAFFIC_SECRET', OF_HASH],
  ['SERVER_HANDSHAKE_TRAFFIC_SECRET', OF_HASH],
  ['CLIENT_TRAFFIC_SECRET_0', OF_HASH],
  ['SERVER_TRAFFIC_SECRET_0', OF_HASH],
])

/** Characters; the longest line that counts has 193 and perhaps a carriage return. */
const MAX_LINE = 256
