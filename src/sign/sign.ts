// A statement from its witnesses: the chain of rounds over the network, judged before anybody gets it (SPEC.md §4, §7).

import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { NetworkError, requireRange, type TlsStampError } from '../errors.ts'
import type { VerifySignature } from '../signature/index.ts'
import {
  commitmentOf,
  encodedPieces,
  isName,
  MAX_ALL_ROUNDS,
  MAX_RENEWALS,
  MAX_ROUNDS,
  type Renewal,
  type SignedStatement,
  type Subject,
} from '../statement/index.ts'
import type { HttpProxy } from '../system/index.ts'
import { hashIntoNative, systemTrustAnchors, verifySignatureNative } from '../system/index.ts'
import { VERSION, versionCode } from '../tls/index.ts'
import { fewestIndependent, type Report, verifyStatement } from '../verify/index.ts'
import { version } from '../version.ts'
import { parseHost } from '../x509/index.ts'
import { type ChainPlan, type PlannedWitness, runChain } from './rounds.ts'
import { checkOwnStatement, type OwnJudgement } from './self-check.ts'

/** Where a witness is reached. */
export interface WitnessAddress {
  /** DNS name (U-labels are not converted) or IP address. */
  readonly host: string
  /** Default 443. */
  readonly port?: number
}

/** Who signs, and what is asked of them. */
export interface SigningOptions extends WitnessAddress {
  /** Further witnesses, each another host: the rounds go A, B, C, A, B, C. Together at most 32 rounds. */
  readonly witnesses?: readonly WitnessAddress[]
  /** How many of the witnesses have to sign, each with a key of its own; default: all. */
  readonly quorum?: number
  /** Rounds with each witness, 1 to 32; default 3. Fewer leave the clock uncorroborated. */
  readonly rounds?: number
  /** How often a witness that the network keeps away is tried again, 0 to 10; default 2 for several, 0 for one. */
  readonly retries?: number
  /** DER; default: the roots built into Node.js. */
  readonly trustAnchors?: readonly Uint8Array[]
  /** Seconds for each round, from its connection, or the round before, to ServerHelloDone; default 10. */
  readonly timeout?: number
  /** Seconds that a server's clock may be off this one; default 3600. */
  readonly maxSkew?: number
  /** Take witnesses without a credible clock; such a statement never verifies as passed. Default false. */
  readonly noClock?: boolean
  /**
   * The one TLS version to speak; default 1.2. What older ones sign never verifies as passed, since it is over MD5 and
   * SHA-1; with these, short RSA keys and certificates over SHA-1 are taken too.
   */
  readonly version?: OldVersion | '1.2'
  /** The HTTP proxy by which a witness is reached; default: none. */
  readonly proxyFor?: (host: string, port: number) => HttpProxy | undefined
  /** Default: node:crypto. */
  readonly verifySignature?: VerifySignature
}

/** Who signs what. */
export interface CreateOptions extends SigningOptions {
  /** What to sign; at least one. */
  readonly subjects: readonly Subject[]
}

/** TLS versions of before SHA-2 (RFC 2246, RFC 4346). */
export type OldVersion = '1.0' | '1.1'

/** A statement that was signed or renewed. */
export interface Created {
  readonly statement: SignedStatement
  /** The report on what the witnesses signed; of a renewal, on its own chain. */
  readonly report: Report
  /** Witnesses that the quorum could do without, and why it had to. */
  readonly dropped: readonly DroppedWitness[]
}

/** A witness that was left out, and why. */
export interface DroppedWitness {
  readonly host: string
  readonly port: number
  readonly error: TlsStampError
}

/**
 * Has witnesses sign the subjects and gives the statement once it has passed the verifier, with the report on it and
 * the witnesses that were left out. Nothing is written.
 * Throws NetworkError, HandshakeError, RefusalError (what came would not verify: its code is the check's), and
 * RangeError for options out of bounds.
 */
