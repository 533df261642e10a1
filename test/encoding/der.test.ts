import assert from 'node:assert/strict'
import test from 'node:test'
import { DerReader, TAG } from '../../src/encoding/der.ts'
import { DecodeError } from '../../src/errors.ts'

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
}

function reader(text: string): DerReader {
  return new DerReader('Test', hex(text))
}

function refuses(read: () => unknown, code: string): void {
  assert.throws(read, (error) => error instanceof DecodeError && error.code === code)
}

test('reads each type in its one encoding', () => {
  const r = reader('0101ff 02020080 0500 040161 0303000102 06032b6570 020100')
  assert.equal(r.boolean('b'), true)
  assert.deepEqual(r.unsigned('i'), hex('80'))
  r.null('n')
  assert.deepEqual(r.octetString('o'), hex('61'))
  assert.deepEqual(r.octetBitString('s'), hex('0102'))
  assert.equal(r.oid('id'), '1.3.101.112')
  assert.equal(r.smallInteger('z'), 0)
  r.end()
})

test('refuses every second encoding of a length', () => {
  for (const bad of ['04 80 61 0000', '04 8101 61', '04 820001 61', '04 83000080 00']) {
    refuses(() => reader(bad).any('x'), 'not-canonical')
  }
  refuses(() => reader('04 850000000001 61').any('x'), 'too-large')
  assert.equal(new DerReader('Test', hex(`048180${'00'.repeat(128)}`)).octetString('x').length, 128)
})

test('refuses what is cut off, and what is left over', () => {
  for (const bad of ['', '04', '0402 61', '0482', '048201', '04820100 61']) {
    refuses(() => reader(bad).octetString('x'), 'truncated')
  }
  const r = reader('0500 00')
  r.null('x')
  refuses(() => r.end(), 'trailing-bytes')
})

test('refuses second encodings of values', () => {
  refuses(() => reader('010101').boolean('b'), 'not-canonical')
  refuses(() => reader('01020000').boolean('b'), 'not-canonical')
  refuses(() => reader('02020001').integer('i'), 'not-canonical')
  refuses(() => reader('0202ff80').integer('i'), 'not-canonical')
  refuses(() => reader('0200').integer('i'), 'invalid-length')
  refuses(() => reader('0201ff').unsigned('i'), 'invalid-value')
  refuses(() => reader('020701000000000000').smallInteger('i'), 'too-large')
  refuses(() => reader('050100').null('n'), 'invalid-length')
  refuses(() => reader('1f8101 00').any('x'), 'invalid-value')
})

test('object identifiers have unpadded arcs, of any size up to 64 octets', () => {
  assert.equal(reader('06092a864886f70d01010b').oid('id'), '1.2.840.113549.1.1.11')
  assert.equal(reader('0603883703').oid('id'), '2.999.3')
  const uuid = reader(`0614 69 ${'83'}${'ff'.repeat(17)}7f`).oid('id')
  assert.equal(uuid, `2.25.${(4n << 126n) - 1n}`)
  refuses(() => reader('06032b8001').oid('id'), 'not-canonical')
  refuses(() => reader('06022b80').oid('id'), 'not-canonical')
  refuses(() => reader('06022b81').oid('id'), 'truncated')
  refuses(() => reader('0600').oid('id'), 'truncated')
  refuses(() => reader(`0641${'01'.repeat(65)}`).oid('id'), 'too-large')
})

test('bit strings have no stray unused bits', () => {
  assert.deepEqual([...reader('03020560').namedBits('k')], [1, 2])
  assert.deepEqual([...reader('0303070080').namedBits('k')], [8])
  assert.deepEqual([...reader('030100').namedBits('k')], [])
  for (const bad of ['0300', '030101', '03020800']) {
    refuses(() => reader(bad).namedBits('k'), 'invalid-value')
  }
  refuses(() => reader('03020561').namedBits('k'), 'not-canonical')
  refuses(() => reader(`030900${'01'.repeat(8)}`).namedBits('k'), 'too-large')
  refuses(() => reader('03020780').octetBitString('s'), 'invalid-value')
  refuses(() => reader('0300').octetBitString('s'), 'invalid-value')
})

test('times are whole seconds of Zulu time that exist', () => {
  const time = (tag: string, text: string): Date => {
    const content = Buffer.from(text)
    const header = Uint8Array.from([Number.parseInt(tag, 16), content.length])
    return new DerReader('Test', Uint8Array.from([...header, ...content])).time('t')
  }
  assert.equal(time('17', '491231235959Z').toISOString(), '2049-12-31T23:59:59.000Z')
  assert.equal(time('17', '500101000000Z').toISOString(), '1950-01-01T00:00:00.000Z')
  assert.equal(time('18', '20500101000000Z').toISOString(), '2050-01-01T00:00:00.000Z')
  assert.equal(time('18', '99991231235959Z').toISOString(), '9999-12-31T23:59:59.000Z')
  assert.equal(time('18', '00010101000000Z').getUTCFullYear(), 1)
  const bad: [string, string][] = [
    ['17', '4912312359Z'],
    ['17', '491231235959+0100'],
    ['17', '490229000000Z'],
    ['17', '490001000000Z'],
    ['17', '490101240000Z'],
    ['17', '490101006000Z'],
    ['17', '490101000060Z'],
    ['18', '20500101000000.5Z'],
    ['18', '20500101000000'],
    ['04', '491231235959Z'],
  ]
  for (const [tag, text] of bad) refuses(() => time(tag, text), 'invalid-value')
})

test('errors name the structure and the offset in the outermost bytes', () => {
  const inner = reader('3005 0201 01 0502').sequence('outer')
  inner.integer('i')
  assert.throws(
    () => inner.null('n'),
    (error) => error instanceof DecodeError && error.struct === 'Test.outer' && error.offset === 7,
  )
  refuses(() => reader('0500').tlv(TAG.sequence, 's'), 'invalid-value')
  assert.equal(reader('0500').optional(TAG.sequence, 's'), undefined)
})
