// Sessions of other TLS stacks, recorded and decrypted with the key log of either side: s_client, which updates its keys when
// told to, and BoringSSL.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import tls from 'node:tls'
import { utf8 } from '../../src/encoding/bytes.ts'
import { type ConnectionReport, inspectConnection } from '../../src/inspect/connection.ts'
import { readKeyLogs } from '../../src/inspect/key-log.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { recordCiphersNative as ciphers } from '../../src/system/tls-cryptography.ts'
import { HOST } from '../support/harness/child.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { missing, program } from '../support/servers/programs.ts'
import { startRelay } from '../support/servers/recorder.ts'
import { type EndEntity, endEntities, startBunServer } from '../support/servers/servers.ts'

const [endEntity] = endEntities(mintTestPki({ endEntityKeys: ['p256'] })) as [EndEntity]

function assertOpened(
  { sent }: Awaited<ReturnType<typeof startRelay>>,
  keyLog: string,
): ConnectionReport {
  const [client, server] = [Buffer.concat(sent.client), Buffer.concat(sent.server)]
  const secrets = { keyLog: readKeyLogs([utf8(keyLog)]), ciphers }
  const report = inspectConnection({ client, server }, verifySignatureNative, secrets)
  assert.deepEqual(report.decryption?.faults, [])
  assert.ok((report.decryption?.opened ?? 0) >= 2)
  assert.deepEqual([report.signature, report.error], ['valid', undefined])
  return report
}

test('s_client updates its keys, and has the server update its own', {
  skip: missing('openssl'),
}, async () => {
  const server = tls.createServer({ key: endEntity.keyPem, cert: endEntity.chainPem }, (socket) => {
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  const relay = await startRelay((server.address() as AddressInfo).port)
  const folder = mkdtempSync(join(tmpdir(), 'tls-stamp-keylog-'))
  const args = ['s_client', '-connect', `${HOST}:${relay.port}`, '-keylogfile', 'keys', '-tls1_3']
  const child = spawn(program('openssl'), args, { cwd: folder })
  try {
    let seen = ''
    child.stdout.on('data', (chunk) => {
      seen += chunk
    })
    child.stderr.on('data', (chunk) => {
      seen += chunk
    })
    const say = async (line: string, answer: RegExp): Promise<void> => {
      seen = ''
      child.stdin.write(`${line}\n`)
      while (!answer.test(seen))
        await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')])
    }
    await say('one', /^one$/m)
    await say('k', /KEYUPDATE/)
    await say('two', /^two$/m)
    await say('K', /KEYUPDATE/)
    await say('three', /^three$/m)
    child.stdin.write('Q\n')
    await once(child, 'close')
    const { messages } = assertOpened(relay, readFileSync(join(folder, 'keys'), 'utf8'))
    const text = messages.flatMap(({ name, sender, fields: [first] }) =>
      name === 'ApplicationData' ? [`${sender} ${Buffer.from(first?.bytes ?? []).toString()}`] : [],
    )
    const lines = ['one', 'two', 'three']
    assert.deepEqual(text, [
      ...lines.map((line) => `client ${line}\n`),
      ...lines.map((line) => `server ${line}\n`),
    ])
    const updates = messages.filter(({ name }) => name === 'KeyUpdate')
    assert.deepEqual(
      updates.map(({ sender }) => sender),
      ['client', 'client', 'server'],
    )
  } finally {
    child.kill()
    relay.close()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
  test(`BoringSSL speaks ${version}`, async () => {
    await using server = await startBunServer({ endEntity })
    const relay = await startRelay(server.port)
    try {
      let keyLog = ''
      const options = { host: HOST, port: relay.port, rejectUnauthorized: false }
      const socket = tls.connect({ ...options, minVersion: version, maxVersion: version })
      socket.on('keylog', (line) => {
        keyLog += line
      })
      await once(socket, 'secureConnect')
      socket.resume()
      socket.end('GET / HTTP/1.1\r\n\r\n')
      await once(socket, 'close')
      const { messages } = assertOpened(relay, keyLog)
      for (const sender of ['client', 'server'] as const) {
        assert.ok(messages.some((one) => one.sender === sender && one.name === 'Finished'))
      }
    } finally {
      relay.close()
    }
  })
}
