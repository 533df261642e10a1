// inspect on recordings of real servers, as a user gives them.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openWorkspace } from '../support/harness/command-line.ts'

const corpora = process.env.TLS_STAMP_CORPORA
const skip = corpora ? false : 'not in TLS_STAMP_CORPORA: the corpora'

describe('inspect on real recordings', { skip }, () => {
  const folder = corpora ?? ''

  test('takes the session apart, message by message, from one file per flight', async () => {
    const at = openWorkspace()
    const session = join(folder, 'session')
    const files = readdirSync(session)
      .sort()
      .map((name) => join(session, name))
    const { stdout, stderr, code } = await at.run(['inspect', ...files])
    at.remove()
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /signature +valid: rsa_pkcs1_sha512 over client_random/)
    assert.match(stdout, /OCSP staple +successful, good from 2016-09-14/)
    const shown = [...stdout.matchAll(/(?:->|<-) ([A-Z]\w+)/g)].map(([, name]) => name)
    assert.deepEqual(shown, [
      'ClientHello',
      'ServerHello',
      'Certificate',
      'CertificateStatus',
      'ServerKeyExchange',
      'ServerHelloDone',
      'ClientKeyExchange',
      'NewSessionTicket',
    ])
    assert.match(stdout, /cipher_suite +TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n/)
    assert.match(stdout, /host_name +26 bytes, camo\.githubusercontent\.com\n/)
    assert.doesNotMatch(stdout, /malformed|^ {2}error /m)
  })

  const handshakes = corpora ? readdirSync(join(folder, 'handshakes')) : []
  for (const client of handshakes.filter((name) => name.endsWith('.client.raw'))) {
    test(`dumps every byte of ${client.replace('.client.raw', '')}`, async () => {
      const at = openWorkspace()
      for (const side of ['client', 'server'] as const) {
        const file = join(folder, 'handshakes', client.replace('client', side))
        const stream = readFileSync(file)
        const { stdout, code } = await at.run(['inspect', '--hex', `--${side}`, file])
        if (stream.length > 0) assert.equal(code, 0)
        const hex = [
          ...stdout.matchAll(/^ {0,5}\d+ {2}((?:[0-9a-f]{2} ){0,15}[0-9a-f]{2})(?: {2}|$)/gm),
        ]
          .map(([, bytes = '']) => bytes.replaceAll(' ', ''))
          .join('')
        const left = / (\d+) bytes? left/.exec(stdout)?.[1] ?? '0'
        assert.ok(hex.length / 2 >= stream.length - Number(left))
        assert.equal(
          hex.slice(0, 2 * (stream.length - Number(left))),
          stream.toString('hex').slice(0, 2 * (stream.length - Number(left))),
        )
      }
      at.remove()
    })
  }
})
