// Changes one byte of the file after the other, and says where the statement still passes.

import assert from 'node:assert/strict'
import { concat, equal, toHex } from '../../src/encoding/bytes.ts'
import { DecodeError } from '../../src/errors.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { sweepStep } from '../support/harness/sweep-step.ts'
import { LAST, MESSAGES, statement, UNSIGNED, UNSIGNED_MEMBERS, verdictOf } from './fixture.ts'

const original = encodeStatement(statement)

const file = Buffer.from(original)
/** Where the second round begins in the file: two test files share the work. */
export const SECOND_ROUND: number = file.indexOf('"host"', file.indexOf('"host"') + 1)
export const END: number = original.length

/**
 * The members in which a statement passes with one byte of the file from `from` up to `to` changed, left out, put in,
 * or cut off with all that follows; for a message with the offset of each byte that is another one.
 * Throws whatever decodeStatement throws but DecodeError.
 */
export function passingPlaces(from: number, to: number): ReadonlySet<string> {
  assert.equal(verdictOf(statement), 'passed')
  const passing = new Set<string>()
  for (const mutation of mutations(from, to)) {
    const decoded = tryDecode(mutation)
    if (decoded === undefined || verdictOf(decoded) !== 'passed') continue
    const places = placesOfChange(decoded)
    // One letter of base64 can change two bytes: behind a longer extension's length, one that is swallowed
    const swallowing = places.filter((place) => LENGTHS.has(place.replace(/^.*\./, '')))
    for (const place of swallowing.length > 0 ? swallowing : places) passing.add(place)
  }
  return passing
}

/** Those that nobody signed. */
export function unsignedPlaces(): ReadonlySet<string> {
  const messages = MESSAGES.flatMap((message) =>
    [...UNSIGNED[message].values()].flat().map((at) => `rounds[${LAST}].${message} ${at}`),
  )
  return new Set([...UNSIGNED_MEMBERS, ...messages])
}

/** At each byte, or each third of them in a quick run: four other values, the byte left out, a byte put in, and the file cut off. */
function* mutations(from: number, to: number): Generator<Uint8Array> {
  // No multiple of 4: each place within a group of base64 has its turn
  for (let at = from; at < to; at += sweepStep(3)) {
    const byte = original[at] as number
    const other = BASE64.charCodeAt((BASE64.indexOf(String.fromCharCode(byte)) + at) % 64)
    for (const value of new Set([byte ^ 1, byte ^ 0x80, byte ^ 0x20, other])) {
      if (value !== byte) yield original.with(at, value)
    }
    const [head, tail] = [original.subarray(0, at), original.subarray(at)]
    yield concat(head, tail.subarray(1))
    yield concat(head, Uint8Array.of(other), tail)
    yield head
  }
}

function tryDecode(bytes: Uint8Array): SignedStatement | undefined {
  try {
    return decodeStatement(bytes)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** Members that differ from the original's, with the offset where they hold a message. */
function placesOfChange(changed: SignedStatement): string[] {
  const places: string[] = []
  const [was, is] = [flatten(statement), flatten(changed)]
  assert.deepEqual([...is.keys()], [...was.keys()])
  for (const [member, value] of is) {
    const before = was.get(member)
    if (!(value instanceof Uint8Array) || !(before instanceof Uint8Array)) {
      if (value !== before) places.push(member)
      continue
    }
    const length = Math.max(value.length, before.length)
    for (let at = 0; at < length; at++) {
      if (value[at] !== before[at]) places.push(`${member} ${at}`)
    }
  }
  assert(places.length > 0, 'two files of one statement')
  return places
}

function flatten({ subjects, rounds, unsigned }: SignedStatement): Map<string, unknown> {
  const members = new Map<string, unknown>()
  const put = (path: string, object: object): void => {
    for (const [name, value] of Object.entries(object)) members.set(`${path}.${name}`, value)
  }
  for (const [i, subject] of subjects.entries()) put(`subjects[${i}]`, subject)
  for (const [i, round] of rounds.entries()) {
    // A reference stands for the message it refers to, which is looked at once
    const { certificate, ...rest } = round
    put(`rounds[${i}]`, i === 0 ? round : rest)
    if (i > 0)
      members.set(`rounds[${i}] refers`, equal(certificate, rounds[0]?.certificate ?? certificate))
  }
  const { localTime, trustAnchors = [] } = unsigned
  put('unsigned', {
    ...unsigned,
    localTime: localTime.getTime(),
    trustAnchors: trustAnchors.map(toHex).join(),
  })
  return members
}

const LENGTHS: ReadonlySet<string> = new Set(
  (['clientHello', 'serverHello'] as const).flatMap((message) =>
    (UNSIGNED[message].get('extension length') ?? []).map((at) => `${message} ${at}`),
  ),
)
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
