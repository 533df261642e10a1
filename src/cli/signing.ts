// What `sign` and `renew` have in common: whom to ask, and how.

import type { DroppedWitness, SigningOptions } from '../sign/index.ts'
import { MAX_ROUNDS } from '../statement/index.ts'
import {
  integerFrom,
  portNumber,
  type Read,
  repeated,
  secondsFrom,
  setting,
  type Values,
} from './command.ts'
import { UsageError } from './errors.ts'
import { canonicalHost, chooseProxy } from './input.ts'
import { ca, proxy, rounds, timeout, trustAnchorsOf } from './options.ts'
import { printNote } from './terminal.ts'

/** HOST, HOST:PORT, an IPv6 address, or one in brackets with :PORT. */
const witnessAddress: Read<{ readonly host: string; readonly port: number }> = (typed, shown) => {
  const [, bracketed, plain = typed, port = '443'] =
    /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(typed) ?? []
  return {
    host: canonicalHost(bracketed ?? plain),
    port: portNumber(port, `the port of ${shown}`),
  }
}

export const SIGNING = {
  witness: repeated(
    { describe: 'HOST[:PORT] of a further witness; may be repeated' },
    witnessAddress,
  ),
  quorum: setting(
    { describe: 'how many of the witnesses have to sign', without: 'all' },
    (typed, shown) => (most: number) => integerFrom(1, most)(typed, shown),
  ),
  rounds: rounds('how many handshakes to chain with each witness', 1),
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

/** In the library's terms. Throws UsageError, and what reading the trust anchors does. */
export async function signingOptions(
  [host, port]: readonly [host: string, port: string],
  values: Values<typeof SIGNING>,
): Promise<Signing> {
  const { witness: witnesses, rounds, retries, timeout } = values
  const first = canonicalHost(host)
  const most = witnesses.length + 1
  if (rounds * most > MAX_ROUNDS) {
    throw new UsageError(`expected at most ${MAX_ROUNDS} rounds in all, got ${rounds * most}`, [
      `ask each for at most ${Math.floor(MAX_ROUNDS / most)} with --rounds`,
    ])
  }
  const hosts = [first, ...witnesses.map((witness) => witness.host)]
  const twice = hosts.find((name, i) => hosts.indexOf(name) < i)
  if (twice !== undefined) throw new UsageError(`expected each witness once, got ${twice} again`)
  const quorum = values.quorum?.(most)
  return {
    host: first,
    port: portNumber(port, 'PORT'),
    witnesses,
    ...(quorum !== undefined && { quorum }),
    rounds,
    ...(retries !== undefined && { retries }),
    timeout,
    maxSkew: values['max-skew'],
    proxyFor: chooseProxy(values.proxy),
    trustAnchors: await trustAnchorsOf(values.ca),
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
