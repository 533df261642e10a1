// What a TLS 1.3 server may do after a ClientHello, as scripts for startHostileServer.

import {
  CHANGE_CIPHER_SPEC,
  encodeRetry,
  type FirstTry,
  type RetryOptions,
  type Tls13FlightOptions,
  tls13Records,
  tls13ServerFlight,
} from '../make/tls13-flight.ts'
import { record } from './delivery.ts'
import { helloIn, type Peer, refuses, type Script } from './hostile-server.ts'

/** A flight that is right except for its options, after a HelloRetryRequest if there is one. */
export function answerTls13(
  options: Tls13FlightOptions & { readonly retry?: RetryOptions },
): Script {
  return async (peer) => {
    if (!peer.hello.extensions.some(({ type }) => type === SUPPORTED_VERSIONS)) {
      return refuses(PROTOCOL_VERSION)(peer)
    }
    const { retry } = options
    const first = retry && (await askAgain(peer, retry))
    const clientHello = first?.second ?? peer.clientHello
    const own = retry?.group === undefined ? options : { group: retry.group, ...options }
    for (const part of tls13Records(tls13ServerFlight(own, clientHello, first))) {
      await peer.write(part)
    }
  }
}

/** Sends the HelloRetryRequest and waits for the second ClientHello. */
async function askAgain(
  { clientHello, socket, write }: Peer,
  retry: RetryOptions,
): Promise<FirstTry & { readonly second: Uint8Array }> {
  const helloRetryRequest = encodeRetry(retry, clientHello)
  const answered = new Promise<Uint8Array>((resolve) => {
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      const second = helloIn(received.subarray(CHANGE_CIPHER_SPEC.length))
      if (second) resolve(second)
    })
  })
  await write(record(22, helloRetryRequest))
  return { clientHello, helloRetryRequest, second: await answered }
}

const SUPPORTED_VERSIONS = 43
const PROTOCOL_VERSION = 70
