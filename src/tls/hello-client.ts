// The shortest exchange there is, to ask what a server takes: a ClientHello, and the ServerHello or the alert that
// answers it (RFC 5246 §7.3, RFC 8446 §4.1). Bytes in, bytes out; what follows a ServerHello is not looked at.

import { encodeClientHello, type HelloOptions } from './client-hello.ts'
import { encodeFarewell, isHelloRequest, openDeframer } from './deframer.ts'
import {
  type ClientHello,
  decodeClientHello,
  decodeServerHello,
  type ServerHello,
} from './messages.ts'
import { encodeRecord } from './record.ts'
import {
  CONTENT_TYPE,
  cipherSuiteName,
  HANDSHAKE_TYPE,
  handshakeName,
  VERSION,
} from './registry.ts'
import { offeredVersions, selectedVersion } from './tls13-hello.ts'
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
  let answer: HelloAnswer | undefined
  return {
    hello: encodeRecord(CONTENT_TYPE.handshake, VERSION.tls10, clientHello),
    farewell: encodeFarewell(offer.version),
    get answer() {
      return answer
    },
    receive: openDeframer('ServerHello', (type, message) => {
      if (isHelloRequest(message)) return false
      if (type !== HANDSHAKE_TYPE.server_hello) {
        throw misbehaving(`expected ServerHello, got ${handshakeName(type)}`)
      }
      answer = readAnswer(offer, decodeServerHello(message))
      return true
    }),
  }
}

function readAnswer(offer: ClientHello, serverHello: ServerHello): HelloAnswer {
  const { cipherSuite } = serverHello
  if (
    offeredVersions(offer).includes(VERSION.tls13) &&
    selectedVersion(serverHello) === VERSION.tls13
  ) {
    // A HelloRetryRequest may hold a cookie, which nobody offers (RFC 8446 §4.2.2)
    if (!offer.cipherSuites.includes(cipherSuite)) {
      throw misbehaving(`the server chose ${cipherSuiteName(cipherSuite)}, which was not offered`)
    }
    return { version: VERSION.tls13, cipherSuite, serverHello }
  }
  checkAnswer(offer, serverHello)
  return { version: serverHello.version, cipherSuite, serverHello }
}
