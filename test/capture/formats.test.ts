// The two file formats: every layout they allow gives the same packets, everything else is refused.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Capture, looksLikeCapture, readCapture } from '../../src/capture/capture.ts'
import { DecodeError } from '../../src/errors.ts'
import {
  ethernet,
  ipPacket,
  type Packet,
  pcap,
  pcapng,
  type SectionSpec,
} from '../support/make/capture-writer.ts'

const TIME = Date.UTC(2026, 10, 21, 12, 34, 56, 789)
const hello = Buffer.from('first bytes of the client')
const packets: readonly Packet[] = [
  { bytes: ethernet(ipPacket({ flags: 'S', sequence: 999 })), time: TIME },
  {
    bytes: ethernet(ipPacket({ sequence: 1000, payload: hello.subarray(0, 7) })),
    time: TIME + 1,
  },
  {
    bytes: ethernet(ipPacket({ sequence: 1007, payload: hello.subarray(7) })),
    time: TIME + 2001,
  },
]

function assertWhole(capture: Capture, times = true): void {
  assert.equal(capture.error, undefined)
  assert.equal(capture.packets, 3)
  const [connection, ...more] = capture.connections
  assert.ok(connection)
  assert.equal(more.length, 0)
  assert.equal(Buffer.from(connection.clientStream).toString(), hello.toString())
  assert.equal(connection.time?.getTime(), times ? TIME : undefined)
  assert.equal(connection.timeAt('client', 0)?.getTime(), times ? TIME + 1 : undefined)
  assert.equal(connection.timeAt('client', 6)?.getTime(), times ? TIME + 1 : undefined)
  assert.equal(connection.timeAt('client', 7)?.getTime(), times ? TIME + 2001 : undefined)
  for (const offset of [-1, hello.length, Number.NaN]) {
    assert.equal(connection.timeAt('client', offset), undefined)
  }
}

function faultOf(bytes: Uint8Array): string {
  try {
    const { error } = readCapture(bytes)
    return error ? `after packets: ${error.code}` : 'none'
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error))
    return error.code
  }
}

describe('pcap', () => {
  for (const order of ['big', 'little'] as const) {
    for (const resolution of ['micro', 'nano'] as const) {
      test(`is read in ${order} endian with ${resolution}seconds`, () => {
        const file = pcap(packets, { order, resolution })
        assert.ok(looksLikeCapture(file))
        const capture = readCapture(file)
        assert.equal(capture.format, 'pcap')
        assertWhole(capture)
      })
    }
  }

  test('may tell of a frame check sequence above the link type', () => {
    assertWhole(readCapture(pcap(packets, { linkType: 0x54000001 })))
  })

  test('may begin anywhere in a buffer', () => {
    assertWhole(readCapture(Buffer.concat([Buffer.alloc(3), pcap(packets)]).subarray(3)))
  })

  test('without packets has no connections', () => {
    const capture = readCapture(pcap([]))
    assert.deepEqual([capture.packets, capture.connections, capture.error], [0, [], undefined])
  })

  test('of another version is refused', () => {
    assert.equal(faultOf(pcap(packets, { version: [2, 3] })), 'invalid-value')
    assert.equal(faultOf(pcap(packets, { version: [3, 4] })), 'invalid-value')
  })

  test('with a packet longer than any is refused', () => {
    const file = pcap(packets)
    file[32] = 1
    file[34] = 4
    assert.equal(faultOf(file), 'too-large')
  })

  test('keeps the packets before the one it is cut off in', () => {
    const file = pcap(packets)
    const { packets: read, error, connections } = readCapture(file.subarray(0, file.length - 1))
    assert.equal(read, 2)
    assert.equal(error?.code, 'truncated')
    assert.equal(connections[0]?.clientStream.length, 7)
  })
})

