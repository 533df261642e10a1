// Every parser under structure-aware mutation, bounded and the same each time: no error but those declared, no hang, and no
// more output than the input accounts for. More RUNS and another SEED look further.

import '../support/harness/counting.ts'
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { looksLikeCapture, readCapture } from '../../src/capture/capture.ts'
import { inspectCapture } from '../../src/cli/capture.ts'
import { explainConnection, renderConnection } from '../../src/cli/text/connection.ts'
import { renderStatement } from '../../src/cli/text/statement.ts'
import { concat, utf8 } from '../../src/encoding/bytes.ts'
import { renderJson } from '../../src/encoding/json.ts'
import type { Field } from '../../src/encoding/presentation.ts'
import { DecodeError } from '../../src/errors.ts'
import { inspectConnection } from '../../src/inspect/connection.ts'
import type { Secrets } from '../../src/inspect/decryption.ts'
import { describeBytes, groupFlights } from '../../src/inspect/flights.ts'
import { readKeyLogs } from '../../src/inspect/key-log.ts'
import { detailsOf, meaningOf } from '../../src/inspect/meanings.ts'
import { inspectRemains } from '../../src/inspect/remains.ts'
import { inspectStatement } from '../../src/inspect/statement.ts'
import { decodeTimmy, looksLikeTimmy } from '../../src/legacy/formats.ts'
import { decodeSpki } from '../../src/signature/public-key.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import { readRoundHandshake } from '../../src/statement/round.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { makeAeadNative, recordCiphersNative } from '../../src/system/tls-cryptography.ts'
import { type TrafficKeys, trafficKeys } from '../../src/tls/key-schedule.ts'
import { traceMessage } from '../../src/tls/later-messages.ts'
import { encodeProtected, tls13Sealer } from '../../src/tls/tls13-records.ts'
import { readTls13Transcript } from '../../src/tls/tls13-transcript.ts'
import { decodeCertificate, spkiOf } from '../../src/x509/certificate.ts'
import { describeCertificate } from '../../src/x509/describe.ts'
import { decodeOcspResponse } from '../../src/x509/ocsp.ts'
import { decodeSctExtension, embeddedScts, SCT_EXTENSION } from '../../src/x509/sct.ts'
import { workOf } from '../support/harness/counting.ts'
import { repositoryPath } from '../support/harness/repository.ts'
import { isExhaustive } from '../support/harness/sweep-step.ts'
import {
  mutate,
  type Random,
  randomFrom,
  type Seam,
  seamsOf,
  seamsOfDer,
} from '../support/make/mutate.ts'
import { cipher, keyLogOf, play, streamsOf, traces } from '../support/make/rfc8448.ts'
import { tls12Rounds } from '../support/make/statements.ts'

const RUNS = isExhaustive ? 500 : 20
const SEED = 20261121
/** Steps of work for one input; the most that any takes are some 150 000. */
const MOST_WORK = 1_000_000

const RECORDINGS = repositoryPath('test/fixtures/recordings')
const CAPTURES = repositoryPath('test/fixtures/captures')
/** No Buffer: its slices are views. */
const file = (path: string): Uint8Array => new Uint8Array(readFileSync(path))
const recordings = readdirSync(RECORDINGS).filter((name) => name.endsWith('.client.raw'))
const pairs = recordings.map((name) => ({
  client: file(`${RECORDINGS}/${name}`),
  server: file(`${RECORDINGS}/${name.replace('client', 'server')}`),
}))
const statement = file(`${RECORDINGS}/statement.json`)
const captures = readdirSync(CAPTURES)
  .filter((name) => /pcap/.test(name))
  .map((name) => file(`${CAPTURES}/${name}`))

/** Only what is declared may be thrown. */
function tolerating(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
  }
}

/** Runs one target on mutated seeds, and counts the work of each third pass through them. */
function fuzz(
  seeds: readonly { readonly bytes: Uint8Array; readonly seams: readonly Seam[] }[],
  target: (bytes: Uint8Array, random: Random) => void,
  runs: number = RUNS,
): void {
  assert.ok(seeds.length > 0)
  for (let run = 0; run < runs; run++) {
    const random = randomFrom(SEED + run)
    const seed = seeds[run % seeds.length]
    if (!seed) return
    const bytes = mutate(seed.bytes, seed.seams, random)
    let work = 0
    try {
      // Reading the counts takes longer than most runs
      if (Math.floor(run / seeds.length) % 3 === 0) work = workOf(() => target(bytes, random))
      else target(bytes, random)
    } catch (error) {
      const hex = Buffer.from(bytes).toString('hex')
      throw new Error(`run ${run} of seed ${SEED}, ${hex.slice(0, 4000)}`, { cause: error })
    }
    assert.ok(work < MOST_WORK, `run ${run} of seed ${SEED} took ${work} steps`)
  }
}

