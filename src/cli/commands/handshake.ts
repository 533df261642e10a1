// tls-stamp handshake: a complete handshake, every message shown as it goes by.

import { HandshakeError, TlsStampError } from '../../errors.ts'
import {
  authorityOf,
  checkSession,
  completeHandshake,
  type ObservedMessage,
  type OpenSession,
  type ReportMessage,
  requestHead,
} from '../../session/index.ts'
import { type Address, appendText } from '../../system/index.ts'
import { TLS_VERSIONS, VERSION } from '../../tls/index.ts'
import { parseHost } from '../../x509/index.ts'
import { addressOperands } from '../address.ts'
import { type Command, defineCommand, flag } from '../command.ts'
import { reportFailure } from '../errors.ts'
import { chooseProxy } from '../input.ts'
import { anyTls, ca, json, proxy, timeout, trustAnchorsOf } from '../options.ts'
import { print, printError, printHints, printJsonResult } from '../terminal.ts'
import { renderPassing, renderSession, reportSession, type SessionReport } from '../text/session.ts'

export const handshake: Command = defineCommand({
  about: `Completes a TLS handshake, shows every message of both sides as it goes by,
and checks the server's signature, its certification path and its name.

HOST  a TLS server
PORT  443 unless given; HOST PORT does as well

RC4, the cipher that toytls spoke, is prohibited by RFC 7465 and not offered.
With SSLKEYLOGFILE set, the secrets go to that file, for Wireshark
and for inspect --keylog.`,
  example: 'www.google.com --request',
  options: {
    tls: anyTls('the version to speak'),
    request: flag('send HEAD / and show the answer'),
    ca,
    proxy,
    timeout: timeout('seconds for the handshake, and again for the request'),
    json,
  },
  run: async (operands, values) => {
    const { host, port } = addressOperands(operands)
    return complete({
      address: {
        host,
        port,
        timeout: values.timeout * 1000,
        proxy: chooseProxy(values.proxy)(host, port),
      },
      tls: values.tls,
      request: values.request,
      json: values.json,
      trustAnchors: await trustAnchorsOf(values.ca),
    })
  },
})

interface Wanted {
  readonly address: Address
  readonly tls: keyof typeof VERSIONS
  readonly request: boolean
  readonly json: boolean
  readonly trustAnchors: Uint8Array[]
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
  if (failure) return reportHandshakeFailure(failure, wanted.tls)
  const failed = report?.checks.filter(({ outcome }) => outcome !== 'pass') ?? []
  if (failed.some(({ code }) => code === 'unknown-issuer')) {
    printHints(['trust other certificates than the built-in ones with --ca FILE|DIR'])
  }
  return failed.length === 0 ? 0 : 1
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
    const answer = request ? await ask(session, authorityOf(report.host, address.port)) : null
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
function reportHandshakeFailure(error: unknown, tls: Wanted['tls']): number {
  if (!(error instanceof HandshakeError)) return reportFailure(error)
  const older = error.alert === PROTOCOL_VERSION || /the server speaks TLS/.test(error.message)
  const others = Object.keys(VERSIONS).filter((version) => version !== tls)
  printError(
    error.message,
    older ? [`try another version: --tls ${others.join(' or --tls ')}`] : [],
  )
  return error.code === 'misbehaving-peer' ? 1 : 2
}

const VERSIONS = { ...TLS_VERSIONS, '1.3': VERSION.tls13 } as const

const PROTOCOL_VERSION = 70
