// Files with raw TLS records, put together: which side sent each, and which of them are one connection; and what a file
// is that holds neither records nor anything else that can be shown.

import { concat } from '../encoding/index.ts'
import { HANDSHAKE_TYPE } from '../tls/index.ts'
import type { Sender } from './message.ts'
import { findPreamble, looksLikeRecords } from './preamble.ts'
import { beginsWithSsl2ClientHello } from './ssl2-hello.ts'

/** When something in a stream was sent, against all else: any rising number. */
export type SendingOrder = (sender: Sender, offset: number) => number

export interface NamedBytes {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Files of one connection. */
export interface Recorded {
  readonly paths: readonly string[]
  readonly client?: Uint8Array
  readonly server?: Uint8Array
  /** Given when the order of the files tells it. */
  readonly order?: SendingOrder
}

/** Whether bytes are records of TLS, or begin with what is known to be said before them. */
export function holdsRecords(bytes: Uint8Array): boolean {
  return looksLikeRecords(bytes) || sideOfPreamble(bytes) !== undefined
}

/**
 * The connections in files that follow each other. A file that begins with a hello tells its side by it; another by its
 * name (cli, client, srv, server), by its first message, or else it is the other side's than the file before. A hello
 * begins another connection when that side has said hello already.
 */
export function groupFlights(files: readonly NamedBytes[]): Recorded[] {
  const groups: Flight[][] = []
  for (const { path, bytes } of files) {
    const hello = sideOfHello(bytes)
    const group = groups.at(-1)
    const known = hello ?? sideByName(path) ?? sideOfMessage(bytes)
    const sender = known ?? (group?.at(-1)?.sender === 'server' ? 'client' : 'server')
    const begun = hello && group?.some((flight) => flight.hello && flight.sender === sender)
    const flight = { path, bytes, sender, hello: hello !== undefined }
    if (group && !begun) group.push(flight)
    else groups.push([flight])
  }
  return groups.map(join)
}

/** The connection of files whose side the user has told. */
export function joinSides(client: readonly NamedBytes[], server: readonly NamedBytes[]): Recorded {
  const paths = [...client, ...server].map(({ path }) => path)
  return {
    paths,
    ...(client.length > 0 && { client: concat(...client.map(({ bytes }) => bytes)) }),
    ...(server.length > 0 && { server: concat(...server.map(({ bytes }) => bytes)) }),
  }
}

interface Flight extends NamedBytes {
  readonly sender: Sender
  readonly hello: boolean
}

function join(flights: readonly Flight[]): Recorded {
  const of = (sender: Sender): Flight[] => flights.filter((flight) => flight.sender === sender)
  const [client, server] = [of('client'), of('server')]
  const joined = { ...joinSides(client, server), paths: flights.map(({ path }) => path) }
  if (client.length < 2 && server.length < 2) return joined
  const starts = { client: startsOf(client, flights), server: startsOf(server, flights) }
  return { ...joined, order: (sender, offset) => turnAt(starts[sender], offset) }
}

interface Start {
  readonly offset: number
  readonly turn: number
}

function startsOf(own: readonly Flight[], all: readonly Flight[]): Start[] {
  let offset = 0
  return own.map((flight) => {
    const start = { offset, turn: all.indexOf(flight) }
    offset += flight.bytes.length
    return start
  })
}

function turnAt(starts: readonly Start[], offset: number): number {
  let [low, high] = [0, starts.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((starts[middle]?.offset ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return starts[low]?.turn ?? 0
}

function sideOfHello(bytes: Uint8Array): Sender | undefined {
  if (beginsWithSsl2ClientHello(bytes)) return 'client'
  const [type, , , , , message] = bytes
  if (type !== HANDSHAKE) return sideOfPreamble(bytes)
  if (message === HANDSHAKE_TYPE.client_hello) return 'client'
  return message === HANDSHAKE_TYPE.server_hello ? 'server' : undefined
}

function sideOfPreamble(bytes: Uint8Array): Sender | undefined {
  if (findPreamble({ client: bytes })) return 'client'
  return findPreamble({ server: bytes }) && 'server'
}

function sideByName(path: string): Sender | undefined {
  const name = path.replace(/^.*[/\\]/s, '').toLowerCase()
  const [client, server] = [/cli(?:ent)?(?![a-z])/.test(name), /s(?:rv|erver)(?![a-z])/.test(name)]
  if (client === server) return undefined
  return client ? 'client' : 'server'
}

/** Of messages that only one side sends. */
function sideOfMessage(bytes: Uint8Array): Sender | undefined {
  const [type, , , , , message = -1] = bytes
  if (type !== HANDSHAKE) return undefined
  if (ONLY_CLIENT.has(message)) return 'client'
  return ONLY_SERVER.has(message) ? 'server' : undefined
}

const HANDSHAKE = 22
const ONLY_CLIENT: ReadonlySet<number> = new Set([
  HANDSHAKE_TYPE.client_key_exchange,
  HANDSHAKE_TYPE.certificate_verify,
])
const ONLY_SERVER: ReadonlySet<number> = new Set([
  HANDSHAKE_TYPE.hello_request,
  HANDSHAKE_TYPE.new_session_ticket,
  HANDSHAKE_TYPE.server_key_exchange,
  HANDSHAKE_TYPE.certificate_request,
  HANDSHAKE_TYPE.server_hello_done,
  HANDSHAKE_TYPE.certificate_status,
])

/** What a file is of which nothing can be shown, in words: "expected a statement, TLS records or a packet capture, got HTTP in plain text". */
export function describeBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'the file is empty'
  const text = String.fromCharCode(...bytes.subarray(0, 512))
  const [, what] =
    TEXTS.find(([form]) => form.test(text)) ??
    BINARIES.find(([begins]) => begins.every((byte, i) => byte === null || byte === bytes[i])) ??
    []
  const head = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0'))
  const guess = /^[\t\r\n\x20-\x7e]*$/.test(text)
    ? 'text'
    : `bytes that begin with ${head.join(' ')}`
  return `expected a statement, TLS records or a packet capture, got ${what ?? guess}`
}

const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/^(?:HTTP\/|GET |POST |HEAD |CONNECT |PUT |OPTIONS )/, 'HTTP in plain text'],
  [/^SSH-/, 'an SSH banner'],
  [/^220[ -]/, 'an SMTP or FTP greeting in plain text'],
  [/^-----BEGIN /, 'PEM'],
  [/^\s*\{\s*"format"\s*:\s*"tls-stamp\//, 'a damaged statement without a complete round'],
  [/^\s*[{[]/, 'JSON'],
]

/** Null stands for any byte. */
const BINARIES: readonly (readonly [readonly (number | null)[], string])[] = [
  // SSL 2.0: server_hello(4), session_id_hit, certificate_type, version 0.2
  [[null, null, 4, null, 1, 0, 2], 'an SSL 2.0 ServerHello'],
  [[22, 254], 'DTLS'],
  [[0x1f, 0x8b], 'gzip'],
  [[0x30, 0x82], 'DER, perhaps a certificate'],
]
