// Which HTTP proxy leads to a host, as curl and most programs read it from the environment, and the tunnel through it:
// CONNECT and what comes back (RFC 9110 §9.3.6).

import { BlockList, connect, isIP, type Socket } from 'node:net'
import { address, utf8 } from '../encoding/index.ts'
import { NetworkError } from '../errors.ts'
import { parseHost } from '../x509/index.ts'

/** A proxy that is asked by CONNECT (RFC 9110 §9.3.6). */
export interface HttpProxy {
  /** How to speak to it: over TCP, or over TLS. */
  readonly protocol: 'http' | 'https'
  /** DNS name, or IP address without brackets. */
  readonly host: string
  readonly port: number
  /** Value of Proxy-Authorization: the scheme Basic and its credentials (RFC 7617). A secret. */
  readonly authorization?: string
}

/**
 * Reads `http://USER:PASSWORD@HOST:PORT`, where all but HOST may be left out; `https://` is a proxy that speaks TLS.
 * The port is 80 or 443 by default, as in other URLs. User and password are percent-encoded UTF-8.
 * Throws RangeError, which never quotes more than the scheme: what is malformed may hold a password.
 */
export function parseProxy(text: string): HttpProxy {
  const trimmed = text.trim()
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase() ?? 'http'
  if (scheme !== 'http' && scheme !== 'https')
    throw new RangeError(`expected an http:// or https:// proxy, got ${scheme}://`)
  const url = parseUrl(trimmed.replace(/^(?:https?:\/\/)?/i, `${scheme}://`))
  if (url === undefined || url.port === '0')
    throw new RangeError('expected a proxy as http://HOST:PORT, got a malformed one')
  // An unencoded "/", "?" or "#" of a password ends the host too early.
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw new RangeError('expected a proxy as http://HOST:PORT, got more after the host and port')
  const authorization = basicOf(url)
  return {
    protocol: scheme,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (scheme === 'https' ? 443 : 80),
    ...(authorization !== undefined && { authorization }),
  }
}

/**
 * The proxy to a host by `https_proxy` or else `all_proxy`; undefined for none, and for what `no_proxy` excepts. The
 * lower-case name goes before the upper-case one, and an empty variable is none. `no_proxy` is a list split by commas
 * and white space: `*`, names that stand for their subdomains too, IP addresses and CIDR blocks, each but the last with
 * a `:PORT` at will. Throws RangeError on a malformed proxy.
 */
