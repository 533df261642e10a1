// tls-stamp handshake: a complete handshake, every message shown as it goes by.

import { appendFileSync } from 'node:fs'
import { HandshakeError, TlsStampError } from '../../errors.ts'
import {
  authorityOf,
  checkSession,
  completeHandshake,
  type OpenSession,
  type PassingMessage,
  type ReportMessage,
  requestHead,
} from '../../session/index.ts'
import { readTrustAnchors, systemTrustAnchors } from '../../system/index.ts'
import { VERSION } from '../../tls/index.ts'
import { parseHost } from '../../x509/index.ts'
import { reportFailure } from '../errors.ts'
import { canonicalHost, chooseProxy } from '../input.ts'
import { print, printError, printHints } from '../terminal.ts'
import { renderJson } from '../text/report.ts'
import { renderPassing, renderSession, reportSession, type SessionReport } from '../text/session.ts'

export interface HandshakeArguments {
  readonly host: string
  readonly port: number
  readonly tls: '1.0' | '1.1' | '1.2'
  readonly ca: string | undefined
  readonly proxy: string | undefined
  /** Seconds for the handshake and the close, and again for the request. */
  readonly timeout: number
  readonly request: boolean
  readonly json: boolean
}

/**
 * Gives the exit code: 0 when the handshake is complete and every check passes, 1 when it is not right, 2 when there
 * is none.
 */
export async function handshake(args: HandshakeArguments): Promise<number> {
  const host = canonicalHost(args.host)
  const trustAnchors =
    args.ca === undefined ? systemTrustAnchors() : await readTrustAnchors(args.ca)
  const messages: PassingMessage[] = []
  let report: SessionReport | undefined
  let failure: unknown
  try {
    const session = await openSession(args, host, (message, place) => {
      messages.push(message)
      if (!args.json) print(renderPassing(message, place))
    })
    const time = new Date()
    const checks = checkSession(session.handshake, { host, trustAnchors, time })
    report = reportSession({ host, port: args.port }, session.handshake, checks, time)
    report = await useSession(session, args, report)
  } catch (error) {
    failure = error
  }
  if (args.json) print(renderJson({ ...report, messages, ...describeFailure(failure) }))
  else if (report) print(renderSession(report))
  if (failure) return reportHandshakeFailure(failure, args)
  const failed = report?.checks.filter(({ outcome }) => outcome === 'fail') ?? []
  if (failed.some(({ code }) => code === 'unknown-issuer')) {
    printHints(['trust other certificates than the built-in ones with --ca FILE|DIR'])
  }
  return failed.length === 0 ? 0 : 1
}

function openSession(
  args: HandshakeArguments,
  host: string,
  report: ReportMessage,
): Promise<OpenSession> {
  const keyLogFile = process.env.SSLKEYLOGFILE
  const proxy = chooseProxy(args.proxy)(host, args.port)
  return completeHandshake({
    address: { host, port: args.port, timeout: args.timeout * 1000, proxy },
    serverName: parseHost(host)?.type === 'dns' ? host : undefined,
    version: VERSIONS[args.tls],
    report,
    ...(keyLogFile && { keyLog: (line) => appendFileSync(keyLogFile, line, { mode: 0o600 }) }),
  })
}

/** The request, when there is one, and the end. Throws after what the report shows by then. */
async function useSession(
  session: OpenSession,
  args: HandshakeArguments,
  report: SessionReport,
): Promise<SessionReport> {
  try {
    const answer = args.request ? await ask(session, authorityOf(report.host, args.port)) : null
    return { ...report, answer, closed: await session.close() }
  } catch (error) {
    session.abort(error)
    throw error
  }
}

function ask(session: OpenSession, authority: string): ReturnType<typeof requestHead> {
  session.renew()
  return requestHead(session.channel, authority)
}

function describeFailure(error: unknown): { error?: { code: string; message: string } } {
  if (!(error instanceof TlsStampError)) return {}
  return { error: { code: error.code, message: error.message } }
}

/** As reportFailure does, with hints for who wants a handshake and not a witness. */
function reportHandshakeFailure(error: unknown, { tls }: HandshakeArguments): number {
  if (!(error instanceof HandshakeError)) return reportFailure(error)
  const older = error.alert === PROTOCOL_VERSION || /the server speaks TLS/.test(error.message)
  const others = Object.keys(VERSIONS).filter((version) => version !== tls)
  printError(
    error.message,
    older ? [`try another version: --tls ${others.join(' or --tls ')}`] : [],
  )
  return error.code === 'misbehaving-peer' ? 1 : 2
}

const VERSIONS = { '1.0': VERSION.tls10, '1.1': VERSION.tls11, '1.2': VERSION.tls12 } as const

const PROTOCOL_VERSION = 70
