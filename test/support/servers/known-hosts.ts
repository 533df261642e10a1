// The hosts of the built-in list on loopback, behind a proxy that knows them by name: BoringSSL for most of them, a flight as
// Microsoft's servers send it for Microsoft's, and certificates of a test CA.

import { knownWitnesses } from '../../../src/verify/known-witnesses.ts'
import { type EndEntity, endEntity } from '../make/end-entity.ts'
import { type KeyKind, type Minted, mintCertificate, mintTestPki } from '../make/mint.ts'
import { type AnswerOptions, answer, type Script, startHostileServer } from './hostile-server.ts'
import { type ConnectProxy, leadsTo, startProxy } from './proxy.ts'
import { startBunServer } from './servers.ts'

/** A host of the built-in list: all listen at port 443. */
export type Behaviour = 'real' | 'unreachable' | Script | { readonly port: number }

export interface KnownHosts extends AsyncDisposable {
  /** PEM of the trust anchor. */
  readonly ca: string
  readonly root: Minted
  readonly proxy: ConnectProxy
  /** By "HOST:443", on loopback. */
  readonly ports: Readonly<Record<string, number>>
  /** The hosts that were asked for a tunnel, as often as they were. */
  asked(): readonly string[]
}

const pki = mintTestPki({ endEntityKeys: [] })

/** The trust anchor of all hosts. */
export const testRoot: Minted = pki.root

/** An end entity for this host, by the test CA. */
export function certified(host: string, key: KeyKind = 'p256'): EndEntity {
  const own = mintCertificate({ subject: host, dnsNames: [host], issuer: pki.intermediate, key })
  return endEntity(own, pki.intermediate)
}

const all = knownWitnesses.map(({ host }) => host)
const real = new Map<string, EndEntity>(
  all.map((host) => [host, certified(host, isMicrosofts(host) ? 'rsa-2048' : 'p256')]),
)

/** The end entity that the real host presents. */
export function endEntityOf(host: string): EndEntity {
  return real.get(host) ?? certified(host)
}

function isMicrosofts(host: string): boolean {
  return knownWitnesses.some((known) => known.host === host && known.operator === 'Microsoft')
}

/** As recorded of www.bing.com: one record, P-384, rsa_pkcs1_sha256, AES-256-GCM and a staple. */
export function asMicrosoft(host: string, more: Partial<AnswerOptions> = {}): Script {
  return answer({
    endEntity: endEntityOf(host),
    cipherSuite: 0xc030,
    group: 0x0018,
    scheme: 0x0401,
    ocsp: Uint8Array.of(0x30, 3, 10, 1, 6),
    delivery: 'one-record',
    ...more,
  })
}

/** Starts all hosts; those that are named behave otherwise than the real ones. */
export async function startKnownHosts(
  behaviours: Readonly<Record<string, Behaviour>> = {},
): Promise<KnownHosts> {
  const boring = all.filter((host) => !isMicrosofts(host))
  const clocks = await startBunServer(
    boring.map((host) => ({ endEntity: endEntityOf(host), maxVersion: 'TLSv1.2' as const })),
  )
  const ports: Record<string, number> = {}
  const stops: (() => Promise<void>)[] = [clocks.stop]
  for (const [i, host] of boring.entries()) ports[`${host}:443`] = clocks.ports[i] ?? 0
  const scripts = Object.fromEntries(
    all.filter(isMicrosofts).map((host) => [host, asMicrosoft(host)]),
  )
  for (const [host, behaviour] of Object.entries({ ...scripts, ...behaviours })) {
    const at = `${host}:443`
    if (behaviour === 'real') continue
    if (behaviour === 'unreachable') delete ports[at]
    else if (typeof behaviour === 'object') ports[at] = behaviour.port
    else {
      const server = await startHostileServer(behaviour)
      stops.push(server.stop)
      ports[at] = server.port
    }
  }
  const proxy = await startProxy(leadsTo(ports))
  stops.push(proxy.stop)
  return {
    ca: pki.root.pem,
    root: pki.root,
    proxy,
    ports,
    asked: () => proxy.asked.map(({ target }) => target.replace(/:443$/, '')),
    [Symbol.asyncDispose]: async () => {
      for (const stop of stops) await stop()
    },
  }
}
