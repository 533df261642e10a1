// Every value of every byte of the last round's hellos: a statement passes with another one exactly where nobody signed (SPEC.md §8).

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DecodeError, HandshakeError } from '../../src/errors.ts'
import type { Tls12Round } from '../../src/statement/round.ts'
import { readTranscript, type Transcript } from '../../src/tls/transcript.ts'
import { sweepStep } from '../support/harness/sweep-step.ts'
import { LAST, last, statement, UNSIGNED, verdictOf } from './fixture.ts'

describe('a hello with any other value of a byte', () => {
  for (const message of ['clientHello', 'serverHello'] as const) {
    test(`passes in ${message} at each byte that nobody signed, and at no other`, () => {
      const passing: number[] = []
      for (let at = 0; at < last[message].length; at++) {
        if (otherValues(message, at).some((changed) => passesWith({ [message]: changed }))) {
          passing.push(at)
        }
      }
      assert.deepEqual(passing, LISTED[message])
    })
  }
})

/**
 * Every other value, but at the bytes of random, which are signed: there four are enough. A quick run has one in
 * nineteen of those at which none may pass.
 */
function otherValues(message: 'clientHello' | 'serverHello', at: number): Uint8Array[] {
  const step = LISTED[message].includes(at) ? 1 : sweepStep(19)
  const masks = at >= 6 && at < 38 ? [1, 0x80, 0x20, 0x55] : ALL_MASKS
  const some = masks === ALL_MASKS ? masks.filter((mask) => (mask + at) % step === 0) : masks
  return some.map((mask) => last[message].with(at, (last[message][at] ?? 0) ^ mask))
}

/** Whether the statement passes with these messages in its last round. What reads the same is judged once. */
function passesWith(changed: Partial<Transcript>): boolean {
  const round = { ...last, ...changed }
  const reading = readingOf(round)
  const known = READINGS.get(reading)
  if (known !== undefined) return known
  const rounds = statement.rounds.with(LAST, round)
  const passes = verdictOf({ ...statement, rounds }) === 'passed'
  READINGS.set(reading, passes)
  return passes
}

/** All that verification sees of a round's hellos, as text. */
function readingOf(round: Tls12Round): string {
  try {
    const { cipherSuite: _, ...handshake } = readTranscript(round)
    return JSON.stringify(handshake, (_key, part) =>
      part instanceof Uint8Array ? Buffer.from(part).toString('base64') : part,
    )
  } catch (error) {
    if (error instanceof DecodeError || error instanceof HandshakeError) return error.message
    throw error
  }
}

const LISTED = {
  clientHello: [...UNSIGNED.clientHello.values()].flat().sort((a, b) => a - b),
  serverHello: [...UNSIGNED.serverHello.values()].flat().sort((a, b) => a - b),
}
const READINGS = new Map<string, boolean>()
const ALL_MASKS: readonly number[] = Array.from({ length: 255 }, (_, i) => i + 1)
