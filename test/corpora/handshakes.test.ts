import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type HandshakeReport, inspectHandshake } from '../../src/index.ts'
import { readRecording } from '../../src/inspect/recording.ts'
import { verifySignature } from '../../src/signature/portable.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { signedBytes } from '../../src/tls/key-exchange.ts'
import { cipherSuiteName } from '../../src/tls/registry.ts'
import { spkiOf } from '../../src/x509/certificate.ts'

/** A line of the index; what is absent or null was not in the capture. */
interface Entry {
  readonly name: string
  readonly category: string
  readonly tls_version?: string | null
  readonly cipher_suite?: string | null
  readonly cipher_suite_name?: string | null
  readonly kx?: string | null
  readonly named_curve?: string | null
  readonly signature_scheme?: string | null
  readonly client_random?: string | null
  readonly server_random?: string | null
  readonly gmt_unix_time?: number | null
  readonly expected?: 'ok' | 'unsigned-kx' | 'resumed'
  readonly ske_verdict?: string | null
  readonly cert_count?: number | null
  readonly leaf_subject?: string | null
  readonly ocsp_staple?: boolean | null
  readonly server_alerts?: readonly { readonly level: number; readonly name: string }[]
  readonly server_layout?: string | null
}

interface Streams {
  readonly client: Uint8Array
  readonly server: Uint8Array
}

const corpora = process.env.TLS_STAMP_CORPORA
const skip = corpora ? false : 'not in TLS_STAMP_CORPORA: the corpora'

describe('recorded connections of real servers', { skip }, () => {
  const folder = join(corpora ?? '', 'handshakes')
  const lines = corpora ? readFileSync(join(folder, 'index.jsonl'), 'utf8').trim().split('\n') : []
  test('are there', () => assert.ok(lines.length > 0))
  for (const line of lines) {
    const entry: Entry = JSON.parse(line)
    const read = (): Streams => ({
      client: readFileSync(join(folder, `${entry.name}.client.raw`)),
      server: readFileSync(join(folder, `${entry.name}.server.raw`)),
    })
    test(`${entry.name} is as the index says`, () => {
      const streams = read()
      agree(inspectHandshake(streams), entry)
      backendsAgree(streams)
    })
  }
})

describe('the recorded session', { skip }, () => {
  const folder = join(corpora ?? '', 'session')
  const flights = (name: RegExp): Uint8Array =>
    Buffer.concat(
      readdirSync(folder)
        .filter((file) => name.test(file))
        .sort()
        .map((file) => readFileSync(join(folder, file))),
    )
  const read = (): Streams => ({ client: flights(/_cli\.raw$/), server: flights(/_srv\.raw$/) })

  test('is signed by its server', () => {
    const report = inspectHandshake(read())
    assert.equal(report.error, undefined)
    assert.deepEqual(
      [report.version, report.keyExchange, report.scheme, report.signature],
      ['TLS 1.2', 'ECDHE', 'rsa_pkcs1_sha512', 'valid'],
    )
    const names = report.messages.map(({ name }) => name)
    assert.ok(names.includes('CertificateStatus'), names.join())
    backendsAgree(read())
  })

  test('stays readable when cut anywhere, and none of its randoms can change', () => {
    const { client, server } = read()
    const plain = 89 + 2682 + 831
    for (let length = 0; length <= plain; length += 37) {
      const { signature } = inspectHandshake({ client, server: server.subarray(0, length) })
      assert.ok(['absent', 'valid'].includes(signature), `${length}: ${signature}`)
    }
    for (const [stream, at] of [
      [client, 11],
      [server, 11],
    ] as const) {
      stream[at] = (stream[at] ?? 0) ^ 1
      assert.equal(inspectHandshake({ client, server }).signature, 'invalid')
      stream[at] = (stream[at] ?? 0) ^ 1
    }
  })
})

const VERDICTS: Readonly<Record<string, HandshakeReport['signature']>> = {
  valid: 'valid',
  invalid: 'invalid',
}

