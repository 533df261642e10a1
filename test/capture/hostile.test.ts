// Captures made to break the reader: only DecodeError leaves it.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Capture, readCapture } from '../../src/capture/capture.ts'
import { DecodeError } from '../../src/errors.ts'
import { repositoryPath } from '../support/harness/repository.ts'
import { ipPacket, pcap, pcapng } from '../support/make/capture-writer.ts'

const FIXTURES = ['bun-p256-sll2.pcapng', 'bun-rsa.pcap', 'node-tls13-ipv6.pcap']

function fixture(name: string): Uint8Array {
  return Uint8Array.from(readFileSync(repositoryPath(`test/fixtures/captures/${name}`)))
}

/** Undefined when it is refused. */
function tryCapture(bytes: Uint8Array): Capture | undefined {
  try {
    return readCapture(bytes)
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error))
    return undefined
  }
}

describe('a capture', () => {
  for (const name of FIXTURES) {
    test(`${name}, cut off anywhere, is a part of the whole`, () => {
      const file = fixture(name)
      const whole = readCapture(file).connections[0]
      assert.ok(whole)
      for (let length = 0; length < file.length; length += length < 400 ? 1 : 7) {
        const connection = tryCapture(file.slice(0, length))?.connections[0]
        if (!connection) continue
        const { clientStream, serverStream } = connection
        assert.deepEqual(clientStream, whole.clientStream.subarray(0, clientStream.length))
        assert.deepEqual(serverStream, whole.serverStream.subarray(0, serverStream.length))
      }
    })

    test(`${name}, changed anywhere, is read or refused`, () => {
      const file = fixture(name)
      for (let at = 0; at < file.length; at += at < 600 ? 1 : 5) {
        const before = file[at] ?? 0
        for (const value of [before ^ 1, before ^ 0x80, 0, 0xff]) {
          file[at] = value
          tryCapture(file)
        }
        file[at] = before
      }
    })
  }

  test('of random bytes behind any beginning is read or refused', () => {
    const beginnings = [
      pcap([]),
      pcap([], { order: 'big' }),
      pcapng({ packets: [] }),
      new Uint8Array(0),
    ]
    const segments = fc.array(
      fc.tuple(fc.uint8Array({ maxLength: 90 }), fc.constantFrom(0, 1, 12, 101, 113, 276)),
      {
        maxLength: 10,
      },
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...beginnings),
        fc.uint8Array({ maxLength: 200 }),
        segments,
        (head, tail, wrapped) => {
          tryCapture(Buffer.concat([head, tail]))
          for (const [bytes, linkType] of wrapped) tryCapture(pcap([{ bytes }], { linkType }))
        },
      ),
      { numRuns: 300 },
    )
  })
})

test('hundreds of thousands of IPv6 extension headers are passed over', () => {
  const extensionHeaders = Array.from({ length: 8000 }, () => [60, Buffer.alloc(8)] as const)
  const source = '2001:db8:0:0:0:0:0:1'
  const packet = ipPacket({
    source,
    destination: source,
    extensionHeaders,
    payload: Buffer.alloc(1),
  })
  const file = pcap(
    Array.from({ length: 100 }, () => ({ bytes: packet })),
    { linkType: 101 },
  )
  const { connections } = readCapture(file)
  assert.equal(connections[0]?.serverStream.length ?? 0, 0)
  assert.equal(connections[0]?.clientStream.length, 1)
})
