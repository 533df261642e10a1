// One handshake in memory: this library's own ClientHello and a scripted server's flight that answers it.

import { HandshakeClient } from '../../../src/tls/client.ts'
import type { HelloOptions } from '../../../src/tls/client-hello.ts'
import type { Transcript } from '../../../src/tls/transcript.ts'
import { type Delivery, deliver } from '../servers/delivery.ts'
import { encodeMessage, type FlightMessage, type FlightOptions, serverFlight } from './flight.ts'

export interface Capture {
  readonly client: HandshakeClient
  /** The ClientHello, with its header. */
  readonly clientHello: Uint8Array
  /** The server's messages, with their headers, in order. */
  readonly messages: readonly Uint8Array[]
  readonly transcript: Transcript
  /** The server's records. */
  stream(delivery?: Delivery): Uint8Array
}

export interface CaptureOptions extends Omit<FlightOptions, 'clientRandom'> {
  readonly hello?: Partial<HelloOptions>
  /** Changes, drops, repeats or reorders the messages after they were signed. */
  readonly mutate?: (messages: readonly FlightMessage[]) => readonly FlightMessage[]
}

/** A client that has sent its ClientHello, and what a server answers: right but for the options. */
export function capture({ hello, mutate, ...flight }: CaptureOptions): Capture {
  const clientRandom = hello?.clientRandom ?? new Uint8Array(32).fill(0xc1)
  const client = new HandshakeClient({ statusRequest: true, ...hello, clientRandom })
  const clientHello = client.hello.subarray(5)
  const sent = serverFlight({ ...flight, clientRandom })
  const messages = (mutate?.(sent) ?? sent).map(encodeMessage)
  const named = (type: number): Uint8Array | undefined => messages.find(([first]) => first === type)
  const certificateStatus = named(22)
  return {
    client,
    clientHello,
    messages,
    transcript: {
      clientHello,
      serverHello: named(2) ?? NONE,
      certificate: named(11) ?? NONE,
      ...(certificateStatus && { certificateStatus }),
      serverKeyExchange: named(12) ?? NONE,
    },
    stream: (delivery) => Buffer.concat(deliver(messages, delivery)),
  }
}

const NONE = new Uint8Array(0)