/** All that inspect prints of two streams, in each form. */
function show(streams: { client?: Uint8Array; server?: Uint8Array }, secrets?: Secrets): void {
  const report = inspectConnection(streams, verifySignatureNative, secrets)
  const size = (streams.client?.length ?? 0) + (streams.server?.length ?? 0)
  const outputs = [
    renderConnection(report, streams, { hex: false }).join('\n'),
    renderConnection(report, streams, { hex: true }).join('\n'),
    renderJson(explainConnection(report)),
  ]
  // A cipher suite has two bytes and a line of 120 characters, or an object of 200
  for (const output of outputs) assert.ok(output.length < 20_000 + 400 * size, `${output.length}`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  for (const output of outputs) assert.doesNotMatch(output, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
}

function streamSeeds(side: 'client' | 'server') {
  return pairs.map((pair) => {
    const { messages, streams } = inspectConnection(pair, verifySignatureNative)
    const seams = [
      ...messages
        .filter(({ sender }) => sender === side)
        .flatMap(({ fields, offset }) => seamsOf(fields, offset)),
      ...(streams[side]?.records ?? []).flatMap(({ offset, length }) => [
        { offset: offset + 3, length: length - 3, prefix: 2 },
        { offset, length, prefix: 0 },
      ]),
    ]
    return { bytes: pair[side], seams, pair }
  })
}

/** The server's flight of a trace in records of another cut and type, under its own keys. */
function sealFlight(content: Uint8Array, keys: TrafficKeys, random: Random): Uint8Array {
  const seal = tls13Sealer(makeAeadNative(cipher.aead, keys.key), keys)
  const records: Uint8Array[] = []
  for (let at = 0; at < content.length; ) {
    const end = at + 1 + random(600)
    const type = random(8) === 0 ? 20 + random(5) : 22
    records.push(encodeProtected(seal(type, content.subarray(at, end))))
    at = end
  }
  return concat(...records)
}

describe('mutated', () => {
  test('protected records, what is in them, and key logs', () => {
    const seeds = traces.map((trace) => {
      const { transcript, finished, secrets } = play(trace)
      const { encryptedExtensions, certificate, certificateVerify } = transcript
      const bytes = concat(encryptedExtensions, certificate, certificateVerify, finished)
      return { bytes, seams: [], trace, keys: trafficKeys(cipher, secrets.server) }
    })
    fuzz(seeds, (bytes, random) => {
      const { trace, keys } = seeds[random(seeds.length)] ?? assert.fail()
      const { client, server } = streamsOf(trace)
      const log = utf8(keyLogOf(trace))
      const hello = Buffer.from(`${trace.helloRetryRequest ?? ''}${trace.serverHello}`, 'hex')
      const keyLog = readKeyLogs([random(4) === 0 ? mutate(log, [], random) : log])
      const secrets = { keyLog, ciphers: recordCiphersNative }
      const flight = concat(hello, sealFlight(bytes, keys, random))
      show({ client, server: random(3) === 0 ? mutate(server, [], random) : flight }, secrets)
    })
  })

  for (const side of ['client', 'server'] as const) {
    test(`records of the ${side}`, () => {
      const seeds = streamSeeds(side)
      fuzz(seeds, (bytes, random) => {
        const { pair } = seeds[random(seeds.length)] ?? { pair: {} }
        show({ ...pair, [side]: bytes })
        for (const group of groupFlights([{ path: 'x', bytes }])) show(group)
      })
    })
  }

  test('statements, as text and within their messages', () => {
    const decoded = decodeStatement(statement)
    const quotes = [
      ...Buffer.from(statement)
        .toString('latin1')
        .matchAll(/"[^"]*"|\d+/g),
    ]
    const text = quotes.map(({ index, 0: value }) => ({
      offset: index,
      length: value.length,
      prefix: 0,
    }))
    fuzz([{ bytes: statement, seams: text }], (bytes) => {
      tolerating(() => inspectStatement(decodeStatement(bytes), verifySignatureNative))
      const remains = inspectRemains(bytes, verifySignatureNative)
      if (remains) renderStatement(remains, { hex: true })
      tolerating(() => looksLikeTimmy(bytes) && decodeTimmy(bytes))
      assert.ok(describeBytes(bytes).length < 200)
    })
    const [round] = tls12Rounds(decoded)
    assert.ok(round)
    const { rounds } = inspectStatement(decoded, verifySignatureNative)
    const names = ['clientHello', 'serverHello', 'certificate', 'serverKeyExchange'] as const
    const seeds = names.map((name, i) => ({
      bytes: round[name],
      seams: seamsOf(rounds[0]?.handshake.messages[i]?.fields ?? []),
      name,
    }))
    let run = 0
    fuzz(seeds, (bytes) => {
      const name = seeds[run++ % seeds.length]?.name ?? 'clientHello'
      const changed = {
        ...decoded,
        rounds: [{ ...round, [name]: bytes }, ...decoded.rounds.slice(1)],
      }
      try {
        readRoundHandshake(changed.rounds[0] ?? round)
      } catch (error) {
        assert.ok(/^(?:DecodeError|HandshakeError)$/.test((error as Error).name), String(error))
      }
      const report = inspectStatement(changed, verifySignatureNative)
      const lines = renderStatement(report, { hex: true }).join('\n')
      assert.ok(lines.length < 20_000 + 400 * encodeStatement(changed).length)
    })
  })

  test('messages of TLS 1.3', () => {
    const negotiated = { version: 0x0304, cipherSuite: 0x1301 }
    const seeds = traces.flatMap((trace) => {
      const { transcript } = play(trace)
      return Object.entries(transcript).map(([name, bytes]) => {
        const fields: Field[] = []
        traceMessage(bytes, negotiated, fields)
        return { bytes, seams: seamsOf(fields), name, transcript }
      })
    })
    let run = 0
    const target = (bytes: Uint8Array): void => {
      const { name, transcript } = seeds[run++ % seeds.length] ?? assert.fail()
      tolerating(() => traceMessage(bytes, negotiated, []))
      try {
        readTls13Transcript({ ...transcript, [name]: bytes })
      } catch (error) {
        assert.ok(/^(?:DecodeError|HandshakeError)$/.test((error as Error).name), String(error))
      }
    }
    fuzz(seeds, target, 5 * RUNS)
  })

  test('captures', () => {
    const seeds = captures.map((bytes) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
      const seams: Seam[] = []
      const ng = view.getUint32(0) === 0x0a0d0d0a
      for (let at = ng ? 0 : 24; at + 16 < bytes.length; ) {
        const length = ng ? view.getUint32(at + 4, true) : 16 + view.getUint32(at + 8, true)
        seams.push({ offset: at + (ng ? 4 : 8), length: length - 8, prefix: 4 })
        for (const inside of [16, 30, 42, 46, 58, 70]) {
          seams.push({ offset: at + inside, length: 12, prefix: 2 })
        }
        at += Math.max(12, length)
      }
      return { bytes, seams }
    })
    fuzz(seeds, (bytes) => {
      tolerating(() => looksLikeCapture(bytes) && readCapture(bytes))
      if (!looksLikeCapture(bytes)) return
      const view = { hex: true, all: false, keyLogs: [], secrets: undefined }
      const { lines, found } = inspectCapture({ path: 'x', bytes }, view)
      const length = [...lines()].join('\n').length + renderJson(found()).length
      assert.ok(length < 50_000 + 800 * bytes.length, `${length}`)
    })
  })

  test('certificates, keys, stapled responses and timestamps', () => {
    const der = pairs.flatMap((pair) => {
      const { messages } = inspectConnection(pair, verifySignatureNative)
      const list = messages.find(({ name }) => name === 'Certificate')?.fields.at(-1)?.fields ?? []
      return list.map(({ bytes }) => bytes.slice())
    })
    const staple = captures.flatMap((bytes) =>
      readCapture(bytes).connections.flatMap(({ serverStream: server }) => {
        const { messages } = inspectConnection({ server }, verifySignatureNative)
        const status = messages.find(({ name }) => name === 'CertificateStatus')
        return status ? [status.fields.at(-1)?.bytes.slice() ?? new Uint8Array(0)] : []
      }),
    )
    assert.ok(der.length > 5 && staple.length > 0)
    const seeds = [...der, ...staple].map((bytes) => ({ bytes, seams: seamsOfDer(bytes) }))
    const describeAll = (bytes: Uint8Array): void => {
      tolerating(() => describeCertificate(decodeCertificate(bytes)))
      tolerating(() => embeddedScts(decodeCertificate(bytes)))
      tolerating(() => decodeSpki(spkiOf(bytes) ?? bytes))
      tolerating(() => decodeOcspResponse(bytes))
      for (const name of ['certificate', 'ocsp_response', 'distinguished_name']) {
        const field = { name, offset: 0, length: bytes.length, bytes }
        const said = [meaningOf(field), ...detailsOf(field).map(({ text }) => text)].join('')
        assert.ok(said.length < 20_000 + 20 * bytes.length)
      }
    }
    fuzz(seeds, describeAll, 5 * RUNS)
    const lists = der.flatMap((bytes) => {
      const { all } = decodeOrNone(bytes)
      return all.filter(({ id }) => id === SCT_EXTENSION.certificate).map(({ value }) => value)
    })
    const timestamps = lists.map((bytes) => ({ bytes, seams: seamsOfDer(bytes) }))
    fuzz(timestamps, (bytes) => tolerating(() => decodeSctExtension(bytes)))
  })
})

function decodeOrNone(der: Uint8Array): { all: readonly { id: string; value: Uint8Array }[] } {
  try {
    return decodeCertificate(der).extensions
  } catch {
    return { all: [] }
  }
}
