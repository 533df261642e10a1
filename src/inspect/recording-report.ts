// What comes up while a recorded connection is read: messages, alerts, and what they say.

import type { Field } from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'
import type { Extension, ServerKeyExchange } from '../tls/index.ts'

export type Sender = 'client' | 'server'

export interface MessageReport {
  readonly sender: Sender
  /** "ServerHello". */
  readonly name: string
  /** Of the message's header, in its sender's stream. */
  readonly offset: number
  /** Header included; a message may be spread over several records. */
  readonly length: number
  /**
   * Side by side without gaps from the header to the end, or to the fault of a message that does not parse. Offsets in
   * here count from the header.
   */
  readonly fields: readonly Field[]
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

/** What of a hello counts; of one that does not parse, what comes before its fault. */
export interface Hello {
  readonly version: number
  readonly random: Uint8Array
  readonly cipherSuite?: number
  readonly extensions?: readonly Extension[]
}

/** What has come up in both streams. */
export interface Recording {
  readonly messages: MessageReport[]
  readonly alerts: AlertReport[]
  /** At most one of each side; not among the messages. */
  readonly unfinished: UnfinishedMessage[]
  /** The last one, when there are several: TLS 1.3 may ask for a second. */
  clientHello?: Hello
  serverHello?: Hello
  certificates: readonly Uint8Array[]
  exchange?: ServerKeyExchange
  /** There is a ServerKeyExchange of a kind that is not taken apart. */
  opaqueExchange: boolean
  /** The first one. */
  fault?: { readonly code: string; readonly message: string }
}

/** A recording being read. */
export interface Reading extends Recording {
  readonly afterRetry: boolean
  /** What is read once both hellos are known. */
  readonly later: (() => void)[]
}

/** Does the work; a DecodeError in it becomes the recording's fault, if it is the first. */
export function noteFault(seen: Recording, sender: Sender, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    seen.fault ??= { code: error.code, message: `${sender}: ${error.message}` }
  }
}
