// What `sign` and `renew` have in common: whom to ask, and how.

import type { DroppedWitness, SigningOptions } from '../sign/index.ts'
import { MAX_ROUNDS } from '../statement/index.ts'
import { type ChainReport, knownWitnesses, operatorOf } from '../verify/index.ts'
import { addressOperands, serverAddress } from './address.ts'
import { flag, integerFrom, repeated, secondsFrom, setting, type Values } from './command.ts'
import { UsageError } from './errors.ts'
import { chooseProxy } from './input.ts'
import { ca, proxy, timeout, trustAnchorsOf } from './options.ts'
import { printNote } from './terminal.ts'

export const SIGNING = {
  witness: repeated(
    { value: 'HOST[:PORT]', describe: 'ask this witness as well; may be repeated' },
    serverAddress,
  ),
  quorum: setting(
    {
      value: 'NUMBER',
      describe: 'how many of the witnesses must sign',
      without: 'all of them, or one if HOST is omitted',
    },
    integerFrom(1, MAX_ROUNDS),
  ),
  guard: repeated(
    {
      value: 'HOST[:PORT]',
      describe: "have this TLS 1.3 server sign between the witnesses' rounds; may be repeated",
    },
    serverAddress,
  ),
  window: flag('ask TLS 1.3 servers, which show no clock: only their certificates bound the time'),
  rounds: setting(
    {
      value: 'NUMBER',
      describe: 'how many handshakes to chain with each witness',
      without: '3, or 1 with --window',
    },
    integerFrom(1, MAX_ROUNDS),
  ),
  retries: setting(
    {
      value: 'NUMBER',
      describe: 'how many times to retry an unreachable witness',
      without: '2 if several witnesses are named, otherwise 0',
    },
    integerFrom(0, 10),
  ),
  ca,
  timeout: timeout('time limit for each connection'),
  'max-skew': setting(
    {
      value: 'SECONDS',
      describe: "how far a server's clock may be from the clock of this machine",
      otherwise: '3600',
    },
    secondsFrom(0, 2 ** 32),
  ),
  proxy,
}

export type Signing = SigningOptions & Required<Pick<SigningOptions, 'trustAnchors'>>

/** What `sign` alone takes besides. */
export type OwnSigning = Pick<SigningOptions, 'noClock' | 'version'>

/** HOST and PORT as typed, when they were. */
export type FirstWitness = readonly [host: string, port: string] | undefined

/** In the library's terms. Throws UsageError, and what reading the trust anchors does. */
export async function signingOptions(
  typed: FirstWitness,
  values: Values<typeof SIGNING>,
  own: OwnSigning = {},
): Promise<Signing> {
  const { guard: guards, window, retries, timeout } = values
  const { rounds = window ? 1 : 3 } = values
  if (typed === undefined && window) {
    throw new UsageError('expected HOST and PORT with --window', [
      'the hosts on the built-in list show a clock',
    ])
  }
  requireTogether({ guards, window, rounds, ...own })
  const first = typed && addressOperands(typed)
  // TLS_STAMP_WITNESS may name the very server that the operands name
  const witnesses = values.witness.filter(
    ({ host, port }) => host !== first?.host || port !== first.port,
  )
  const named = [...witnesses, ...guards]
  const most = mostWitnesses({ ...first, witnesses, guards })
  if (most === 0) throw new UsageError('expected a witness besides the guards')
  const count = rounds * most + guards.length
  if (count > MAX_ROUNDS) {
    throw new UsageError(`expected at most ${MAX_ROUNDS} rounds in all, got ${count}`, [
      `ask each for at most ${Math.floor((MAX_ROUNDS - guards.length) / most)} with --rounds`,
    ])
  }
  const hosts = [...(first ? [first] : []), ...named].map(({ host }) => host)
  const twice = hosts.find((name, i) => hosts.indexOf(name) < i)
  if (twice !== undefined) {
    const isGuard = guards.some((guard) => guard.host === twice)
    throw new UsageError(
      `${twice} is named twice: a host counts as one witness, whatever its port`,
      isGuard ? ['a guard must be a different host from the witnesses'] : [],
    )
  }
  const { quorum } = values
  if (quorum !== undefined) requireEnough(quorum, most, first !== undefined)
  return {
    ...first,
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

/** Throws UsageError when `quorum` is more than the witnesses that are asked. */
function requireEnough(quorum: number, most: number, named: boolean): void {
  if (quorum <= most) return
  const asked = named ? 'named' : 'asked'
  throw new UsageError(
    `--quorum ${quorum} needs ${quorum} witnesses, and only ${most} ${most === 1 ? 'is' : 'are'} ${asked}`,
    ['add others with --witness HOST'],
  )
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
      'guards supplement clocks: with --window, ask more servers with --witness',
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

/** How many witnesses are asked; without HOST those of the built-in list, except operators of whom a host is named. */
export function mostWitnesses({
  host,
  witnesses = [],
  guards = [],
}: Pick<SigningOptions, 'host' | 'witnesses' | 'guards'>): number {
  if (host !== undefined) return 1 + witnesses.length
  const taken = [...witnesses, ...guards].map((named) => operatorOf(named.host))
  const operators = new Set(knownWitnesses.map(({ operator }) => operator))
  return witnesses.length + [...operators].filter((operator) => !taken.includes(operator)).length
}

/** Says which witnesses were left out, and why. */
export function noteDropped(dropped: readonly DroppedWitness[]): void {
  for (const { host, port, error } of dropped) {
    const operator = operatorOf(host)
    const who = operator === undefined ? `witness ${host}` : `${operator}, ${host}`
    printNote(`left out: ${who} port ${port}: ${error.message}`)
  }
}

/** What to do about a chain of which others were asked and one operator alone signed. */
export function loneOperatorHints(
  { independent }: ChainReport,
  dropped: readonly DroppedWitness[],
): string[] {
  if (independent > 1 || dropped.length === 0) return []
  return [
    'one operator alone signed, and could back-date the statement: --quorum 2 requires another',
  ]
}

/** The witnesses that were left out, as JSON has them. */
export function describeDropped(dropped: readonly DroppedWitness[]): readonly object[] {
  return dropped.map(({ host, port, error: { code, message } }) => {
    return { host, port, operator: operatorOf(host) ?? null, code, message }
  })
}
