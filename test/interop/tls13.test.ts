// TLS 1.3 with real servers: the stored messages of a round verify, whoever signed them, and whole handshakes complete.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import {
  type Answer,
  type Closing,
  type CompleteHandshake,
  checkSession,
  completeHandshake,
  type ObservedMessage,
  requestHead,
} from '../../src/session/index.ts'
import {
  makeAeadNative,
  makeKeyPairNative,
  openConnection,
  runHandshake,
  verifySignatureNative,
} from '../../src/system/index.ts'
import type { Handshake } from '../../src/tls/index.ts'
import { Tls13Client } from '../../src/tls/tls13-client.ts'
import { readTls13Transcript, type Tls13Transcript } from '../../src/tls/tls13-transcript.ts'
import { spkiOf } from '../../src/x509/index.ts'
import { firstGood } from '../support/harness/until.ts'
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
import { startTamperingRelay, turnBit } from '../support/servers/tampering-relay.ts'

const KINDS = ['p256', 'rsa-2048', 'p384', 'p521', 'ed25519', 'ed448', 'rsa-pss-2048'] as const
const SCHEMES = [
  'ecdsa_sha256',
  'rsa_pss_rsae_sha256',
  'ecdsa_sha384',
  'ecdsa_sha512',
  'ed25519',
  'ed448',
  'rsa_pss_pss_sha256',
]
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

interface Session {
  readonly handshake: CompleteHandshake
  readonly messages: readonly ObservedMessage[]
  readonly keyLog: string
  readonly answer: Answer | undefined
  readonly closed: Closing
}

/** A whole handshake in which every check passes; its messages are there in order. */
async function complete(port: number, isRequested = false): Promise<Session> {
  const messages: ObservedMessage[] = []
  const lines: string[] = []
  const session = await completeHandshake({
    address: { host: '127.0.0.1', port, timeout: 60_000 },
    serverName: 'localhost',
    version: 0x0304,
    report: (message) => messages.push(message),
    keyLog: (line) => lines.push(line),
  })
  const { handshake, channel } = session
  const answer = isRequested ? await requestHead(channel, 'localhost') : undefined
  const closed = await session.close()
  assertComplete(handshake, messages)
  return { handshake, messages, keyLog: lines.join(''), answer, closed }
}

function assertComplete(handshake: CompleteHandshake, messages: readonly ObservedMessage[]): void {
  const trustAnchors = [pki.root.der]
  const { checks } = checkSession(handshake, { host: 'localhost', trustAnchors, time: new Date() })
  assert.deepEqual(
    checks.filter(({ outcome }) => outcome !== 'pass'),
    [],
  )
  assert.equal(handshake.version, 0x0304)
  const named = messages.map(({ sender, name }) => `${sender} ${name}`).join(', ')
  assert.match(
    named.replaceAll('server ChangeCipherSpec, ', ''),
    /^(?:client ClientHello, ){1,2}(?:server HelloRetryRequest, client ChangeCipherSpec, client ClientHello, )?server ServerHello, server EncryptedExtensions, (?:server CertificateRequest, )?server Certificate, server CertificateVerify, server Finished, (?:client ChangeCipherSpec, )?(?:client Certificate, )?client Finished\b/,
  )
  const [, hello] = messages
  const after = messages.slice(messages.findIndex(({ name }) => name === 'EncryptedExtensions'))
  assert.equal(hello?.protectedLength, null)
  assert.ok(
    after.every(({ name, protectedLength }) => (name === 'ChangeCipherSpec') === !protectedLength),
  )
  const finished = after.find(({ name }) => name === 'Finished')
  assert.equal(finished?.fields.at(-1)?.meaning, 'as expected')
}

interface Named {
  readonly name: string
  readonly fields?: readonly Named[]
}

function namesIn({ name, fields = [] }: Named): string[] {
  return [name, ...fields.flatMap(namesIn)]
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
    const { messages } = await complete(port)
    const certificate = messages.find(({ name }) => name === 'Certificate')
    const names = JSON.stringify(certificate?.fields.map(namesIn))
    assert.match(names, /"status_type","ocsp_response"/)
  }
})

