// The HTTP proxy that a connection goes by: the one that was given, or the environment's.

import { type HttpProxy, parseProxy, proxyFor } from '../system/index.ts'
import { UsageError } from './usage-error.ts'

/** One that was given is for every host; HTTPS_PROXY heeds NO_PROXY. */
export function chooseProxy(
  typed: string | undefined,
): (host: string, port: number) => HttpProxy | undefined {
  if (typed !== undefined) {
    const given = orUsageError('--proxy: ', () => parseProxy(typed))
    return () => given
  }
  const choose = (host: string, port: number): HttpProxy | undefined =>
    orUsageError('', () => proxyFor(host, port, process.env))
  // What is wrong in the environment should show before the network is used
  choose('localhost', 443)
  return choose
}

/** A RangeError's message names the variable that it is about, if any. */
function orUsageError<Value>(prefix: string, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`${prefix}${error.message}`)
    throw error
  }
}
