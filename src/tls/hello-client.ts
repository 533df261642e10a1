// The shortest exchange there is, to ask what a server takes: a ClientHello, and the ServerHello or the alert that
// answers it (RFC 5246 §7.3, RFC 8446 §4.1). Bytes in, bytes out; what follows a ServerHello is not looked at.

import { Reader } from '../encoding/index.ts'
import { encodeClientHello, type HelloOptions } from './client-hello.ts'
import {
  append,
  blame,
  encodeFarewell,
  type Inflow,
  nextMessage,
  openInflow,
  received,
  takeAlerts,
} from './deframer.ts'
import {
  type ClientHello,
  decodeClientHello,
  decodeServerHello,
  MESSAGE_HEADER_LENGTH,
  type ServerHello,
} from './messages.ts'
import {
  encodeRecord,
  MAX_PLAINTEXT,
  RECORD_HEADER_LENGTH,
  readRecord,
  type TlsRecord,
} from './record.ts'
import {
  CONTENT_TYPE,
  cipherSuiteName,
  EXTENSION,
  HANDSHAKE_TYPE,
  handshakeName,
  VERSION,
} from './registry.ts'
import { checkAnswer, misbehaving } from './transcript.ts'

/** What a server chose. */
export interface HelloAnswer {
  /** The version, TLS 1.3 too (RFC 8446 §4.2.1). */
  readonly version: number
  readonly cipherSuite: number
  readonly serverHello: ServerHello
}

/** One exchange: send `hello`, feed what comes to `receive` until it returns true, take `answer`, send `farewell`. */
export interface HelloExchange {
  readonly hello: Uint8Array
  readonly farewell: Uint8Array
  /** The server's choice, once `receive` has returned true. */
  readonly answer: HelloAnswer | undefined
  /**
   * Takes bytes in any chunks; true once a ServerHello is there that answers the ClientHello. Throws HandshakeError
   * for a fatal alert, and for anything else.
   */
  receive(bytes: Uint8Array): boolean
}

export function openHelloExchange(options: HelloOptions): HelloExchange {
  const clientHello = encodeClientHello(options)
  const offer = decodeClientHello(clientHello)
  const stream = openInflow(MAX_ANSWER)
  const messages = openInflow(MAX_ANSWER)
  let answer: HelloAnswer | undefined
  let records = 0
  return {
    hello: encodeRecord(CONTENT_TYPE.handshake, VERSION.tls10, clientHello),
    farewell: encodeFarewell(offer.version),
    get answer() {
      return answer
    },
    receive: (bytes) => {
      try {
        if (answer === undefined) append(stream, bytes)
        while (answer === undefined) {
          const record = readRecord(received(stream), stream.read)
          if (record === undefined) return false
          stream.read += RECORD_HEADER_LENGTH + record.fragment.length
          records++
          answer = takeRecord(record, messages, offer)
        }
        return true
      } catch (error) {
        throw blame(error, stream, records)
      }
    },
  }
}

function takeRecord(
  { type, fragment }: TlsRecord,
  messages: Inflow,
  offer: ClientHello,
): HelloAnswer | undefined {
  if (fragment.length > MAX_PLAINTEXT)
    throw misbehaving(`a plain record of ${fragment.length} bytes`)
  if (type === CONTENT_TYPE.alert) {
    takeAlerts(fragment)
    return undefined
  }
  if (type !== CONTENT_TYPE.handshake)
    throw misbehaving(`a record of content type ${type} before ServerHello`)
  if (fragment.length === 0) throw misbehaving('an empty handshake record')
  append(messages, fragment)
  for (;;) {
    const message = nextMessage(messages)
    if (message === undefined) return undefined
    const [sent = 0] = message
    // As HandshakeClient does (RFC 5246 §7.4.1.1)
    if (sent === HANDSHAKE_TYPE.hello_request && message.length === MESSAGE_HEADER_LENGTH) continue
    if (sent !== HANDSHAKE_TYPE.server_hello)
      throw misbehaving(`expected ServerHello, got ${handshakeName(sent)}`)
    return readAnswer(offer, decodeServerHello(message))
  }
}

function readAnswer(offer: ClientHello, serverHello: ServerHello): HelloAnswer {
  const { cipherSuite } = serverHello
  if (selectedVersion(offer) === VERSION.tls13 && selectedVersion(serverHello) === VERSION.tls13) {
    // A HelloRetryRequest may hold a cookie, which nobody offers (RFC 8446 §4.2.2)
    if (!offer.cipherSuites.includes(cipherSuite)) {
      throw misbehaving(`the server chose ${cipherSuiteName(cipherSuite)}, which was not offered`)
    }
    return { version: VERSION.tls13, cipherSuite, serverHello }
  }
  checkAnswer(offer, serverHello)
  return { version: serverHello.version, cipherSuite, serverHello }
}

/** supported_versions: ProtocolVersion versions<2..254> of a client with one, or ProtocolVersion selected_version. */
function selectedVersion(hello: ClientHello | ServerHello): number | undefined {
  const found = hello.extensions.find(({ type }) => type === EXTENSION.supported_versions)
  if (found === undefined) return undefined
  const reader = new Reader('supported_versions', found.content.slice(-2))
  return found.content.length < 2 ? undefined : reader.u16('selected_version')
}

/** Bytes that may come, what was sent along with the ServerHello included. */
const MAX_ANSWER = 2 ** 18
