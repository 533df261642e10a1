// What stands in front of the encrypted part of a record, by suite and version.

import assert from 'node:assert/strict'
import test from 'node:test'
import { recordIvOf } from '../../src/tls/cipher-suites.ts'
import { cipherSuiteName } from '../../src/tls/registry.ts'

const NONCE = { name: 'nonce_explicit', length: 8 }
const IV = { name: 'IV', length: 16 }

const codeOf = (name: string): number => {
  const code = Array.from({ length: 0x10000 }, (_, i) => i).find(
    (one) => cipherSuiteName(one) === name,
  )
  assert.ok(code !== undefined, name)
  return code
}

for (const [name, version, expected] of [
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 0x0303, NONCE],
  ['TLS_DHE_RSA_WITH_CAMELLIA_256_GCM_SHA384', 0x0303, NONCE],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CCM', 0x0303, NONCE],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8', 0x0303, NONCE],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 0x0303, undefined],
  ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384', 0x0303, IV],
  ['TLS_RSA_WITH_AES_128_CBC_SHA', 0x0302, IV],
  ['TLS_RSA_WITH_AES_128_CBC_SHA', 0x0301, undefined],
  ['TLS_RSA_WITH_SEED_CBC_SHA', 0x0303, IV],
  ['TLS_RSA_WITH_3DES_EDE_CBC_SHA', 0x0303, { name: 'IV', length: 8 }],
  ['TLS_RSA_WITH_IDEA_CBC_SHA', 0x0302, { name: 'IV', length: 8 }],
  ['TLS_RSA_WITH_RC4_128_SHA', 0x0303, undefined],
  ['TLS_RSA_WITH_NULL_SHA256', 0x0303, undefined],
  ['TLS_AES_128_GCM_SHA256', 0x0304, undefined],
  ['TLS_AES_128_CCM_8_SHA256', 0x0304, undefined],
] as const) {
  test(`${name} in version ${version.toString(16)} has ${expected?.name ?? 'none'}`, () => {
    assert.deepEqual(recordIvOf(codeOf(name), version), expected)
  })
}
