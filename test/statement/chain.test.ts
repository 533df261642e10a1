// The chain of rounds: its hash over bytes put together by hand, and the judgement of server times (SPEC.md §4, §5).

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { nextClientRandom } from '../../src/statement/chain.ts'
import { expectedTries, judgeClock } from '../../src/verify/clock.ts'

const fill = (value: number, length = 32): Uint8Array => new Uint8Array(length).fill(value)
const tls12 = {
  host: 'a.test',
  port: 443,
  clientHello: fill(2),
  serverHello: fill(3),
  certificate: fill(4, 300),
  certificateStatus: fill(5),
  serverKeyExchange: fill(6, 100),
}
const tls13 = {
  host: 'b.test',
  port: 8443,
  firstClientHello: fill(1),
  helloRetryRequest: fill(2),
  clientHello: fill(3),
  serverHello: fill(4),
  encryptedExtensions: fill(5),
  certificateRequest: fill(6),
  certificate: fill(7, 300),
  certificateVerify: fill(8, 100),
}

describe('the next client_random', () => {
  test('is SHA-256 over the label, the commitment, host, port and every message as it came', () => {
    const inputs = [
      [tls12, '06612e7465737401bb'],
      [tls13, '06622e7465737420fb'],
    ] as const
    for (const [round, endpoint] of inputs) {
      const { host, port, ...messages } = round
      const hash = createHash('sha256').update('tls-stamp/1 next round\0', 'ascii')
      hash.update(fill(1)).update(endpoint, 'hex')
      for (const message of Object.values(messages)) hash.update(message)
      assert.deepEqual(Buffer.from(nextClientRandom(fill(1), round)), hash.digest())
    }
  })

  test('is a known value', () => {
    const next = Buffer.from(nextClientRandom(fill(1), tls12)).toString('hex')
    assert.equal(next, KNOWN)
  })

  test('depends on every part', () => {
    for (const round of [tls12, tls13]) {
      const changed = Object.entries(round).map(([name, value]) => {
        const other = typeof value === 'string' ? 'c.test' : typeof value === 'number' ? 1 : fill(9)
        return { ...round, [name]: other }
      })
      const all = [
        nextClientRandom(fill(1), round),
        nextClientRandom(fill(9), round),
        ...changed.map((one) => nextClientRandom(fill(1), one)),
      ]
      assert.equal(new Set(all.map(String)).size, all.length)
    }
  })
})

describe('a clock', () => {
  const T = 1_770_000_000

  test('is corroborated by three times or more, in steps of -1 to 10 seconds', () => {
    for (const times of [
      [T, T, T],
      [T, T - 1, T - 2],
      [T, T + 10, T + 20],
      [T, T + 10, T + 20, T + 19],
    ]) {
      assert.equal(judgeClock(times), 'corroborated', `${times}`)
    }
  })

  test('is uncorroborated by fewer, so that none can be cut off', () => {
    assert.equal(judgeClock([T, T]), 'uncorroborated')
    assert.equal(judgeClock([T, T - 1]), 'uncorroborated')
    assert.equal(judgeClock([T, T + 10]), 'uncorroborated')
    assert.equal(judgeClock([T]), 'uncorroborated')
    assert.equal(judgeClock([1]), 'uncorroborated')
    assert.equal(judgeClock([2 ** 32 - 1]), 'uncorroborated')
  })

  test('is implausible with one step outside, wherever it is', () => {
    for (const step of [-2, 11, 12, -1000, 2 ** 31]) {
      for (const times of [
        [T, T + step],
        [T, T, T + step],
        [T, T + step, T + step],
        [T, T + step, T],
      ]) {
        assert.equal(judgeClock(times), 'implausible', `${times}`)
      }
    }
  })

  test('is implausible with a zero, or with no time at all', () => {
    for (const times of [[], [0], [0, 0, 0], [T, 0], [1, 0], [0, 1]]) {
      assert.equal(judgeClock(times), 'implausible', `${times}`)
    }
  })
})

describe('the expected number of tries', () => {
  test('adds up by 2^32 / 12 for each round after the first, whatever the validity', () => {
    assert.equal(expectedTries(2, 1), 357_913_941)
    assert.equal(expectedTries(3, 90 * 86_400), 715_827_883)
    assert.equal(expectedTries(32, 1), Math.round((31 * 2 ** 32) / 12))
  })

  test('is 552 for one round and a certificate of ninety days', () => {
    assert.equal(expectedTries(1, 90 * 86_400), 552)
  })

  test('of one round is finite for a validity of nothing or less', () => {
    assert.equal(expectedTries(1, 0), 2 ** 32)
    assert.equal(expectedTries(1, -5), 2 ** 32)
  })
})

const KNOWN = 'cf582bb165f80264f28c2f98af6fcbfb64a25dc28d1cc797ad19b850f9a380de'
