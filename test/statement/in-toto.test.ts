// in-toto Statements: what they hold, and what of them is taken.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DecodeError } from '../../src/errors.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import { decodeInToto, encodeInToto, PREDICATE_TYPE } from '../../src/statement/in-toto.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, renew, roundsAt, subject, TIME } from '../support/make/statements.ts'
import { endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
const [endEntity] = endEntities(pki)
const NAMES = ['a "quoted": name', 'back\\slash\\', 'ü and \u{1f512}', 'line\nfeed', '__proto__']
const one = makeStatement({ rounds: roundsAt(endEntity) })
const many = makeStatement({
  subjects: NAMES.map((name) => subject(name)),
  rounds: roundsAt(endEntity),
})
const { rounds, unsigned } = one
const renewed: SignedStatement = {
  ...many,
  unsigned: { ...unsigned, trustAnchors: [pki.root.der] },
  renewals: [
    { rounds, unsigned },
    { rounds: many.rounds, unsigned },
  ],
}
const guard = { endEntity, host: 'guard.test', retry: { group: 0x0018 } }
const [clock, ...clocks] = roundsAt(endEntity, [TIME, TIME, TIME])
const guarded = makeStatement({ rounds: [clock ?? guard, guard, ...clocks] })
const STATEMENTS: readonly SignedStatement[] = [
  one,
  many,
  renewed,
  guarded,
  renew(renew(guarded, { rounds: [guard, guard] }), { rounds: [clock ?? guard, guard] }),
]
const text = new TextDecoder().decode(encodeInToto(many))

function decodeText(json: string): SignedStatement {
  return decodeInToto(new TextEncoder().encode(json))
}

function refuses(json: string, message: RegExp): void {
  assert.notEqual(json, text)
  assert.throws(
    () => decodeText(json),
    (error) => error instanceof DecodeError && message.test(error.message),
    json.slice(0, 1000),
  )
}

/** Every object's members in the other direction. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).reverse()
  return Object.fromEntries(entries.map(([name, member]) => [name, reversed(member)]))
}

describe('an in-toto Statement', () => {
  test('has the subjects of the signed statement, which is its predicate', () => {
    assert.deepEqual(JSON.parse(text), {
      _type: 'https://in-toto.io/Statement/v1',
      subject: many.subjects.map(({ name, sha256 }) => ({
        name,
        digest: { sha256: Buffer.from(sha256).toString('hex') },
      })),
      predicateType: PREDICATE_TYPE,
      predicate: JSON.parse(new TextDecoder().decode(encodeStatement(many))),
    })
    assert.match(PREDICATE_TYPE, /^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  })

  test('is indented throughout, and ends with a line feed', () => {
    const lines = text.split('\n')
    assert.equal(lines.pop(), '')
    assert.deepEqual([lines[0], lines.at(-1)], ['{', '}'])
    assert.ok(lines.slice(1, -1).every((line) => line.startsWith('  ') && line.trimEnd() === line))
  })

  test('gives back the statement that it was made of', () => {
    for (const statement of STATEMENTS) {
      assert.deepEqual(decodeInToto(encodeInToto(statement)), statement)
    }
  })

  test('gives back salts and inclusion proofs', () => {
    const [first] = one.subjects
    assert.ok(first)
    const salt = new Uint8Array(32).fill(7)
    const inclusionProof = { leafIndex: 1, treeSize: 3, hashes: [salt, salt] }
    for (const part of [{ salt }, { inclusionProof }, { salt, inclusionProof }]) {
      const statement: SignedStatement = { ...one, subjects: [{ ...first, ...part }] }
      assert.deepEqual(decodeInToto(encodeInToto(statement)), statement)
    }
  })

  test('may be written anew by other tools: other white space, order and escapes', () => {
    for (const statement of STATEMENTS) {
      const value: unknown = JSON.parse(new TextDecoder().decode(encodeInToto(statement)))
      for (const same of [value, reversed(value)]) {
        for (const space of [0, 1, '\t']) {
          assert.deepEqual(decodeText(`\r\n${JSON.stringify(same, null, space)}  `), statement)
        }
      }
      const escaped = JSON.stringify(value)
        .replaceAll('/', '\\/')
        .replaceAll(':\\/\\/', '\\u003a\\/\\/')
        .replaceAll('"port":443', '"port":4.43e2')
      assert.deepEqual(decodeText(escaped), statement)
    }
  })

  test('is refused with a member twice, wherever it is', () => {
    const members = new Set([
      ...text.matchAll(/^ *"(\w+)": ("(?:[^"\\\n]|\\.)*"|\d+|\{ "sha256": "\w+" \})/gm),
    ])
    assert.ok(members.size > 20)
    for (const [whole] of members) {
      refuses(text.replace(whole, `${whole}, ${whole.trim()}`), /a member is there twice/)
    }
    const first = text.match(/"name": "(?:[^"\\]|\\.)*"/)?.[0] ?? ''
    refuses(text.replace(first, `${first}, ${first}`), /a member is there twice/)
    refuses(text.replace('"predicate": {', '"predicate": [], "predicate": {'), /there twice/)
    refuses(text.replace('"subject": [', '"subject": [{"name": "evil"}], "subject": ['), /twice/)
  })

  test('is refused with a Certificate message twice, or a reference to a reference', () => {
    const message = /"certificate": ("[^"]*")/.exec(text)?.[1] ?? ''
    const references = text.split('"certificate": 0')
    assert.equal(references.length, 3)
    const [before, between, after] = references as [string, string, string]
    for (const [second, third] of [
      [message, '0'],
      ['0', message],
      ['0', '1'],
    ]) {
      const json = `${before}"certificate": ${second}${between}"certificate": ${third}${after}`
      refuses(json, /expected each Certificate message once/)
    }
    const whole = JSON.parse(new TextDecoder().decode(encodeInToto(renewed)))
    whole.predicate.renewals[1].rounds[2].certificate = 1
    refuses(JSON.stringify(whole), /expected each Certificate message once/)
  })

  test('is refused with an unknown member, or without one that there must be', () => {
    for (const at of ['{\n  "_type"', '{ "name"', '{ "sha256"', '{\n    "format"']) {
      refuses(text.replace(at, at.replace('{', '{ "more": 1,')), /unknown member "more"/)
      refuses(text.replace(at, at.replace('{', '{ "__proto__": 1,')), /unknown member "__proto__"/)
    }
    const value = JSON.parse(text)
    for (const name of ['predicate', 'subject', '_type', 'predicateType']) {
      const { [name]: _, ...rest } = value
      refuses(JSON.stringify(rest), /missing member/)
    }
  })

  test('is refused with subjects other than those that were signed', () => {
    const value = JSON.parse(text)
    const [first, second] = value.subject
    const digest = { sha256: second.digest.sha256 }
    for (const subjects of [
      [],
      value.subject.slice(1),
      [...value.subject, first],
      [second, first, ...value.subject.slice(2)],
      [{ ...first, name: 'other' }, ...value.subject.slice(1)],
      [{ ...first, digest }, ...value.subject.slice(1)],
      [{ ...first, digest: { ...first.digest, sha512: '00' } }, ...value.subject.slice(1)],
      [{ ...first, digest: {} }, ...value.subject.slice(1)],
      first,
      null,
    ]) {
      refuses(JSON.stringify({ ...value, subject: subjects }), /subject/)
    }
  })

  test('is refused as another version of in-toto, or with another predicate', () => {
    refuses(text.replace('Statement/v1', 'Statement/v0.1'), /expected _type .*, got "https:/)
    refuses(
      text.replace(PREDICATE_TYPE, 'https://slsa.dev/provenance/v1'),
      /expected predicateType/,
    )
    refuses(text.replace('tls-stamp/1', 'tls-stamp/2'), /expected format/)
    refuses(text.replace(/"predicate": \{.*/s, '"predicate": null }'), /expected an object/)
  })

  test('is refused when its bytes are no JSON object', () => {
    for (const json of ['', '[]', 'null', '1', '"_type"', text.slice(0, -2), `${text}{}`]) {
      refuses(json, /SignedStatement at byte 0/)
    }
    refuses('['.repeat(100_000), /./)
    refuses(`{"_type": ${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}}`, /./)
    const vast = Object.defineProperty(new Uint8Array(0), 'length', { value: 2 ** 29 + 1 })
    assert.throws(() => decodeInToto(vast), { name: 'DecodeError', code: 'too-large' })
  })

  test('is refused when cut off anywhere', () => {
    for (let length = 0; length < text.length - 2; length += 97) {
      refuses(text.slice(0, length), /./)
    }
  })
})
