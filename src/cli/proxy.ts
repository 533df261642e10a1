// The HTTP proxy that a connection goes by: the one that was given, or the environment's.

import { type HttpProxy, parseProxy, proxyFor } from '../node/proxy.ts'
import { UsageError } from './usage-error.ts'

/** One that was given is for every host; HTTPS_PROXY heeds NO_PROXY. */
export function chooseProxy(
  typed: string | undefined,
): (host: string, port: number) => HttpProxy | undefined {
  try {
    const given = typed === undefined ? undefined : parseProxy(typed)
    // What is wrong in the environment should show before the network is used
    if (given === undefined) proxyFor('localhost', 443, process.env)
    return (host, port) => given ?? proxyFor(host, port, process.env)
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--proxy: ${error.message}`)
    throw error
  }
}
