// What `sign` and `renew` have in common: whom to ask, and how.

import type { DroppedWitness, SigningOptions } from '../sign/index.ts'
import { MAX_ROUNDS } from '../statement/index.ts'
import { serverAddress } from './address.ts'
import {
  flag,
  integerFrom,
  portNumber,
  repeated,
  secondsFrom,
  setting,
  type Values,
} from './command.ts'
import { UsageError } from './errors.ts'
import { canonicalHost, chooseProxy } from './input.ts'
import { ca, proxy, timeout, trustAnchorsOf } from './options.ts'
import { printNote } from './terminal.ts'

export const SIGNING = {
  witness: repeated(
    { describe: 'HOST[:PORT] of a further witness; may be repeated' },
    serverAddress,
  ),
  quorum: setting(
    { describe: 'how many of the witnesses have to sign', without: 'all' },
    (typed, shown) => (most: number) => integerFrom(1, most)(typed, shown),
  ),
  guard: repeated(
    { describe: 'HOST[:PORT] of a TLS 1.3 server that signs in between; may be repeated' },
    serverAddress,
  ),
  window: flag('take TLS 1.3 servers, which show no clock: only their certificates bound the time'),
  rounds: setting(
    { describe: 'how many handshakes to chain with each witness', without: '3, with --window 1' },
    integerFrom(1, MAX_ROUNDS),
  ),
  retries: setting(
    {
      describe: 'how often to try a witness again that the network keeps away',
      without: '2 for several, 0 for one',
    },
    integerFrom(0, 10),
  ),
  ca,
  timeout: timeout('seconds for each connection'),
  'max-skew': setting(
    { describe: "seconds that a server's clock may be off this one", otherwise: '3600' },
    secondsFrom(0, 2 ** 32),
  ),
  proxy,
}

export type Signing = SigningOptions & Required<Pick<SigningOptions, 'trustAnchors'>>

/** What `sign` alone takes besides. */
export type OwnSigning = Pick<SigningOptions, 'noClock' | 'version'>

/** In the library's terms. Throws UsageError, and what reading the trust anchors does. */
export async function signingOptions(
  [host, port]: readonly [host: string, port: string],
  values: Values<typeof SIGNING>,
  own: OwnSigning = {},
): Promise<Signing> {
  const { witness: witnesses, guard: guards, window, retries, timeout } = values
  const { rounds = window ? 1 : 3 } = values
  requireTogether({ guards, window, rounds, ...own })
  const first = canonicalHost(host)
  const most = witnesses.length + 1
  const count = rounds * most + guards.length
  if (count > MAX_ROUNDS) {
    throw new UsageError(`expected at most ${MAX_ROUNDS} rounds in all, got ${count}`, [
      `ask each for at most ${Math.floor((MAX_ROUNDS - guards.length) / most)} with --rounds`,
    ])
  }
  const hosts = [first, ...[...witnesses, ...guards].map((witness) => witness.host)]
  const twice = hosts.find((name, i) => hosts.indexOf(name) < i)
  if (twice !== undefined) {
    const isGuard = guards.some((guard) => guard.host === twice)
    throw new UsageError(
      `expected each witness once, got ${twice} again`,
      isGuard ? ['a guard shows no clock, and has to be another host than the witnesses'] : [],
    )
  }
  const quorum = values.quorum?.(most)
  return {
    host: first,
    port: portNumber(port, 'PORT'),
    witnesses,
    guards,
    window,
    ...own,
    ...(quorum !== undefined && { quorum }),
    rounds,
    ...(retries !== undefined && { retries }),
    timeout,
    maxSkew: values['max-skew'],
    proxyFor: chooseProxy(values.proxy),
    trustAnchors: await trustAnchorsOf(values.ca),
  }
}

/** Refuses options that contradict each other. */
function requireTogether({
  guards = [],
  window = false,
  rounds = 3,
  noClock = false,
  version = '1.2',
}: Partial<SigningOptions>): void {
  if (window && guards.length > 0) {
    throw new UsageError('expected either --guard or --window', [
      'guards stand beside clocks: with --window ask further servers with --witness',
    ])
  }
  const own = window ? '--window' : guards.length > 0 ? '--guard' : undefined
  if (own === undefined) return
  if (noClock) throw new UsageError(`expected either ${own} or --no-clock`)
  if (version !== '1.2') throw new UsageError(`expected ${own} without --tls ${version}`)
  if (!window && rounds < 2) {
    throw new UsageError('expected at least --rounds 2 with --guard', [
      'a guard signs between the rounds of the others',
    ])
  }
}

/** Says which witnesses were left out, and why. */
export function noteDropped(dropped: readonly DroppedWitness[]): void {
  for (const { host, port, error } of dropped) {
    printNote(`left out: witness ${host} port ${port}: ${error.message}`)
  }
}

/** The witnesses that were left out, as JSON has them. */
export function describeDropped(dropped: readonly DroppedWitness[]): readonly object[] {
  return dropped.map(({ host, port, error: { code, message } }) => ({ host, port, code, message }))
}
