// tls-stamp handshake: a complete handshake, every message shown as it goes by.

import { HandshakeError, TlsStampError } from '../../errors.ts'
import {
  authorityOf,
  checkSession,
  completeHandshake,
  type ObservedMessage,
  type OpenSession,
  type ReportMessage,
  type Request,
  requestHead,
} from '../../session/index.ts'
import { type Address, appendText } from '../../system/index.ts'
import { TLS_VERSIONS, VERSION } from '../../tls/index.ts'
import { parseHost } from '../../x509/index.ts'
import { addressOperands } from '../address.ts'
import { type Command, defineCommand, type Option } from '../command.ts'
import { reportFailure, UsageError } from '../errors.ts'
import { chooseProxy } from '../input.ts'
import { anyTls, ca, json, proxy, timeout, trustAnchorsOf } from '../options.ts'
import { print, printError, printHints, printJsonResult } from '../terminal.ts'
import { renderPassing, renderSession, reportSession, type SessionReport } from '../text/session.ts'

/** The method of --request, which has none behind it for HEAD; undefined when nothing is to be asked. */
const requestMethod: Option<Request['method'] | undefined> = {
  value: '[GET|HEAD]',
  words: ['GET', 'HEAD'],
  describe: 'send a HEAD or GET request, and show the head of the answer',
  read: (typed, shown) => {
    if (typed === undefined || typed === false) return undefined
    if (typed === true || typed === '' || typed === '1' || typed === 'HEAD') return 'HEAD'
    if (typed === 'GET') return 'GET'
    throw new UsageError(`expected ${shown} HEAD or GET, got ${typed}`, [
      'put the server before --request: tls-stamp handshake HOST --request GET /index.html',
    ])
  },
}

export const handshake: Command = defineCommand({
  calls: ['HOST[:PORT]', 'HOST[:PORT] --request GET PATH'],
  about: [
    "Completes a TLS handshake, shows every message of both sides as it passes, and checks the server's signature, certification path and name.",
  ],
  operands: [
    ['HOST', 'a TLS server; https://HOST/ works as well'],
    ['PORT', '443 if omitted; HOST PORT works as well'],
    ['PATH', 'the path to request; / if omitted'],
  ],
  notes: [
    'RC4, the cipher that toytls spoke, is prohibited by RFC 7465 and not offered.',
    'If SSLKEYLOGFILE is set, the secrets are appended to that file, for Wireshark and for inspect --keylog.',
  ],
  example: 'www.google.com --request GET /robots.txt',
  options: {
    tls: anyTls('TLS version'),
    request: requestMethod,
    ca,
    proxy,
    timeout: timeout('time limit for the handshake, and again for the request'),
    json,
  },
  run: async (operands, values) => {
    const path = values.request === undefined ? undefined : operands.find(isPath)
    const last = operands.length > 1 ? operands.at(-1) : undefined
    if (values.request && path === undefined && last !== undefined && !/^\d+$/.test(last)) {
      throw new UsageError(`PATH must begin with /, got ${last}`)
    }
    const { host, port } = addressOperands(operands.filter((word) => word !== path))
    return complete({
      address: {
        host,
        port,
        timeout: values.timeout * 1000,
        proxy: chooseProxy(values.proxy)(host, port),
      },
      tls: values.tls,
      request: values.request && { method: values.request, path: path ?? '/' },
      json: values.json,
      trustAnchors: await trustAnchorsOf(values.ca),
    })
  },
})

interface Wanted {
  readonly address: Address
  readonly tls: keyof typeof VERSIONS
  readonly request: Request | undefined
  readonly json: boolean
  readonly trustAnchors: Uint8Array[]
}

/** In the characters that a request target may have; what else begins with a slash is no path (RFC 9112 §3.2.1). */
function isPath(word: string): boolean {
  return /^\/[\x21-\x7e]*$/.test(word)
}

/**
 * Gives the exit code: 0 when the handshake is complete and every check passes, 1 when it is not right, 2 when there
 * is none.
 */
