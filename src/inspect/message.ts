// One handshake message of a recorded connection, whole or cut off: its fields, what of it counts for the others, and
// where all that is kept while a recording is read (RFC 5246 §7.4).

import { type Field, Reader } from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'
import type { ServerKeyExchange } from '../tls/index.ts'
import {
  CERTIFICATE_TYPE,
  decodeCertificateMessage,
  decodeCertificateStatus,
  decodeClientHello,
  decodeRawPublicKey,
  decodeServerHello,
  decodeServerHelloDone,
  decodeServerKeyExchange,
  expandExtensions,
  HANDSHAKE_TYPE,
  handshakeName,
  suiteKind,
  traceMessage,
} from '../tls/index.ts'
import { type Hello, type Hellos, negotiatedIn, uint16 } from './negotiated.ts'

export type Sender = 'client' | 'server'

export interface MessageReport {
  readonly sender: Sender
  /** "ServerHello". */
  readonly name: string
  /** Of the message's header, in its sender's stream. */
  readonly offset: number
  /**
   * Of a message that was decrypted: length of the protected record that it is in, or begins in, header included; then
   * `offset` is that record's. Null or absent in plain text.
   */
  readonly protectedLength?: number | null
  /** Header included; a message may be spread over several records. */
  readonly length: number
  /**
   * Side by side without gaps from the header to the end, or to the fault of a message that does not parse. Offsets in
   * here count from the header.
   */
  readonly fields: readonly Field[]
  /** In a statement, of a message that an earlier round of the chain holds too: that round's index. */
  readonly asInRound?: number
}

export interface AlertReport {
  readonly sender: Sender
  readonly offset: number
  readonly level: number
  /** "handshake_failure". */
  readonly description: string
}

/** A message that its stream ends within. */
export interface UnfinishedMessage extends MessageReport {
  /** How many of its bytes there are. */
  readonly there: number
}

/** What became of the protected records of a connection. */
export interface DecryptionReport {
  /** How many protected records there are. */
  readonly records: number
  readonly opened: number
  /** Why the others were not. */
  readonly faults: readonly DecryptionFault[]
}

export interface DecryptionFault {
  /** Null when it is about both. */
  readonly sender: Sender | null
  /** Stable. */
  readonly code:
    | 'no-hellos' // a hello is missing, by which secrets are found
    | 'no-secrets' // the key log has none of this connection
    | 'unsupported' // records of this version and suite are not opened here
    | 'no-secret' // the key log lacks one of this side
    | 'not-authentic' // a wrong secret, or records that are damaged or missing
    | 'early-data' // sent under a secret of an earlier connection
    | 'renegotiation' // keys that were changed within the connection
    | 'too-large' // beyond this library's own limits
  readonly message: string
}

/** What was said before TLS began. */
export interface Preamble {
  /** "SMTP". */
  readonly protocol: string
  /** Bytes of each stream before its records. */
  readonly client: number
  readonly server: number
}

/** What has come up in both streams. */
export interface Recording extends Hellos {
  readonly messages: MessageReport[]
  readonly alerts: AlertReport[]
  /** At most one of each side; not among the messages. */
  readonly unfinished: UnfinishedMessage[]
  certificates: readonly Uint8Array[]
  /** SubjectPublicKeyInfo that the server sent in place of certificates (RFC 7250). */
  rawPublicKey?: Uint8Array
  exchange?: ServerKeyExchange
  /** Of TLS 1.3, as far as it can be read. */
  certificateVerify?: SignedTranscript
  /** What was said in plain text before TLS; there when there is some. */
  readonly preamble?: Preamble
  /** Of protected records; there when secrets were given. */
  decryption?: DecryptionReport
  /** There is a ServerKeyExchange of a kind that is not taken apart. */
  opaqueExchange: boolean
  /** Whether a HelloRetryRequest has come, after which a ChangeCipherSpec means nothing. */
  readonly afterRetry: boolean
  /** The first one. */
  fault?: { readonly code: string; readonly message: string }
}

/** The server's CertificateVerify and what it is over (RFC 8446 §4.4.3). */
export interface SignedTranscript {
  readonly scheme: string
  readonly signature: Uint8Array
  /** Undefined when messages are missing, or a delegated credential signed (RFC 9345). */
  readonly signedBytes: Uint8Array | undefined
}

/** A recording being read. */
export interface Reading extends Recording {
  /** Handshake messages, verbatim, in the order of each side's stream. */
  readonly whole: Readonly<Record<Sender, Uint8Array[]>>
  /** Certificates in a message; a longer list is a fault. */
  readonly mostCertificates: number
  /** Fields of the messages read so far. */
  fieldCount: number
  /** Whether the end entity has a delegated credential, whose key may sign in its place. */
  isDelegated: boolean
  /** What is read once both hellos are known. */
  readonly later: (() => void)[]
}

/** Does the work; a DecodeError in it becomes the recording's fault, if it is the first. */
export function recordFault(
  seen: Pick<Recording, 'fault'>,
  sender: Sender,
  work: () => void,
): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    seen.fault ??= { code: error.code, message: `${sender}: ${error.message}` }
  }
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
      readCertificate(message, fields, seen)
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
      seen.later.push(() => {
        readLeniently(sender, message, fields, seen)
        limitFields(message, fields, seen)
      })
  }
}

/** What nothing depends on: taken apart where its form is known and right, else whole. */
function readLeniently(sender: Sender, message: Uint8Array, fields: Field[], seen: Reading): void {
  const negotiated = negotiatedIn(seen, sender)
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

/** Before TLS 1.3: certificates, or what was negotiated in their place. */
function readCertificate(message: Uint8Array, fields: Field[], seen: Reading): void {
  const { certificateType } = negotiatedIn(seen, 'server')
  if (certificateType === CERTIFICATE_TYPE.x509) {
    seen.certificates = decodeCertificateMessage(message, fields, seen.mostCertificates)
  } else if (certificateType === CERTIFICATE_TYPE.raw_public_key) {
    seen.rawPublicKey = decodeRawPublicKey(message, fields)
  } else readOpaque(message, fields)
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

/** Keeps the fields of the first messages; one that goes beyond a recording's share is noted in one piece. */
export function limitFields(message: Uint8Array, fields: Field[], seen: Reading): void {
  seen.fieldCount += countFields(fields)
  if (seen.fieldCount <= MAX_FIELDS) return
  fields.length = 0
  readOpaque(message, fields)
}

function countFields(fields: readonly Field[]): number {
  return fields.reduce((sum, { fields: inside = [] }) => sum + 1 + countFields(inside), 0)
}

/** Of a recording, whose usual handshake has some hundred; a field takes a hundred times as much memory as its bytes. */
const MAX_FIELDS = 20_000

/** In one piece. */
export function readOpaque(message: Uint8Array, fields: Field[]): void {
  const reader = new Reader('Handshake', message, 0, fields)
  reader.u8('msg_type', handshakeName)
  reader.u24('length')
  if (reader.left > 0) reader.bytes(reader.left, 'body')
}
