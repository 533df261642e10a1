// What a hostile or merely odd TLS server may do after a ClientHello, as ready-made scripts for startHostileServer.

import { setImmediate } from 'node:timers/promises'
import {
  type ClientHello,
  type Extension,
  encodeMessage,
  type FlightMessage,
  type FlightOptions,
  serverFlight,
} from '../make/flight.ts'
import { alertRecord, type Delivery, deliver, record } from './delivery.ts'
import type { Peer, Script } from './hostile-server.ts'

/** What comes after the last byte; with 'silence' the connection stays open. */
export type Ending = 'silence' | 'fin' | 'reset'

export interface AnswerOptions extends Omit<FlightOptions, 'clientRandom' | 'serverTime'> {
  /** Unix seconds for server_random in each round, modulo 2^32; undefined: random bytes. Default: the true time. */
  readonly clock?: (round: number) => number | undefined
  /** Options that change from round to round, over the others. */
  readonly perRound?: (round: number, hello: ClientHello) => Partial<FlightOptions>
  /** Changes, drops, repeats or reorders the messages after they were signed. */
  readonly mutate?: (messages: FlightMessage[], hello: ClientHello) => readonly FlightMessage[]
  readonly delivery?: Delivery
  /** Of the records; default 0x0303. */
  readonly recordVersion?: number
  /** Raw bytes, such as an alertRecord, before and after the flight. */
  readonly before?: Uint8Array
  readonly after?: Uint8Array
  /** Sends only so many bytes of all this, and then does `ending`. */
  readonly stopAt?: number
  /** Default 'silence'. */
  readonly ending?: Ending
  /** Milliseconds before the first byte. */
  readonly delay?: number
}

/** A flight that is right but for its options. */
export function answer(options: AnswerOptions): Script {
  return async (peer) => {
    const { delay = 0, ending = 'silence' } = options
    if (delay > 0) await peer.sleep(delay)
    for (const chunk of cut(answerChunks(options, peer), options.stopAt)) {
      await peer.write(chunk)
      await setImmediate()
    }
    if (ending !== 'silence') await peer.close(ending)
  }
}

/** The byte strings that `answer` writes, one by one. */
export function answerChunks(
  options: AnswerOptions,
  { hello, round }: Pick<Peer, 'hello' | 'round'>,
): Uint8Array[] {
  const { clock = trueTime, before, after, recordVersion } = options
  const flight: FlightOptions = {
    extensions: usualExtensions(hello, options.ocsp !== undefined),
    ...options,
    clientRandom: hello.random,
    serverTime: clock(round),
    ...options.perRound?.(round, hello),
  }
  const messages = serverFlight(flight)
  const sent = options.mutate?.(messages, hello) ?? messages
  const chunks = deliver(sent.map(encodeMessage), options.delivery, recordVersion)
  return [...(before ? [before] : []), ...chunks, ...(after ? [after] : [])]
}

/** The true time in seconds. */
export function trueTime(): number {
  return Date.now() / 1000
}

/** Says nothing, ever. */
export const silent: Script = () => {}

/** Writes these bytes and, unless told otherwise, leaves the connection open. */
export function sends(bytes: Uint8Array, ending: Ending = 'silence'): Script {
  return async (peer) => {
    await peer.write(bytes)
    if (ending !== 'silence') await peer.close(ending)
  }
}

/** Ends the connection instead of an answer. */
export function hangsUp(by: 'fin' | 'reset'): Script {
  return (peer) => peer.close(by)
}

/** One fatal alert (RFC 5246 §7.2.2), then the end. */
export function refuses(description: number): Script {
  return sends(alertRecord(2, description), 'fin')
}

/** A web server without TLS, as many answer on a TLS port. */
export const plainHttp: Script = sends(
  Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
  'fin',
)

/** Hangs up, without a word, on each ClientHello that `condition` holds for; the others go to `otherwise`. */
export function dropWhen(condition: (hello: ClientHello) => boolean, otherwise: Script): Script {
  return (peer) => {
    if (!condition(peer.hello)) return otherwise(peer)
    peer.uncount()
    return peer.close('fin')
  }
}

/** Whether a ClientHello has this extension: 0x0005 is status_request. */
export function offers(hello: ClientHello, extension: number): boolean {
  return hello.extensions.some(({ type }) => type === extension)
}