export function proxyFor(
  host: string,
  port: number,
  env: Readonly<Record<string, string | undefined>>,
): HttpProxy | undefined {
  const name = variable(env, ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'])
  if (name === undefined) return undefined
  const exceptions = env[variable(env, ['no_proxy', 'NO_PROXY']) ?? ''] ?? ''
  if (isExcepted(host, port, exceptions)) return undefined
  try {
    return parseProxy(env[name] ?? '')
  } catch (error) {
    throw new RangeError(`${name}: ${(error as RangeError).message}`)
  }
}

/** More strictly than URL, which skips slashes and line breaks and takes a backslash for a slash. */
function parseUrl(text: string): URL | undefined {
  const strict = /^https?:\/\/[^/\s\\][^\s\\]*$/.test(text)
  return strict && URL.canParse(text) ? new URL(text) : undefined
}

function basicOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined
  const [user, secret] = [username, password].map(decode)
  if (user === undefined || secret === undefined)
    throw new RangeError("expected the proxy's user name and password in percent-encoded UTF-8")
  // The first colon is where the password begins (RFC 7617 §2).
  if (user.includes(':')) throw new RangeError("expected the proxy's user name without a colon")
  return `Basic ${Buffer.from(utf8(`${user}:${secret}`)).toString('base64')}`
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** The first that is set. */
function variable(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): string | undefined {
  return names.find((name) => (env[name] ?? '').trim() !== '')
}

function isExcepted(host: string, port: number, exceptions: string): boolean {
  const entries = exceptions.split(/[\s,]+/).filter((entry) => entry !== '')
  if (entries.includes('*')) return true
  const canonical = parseHost(host)?.name ?? host.toLowerCase()
  const family = isIP(canonical)
  if (family !== 0) return blocksOf(entries, port).check(canonical, familyOf(family))
  return entries.some((entry) => {
    const match = /^(?:\*?\.)?([^:]+?)\.?(?::(\d+))?$/.exec(entry.toLowerCase())
    if (match?.[1] === undefined || !isFor(port, match[2])) return false
    return canonical === match[1] || canonical.endsWith(`.${match[1]}`)
  })
}

/** The addresses and blocks among these that are for this port; what is neither is passed over. */
function blocksOf(entries: readonly string[], port: number): BlockList {
  const blocks = new BlockList()
  for (const entry of entries) {
    const address = /^\[?([^[\]/%]+)\]?(?:\/(\d{1,3}))?$/.exec(entry)
    const withPort = /^(?:\[([^[\]/%]+)\]|([\d.]+)):(\d+)$/.exec(entry)
    const text = withPort ? (withPort[1] ?? withPort[2]) : address?.[1]
    const family = isIP(text ?? '')
    if (text === undefined || family === 0 || !isFor(port, withPort?.[3])) continue
    const length = family === 4 ? 32 : 128
    const prefix = Number((withPort ? undefined : address?.[2]) ?? length)
    if (prefix <= length) blocks.addSubnet(text, prefix, familyOf(family))
  }
  return blocks
}

function isFor(port: number, only: string | undefined): boolean {
  return only === undefined || Number(only) === port
}

function familyOf(version: number): 'ipv4' | 'ipv6' {
  return version === 4 ? 'ipv4' : 'ipv6'
}

/**
 * Begins to connect to the proxy itself, with so many milliseconds for each of its addresses but the last.
 * @internal
 */
export function connectToProxy(
  { protocol, host, port }: HttpProxy,
  autoSelectFamilyAttemptTimeout: number,
): Socket {
  const place = { host, port, autoSelectFamilyAttemptTimeout }
  if (protocol === 'http') return connect({ ...place, noDelay: true })
  const { connect: connectTls } = process.getBuiltinModule('node:tls')
  const servername = isIP(host) === 0 ? host : ''
  return connectTls({ ...place, servername }).setNoDelay()
}

/**
 * Asks the proxy at a socket's other end, open or opening, to connect it to `target`, HOST:PORT. Calls `settle` when
 * the socket leads there, all bytes from there still in it, or else with an error. What ends the socket may do both
 * to it and to `settle`, in any order.
 * @internal
 */
export function requestTunnel(
  socket: Socket,
  proxy: HttpProxy,
  target: string,
  settle: (error?: Error) => void,
): void {
  let received = Buffer.alloc(0)
  const take = (): void => {
    for (let piece = socket.read(); piece !== null; piece = socket.read()) {
      received = Buffer.concat([received, piece])
      const error = readTunnel()
      if (error === undefined) continue
      // Without a listener the socket keeps what comes, for whoever reads next
      socket.off('readable', take)
      settle(error ?? undefined)
      return
    }
  }
  /** Gives null for a tunnel, whose first bytes go back into the socket, and undefined as long as more has to come. */
  const readTunnel = (): NetworkError | null | undefined => {
    const answer = readAnswer(received)
    if (answer === 'incomplete') return undefined
    if (typeof answer === 'string')
      return new NetworkError('proxy', `${proxyName(proxy)} ${answer}`)
    if (answer.status < 200 || answer.status > 299) return refusal(proxy, target, answer)
    const rest = received.subarray(answer.length)
    if (rest.length > 0) socket.unshift(rest)
    return null
  }
  socket.on('readable', take)
  socket.write(connectRequest(target, proxy))
}

function connectRequest(target: string, { authorization }: HttpProxy): string {
  const lines = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`]
  if (authorization !== undefined) lines.push(`Proxy-Authorization: ${authorization}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** The final answer to a CONNECT; what else it has, a length of a body too, means nothing (RFC 9110 §9.3.6). */
interface Answer {
  readonly status: number
  readonly reason: string
  /** The values of Proxy-Authenticate. */
  readonly challenges: readonly string[]
  /** Bytes up to where the tunnel begins. */
  readonly length: number
}

/**
 * Reads the final answer, behind those that only inform (RFC 9110 §15.2); or says what the proxy did instead. node:http takes a
 * length in a 2xx to CONNECT for that of a body, and a 1xx for the answer.
 */
function readAnswer(received: Buffer): Answer | string {
  const text = received.toString('latin1', 0, MAX_HEADER)
  for (let start = 0; ; ) {
    const begun = text.slice(start)
    if (!'HTTP/1.'.startsWith(begun.slice(0, 7))) return 'answered with something else than HTTP'
    const [head] = /^.*?\r?\n\r?\n/s.exec(begun) ?? []
    if (head === undefined) {
      const isLong = received.length > MAX_HEADER
      return isLong ? `answered with more than ${MAX_HEADER / 1024} KB of headers` : 'incomplete'
    }
    const [line = '', ...fields] = head.split(/\r?\n/)
    const [, code, reason = ''] = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(line) ?? []
    if (code === undefined) return 'answered with something else than HTTP'
    start += head.length
    const status = Number(code)
    if (status < 200 && status !== SWITCHING_PROTOCOLS) continue
    const challenges = fields.flatMap((field) => /^proxy-authenticate:(.*)/i.exec(field)?.[1] ?? [])
    return { status, reason, challenges, length: start }
  }
}

/** Names a proxy as messages do. */
export function proxyName(proxy: HttpProxy): string {
  return `proxy ${address(proxy)}`
}

function refusal(
  proxy: HttpProxy,
  target: string,
  { status, reason, challenges }: Answer,
): NetworkError {
  const answer = `${status} ${reason.slice(0, MAX_REASON)}`.trim()
  const name = proxyName(proxy)
  if (status !== 407) {
    return new NetworkError('proxy', `${name} refused the connection to ${target}: ${answer}`)
  }
  const schemes = challenges.flatMap(schemesOf)
  if (schemes.length > 0 && !schemes.some((scheme) => scheme.toLowerCase() === 'basic')) {
    const wanted = schemes.join(', ').slice(0, MAX_REASON)
    return new NetworkError('proxy', `${name} asks for a login by ${wanted}, not Basic: ${answer}`)
  }
  const does = proxy.authorization === undefined ? 'asks for a' : 'does not take this'
  return new NetworkError('proxy', `${name} ${does} user name and password: ${answer}`)
}

/** The authentication schemes in a list of challenges (RFC 9110 §11.6.1): words that are no name of a parameter. */
function schemesOf(challenges: string): readonly string[] {
  const unquoted = challenges.replace(/"(?:[^"\\]|\\.)*"/g, '""')
  return unquoted
    .split(',')
    .flatMap((part) => /^\s*([\w-]+)(?:\s+[^\s=]|\s*$)/.exec(part)?.[1] ?? [])
}

/** Bytes of an answer's status line and headers. */
const MAX_HEADER = 2 ** 14

/** Characters of what a proxy says that a message quotes. */
const MAX_REASON = 100

/** What answers an upgrade, and nothing that was asked here. */
const SWITCHING_PROTOCOLS = 101
