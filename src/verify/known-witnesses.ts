// The built-in list: hosts known to put a real clock into server_random, each with the source of that knowledge.

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
