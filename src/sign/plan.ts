// Who is asked to sign, and how: the caller's options to a plan of the chain (SPEC.md §4).

import { requireRange } from '../errors.ts'
import type { VerifySignature } from '../signature/index.ts'
import { MAX_ROUNDS } from '../statement/index.ts'
import type { HttpProxy } from '../system/index.ts'
import { versionCode } from '../tls/index.ts'
import { parseHost } from '../x509/index.ts'
import type { ChainPlan, PlannedWitness } from './rounds.ts'

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

/** TLS versions of before SHA-2 (RFC 2246, RFC 4346). */
export type OldVersion = '1.0' | '1.1'

export interface Plan {
  readonly plan: Omit<ChainPlan, 'commitment'>
  /** The rounds in all. */
  readonly count: number
  readonly quorum: number
  readonly retries: number
}

export function planOf(options: SigningOptions): Plan {
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

/** The seconds that a clock may be off by default. */
export const DEFAULT_SKEW = 3600
