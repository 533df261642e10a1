import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DecodeError } from '../../src/errors.ts'
import { decodeCertificate } from '../../src/x509/certificate.ts'
import {
  decodeSctExtension,
  decodeSctList,
  embeddedScts,
  isSctV1,
  SCT_EXTENSION,
} from '../../src/x509/sct.ts'
import { octetString } from '../support/make/asn1.ts'
import { extension, mintCertificate } from '../support/make/mint.ts'

const TIME = new Date('2026-06-01T12:00:00.123Z')

interface Parts {
  readonly version?: number
  readonly logId?: Uint8Array
  readonly timestamp?: bigint
  readonly extensions?: string
  readonly algorithm?: number
  readonly trailer?: Uint8Array
}

function vector(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes])
}

function sct(parts: Parts = {}): Uint8Array {
  const { version = 0, logId = Buffer.alloc(32, 0x1d), algorithm = 0x0403 } = parts
  const timestamp = Buffer.alloc(8)
  timestamp.writeBigUInt64BE(parts.timestamp ?? BigInt(TIME.getTime()))
  return Buffer.concat([
    Uint8Array.of(version),
    logId,
    timestamp,
    vector(Buffer.from(parts.extensions ?? '')),
    Uint8Array.of(algorithm >> 8, algorithm & 0xff),
    vector(Buffer.from('signature')),
    parts.trailer ?? new Uint8Array(0),
  ])
}

function list(...scts: readonly Uint8Array[]): Uint8Array {
  return vector(Buffer.concat(scts.map(vector)))
}

function codeOf(bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown = decodeSctList): string {
  try {
    decode(bytes)
    return 'none'
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error))
    return error.code
  }
}

describe('a list of signed certificate timestamps', () => {
  test('tells when which log saw a certificate', () => {
    const other = {
      logId: Buffer.alloc(32, 2),
      timestamp: 0n,
      extensions: 'ext',
      algorithm: 0x0401,
    }
    const [first, second] = decodeSctList(list(sct(), sct(other)))
    assert.ok(first && isSctV1(first) && second && isSctV1(second))
    assert.equal(first.version, 1)
    assert.deepEqual(Buffer.from(first.logId), Buffer.alloc(32, 0x1d))
    assert.equal(first.timestamp.getTime(), TIME.getTime())
    assert.equal(first.extensions.length, 0)
    assert.equal(first.scheme, 'ecdsa_sha256')
    assert.equal(Buffer.from(first.signature).toString(), 'signature')
    assert.equal(second.timestamp.getTime(), 0)
    assert.equal(Buffer.from(second.extensions).toString(), 'ext')
    assert.equal(second.scheme, 'rsa_pkcs1_sha256')
  })

  test('may name any algorithm', () => {
    const [only] = decodeSctList(list(sct({ algorithm: 0x0804 })))
    assert.ok(only && isSctV1(only))
    assert.equal(only.scheme, '0804')
  })

  test('may hold versions to come', () => {
    const [future, known] = decodeSctList(list(Uint8Array.of(1, 2, 3), sct()))
    assert.ok(future && !isSctV1(future) && known && isSctV1(known))
    assert.equal(future.version, 2)
    assert.deepEqual([...future.encoded], [1, 2, 3])
  })

  test('that breaks its syntax is refused', () => {
    assert.equal(codeOf(list()), 'invalid-length')
    assert.equal(codeOf(list(new Uint8Array(0))), 'invalid-length')
    assert.equal(codeOf(list(sct({ trailer: Uint8Array.of(0) }))), 'trailing-bytes')
    assert.equal(codeOf(Buffer.concat([list(sct()), Uint8Array.of(0)])), 'trailing-bytes')
    assert.equal(codeOf(list(sct({ timestamp: 8_640_000_000_000_001n }))), 'invalid-value')
    assert.equal(codeOf(list(sct({ timestamp: 2n ** 64n - 1n }))), 'invalid-value')
    assert.equal(codeOf(list(sct({ timestamp: 8_640_000_000_000_000n }))), 'none')
  })

  test('cut off anywhere, outside or inside, is refused', () => {
    const whole = list(sct(), sct({ extensions: 'x' }))
    for (let length = 0; length < whole.length; length++) {
      assert.equal(codeOf(whole.subarray(0, length)), 'truncated')
    }
    const one = sct()
    for (let length = 0; length < one.length; length++) {
      assert.equal(
        codeOf(list(one.subarray(0, length))),
        length === 0 ? 'invalid-length' : 'truncated',
      )
    }
  })

  test('changed anywhere is read or refused', () => {
    const whole = octetString(list(sct(), sct({ extensions: 'x' })))
    for (let at = 0; at < whole.length; at++) {
      for (const flip of [1, 0x80, 0xff]) {
        const changed = Uint8Array.from(whole)
        changed[at] = (changed[at] ?? 0) ^ flip
        codeOf(changed, decodeSctExtension)
      }
    }
  })
})

describe('a certificate', () => {
  const certify = (...extensions: readonly Uint8Array[]): ReturnType<typeof decodeCertificate> =>
    decodeCertificate(mintCertificate({ subject: 'localhost', extensions }).der)

  test('carries its timestamps in an extension', () => {
    const value = octetString(list(sct(), sct()))
    const scts = embeddedScts(certify(extension(SCT_EXTENSION.certificate, false, value)))
    assert.deepEqual(
      scts.map((one) => isSctV1(one) && one.timestamp.getTime()),
      [TIME.getTime(), TIME.getTime()],
    )
  })

  test('without that extension has none', () => {
    assert.deepEqual(embeddedScts(certify()), [])
  })

  test('whose extension is no such list is refused', () => {
    const decode = (value: Uint8Array): string =>
      codeOf(value, () => embeddedScts(certify(extension(SCT_EXTENSION.certificate, false, value))))
    assert.equal(decode(list(sct())), 'invalid-value')
    assert.equal(decode(octetString(sct())), 'trailing-bytes')
    assert.equal(
      decode(Buffer.concat([octetString(list(sct())), Uint8Array.of(0)])),
      'trailing-bytes',
    )
  })
})