test('BoringSSL signs rounds with every key that it takes', { skip: missing('bun') }, async () => {
  const taken = byKind.slice(0, 5)
  await using server = await startBunServer(taken.map((endEntity) => ({ endEntity })))
  for (const [i, port] of server.ports.entries()) {
    const { handshake, transcript } = await round(port)
    assert.equal(handshake.scheme, SCHEMES[i])
    assert.equal(transcript.helloRetryRequest, undefined)
    await complete(port)
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
        await complete(server.port)
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
    args: ['-tls1_3', '-verify', '2', '-CAfile', 'root.pem', '-status_file', 'ocsp.der'],
    files: { 'root.pem': pki.root.pem, 'ocsp.der': ocsp },
  })
  const { transcript, handshake } = await round(server.port)
  assert.ok(transcript.certificateRequest)
  assert.deepEqual(handshake.ocspResponse, ocsp)
  const { messages } = await complete(server.port)
  const own = messages.find(({ sender, name }) => sender === 'client' && name === 'Certificate')
  assert.equal(own?.length, 8)
})

test('openssl s_server that insists on a certificate refuses with an alert', {
  skip: missing('openssl'),
}, async () => {
  await using server = await startOpensslServer({
    endEntity: p256,
    args: ['-tls1_3', '-Verify', '2', '-CAfile', 'root.pem'],
    files: { 'root.pem': pki.root.pem },
  })
  const session = await completeHandshake({
    address: { host: '127.0.0.1', port: server.port, timeout: 60_000 },
    serverName: 'localhost',
    version: 0x0304,
    report: () => {},
  })
  await assert.rejects(requestHead(session.channel, 'localhost'), {
    code: 'alert',
    message: /certificate_required\(116\)$/,
  })
  session.abort(undefined)
})

test('a request is answered, and the key log is the one that the server has', async () => {
  const own = createHttpsServer({ key: rsa.keyPem, cert: rsa.chainPem }, (_, response) =>
    response.setHeader('X-Own', 'value').end(),
  )
  const theirs: string[] = []
  own.on('keylog', (line: Buffer) => theirs.push(String(line)))
  own.listen(0, '127.0.0.1')
  await once(own, 'listening')
  try {
    const { port } = own.address() as AddressInfo
    const attempt = (): Promise<Session> => {
      theirs.length = 0
      return complete(port, true)
    }
    const session = await firstGood(attempt, ({ closed }) => closed === 'close_notify')
    const { answer, closed, keyLog, messages } = session
    assert.equal(answer?.status, 'HTTP/1.1 200 OK')
    assert.ok(answer.headers.includes('X-Own: value'))
    assert.equal(closed, 'close_notify')
    assert.ok(messages.some(({ name }) => name === 'NewSessionTicket'))
    const logged = theirs.filter((line) => !line.startsWith('EXPORTER_SECRET')).sort()
    assert.equal(logged.length, 4)
    assert.deepEqual(keyLog.split(/^/m).sort(), logged)
  } finally {
    own.closeAllConnections()
    own.close()
  }
})

test('a record that is changed on its way is found', async () => {
  await using server = await startNodeServer({ endEntity: p256 })
  for (const index of [0, 3]) {
    await using relay = await startTamperingRelay(server.port, (record) =>
      record.type === 23 && record.index === index ? turnBit(record.bytes) : record.bytes,
    )
    const error = { code: 'misbehaving-peer', message: /bad_record_mac/ }
    await assert.rejects(complete(relay.port), error)
  }
  // A bit of server_random, which goes in plain text: every key comes out another
  await using relay = await startTamperingRelay(server.port, ({ type, bytes }) =>
    type === 22 ? bytes.fill(bytes.readUInt8(20) ^ 1, 20, 21) : bytes,
  )
  await assert.rejects(complete(relay.port), {
    code: 'misbehaving-peer',
    message: /bad_record_mac/,
  })
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
      await complete(server.port)
    }),
  )
  await Promise.all(runs)
})

test('a server that speaks TLS 1.2 alone is none for TLS 1.3', async () => {
  await using server = await startNodeServer({ endEntity: p256, maxVersion: 'TLSv1.2' })
  const error = { code: 'alert', message: /protocol_version\(70\)$/ }
  await assert.rejects(round(server.port), error)
  await assert.rejects(complete(server.port), error)
})