describe('pcapng', () => {
  for (const order of ['big', 'little'] as const) {
    for (const kind of ['enhanced', 'obsolete', 'simple'] as const) {
      test(`is read in ${order} endian with ${kind} packet blocks`, () => {
        const file = pcapng({ order, kind, packets })
        assert.ok(looksLikeCapture(file))
        const capture = readCapture(file)
        assert.equal(capture.format, 'pcapng')
        assertWhole(capture, kind !== 'simple')
      })
    }
  }

  const resolutions = { milliseconds: 3, nanoseconds: 9, '2^-10 s': 0x8a, '2^-20 s': 0x94 }
  for (const [name, resolution] of Object.entries(resolutions)) {
    test(`may count time in ${name}`, () => {
      // A power of two does not hold every millisecond.
      const binary = resolution > 0x80
      const kept = packets.map((packet, i) => ({
        ...packet,
        time: binary ? TIME - 789 + i * 1000 : (packet.time ?? 0),
      }))
      const capture = readCapture(pcapng({ interfaces: [{ resolution }], packets: kept }))
      if (!binary) return assertWhole(capture)
      assert.equal(capture.connections[0]?.timeAt('client', 7)?.getTime(), TIME - 789 + 2000)
    })
  }

  test('may count time from another epoch', () => {
    for (const offset of [1_700_000_000, -3600]) {
      assertWhole(readCapture(pcapng({ interfaces: [{ offset }], packets })))
    }
  })

  test('may have several sections, each with its own byte order and interfaces', () => {
    const [first, second, third] = packets as [Packet, Packet, Packet]
    const sections: SectionSpec[] = [
      { order: 'little', packets: [first] },
      {
        order: 'big',
        interfaces: [{ linkType: 147 }, { resolution: 9 }],
        packets: [{ ...second, interface: 1 }],
      },
      { order: 'little', kind: 'obsolete', packets: [third], version: [1, 2] },
    ]
    assertWhole(readCapture(pcapng(...sections)))
  })

  test('may carry key logs, in either byte order', () => {
    for (const order of ['big', 'little'] as const) {
      const secrets = [
        { content: '# one\n' },
        { content: 'of SSH', type: 0x5353484b },
        { content: '' },
        { content: 'CLIENT_RANDOM' },
      ]
      const read = readCapture(pcapng({ order, packets, secrets }))
      assertWhole(read)
      const texts = read.keyLogs.map((log) => Buffer.from(log).toString())
      assert.deepEqual(texts, ['# one\n', '', 'CLIENT_RANDOM'])
    }
    assert.equal(
      faultOf(pcapng({ packets, secrets: [{ content: 'abc', length: 99 }] })),
      'truncated',
    )
  })

  test('may hold blocks that nobody knows', () => {
    for (const unknownBlock of [5, 0x0a, 0x0bad, 0x80000001]) {
      assertWhole(readCapture(pcapng({ packets, unknownBlock })))
    }
  })

  test('cuts simple packets off at snaplen', () => {
    const cut = packets.map((packet) => ({ ...packet, captured: 57 }))
    const file = pcapng({ kind: 'simple', interfaces: [{ snaplen: 57 }], packets: cut })
    const [connection] = readCapture(file).connections
    assert.equal(connection?.clientStream.length, 3)
    assert.deepEqual(connection?.notes, ['no-syn', 'packets-cut-off'])
  })

  test('with a packet from an interface that is not described is refused', () => {
    assert.equal(faultOf(pcapng({ interfaces: [], packets })), 'invalid-value')
    const [first, second] = packets as [Packet, Packet]
    const file = pcapng({ packets: [first, { ...second, interface: 1 }] })
    assert.equal(faultOf(file), 'after packets: invalid-value')
  })

  test('of another version is refused', () => {
    assert.equal(faultOf(pcapng({ packets, version: [2, 0] })), 'invalid-value')
    assert.equal(faultOf(pcapng({ packets, version: [1, 1] })), 'invalid-value')
  })

  test('with block lengths that differ, or are no multiple of 4, is refused', () => {
    const differ = pcapng({ packets: [] })
    differ[differ.length - 4] = 16
    assert.equal(faultOf(differ), 'invalid-length')
    const odd = pcapng({ packets: [] })
    odd[4] = (odd[4] ?? 0) + 1
    assert.equal(faultOf(odd), 'invalid-length')
    const short = pcapng({ packets: [] })
    short[4] = 8
    assert.equal(faultOf(short), 'invalid-length')
  })

  test('with a packet longer than its block is refused', () => {
    const file = pcapng({ packets: [{ bytes: new Uint8Array(8) }] })
    // Before the last: its own length, the end of options, a comment, the 8 bytes, the length on the wire.
    file[file.length - 4 - 4 - 20 - 8 - 8] = 200
    assert.equal(faultOf(file), 'truncated')
  })
})

test('no time is off by a millisecond', () => {
  const packet = packets[1]?.bytes ?? new Uint8Array(0)
  for (let time = TIME; time < TIME + 1000; time += 7) {
    const stamped = [{ bytes: packet, time }]
    const files = [
      pcap(stamped),
      pcap(stamped, { resolution: 'nano' }),
      ...[3, 4, 5, 6, 7, 9].map((resolution) =>
        pcapng({ interfaces: [{ resolution }], packets: stamped }),
      ),
    ]
    for (const file of files) assert.equal(readCapture(file).connections[0]?.time?.getTime(), time)
  }
})

test('packets that hold no segment are counted', () => {
  const others = [
    { bytes: ethernet(ipPacket({ protocol: 17 })) },
    { bytes: ethernet(ipPacket({ fragment: 0x2000 })) },
    { bytes: ethernet(ipPacket({ fragment: 0x2000 })) },
    { bytes: new Uint8Array(60) },
    { bytes: new Uint8Array(3) },
  ]
  const { skipped, packets: read } = readCapture(pcap([...packets, ...others]))
  assert.equal(read, 8)
  assert.deepEqual(skipped, {
    'not-tcp': 1,
    fragment: 2,
    'not-ip': 1,
    malformed: 1,
    'link-type': 0,
    encapsulation: 0,
    'connection-limit': 0,
  })
  assert.equal(readCapture(pcap(packets, { linkType: 147 })).skipped['link-type'], 3)
})

test('what is no capture is refused', () => {
  const texts = [
    '',
    '\n',
    '\n\r\r\n',
    'GET / HTTP/1.1\r\n',
    '\n\r\r\nand a section without a byte order',
  ]
  for (const text of texts) {
    const file = Buffer.from(text)
    assert.equal(looksLikeCapture(file), false)
    assert.equal(faultOf(file), file.length < 12 ? 'truncated' : 'invalid-value')
  }
})
