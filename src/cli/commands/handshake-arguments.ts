// Arguments of `tls-stamp handshake` as typed, made into what the command takes, or refused.

import { integer, operands, seconds, type Typed, text, tlsVersion } from '../arguments.ts'
import { UsageError } from '../errors.ts'
import type { HandshakeArguments } from './handshake.ts'

export function handshakeArguments(typed: Typed): HandshakeArguments {
  const [host, port, ...others] = operands(typed)
  if (host === undefined || port === undefined || others.length > 0) {
    throw new UsageError('expected HOST and PORT', ['see tls-stamp handshake --help'])
  }
  return {
    host,
    port: integer(port, 'PORT', 1, 65535),
    tls: tlsVersion(text(typed, 'tls', '--tls', '1.2')),
    ca: typed.ca === undefined ? undefined : text(typed, 'ca', '--ca'),
    proxy: typed.proxy === undefined ? undefined : text(typed, 'proxy', '--proxy'),
    timeout: seconds(text(typed, 'timeout', '--timeout', '10'), '--timeout', 0.001, 3600),
    request: Boolean(typed.request),
    json: Boolean(typed.json),
  }
}
