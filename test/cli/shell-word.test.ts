// Words that a user copies into a shell: one word each, in characters that can be shown.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { shellPath, shellWord } from '../../src/cli/shell-word.ts'
import { printable } from '../../src/encoding/index.ts'

const ODD = [
  'doc.txt',
  'a b',
  "it's",
  '$(touch x)',
  '`x`',
  'a; b #',
  'a  b',
  ' a',
  'a\nb',
  '\u001b[2J',
  'a\u00a0b',
  '\u202etxt',
  'é  ü',
  '',
  '*',
  '~',
  "'",
  "\t'",
  '\\',
]

test('each is one word, and that is the text', () => {
  const names = [
    ...ODD,
    ...fc.sample(
      fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
      200,
    ),
  ]
  const line = `printf '%s\\0' ${names.map(shellWord).join(' ')}`
  const printed = execFileSync('bash', ['-c', line], { encoding: 'utf8' })
  assert.deepEqual(printed.split('\0').slice(0, -1), names)
})

test('each is shown as it is', () => {
  for (const name of ODD) assert.equal(printable(shellWord(name)), shellWord(name))
})

test('a path is no option', () => {
  assert.equal(shellPath('-x'), './-x')
  assert.equal(shellPath('-'), '-')
  assert.equal(shellPath('a b'), "'a b'")
})
