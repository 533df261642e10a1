// From the packet to the segment, through each link layer and IP header.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeSegment, type Segment } from '../../src/capture/packet.ts'
import { ipText } from '../../src/encoding/text.ts'
import {
  ethernet,
  ipPacket,
  linuxSll,
  linuxSll2,
  loopback,
  type SegmentSpec,
} from '../support/make/capture-writer.ts'

const payload = Buffer.from('hi')
const V4: SegmentSpec = {
  source: '192.0.2.17',
  destination: '198.51.100.4',
  sourcePort: 50123,
  sequence: 0xfffffff0,
  payload,
}
const V6: SegmentSpec = { ...V4, source: '2001:db8:0:0:0:0:0:1', destination: 'fe80:0:0:1:0:0:0:2' }

function decode(linkType: number, bytes: Uint8Array): ReturnType<typeof decodeSegment> {
  return decodeSegment({ linkType, bytes, time: undefined })
}

function assertSegment(got: ReturnType<typeof decodeSegment>, spec: SegmentSpec): void {
  assert.ok(typeof got === 'object', String(got))
  const v6 = spec.source?.includes(':')
  assert.equal(ipText(got.source), v6 ? '2001:db8::1' : '192.0.2.17')
  assert.equal(ipText(got.destination), v6 ? 'fe80:0:0:1::2' : '198.51.100.4')
  assert.deepEqual([got.sourcePort, got.destinationPort], [50123, 443])
  assert.equal(got.sequence, 0xfffffff0)
  assert.equal(Buffer.from(got.payload).toString(), 'hi')
  assert.equal(got.length, 2)
}

describe('a segment is found', () => {
  const layers: Readonly<Record<string, readonly [number, (packet: Uint8Array) => Uint8Array]>> = {
    'Ethernet, which pads short packets': [1, ethernet],
    'Ethernet with a VLAN tag': [1, (packet) => ethernet(packet, [0x8100])],
    'Ethernet with stacked VLAN tags': [1, (packet) => ethernet(packet, [0x88a8, 0x8100])],
    'Ethernet with old stacked VLAN tags': [
      1,
      (packet) => ethernet(packet, [0x9100, 0x8100, 0x8100]),
    ],
    'Linux cooked': [113, linuxSll],
    'Linux cooked, version 2': [276, linuxSll2],
    'BSD loopback of a little-endian machine': [0, (packet) => loopback(packet, 'little')],
    'BSD loopback of a big-endian machine': [0, (packet) => loopback(packet, 'big', 24)],
    'OpenBSD loopback': [108, (packet) => loopback(packet, 'big', 24)],
    'raw IP': [101, (packet) => packet],
    'raw IP by a number of old': [12, (packet) => packet],
    'raw IP by a number of OpenBSD': [14, (packet) => packet],
  }
  for (const [name, [linkType, wrap]] of Object.entries(layers)) {
    test(`in ${name}`, () => {
      assertSegment(decode(linkType, wrap(ipPacket(V4))), V4)
      assertSegment(decode(linkType, wrap(ipPacket(V6))), V6)
    })
  }

  test('in the link types of one IP version', () => {
    assertSegment(decode(228, ipPacket(V4)), V4)
    assertSegment(decode(229, ipPacket(V6)), V6)
  })

  test('behind options of IPv4 and TCP', () => {
    const spec = { ...V4, ipOptions: 40, tcpOptions: 40 }
    assertSegment(decode(1, ethernet(ipPacket(spec))), V4)
  })

  test('behind extension headers of IPv6', () => {
    const authentication = Buffer.alloc(24)
    authentication[1] = 4
    const routing = Buffer.alloc(16)
    routing[1] = 1
    const extensionHeaders = [
      [0, Buffer.alloc(8)],
      [43, routing],
      [44, Buffer.alloc(8)],
      [51, authentication],
      [60, Buffer.alloc(8)],
    ] as const
    assertSegment(decode(101, ipPacket({ ...V6, extensionHeaders })), V6)
  })

  test('where the length is left to the network card', () => {
    const v4 = ipPacket(V4)
    v4.fill(0, 2, 4)
    assertSegment(decode(101, v4), V4)
    const v6 = ipPacket(V6)
    v6.fill(0, 4, 6)
    assertSegment(decode(101, v6), V6)
  })

  test('with its flags', () => {
    const flags = (spec: SegmentSpec): unknown[] => {
      const got = decode(101, ipPacket(spec)) as Segment
      return [got.syn, got.fin, got.rst, got.acknowledgement]
    }
    assert.deepEqual(flags({ flags: 'S' }), [true, false, false, undefined])
    assert.deepEqual(flags({ flags: 'F', acknowledgement: 0xffffffff }), [
      false,
      true,
      false,
      0xffffffff,
    ])
    assert.deepEqual(flags({ flags: 'R', acknowledgement: 0 }), [false, false, true, 0])
  })
})

