import assert from 'node:assert/strict'
import test from 'node:test'
import { DecodeError } from '../../src/errors.ts'
import { describeName, emailAddressesOf, normalizeName } from '../../src/x509/names.ts'
import { oid, printableString, sequence, set, tlv, utf8String } from '../support/make/asn1.ts'
import { encodeName } from '../support/make/mint.ts'

function nameOf(...values: Uint8Array[]): Uint8Array {
  return sequence(...values.map((value) => set(sequence(oid('2.5.4.3'), value))))
}

test('writes a name as RFC 4514 does', () => {
  assert.equal(describeName(sequence()), '')
  assert.equal(
    describeName(
      encodeName([
        ['C', 'US'],
        ['O', 'Example'],
        ['CN', 'a'],
      ]),
    ),
    'CN=a,O=Example,C=US',
  )
  const multi = sequence(
    set(sequence(oid('2.5.4.3'), utf8String('a')), sequence(oid('2.5.4.10'), utf8String('b'))),
  )
  assert.equal(describeName(multi), 'CN=a+O=b')
  assert.equal(
    describeName(nameOf(utf8String('#a,b+c"d\\e<f>g;h '))),
    'CN=\\#a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h\\ ',
  )
  assert.equal(describeName(nameOf(utf8String(' a\0b'))), 'CN=\\ a\\00b')
  assert.equal(describeName(encodeName([['1.2.3.4', 'x']])), '1.2.3.4=x')
  assert.equal(describeName(nameOf(tlv(0x02, Uint8Array.of(5)))), 'CN=#020105')
})

test('text is well-formed and bounded, whatever the bytes', () => {
  const values = [
    utf8String('\u{1f600}'.repeat(1000)),
    tlv(0x0c, Uint8Array.of(0xff, 0xc0, 0x80)),
    tlv(0x1e, Uint8Array.of(0xd8, 0x00, 0x00)),
    tlv(0x14, Uint8Array.of(0xe9)),
    tlv(0x04, new Uint8Array(100_000)),
  ]
  for (const value of values) {
    const text = describeName(nameOf(value))
    assert.ok(text.length <= 513)
    assert.equal(encodeURIComponent(text).length > 0, true)
  }
  assert.ok(describeName(nameOf(...Array(5000).fill(utf8String('a')))).length <= 513)
})

test('names compare without regard to case, white space and string type', () => {
  const key = normalizeName(nameOf(utf8String('Example  Org')))
  assert.deepEqual(normalizeName(nameOf(printableString(' example org '))), key)
  assert.notDeepEqual(normalizeName(nameOf(utf8String('ExampleOrg'))), key)
  assert.notDeepEqual(normalizeName(nameOf(tlv(4, Buffer.from('example org')))), key)
  const bmp = tlv(0x1e, Buffer.from('example org', 'utf16le').swap16())
  assert.deepEqual(normalizeName(nameOf(bmp)), key)
})

test('values too long for any real name have no comparison key, white space aside', () => {
  assert.equal(normalizeName(nameOf(utf8String('a'.repeat(257)))), undefined)
  assert.deepEqual(normalizeName(nameOf(utf8String(`a${' '.repeat(5000)}`))), ['2.5.4.3=a'])
})

test('the order inside a relative distinguished name does not matter, the order of them does', () => {
  const a = sequence(oid('2.5.4.3'), utf8String('a'))
  const b = sequence(oid('2.5.4.10'), utf8String('b'))
  assert.deepEqual(normalizeName(sequence(set(a, b))), normalizeName(sequence(set(b, a))))
  assert.notDeepEqual(
    normalizeName(sequence(set(a), set(b))),
    normalizeName(sequence(set(b), set(a))),
  )
})

test('finds e-mail addresses in a name', () => {
  const name = encodeName([
    ['CN', 'x'],
    ['emailAddress', 'a@b.test'],
  ])
  assert.deepEqual(emailAddressesOf(name), ['a@b.test'])
})

test('refuses what is not a Name', () => {
  for (const bad of [set(), sequence(set()), sequence(set(sequence())), Uint8Array.of(0x30, 1)]) {
    assert.throws(() => describeName(bad), DecodeError)
  }
})
