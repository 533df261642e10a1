// Lines are folded so that no name begins one.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { folded, unmarked, whole } from '../../../src/cli/text/folded.ts'
import { printable } from '../../../src/encoding/text.ts'

describe('a folded line', () => {
  test('fits, begins at the margin once, and loses nothing but the space it is parted at', () => {
    const words = 'the quick brown fox jumps over the lazy dog and passed the subject existed'
    for (const line of [words, `  unaltered     ${'ab'.repeat(32)}  ${words}`, 'x'.repeat(300)]) {
      for (const width of [20, 40, 80]) {
        const [first = '', ...others] = folded(line, width).split('\n')
        for (const piece of [first, ...others]) assert.ok(piece.length <= width, piece)
        for (const piece of others) assert.match(piece, /^ {4,16}[^ ]/)
        assert.equal([first, ...others].join('').replace(/\s/g, ''), line.replace(/\s/g, ''))
      }
    }
  })

  test('leaves alone what fits, colours aside', () => {
    const line = '\u001b[32m\u001b[1mpassed\u001b[0m\u001b[0m  the subject existed'
    assert.equal(folded(line, 27), line)
    assert.equal(folded(line, 26).split('\n').length, 2)
    assert.equal(folded('', 20), '')
  })

  test('keeps a digest whole, and what follows it in the column of values', () => {
    const row = `  unaltered     ${'ab'.repeat(32)}`
    assert.equal(folded(`${row}  passed the rest`, 80), `${row}\n${' '.repeat(16)}passed the rest`)
  })

  test('goes on where its last column begins', () => {
    const text =
      'the server sends random bytes in place of the time, and its certificate has expired'
    for (const begin of [
      `  ${'www.google.com'.padEnd(24)}  `,
      ' '.repeat(28),
      'good  doc.tls-stamp  ',
      'hint: ',
      'tls-stamp: error: ',
      '\u001b[1m  title\u001b[0m         ',
    ]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one
      const column = begin.replace(/\u001b\[\d+m/g, '').length
      const [, ...others] = folded(`${begin}${text}`, 60).split('\n')
      assert.ok(others.length > 0)
      for (const piece of others) assert.equal(piece.search(/[^ ]/), column, piece)
    }
  })

  test('keeps a digest in its parentheses, and whole where the column is too narrow for it', () => {
    const digest = 'ab'.repeat(32)
    assert.equal(
      folded(`hint: get the root CN=Root (SHA ${digest}), with --ca`, 80),
      `hint: get the root CN=Root\n      (SHA ${digest}),\n      with --ca`,
    )
    assert.equal(
      folded(`  ${'a'.padEnd(24)}  the root ${digest}`, 80),
      `  ${'a'.padEnd(24)}  the root\n${' '.repeat(16)}${digest}`,
    )
  })

  test('is whole when it is a command', () => {
    const command = `  tls-stamp verify ${'a-name-'.repeat(9)} --ca ca.pem`
    assert.equal(unmarked(folded(whole(command), 40)), command)
  })

  test('keeps a time whole', () => {
    assert.equal(
      folded('it existed no later than 2026-01-31 12:00:01 UTC', 40, 2),
      'it existed no later than\n  2026-01-31 12:00:01 UTC',
    )
  })

  test('counts what may be wide as two columns', () => {
    const [first = ''] = folded('\u6587'.repeat(60), 80).split('\n')
    assert.equal(first.length, 40)
  })
})

describe('what is printed of a name', () => {
  test('has no white space but single spaces between words', () => {
    const spaces = '\t\n\u000b\f\r \u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000'
    const invisible = '\u00ad\u034f\u115f\u200b\u2060\u2800\u3164\ufe0f\ufeff\uffa0\u{e0020}'
    const shown = printable(`${spaces}a b  c${spaces}${invisible}`)
    assert.match(shown, /^[!-~]+(?: [!-~]+)*$/)
    assert.ok(shown.includes('a b\\u{20}\\u{20}c\\u{9}'))
    assert.match(shown, /\\u\{e0020\}$/)
  })

  test('can not be padded to a line of its own', () => {
    const painted = `x${' '.repeat(150)}passed  the subject existed no later than 1999`
    assert.ok(!printable(painted).includes('  '))
    assert.equal(printable(' ::error::'), '\\u{20}::error::')
    assert.equal(printable('a plain name.txt'), 'a plain name.txt')
    assert.equal(printable(printable(painted)), printable(painted))
  })
})
