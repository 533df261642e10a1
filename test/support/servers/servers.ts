// Real TLS servers on loopback, one start function per program; what each is good for is in the function's comment.

import { resolve as resolvePath } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  HOST,
  type Server,
  serverOf,
  startChild,
  startOnFreePort,
  startPrinting,
} from '../harness/child.ts'
import type { EndEntity } from '../make/end-entity.ts'
import { toPem } from '../make/mint.ts'
import type { ListenerConfiguration } from './listener.ts'
import { type Program, program } from './programs.ts'

export type { Server } from '../harness/child.ts'
export { type EndEntity, endEntities, endEntity } from '../make/end-entity.ts'
export { startErlangServer, startGoServer, startJavaServer } from './language-servers.ts'
export { missing, NotInstalledError } from './programs.ts'

/** One port of a node:tls server. */
export interface ListenerOptions
  extends Pick<ListenerConfiguration, 'minVersion' | 'maxVersion' | 'ciphers' | 'requestCert'> {
  readonly endEntity: EndEntity
}

export interface ListenerServer extends Server {
  /** One port per listener, in their order; `port` is the first. */
  readonly ports: readonly number[]
}

/**
 * BoringSSL, as bun's node:tls has it: the clock is in server_random. One process serves all listeners.
 * TLS 1.2 and 1.3 by default; minVersion "TLSv1" adds 1.0 and 1.1. It staples no OCSP response.
 */
export function startBunServer(
  listeners: ListenerOptions | readonly ListenerOptions[],
  options: {
    /** Seconds that its clock is ahead (negative: behind). Needs faketime. */
    readonly clockOffset?: number
  } = {},
): Promise<ListenerServer> {
  return startListener('bun', listeners, options)
}

/**
 * OpenSSL, as Node's own node:tls has it: server_random is random. One process serves all listeners.
 * TLS 1.0 and 1.1 need minVersion "TLSv1" and ciphers "DEFAULT@SECLEVEL=0".
 */
export function startNodeServer(
  listeners: (ListenerOptions & NodeOnlyOptions) | readonly (ListenerOptions & NodeOnlyOptions)[],
): Promise<ListenerServer> {
  return startListener('node', listeners, {})
}

export interface NodeOnlyOptions {
  /** OCSPResponse to staple, DER: any bytes go. */
  readonly ocsp?: Uint8Array
}

async function startListener(
  runtime: Program & ('bun' | 'node'),
  listeners: (ListenerOptions & NodeOnlyOptions) | readonly (ListenerOptions & NodeOnlyOptions)[],
  options: { readonly clockOffset?: number },
): Promise<ListenerServer> {
  const configurations = [listeners].flat().map(({ endEntity, ocsp, ...rest }) => ({
    ...rest,
    key: endEntity.keyPem,
    cert: endEntity.chainPem,
    ocsp: ocsp && Buffer.from(ocsp).toString('base64'),
  }))
  const child = startChild({
    ...options,
    program: program(runtime),
    args: [LISTENER, 'listeners.json'],
    files: { 'listeners.json': JSON.stringify(configurations) },
  })
  const match = await child.line(/^ports ([\d ]+)\n/m)
  const ports = (match[1] ?? '').split(' ').map(Number)
  return { ...serverOf(child, ports[0] ?? 0), ports }
}

/**
 * `openssl s_server` with any further arguments: server_random is random. It serves one connection at a time.
 * Useful: -tls1_2 | -tls1_3 | -cipher DHE | -cipher ALL:@SECLEVEL=0 -tls1_1 | -status_file ocsp.der | -Verify 2.
 */
