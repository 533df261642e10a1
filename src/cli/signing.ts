// What `sign` and `renew` have in common: whom to ask, and how.

import type { DroppedWitness, SigningOptions } from '../sign/index.ts'
import { MAX_ROUNDS } from '../statement/index.ts'
import { readTrustAnchors } from '../system/index.ts'
import { integer, list, seconds, type Typed, text } from './arguments.ts'
import { UsageError } from './errors.ts'
import { canonicalHost, chooseProxy } from './input.ts'
import { printNote } from './terminal.ts'

export interface SigningArguments {
  readonly host: string
  readonly port: number
  readonly witnesses: readonly { readonly host: string; readonly port: number }[]
  readonly quorum: number | undefined
  readonly rounds: number
  readonly retries: number | undefined
  readonly ca: string | undefined
  readonly timeout: number
  readonly maxSkew: number
  readonly proxy: string | undefined
}

export function signingArguments(typed: Typed, host: string, port: string): SigningArguments {
  const witnesses = list(typed.witness).map((value) =>
    witnessAddress(text({ value }, 'value', '--witness')),
  )
  const most = witnesses.length + 1
  const rounds = integer(text(typed, 'rounds', '--rounds', '3'), '--rounds', 1, MAX_ROUNDS)
  if (rounds * most > MAX_ROUNDS) {
    const hints = [`ask each for at most ${Math.floor(MAX_ROUNDS / most)} with --rounds`]
    throw new UsageError(
      `expected at most ${MAX_ROUNDS} rounds in all, got ${rounds * most}`,
      hints,
    )
  }
  const first = canonicalHost(host)
  const hosts = [first, ...witnesses.map((witness) => witness.host)]
  const twice = hosts.find((name, i) => hosts.indexOf(name) < i)
  if (twice !== undefined) throw new UsageError(`expected each witness once, got ${twice} again`)
  return {
    host: first,
    port: integer(port, 'PORT', 1, 65535),
    witnesses,
    quorum: optional(typed, 'quorum', (value) => integer(value, '--quorum', 1, most)),
    rounds,
    retries: optional(typed, 'retries', (value) => integer(value, '--retries', 0, 10)),
    ca: optional(typed, 'ca', (value) => value),
    timeout: seconds(text(typed, 'timeout', '--timeout', '10'), '--timeout', 0.001, 3600),
    maxSkew: seconds(text(typed, 'max-skew', '--max-skew', '3600'), '--max-skew', 0, 2 ** 32),
    proxy: optional(typed, 'proxy', (value) => value),
  }
}

/** In the library's terms; reads the trust anchors. */
export async function signingOptions(args: SigningArguments): Promise<SigningOptions> {
  const { host, port, witnesses, quorum, rounds, retries, ca, timeout, maxSkew, proxy } = args
  return {
    ...{ host, port, witnesses, rounds, timeout, maxSkew, proxyFor: chooseProxy(proxy) },
    ...(quorum !== undefined && { quorum }),
    ...(retries !== undefined && { retries }),
    ...(ca !== undefined && { trustAnchors: await readTrustAnchors(ca) }),
  }
}

/** Says which witnesses were left out, and why. */
export function noteDropped(dropped: readonly DroppedWitness[]): void {
  for (const { host, port, error } of dropped) {
    printNote(`left out: witness ${host} port ${port}: ${error.message}`)
  }
}

/** As JSON has them. */
export function describeDropped(dropped: readonly DroppedWitness[]): readonly object[] {
  return dropped.map(({ host, port, error: { code, message } }) => ({ host, port, code, message }))
}

/** HOST, HOST:PORT, an IPv6 address, or one in brackets with :PORT. */
function witnessAddress(typed: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain = typed, port = '443'] =
    /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(typed) ?? []
  return {
    host: canonicalHost(bracketed ?? plain),
    port: integer(port, 'the port of --witness', 1, 65535),
  }
}

function optional<T>(typed: Typed, name: string, read: (value: string) => T): T | undefined {
  return typed[name] === undefined ? undefined : read(text(typed, name, `--${name}`))
}
