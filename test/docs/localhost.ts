// BoringSSL with certificates of a test CA, as localhost:4433 and 127.0.0.1:4434: the servers that the documents' examples ask.

import { mintTestPki } from '../support/make/mint.ts'
import { endEntities, startBunServer } from '../support/servers/servers.ts'

export interface Localhost {
  /** PEM of the trust anchor. */
  readonly ca: string
  /** The true port, by the address that the documents name. */
  readonly ports: Readonly<Record<string, number>>
  readonly stop: () => Promise<void>
}

export async function startLocalhost(): Promise<Localhost> {
  const pki = mintTestPki({ endEntityKeys: ['p256', 'p256'], dnsNames: ['localhost'] })
  const {
    ports: [first = 0, second = 0],
    stop,
  } = await startBunServer(endEntities(pki).map((endEntity) => ({ endEntity })))
  return { ca: pki.root.pem, ports: { 'localhost:4433': first, '127.0.0.1:4434': second }, stop }
}