/** A script for each round; the last one goes on for all further rounds. */
export function inTurn(...scripts: readonly Script[]): Script {
  return (peer) => (scripts[peer.round] ?? scripts[scripts.length - 1])?.(peer)
}

/** An answer, one byte each `milliseconds`; over and over when `forever` (then only HelloRequests, which mean nothing). */
export function drips(options: AnswerOptions, milliseconds: number, forever = false): Script {
  return async (peer) => {
    const idle = record(22, encodeMessage({ type: 0, body: new Uint8Array(0) }))
    const bytes = forever ? idle : Buffer.concat(answerChunks(options, peer))
    do {
      for (const byte of bytes) {
        if (!peer.open) return
        await peer.write(Uint8Array.of(byte))
        await peer.sleep(milliseconds)
      }
    } while (forever)
  }
}

/**
 * Sends without end, as fast as the client reads, up to `limit` bytes:
 * - 'huge-message': a message that announces 2^24-1 bytes, and then as many
 * - 'messages': after a right ServerHello, Certificate messages
 * - 'hello-requests' | 'empty-records' | 'warnings' | 'application-data' | 'garbage': nothing else
 */
export function endless(
  kind: EndlessKind,
  options: Pick<AnswerOptions, 'endEntity'>,
  limit: number = 1 << 26,
): Script {
  return async (peer) => {
    const [serverHello, certificate] = serverFlight({
      ...options,
      clientRandom: peer.hello.random,
      extensions: usualExtensions(peer.hello, false),
    }).map((message) => deliver([encodeMessage(message)])[0] ?? new Uint8Array(0))
    if (kind === 'messages' && serverHello) await peer.write(serverHello)
    if (kind === 'huge-message') await peer.write(record(22, Uint8Array.of(11, 255, 255, 255)))
    const unit = kind === 'messages' && certificate ? certificate : ENDLESS[kind]
    const chunk = Buffer.concat(Array<Uint8Array>(Math.ceil(0x4000 / unit.length)).fill(unit))
    for (let sent = 0; peer.open && sent < limit; sent += chunk.length) {
      await peer.write(chunk)
      await setImmediate()
    }
  }
}

export type EndlessKind =
  | 'huge-message'
  | 'messages'
  | 'hello-requests'
  | 'empty-records'
  | 'warnings'
  | 'application-data'
  | 'garbage'

/** Resumes a session that nobody asked for: ServerHello, ChangeCipherSpec, something encrypted (RFC 5246 §7.3). */
export function resumes(options: AnswerOptions): Script {
  return answer({
    ...options,
    mutate: (messages) => messages.slice(0, 1),
    after: Buffer.concat([record(20, Uint8Array.of(1)), record(22, new Uint8Array(40).fill(0xe5))]),
  })
}

// What OpenSSL answers: renegotiation_info and extended_master_secret when offered (RFC 5746, RFC 7627).
function usualExtensions(hello: ClientHello, stapled: boolean): Extension[] {
  const extensions: Extension[] = []
  const renegotiation = offers(hello, 0xff01) || hello.cipherSuites.includes(0x00ff)
  if (renegotiation) extensions.push({ type: 0xff01, body: Uint8Array.of(0) })
  if (offers(hello, 0x0017)) extensions.push({ type: 0x0017, body: new Uint8Array(0) })
  if (stapled) extensions.push({ type: 0x0005, body: new Uint8Array(0) })
  return extensions
}

function cut(chunks: readonly Uint8Array[], at = Number.POSITIVE_INFINITY): Uint8Array[] {
  const kept: Uint8Array[] = []
  let left = at
  for (const chunk of chunks) {
    if (left <= 0) break
    kept.push(chunk.subarray(0, left))
    left -= chunk.length
  }
  return kept
}

const ENDLESS: Readonly<Record<EndlessKind, Uint8Array>> = {
  'huge-message': record(22, new Uint8Array(0x4000)),
  messages: record(22, encodeMessage({ type: 11, body: Uint8Array.of(0, 0, 0) })),
  'hello-requests': record(22, encodeMessage({ type: 0, body: new Uint8Array(0) })),
  'empty-records': record(22, new Uint8Array(0)),
  warnings: alertRecord(1, 112),
  'application-data': record(23, new Uint8Array(0x4000)),
  garbage: new Uint8Array(0x4000).fill(0xa5),
}
