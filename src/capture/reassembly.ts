// Puts one direction of a TCP connection together from segments in any order (RFC 9293 §3.4); the first bytes seen win.

import { concat, equal } from '../bytes.ts'
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

/** What came out. */
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
  const first = direction.arrivals.reduce((least, { start }) => Math.min(least, start), 0)
  const distance = difference(origin, sequence + 1) + first
  return anchored ? distance - first === 0 : distance >= 0 && distance <= LATE_SYN
}

/** Takes a segment in; `limit` is how many bytes of the stream are kept at most. */
export function addSegment(
  direction: Direction,
  segment: Segment,
  time: number | undefined,
  limit: number,
): void {
  if (segment.syn) anchor(direction, segment.sequence + 1)
  const sequence = segment.sequence + (segment.syn ? 1 : 0)
  direction.origin ??= sequence >>> 0
  if (segment.rst) {
    // What a reset carries is a text for people (RFC 9293 §3.5.3).
    direction.reset = true
    return
  }
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
  const arrivals = direction.arrivals
  // Without a SYN, what was there before the first thing heard of belongs to the stream.
  const least = direction.anchored ? 0 : arrivals.reduce((at, { start }) => Math.min(at, start), 0)
  const marks = Float64Array.from([least, ...arrivals.flatMap(({ start, end }) => [start, end])])
  const points = unique(marks.sort())
  const owners = shareOut(points, arrivals)
  const pieces: Uint8Array[] = []
  const parts: StreamPart[] = []
  let last: Arrival | undefined
  let index = indexOf(points, least)
  for (let owner = owners[index]; owner; owner = owners[++index]) {
    const from = points[index] ?? 0
    const to = Math.min(points[index + 1] ?? from, least + limit)
    if (to <= from) break
    pieces.push(owner.bytes.subarray(from - owner.start, to - owner.start))
    if (owner !== last) parts.push({ offset: from - least, time: owner.time })
    last = owner
  }
  const bytes = concat(...pieces)
  const contradicted = arrivals.some(({ start, bytes: got }) => {
    const skipped = Math.max(0, least - start)
    const kept = bytes.subarray(start + skipped - least, start + got.length - least)
    return !equal(kept, got.subarray(skipped, skipped + kept.length))
  })
  return { bytes, parts, gap: gapOf(direction, bytes.length, least, points, owners), contradicted }
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

function gapOf(
  direction: Direction,
  length: number,
  least: number,
  points: Float64Array,
  owners: readonly (Arrival | undefined)[],
): Stream['gap'] {
  const after = owners.findIndex((owner, i) => owner && (points[i] ?? 0) > least + length)
  const end = after < 0 ? Math.max(direction.reach, direction.end ?? 0) : (points[after] ?? 0)
  if (direction.beyondLimit && after < 0) return undefined
  const missing = end - least - length
  return missing > 0 ? { offset: length, length: missing } : undefined
}

function anchor(direction: Direction, origin: number): void {
  if (direction.anchored) return
  const moved = direction.origin === undefined ? 0 : difference(direction.origin, origin)
  direction.origin = origin >>> 0
  direction.anchored = true
  direction.reach += moved
  if (direction.end !== undefined) direction.end += moved
  for (const [i, arrival] of direction.arrivals.entries()) {
    const { start, end, ...rest } = arrival
    direction.arrivals[i] = { start: start + moved, end: end + moved, ...rest }
  }
}

/** How far sequence number `a` is ahead of `b` (modulo 2^32), from -2^31 to 2^31 - 1. */
function difference(a: number, b: number): number {
  return (a - b) | 0
}

/** Without repetitions; `sorted` is in ascending order. */
function unique(sorted: Float64Array): Float64Array {
  return sorted.filter((value, i) => i === 0 || value !== sorted[i - 1])
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
