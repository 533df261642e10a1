// JSON from outside is held in bounds before it is parsed: what would take many times its size is refused.

import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import { parseJson, renderJson, utf8 } from '../../src/encoding/index.ts'
import { DecodeError } from '../../src/errors.ts'
import { decodeTimmy, looksLikeTimmy } from '../../src/legacy/formats.ts'
import { decodeStatement, openStatement } from '../../src/statement/index.ts'
import { HEAD } from '../../src/statement/subject-list.ts'

const MEGABYTE = 2 ** 20
const many = (value: string, length: number): string => value.repeat(length / value.length)

/** What decoding throws, and how often it parsed anything. */
function refused(decode: (bytes: Uint8Array) => unknown, json: string | Uint8Array): number {
  const parse = mock.method(JSON, 'parse')
  try {
    assert.throws(() => decode(typeof json === 'string' ? utf8(json) : json), DecodeError)
    return parse.mock.callCount()
  } finally {
    parse.mock.restore()
  }
}

describe('JSON is refused before it is parsed', () => {
  const attacks: Readonly<Record<string, string>> = {
    'with empty objects': `[${many('{},', MEGABYTE)}{}]`,
    'with empty lists': `[${many('[],', MEGABYTE)}[]]`,
    'with empty strings': `[${many('"",', MEGABYTE)}""]`,
    'with digits': `[${many('1,', MEGABYTE)}1]`,
    'with short members': `{${many('"a":1,', MEGABYTE)}"a":1}`,
    'with an escaped quotation mark before them': `["\\"",${many('{},', MEGABYTE)}{}]`,
    'with deep lists': '['.repeat(17),
    'with deep objects': '{"a":'.repeat(17),
  }
  for (const [name, json] of Object.entries(attacks)) {
    test(name, () => {
      assert.equal(refused(parseJson, json), 0)
      assert.equal(refused(decodeStatement, json), 0)
      assert.equal(refused(openStatement, `${json}"_type"`), 0)
      assert.equal(refused(decodeTimmy, json), 0)
      assert.equal(looksLikeTimmy(utf8(json)), false)
    })
  }

  test('in place of the subjects of a statement', () => {
    const statement = Buffer.concat([HEAD, utf8(`${many('{},', 2 * MEGABYTE)}{}]}`)])
    assert.equal(refused(decodeStatement, statement), 0)
  })

  test('when it is long and does not begin as a statement does', () => {
    const long = `{"format":"tls-stamp/1","subjects":["${'a'.repeat(MEGABYTE)}"]}`
    assert.equal(refused(decodeStatement, long), 0)
  })
})

test('what is in strings does not count as values', () => {
  const text = many('[{,}]', 50_000)
  assert.deepEqual(parseJson(utf8(JSON.stringify([text, '"\\']))), [text, '"\\'])
})

test('a short file is told what is wrong with it', () => {
  assert.throws(() => decodeStatement(utf8('{"format":"other"}')), /expected format "tls-stamp\/1"/)
})

test('bytes are printed as hex, whatever class of Uint8Array they are', () => {
  const bytes = Uint8Array.of(1, 0xab)
  assert.equal(
    renderJson({ own: bytes, nodes: [Buffer.from(bytes)] }),
    renderJson({ own: '01ab', nodes: ['01ab'] }),
  )
})
