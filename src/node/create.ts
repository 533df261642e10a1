// A statement from a witness: the chain of rounds over the network, judged before anybody gets it (SPEC.md §4, §7).

import { setTimeout } from 'node:timers/promises'
import { equal, utf8 } from '../bytes.ts'
import { nextClientRandom } from '../chain.ts'
import { commitmentOf, type Subject } from '../commitment.ts'
import { HandshakeError, NetworkError, RefusalError } from '../errors.ts'
import { parseHost } from '../pki/identity.ts'
import { type BuildInput, buildPath } from '../pki/path.ts'
import { failedPath, type Report } from '../report.ts'
import type { VerifySignature } from '../signature.ts'
import { MAX_ROUNDS, type Round, type SignedStatement } from '../statement.ts'
import { HandshakeClient } from '../tls/client.ts'
import { decodeClientHello, decodeServerHello } from '../tls/handshake.ts'
import { VERSION } from '../tls/registry.ts'
import { readTranscript, type Transcript } from '../tls/transcript.ts'
import { judgeStatement } from '../verify.ts'
import { version } from '../version.ts'
import { type Address, type Connection, openConnection, runHandshake } from './connect.ts'
import { verifySignatureNative } from './native-signature.ts'
import { systemTrustAnchors } from './trust.ts'

export interface CreateOptions {
  /** The witness: DNS name (U-labels are not converted) or IP address. */
  readonly host: string
  /** Default 443. */
  readonly port?: number
  /** What to sign; at least one. */
  readonly subjects: readonly Subject[]
  /** Length of the chain, 1 to 32; default 3. One round leaves the clock uncorroborated. */
  readonly rounds?: number
  /** DER; default: the roots built into Node.js. */
  readonly trustAnchors?: readonly Uint8Array[]
  /** Seconds for each round, from its connection, or the round before, to ServerHelloDone; default 10. */
  readonly timeout?: number
  /** Seconds that the server's clock may be off this one; default 3600. */
  readonly maxSkew?: number
  /** Take a witness without a credible clock; such a statement never verifies as passed. Default false. */
  readonly noClock?: boolean
  /**
   * The one TLS version to speak; default 1.2. What older ones sign never verifies as passed, since it is over MD5 and
   * SHA-1; with these, short RSA keys and certificates over SHA-1 are taken too.
   */
  readonly version?: OldVersion | '1.2'
  /** Default: node:crypto. */
  readonly verifySignature?: VerifySignature
}

/** TLS versions of before SHA-2 (RFC 2246, RFC 4346). */
export type OldVersion = '1.0' | '1.1'

/**
 * Has a witness sign the subjects and gives the statement once it has passed the verifier. Nothing is written.
 * Throws NetworkError, HandshakeError, RefusalError (what came is no good statement: its code is the check's), and
 * RangeError for options out of bounds.
 */
export async function createStatement(options: CreateOptions): Promise<SignedStatement> {
  return (await createWithReport(options)).statement
}

/** createStatement, with the report on it. */
export async function createWithReport(
  options: CreateOptions,
): Promise<{ readonly statement: SignedStatement; readonly report: Report }> {
  const { subjects, rounds: count = 3, port = 443, timeout = 10, maxSkew = 3600 } = options
  const tlsVersion = TLS_VERSIONS.get(options.version ?? '1.2')
  if (tlsVersion === undefined)
    throw new RangeError(`expected TLS version 1.0, 1.1 or 1.2, got ${options.version}`)
  requireRange('rounds', count, 1, MAX_ROUNDS)
  requireRange('port', port, 1, 65535)
  if (!(timeout > 0 && timeout <= 3600))
    throw new RangeError(`expected a timeout of up to 3600 seconds, got ${timeout}`)
  if (!(maxSkew >= 0))
    throw new RangeError(`expected a maxSkew of 0 or more seconds, got ${maxSkew}`)
  const host = parseHost(options.host)
  if (host === undefined)
    throw new RangeError(
      `expected a host name or an IP address, got ${JSON.stringify(options.host)}`,
    )
  requireSubjects(subjects)
  const commitment = commitmentOf(subjects)
  if (commitment === undefined)
    throw new RangeError('expected subjects without a broken inclusion proof')
  const localTime = new Date()
  const address = { host: host.name, port, timeout: timeout * 1000 }
  const serverName = host.type === 'dns' ? host.name : undefined
  const rounds = await runChain({ address, serverName, tlsVersion, commitment, count })
  const tool = `tls-stamp ${version}`
  const statement: SignedStatement = { subjects, rounds, unsigned: { localTime, tool } }
  const report = refuseUnlessGood(statement, { ...options, maxSkew })
  return { statement, report }
}

interface ChainPlan {
  readonly address: Address
  readonly serverName: string | undefined
  readonly tlsVersion: number
  readonly commitment: Uint8Array
  readonly count: number
}

/**
 * The chain of rounds. While one runs, the next one's connection opens, never more than one ahead: servers that
 * serve one connection at a time then meet them in order, and n rounds cost n + 1 round trips. A server that would
 * not have a connection wait gets them one after the other; one that drops the ClientHello gets it once without
 * status_request.
 */
