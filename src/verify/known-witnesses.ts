// The built-in list: hosts known to put a real clock into server_random, each with the source of that knowledge.

import { parseHost } from '../x509/index.ts'

export interface KnownWitness {
  readonly host: string
  readonly source: string
}

export const KNOWN_WITNESSES: readonly KnownWitness[] = [
  {
    host: 'www.google.com',
    source:
      'Google front ends run BoringSSL, which writes the time (ssl/handshake_server.cc); tlsdate relied on it (ioerror/tlsdate#195)',
  },
]

/** Lists the hosts whose clock is accepted, in canonical spelling: those that the caller names, or else the built-in ones. */
export function acceptedHosts(named?: readonly string[]): readonly string[] {
  const hosts = named ?? KNOWN_WITNESSES.map(({ host }) => host)
  return hosts.flatMap((host) => parseHost(host)?.name ?? [])
}
