// What was said in plain text before TLS began: STARTTLS and its like, HTTP CONNECT, SOCKS, the PROXY protocol. What is not
// known by its form is not looked through for TLS, since any bytes may hold some that look like it.

import { CONTENT_TYPE, HANDSHAKE_TYPE } from '../tls/index.ts'
import type { Preamble, Sender } from './message.ts'
import { beginsWithSsl2ClientHello } from './ssl2-hello.ts'

/** Whether bytes begin as a record of TLS does, or as a ClientHello in SSL 2.0's form. */
export function looksLikeRecords(bytes: Uint8Array): boolean {
  const [type = 0, major] = bytes
  const record = type >= 20 && type <= 24 && (major === undefined || major === 3)
  return record || beginsWithSsl2ClientHello(bytes)
}

/** Finds where TLS begins behind plain bytes; undefined when it begins at once, or when it is not known to. */
export function findPreamble(streams: {
  readonly client?: Uint8Array | undefined
  readonly server?: Uint8Array | undefined
}): Preamble | undefined {
  const [client, server] = (['client', 'server'] as const).map((sender) => {
    const { [sender]: stream = NOTHING } = streams
    const start = startOf(stream, sender)
    const text = Array.from(stream.subarray(0, start ?? MAX_PREAMBLE), (byte) => LATIN1[byte])
    return { start, text: text.join(''), length: stream.length }
  }) as [Side, Side]
  if (!client.start && !server.start) return undefined
  for (const [protocol, ofClient, ofServer] of PROTOCOLS) {
    if (!fits(client, ofClient) || !fits(server, ofServer)) continue
    // A side without records has said nothing but plain text
    return {
      protocol,
      client: client.start ?? client.length,
      server: server.start ?? server.length,
    }
  }
  return undefined
}

interface Side {
  /** Undefined when no record is found. */
  readonly start: number | undefined
  /** What is before it. */
  readonly text: string
  readonly length: number
}

function fits({ text }: Side, form: RegExp): boolean {
  return text === '' || form.test(text)
}

/** The first record, or the first that has a hello of this side, or an alert of the server. */
function startOf(stream: Uint8Array, sender: Sender): number | undefined {
  if (looksLikeRecords(stream)) return 0
  const end = Math.min(stream.length, MAX_PREAMBLE)
  for (let at = 0; at < end; at++) if (isRecordOfHello(stream, at, sender)) return at
  return undefined
}

function isRecordOfHello(stream: Uint8Array, at: number, sender: Sender): boolean {
  const type = stream[at]
  if ((type !== CONTENT_TYPE.handshake && type !== CONTENT_TYPE.alert) || stream[at + 1] !== 3) {
    return false
  }
  const [minor = 255, high = 0, low = 0, message, longest] = stream.subarray(at + 2, at + 7)
  if (minor > 4) return false
  if (type === CONTENT_TYPE.alert) return sender === 'server' && high === 0 && low === 2
  const { client_hello, server_hello } = HANDSHAKE_TYPE
  const hello = sender === 'client' ? client_hello : server_hello
  return message === hello && longest === 0 && stream[at + 9] === 3
}

/** By what each side says first, or last; control characters but CR and LF by their pictures. A server's greeting tells the protocols with STARTTLS apart. */
const PROTOCOLS: readonly (readonly [name: string, client: RegExp, server: RegExp])[] = [
  ['the PROXY protocol', /^(?:PROXY (?:TCP[46]|UNKNOWN)|\r\n\r\n␀\r\nQUIT\n)/, /^$/],
  ['HTTP CONNECT', /^CONNECT \S+ HTTP\/1\.[01]\r?\n/, /^HTTP\/1\.[01] \d{3}/],
  ['SOCKS5', /^␅/, /^␅/],
  ['SOCKS4', /^␄␁/, /^␀Z/],
  ['SMTP', /^(?:EHLO|HELO|LHLO) [^\u2400-\u241f]*STARTTLS\r?\n$/i, /^220[ -]/],
  ['FTP', /^[ -~\r\n]*AUTH (?:TLS|SSL)\r?\n$/i, /^220[ -]/],
  ['IMAP', /^[ -~\r\n]*STARTTLS\r?\n$/i, /^\* (?:OK|PREAUTH)/],
  ['POP3', /^[ -~\r\n]*STLS\r?\n$/i, /^\+OK/],
  ['NNTP', /^[ -~\r\n]*STARTTLS\r?\n$/i, /^20[01] /],
  ['ManageSieve', /^[ -~\r\n]*STARTTLS\r?\n$/i, /^"/],
  ['XMPP', /^(?:<\?xml[^>]*>\s*)?<stream:stream[\s\S]*<starttls/, /^[\s\S]*<stream:stream/],
  ['LDAP', /^0[\s\S]*1\.3\.6\.1\.4\.1\.1466\.20037/, /^0[\s\S]*x/],
  ['MySQL', /^ ␀␀␁/, /^[\s\S]{3}␀\n/],
  ['PostgreSQL', /^␀␀␀␈␄\u00d2␖\//, /^S/],
]

/** Bytes: real ones have some hundred. */
const MAX_PREAMBLE = 2 ** 16
const LATIN1 = Array.from({ length: 256 }, (_, byte) =>
  String.fromCharCode(byte < 0x20 && byte !== 10 && byte !== 13 ? 0x2400 + byte : byte),
)
const NOTHING = new Uint8Array(0)