async function runChain({
  address,
  serverName,
  tlsVersion,
  commitment,
  count,
}: ChainPlan): Promise<Round[]> {
  const rounds: Round[] = []
  let statusRequest = true
  let mayWait = true
  let clientRandom = commitment
  let ahead: Connection | undefined
  try {
    while (rounds.length < count) {
      const waited = ahead !== undefined
      // A server that counts connections needs a moment to see that the last one is gone
      if (!mayWait) await setTimeout(PAUSE)
      const connection = ahead ?? openConnection(address)
      ahead = undefined
      connection.renew()
      const hello = {
        ...{ clientRandom, statusRequest, version: tlsVersion },
        ...(serverName !== undefined && { serverName }),
      }
      const client = new HandshakeClient(hello)
      try {
        await Promise.race([connection.ended, connection.opened])
        if (mayWait && rounds.length + 1 < count) ahead = openConnection(address)
        const transcript = await runHandshake(connection, client)
        rounds.push({ host: address.host, port: address.port, ...transcript })
        clientRandom = nextClientRandom(commitment, linkOf(transcript))
      } catch (error) {
        connection.close()
        if (waited && isLostWaiting(error, client)) {
          mayWait = false
          ahead?.close()
          ahead = undefined
        } else if (isStatusRequestRefusal(error, client, statusRequest)) statusRequest = false
        else throw error
      }
    }
    return rounds
  } finally {
    ahead?.close()
  }
}

/** Some servers refuse a second connection, or end one that is idle: nothing is lost, a fresh one will do. */
function isLostWaiting(error: unknown, client: HandshakeClient): boolean {
  if (client.answered) return false
  if (error instanceof HandshakeError) return error.code === 'alert'
  return error instanceof NetworkError && error.code !== 'timeout'
}

/** Some servers drop the connection for a status_request that they can't answer: they get one try without. */
function isStatusRequestRefusal(error: unknown, client: HandshakeClient, asked: boolean): boolean {
  return asked && !client.answered && error instanceof NetworkError && error.code === 'closed'
}

function linkOf(transcript: Transcript): Parameters<typeof nextClientRandom>[1] {
  return {
    clientRandom: decodeClientHello(transcript.clientHello).random,
    serverRandom: decodeServerHello(transcript.serverHello).random,
    serverKeyExchange: transcript.serverKeyExchange,
  }
}

/** Runs the verifier as the statement's first reader would, who accepts just this witness. */
function refuseUnlessGood(
  statement: SignedStatement,
  options: CreateOptions & { readonly maxSkew: number },
): Report {
  const trustAnchors = [...(options.trustAnchors ?? systemTrustAnchors())]
  const verifySignature = options.verifySignature ?? verifySignatureNative
  const [{ host }] = statement.rounds as [Round]
  const report = judgeStatement(statement, {
    digests: statement.subjects,
    trustAnchors,
    witnesses: [host],
    verifySignature,
  })
  const allowWeak = options.version !== undefined && options.version !== '1.2'
  const waived = new Set(options.noClock ? ['clock', 'path'] : [])
  if (allowWeak) waived.add('strength')
  const refused = report.checks.find(({ id, outcome, code }) => {
    if (allowWeak && id === 'path' && WEAK_PATHS.has(code)) return false
    return outcome === 'fail' || (outcome === 'unknown' && !waived.has(id))
  })
  if (refused) throw new RefusalError(refused.code, refused.message)
  const { notBefore } = report.time
  if (notBefore) requireSmallSkew(notBefore, statement.unsigned.localTime, options.maxSkew)
  if (report.verdict !== 'passed')
    requirePathsNow(statement, { trustAnchors, verifySignature, allowWeak })
  return report
}

function requireSmallSkew(claimed: Date, localTime: Date, maxSkew: number): void {
  const skew = Math.round((claimed.getTime() - localTime.getTime()) / 1000)
  if (Math.abs(skew) <= maxSkew) return
  const side = skew > 0 ? 'ahead of' : 'behind'
  const message = `the server's clock is ${Math.abs(skew)} seconds ${side} this one, more than ${maxSkew}`
  throw new RefusalError('clock-skew', message)
}

/** Where the verifier did not judge the paths to their ends, here and now they must be good but for what is weak. */
function requirePathsNow(
  { rounds, unsigned }: SignedStatement,
  trust: Pick<BuildInput, 'trustAnchors' | 'verifySignature' | 'allowWeak'>,
): void {
  const distinct = rounds.filter(
    ({ certificate }, i) =>
      !rounds.slice(0, i).some((other) => equal(other.certificate, certificate)),
  )
  for (const round of distinct) {
    const [endEntity, ...intermediates] = readTranscript(round).certificates
    const time = unsigned.localTime
    const path = buildPath({ endEntity, intermediates, time, ...trust })
    if (path.outcome === 'fail') throw new RefusalError(path.code, failedPath(path).message)
  }
}

/** What a statement can't hold is no use to sign. */
function requireSubjects(subjects: readonly Subject[]): void {
  for (const { name, sha256, inclusionProof } of subjects) {
    const { length } = utf8(name)
    if (length < 1 || length > 4096 || /\0|\p{Cs}/u.test(name)) {
      const shown = JSON.stringify(name.slice(0, 64))
      throw new RangeError(`expected a name of 1 to 4096 bytes of UTF-8 without NUL, got ${shown}`)
    }
    if (sha256.length !== 32) {
      throw new RangeError(`expected a digest of 32 bytes for ${name}, got ${sha256.length}`)
    }
    if (inclusionProof && subjects.length > 1) {
      throw new RangeError('expected a subject with an inclusion proof to be the only one')
    }
  }
}

function requireRange(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw new RangeError(`expected ${name} from ${min} to ${max}, got ${value}`)
}

/** What a path fails for that an old server can't help. */
const WEAK_PATHS: ReadonlySet<string> = new Set(['weak-key', 'weak-algorithm'])

const TLS_VERSIONS: ReadonlyMap<string, number> = new Map([
  ['1.0', VERSION.tls10],
  ['1.1', VERSION.tls11],
  ['1.2', VERSION.tls12],
])

/** Milliseconds between connections to a server that will not have two. */
const PAUSE = 50
