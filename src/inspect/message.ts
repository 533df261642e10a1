// One handshake message of a recorded connection: its fields, and what of it counts for the others (RFC 5246 §7.4).

import { type Field, Reader } from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'
import {
  decodeCertificateMessage,
  decodeCertificateStatus,
  decodeClientHello,
  decodeServerHello,
  decodeServerHelloDone,
  decodeServerKeyExchange,
  expandExtensions,
  HANDSHAKE_TYPE,
  handshakeName,
  suiteKind,
  traceMessage,
  VERSION,
} from '../tls/index.ts'
import type { Hello, Reading, Recording, Sender } from './recording-report.ts'

/** What the form of messages depends on, as far as it is known. */
export function negotiatedIn({ clientHello, serverHello }: Recording): {
  readonly version: number
  readonly cipherSuite: number
} {
  const version = serverHello?.version ?? clientHello?.version ?? VERSION.tls12
  return { version, cipherSuite: serverHello?.cipherSuite ?? 0 }
}

/** Reads one whole message; its fields are noted up to where it does not parse. Throws DecodeError. */
export function readMessage(
  sender: Sender,
  type: number,
  message: Uint8Array,
  fields: Field[],
  seen: Reading,
): void {
  switch (`${sender} ${type}`) {
    case `client ${HANDSHAKE_TYPE.client_hello}`:
      readHello(sender, decodeClientHello, message, fields, (hello) => {
        seen.clientHello = hello
      })
      return
    case `server ${HANDSHAKE_TYPE.server_hello}`:
      readHello(sender, decodeServerHello, message, fields, (hello) => {
        seen.serverHello = hello
      })
      return
    case `server ${HANDSHAKE_TYPE.certificate}`:
      seen.certificates = decodeCertificateMessage(message, fields)
      return
    case `server ${HANDSHAKE_TYPE.certificate_status}`:
      decodeCertificateStatus(message, fields)
      return
    case `server ${HANDSHAKE_TYPE.server_key_exchange}`:
      readKeyExchange(message, fields, seen)
      return
    case `server ${HANDSHAKE_TYPE.server_hello_done}`:
      decodeServerHelloDone(message, fields)
      return
    default:
      seen.later.push(() => readLeniently(message, fields, seen))
  }
}

/** What nothing depends on: taken apart where its form is known and right, else whole. */
function readLeniently(message: Uint8Array, fields: Field[], seen: Reading): void {
  const negotiated = negotiatedIn(seen)
  const known =
    message[0] !== HANDSHAKE_TYPE.client_key_exchange ||
    suiteKind(negotiated.cipherSuite).keyExchange !== undefined
  const trace: Field[] = []
  try {
    if (known) traceMessage(message, negotiated, trace)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    trace.length = 0
  }
  if (trace.length > 0) fields.push(...trace)
  else readOpaque(message, fields)
}

function readHello(
  sender: Sender,
  decode: (message: Uint8Array, trace: Field[]) => Hello,
  message: Uint8Array,
  fields: Field[],
  keep: (hello: Hello) => void,
): void {
  try {
    keep(decode(message, fields))
  } catch (error) {
    const value = (name: RegExp): Uint8Array | undefined =>
      fields.find((field) => name.test(field.name))?.bytes
    const [version, random, suite] = [/_version$/, /^random$/, /^cipher_suite$/].map(value)
    if (version && random) {
      const sure = { version: uint16(version), random }
      keep(suite ? { ...sure, cipherSuite: uint16(suite) } : sure)
    }
    throw error
  } finally {
    expandExtensions(sender, fields)
  }
}

/** Kinds that nothing is known of, such as SRP and GOST, stay whole; a server that resumes or refuses has none. */
function readKeyExchange(message: Uint8Array, fields: Field[], seen: Reading): void {
  const { version, cipherSuite } = seen.serverHello ?? {}
  if (version === undefined || cipherSuite === undefined || !suiteKind(cipherSuite).keyExchange) {
    seen.opaqueExchange = true
    readOpaque(message, fields)
    return
  }
  try {
    seen.exchange = decodeServerKeyExchange(message, { version, cipherSuite }, fields)
  } catch (error) {
    seen.opaqueExchange = true
    throw error
  }
}

function readOpaque(message: Uint8Array, fields: Field[]): void {
  const reader = new Reader('Handshake', message, 0, fields)
  reader.u8('msg_type', handshakeName)
  reader.u24('length')
  if (reader.left > 0) reader.bytes(reader.left, 'body')
}

function uint16([high = 0, low = 0]: Uint8Array): number {
  return high * 256 + low
}
