// Makes rounds of TLS 1.3 in memory: this library's own client, or a careless one, and a scripted server's flight.

import { createHash } from 'node:crypto'
import { concat } from '../../../src/encoding/bytes.ts'
import type { Tls13Round } from '../../../src/statement/round.ts'
import { makeAeadNative, makeKeyPairNative } from '../../../src/system/tls-cryptography.ts'
import { encodeClientHello as sayClientHello } from '../../../src/tls/client-hello.ts'
import { type ClientHello, decodeClientHello } from '../../../src/tls/messages.ts'
import { readRecord } from '../../../src/tls/record.ts'
import { Tls13Client } from '../../../src/tls/tls13-client.ts'
import { parseHost } from '../../../src/x509/identity.ts'
import { record } from '../servers/delivery.ts'
import { encodeClientHello } from './client-hello.ts'
import type { EndEntity } from './end-entity.ts'
import {
  encodeRetry,
  type RetryOptions,
  type Tls13FlightOptions,
  type Tls13ServerFlight,
  tls13Records,
  tls13ServerFlight,
} from './tls13-flight.ts'

/** One round of TLS 1.3; what is not said is as `sign` and an honest server do it. */
export interface GuardPlan {
  readonly endEntity: EndEntity
  readonly host: string
  /** Default 443. */
  readonly port?: number
  /** Default: as the chain asks. */
  readonly clientRandom?: Uint8Array
  /** Default: the host, unless that is an address. */
  readonly serverName?: string
  readonly flight?: Partial<Tls13FlightOptions>
  readonly retry?: RetryOptions
  /** Has a client that takes whatever comes; default: this library's own, which throws at what it must not take. */
  readonly careless?: true
  /** Changes the ClientHello of a careless client, or the second one after a HelloRetryRequest. */
  readonly offer?: (hello: ClientHello) => ClientHello
}

/** A round of TLS 1.3, after a HelloRetryRequest if there is to be one. */
export function makeTls13Round(plan: GuardPlan, chained: Uint8Array): Tls13Round {
  const { endEntity, host, port = 443, clientRandom = chained, flight, retry } = plan
  const isName = parseHost(host)?.type === 'dns'
  const client = new Tls13Client({
    clientRandom,
    sessionId: createHash('sha256').update(clientRandom).digest(),
    statusRequest: true,
    ...(isName && { serverName: plan.serverName ?? host }),
    makeKeyPair: makeKeyPairNative,
    makeAead: makeAeadNative,
  })
  const clientHello = client.hello.slice(5)
  if (!retry) {
    client.receive(
      concat(...tls13Records(tls13ServerFlight({ endEntity, ...flight }, clientHello))),
    )
    return { host, port, ...client.transcript }
  }
  const helloRetryRequest = encodeRetry(retry, clientHello)
  client.receive(record(22, helloRetryRequest))
  // The second ClientHello stands behind a ChangeCipherSpec
  const second = readRecord(client.takeReply() ?? ABSENT, 6)?.fragment ?? ABSENT
  const { group } = retry
  const options = { endEntity, ...(group !== undefined && { group }), ...flight }
  const answer = tls13ServerFlight(options, second, { clientHello, helloRetryRequest })
  client.receive(concat(...tls13Records(answer)))
  return { host, port, ...client.transcript }
}

/** A round of TLS 1.3 with all that the server was told to do wrong, signed as it is. */
export function makeCarelessRound(plan: GuardPlan, chained: Uint8Array): Tls13Round {
  const { endEntity, host, port = 443, clientRandom = chained, flight, retry } = plan
  const { offer = (hello) => hello, serverName = host } = plan
  const shares = [0x001d, 0x0017, ...(retry?.group ? [retry.group] : [])].map((group) => {
    // x448 is not among those that this library computes
    const isX448 = group === 0x001e
    return { group, keyExchange: isX448 ? new Uint8Array(56) : makeKeyPairNative(group).share }
  })
  const sayHello = (groups: readonly number[], cookie?: Uint8Array): Uint8Array =>
    sayClientHello({
      clientRandom,
      serverName,
      statusRequest: true,
      version: 0x0304,
      sessionId: createHash('sha256').update(clientRandom).digest(),
      keyShares: shares.filter(({ group }) => groups.includes(group)),
      cookie,
    })
  const changed = (hello: Uint8Array): Uint8Array =>
    encodeClientHello(offer(decodeClientHello(hello)))
  const first = sayHello([0x001d, 0x0017])
  if (!retry) {
    const clientHello = changed(first)
    const answer = tls13ServerFlight({ endEntity, ...flight }, clientHello)
    return { host, port, clientHello, ...tls13Messages(answer) }
  }
  const helloRetryRequest = encodeRetry(retry, first)
  const { group, cookie } = retry
  const clientHello = changed(sayHello(group === undefined ? [0x001d, 0x0017] : [group], cookie))
  const answer = tls13ServerFlight(
    { endEntity, ...(group !== undefined && { group }), ...flight },
    clientHello,
    { clientHello: first, helloRetryRequest },
  )
  const messages = { clientHello, ...tls13Messages(answer) }
  return { host, port, firstClientHello: first, helloRetryRequest, ...messages }
}

/** The messages of a server's flight up to CertificateVerify, by their types. */
function tls13Messages({
  serverHello,
  messages,
}: Tls13ServerFlight): Omit<Tls13Round, 'host' | 'port' | 'clientHello'> {
  const find = (type: number): Uint8Array | undefined => messages.find(([first]) => first === type)
  const request = find(13)
  return {
    serverHello,
    encryptedExtensions: find(8) ?? ABSENT,
    ...(request && { certificateRequest: request }),
    certificate: find(11) ?? ABSENT,
    certificateVerify: find(15) ?? ABSENT,
  }
}

const ABSENT = new Uint8Array(0)
