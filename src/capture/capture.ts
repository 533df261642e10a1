// A packet capture in, its TCP connections out: pcap and pcapng files, whole and in memory.

import { ipText } from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'
import { addToConnection, openConnectionTable, type TrackedConnection } from './connections.ts'
import type { Frame } from './packet.ts'
import { decodeSegment, type SkipReason } from './packet.ts'
import { looksLikePcap, readPcap } from './pcap.ts'
import { looksLikePcapng, readPcapng } from './pcapng.ts'
import { assemble, type Stream, type StreamPart } from './reassembly.ts'

/** What a packet capture holds. */
export interface Capture {
  readonly format: 'pcap' | 'pcapng'
  /** How many packets were read. */
  readonly packets: number
  /** Those that carried bytes, in the order of their first packets. */
  readonly connections: readonly Connection[]
  /** Key logs that the capture carries; secret. */
  readonly keyLogs: readonly Uint8Array[]
  /** How many packets were left out, and why. */
  readonly skipped: Readonly<Record<SkipReason | 'connection-limit', number>>
  /** What was wrong with the file after the packets that were read. */
  readonly error?: { readonly code: string; readonly message: string }
}

export interface Endpoint {
  /** "192.0.2.1", or "2001:db8::1" in the manner of RFC 5952. */
  readonly address: string
  readonly port: number
}

/** Which end of a connection sent something. */
export type End = 'client' | 'server'

/** One TCP connection. */
export interface Connection {
  readonly client: Endpoint
  readonly server: Endpoint
  /** How client and server are known: "handshake" by a SYN, "hello" by a TLS hello, "port" is a guess by the lower port. */
  readonly roles: 'handshake' | 'hello' | 'port'
  /** What the client sent, up to the first byte that is missing. */
  readonly clientStream: Uint8Array
  /** What the server sent, likewise. */
  readonly serverStream: Uint8Array
  /** When the first packet of the connection was captured; undefined when the capture has no times. */
  readonly time: Date | undefined
  /** When the packet with the byte at this offset of a stream was captured first; undefined when there is none. */
  timeAt(sender: End, offset: number): Date | undefined
  /** The holes that streams end at, at most one for each. */
  readonly gaps: readonly Gap[]
  readonly notes: readonly ConnectionNote[]
}

export interface Gap {
  readonly sender: End
  /** The stream's length. */
  readonly offset: number
  /** How many bytes are missing there. */
  readonly length: number
}

/** What a reader of the streams should know. */
export type ConnectionNote =
  | 'no-syn' // the capture may begin in the middle of the connection
  | 'packets-cut-off' // of some packets only the beginning was captured (snaplen)
  | 'contradiction' // a repeated byte had another value; the first one is kept
  | 'stream-limit' // a stream is longer than what is kept of it
  | 'reset' // the connection was reset

export interface CaptureOptions {
  /** How many bytes of each stream are kept; default 4 MiB. */
  readonly maxStreamBytes?: number
  /** How many connections are followed; default 65,536. */
  readonly maxConnections?: number
}

/** Whether these bytes begin as a pcap or pcapng file does. */
export function looksLikeCapture(bytes: Uint8Array): boolean {
  return looksLikePcap(bytes) || looksLikePcapng(bytes)
}

/**
 * Reads a capture and puts its TCP streams together. Link layers: Ethernet with VLAN tags, Linux cooked (both versions),
 * raw IP, BSD loopback. IP fragments are not put together.
 * @throws DecodeError when the file is no capture, or breaks before its first packet; later faults are in `error`
 */
export function readCapture(bytes: Uint8Array, options: CaptureOptions = {}): Capture {
  const format = looksLikePcap(bytes) ? 'pcap' : 'pcapng'
  const keyLogs: Uint8Array[] = []
  const frames = format === 'pcap' ? readPcap(bytes) : readPcapng(bytes, keyLogs)
  const limits = {
    connections: options.maxConnections ?? MAX_CONNECTIONS,
    streamBytes: options.maxStreamBytes ?? MAX_STREAM,
  }
  const table = openConnectionTable()
  const skipped = { ...NONE_SKIPPED }
  const { packets, fault } = each(frames, (frame) => {
    const segment = decodeSegment(frame)
    if (typeof segment === 'string') skipped[segment]++
    else if (!addToConnection(table, segment, frame.time, limits)) skipped['connection-limit']++
  })
  const connections = table.connections
    .filter(({ sides }) => sides.some(({ direction }) => direction.arrivals.length > 0))
    .map((tracked) => describe(tracked, limits.streamBytes))
  return {
    format,
    packets,
    connections,
    keyLogs,
    skipped,
    ...(fault && { error: { code: fault.code, message: fault.message } }),
  }
}

