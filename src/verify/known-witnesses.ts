// The built-in list: hosts that have shown a true clock in signed handshakes, by operator, each with its evidence.
// docs/witnesses.md says how a host gets on the list and off it.

import { parseHost } from '../x509/index.ts'

/** A host that has shown a true clock in TLS 1.2. */
export interface KnownWitness {
  readonly host: string
  /** Who runs the host: two hosts of one operator are one word. */
  readonly operator: string
  /** What its handshakes look like, or what the operator says that it runs. */
  readonly library: string
  readonly evidence: readonly Evidence[]
}

/** One observation; nobody asked these hosts for this list. */
export interface Evidence {
  readonly what: string
  /** A year, a month or a day, or a span of them: "2019 to 2022-03". */
  readonly when: string
  readonly source: string
}

/** By operator; of each one the host that is asked first comes first. */
export const knownWitnesses: readonly KnownWitness[] = [
  google('www.google.com', '80 handshakes or more, 0 s off the capture', '2019 to 2022-03'),
  {
    host: 'clients3.google.com',
    operator: 'Google',
    library: 'BoringSSL',
    evidence: [
      {
        what: 'the operator says that it puts the time into TLS 1.2 hellos, and expects to until at least 2030',
        when: '2023',
        source: 'ChromiumOS design document on timekeeping (chromium.org), as of CrOS R120',
      },
    ],
  },
  microsoft('www.bing.com', '3 handshakes or more, 0 s off the capture', '2022-03 and 2023-07'),
  microsoft('login.live.com', '1 handshake, 0 s off the capture', '2023-02'),
  cloudflare('www.cloudflare.com', '1 handshake, 0 s off the capture', '2020-07'),
  cloudflare('api.cloudflareclient.com', '2 handshakes, 1 s off the capture', '2022-06'),
  {
    host: 'd.dropbox.com',
    operator: 'Dropbox',
    library: 'BoringSSL (Envoy)',
    evidence: [recorded('1 handshake, 2 s off the capture', '2023-09')],
  },
]

/** The operator of a host on the list; undefined for any other host. */
export function operatorOf(host: string): string | undefined {
  return knownWitnesses.find((known) => known.host === host)?.operator
}

/** Lists the hosts whose clock is accepted, in canonical spelling: those that the caller names, or else the built-in ones. */
export function acceptedHosts(named?: readonly string[]): readonly string[] {
  const hosts = named ?? knownWitnesses.map(({ host }) => host)
  return hosts.flatMap((host) => parseHost(host)?.name ?? [])
}

function google(host: string, what: string, when: string): KnownWitness {
  return { host, operator: 'Google', library: 'BoringSSL', evidence: [recorded(what, when)] }
}

function microsoft(host: string, what: string, when: string): KnownWitness {
  const library = 'Schannel, by its flight in one record'
  return { host, operator: 'Microsoft', library, evidence: [recorded(what, when)] }
}

function cloudflare(host: string, what: string, when: string): KnownWitness {
  return { host, operator: 'Cloudflare', library: 'BoringSSL', evidence: [recorded(what, when)] }
}

/** A true clock in a public packet capture whose ServerKeyExchange signature is valid. */
function recorded(what: string, when: string): Evidence {
  const source =
    'public packet captures of ntop/nDPI, cisco/mercury, FoxIO-LLC/ja4, OISF/suricata-verify and zeek/zeek, signatures valid'
  return { what, when, source }
}