describe('no segment is found', () => {
  test('in other protocols', () => {
    assert.equal(decode(147, ethernet(ipPacket(V4))), 'link-type')
    const arp = ethernet(ipPacket(V4))
    arp.set([0x08, 0x06], 12)
    assert.equal(decode(1, arp), 'not-ip')
    assert.equal(decode(0, Uint8Array.of(0, 0, 0, 7, ...ipPacket(V4))), 'not-ip')
    assert.equal(decode(101, Uint8Array.of(0x50, 1, 2, 3)), 'not-ip')
    assert.equal(decode(101, ipPacket({ ...V4, protocol: 17 })), 'not-tcp')
    assert.equal(decode(101, ipPacket({ ...V6, protocol: 58 })), 'not-tcp')
    for (const protocol of [4, 41, 47, 50]) {
      assert.equal(decode(101, ipPacket({ ...V4, protocol })), 'encapsulation')
      assert.equal(decode(101, ipPacket({ ...V6, protocol })), 'encapsulation')
    }
    for (const type of [0x8847, 0x8864]) {
      const frame = Uint8Array.of(...new Uint8Array(12), type >> 8, type & 0xff, ...ipPacket(V4))
      assert.equal(decode(1, frame), 'encapsulation')
    }
  })

  test('in fragments', () => {
    assert.equal(decode(101, ipPacket({ ...V4, fragment: 0x2000 })), 'fragment')
    assert.equal(decode(101, ipPacket({ ...V4, fragment: 1 })), 'fragment')
    for (const offset of [0x0001, 0x0008]) {
      const header = Buffer.alloc(8)
      header.writeUInt16BE(offset, 2)
      const spec: SegmentSpec = { ...V6, extensionHeaders: [[44, header]] }
      assert.equal(decode(101, ipPacket(spec)), 'fragment')
    }
  })

  test('in headers that contradict themselves', () => {
    const changed = (spec: SegmentSpec, at: number, value: number): Uint8Array => {
      const packet = ipPacket(spec)
      packet[at] = value
      return packet
    }
    assert.equal(decode(101, changed(V4, 0, 0x44)), 'malformed')
    assert.equal(decode(101, changed(V4, 3, 19)), 'malformed')
    assert.equal(decode(101, changed(V4, 3, 39)), 'malformed')
    assert.equal(decode(101, changed(V4, 20 + 12, 0x40)), 'malformed')
    assert.equal(decode(101, changed(V4, 20 + 12, 0xf0)), 'malformed')
    const endless = ipPacket({ ...V6, extensionHeaders: [[0, Buffer.alloc(8)]] })
    endless[41] = 0xff
    assert.equal(decode(101, endless), 'malformed')
  })

  test('under more VLAN tags than anybody stacks', () => {
    assert.equal(decode(1, ethernet(ipPacket(V4), Array(9).fill(0x8100))), 'malformed')
  })
})

test('what was not captured is counted, at any length', () => {
  for (const spec of [V4, V6]) {
    const packet = ethernet(ipPacket({ ...spec, payload: Buffer.alloc(100, 1) }), [0x8100])
    for (let length = 0; length <= packet.length; length++) {
      const got = decode(1, packet.subarray(0, length))
      if (typeof got === 'string') {
        assert.ok(length < packet.length - 100)
        assert.equal(got, 'malformed')
      } else {
        assert.equal(got.length, 100)
        assert.equal(got.payload.length, length - (packet.length - 100))
      }
    }
  }
})

test('IPv6 addresses are written as RFC 5952 wants', () => {
  const text = (groups: readonly number[]): string =>
    ipText(Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])))
  assert.equal(text([0, 0, 0, 0, 0, 0, 0, 0]), '::')
  assert.equal(text([0, 0, 0, 0, 0, 0, 0, 1]), '::1')
  assert.equal(text([1, 0, 0, 0, 0, 0, 0, 0]), '1::')
  assert.equal(text([0x2001, 0xdb8, 0, 1, 1, 1, 1, 1]), '2001:db8:0:1:1:1:1:1')
  assert.equal(text([0x2001, 0, 0, 1, 0, 0, 0, 1]), '2001:0:0:1::1')
  assert.equal(text([0x2001, 0xdb8, 0, 0, 1, 0, 0, 1]), '2001:db8::1:0:0:1')
  assert.equal(text([0xabcd, 0xef01, 2, 3, 4, 5, 6, 7]), 'abcd:ef01:2:3:4:5:6:7')
})
