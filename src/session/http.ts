// One request over a session, and the head of its answer (RFC 9112 §2, §3; RFC 9110 §5.6.7, §6.6.1).

import { address, concat, utf8 } from '../encoding/index.ts'
import { NetworkError } from '../errors.ts'
import { decodeAlert, incompatible } from '../tls/index.ts'
import { version } from '../version.ts'
import type { RecordChannel } from './channel.ts'
import { refuseAlert } from './conversation.ts'

/** What a server answered to a request. */
export interface Answer {
  /** The status line; null when the answer is not HTTP. */
  readonly status: string | null
  /** Lines as sent, ISO 8859-1, control characters possible. */
  readonly headers: readonly string[]
  /** The Date header; null when there is none, or not one of RFC 9110. */
  readonly date: Date | null
  /** Whether the head came to its empty line. */
  readonly whole: boolean
}

/** What to ask for. */
export interface Request {
  readonly method: 'GET' | 'HEAD'
  /** From the first slash on. */
  readonly path: string
}

/**
 * Sends a request and reads the head of the answer, or what comes before the server closes. Throws HandshakeError and
 * NetworkError.
 */
export async function requestHead(
  channel: RecordChannel,
  authority: string,
  { method, path }: Request = { method: 'HEAD', path: '/' },
): Promise<Answer> {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${authority}`,
    `User-Agent: tls-stamp/${version}`,
    'Accept: */*',
    'Connection: close',
  ]
  channel.send('application_data', utf8(`${lines.join('\r\n')}\r\n\r\n`))
  let seen: Uint8Array = new Uint8Array(0)
  for (;;) {
    const part = await receiveContent(channel)
    if (part === undefined) return parseHead(seen, false)
    seen = concat(seen, part)
    let end = headEnd(seen)
    // An interim answer: the true one follows (RFC 9110 §15.2)
    while (end !== undefined && /^HTTP\/1\.[01] 1\d\d/.test(text(seen.subarray(0, 12)))) {
      seen = seen.slice(end)
      end = headEnd(seen)
    }
    if (end !== undefined) return parseHead(seen.subarray(0, end), true)
    if (seen.length > MAX_HEAD)
      throw incompatible(`the head of the response is longer than ${MAX_HEAD} bytes`)
  }
}

/** The host and port of a Host header: an IPv6 address in brackets, no port when it is 443 (RFC 9110 §7.2). */
export function authorityOf(host: string, port: number): string {
  return address({ host, port }).replace(/:443$/, '')
}

/** Date = IMF-fixdate (RFC 9110 §5.6.7), such as "Sun, 06 Nov 1994 08:49:37 GMT"; null for anything else. */
export function parseHttpDate(value: string): Date | null {
  if (!IMF_FIXDATE.test(value)) return null
  const date = new Date(value)
  return date.toUTCString() === value ? date : null
}

/** Undefined when the server has closed, in order or not. */
async function receiveContent(channel: RecordChannel): Promise<Uint8Array | undefined> {
  try {
    for (;;) {
      const { kind, bytes } = await channel.receive()
      if (kind === 'application_data') return bytes
      if (kind !== 'alert') continue
      if (decodeAlert(bytes).description === 0) return undefined
      refuseAlert(bytes)
    }
  } catch (error) {
    if (error instanceof NetworkError && error.code === 'closed') return undefined
    throw error
  }
}

/** Where the head ends, its empty line included; a bare LF ends a line too (RFC 9112 §2.2). */
function headEnd(bytes: Uint8Array): number | undefined {
  const match = /\r?\n\r?\n/.exec(text(bytes))
  return match ? match.index + match[0].length : undefined
}

function parseHead(bytes: Uint8Array, whole: boolean): Answer {
  const [status = '', ...lines] = text(bytes).trimEnd().split(/\r?\n/)
  if (!/^HTTP\/1\.[01] \d{3}(?: |$)/.test(status)) {
    return { status: null, headers: [], date: null, whole: false }
  }
  const dates = lines.flatMap((line) => /^date:[ \t]*(.*?)[ \t]*$/i.exec(line)?.[1] ?? [])
  const [only] = dates
  const date = dates.length === 1 && only !== undefined ? parseHttpDate(only) : null
  return { status, headers: lines, date, whole }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

const MAX_HEAD = 2 ** 16
