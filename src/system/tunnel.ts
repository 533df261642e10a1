// A tunnel through an HTTP proxy: CONNECT and what comes back (RFC 9110 §9.3.6), over a socket that then leads further.

import { connect, isIP, type Socket } from 'node:net'
import { NetworkError } from '../errors.ts'
import { formatAuthority, type HttpProxy } from './proxy.ts'

/** Begins to connect to the proxy itself. */
export function connectToProxy({ protocol, host, port }: HttpProxy): Socket {
  if (protocol === 'http') return connect({ host, port, noDelay: true })
  const { connect: connectTls } = process.getBuiltinModule('node:tls')
  const servername = isIP(host) === 0 ? host : ''
  return connectTls({ host, port, servername }).setNoDelay()
}

/**
 * Asks the proxy at a socket's other end, open or opening, to connect it to `target`, HOST:PORT. Calls `settle` when
 * the socket leads there, all bytes from there still in it, or else with an error. What ends the socket may do both
 * to it and to `settle`, in any order.
 */
export function requestTunnel(
  socket: Socket,
  proxy: HttpProxy,
  target: string,
  settle: (error?: Error) => void,
): void {
  const { authorization } = proxy
  // Only who uses a proxy waits for its loading.
  const { request } = process.getBuiltinModule('node:http')
  const connecting = request({
    method: 'CONNECT',
    path: target,
    headers: {
      Host: target,
      ...(authorization !== undefined && { 'Proxy-Authorization': authorization }),
    },
    createConnection: () => socket,
    maxHeaderSize: MAX_HEADER,
  })
  // "close" would be about the tunnel.
  connecting.removeHeader('Connection')
  connecting.once('connect', ({ statusCode = 0, statusMessage = '' }, _, head) => {
    if (statusCode < 200 || statusCode > 299) {
      return settle(refusal(proxy, target, statusCode, statusMessage))
    }
    if (head.length > 0) socket.unshift(head)
    settle()
  })
  connecting.on('error', (error) => settle(answerError(error, proxy)))
  connecting.end()
}

/** As messages call it. */
export function proxyName({ host, port }: HttpProxy): string {
  return `proxy ${formatAuthority(host, port)}`
}

function refusal(proxy: HttpProxy, target: string, status: number, reason: string): NetworkError {
  const answer = `${status} ${reason.slice(0, MAX_REASON)}`.trim()
  const name = proxyName(proxy)
  if (status !== 407) {
    return new NetworkError('proxy', `${name} refused the connection to ${target}: ${answer}`)
  }
  const does = proxy.authorization === undefined ? 'asks for a' : 'does not take this'
  return new NetworkError('proxy', `${name} ${does} user name and password: ${answer}`)
}

/** What node:http can't read; any other error is the socket's. */
function answerError(error: Error, proxy: HttpProxy): Error {
  const { code = '' } = error as NodeJS.ErrnoException
  if (!code.startsWith('HPE_')) return error
  const what =
    code === 'HPE_HEADER_OVERFLOW'
      ? `answered with more than ${MAX_HEADER / 1024} KB of headers`
      : `answered with something else than HTTP (${code})`
  return new NetworkError('proxy', `${proxyName(proxy)} ${what}`, { cause: error })
}

/** Bytes of an answer's status line and headers. */
const MAX_HEADER = 2 ** 14

/** Characters of a reason phrase. */
const MAX_REASON = 100
