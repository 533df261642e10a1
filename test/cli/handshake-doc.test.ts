import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { HANDSHAKE_DOC, handshakeDoc } from '../snapshots/generator/handshake-doc.ts'

test('docs/handshake.md is what inspect --hex prints of the fixture', async () => {
  const page = readFileSync(HANDSHAKE_DOC, 'utf8')
  assert.equal(page, await handshakeDoc())
  for (const name of [
    'ClientHello',
    'ServerHello',
    'Certificate',
    'ServerKeyExchange',
    'EncryptedExtensions',
    'CertificateVerify',
  ]) {
    assert.match(page, new RegExp(`\`\`\`\n +(?:->|<-) ${name} `))
  }
  assert.match(page, /^ +6 \* .*gmt_unix_time/m)
  assert.match(page, /signature +valid: ecdsa_sha256 over client_random/)
  assert.match(
    page,
    /signature +valid: ecdsa_sha256 over the transcript hash, in CertificateVerify/,
  )
})
