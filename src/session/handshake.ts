// What a complete handshake is asked for and what it gives, whatever the version.

import type { Address } from '../system/index.ts'
import type { Handshake } from '../tls/index.ts'
import type { ReportMessage } from './observed-message.ts'

export interface CompleteOptions {
  readonly address: Address
  /** For server_name; left out for an IP address. */
  readonly serverName: string | undefined
  /** The one version to speak: 0x0301 to 0x0304. */
  readonly version: number
  /** Called with each message as it goes by. */
  readonly report: ReportMessage
  /** Called with each line of an NSS key log, which holds the master secret, or a traffic secret of TLS 1.3. */
  readonly keyLog?: ((line: string) => void) | undefined
}

/** A handshake whose Finished messages agree. */
export interface CompleteHandshake {
  readonly version: number
  readonly cipherSuite: number
  readonly clientRandom: Uint8Array
  readonly serverRandom: Uint8Array
  /** Whether the master secret is bound to the messages (RFC 7627); undefined in TLS 1.3, where all secrets are. */
  readonly extendedMasterSecret: boolean | undefined
  /** DER, end entity first; at least one. */
  readonly certificates: readonly [Uint8Array, ...Uint8Array[]]
  /** What is signed; undefined for RSA key transport, which signs nothing. */
  readonly signed: Handshake | undefined
}
