// Key logs, as they are and as they may be: only whole secrets of a known length are taken.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { utf8 } from '../../src/encoding/bytes.ts'
import { readKeyLogs, secretOf } from '../../src/inspect/key-log.ts'

const RANDOM = new Uint8Array(32).fill(0xab)
const OWN = 'ab'.repeat(32)
const MASTER = '12'.repeat(48)

function masterIn(...logs: readonly string[]): string | undefined {
  const secret = secretOf(readKeyLogs(logs.map(utf8)), 'CLIENT_RANDOM', RANDOM)
  return secret && Buffer.from(secret).toString('hex')
}

function malformedIn(log: string): number {
  return readKeyLogs([utf8(log)]).malformed
}

const LINE = `CLIENT_RANDOM ${OWN} ${MASTER}`

test('a secret is found among comments, blank lines and other labels, in either case', () => {
  const more = `# made by hand\n\nEXPORTER_SECRET ${OWN} ${'00'.repeat(32)}\r\nRSA 0011223344556677 ${MASTER}\n`
  for (const log of [LINE, `${LINE}\r\n`, `${more}${LINE}\n${more}`, `  ${LINE}  `]) {
    assert.equal(masterIn(log), MASTER)
    assert.equal(malformedIn(log), 0)
  }
  assert.equal(masterIn(`CLIENT_RANDOM ${OWN.toUpperCase()} ${MASTER.toUpperCase()}`), MASTER)
})

test('of several the last one counts, in one log or in two', () => {
  const other = LINE.replaceAll('12', '34')
  assert.equal(masterIn(`${LINE}\n${other}`), '34'.repeat(48))
  assert.equal(masterIn(LINE, other), '34'.repeat(48))
})

describe('a malformed line is passed over and counted', () => {
  const cases: readonly string[] = [
    'x',
    'CLIENT_RANDOM',
    `CLIENT_RANDOM ${OWN}`,
    `CLIENT_RANDOM ${OWN} `,
    `CLIENT_RANDOM  ${OWN} ${MASTER}`,
    `CLIENT_RANDOM ${OWN} ${MASTER} 00`,
    `CLIENT_RANDOM ${OWN} ${MASTER.slice(1)}`,
    `CLIENT_RANDOM ${OWN} ${MASTER}00`,
    `CLIENT_RANDOM ${OWN} ${'12'.repeat(32)}`,
    `CLIENT_RANDOM ${OWN.slice(2)} ${MASTER}`,
    `CLIENT_RANDOM ${OWN} ${MASTER.slice(1)}g`,
    `CLIENT_TRAFFIC_SECRET_0 ${OWN} ${'12'.repeat(20)}`,
    `client random ${OWN} ${MASTER}`,
    `CLIENT_RANDOM ${OWN} ${'12'.repeat(100_000)}`,
    '\u0000\u00ff\u2028',
  ]
  for (const line of cases) {
    test(JSON.stringify(line.slice(0, 90)), () => {
      assert.equal(malformedIn(line), 1)
      assert.equal(malformedIn(`${line}\n${LINE}\n${line}`), 2)
      assert.equal(masterIn(`${line}\n${LINE}\n${line}`), MASTER)
      assert.equal(masterIn(line), undefined)
    })
  }
})

test('bytes that are no text are one malformed line', () => {
  const bytes = Uint8Array.from({ length: 5000 }, (_, i) => ((i * 7919) % 256) | 0x80)
  assert.equal(readKeyLogs([bytes]).malformed, 1)
})