async function complete(wanted: Wanted): Promise<number> {
  const { address, trustAnchors, json } = wanted
  const { host } = address
  const messages: ObservedMessage[] = []
  let report: SessionReport | undefined
  let failure: unknown
  try {
    const session = await openSession(wanted, (message, place) => {
      messages.push(message)
      if (!json) print(renderPassing(message, place))
    })
    const time = new Date()
    const checks = checkSession(session.handshake, { host, trustAnchors, time })
    report = reportSession(address, session.handshake, checks, time)
    report = await useSession(session, wanted, report)
  } catch (error) {
    failure = error
  }
  if (json) printJsonResult({ ...report, messages, ...describeFailure(failure) })
  else if (report) print(renderSession(report))
  if (failure) {
    reportHandshakeFailure(failure, wanted.tls)
    return report || isTampered(failure) ? 1 : 2
  }
  const failed = report?.checks.filter(({ outcome }) => outcome !== 'pass') ?? []
  if (failed.some(({ code }) => code === 'unknown-issuer')) {
    printHints(['trust other certificates than the built-in ones with --ca FILE|DIR'])
  }
  const isUnanswered = report?.answer?.status === null
  return failed.length === 0 && !isUnanswered ? 0 : 1
}

function openSession({ address, tls }: Wanted, report: ReportMessage): Promise<OpenSession> {
  const keyLogFile = process.env.SSLKEYLOGFILE
  return completeHandshake({
    address,
    serverName: parseHost(address.host)?.type === 'dns' ? address.host : undefined,
    version: VERSIONS[tls],
    report,
    ...(keyLogFile && { keyLog: (line) => appendText(keyLogFile, line, 0o600) }),
  })
}

/** The request, when there is one, and the end. Throws after what the report shows by then. */
async function useSession(
  session: OpenSession,
  { request, address }: Wanted,
  report: SessionReport,
): Promise<SessionReport> {
  try {
    const authority = authorityOf(report.host, address.port)
    const answer = request ? await ask(session, authority, request) : null
    return { ...report, answer, closed: await session.close() }
  } catch (error) {
    session.abort(error)
    throw error
  }
}

function ask(session: OpenSession, ...asked: [string, Request]): ReturnType<typeof requestHead> {
  session.renew()
  return requestHead(session.channel, ...asked)
}

function describeFailure(error: unknown): { error?: { code: string; message: string } } {
  if (!(error instanceof TlsStampError)) return {}
  return { error: { code: error.code, message: error.message } }
}

/** As reportFailure does, with hints for who wants a handshake and not a witness. */
function reportHandshakeFailure(error: unknown, tls: Wanted['tls']): void {
  if (error instanceof HandshakeError) printError(error.message, hintsFor(error, tls))
  else reportFailure(error)
}

/**
 * Names the versions that the server may speak. When a ClientHello offers a newer version than the server speaks, the server
 * answers with its own newest one (RFC 5246 §E.1), so a server that refuses a version speaks only newer ones. TLS 1.3 is
 * offered alone. A server that answers that with handshake_failure may speak nothing else, so only TLS 1.2 is named:
 * what the server answers to that says more.
 */
function hintsFor({ message, alert }: HandshakeError, tls: Wanted['tls']): readonly string[] {
  const spoken = /the server speaks TLS (1\.\d)/.exec(message)?.[1]
  if (spoken !== undefined) return [`try the version that it speaks: --tls ${spoken}`]
  if (alert !== PROTOCOL_VERSION && alert !== HANDSHAKE_FAILURE) return []
  const older = alert === PROTOCOL_VERSION ? ['1.0', '1.1', '1.2'] : ['1.2']
  const others = tls === '1.3' ? older : Object.keys(VERSIONS).filter((version) => version > tls)
  return [`try another version: --tls ${others.join(' or --tls ')}`]
}

/** Whether somebody has changed a record: one that is not authentic, or a Finished that is not of this handshake, on either side. */
function isTampered(error: unknown): boolean {
  return error instanceof HandshakeError && TAMPERED.includes(error.alert ?? 0)
}

const VERSIONS = { ...TLS_VERSIONS, '1.3': VERSION.tls13 } as const

/** AlertDescription (RFC 5246 §7.2.2). */
const HANDSHAKE_FAILURE = 40
const PROTOCOL_VERSION = 70
/** bad_record_mac, decrypt_error */
const TAMPERED: readonly number[] = [20, 51]