export function startOpensslServer(options: {
  readonly endEntity: EndEntity
  readonly args?: readonly string[]
  /** Files that the arguments name: they are in the server's working directory. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
}): Promise<Server> {
  const { endEntity, args = [], files } = options
  const [own, ...intermediates] = endEntity.certificates.map((der) => toPem(der))
  const chain = intermediates.length > 0 ? ['-cert_chain', 'chain.pem'] : []
  return startPrinting(
    {
      program: program('openssl'),
      // -www: it answers each connection and goes on, and does not read its standard input.
      args: [
        's_server',
        '-www',
        '-accept',
        `${HOST}:0`,
        '-key',
        'key.pem',
        '-cert',
        'own.pem',
        ...chain,
        ...args,
      ],
      files: {
        'key.pem': endEntity.keyPem,
        'own.pem': own ?? '',
        'chain.pem': intermediates.join(''),
        ...files,
      },
    },
    /^ACCEPT 127\.0\.0\.1:(\d+)/m,
  )
}

export type LighttpdModule =
  | 'mod_mbedtls'
  | 'mod_gnutls'
  | 'mod_nss'
  | 'mod_wolfssl'
  | 'mod_openssl'

/**
 * lighttpd over one of five TLS libraries. mod_mbedtls puts the clock in server_random and signs with PKCS #1 only;
 * mod_nss sends the flight in one record; mod_wolfssl may drop a connection that asks for OCSP.
 */
export function startLighttpd(options: {
  readonly module: LighttpdModule
  readonly endEntity: EndEntity
  /** OCSPResponse to staple, DER; mod_openssl, mod_gnutls and mod_nss. They check it. */
  readonly ocsp?: Uint8Array
  /** More lines of configuration. */
  readonly configuration?: readonly string[]
  /** Seconds that its clock is ahead (negative: behind). Needs faketime. */
  readonly clockOffset?: number
}): Promise<Server> {
  const { module, endEntity, ocsp, configuration = [], clockOffset } = options
  program(module)
  const lines = (port: number): string[] => [
    `server.modules = ("${module}")`,
    'server.document-root = var.CWD',
    'server.upload-dirs = (var.CWD)',
    `server.bind = "${HOST}"`,
    `server.port = ${port}`,
    'ssl.engine = "enable"',
    'ssl.pemfile = var.CWD + "/chain.pem"',
    'ssl.privkey = var.CWD + "/key.pem"',
    ...(ocsp ? ['ssl.stapling-file = var.CWD + "/ocsp.der"'] : []),
    ...configuration,
  ]
  return startOnFreePort((port) => ({
    program: program('lighttpd'),
    args: ['-D', '-f', 'lighttpd.conf'],
    files: { ...pemFiles(endEntity, ocsp), 'lighttpd.conf': `${lines(port).join('\n')}\n` },
    clockOffset,
  }))
}

/**
 * gnutls-serv: server_random is random. It answers HTTP, says close_notify when it closes, and refuses a version that is too
 * old with handshake_failure. It listens on all addresses.
 */
export function startGnutlsServer(options: {
  readonly endEntity: EndEntity
  /** Priority string, such as "NORMAL:-VERS-ALL:+VERS-TLS1.3". */
  readonly priority?: string
}): Promise<Server> {
  const { endEntity, priority = 'NORMAL' } = options
  const files = ['--x509certfile=chain.pem', '--x509keyfile=key.pem']
  return startOnFreePort((port) => ({
    program: program('gnutls-serv'),
    args: [
      '--quiet',
      '--http',
      '--disable-client-cert',
      '-p',
      `${port}`,
      ...files,
      '--priority',
      priority,
    ],
    files: pemFiles(endEntity),
  }))
}

/** Redis over OpenSSL: it closes without a close_notify when it has got one. */
export function startRedis(options: {
  readonly endEntity: EndEntity
  /** tls-protocols: "TLSv1.2 TLSv1.3". */
  readonly protocols?: string
}): Promise<Server> {
  const { endEntity, protocols = 'TLSv1.2 TLSv1.3' } = options
  return startOnFreePort((port) => ({
    program: program('redis-server'),
    args: ['redis.conf'],
    files: {
      ...pemFiles(endEntity),
      'redis.conf': [
        'port 0',
        `tls-port ${port}`,
        `bind ${HOST}`,
        'tls-cert-file chain.pem',
        'tls-key-file key.pem',
        'tls-ca-cert-file chain.pem',
        'tls-auth-clients no',
        `tls-protocols "${protocols}"`,
        'save ""',
        '',
      ].join('\n'),
    },
  }))
}

/** nginx over OpenSSL: server_random is random. Several end entities of different key types share the port. */
export function startNginx(options: {
  readonly endEntity: EndEntity
  /** Another end entity, for clients that the first does not suit. */
  readonly alternative?: EndEntity
  /** More directives of the server block, such as "ssl_protocols TLSv1.2 TLSv1.3;". */
  readonly configuration?: readonly string[]
}): Promise<Server> {
  const { endEntity, alternative, configuration = [] } = options
  const pairs = ['', ...(alternative ? ['alternative-'] : [])].flatMap((prefix) => [
    `ssl_certificate ${prefix}chain.pem;`,
    `ssl_certificate_key ${prefix}key.pem;`,
  ])
  const server = (port: number): string =>
    [`listen ${HOST}:${port} ssl;`, ...pairs, ...configuration].join('\n')
  return startOnFreePort((port) => ({
    program: program('nginx'),
    // Its prefix is the working directory: relative names in the configuration start there.
    args: ['-e', 'stderr', '-p', './', '-c', 'nginx.conf'],
    files: {
      ...pemFiles(endEntity),
      ...(alternative ? pemFiles(alternative, undefined, 'alternative-') : {}),
      'nginx.conf': nginxConfiguration(server(port)),
    },
  }))
}

function nginxConfiguration(server: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `daemon off; master_process off; pid nginx.pid; events {}
http {
access_log off;
${temporary.map((name) => `${name}_temp_path ${name};`).join('\n')}
server {
${server}
}
}
`
}

function pemFiles(
  endEntity: EndEntity,
  ocsp?: Uint8Array,
  prefix = '',
): Record<string, string | Uint8Array> {
  return {
    [`${prefix}key.pem`]: endEntity.keyPem,
    [`${prefix}chain.pem`]: endEntity.chainPem,
    ...(ocsp ? { [`${prefix}ocsp.der`]: ocsp } : {}),
  }
}

// Beside this file and, as this file, either a source or what was compiled from it.
const LISTENER = resolvePath(
  fileURLToPath(import.meta.url).replace(/servers\.([jt]s)$/, 'listener.$1'),
)
