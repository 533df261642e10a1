// TCP streams, connection by connection, out of whatever the network and the capture made of them.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Capture, type Connection, readCapture } from '../../src/capture/capture.ts'
import { casesOf } from '../support/harness/sweep-step.ts'
import { ipPacket, type Packet, pcap, type SegmentSpec } from '../support/make/capture-writer.ts'

const CLIENT = {
  source: '192.0.2.1',
  sourcePort: 40000,
  destination: '192.0.2.2',
  destinationPort: 443,
}
const SERVER = {
  source: '192.0.2.2',
  sourcePort: 443,
  destination: '192.0.2.1',
  destinationPort: 40000,
}

function captureOf(
  specs: readonly SegmentSpec[],
  options?: Parameters<typeof readCapture>[1],
): Capture {
  const packets = specs.map((spec, i): Packet => ({ bytes: ipPacket(spec), time: 1000 * i }))
  return readCapture(pcap(packets, { linkType: 101 }), options)
}

function only({ connections }: Capture): Connection {
  const [connection, ...more] = connections
  assert.ok(connection)
  assert.equal(more.length, 0)
  return connection
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

const from = (
  end: typeof CLIENT,
  sequence: number,
  payload: string,
  more: SegmentSpec = {},
): SegmentSpec => ({
  ...end,
  sequence,
  payload: Buffer.from(payload, 'latin1'),
  ...more,
})

/** SYN and SYN ACK, with these initial sequence numbers. */
const opening = (client = 100, server = 500): SegmentSpec[] => [
  { ...CLIENT, flags: 'S', sequence: client },
  { ...SERVER, flags: 'S', sequence: server, acknowledgement: client + 1 },
]

describe('a stream', () => {
  test('is what both sides sent, in order', () => {
    const connection = only(
      captureOf([
        ...opening(),
        from(CLIENT, 101, 'hello '),
        from(SERVER, 501, 'well '),
        from(CLIENT, 107, 'server'),
        from(SERVER, 506, 'met', { acknowledgement: 113 }),
        from(CLIENT, 113, '', { flags: 'F', acknowledgement: 509 }),
        from(SERVER, 509, '', { flags: 'F', acknowledgement: 114 }),
        from(CLIENT, 114, '', { acknowledgement: 510 }),
      ]),
    )
    assert.deepEqual(connection.client, { address: '192.0.2.1', port: 40000 })
    assert.deepEqual(connection.server, { address: '192.0.2.2', port: 443 })
    assert.equal(connection.roles, 'handshake')
    assert.equal(text(connection.clientStream), 'hello server')
    assert.equal(text(connection.serverStream), 'well met')
    assert.deepEqual([connection.gaps, connection.notes], [[], []])
    assert.equal(connection.time?.getTime(), 0)
    assert.equal(connection.timeAt('client', 6)?.getTime(), 4000)
    assert.equal(connection.timeAt('server', 4)?.getTime(), 3000)
    assert.equal(connection.timeAt('server', 5)?.getTime(), 5000)
  })

  test('is put in order', () => {
    const { clientStream, timeAt, gaps } = only(
      captureOf([
        ...opening(),
        from(CLIENT, 104, 'def'),
        from(CLIENT, 107, 'g'),
        from(CLIENT, 101, 'abc'),
      ]),
    )
    assert.equal(text(clientStream), 'abcdefg')
    assert.deepEqual(gaps, [])
    assert.deepEqual(
      [0, 3, 6].map((at) => timeAt('client', at)?.getTime()),
      [4000, 2000, 3000],
    )
  })

  test('keeps the first of bytes that came again', () => {
    const { clientStream, notes, timeAt } = only(
      captureOf([
        ...opening(),
        from(CLIENT, 103, 'cd'),
        from(CLIENT, 101, 'ABCDEF'),
        from(CLIENT, 103, 'XY'),
        from(CLIENT, 106, 'fg'),
      ]),
    )
    assert.equal(text(clientStream), 'ABcdEFg')
    assert.deepEqual(notes, ['contradiction'])
    assert.deepEqual(
      [0, 2, 4, 6].map((at) => timeAt('client', at)?.getTime()),
      [3000, 2000, 3000, 5000],
    )
  })

  test('is not contradicted by what came again the same', () => {
    const { clientStream, notes } = only(
      captureOf([
        ...opening(),
        from(CLIENT, 101, 'abc'),
        from(CLIENT, 101, 'abcd'),
        from(CLIENT, 100, '?'),
        from(CLIENT, 103, 'c'),
      ]),
    )
    assert.equal(text(clientStream), 'abcd')
    assert.deepEqual(notes, [])
  })

  test('ends at the first byte that is missing', () => {
    const { clientStream, gaps } = only(
      captureOf([
        ...opening(),
        from(CLIENT, 101, 'abc'),
        from(CLIENT, 109, 'ijk'),
        from(CLIENT, 113, 'm'),
      ]),
    )
    assert.equal(text(clientStream), 'abc')
    assert.deepEqual(gaps, [{ sender: 'client', offset: 3, length: 5 }])
  })

  test('that lost its beginning is empty', () => {
    const { clientStream, serverStream, gaps } = only(
      captureOf([...opening(), from(CLIENT, 101, 'abc'), from(SERVER, 511, 'later')]),
    )
    assert.equal(text(clientStream), 'abc')
    assert.equal(serverStream.length, 0)
    assert.deepEqual(gaps, [{ sender: 'server', offset: 0, length: 10 }])
  })

  test('that lost its end says so once the FIN is there', () => {
    const { gaps } = only(
      captureOf([...opening(), from(CLIENT, 101, 'abc'), from(CLIENT, 110, '', { flags: 'F' })]),
    )
    assert.deepEqual(gaps, [{ sender: 'client', offset: 3, length: 6 }])
  })

  test('ends where the capture cut packets off', () => {
    const bytes = ipPacket(from(CLIENT, 101, 'abcdefgh'))
    const next = ipPacket(from(CLIENT, 109, 'ijk'))
    const packets = [
      ...opening().map((spec) => ({ bytes: ipPacket(spec) })),
      { bytes, captured: 45 },
      { bytes: next },
    ]
    const cut = only(readCapture(pcap(packets, { linkType: 101 })))
    assert.equal(text(cut.clientStream), 'abcde')
    assert.deepEqual(cut.gaps, [{ sender: 'client', offset: 5, length: 3 }])
    assert.deepEqual(cut.notes, ['packets-cut-off'])
    const last = only(readCapture(pcap(packets.slice(0, -1), { linkType: 101 })))
    assert.deepEqual(last.gaps, cut.gaps)
  })

  test('goes on where sequence numbers wrap', () => {
    const { clientStream, gaps } = only(
      captureOf([
        ...opening(0xfffffffd),
        from(CLIENT, 2, 'efgh'),
        from(CLIENT, 0xfffffffe, 'ab'),
        from(CLIENT, 0, 'cdE'),
      ]),
    )
    assert.equal(text(clientStream), 'abcdefgh')
    assert.deepEqual(gaps, [])
  })

  test('may come with its SYN', () => {
    const syn = from(CLIENT, 100, 'early', { flags: 'S' })
    const { clientStream, notes } = only(
      captureOf([syn, ...opening().slice(1), from(CLIENT, 106, ' late')]),
    )
    assert.equal(text(clientStream), 'early late')
    assert.deepEqual(notes, [])
  })

  test('is kept up to a limit', () => {
    const specs = [
      ...opening(),
      ...Array.from({ length: 10 }, (_, i) => from(CLIENT, 101 + 4 * i, 'abcd')),
    ]
    const cut = only(captureOf(specs, { maxStreamBytes: 10 }))
    assert.equal(text(cut.clientStream), 'abcdabcdab')
    assert.deepEqual([cut.gaps, cut.notes], [[], ['stream-limit']])
    assert.equal(cut.timeAt('client', 9)?.getTime(), 4000)
    const whole = only(captureOf(specs, { maxStreamBytes: 40 }))
    assert.deepEqual([whole.clientStream.length, whole.notes], [40, []])
  })

  test('over 4 GiB does not begin again', () => {
    const specs = [...opening()]
    for (let i = 0; i < 9; i++)
      specs.push(from(CLIENT, 101 + i * 2 ** 29, i === 0 ? 'begin' : `x${i}`))
    const { clientStream, notes } = only(captureOf(specs))
    assert.equal(text(clientStream), 'begin')
    assert.deepEqual(notes, ['stream-limit'])
  })
})

describe('a connection', () => {
  test('is not led astray by segments from far away', () => {
    const far = [1.5, 2.75].map((distance) => from(CLIENT, 104 + distance * 2 ** 30, 'x'))
    const { clientStream, gaps } = only(
      captureOf([...opening(), from(CLIENT, 101, 'abc'), ...far, from(CLIENT, 104, 'def')]),
    )
    assert.equal(text(clientStream), 'abcdef')
    assert.deepEqual(gaps, [])
  })

  test('whose SYN comes late keeps what is missing at its end', () => {
    const specs = [from(CLIENT, 105, 'efghijkl'), from(CLIENT, 101, 'abcd'), ...opening()]
    const packets = specs.map((spec, i) => ({
      bytes: ipPacket(spec),
      ...(i === 0 ? { captured: 45 } : {}),
    }))
    const { clientStream, gaps } = only(readCapture(pcap(packets, { linkType: 101 })))
    assert.equal(text(clientStream), 'abcdefghi')
    assert.deepEqual(gaps, [{ sender: 'client', offset: 9, length: 3 }])
  })

  test('captured from its middle ends where its ports are used again', () => {
    for (const sequence of [50_000_000, 90]) {
      const { connections } = captureOf([
        from(CLIENT, sequence, 'old'),
        ...opening(),
        from(CLIENT, 101, 'new'),
      ])
      assert.deepEqual(
        connections.map(({ clientStream }) => text(clientStream)),
        ['old', 'new'],
      )
    }
  })

  test('whose SYN comes late is one connection', () => {
    const [syn, synAck] = opening() as [SegmentSpec, SegmentSpec]
    const connection = only(
      captureOf([
        from(CLIENT, 105, 'efg', { acknowledgement: 501 }),
        from(CLIENT, 101, 'abcd'),
        synAck,
        syn,
        from(SERVER, 501, 'yes'),
      ]),
    )
    assert.equal(connection.roles, 'handshake')
    assert.equal(text(connection.clientStream), 'abcdefg')
    assert.equal(text(connection.serverStream), 'yes')
    assert.deepEqual(connection.notes, [])
  })

  test('may be captured from its middle', () => {
    const { clientStream, serverStream, roles, notes, client } = only(
      captureOf([
        from(SERVER, 905, 'efg'),
        from(SERVER, 901, 'abcd', { acknowledgement: 77 }),
        from(CLIENT, 77, 'yes'),
      ]),
    )
    assert.equal(text(serverStream), 'abcdefg')
    assert.equal(text(clientStream), 'yes')
    assert.equal(client.port, 40000)
    assert.deepEqual([roles, notes], ['port', ['no-syn']])
  })

  test('captured from its middle begins at what the peer expected', () => {
    const { serverStream, gaps } = only(
      captureOf([from(CLIENT, 77, 'yes', { acknowledgement: 901 }), from(SERVER, 905, 'efg')]),
    )
    assert.equal(serverStream.length, 0)
    assert.deepEqual(gaps, [{ sender: 'server', offset: 0, length: 4 }])
  })

  test('has its roles from the hellos when there is no SYN', () => {
    const hello = (type: number): string =>
      `\x16\x03\x01\x00\x05${String.fromCharCode(type)}\x00\x00\x01\x00`
    const swap = { ...CLIENT, sourcePort: 443, destinationPort: 40000 }
    const back = { ...SERVER, sourcePort: 40000, destinationPort: 443 }
    for (const specs of [
      [from(swap, 1, hello(1)), from(back, 1, hello(2))],
      [from(back, 1, hello(2)), from(swap, 1, hello(1))],
      [from(swap, 1, hello(1))],
      [from(back, 1, hello(2))],
    ]) {
      const { client, roles } = only(captureOf(specs))
      assert.deepEqual([client.port, roles], [443, 'hello'])
    }
  })

  test('has its roles from the ports when what it sends is not TLS', () => {
    for (const start of ['\x16\x02\x01\x00\x05\x02', '\x17\x03\x01\x00\x05\x02']) {
      const { client, roles } = only(captureOf([from(CLIENT, 1, start)]))
      assert.deepEqual([client.port, roles], [40000, 'port'])
    }
  })

  test('is told by its SYN ACK alone', () => {
    const [, synAck] = opening() as [SegmentSpec, SegmentSpec]
    const { client, roles, notes } = only(captureOf([synAck, from(CLIENT, 101, 'abc')]))
    assert.deepEqual([client.port, roles, notes], [40000, 'handshake', ['no-syn']])
  })

  test('ends where its ports are used again', () => {
    for (const [before, after] of [
      [500, 90_000_000],
      [90_000_000, 500],
    ] as const) {
      const { connections } = captureOf([
        ...opening(100, before),
        from(CLIENT, 101, 'first'),
        from(SERVER, before + 1, 'one'),
        from(CLIENT, 106, '', { flags: 'R' }),
        { ...CLIENT, flags: 'S', sequence: 7000 },
        // Left over from the first connection
        from(SERVER, before + 1, 'one', { acknowledgement: 106 }),
        { ...SERVER, flags: 'S', sequence: after, acknowledgement: 7001 },
        from(CLIENT, 7001, 'second', { acknowledgement: after + 1 }),
        from(SERVER, after + 1, 'two'),
      ])
      assert.deepEqual(
        connections.map(({ clientStream, serverStream, gaps, notes, time }) => ({
          client: text(clientStream),
          server: text(serverStream),
          gaps,
          notes,
          time: time?.getTime(),
        })),
        [
          { client: 'first', server: 'one', gaps: [], notes: ['reset'], time: 0 },
          { client: 'second', server: 'two', gaps: [], notes: [], time: 5000 },
        ],
      )
    }
  })

  test('is not opened again by a SYN that comes twice', () => {
    const capture = captureOf([
      ...opening(),
      ...opening(),
      from(CLIENT, 101, 'abc'),
      ...opening(),
      from(CLIENT, 104, 'd'),
    ])
    assert.equal(text(only(capture).clientStream), 'abcd')
  })

  test('with nothing in it is left out', () => {
    assert.deepEqual(
      captureOf([...opening(), { ...CLIENT, sequence: 101, acknowledgement: 501 }]).connections,
      [],
    )
  })

  test('with a text in its reset has no such bytes', () => {
    const { serverStream, notes } = only(
      captureOf([
        ...opening(),
        from(CLIENT, 101, 'abc'),
        from(SERVER, 501, 'go away', { flags: 'R' }),
      ]),
    )
    assert.equal(serverStream.length, 0)
    assert.deepEqual(notes, ['reset'])
  })

  test('beyond the limit leaves the one with the same ports alone', () => {
    const specs = [
      ...opening(),
      from(CLIENT, 101, 'abc'),
      ...opening(200, 600),
      from(CLIENT, 201, 'x'),
    ]
    const capture = captureOf(specs, { maxConnections: 1 })
    const { clientStream, gaps } = only(capture)
    assert.deepEqual([text(clientStream), gaps], ['abc', []])
    assert.equal(capture.skipped['connection-limit'], 3)
  })

  test('may be one of many at the same time, over both IP versions', () => {
    const V6 = { source: '2001:db8:0:0:0:0:0:1', destination: '2001:db8:0:0:0:0:0:2' }
    const specs: SegmentSpec[] = []
    for (const part of [0, 1, 2]) {
      for (let port = 1; port <= 50; port++) {
        const ends = { ...CLIENT, ...(port % 2 ? V6 : {}), sourcePort: port }
        if (part === 0) specs.push({ ...ends, flags: 'S', sequence: port })
        else
          specs.push(from(ends, port + 1 + (part - 1) * 2, `${part}${String.fromCharCode(port)}`))
      }
    }
    const { connections } = captureOf(specs)
    assert.deepEqual(
      connections.map(({ client, clientStream }) => [client.port, text(clientStream)]),
      Array.from({ length: 50 }, (_, i) => [
        i + 1,
        `1${String.fromCharCode(i + 1)}2${String.fromCharCode(i + 1)}`,
      ]),
    )
    const { connections: few, skipped } = captureOf(specs, { maxConnections: 20 })
    assert.equal(few.length, 20)
    assert.equal(skipped['connection-limit'], 90)
  })
})

describe('properties of reassembly', () => {
  /** A way to send a stream: its length, where it starts, pieces (covering it, then any more), and an order. */
  const delivery = fc.record({
    length: fc.integer({ min: 1, max: 300 }),
    initial: fc.oneof(
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.integer({ min: 0xffffff00, max: 0xffffffff }),
    ),
    cuts: fc.array(fc.integer({ min: 1, max: 299 }), { maxLength: 20 }),
    again: fc.array(fc.tuple(fc.nat(299), fc.nat(299)), { maxLength: 20 }),
    seed: fc.array(fc.nat(), { minLength: 64, maxLength: 64 }),
    opened: fc.boolean(),
  })

  const pieces = (
    length: number,
    cuts: readonly number[],
    again: readonly (readonly [number, number])[],
  ): number[][] => {
    const marks = [...new Set([0, ...cuts.filter((cut) => cut < length), length])].sort(
      (a, b) => a - b,
    )
    const cover = marks.slice(1).map((end, i) => [marks[i] ?? 0, end])
    const extra = again
      .map(([a, b]) => [Math.min(a, b), Math.min(Math.max(a, b), length)])
      .filter(([a = 0, b = 0]) => a < b)
    return [...cover, ...extra]
  }

  test('any segmentation, order, repetition and overlap gives one stream', () => {
    fc.assert(
      fc.property(delivery, ({ length, initial, cuts, again, seed, opened }) => {
        const stream = Buffer.from(Array.from({ length }, (_, i) => (i * 7 + 1) & 0xff))
        const segments: SegmentSpec[] = pieces(length, cuts, again).map(([start = 0, end = 0]) => ({
          ...CLIENT,
          sequence: initial + 1 + start,
          payload: stream.subarray(start, end),
        }))
        if (opened) segments.push({ ...CLIENT, flags: 'S', sequence: initial })
        const shuffled = segments
          .map((segment, i) => ({ segment, key: seed[i] ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ segment }) => segment)
        const { clientStream, gaps, notes } = only(captureOf(shuffled))
        assert.deepEqual(Buffer.from(clientStream), stream)
        assert.deepEqual(gaps, [])
        assert.ok(!notes.includes('contradiction'))
      }),
      { numRuns: casesOf(300) },
    )
  })

  test('of bytes that differ the first one wins, and every time is that of its packet', () => {
    fc.assert(
      fc.property(
        delivery,
        fc.array(fc.nat(255), { minLength: 64, maxLength: 64 }),
        ({ length, initial, cuts, again, seed }, fill) => {
          const all = pieces(length, cuts, again)
            .map((piece, i) => ({ piece, value: fill[i] ?? 0, key: seed[i] ?? 0 }))
            .sort((a, b) => a.key - b.key)
          const expected = new Array<number | undefined>(length).fill(undefined)
          const arrived = new Array<number>(length).fill(0)
          const segments = all.map(({ piece: [start = 0, end = 0], value }, order): SegmentSpec => {
            for (let i = start; i < end; i++) {
              if (expected[i] === undefined) arrived[i] = 1000 * (order + 1)
              expected[i] ??= value
            }
            return {
              ...CLIENT,
              sequence: initial + 1 + start,
              payload: Buffer.alloc(end - start, value),
            }
          })
          const syn = { ...CLIENT, flags: 'S', sequence: initial }
          const { clientStream, timeAt } = only(captureOf([syn, ...segments]))
          assert.deepEqual([...clientStream], expected)
          for (let i = 0; i < length; i++) assert.equal(timeAt('client', i)?.getTime(), arrived[i])
        },
      ),
      { numRuns: casesOf(200) },
    )
  })

  test('without one segment the stream ends where it was, and the gap is as long', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 3, maxLength: 20 }),
        fc.nat(),
        (lengths, pick) => {
          const lost = pick % (lengths.length - 1)
          let at = 0
          const starts = lengths.map((length) => {
            at += length
            return at - length
          })
          const specs = starts.map((start, i) =>
            from(CLIENT, 101 + start, 'x'.repeat(lengths[i] ?? 0)),
          )
          const { clientStream, gaps } = only(
            captureOf([...opening(), ...specs.filter((_, i) => i !== lost)]),
          )
          assert.equal(clientStream.length, starts[lost])
          assert.deepEqual(gaps, [
            { sender: 'client', offset: starts[lost], length: lengths[lost] },
          ])
        },
      ),
      { numRuns: casesOf(100) },
    )
  })
})
