// What the hellos of a recorded connection agreed on, as far as the form of its messages and records depends on it.

import {
  CERTIFICATE_TYPE,
  EXTENSION,
  type Extension,
  type Negotiated,
  VERSION,
} from '../tls/index.ts'

/** What of a hello counts; of one that does not parse, what comes before its fault. */
export interface Hello {
  readonly version: number
  readonly random: Uint8Array
  readonly cipherSuite?: number
  readonly extensions?: readonly Extension[]
}

/** What says in which form messages come. */
export interface Hellos {
  /** The last one, when there are several: TLS 1.3 may ask for a second. */
  clientHello?: Hello
  serverHello?: Hello
  /** Of TLS 1.3, as far as they can be read. */
  encryptedExtensions?: readonly Extension[]
}

type Side = 'client' | 'server'

/** What the form of a sender's messages depends on, as far as it is known. */
export function negotiatedIn(seen: Hellos, sender: Side): Negotiated {
  const { clientHello, serverHello } = seen
  const version = serverHello
    ? negotiatedVersion(serverHello)
    : (clientHello?.version ?? VERSION.tls12)
  const cipherSuite = serverHello?.cipherSuite ?? 0
  return { version, cipherSuite, certificateType: certificateTypeIn(seen, sender, version) }
}

/** supported_versions in a ServerHello holds what was really chosen (RFC 8446 §4.2.1). */
export function negotiatedVersion({ version, extensions }: Hello): number {
  const chosen = extensions?.find(({ type }) => type === EXTENSION.supported_versions)?.content
  return chosen?.length === 2 ? uint16(chosen) : version
}

/** A number of two bytes. */
export function uint16([high = 0, low = 0]: Uint8Array): number {
  return high * 256 + low
}

/** The server chooses the type of both sides' Certificate messages (RFC 7250 §4.2, RFC 8446 §4.4.2). */
function certificateTypeIn(
  { serverHello, encryptedExtensions }: Hellos,
  sender: Side,
  version: number,
): number {
  const extensions = version === VERSION.tls13 ? encryptedExtensions : serverHello?.extensions
  const wanted = EXTENSION[`${sender}_certificate_type`]
  const chosen = extensions?.find(({ type }) => type === wanted)?.content
  return chosen?.length === 1 ? (chosen[0] as number) : CERTIFICATE_TYPE.x509
}
