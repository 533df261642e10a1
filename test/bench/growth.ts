// How the time to read hostile input grows with its size; that the work grows no faster is what the tests count.

import { readCapture } from '../../src/capture/capture.ts'
import { Writer } from '../../src/encoding/presentation.ts'
import { inspectHandshake } from '../../src/index.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import { ethernet, ipPacket, pcap, type SegmentSpec } from '../support/make/capture-writer.ts'
import { encodeMessage } from '../support/make/flight.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import { fragments, record } from '../support/servers/delivery.ts'
import { endEntities } from '../support/servers/servers.ts'
import { beside, heading, interleaved, milliseconds, row } from './table.ts'

/** The square would be 64. */
const BAR = 16

export async function benchGrowth(): Promise<void> {
  heading('growth: hostile input, next to an eighth of it')
  for (const [what, work] of Object.entries(WORK)) {
    const medians = await interleaved({ short: work(1), long: work(8) }, 7)
    row(what, milliseconds(medians.long), beside(medians.long, medians.short, BAR))
  }
}

/** Gives what reads an input of this scale. */
type Work = (scale: 1 | 8) => () => unknown

function captureOf(spec: (i: number) => Omit<SegmentSpec, 'payload'>): Work {
  return (scale) => {
    const packets = Array.from({ length: scale * 5000 }, (_, i) => {
      return { bytes: ethernet(ipPacket({ ...spec(i), payload: Buffer.alloc(1) })) }
    })
    const bytes = pcap(packets)
    return () => readCapture(bytes)
  }
}

function streamOf(unit: Uint8Array): Work {
  return (scale) => {
    const count = Math.ceil((scale * 30_000) / unit.length)
    const stream = Buffer.concat(Array.from({ length: count }, () => unit))
    return () => inspectHandshake({ client: stream, server: stream })
  }
}

/** A Certificate message with a list of certificates that are a byte each. */
const brokenCertificates: Work = (scale) => {
  const list = Buffer.alloc(scale * 30_000, Uint8Array.of(0, 0, 1, 0x30))
  const body = new Writer().opaque(3, list).done()
  const server = Buffer.concat(fragments(encodeMessage({ type: 11, body }), [2 ** 14]))
  return () => inspectHandshake({ server })
}

const entities = endEntities(mintTestPki({ endEntityKeys: ['p256'] }))

const statementOfMany: Work = (scale) => {
  const subjects = Array.from({ length: scale * 1000 }, (_, i) => subject(`file-${i}.txt`))
  const bytes = encodeStatement(
    makeStatement({ subjects, rounds: entities.flatMap((endEntity) => roundsAt(endEntity)) }),
  )
  return () => decodeStatement(bytes)
}

const WORK: Readonly<Record<string, Work>> = {
  'a capture of connections of one byte': captureOf((i) => ({ sourcePort: i, sequence: i })),
  'a capture of bytes far from each other': captureOf((i) => ({
    sequence: (i % 2) * 2 ** 29 + i,
  })),
  'a stream of empty messages': streamOf(record(22, new Uint8Array(4000))),
  'a stream of records of one byte': streamOf(record(22, Uint8Array.of(0))),
  'a stream of warning alerts': streamOf(record(21, Buffer.alloc(4000, Uint8Array.of(1, 112)))),
  'a list of broken certificates': brokenCertificates,
  'a statement of many subjects': statementOfMany,
}
