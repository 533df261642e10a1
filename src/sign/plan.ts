// Who is asked to sign, and how: the caller's options to a plan of the chain (SPEC.md §4).

import { requireRange } from '../errors.ts'
import type { VerifySignature } from '../signature/index.ts'
import { MAX_ROUNDS } from '../statement/index.ts'
import type { HttpProxy } from '../system/index.ts'
import { VERSION, versionCode } from '../tls/index.ts'
import { knownWitnesses, operatorOf } from '../verify/index.ts'
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
export interface SigningOptions extends Partial<WitnessAddress> {
  /**
   * The witness, a DNS name (U-labels are not converted) or an IP address. Left out, one host of each operator of
   * `knownWitnesses` is asked, except of those whose hosts `witnesses` or `guards` name; one that can't sign is left out.
   */
  readonly host?: string
  /** Further witnesses, each another host: the rounds go A, B, C, A, B, C. Together at most 32 rounds. */
  readonly witnesses?: readonly WitnessAddress[]
  /**
   * How many of the witnesses have to sign, each with a key of its own; default: all that are named, and one operator when
   * none is.
   */
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
  /**
   * How often a witness that the network keeps away is tried again, 0 to 10; default 2 for several that are named, else 0.
   */
  readonly retries?: number
  /** DER; default: the roots built into Node.js. */
  readonly trustAnchors?: readonly Uint8Array[]
  /**
   * Seconds for each round, from its connection, or the round before, to the last message; default 10. Without `host` no
   * host costs more than a quarter of that beyond what the fastest takes.
   */
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
  /** Gives up when it is aborted: closes all connections and rejects with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** TLS versions of before SHA-2 (RFC 2246, RFC 4346). */
export type OldVersion = '1.0' | '1.1'

export interface Plan {
  /** The operators of whom one host each is asked; none when the caller says whom to ask first. */
  readonly operators: readonly Operator[]
  /** The witnesses that the caller names, each host once, who sign in turn, after the operators. */
  readonly witnesses: readonly PlannedWitness[]
  readonly guards: readonly PlannedWitness[]
  /** The rounds of each witness; a guard has one. */
  readonly rounds: number
  /** The most rounds in all. */
  readonly count: number
  /** How many witnesses have to sign. */
  readonly quorum: number
  /** Whether each named witness has to sign, whatever the quorum: nobody said that fewer are enough. */
  readonly needsNamed: boolean
  /** For witnesses that the caller names. */
  readonly retries: number
}

/** An operator of the built-in list. */
export interface Operator {
  readonly name: string
  /** In the order in which they are asked, one as often as it may be tried. */
  readonly hosts: readonly PlannedWitness[]
}

/** Who has signed a statement that is to be renewed. */
export interface Earlier {
  /** Operators on the built-in list: the others are asked before them. */
  readonly operators: ReadonlySet<string>
  /** As many independent witnesses are needed, unless the caller says how many. */
  readonly independent: number
}

/** Throws RangeError for options out of bounds, and for those that do not go together. */
export function planOf(options: SigningOptions, earlier?: Earlier): Plan {
  const { host, port, window = false, rounds = window ? 1 : 3, version = '1.2' } = options
  requireSeconds(options)
  requireRange('rounds', rounds, 1, MAX_ROUNDS)
  requireTogether(options, rounds)
  const named = [
    ...(host === undefined ? [] : [{ host, ...(port !== undefined && { port }) }]),
    ...(options.witnesses ?? []),
  ]
  const code = window ? VERSION.tls13 : versionCode(version)
  const witnesses = named.map((address) => plannedWitness(address, code, options))
  const guards = (options.guards ?? []).map((guard) =>
    plannedWitness(guard, VERSION.tls13, options),
  )
  requireDistinct([...witnesses, ...guards])
  const operators = host === undefined ? operatorsBut([...witnesses, ...guards], code, options) : []
  const all = operators.length + witnesses.length
  if (all === 0) throw new RangeError('expected at least one witness besides the guards')
  const count = rounds * all + guards.length
  if (count > MAX_ROUNDS)
    throw new RangeError(`expected at most ${MAX_ROUNDS} rounds in all, got ${count}`)
  const several = witnesses.length + guards.length > 1
  const fewest = host === undefined ? Math.max(witnesses.length, earlier?.independent ?? 1) : all
  const { quorum = fewest, retries = several ? 2 : 0 } = options
  if (options.quorum !== undefined) requireRange('quorum', quorum, 1, all)
  requireRange('retries', retries, 0, 10)
  return {
    operators: newFirst(operators, earlier),
    witnesses,
    guards,
    rounds,
    count,
    quorum,
    needsNamed: options.quorum === undefined,
    retries,
  }
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

/** Plans the operators of the built-in list, except those of whom the caller names a host. */
function operatorsBut(
  named: readonly PlannedWitness[],
  version: number,
  options: SigningOptions,
): readonly Operator[] {
  const { retries = 0 } = options
  requireRange('retries', retries, 0, 10)
  const taken = named.map(({ address }) => operatorOf(address.host))
  const names = [...new Set(knownWitnesses.map(({ operator }) => operator))]
  return names
    .filter((name) => !taken.includes(name))
    .map((name) => {
      const hosts = knownWitnesses
        .filter(({ operator }) => operator === name)
        .map(({ host }) => plannedWitness({ host }, version, options))
      return {
        name,
        hosts: Array<typeof hosts>(1 + retries)
          .fill(hosts)
          .flat(),
      }
    })
}

/** Puts those first whose word a statement does not have yet. */
function newFirst(operators: readonly Operator[], earlier?: Earlier): readonly Operator[] {
  const hasSigned = ({ name }: Operator): boolean => earlier?.operators.has(name) === true
  return [...operators.filter((each) => !hasSigned(each)), ...operators.filter(hasSigned)]
}

function plannedWitness(
  { host: text, port = 443 }: WitnessAddress,
  version: number,
  { timeout = DEFAULT_TIMEOUT, proxyFor, signal }: SigningOptions,
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
    signal,
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
  if (options.host === undefined && options.port !== undefined)
    throw new RangeError('expected port only with host')
  if (options.host === undefined && window) throw new RangeError('expected host with window')
  if (window && guards.length > 0) throw new RangeError('expected either guards or window')
  const own = window ? 'window' : guards.length > 0 ? 'guards' : undefined
  if (own === undefined) return
  if (noClock) throw new RangeError(`expected ${own} without noClock`)
  if (version !== '1.2') throw new RangeError(`expected ${own} without version ${version}`)
  if (!window && rounds < 2)
    throw new RangeError('expected at least 2 rounds of each witness with guards')
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
