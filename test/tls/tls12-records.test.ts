// Record protection: what one side seals the other opens, and nothing else; and its form is that of the specifications.

import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { concat } from '../../src/encoding/bytes.ts'
import { Writer } from '../../src/encoding/presentation.ts'
import { HandshakeError } from '../../src/errors.ts'
import { recordCiphersNative as ciphers } from '../../src/system/tls-cryptography.ts'
import { isRc4, type SuiteCipher, suiteCipher } from '../../src/tls/cipher-suites.ts'
import {
  cutKeyBlock,
  keyBlockLength,
  type Open,
  opener,
  type Seal,
  sealer,
} from '../../src/tls/tls12-records.ts'

const SUITES = [0xc02f, 0xc030, 0xcca8, 0xc013, 0xc014, 0xc027, 0xc028]

interface Case {
  readonly title: string
  readonly suite: SuiteCipher
  readonly version: number
}

const CASES: readonly Case[] = SUITES.flatMap((code) => {
  const suite = suiteCipher(code)
  assert.ok(suite)
  const versions = suite.tls12Only ? [0x0303] : [0x0301, 0x0302, 0x0303]
  return versions.map((version) => {
    const title = `${suite.mode} ${suite.keyLength * 8} ${suite.hash} ${version.toString(16)}`
    return { title, suite, version }
  })
})

function keysOf(suite: SuiteCipher): ReturnType<typeof cutKeyBlock> {
  const block = new Uint8Array(keyBlockLength(suite)).map((_, i) => i)
  return cutKeyBlock(suite, block)
}

function pair({ suite, version }: Case): { readonly seal: Seal; readonly open: Open } {
  const { client } = keysOf(suite)
  return {
    seal: sealer(suite, version, client, ciphers),
    open: opener(suite, version, client, ciphers),
  }
}

const isBadMac = (error: unknown): boolean =>
  error instanceof HandshakeError &&
  error.code === 'misbehaving-peer' &&
  /bad_record_mac/.test(error.message)

for (const each of CASES) {
  test(`${each.title}: what is sealed opens, record after record`, () => {
    const { seal, open } = pair(each)
    for (const length of [0, 1, 15, 16, 17, 31, 255, 256, 16384]) {
      const plaintext = new Uint8Array(length).map((_, i) => i * 31)
      assert.deepEqual(open(23, seal(23, plaintext)), plaintext, `${length} bytes`)
    }
  })

  test(`${each.title}: a changed bit anywhere is found`, () => {
    const plaintext = new Uint8Array(20).fill(0x5a)
    const { length } = pair(each).seal(22, plaintext)
    for (let at = 0; at < length; at++) {
      const { seal, open } = pair(each)
      const fragment = seal(22, plaintext).slice()
      fragment[at] = (fragment[at] ?? 0) ^ (1 << (at % 8))
      // The last block of the record before is the IV of TLS 1.0: here it is from the key block and stays right.
      assert.throws(() => open(22, fragment), isBadMac, `byte ${at}`)
    }
  })

  test(`${each.title}: another type, order, direction or length is found`, () => {
    const plaintext = new Uint8Array(20).fill(0x5a)
    {
      const { seal, open } = pair(each)
      assert.throws(() => open(23, seal(22, plaintext)), isBadMac)
    }
    {
      const { seal, open } = pair(each)
      const [first, second] = [seal(22, plaintext), seal(22, plaintext)]
      assert.throws(() => open(22, second), isBadMac)
      assert.ok(first.length > 0)
    }
    {
      const { seal, open } = pair(each)
      const replayed = seal(22, plaintext)
      open(22, replayed)
      assert.throws(() => open(22, replayed), isBadMac)
    }
    {
      const { seal } = pair(each)
      const other = opener(each.suite, each.version, keysOf(each.suite).server, ciphers)
      assert.throws(() => other(22, seal(22, plaintext)), isBadMac)
    }
    const { length } = pair(each).seal(22, plaintext)
    for (let cut = 0; cut < length; cut++) {
      const { seal, open } = pair(each)
      const fragment = seal(22, plaintext)
      assert.throws(() => open(22, fragment.subarray(0, cut)), isBadMac, `cut at ${cut}`)
    }
  })
}

test('a record that decrypts to more than 16384 bytes is refused', () => {
  for (const each of CASES) {
    const { seal, open } = pair(each)
    assert.throws(() => open(23, seal(23, new Uint8Array(16385))), /a record of 16385 bytes/)
  }
})

test('CBC in TLS 1.2 is IV, then content, MAC and padding, encrypted', () => {
  const suite = suiteCipher(0xc013)
  assert.ok(suite)
  const { client } = keysOf(suite)
  const content = Uint8Array.of(1, 2, 3, 4, 5)
  const fragment = sealer(suite, 0x0303, client, ciphers)(23, content)
  const decipher = createDecipheriv('aes-128-cbc', client.key, fragment.subarray(0, 16))
  decipher.setAutoPadding(false)
  const plain = Buffer.concat([decipher.update(fragment.subarray(16)), decipher.final()])
  const mac = createHmac('sha1', client.macKey)
    .update(Buffer.from('0000000000000000' + '17' + '0303' + '0005', 'hex'))
    .update(content)
    .digest()
  assert.deepEqual([...plain], [...content, ...mac, ...new Array(7).fill(6)])
})

