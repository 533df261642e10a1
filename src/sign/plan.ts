// Who is asked to sign, and how: the caller's options to a plan of the chain (SPEC.md §4).

import { requireRange } from '../errors.ts'
import type { VerifySignature } from '../signature/index.ts'
import { MAX_ROUNDS } from '../statement/index.ts'
import type { HttpProxy } from '../system/index.ts'
import { VERSION, versionCode } from '../tls/index.ts'
import { parseHost } from '../x509/index.ts'
import type { PlannedWitness } from './rounds.ts'

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
  /**
   * Guards, each another host: servers of TLS 1.3, which show no clock, with one round each after the first of every
   * witness. None is ever left out.
   */
  readonly guards?: readonly WitnessAddress[]
  /**
   * Take servers of TLS 1.3 without any clock for witnesses: the statement says no more than when their certificates were
   * good, and passes only where that is asked for. Default false.
   */
  readonly window?: boolean
  /** Rounds with each witness, 1 to 32; default 3, with `window` 1. Fewer than 3 leave a clock uncorroborated. */
  readonly rounds?: number
  /** How often a witness that the network keeps away is tried again, 0 to 10; default 2 for several, 0 for one. */
  readonly retries?: number
  /** DER; default: the roots built into Node.js. */
  readonly trustAnchors?: readonly Uint8Array[]
  /** Seconds for each round, from its connection, or the round before, to the last message; default 10. */
  readonly timeout?: number
  /** Seconds that a server's clock may be off this one; default 3600. */
  readonly maxSkew?: number
  /** Take witnesses without a credible clock; such a statement never verifies as passed. Default false. */
  readonly noClock?: boolean
  /**
   * The one TLS version to speak, except with `guards` and `window`; default 1.2. What older ones sign never verifies as passed, since it is over MD5 and
   * SHA-1; with these, short RSA keys and certificates over SHA-1 are taken too.
   */
  readonly version?: OldVersion | '1.2'
  /** The HTTP proxy by which a witness is reached; default: none. */
  readonly proxyFor?: (host: string, port: number) => HttpProxy | undefined
  /** Default: node:crypto. */
  readonly verifySignature?: VerifySignature
}

/** TLS versions of before SHA-2 (RFC 2246, RFC 4346). */
export type OldVersion = '1.0' | '1.1'

export interface Plan {
  /** The witnesses, each host once, who sign in turn. */
  readonly witnesses: readonly PlannedWitness[]
  readonly guards: readonly PlannedWitness[]
  /** The rounds of each witness; a guard has one. */
  readonly rounds: number
  /** The rounds in all. */
  readonly count: number
  readonly quorum: number
  readonly retries: number
}

/** Throws RangeError for options out of bounds, and for those that do not go together. */
export function planOf(options: SigningOptions): Plan {
  const { window = false, rounds = window ? 1 : 3, version = '1.2' } = options
  requireSeconds(options)
  requireRange('rounds', rounds, 1, MAX_ROUNDS)
  requireTogether(options, rounds)
  const witness = (address: WitnessAddress): PlannedWitness =>
    plannedWitness(address, window ? VERSION.tls13 : versionCode(version), options)
  const witnesses = [witness(options), ...(options.witnesses ?? []).map(witness)]
  const guards = (options.guards ?? []).map((guard) =>
    plannedWitness(guard, VERSION.tls13, options),
  )
  requireDistinct([...witnesses, ...guards])
  const count = rounds * witnesses.length + guards.length
  if (count > MAX_ROUNDS)
    throw new RangeError(`expected at most ${MAX_ROUNDS} rounds in all, got ${count}`)
  const several = witnesses.length + guards.length > 1
  const { quorum = witnesses.length, retries = several ? 2 : 0 } = options
  requireRange('quorum', quorum, 1, witnesses.length)
  requireRange('retries', retries, 0, 10)
  return { witnesses, guards, rounds, count, quorum, retries }
}

/**
 * Orders the rounds: those of the witnesses in turn, and the guards' after each witness's first, so that they hold back
 * whatever follows: A, B, G, H, A, B, A, B.
 */
export function turnsOf(
  { guards, rounds }: Plan,
  witnesses: readonly PlannedWitness[],
): readonly PlannedWitness[] {
  return [
    ...witnesses,
    ...guards,
    ...Array<typeof witnesses>(rounds - 1)
      .fill(witnesses)
      .flat(),
  ]
}

function plannedWitness(
  { host: text, port = 443 }: WitnessAddress,
  version: number,
  { timeout = DEFAULT_TIMEOUT, proxyFor }: SigningOptions,
): PlannedWitness {
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
  return { address, serverName: host.type === 'dns' ? host.name : undefined, version }
}

function requireSeconds({
  timeout = DEFAULT_TIMEOUT,
  maxSkew = DEFAULT_SKEW,
}: SigningOptions): void {
  if (!(timeout > 0 && timeout <= 3600))
    throw new RangeError(`expected a timeout of up to 3600 seconds, got ${timeout}`)
  if (!(maxSkew >= 0))
    throw new RangeError(`expected a maxSkew of 0 or more seconds, got ${maxSkew}`)
}

/** Refuses what contradicts itself: guards are worth something beside good clocks alone, and windows without any. */
function requireTogether(options: SigningOptions, rounds: number): void {
  const { guards = [], window = false, noClock = false, version = '1.2' } = options
  if (window && guards.length > 0) throw new RangeError('expected either guards or window')
  const own = window ? 'window' : guards.length > 0 ? 'guards' : undefined
  if (own === undefined) return
  if (noClock) throw new RangeError(`expected ${own} without noClock`)
  if (version !== '1.2') throw new RangeError(`expected ${own} without version ${version}`)
  if (!window && rounds < 2)
    throw new RangeError('expected at least 2 rounds of each witness, the guards between them')
}

/** Refuses a host named twice: its rounds are one witness's, whatever its addresses are. */
function requireDistinct(witnesses: readonly PlannedWitness[]): void {
  const hosts = witnesses.map(({ address }) => address.host)
  const twice = hosts.find((host, i) => hosts.indexOf(host) < i)
  if (twice !== undefined) throw new RangeError(`expected each witness once, got ${twice} again`)
}

/** The seconds that a clock may be off by default. */
export const DEFAULT_SKEW = 3600

/** The seconds for each round by default. */
const DEFAULT_TIMEOUT = 10
