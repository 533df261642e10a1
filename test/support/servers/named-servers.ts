// Scripted servers of any name, behind a proxy on loopback that leads to each: what one signing asks.

import type { SigningOptions } from '../../../src/sign/plan.ts'
import type { HttpProxy } from '../../../src/system/proxy.ts'
import { type HostileServer, type Script, startHostileServer } from './hostile-server.ts'
import { startProxy } from './proxy.ts'

export interface Asked<Result> {
  readonly result: Promise<Result>
  /** In the order of their scripts. */
  readonly servers: readonly HostileServer[]
}

/**
 * Runs a signing with these servers, by name: the first is the witness, and the others are further witnesses, or guards when
 * `guards` has their names.
 */
export async function withServers<Result>(
  scripts: Readonly<Record<string, Script>>,
  run: (options: SigningOptions) => Promise<Result>,
  guards: readonly string[] = [],
): Promise<Asked<Result>> {
  await using proxy = await startProxy()
  const servers = await Promise.all(Object.values(scripts).map((each) => startHostileServer(each)))
  const addresses = Object.keys(scripts).map((host, i) => ({ host, port: servers[i]?.port ?? 0 }))
  const [first, ...witnesses] = addresses.filter(({ host }) => !guards.includes(host))
  const own: HttpProxy = { protocol: 'http', host: proxy.host, port: proxy.port }
  const result = run({
    host: '',
    ...first,
    witnesses,
    guards: addresses.filter(({ host }) => guards.includes(host)),
    timeout: 120,
    proxyFor: () => own,
  })
  await result.catch(() => undefined)
  await Promise.all(servers.map((server) => server.stop()))
  return { result, servers }
}
