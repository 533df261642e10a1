// Asks a server what it takes and what clock it runs, one connection at a time with a pause between: whether it can be
// a clock witness or a guard.

import { NetworkError, requireRange } from '../errors.ts'
import type { VerifySignature } from '../signature/index.ts'
import { MAX_ROUNDS } from '../statement/index.ts'
import type { HttpProxy } from '../system/index.ts'
import { systemTrustAnchors, verifySignatureNative } from '../system/index.ts'
import { type Handshake, type TlsVersion, VERSION, versionCode, versionName } from '../tls/index.ts'
import { verifyStatement } from '../verify/index.ts'
import { parseHost } from '../x509/index.ts'
import { isNoTls } from './answers.ts'
import { type Answers, askAll } from './asking.ts'
import { askClock, type ClockAnswer } from './clock.ts'
import { openPacedConnections, type PacedConnections } from './connections.ts'
import { mostConnections, planProbe } from './questions.ts'
import { judgeTls13, reasonsAgainst } from './reasons.ts'
import {
  type CertificatesReport,
  judgeCertificates,
  judgeProbedClock,
  type ProbeReport,
  readStaple,
  type Tls13Answer,
} from './report.ts'
import { askTls13, mostTls13Connections } from './tls13.ts'

export interface ProbeOptions {
  /** DNS name (U-labels are not converted) or IP address. */
  readonly host: string
  /** Default 443. */
  readonly port?: number
  /** The version that everything but the versions is asked at; default 1.2. */
  readonly version?: TlsVersion
  /** Cipher suites to ask for: those that `sign` offers (the default), or all there are. */
  readonly suites?: 'usual' | 'all'
  /** Ask only for the clock and for one TLS 1.3 handshake. */
  readonly quick?: boolean
  /** Length of the chain that tells the clock, 1 to 32; default 3. */
  readonly rounds?: number
  /** DER; default: the roots built into Node.js. */
  readonly trustAnchors?: readonly Uint8Array[]
  /** Seconds for each connection; default 10. */
  readonly timeout?: number
  /** The HTTP proxy to go by; default: none. */
  readonly proxy?: HttpProxy | undefined
  /** Milliseconds between connections; default 50. */
  readonly pause?: number
  /** Called before each connection. */
  readonly report?: (progress: ProbeProgress) => void
  /** Default: node:crypto. */
  readonly verifySignature?: VerifySignature
}

export interface ProbeProgress {
  /** Counted from 1. */
  readonly connection: number
  /** How many there will be at most. */
  readonly most: number
  /** What is asked next. */
  readonly about: string
}

/**
 * Probes a server. Throws NetworkError or HandshakeError when there is nothing to report: no connection, no answer, no
 * TLS. Throws RangeError for options out of bounds.
 */
export async function probeServer(options: ProbeOptions): Promise<ProbeReport> {
  const { port = 443, rounds: count = 3, timeout = 10, pause = 50, quick = false } = options
  const version = versionCode(options.version ?? '1.2')
  requireRange('port', port, 1, 65535)
  requireRange('rounds', count, 1, MAX_ROUNDS)
  requireRange('pause', pause, 0, 60_000)
  if (!(timeout > 0 && timeout <= 3600))
    throw new RangeError(`expected a timeout of up to 3600 seconds, got ${timeout}`)
  const host = parseHost(options.host)
  if (host === undefined) {
    const shown = JSON.stringify(options.host)
    throw new RangeError(`expected a host name or an IP address, got ${shown}`)
  }
  const questions = quick ? [] : planProbe({ version, suites: options.suites ?? 'usual' })
  const most = count + 1 + mostConnections(questions) + mostTls13Connections(quick)
  const address = { host: host.name, port, timeout: timeout * 1000, proxy: options.proxy }
  const connections = openPacedConnections(address, pause, (connection, about) =>
    options.report?.({ connection, most, about }),
  )
  const named = host.type === 'dns' ? { serverName: host.name } : {}
  const target = { host: host.name, port, count, hello: { ...named, version } }
  const clock = await askClock(connections, target)
  requireServer(clock)
  const answers = await askAll(connections, questions, {
    named,
    version,
    all: options.suites === 'all',
    handshakes: clock.handshakes,
  })
  const spoken = answers.get('version')?.find(({ code }) => code === VERSION.tls13)
  const tls13 = await askTls13(connections, named, spoken)
  const heard = [tls13.spoken, ...[...answers.values()].flat()].some(({ outcome }) =>
    HEARD.has(outcome),
  )
  if (clock.failure instanceof NetworkError && clock.handshakes.length === 0 && !heard) {
    throw clock.failure
  }
  return conclude({
    ...options,
    host: host.name,
    port,
    version,
    connections,
    clock,
    answers,
    tls13,
  })
}

/** What the server is heard to have said. */
const HEARD: ReadonlySet<string> = new Set(['taken', 'other', 'refused'])

/** Goes no further when the first connection says that it would be no use. */
function requireServer({ failure, handshakes }: ClockAnswer): void {
  if (failure === undefined || handshakes.length > 0) return
  const isUnreachable = failure instanceof NetworkError && failure.code !== 'closed'
  if (isUnreachable || isNoTls(failure)) throw failure
}

function conclude(
  found: Omit<ProbeOptions, 'version'> & {
    readonly port: number
    readonly version: number
    readonly connections: PacedConnections
    readonly clock: ClockAnswer
    readonly answers: Answers
    readonly tls13: Tls13Answer
  },
): ProbeReport {
  const { host, port, answers, tls13, connections, verifySignature = verifySignatureNative } = found
  const { statement, handshakes, timed, failure } = found.clock
  const [first] = handshakes
  const trust = { trustAnchors: found.trustAnchors ?? systemTrustAnchors(), verifySignature }
  const clock = judgeProbedClock(timed, MAX_SKEW)
  const time = new Date()
  const judge = (handshake: Handshake | undefined): CertificatesReport | null =>
    handshake ? judgeCertificates(handshake.certificates, { ...trust, host, time }) : null
  const certificates = judge(first)
  const guardCertificates = judge(tls13.handshake)
  const checks = first
    ? verifyStatement(statement, { ...trust, witnesses: [host], statementOnly: true }).checks
    : []
  const shown = first ?? tls13.handshake
  const versions = answers.get('version') ?? null
  const cipherSuites = answers.get('cipherSuite') ?? null
  const asked = { version: versionName(found.version), versions, cipherSuites }
  const reasons = reasonsAgainst({
    ...asked,
    clock,
    certificates,
    checks,
    failure,
    tls13: tls13.spoken,
  })
  return {
    host,
    port,
    ...asked,
    witness: reasons.length === 0,
    reasons,
    connections: connections.count,
    signatureSchemes: answers.get('signatureScheme') ?? null,
    groups: answers.get('group') ?? null,
    certificates: certificates ?? guardCertificates,
    staple: shown ? readStaple(shown) : null,
    clock,
    tls13: judgeTls13(tls13, guardCertificates, { host, verifySignature, versions }),
  }
}

/** Seconds that a clock may be off this one, as in `sign` by default. */
const MAX_SKEW = 3600
