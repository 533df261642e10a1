// How a server is named on the command line: HOST[:PORT] in one word, or as operands HOST and PORT.

import { address } from '../encoding/index.ts'
import { parseHost } from '../x509/index.ts'
import { portNumber, type Read } from './command.ts'
import { CallError, UsageError } from './errors.ts'
import { canonicalHost } from './input.ts'
import { shellWord } from './shell-word.ts'

export interface ServerAddress {
  readonly host: string
  readonly port: number
}

/**
 * Reads HOST, HOST:PORT, an IPv6 address, or one in brackets with :PORT, where the port is 443 unless given; or these after
 * "https://", as a browser has it. Throws UsageError.
 */
export const serverAddress: Read<ServerAddress> = (text, shown) => {
  const { host, port } = split(text)
  return {
    host: canonicalHost(host),
    port: portNumber(port ?? HTTPS, `the port of ${shown}`),
  }
}

/** The error for a server's name with more than belongs there. */
export class AddressError extends UsageError {
  readonly typed: string
  /** What belongs in the place of `typed`; a port of 0 was not typed. */
  readonly meant: ServerAddress

  constructor(message: string, typed: string, meant: ServerAddress) {
    super(message, [`${WHAT_IS_USED}: ${address(meant)}`])
    this.typed = typed
    this.meant = meant
  }

  /** With the command that was meant as the hint, when the arguments show the name. */
  among(argv: readonly string[]): UsageError {
    if (!argv.some((word) => word.includes(this.typed))) return this
    const { host, port } = this.meant
    const words = argv.map((word, i) => {
      // Among the operands of sign, a host without a port would be a file
      const isWhole = !/^\d+$/.test(argv[i + 1] ?? '')
      const server = isWhole ? address({ host, port: port || Number(HTTPS) }) : host
      return shellWord(word.replace(this.typed, server))
    })
    return new UsageError(this.message, [`${WHAT_IS_USED}: tls-stamp ${words.join(' ')}`])
  }
}

const WHAT_IS_USED = 'only the host and port are used'

/** Reads the operands HOST[:PORT], or HOST and PORT. Throws UsageError, CallError for other operands. */
export function addressOperands(operands: readonly string[]): ServerAddress {
  const [word, port, ...others] = operands
  if (word === undefined || others.length > 0) throw new CallError('expected HOST[:PORT]')
  if (port === undefined) return serverAddress(word, word)
  const { host, port: own } = split(word)
  if (own !== undefined) {
    if (!/^\d+$/.test(port)) throw new CallError('expected HOST[:PORT]')
    const meant = { host: canonicalHost(host), port: 0 }
    throw new AddressError(`expected the port once, got ${own} and ${port}`, word, meant)
  }
  return { host: canonicalHost(host), port: portNumber(port, 'PORT') }
}

/**
 * Reads a word that can be nothing but a server, where one with or without PORT behind it may stand: HOST:PORT, or a URL. Undefined
 * for any other word. Throws UsageError.
 */
export function serverWord(word: string): readonly [host: string, port: string] | undefined {
  const { host, port } = split(word)
  return port !== undefined || word.includes('://') ? [host, port ?? HTTPS] : undefined
}

/** Parts a word at its port, if it has one; whether these are any good shows later. */
function split(text: string): { readonly host: string; readonly port?: string } {
  const word = /:\/\//.test(text) ? withoutScheme(text) : text
  const [, bracketed, plain = word, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(word) ?? []
  return { host: bracketed ?? plain, ...(port !== undefined && { port }) }
}

/** Throws UsageError for a URL that says more than where the server is. */
function withoutScheme(text: string): string {
  const [, scheme = '', authority = '', rest = ''] = /^([^:]*):\/\/([^/?#]*)(.*)$/s.exec(text) ?? []
  if (scheme.toLowerCase() === 'https' && /^\/?$/.test(rest) && !authority.includes('@')) {
    return authority
  }
  const { host, port = '0' } = split(authority.slice(authority.lastIndexOf('@') + 1))
  const name = parseHost(host)?.name
  const message = `expected HOST[:PORT], got ${JSON.stringify(text)}`
  if (name === undefined) throw new UsageError(message)
  throw new AddressError(message, text, { host: name, port: Number(port) })
}

const HTTPS = '443'
