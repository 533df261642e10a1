// Puts one direction of a TCP connection together from segments in any order (RFC 9293 §3.4); the first bytes seen win.

import { equal } from '../encoding/index.ts'
import type { Segment } from './packet.ts'

/** What is known of one direction while its segments come in. */
export interface Direction {
  /** Sequence number of the first byte, from a SYN; or of the first one that anything was heard of. */
  origin: number | undefined
  /** Whether `origin` is from a SYN. */
  anchored: boolean
  /** The farthest that a segment reached, counted from `origin`: sequence numbers wrap, this does not. */
  reach: number
  /** Where the FIN was, counted likewise. */
  end: number | undefined
  reset: boolean
  /** Something was left out because it was beyond the limit. */
  beyondLimit: boolean
  readonly arrivals: Arrival[]
}

/** The bytes of one segment. */
interface Arrival {
  /** Counted from `origin`; below zero when it is a guess and segments from before it came later. */
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
  readonly time: number | undefined
}

/** What was put together of one direction. */
export interface Stream {
  /** From the first byte up to the first one that is missing. */
  readonly bytes: Uint8Array
  /** The packets it is made of, in order; their parts follow each other from offset 0 on. */
  readonly parts: readonly StreamPart[]
  /** The hole that the stream ends at: its offset is the stream's length. */
  readonly gap: { readonly offset: number; readonly length: number } | undefined
  /** A byte came twice, with different values. */
  readonly contradicted: boolean
}

export interface StreamPart {
  readonly offset: number
  /** When the packet was captured: milliseconds since 1970-01-01 UTC. */
  readonly time: number | undefined
}

export function openDirection(): Direction {
  return {
    origin: undefined,
    anchored: false,
    reach: 0,
    end: undefined,
    reset: false,
    beyondLimit: false,
    arrivals: [],
  }
}

/** The peer expects this sequence number next: where a direction starts that nothing else is known of. */
export function noteExpected(direction: Direction, acknowledgement: number): void {
  direction.origin ??= acknowledgement
}

/** Whether this SYN begins a direction that is already there: its own, come late or again. */
export function fitsSyn(direction: Direction, { sequence }: Segment): boolean {
  const { origin, anchored } = direction
  if (origin === undefined) return true
  const distance = difference(origin, sequence + 1)
  if (anchored) return distance === 0
  const first = distance + leastStart(direction)
  return first >= 0 && first <= LATE_SYN
}

/** Whether this SYN answers the other direction's, so that it begins this one whatever else was heard of it. */
export function answersSyn(direction: Direction, other: Direction, segment: Segment): boolean {
  return !direction.anchored && other.anchored && segment.acknowledgement === other.origin
}

/** Takes a segment in; `limit` is how many bytes of the stream are kept at most. */
export function addSegment(
  direction: Direction,
  segment: Segment,
  time: number | undefined,
  limit: number,
): void {
  if (segment.syn) anchor(direction, segment.sequence + 1)
  if (segment.rst) {
    // What a reset carries is no part of the stream (RFC 9293 §3.10.7).
    direction.reset = true
    return
  }
  const sequence = segment.sequence + (segment.syn ? 1 : 0)
  direction.origin ??= sequence >>> 0
  const ahead = difference(sequence, direction.origin + direction.reach)
  if (Math.abs(ahead) > MAX_WINDOW) return
  const start = direction.reach + ahead
  direction.reach = Math.max(direction.reach, start + segment.length)
  if (segment.fin) direction.end ??= start + segment.length
  const { payload } = segment
  if (payload.length === 0) return
  if (start + payload.length > limit) direction.beyondLimit = true
  if (start >= limit || start < -limit) return
  direction.arrivals.push({ start, end: start + payload.length, bytes: payload, time })
}

