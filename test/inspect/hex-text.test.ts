// Hex text is read in every form that tools and articles have, and nothing else is taken for it.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { bytesOfHexText } from '../../src/inspect/hex-text.ts'
import { repositoryPath } from '../support/harness/repository.ts'

const bytes = readFileSync(repositoryPath('test/fixtures/recordings/tls12.client.raw'))

/** Lines of 16 bytes, by their offset. */
function dump(line: (offset: number, pairs: readonly string[], text: string) => string): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += 16) {
    const part = bytes.subarray(at, at + 16)
    const pairs = [...part].map((byte) => byte.toString(16).padStart(2, '0'))
    lines.push(line(at, pairs, part.toString('latin1').replace(/[^ -~]/g, '.')))
  }
  return `${lines.join('\n')}\n`
}

const hex = (offset: number, width: number): string => offset.toString(16).padStart(width, '0')
const halves = (pairs: readonly string[]): string =>
  `${pairs.slice(0, 8).join(' ')}  ${pairs.slice(8).join(' ')}`
const forms: Readonly<Record<string, string>> = {
  xxd: dump((at, pairs, text) => {
    const words = pairs.join('').replace(/.{4}(?!$)/g, '$& ')
    return `${hex(at, 8)}: ${words.padEnd(41)}${text}`
  }),
  'hexdump -C': `${dump((at, pairs, text) => `${hex(at, 8)}  ${halves(pairs).padEnd(50)}|${text}|`)}${hex(bytes.length, 8)}\n`,
  Wireshark: dump((at, pairs, text) => `${hex(at, 4)}   ${pairs.join(' ').padEnd(50)}${text}`),
  'xxd -p': bytes.toString('hex').replace(/.{60}/g, '$&\n'),
  colons: bytes
    .toString('hex')
    .toUpperCase()
    .replace(/..(?!$)/g, '$&:'),
  'an array of C': `{${[...bytes].map((byte) => `0x${hex(byte, 2)}`).join(', ')}}`,
}

describe('hex text', () => {
  for (const [form, text] of Object.entries(forms)) {
    test(`is read as ${form} has it`, () => {
      assert.deepEqual(bytesOfHexText(Buffer.from(text)), Uint8Array.from(bytes))
    })
  }

  test('is nothing else', () => {
    for (const text of ['', 'GET / HTTP/1.1\r\n', '16 03 0', '{"format":"tls-stamp/1"}', 'cafe!']) {
      assert.equal(bytesOfHexText(Buffer.from(text)), undefined, text)
    }
    assert.equal(bytesOfHexText(bytes), undefined)
  })
})
