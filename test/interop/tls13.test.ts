// TLS 1.3 with real servers: the stored messages of a round verify, whoever signed them.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import {
  makeAeadNative,
  makeKeyPairNative,
  openConnection,
  runHandshake,
  verifySignatureNative,
} from '../../src/system/index.ts'
import {
  type Handshake,
  readTls13Transcript,
  Tls13Client,
  type Tls13Transcript,
} from '../../src/tls/index.ts'
import { spkiOf } from '../../src/x509/index.ts'
import { mintTestPki } from '../support/make/mint.ts'
import type { Program } from '../support/servers/programs.ts'
import {
  endEntities,
  missing,
  type Server,
  startBunServer,
  startErlangServer,
  startGoServer,
  startJavaServer,
  startLighttpd,
  startNginx,
  startNodeServer,
  startOpensslServer,
} from '../support/servers/servers.ts'

const KINDS = ['p256', 'rsa-2048', 'p384', 'p521', 'ed25519'] as const
const SCHEMES = ['ecdsa_sha256', 'rsa_pss_rsae_sha256', 'ecdsa_sha384', 'ecdsa_sha512', 'ed25519']
const pki = mintTestPki({ endEntityKeys: KINDS })
const byKind = endEntities(pki)
const [p256, rsa] = byKind

interface Round {
  readonly transcript: Tls13Transcript
  readonly handshake: Handshake
}

/** One round, and its signature verified from the stored messages alone. */
async function round(port: number, statusRequest = true): Promise<Round> {
  const clientRandom = randomBytes(32)
  const connection = openConnection({ host: '127.0.0.1', port, timeout: 60_000 })
  const client = new Tls13Client({
    clientRandom,
    serverName: 'localhost',
    statusRequest,
    sessionId: randomBytes(32),
    makeKeyPair: makeKeyPairNative,
    makeAead: makeAeadNative,
  })
  const transcript = await runHandshake(connection, client)
  const handshake = readTls13Transcript(transcript)
  const { scheme, signedBytes, signature, certificates } = handshake
  const spki = spkiOf(certificates[0]) ?? assert.fail()
  assert.ok(verifySignatureNative(scheme, spki, signedBytes, signature))
  assert.deepEqual(Buffer.from(handshake.clientRandom), clientRandom)
  assert.equal(handshake.serverName, 'localhost')
  return { transcript, handshake }
}

test('Node signs rounds with every key, and staples', async () => {
  const ocsp = Uint8Array.of(0x30, 0x03, 0x0a, 0x01, 0x03)
  await using server = await startNodeServer(byKind.map((endEntity) => ({ endEntity, ocsp })))
  for (const [i, port] of server.ports.entries()) {
    const { handshake } = await round(port)
    assert.equal(handshake.scheme, SCHEMES[i])
    assert.equal(handshake.group, 'x25519')
    assert.deepEqual(handshake.ocspResponse, ocsp)
    assert.deepEqual(handshake.certificates, byKind[i]?.certificates)
  }
})

test('BoringSSL signs rounds with every key', { skip: missing('bun') }, async () => {
  await using server = await startBunServer(byKind.map((endEntity) => ({ endEntity })))
  for (const [i, port] of server.ports.entries()) {
    const { handshake, transcript } = await round(port)
    assert.equal(handshake.scheme, SCHEMES[i])
    assert.equal(transcript.helloRetryRequest, undefined)
  }
})

test('openssl s_server signs rounds with every suite, key and group', {
  skip: missing('openssl'),
}, async (t) => {
  const suites = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384']
  suites.push('TLS_CHACHA20_POLY1305_SHA256')
  const groups = ['X25519', 'P-256', 'P-384', 'P-521']
  const names = ['x25519', 'secp256r1', 'secp384r1', 'secp521r1']
  const runs = byKind.flatMap((endEntity, i) =>
    [...groups.entries()].map(([j, group]) =>
      t.test(`${KINDS[i]} ${group}`, async () => {
        const suite = suites[(i + j) % suites.length] ?? ''
        const args = ['-tls1_3', '-groups', group, '-ciphersuites', suite]
        await using server = await startOpensslServer({ endEntity, args })
        const { handshake, transcript } = await round(server.port)
        assert.equal(handshake.group, names[j])
        assert.equal(handshake.scheme, SCHEMES[i])
        assert.equal(handshake.cipherSuite, 0x1301 + suites.indexOf(suite))
        assert.equal(transcript.helloRetryRequest !== undefined, j > 1)
      }),
    ),
  )
  await Promise.all(runs)
})

test('openssl s_server asks for a certificate, and staples', {
  skip: missing('openssl'),
}, async () => {
  const ocsp = Uint8Array.of(0x30, 0x03, 0x0a, 0x01, 0x03)
  await using server = await startOpensslServer({
    endEntity: p256,
    args: ['-tls1_3', '-Verify', '2', '-CAfile', 'root.pem', '-status_file', 'ocsp.der'],
    files: { 'root.pem': pki.root.pem, 'ocsp.der': ocsp },
  })
  const { transcript, handshake } = await round(server.port)
  assert.ok(transcript.certificateRequest)
  assert.deepEqual(handshake.ocspResponse, ocsp)
})

const PEERS: readonly {
  readonly title: string
  readonly programs: readonly Program[]
  readonly start: () => Promise<Server>
}[] = [
  ...(['mod_gnutls', 'mod_nss', 'mod_wolfssl', 'mod_openssl'] as const).flatMap((module) =>
    [p256, rsa].map((endEntity, i) => ({
      title: `lighttpd ${module} ${KINDS[i]}`,
      programs: ['lighttpd', module] as const,
      start: () => startLighttpd({ module, endEntity }),
    })),
  ),
  {
    title: 'nginx',
    programs: ['nginx'],
    start: () => startNginx({ endEntity: p256, configuration: ['ssl_protocols TLSv1.3;'] }),
  },
  {
    title: 'Erlang',
    programs: ['erlang'],
    start: () => startErlangServer({ endEntity: p256, versions: ['tlsv1.3'] }),
  },
  { title: 'Go', programs: ['go'], start: () => startGoServer({ endEntity: rsa }) },
  { title: 'Java', programs: ['java'], start: () => startJavaServer({ endEntity: p256 }) },
]

test('a peer of another kind signs rounds', { concurrency: 4 }, async (t) => {
  const runs = PEERS.map(({ title, programs, start }) =>
    t.test(title, { skip: missing(...programs) }, async () => {
      await using server = await start()
      // wolfSSL drops a connection that asks for a stapled response
      await round(server.port, !programs.includes('mod_wolfssl'))
    }),
  )
  await Promise.all(runs)
})

test('a server that speaks TLS 1.2 alone is none for rounds of TLS 1.3', async () => {
  await using server = await startNodeServer({ endEntity: p256, maxVersion: 'TLSv1.2' })
  await assert.rejects(round(server.port), { code: 'alert', message: /protocol_version\(70\)$/ })
})