export async function createStatement(options: CreateOptions): Promise<Created> {
  const { subjects } = options
  requireSubjects(subjects)
  const commitment = commitmentOf(subjects, hashIntoNative)
  if (commitment === undefined)
    throw new RangeError('expected subjects without a broken inclusion proof')
  const { chain, ...rest } = await sign(options, subjects, commitment)
  return { ...rest, statement: { subjects, ...chain } }
}

/**
 * Has witnesses sign the statement as it is, and gives it with that renewal at its end, with the report on the
 * renewal's own chain. Whether the renewal came in time is for the verifier to say. Throws as createStatement does, and
 * RangeError when there are as many renewals as there may be, or when fewer witnesses are asked than the statement has
 * independent ones and no quorum says that they are enough: anyone who verifies with a quorum asks it of each chain.
 */
export async function renewStatement(
  statement: SignedStatement,
  options: SigningOptions,
): Promise<Created> {
  const { rounds, renewals = [] } = statement
  const { plan, count } = planOf(options)
  if (options.quorum === undefined) requireAsMany(statement, plan.witnesses.length, options)
  const all = [rounds, ...renewals.map((renewal) => renewal.rounds)].flat().length + count
  if (renewals.length === MAX_RENEWALS || all > MAX_ALL_ROUNDS) {
    const most = `${MAX_RENEWALS} renewals and ${MAX_ALL_ROUNDS} rounds`
    throw new RangeError(
      `expected a statement of at most ${most} in all: sign it as a file instead`,
    )
  }
  const hash = createHash('sha256')
  for (const piece of encodedPieces(statement)) hash.update(piece)
  const commitment = Uint8Array.from(hash.digest())
  const subject = { name: 'signed_statement', sha256: commitment }
  const { chain, ...rest } = await sign(options, [subject], commitment)
  return { ...rest, statement: { ...statement, renewals: [...renewals, chain] } }
}

function requireAsMany(
  statement: SignedStatement,
  asked: number,
  { trustAnchors, verifySignature }: SigningOptions,
): void {
  const { rounds, renewals = [] } = statement
  const all = [rounds, ...renewals.map((renewal) => renewal.rounds)].flat()
  const report = verifyStatement(statement, {
    trustAnchors: trustAnchors ?? systemTrustAnchors(),
    witnesses: [...new Set(all.map(({ host }) => host))],
    quorum: 1,
    statementOnly: true,
    verifySignature: verifySignature ?? verifySignatureNative,
    hash: hashIntoNative,
  })
  const fewest = fewestIndependent(report)
  if (asked >= fewest) return
  throw new RangeError(
    `expected a quorum, or as many independent witnesses as signed: ${fewest}, got ${asked}`,
  )
}

/** Runs and judges chains until there is a good one, or no hope of one. */
async function sign(
  options: SigningOptions,
  subjects: readonly Subject[],
  commitment: Uint8Array,
): Promise<Omit<Created, 'statement'> & { readonly chain: Renewal }> {
  const { plan, quorum, retries } = planOf(options)
  const trustAnchors = options.trustAnchors ?? systemTrustAnchors()
  const verifySignature = options.verifySignature ?? verifySignatureNative
  const failures = new Map<PlannedWitness, number>()
  const dropped: DroppedWitness[] = []
  let { witnesses } = plan
  const drop = (witness: PlannedWitness, error: TlsStampError): void => {
    if (witnesses.length <= quorum) throw error
    witnesses = witnesses.filter((other) => other !== witness)
    dropped.push({ host: witness.address.host, port: witness.address.port, error })
  }
  for (;;) {
    const localTime = new Date()
    const outcome = await runChain({ ...plan, commitment, witnesses })
    if ('error' in outcome) {
      const { witness, error } = outcome
      const failed = failures.get(witness) ?? 0
      failures.set(witness, failed + 1)
      // A pause within the chain would look like a clock that jumps, so the chain starts over
      if (error instanceof NetworkError && failed < retries) await setTimeout(BACKOFF * 2 ** failed)
      else drop(witness, error)
      continue
    }
    const chain = { rounds: outcome.rounds, unsigned: { localTime, tool: `tls-stamp ${version}` } }
    const own: OwnJudgement = checkOwnStatement(
      { subjects, ...chain },
      {
        commitment,
        trustAnchors,
        verifySignature,
        ...(plan.witnesses.length > 1 && { quorum }),
        maxSkew: options.maxSkew ?? DEFAULT_SKEW,
        noClock: options.noClock === true,
        allowWeak: plan.tlsVersion < VERSION.tls12,
      },
    )
    if (own.faults.length === 0) {
      const unsigned = { ...chain.unsigned, trustAnchors: own.anchors }
      return { chain: { ...chain, unsigned }, report: own.report, dropped }
    }
    for (const { host, error } of own.faults) {
      const witness = witnesses.find(({ address }) => address.host === host)
      if (witness === undefined) throw error
      drop(witness, error)
    }
  }
}

