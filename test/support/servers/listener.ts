// A node:tls server as a program of its own, run by node (OpenSSL) or by bun (BoringSSL); its port goes to standard output.

import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer, type SecureVersion } from 'node:tls'

/** One listener of the configuration file, the program's only argument. */
export interface ListenerConfiguration {
  readonly key: string
  readonly cert: string
  readonly minVersion?: SecureVersion | undefined
  readonly maxVersion?: SecureVersion | undefined
  readonly ciphers?: string | undefined
  readonly requestCert?: boolean | undefined
  /** OCSPResponse to staple, DER in base64. Node only. */
  readonly ocsp?: string | undefined
}

function listen(options: ListenerConfiguration): Promise<number> {
  const { ocsp, ...rest } = options
  const server = createServer({ ...rest, rejectUnauthorized: false }, (socket) => {
    socket.on('error', () => {})
    socket.end()
  })
  server.on('tlsClientError', () => {})
  if (ocsp !== undefined) {
    server.on('OCSPRequest', (_certificate, _issuer, respond) => {
      respond(null, Buffer.from(ocsp, 'base64'))
    })
  }
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

const file = process.argv[2]
if (file !== undefined) {
  const listeners: ListenerConfiguration[] = JSON.parse(readFileSync(file, 'utf8'))
  const ports = await Promise.all(listeners.map(listen))
  process.stdout.write(`ports ${ports.join(' ')}\n`)
}
