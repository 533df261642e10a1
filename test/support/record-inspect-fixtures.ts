// Makes the recordings in test/fixtures/recordings anew, from real servers on loopback; their README.md says what they are.
// `node dist/test/support/record-inspect-fixtures.js`, then make-snapshots.js and make-handshake-doc.js.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Writer } from '../../src/encoding/presentation.ts'
import { createStatement } from '../../src/sign/sign.ts'
import { encodeStatement } from '../../src/statement/statement.ts'
import { capture } from './capture.ts'
import { alertRecord, deliver } from './delivery.ts'
import { encodeMessage, serverFlight } from './flight.ts'
import { extension, mintCertificate, mintTestPki } from './mint.ts'
import { recordConnections } from './recorder.ts'
import { repositoryPath } from './repository.ts'
import { endEntities, endEntity, startBunServer } from './servers.ts'

const FOLDER = join(dirname(repositoryPath('package.json')), 'test/fixtures/recordings')

function save(name: string, bytes: Uint8Array): void {
  writeFileSync(join(FOLDER, name), bytes)
}

function savePair(name: string, pair: { client: Uint8Array; server: Uint8Array }): void {
  save(`${name}.client.raw`, pair.client)
  save(`${name}.server.raw`, pair.server)
}

/** SignedCertificateTimestampList with one timestamp, 2026-01-31 12:00:00 UTC, that no log has signed. */
function timestampList(): Uint8Array {
  const time = new Writer().u24(0x000001, 0x9c13ec).u16(0x9e00).done()
  const sct = new Writer().u8(0).bytes(new Uint8Array(32).fill(0x10), time).u16(0, 0x0403)
  const list = new Writer().opaque(2, sct.opaque(2, new Uint8Array(8).fill(0x5a)).done()).done()
  const value = new Writer().opaque(2, list).done()
  return new Writer().u8(4).opaque(1, value).done()
}

async function recordServers(): Promise<void> {
  const pki = mintTestPki({ endEntityKeys: ['p256', 'rsa-2048'] })
  const [p256, rsa] = endEntities(pki)
  if (!p256 || !rsa) throw new Error('expected two end entities')
  const client = { maxVersion: 'TLSv1.2', servername: 'localhost' } as const
  const ALPNProtocols = ['h2', 'http/1.1']
  const [full, resumed] = await recordConnections(
    { endEntity: p256, requestCert: true, ALPNProtocols },
    [
      { ...client, ALPNProtocols },
      { ...client, session: 'last' },
    ],
  )
  const [, retried] = await recordConnections({ endEntity: rsa, ecdhCurve: 'P-384' }, [
    { ecdhCurve: 'P-384' },
    { ecdhCurve: 'P-256:P-384' },
  ])
  const ciphers = 'DHE-RSA-AES128-SHA@SECLEVEL=0'
  const minVersion = 'TLSv1'
  const old = { endEntity: rsa, minVersion, ciphers, dhparam: 'auto' } as const
  const [tls10] = await recordConnections(old, [{ maxVersion: 'TLSv1', minVersion, ciphers }])
  const [refused] = await recordConnections({ endEntity: p256, minVersion: 'TLSv1.3' }, [client])
  if (!full || !resumed || !retried || !tls10 || !refused) throw new Error('expected recordings')
  savePair('tls12', full)
  savePair('tls12-resumed', resumed)
  savePair('tls13-retry', retried)
  savePair('tls10-dhe', tls10)
  savePair('refused', refused)
}

/** What no server of today sends any more. */
function makeOldOnes(): void {
  const [rsa] = endEntities(mintTestPki({ endEntityKeys: ['rsa-2048'] }))
  if (!rsa) throw new Error('expected an end entity')
  const ssl3 = capture({ endEntity: rsa, version: 0x0300, extensions: null, serverTime: TIME })
  savePair('ssl30', { client: ssl3.client.hello, server: ssl3.stream() })
  const challenge = new Uint8Array(16).fill(0x77)
  const clientRandom = Uint8Array.from([...new Uint8Array(16), ...challenge])
  const body = new Writer().u8(1).u16(0x0301, 9, 0, 16).u24(0x000039, 0x0700c0, 0x00002f)
  const hello = body.bytes(challenge).done()
  const flight = serverFlight({ endEntity: rsa, clientRandom, version: 0x0301, serverTime: TIME })
  savePair('ssl2-hello', {
    client: new Writer()
      .u16(0x8000 | hello.length)
      .bytes(hello)
      .done(),
    server: Buffer.concat([
      alertRecord(1, 112),
      ...deliver(flight.map(encodeMessage), 'odd-records'),
    ]),
  })
}

/** A certificate with a timestamp, extensions of every kind, and a certificate that is none. */
function makeOddOne(): void {
  const own = mintCertificate({
    subject: 'odd\u001b[31m\u202e',
    dnsNames: ['localhost'],
    extensions: [extension('1.3.6.1.4.1.11129.2.4.2', false, timestampList())],
  })
  const odd = capture({
    endEntity: endEntity(own),
    serverTime: TIME,
    certificates: [own.der, Uint8Array.of(0x30, 0)],
    extensions: [
      { type: 0xff01, body: Uint8Array.of(0) },
      { type: 11, body: Uint8Array.of(3, 0, 1, 2) },
      { type: 16, body: Uint8Array.of(0, 3, 2, 0x68, 0x32) },
      { type: 15, body: Uint8Array.of(1) },
      { type: 1, body: Uint8Array.of(9) },
      { type: 28, body: Uint8Array.of(1) },
      { type: 0x1a1a, body: Uint8Array.of(1, 2, 3) },
    ],
  })
  savePair('odd', { client: odd.client.hello, server: odd.stream() })
}

/** BoringSSL's word on a digest, twice. */
async function signStatement(): Promise<void> {
  const pki = mintTestPki({ endEntityKeys: ['p256'] })
  const [p256] = endEntities(pki)
  if (!p256) throw new Error('expected an end entity')
  const server = await startBunServer({ endEntity: p256 })
  try {
    const sha256 = Uint8Array.from(Buffer.from(DIGEST, 'hex'))
    const statement = await createStatement({
      ...{ host: 'localhost', port: server.port, rounds: 2 },
      ...{ subjects: [{ name: 'doc.txt', sha256 }], trustAnchors: [pki.root.der] },
    })
    save('statement.json', encodeStatement(statement))
  } finally {
    await server.stop()
  }
}

/** 2026-01-31 12:00:00 UTC. */
const TIME = 1769860800
/** printf 'some text\n' | sha256sum */
const DIGEST = 'a23e5fdcd7b276bdd81aa1a0b7b963101863dd3f61ff57935f8c5ba462681ea6'

mkdirSync(FOLDER, { recursive: true })
await recordServers()
makeOldOnes()
makeOddOne()
await signStatement()
