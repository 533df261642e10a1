// How time grows with what is read, next to how the size does: the tests count the work, and here is what it takes.

import { readCapture } from '../../src/capture/capture.ts'
import { utf8 } from '../../src/encoding/bytes.ts'
import { inspectConnection } from '../../src/inspect/connection.ts'
import { decodeChecksumList } from '../../src/statement/checksum-list.ts'
import type { Subject } from '../../src/statement/commitment.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { compareSubjects } from '../../src/verify/subjects.ts'
import { ethernet, ipPacket, pcap } from '../support/make/capture-writer.ts'
import { subject } from '../support/make/statements.ts'
import { record } from '../support/servers/delivery.ts'
import { heading, interleaved, milliseconds, ratio, row } from './table.ts'

export async function benchGrowth(): Promise<void> {
  heading('8 times the size: 8 x is in proportion, 64 x would be the square')
  await measure('a capture of segments that overlap', readCapture, (scale) =>
    pcap(
      Array.from({ length: scale * 1000 }, (_, i) => {
        return { bytes: ethernet(ipPacket({ sequence: i, payload: Buffer.alloc(500) })) }
      }),
    ),
  )
  const inspect = (server: Uint8Array): unknown =>
    inspectConnection({ server }, verifySignatureNative)
  for (const [what, body] of [
    ['inspect, of records of one byte', Uint8Array.of(0)],
    ['inspect, of empty messages', new Uint8Array(4000)],
  ] as const) {
    const unit = record(22, body)
    await measure(what, inspect, (scale) =>
      Buffer.concat(Array<Uint8Array>(Math.ceil((scale * 30_000) / unit.length)).fill(unit)),
    )
  }
  const line = `${'ab'.repeat(32)}  a\n`
  await measure('a checksum list', decodeChecksumList, (scale) => utf8(line.repeat(scale * 2000)))
  await measure(
    'files compared with subjects of one name',
    (namesakes: readonly Subject[]) => compareSubjects(namesakes, namesakes),
    (scale) => Array.from({ length: scale * 7500 }, () => subject('a')),
  )
}

async function measure<Input>(
  what: string,
  work: (input: Input) => unknown,
  make: (scale: 1 | 8) => Input,
): Promise<void> {
  const [short, long] = [make(1), make(8)]
  work(short)
  const took = await interleaved({ once: () => work(short), eight: () => work(long) }, 5)
  row(what, ratio(took.eight, took.once), `${milliseconds(took.once)} once`)
}