function agree(report: HandshakeReport, entry: Entry): void {
  const hex = (bytes: Uint8Array | null): string | null =>
    bytes && Buffer.from(bytes).toString('hex')
  const suite = entry.cipher_suite ? cipherSuiteName(Number(entry.cipher_suite)) : null
  const said = {
    version: report.version,
    cipherSuite: report.cipherSuite,
    keyExchange: report.keyExchange,
    group: report.group,
    scheme: report.scheme,
    clientRandom: hex(report.clientRandom),
    serverRandom: hex(report.serverRandom),
    serverTime: report.serverTime && report.serverTime.getTime() / 1000,
  }
  // Of TLS 1.3 the group is in the ServerHello, and the random is no clock
  const isTls13 = report.version === 'TLS 1.3'
  const expected = {
    version: entry.tls_version ?? (entry.server_random ? null : report.version),
    cipherSuite: suite,
    keyExchange: entry.kx ?? null,
    group: isTls13 ? report.group : (entry.named_curve ?? null),
    scheme: entry.signature_scheme ?? null,
    clientRandom: entry.client_random ?? null,
    serverRandom: entry.server_random ?? null,
    serverTime: isTls13 ? null : (entry.gmt_unix_time ?? null),
  }
  assert.deepEqual(said, expected)
  if (entry.cipher_suite_name) assert.equal(report.cipherSuite, entry.cipher_suite_name)
  const verdict = entry.ske_verdict ?? undefined
  assert.equal(report.signature, verdict === undefined ? 'absent' : VERDICTS[verdict])
  if (entry.expected) assert.equal(entry.expected === 'ok', report.signature === 'valid')
  agreeOnCertificates(report, entry)
  if (entry.server_alerts) {
    const alerts = report.alerts.filter(({ sender }) => sender === 'server')
    assert.deepEqual(
      alerts.map(({ level, description }) => ({ level, name: description })),
      entry.server_alerts.map(({ level, name }) => ({ level, name })),
    )
  }
}

/** A certificate that does not parse counts too: it is in the message. */
function agreeOnCertificates({ messages, certificates }: HandshakeReport, entry: Entry): void {
  const server = messages.filter(({ sender }) => sender === 'server')
  const list = server.find(({ name }) => name === 'Certificate')?.fields.at(-1)?.fields
  assert.equal(list?.length ?? null, entry.cert_count ?? null)
  assert.ok(certificates.length <= (list?.length ?? 0))
  if (entry.ocsp_staple !== undefined && entry.ocsp_staple !== null) {
    const stapled = server.some(({ name }) => name === 'CertificateStatus')
    assert.equal(stapled, entry.ocsp_staple)
  }
  const common = /^CN=((?:[^,\\]|\\.)*)/.exec(entry.leaf_subject ?? '')?.[1]
  if (common && certificates.length === list?.length) {
    assert.ok(certificates[0]?.subject.includes(`CN=${common}`), certificates[0]?.subject)
  }
}

/** Both backends give the one answer, to the right bytes and to wrong ones. */
function backendsAgree(streams: Streams): void {
  const { clientHello, serverHello, exchange, certificates } = readRecording(streams)
  const spki = certificates[0] && spkiOf(certificates[0])
  if (!clientHello || !serverHello || !exchange?.scheme || !exchange.signature || !spki) return
  const { scheme, signature, params } = exchange
  const signed = signedBytes({
    clientRandom: clientHello.random,
    serverRandom: serverHello.random,
    params,
  })
  const wrong = signed.slice()
  wrong[0] = (wrong[0] ?? 0) ^ 1
  for (const message of [signed, wrong] as const) {
    const answers = [verifySignature, verifySignatureNative].map((verify): boolean | string => {
      try {
        return verify(scheme, spki, message, signature)
      } catch (error) {
        assert.ok(error instanceof RangeError)
        return 'unsupported'
      }
    })
    assert.equal(answers[0], answers[1])
    if (message === wrong) assert.notEqual(answers[0], true)
  }
}