function each(
  frames: Iterable<Frame>,
  visit: (frame: Frame) => void,
): { readonly packets: number; readonly fault: DecodeError | undefined } {
  let packets = 0
  try {
    for (const frame of frames) {
      packets++
      visit(frame)
    }
    return { packets, fault: undefined }
  } catch (fault) {
    if (!(fault instanceof DecodeError) || packets === 0) throw fault
    return { packets, fault }
  }
}

function describe(tracked: TrackedConnection, limit: number): Connection {
  const streams = tracked.sides.map(({ direction }) => assemble(direction, limit)) as [
    Stream,
    Stream,
  ]
  const { client, roles } = rolesOf(tracked, streams)
  const order = client === 0 ? ([0, 1] as const) : ([1, 0] as const)
  const [sentByClient, sentByServer] = [streams[order[0]], streams[order[1]]]
  const endpoint = (index: 0 | 1): Endpoint => {
    const { address, port } = tracked.sides[index]
    return { address: ipText(address), port }
  }
  const gaps = [
    ...(sentByClient.gap ? [{ sender: 'client' as const, ...sentByClient.gap }] : []),
    ...(sentByServer.gap ? [{ sender: 'server' as const, ...sentByServer.gap }] : []),
  ]
  return {
    client: endpoint(order[0]),
    server: endpoint(order[1]),
    roles,
    clientStream: sentByClient.bytes,
    serverStream: sentByServer.bytes,
    time: dateOf(tracked.time),
    timeAt: (sender, offset) => timeIn(sender === 'client' ? sentByClient : sentByServer, offset),
    gaps,
    notes: notesOf(tracked, streams),
  }
}

/** The sender of a ClientHello is a client, the sender of a ServerHello is none; else servers have the lower ports. */
function rolesOf(
  { client, sides }: TrackedConnection,
  streams: readonly [Stream, Stream],
): { readonly client: 0 | 1; readonly roles: Connection['roles'] } {
  if (client !== undefined) return { client, roles: 'handshake' }
  const [first, second] = [helloOf(streams[0].bytes), helloOf(streams[1].bytes)]
  if (first === CLIENT_HELLO || second === SERVER_HELLO) return { client: 0, roles: 'hello' }
  if (second === CLIENT_HELLO || first === SERVER_HELLO) return { client: 1, roles: 'hello' }
  return { client: sides[0].port < sides[1].port ? 1 : 0, roles: 'port' }
}

/** HandshakeType of a stream's first message, if it begins with a TLS handshake record (RFC 5246 §6.2.1, §7.4). */
function helloOf(stream: Uint8Array): number | undefined {
  return stream[0] === HANDSHAKE_RECORD && stream[1] === 3 ? stream[5] : undefined
}

function notesOf(
  { sides, cutOff }: TrackedConnection,
  streams: readonly Stream[],
): ConnectionNote[] {
  const directions = sides.map(({ direction }) => direction)
  const notes: readonly (readonly [boolean, ConnectionNote])[] = [
    [directions.some(({ anchored }) => !anchored), 'no-syn'],
    [cutOff > 0, 'packets-cut-off'],
    [streams.some(({ contradicted }) => contradicted), 'contradiction'],
    [directions.some(({ beyondLimit }) => beyondLimit), 'stream-limit'],
    [directions.some(({ reset }) => reset), 'reset'],
  ]
  return notes.flatMap(([holds, note]) => (holds ? [note] : []))
}

function timeIn({ bytes, parts }: Stream, offset: number): Date | undefined {
  if (!(offset >= 0 && offset < bytes.length)) return undefined
  let [low, high] = [0, parts.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((parts[middle] as StreamPart).offset <= offset) low = middle
    else high = middle - 1
  }
  return dateOf(parts[low]?.time)
}

/** Undefined also for what no Date can hold. By way of microseconds: units such as 10^-4 s are not exact in binary. */
function dateOf(time: number | undefined): Date | undefined {
  if (time === undefined) return undefined
  const date = new Date(Math.floor(Math.round(time * 1000) / 1000))
  return Number.isNaN(date.getTime()) ? undefined : date
}

const HANDSHAKE_RECORD = 0x16
const CLIENT_HELLO = 0x01
const SERVER_HELLO = 0x02

const MAX_STREAM = 2 ** 22
const MAX_CONNECTIONS = 2 ** 16

const NONE_SKIPPED: Capture['skipped'] = {
  'link-type': 0,
  encapsulation: 0,
  'not-ip': 0,
  'not-tcp': 0,
  fragment: 0,
  malformed: 0,
  'connection-limit': 0,
}