interface Plan {
  readonly plan: Omit<ChainPlan, 'commitment'>
  /** The rounds in all. */
  readonly count: number
  readonly quorum: number
  readonly retries: number
}

function planOf(options: SigningOptions): Plan {
  const { rounds = 3, timeout = 10, maxSkew = DEFAULT_SKEW, proxyFor } = options
  const tlsVersion = versionCode(options.version ?? '1.2')
  if (!(timeout > 0 && timeout <= 3600))
    throw new RangeError(`expected a timeout of up to 3600 seconds, got ${timeout}`)
  if (!(maxSkew >= 0))
    throw new RangeError(`expected a maxSkew of 0 or more seconds, got ${maxSkew}`)
  requireRange('rounds', rounds, 1, MAX_ROUNDS)
  const witnesses = [options, ...(options.witnesses ?? [])].map(({ host: text, port = 443 }) => {
    requireRange('port', port, 1, 65535)
    const host = parseHost(text)
    if (host === undefined)
      throw new RangeError(`expected a host name or an IP address, got ${JSON.stringify(text)}`)
    const address = {
      host: host.name,
      port,
      timeout: timeout * 1000,
      proxy: proxyFor?.(host.name, port),
    }
    return { address, serverName: host.type === 'dns' ? host.name : undefined }
  })
  requireDistinct(witnesses)
  const count = rounds * witnesses.length
  if (count > MAX_ROUNDS)
    throw new RangeError(`expected at most ${MAX_ROUNDS} rounds in all, got ${count}`)
  const { quorum = witnesses.length, retries = witnesses.length > 1 ? 2 : 0 } = options
  requireRange('quorum', quorum, 1, witnesses.length)
  requireRange('retries', retries, 0, 10)
  return { plan: { witnesses, rounds, tlsVersion }, count, quorum, retries }
}

/** Refuses a host named twice: its rounds are one witness's, whatever its addresses are. */
function requireDistinct(witnesses: readonly PlannedWitness[]): void {
  const hosts = witnesses.map(({ address }) => address.host)
  const twice = hosts.find((host, i) => hosts.indexOf(host) < i)
  if (twice !== undefined) throw new RangeError(`expected each witness once, got ${twice} again`)
}

/** Refuses subjects that a statement can't hold. */
function requireSubjects(subjects: readonly Subject[]): void {
  const isBlind = subjects[0]?.salt !== undefined
  for (const { name, sha256: digest, salt, inclusionProof } of subjects) {
    if (!isName(name)) {
      const shown = JSON.stringify(name.slice(0, 64))
      throw new RangeError(`expected a name of 1 to 4096 bytes of UTF-8 without NUL, got ${shown}`)
    }
    if (digest.length !== 32) {
      throw new RangeError(`expected a digest of 32 bytes for ${name}, got ${digest.length}`)
    }
    if (salt && salt.length !== 32) {
      throw new RangeError(`expected a salt of 32 bytes for ${name}, got ${salt.length}`)
    }
    if ((salt !== undefined) !== isBlind) {
      throw new RangeError('expected a salt for each subject, or for none')
    }
    if (inclusionProof && subjects.length > 1) {
      throw new RangeError('expected a subject with an inclusion proof to be the only one')
    }
  }
}

/** The seconds that a clock may be off by default. */
const DEFAULT_SKEW = 3600

/** Milliseconds before a witness is tried again, for the first time; then twice as long. */
const BACKOFF = 500
