// The file format: one encoding per statement, limits, and no error but DecodeError; most ways to fail are test/vectors.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { utf8 } from '../../src/encoding/bytes.ts'
import { DecodeError, type DecodeErrorCode } from '../../src/errors.ts'
import { proveInclusion, type Subject } from '../../src/statement/commitment.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import type { Tls12Round } from '../../src/statement/round.ts'
import {
  MAX_ALL_ROUNDS,
  MAX_RENEWALS,
  MAX_ROUNDS,
  type SignedStatement,
} from '../../src/statement/statement.ts'
import { blinded, subject } from '../support/make/statements.ts'

const round: Tls12Round = {
  host: 'example.test',
  port: 443,
  clientHello: Uint8Array.of(1, 2, 3),
  serverHello: Uint8Array.of(4, 5),
  certificate: Uint8Array.of(6),
  serverKeyExchange: new Uint8Array(0),
}
const statement: SignedStatement = {
  subjects: [subject('a')],
  rounds: [round, { ...round, certificateStatus: Uint8Array.of(7) }],
  unsigned: { localTime: new Date('2026-01-31T12:00:00.250Z'), tool: 'tool' },
}
const text = new TextDecoder().decode(encodeStatement(statement))
const line = /"[0-9a-f]{64} {2}a"/.exec(text)?.[0] ?? ''
/** One with every member there is. */
const list = ['a', 'b'].map((name) => blinded(subject(name)))
const full: SignedStatement = {
  subjects: [{ ...(list[0] as Subject), inclusionProof: proveInclusion(list, 0) }],
  rounds: [round],
  unsigned: { ...statement.unsigned, trustAnchors: [Uint8Array.of(0x30, 0), Uint8Array.of(1)] },
  renewals: [
    { rounds: [round, round], unsigned: statement.unsigned },
    { rounds: [round], unsigned: { ...statement.unsigned, trustAnchors: [Uint8Array.of(2)] } },
  ],
}
const fullText = new TextDecoder().decode(encodeStatement(full))

function refuses(code: DecodeErrorCode, changed: string): DecodeError {
  let caught: unknown
  assert.throws(
    () => decodeStatement(utf8(changed)),
    (error) => {
      caught = error
      return error instanceof DecodeError && error.code === code
    },
  )
  return caught as DecodeError
}