/** Puts the stream together; `limit` is how many bytes are kept at most. */
export function assemble(direction: Direction, limit: number): Stream {
  const { arrivals } = direction
  // Without a SYN, what was there before the first thing heard of belongs to the stream.
  const first = direction.anchored ? 0 : leastStart(direction)
  const points = pointsOf(first, arrivals)
  const owners = shareOut(points, arrivals)
  const start = indexOf(points, first)
  let stop = start
  while (owners[stop] && (points[stop] ?? 0) < first + limit) stop++
  const length = Math.min((points[stop] ?? first) - first, limit)
  const bytes = new Uint8Array(length)
  const parts: StreamPart[] = []
  for (let i = start; i < stop; i++) {
    const owner = owners[i]
    const from = points[i] ?? 0
    const to = Math.min(points[i + 1] ?? from, first + length)
    if (owner) bytes.set(owner.bytes.subarray(from - owner.start, to - owner.start), from - first)
    if (owner && owner !== owners[i - 1]) parts.push({ offset: from - first, time: owner.time })
  }
  const found = owners.findIndex((owner, i) => i >= stop && owner !== undefined)
  // A FIN takes a sequence number too, so that what comes after it reaches one too far.
  const known = direction.end ?? direction.reach
  const end = Math.min((found < 0 ? known : (points[found] ?? known)) - first, limit)
  const gap = end > length ? { offset: length, length: end - length } : undefined
  const contradicted = arrivals.some((arrival) => contradicts(arrival, first, bytes))
  return { bytes, parts, gap, contradicted }
}

/**
 * For each stretch between two points, the arrival that was there first. Stretches already taken are skipped by
 * following `next`, so that the work is in proportion to the arrivals, however much they overlap.
 */
function shareOut(points: Float64Array, arrivals: readonly Arrival[]): (Arrival | undefined)[] {
  const owners = new Array<Arrival | undefined>(points.length).fill(undefined)
  const next = Uint32Array.from(points, (_, i) => i)
  const free = (from: number): number => {
    let at = from
    for (let to = next[at] ?? at; to !== at; to = next[at] ?? at) {
      next[at] = next[to] ?? to
      at = to
    }
    return at
  }
  for (const arrival of arrivals) {
    const end = indexOf(points, arrival.end)
    for (let at = free(indexOf(points, arrival.start)); at < end; at = free(at)) {
      owners[at] = arrival
      next[at] = at + 1
    }
  }
  return owners
}

/** Whether an arrival has other bytes than the stream where they overlap. */
function contradicts({ start, bytes }: Arrival, first: number, stream: Uint8Array): boolean {
  const skipped = Math.max(0, first - start)
  if (skipped >= bytes.length) return false
  const kept = stream.subarray(start + skipped - first, start + bytes.length - first)
  return !equal(kept, bytes.subarray(skipped, skipped + kept.length))
}

function anchor(direction: Direction, origin: number): void {
  if (direction.anchored) return
  const moved = direction.origin === undefined ? 0 : difference(direction.origin, origin)
  direction.origin = origin >>> 0
  direction.anchored = true
  const before = direction.arrivals.splice(0)
  if (Math.abs(moved) > LATE_SYN) {
    // Remains of a connection with the same ports
    direction.reach = 0
    direction.end = undefined
    return
  }
  direction.reach = Math.max(0, direction.reach + moved)
  if (direction.end !== undefined) direction.end += moved
  for (const { start, end, bytes, time } of before) {
    direction.arrivals.push({ start: start + moved, end: end + moved, bytes, time })
  }
}

/** How far sequence number `a` is ahead of `b` (modulo 2^32), from -2^31 to 2^31 - 1. */
function difference(a: number, b: number): number {
  return (a - b) | 0
}

/** The lowest offset that anything is known of: zero or below. */
function leastStart({ arrivals }: Direction): number {
  return arrivals.reduce((least, { start }) => Math.min(least, start), 0)
}

/** Where arrivals start and end, and the first byte: ascending, each once. */
function pointsOf(first: number, arrivals: readonly Arrival[]): Float64Array {
  const points = new Float64Array(2 * arrivals.length + 1)
  points[0] = first
  for (const [i, { start, end }] of arrivals.entries()) {
    points[2 * i + 1] = start
    points[2 * i + 2] = end
  }
  points.sort()
  return points.filter((value, i) => i === 0 || value !== points[i - 1])
}

/** Where `value` is in `points`, which are in ascending order and hold it. */
function indexOf(points: Float64Array, value: number): number {
  let [low, high] = [0, points.length - 1]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((points[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** The largest window of RFC 7323 §2.3: a segment farther off belongs to something else. */
const MAX_WINDOW = 2 ** 30

/** How much may have arrived before a SYN that came late. */
const LATE_SYN = 2 ** 20