test('CBC takes any padding that the specification allows, and no other', () => {
  const suite = suiteCipher(0xc013)
  assert.ok(suite)
  const { client } = keysOf(suite)
  const content = Uint8Array.of(1, 2, 3)
  const sealed = (padding: Uint8Array, plaintext: Uint8Array): Uint8Array => {
    const header = new Writer().bytes(new Uint8Array(8)).u8(21).u16(0x0302, plaintext.length).done()
    const mac = createHmac('sha1', client.macKey).update(header).update(plaintext).digest()
    const iv = new Uint8Array(16).fill(9)
    const cipher = createCipheriv('aes-128-cbc', client.key, iv).setAutoPadding(false)
    return concat(iv, cipher.update(concat(plaintext, mac, padding)), cipher.final())
  }
  const open = (padding: Uint8Array, plaintext = content): Uint8Array =>
    opener(suite, 0x0302, client, ciphers)(21, sealed(padding, plaintext))
  for (let padding = 8; padding < 256; padding += 16) {
    const whole = new Uint8Array(padding + 1).fill(padding)
    assert.deepEqual(open(whole), content, `${padding}`)
    for (const at of [0, padding >> 1, padding]) {
      const wrong = whole.slice()
      wrong[at] = (wrong[at] ?? 0) ^ 1
      assert.throws(() => open(wrong), isBadMac, `${padding}, byte ${at}`)
    }
  }
  // The MAC is where it belongs without padding, but there is some, and it is wrong.
  const eleven = new Uint8Array(11)
  assert.deepEqual(open(Uint8Array.of(0), eleven), eleven)
  assert.throws(() => open(Uint8Array.of(7), eleven), isBadMac)
  // More padding claimed than the record holds.
  assert.throws(() => open(new Uint8Array(9).fill(255)), isBadMac)
})

test('AES-GCM sends its nonce, ChaCha20-Poly1305 does not', () => {
  const overhead = (code: number): number => {
    const suite = suiteCipher(code)
    assert.ok(suite)
    return (
      sealer(suite, 0x0303, keysOf(suite).client, ciphers)(23, new Uint8Array(100)).length - 100
    )
  }
  assert.equal(overhead(0xc02f), 24)
  assert.equal(overhead(0xcca8), 16)
})

test('suites are read from their names', () => {
  assert.equal(suiteCipher(0xc011), undefined)
  assert.equal(suiteCipher(0x000a), undefined)
  assert.equal(suiteCipher(0xc09c), undefined)
  assert.equal(suiteCipher(0xffff), undefined)
  assert.equal(suiteCipher(0xc028)?.macLength, 48)
  assert.deepEqual([0x0004, 0x0005, 0xc007, 0xc011, 0xc02f].map(isRc4), [
    true,
    true,
    true,
    true,
    false,
  ])
})

describe('with encrypt_then_mac the MAC is of what is encrypted', () => {
  for (const [version, code] of [
    [0x0301, 0xc013],
    [0x0303, 0xc028],
  ] as const) {
    const suite = suiteCipher(code) ?? assert.fail()
    const { client } = keysOf(suite)
    const content = Uint8Array.of(1, 2, 3)
    const hash = suite.hash === 'SHA' ? 'sha1' : 'sha384'
    const sealed = (padding: Uint8Array): Uint8Array => {
      const explicit = version === 0x0301 ? new Uint8Array(0) : new Uint8Array(16).fill(9)
      const iv = version === 0x0301 ? client.iv : explicit
      const algorithm = `aes-${suite.keyLength * 8}-cbc`
      const cipher = createCipheriv(algorithm, client.key, iv).setAutoPadding(false)
      const encrypted = concat(explicit, cipher.update(concat(content, padding)), cipher.final())
      const header = new Writer().bytes(new Uint8Array(8)).u8(21).u16(version, encrypted.length)
      const mac = createHmac(hash, client.macKey).update(header.done()).update(encrypted).digest()
      return concat(encrypted, mac)
    }
    const open = (fragment: Uint8Array): Uint8Array =>
      opener(suite, version, client, ciphers, true)(21, fragment)

    test(`in ${version.toString(16)}: any padding opens, and nothing that is changed or cut`, () => {
      for (let padding = 12; padding < 256; padding += 16) {
        assert.deepEqual(open(sealed(new Uint8Array(padding + 1).fill(padding))), content)
      }
      const right = sealed(new Uint8Array(13).fill(12))
      for (let at = 0; at < right.length; at++) {
        const wrong = right.slice()
        wrong[at] = (wrong[at] ?? 0) ^ (1 << (at % 8))
        assert.throws(() => open(wrong), isBadMac, `byte ${at}`)
        assert.throws(() => open(right.subarray(0, at)), isBadMac, `cut at ${at}`)
      }
      assert.throws(() => open(sealed(Uint8Array.from({ length: 13 }, (_, i) => i))), isBadMac)
      for (const byte of [200, 255]) {
        assert.throws(() => open(sealed(new Uint8Array(13).fill(byte))), isBadMac)
      }
    })
  }
})