describe('a statement', () => {
  test('is written as SPEC.md shows', () => {
    assert.equal(text, EXPECTED)
  })

  test('comes back as it was', () => {
    assert.deepEqual(decodeStatement(encodeStatement(statement)), statement)
  })

  test('comes back with an inclusion proof', () => {
    const list = ['a', 'b', 'c'].map((name) => subject(name))
    const inclusionProof = proveInclusion(list, 2)
    const cutOut = {
      ...statement,
      subjects: list.slice(2).map((one) => ({ ...one, inclusionProof })),
    }
    assert.deepEqual(decodeStatement(encodeStatement(cutOut)), cutOut)
  })

  test('comes back with as many rounds as there may be, and their certificate once', () => {
    const rounds = Array.from({ length: MAX_ROUNDS }, () => round)
    const bytes = encodeStatement({ ...statement, rounds })
    assert.equal(new TextDecoder().decode(bytes).match(/"certificate": "/g)?.length, 1)
    assert.deepEqual(decodeStatement(bytes).rounds, rounds)
  })

  test('comes back with salts, trust anchors and renewals', () => {
    assert.deepEqual(decodeStatement(encodeStatement(full)), full)
    const salts =
      /\n {2}\],\n {2}"salts": \[\n {4}"[0-9a-f]{64}"\n {2}\],\n {2}"inclusionProof": \{/
    assert.match(fullText, salts)
    assert.match(fullText, /\n {2}\},\n {2}"renewals": \[\n {4}\{\n {6}"rounds": \[\n {8}\{/)
  })

  test('comes back with as many renewals as there may be, and as many rounds in all', () => {
    const chain = { rounds: [round], unsigned: statement.unsigned }
    const most = { ...statement, renewals: Array.from({ length: MAX_RENEWALS }, () => chain) }
    assert.deepEqual(decodeStatement(encodeStatement(most)), most)
    const long = { ...chain, rounds: Array.from({ length: MAX_ROUNDS }, () => round) }
    const rest = { ...chain, rounds: Array.from({ length: MAX_ROUNDS - 2 }, () => round) }
    const renewals = [...Array.from({ length: 7 }, () => long), rest]
    const rounds = renewals.reduce((sum, each) => sum + each.rounds.length, 2)
    assert.equal(rounds, MAX_ALL_ROUNDS)
    assert.equal(decodeStatement(encodeStatement({ ...statement, renewals })).renewals?.length, 8)
    const more = { ...statement, renewals: [...renewals, chain] }
    refuses('too-large', new TextDecoder().decode(encodeStatement(more)))
    const renewed = { ...most, renewals: [...most.renewals, chain] }
    refuses('invalid-value', new TextDecoder().decode(encodeStatement(renewed)))
  })

  test('of many subjects is written as one of few', () => {
    const [one] = statement.subjects as [Subject]
    for (const size of [1023, 1024, 1025, 2048, 2049]) {
      const subjects = Array.from({ length: size }, (_, i) => ({ ...one, name: `file ${i}` }))
      const bytes = encodeStatement({ ...statement, subjects })
      const document = JSON.parse(new TextDecoder().decode(bytes))
      assert.equal(document.subjects.length, size)
      assert.equal(
        new TextDecoder().decode(bytes),
        `${JSON.stringify(document, null, 2)}\n`,
        `${size} subjects`,
      )
    }
  })

  test('refers to no certificate of another chain', () => {
    const chain = { rounds: [round, round], unsigned: statement.unsigned }
    const written = new TextDecoder().decode(encodeStatement({ ...statement, renewals: [chain] }))
    const certificates = [...written.matchAll(/"certificate": (.*),/g)].map((match) => match[1])
    assert.deepEqual(certificates, ['"Bg=="', '0', '"Bg=="', '0'])
  })

  test('refers to the first round with the same certificate', () => {
    const [one, two] = [1, 2].map((byte) => ({ ...round, certificate: Uint8Array.of(byte) }))
    const rounds = [one, two, one, two, two] as Tls12Round[]
    const written = new TextDecoder().decode(encodeStatement({ ...statement, rounds }))
    const certificates = [...written.matchAll(/"certificate": (.*),/g)].map((match) => match[1])
    assert.deepEqual(certificates, ['"AQ=="', '"Ag=="', '0', '1', '1'])
  })

  test('may have the longest name, host and tool', () => {
    const host = `${'a.'.repeat(126)}a`
    const longest = {
      ...statement,
      subjects: [subject('ü'.repeat(2048))],
      rounds: [{ ...round, host, port: 65535 }],
      unsigned: { ...statement.unsigned, tool: '€'.repeat(85) },
    }
    assert.deepEqual(decodeStatement(encodeStatement(longest)), longest)
  })
})

describe('decoding', () => {
  test('says where the bytes are not canonical', () => {
    const error = refuses('not-canonical', text.replace('"port": 443', '"port":  443'))
    assert.equal(error.offset, text.indexOf('443'))
    assert.equal(error.struct, 'SignedStatement')
  })

  test('refuses a message beyond the limit, to the byte', () => {
    const longest = new Uint8Array(4 + 2 ** 17)
    const largest = { ...statement, rounds: [{ ...round, certificate: longest }] }
    assert.deepEqual(decodeStatement(encodeStatement(largest)), largest)
    for (const extra of [1, 2, 3, 70_000]) {
      const certificate = new Uint8Array(longest.length + extra)
      const larger = new TextDecoder().decode(
        encodeStatement({ ...statement, rounds: [{ ...round, certificate }] }),
      )
      refuses('too-large', larger)
    }
  })

  test('refuses a file beyond the limit unread', () => {
    // As long as one, without its memory
    const vast = Object.defineProperty(new Uint8Array(0), 'length', { value: 2 ** 28 + 1 })
    assert.throws(() => decodeStatement(vast), { name: 'DecodeError', code: 'too-large' })
  })

  test('refuses half a surrogate pair, which has no UTF-8, wherever text may be', () => {
    for (const half of ['\\ud800', '\\udfff', 'a\\ud83d', '\\udd12\\ud83d']) {
      refuses('invalid-value', text.replace('  a"', `  ${half}"`))
      refuses('invalid-value', text.replace('"tool": "tool"', `"tool": "${half}"`))
    }
  })

  test('refuses a name of the prototype chain as an unknown member', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      refuses('invalid-value', text.replace('{\n', `{\n  "${name}": 1,\n`))
      refuses('invalid-value', text.replace('"port": 443', `"port": 443,\n      "${name}": 1`))
    }
  })

  test('refuses a value of another type in each place', () => {
    for (const value of ['null', 'true', '1.5', '-1', '[]', '{}', '[[]]', '""', '1e999']) {
      for (const member of fullText.matchAll(/"(\w+)": (?:"[^"]*"|\d+)/g)) {
        const [head, tail] = [fullText.slice(0, member.index), fullText.slice(member.index)]
        const changed = `${head}${tail.replace(member[0], `"${member[1]}": ${value}`)}`
        if (changed === fullText || MAY_BE_EMPTY.has(member[1] ?? '')) continue
        assert.throws(() => decodeStatement(utf8(changed)), DecodeError, changed)
      }
      for (const member of [
        'subjects',
        'salts',
        'inclusionProof',
        'rounds',
        'unsigned',
        'trustAnchors',
        'renewals',
      ]) {
        const changed = fullText.replace(`"${member}": `, `"${member}": ${value}, "rest": `)
        assert.throws(() => decodeStatement(utf8(changed)), DecodeError, changed)
      }
    }
  })

  test('is refused for nesting and length without running out of stack', () => {
    const nested = `${'['.repeat(1e5)}${']'.repeat(1e5)}`
    const objects = `${'{"a":'.repeat(1e5)}0${'}'.repeat(1e5)}`
    const long = `"${'a'.repeat(2e7)}"`
    for (const hostile of ['['.repeat(1e6), '{"a":'.repeat(1e6), nested, objects, long]) {
      // For its nesting, or for not beginning as a statement does
      const code = hostile.length > 2 ** 20 ? 'not-canonical' : 'too-large'
      refuses(code, hostile)
      refuses(code, `{"format":${hostile}}`)
      refuses(code, `{"format":"tls-stamp/1","subjects":${hostile}}`)
      if (hostile.length < 1e6) {
        for (const member of [line, '443', '"AQID"', '"Bg=="', '"tool"']) {
          assert.throws(() => decodeStatement(utf8(text.replace(member, hostile))), DecodeError)
        }
      }
    }
    assert.throws(() => decodeStatement(utf8(text.replace(line, long))), {
      code: 'invalid-length',
    })
    refuses('too-large', text.replace('"AQID"', long))
    refuses('invalid-value', text.replace('443', '9'.repeat(1e6)))
    refuses('invalid-value', text.replace('"port"', long))
  })

  test('keeps its messages short, whatever the file says', () => {
    const long = 'x'.repeat(1e5)
    for (const changed of [
      text.replace('tls-stamp/1', long),
      text.replace('"port"', `"${long}"`),
      text.replace('  a"', `  ${long}"`),
      text.replace('example.test', long),
    ]) {
      assert.throws(
        () => decodeStatement(utf8(changed)),
        (error) => error instanceof DecodeError && error.message.length < 200,
      )
    }
  })
})

/** Of the values tried: messages may be empty, and so may the tool. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set([
  'clientHello',
  'serverHello',
  'certificate',
  'certificateStatus',
  'serverKeyExchange',
  'tool',
])

const EXPECTED = `{
  "format": "tls-stamp/1",
  "subjects": [
    "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a"
  ],
  "rounds": [
    {
      "host": "example.test",
      "port": 443,
      "clientHello": "AQID",
      "serverHello": "BAU=",
      "certificate": "Bg==",
      "serverKeyExchange": ""
    },
    {
      "host": "example.test",
      "port": 443,
      "clientHello": "AQID",
      "serverHello": "BAU=",
      "certificate": 0,
      "certificateStatus": "Bw==",
      "serverKeyExchange": ""
    }
  ],
  "unsigned": {
    "localTime": "2026-01-31T12:00:00.250Z",
    "tool": "tool"
  }
}
`
