// Sorts TCP segments into connections, and tells which side is the client.

import type { Segment } from './packet.ts'
import {
  addSegment,
  answersSyn,
  type Direction,
  fitsSyn,
  noteExpected,
  openDirection,
} from './reassembly.ts'

/** One end of a connection. */
export interface Side {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array
  readonly port: number
  /** What it sends. */
  readonly direction: Direction
}

export interface TrackedConnection {
  /** The sender of the first segment first. */
  readonly sides: readonly [Side, Side]
  /** Index of the client, known from a SYN. */
  client: 0 | 1 | undefined
  /** When the first packet was captured: milliseconds since 1970-01-01 UTC. */
  readonly time: number | undefined
  /** Packets of which only a part was captured. */
  cutOff: number
}

export interface ConnectionTable {
  /** In the order of their first packets. */
  readonly connections: TrackedConnection[]
  /** The latest connection between two ends, by `keyOf`. */
  readonly latest: Map<string, TrackedConnection>
}

export function openConnectionTable(): ConnectionTable {
  return { connections: [], latest: new Map() }
}

/** Adds a segment to its connection; false when there are too many connections to begin another. */
export function addToConnection(
  table: ConnectionTable,
  segment: Segment,
  time: number | undefined,
  limits: { readonly connections: number; readonly streamBytes: number },
): boolean {
  const key = keyOf(segment)
  let connection = table.latest.get(key)
  if (
    !connection ||
    (segment.syn && !isPartOf(connection, segment, indexOfSender(connection, segment)))
  ) {
    if (table.connections.length >= limits.connections) {
      table.latest.delete(key)
      return false
    }
    connection = openConnection(segment, time)
    table.latest.set(key, connection)
    table.connections.push(connection)
  }
  const from = indexOfSender(connection, segment)
  const sender = connection.sides[from]
  if (segment.syn) {
    connection.client ??= segment.acknowledgement === undefined ? from : otherThan(from)
  }
  addSegment(sender.direction, segment, time, limits.streamBytes)
  if (segment.payload.length < segment.length) connection.cutOff++
  const receiver = connection.sides[otherThan(from)]
  if (segment.acknowledgement !== undefined) {
    noteExpected(receiver.direction, segment.acknowledgement)
  }
  return true
}

/** What both directions of a connection have in common. */
function keyOf({ source, sourcePort, destination, destinationPort }: Segment): string {
  const here = endKey(source, sourcePort)
  const there = endKey(destination, destinationPort)
  return here < there ? here + there : there + here
}

function endKey(address: Uint8Array, port: number): string {
  // More than twice as fast as spreading the bytes
  return Reflect.apply(String.fromCharCode, undefined, address) + String.fromCharCode(port)
}

function openConnection(segment: Segment, time: number | undefined): TrackedConnection {
  const { source, sourcePort, destination, destinationPort } = segment
  return {
    sides: [
      { address: source, port: sourcePort, direction: openDirection() },
      { address: destination, port: destinationPort, direction: openDirection() },
    ],
    client: undefined,
    time,
    cutOff: 0,
  }
}

/** Whether this SYN belongs to a connection; else the same ports are in use again. */
function isPartOf({ sides }: TrackedConnection, syn: Segment, from: 0 | 1): boolean {
  const [own, other] = [sides[from].direction, sides[otherThan(from)].direction]
  return fitsSyn(own, syn) || answersSyn(own, other, syn)
}

function otherThan(index: 0 | 1): 0 | 1 {
  return index === 0 ? 1 : 0
}

function indexOfSender(
  { sides: [first] }: TrackedConnection,
  { source, sourcePort }: Segment,
): 0 | 1 {
  const same = first.port === sourcePort && first.address.every((byte, i) => byte === source[i])
  return same ? 0 : 1
}
