// The one grammar for servers on the command line: what each spelling means, and what is said of those that mean none.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addressOperands, serverAddress } from '../../src/cli/address.ts'
import { UsageError } from '../../src/cli/errors.ts'

const WORDS: Readonly<Record<string, readonly [host: string, port: number]>> = {
  'www.google.com': ['www.google.com', 443],
  'WWW.Google.com.': ['www.google.com', 443],
  'www.google.com:8443': ['www.google.com', 8443],
  'bücher.example:1': ['xn--bcher-kva.example', 1],
  '192.0.2.1': ['192.0.2.1', 443],
  '192.0.2.1:65535': ['192.0.2.1', 65535],
  '::1': ['::1', 443],
  '2001:db8::443': ['2001:db8::443', 443],
  '[::1]': ['::1', 443],
  '[::1]:8443': ['::1', 8443],
  'https://www.google.com': ['www.google.com', 443],
  'HTTPS://www.google.com/': ['www.google.com', 443],
  'https://www.google.com:8443/': ['www.google.com', 8443],
  'https://[::1]:8443': ['::1', 8443],
}

const NONE: Readonly<Record<string, RegExp>> = {
  'a:0': /^expected the port of --witness to be a number from 1 to 65535, got 0$/,
  'a:65536': /^expected the port of --witness to be a number from 1 to 65535, got 65536$/,
  'a:': /^expected a host name or an IP address, got "a:"$/,
  'a:b': /^expected a host name or an IP address, got "a:b"$/,
  'a:1:2': /^expected a host name or an IP address, got "a:1:2"$/,
  ':443': /^expected a host name or an IP address, got ""$/,
  '[]:443': /^expected a host name or an IP address, got ""$/,
  'a..b': /^expected a host name or an IP address, got "a\.\.b"$/,
  'a b': /^expected a host name or an IP address, got "a b"$/,
  'https://': /^expected a host name or an IP address, got ""$/,
  'https://a:99999/': /^expected the port of --witness to be a number from 1 to 65535, got 99999$/,
}

/** URLs that say more, and what they should have been. */
const URLS: Readonly<Record<string, string>> = {
  'https://www.google.com/search?q=x': 'www.google.com',
  'https://a.test:8443/x': 'a.test:8443',
  'http://a.test/': 'a.test',
  'https://user:hunter2@a.test/': 'a.test',
  'https://a.test#x': 'a.test',
  'https://a.test/\nx': 'a.test',
  '://a.test': 'a.test',
}

function refusal(read: () => unknown): UsageError {
  try {
    read()
  } catch (error) {
    if (error instanceof UsageError) return error
    throw error
  }
  assert.fail('nothing was refused')
}

describe('HOST[:PORT] in one word', () => {
  test('means a host and its port, 443 unless given', () => {
    for (const [word, [host, port]] of Object.entries(WORDS)) {
      assert.deepEqual(serverAddress(word, '--witness'), { host, port }, word)
    }
  })

  test('is refused when it is none, with what was expected', () => {
    for (const [word, message] of Object.entries(NONE)) {
      assert.match(refusal(() => serverAddress(word, '--witness')).message, message, word)
    }
  })

  test('is no URL that says more, and the hint says what it should be', () => {
    for (const [url, meant] of Object.entries(URLS)) {
      const { message, hints } = refusal(() => serverAddress(url, '--witness'))
      assert.equal(message, `expected HOST[:PORT], got ${JSON.stringify(url)}`)
      assert.deepEqual(hints, [`only the host and port are used: ${meant}`], url)
    }
  })
})

describe('operands that name a server', () => {
  test('are one word, or HOST and PORT', () => {
    for (const [word, [host, port]] of Object.entries(WORDS)) {
      assert.deepEqual(addressOperands([word]), { host, port }, word)
      if (port === 443) assert.deepEqual(addressOperands([word, '8443']), { host, port: 8443 })
    }
  })

  test('have the port once', () => {
    const { message } = refusal(() => addressOperands(['a.test:443', '443']))
    assert.equal(message, 'expected the port once, got 443 and 443')
  })

  test('are refused when there are none, too many, or a port that is none', () => {
    for (const [operands, message] of [
      [[], 'expected HOST[:PORT]'],
      [['a.test', '443', 'doc.txt'], 'expected HOST[:PORT]'],
      [['a.test', '0'], 'expected PORT to be a number from 1 to 65535, got 0'],
      [['a.test', 'https'], 'expected PORT to be a number from 1 to 65535, got https'],
      [['a.test:0'], 'expected the port of a.test:0 to be a number from 1 to 65535, got 0'],
    ] as const) {
      assert.equal(refusal(() => addressOperands(operands)).message, message)
    }
  })
})
