// The work to read a capture grows no faster than about its length, however its segments lie.

import '../support/harness/counting.ts'
import { describe, test } from 'node:test'
import { readCapture } from '../../src/capture/capture.ts'
import { assertLinear } from '../support/harness/counting.ts'
import { ethernet, ipPacket, pcap, type SegmentSpec } from '../support/make/capture-writer.ts'

describe('the work to read a capture grows no faster than about its length', () => {
  const COUNT = 2_000
  const attacks: Readonly<Record<string, (i: number) => SegmentSpec>> = {
    'in order': (i) => ({ sequence: i, payload: Buffer.alloc(1) }),
    backwards: (i) => ({ sequence: 3_000_000 - i, payload: Buffer.alloc(1) }),
    'with a hole after each': (i) => ({ sequence: 2 * i, payload: Buffer.alloc(1) }),
    'with a hole after each, backwards': (i) => ({
      sequence: 1_000_000 - 2 * i,
      payload: Buffer.alloc(1),
    }),
    'all the same': () => ({ sequence: 7, payload: Buffer.alloc(500) }),
    'each overlapping hundreds': (i) => ({ sequence: i, payload: Buffer.alloc(500) }),
    'each overlapping hundreds, backwards': (i) => ({
      sequence: 1_000_000 - i,
      payload: Buffer.alloc(500),
    }),
    'each a SYN of its own': (i) => ({ sequence: i * 5000, flags: 'S' }),
    'each a SYN and a byte': (i) => ({ sequence: i * 5000, flags: 'S', payload: Buffer.alloc(1) }),
    'each the same SYN after data': (i) => ({
      sequence: i < COUNT / 2 ? 2 + i : 1,
      flags: i < COUNT / 2 ? '' : 'S',
      payload: Buffer.alloc(1),
    }),
    'each a connection of its own': (i) => ({
      sourcePort: i,
      sequence: i,
      payload: Buffer.alloc(1),
    }),
    'each far from the one before': (i) => ({
      sequence: (i % 2) * 2 ** 29 + i,
      payload: Buffer.alloc(1),
    }),
    'each a jump ahead': (i) => ({ sequence: i * (2 ** 30 - 1), payload: Buffer.alloc(1) }),
  }
  for (const [name, spec] of Object.entries(attacks)) {
    test(name, () => {
      assertLinear(readCapture, (scale) => {
        const specs = Array.from({ length: (scale * COUNT) / 2 }, (_, i) => spec(i))
        return pcap(specs.map((each) => ({ bytes: ethernet(ipPacket(each)) })))
      })
    })
  }
})
