import assert from 'node:assert/strict'
import test from 'node:test'
import {
  alertName,
  CURVE_POINT_LENGTH,
  cipherSuiteName,
  compressionName,
  extensionName,
  groupName,
  handshakeName,
  signatureSchemeName,
  suiteKind,
  versionName,
} from '../../src/tls/registry.ts'

/** Every registered suite, by what stands before "_WITH_". */
const SUITES = new Map<string, number[]>()
for (let code = 0; code <= 0xffff; code++) {
  const name = cipherSuiteName(code)
  if (name.startsWith('0x')) continue
  const [prefix = ''] = name.split('_WITH_')
  SUITES.set(prefix, [...(SUITES.get(prefix) ?? []), code])
}

test('a code point has its registered name, and hex without one', () => {
  assert.equal(versionName(0x0303), 'TLS 1.2')
  assert.equal(versionName(0x7f12), 'TLS 1.3 draft 18')
  assert.equal(versionName(0x0305), '0x0305')
  assert.equal(compressionName(0), 'null (no compression)')
  assert.equal(compressionName(1), 'DEFLATE')
  assert.equal(compressionName(7), 'unknown')
  assert.equal(handshakeName(12), 'ServerKeyExchange')
  assert.equal(handshakeName(99), 'handshake_99')
  assert.equal(extensionName(0), 'server_name')
  assert.equal(extensionName(23), 'extended_master_secret')
  assert.equal(extensionName(43), 'supported_versions')
  assert.equal(extensionName(51), 'key_share')
  assert.equal(extensionName(0xff01), 'renegotiation_info')
  assert.equal(extensionName(0x0a0a), '0x0a0a')
  assert.equal(cipherSuiteName(0x0000), 'TLS_NULL_WITH_NULL_NULL')
  assert.equal(cipherSuiteName(0xc02b), 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256')
  assert.equal(cipherSuiteName(0xd005), 'TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256')
  assert.equal(cipherSuiteName(0x2a2a), '0x2a2a')
  assert.equal(groupName(0x000e), 'sect571r1')
  assert.equal(groupName(0x001d), 'x25519')
  assert.equal(groupName(0x3a3a), '0x3a3a')
  assert.equal(signatureSchemeName(0x0804), 'rsa_pss_rsae_sha256')
  assert.equal(signatureSchemeName(0x0603), 'ecdsa_sha512')
  assert.equal(signatureSchemeName(0x0904), '0x0904')
  assert.equal(alertName(112), 'unrecognized_name')
  assert.equal(alertName(200), 'alert_200')
})

test('every curve with a known point length has a name of its own', () => {
  const names = [...Array(0x10000).keys()].map(groupName).filter((name) => !name.startsWith('0x'))
  assert.equal(new Set(names).size, names.length)
  for (const [name, length] of CURVE_POINT_LENGTH) {
    assert.ok(names.includes(name), name)
    assert.ok(name.startsWith('x') ? length % 8 === 0 : length % 2 === 1, name)
  }
})

test('the suites that sign their key exchange are told from those that do not, over the whole table', () => {
  const kinds: Readonly<Record<string, readonly [string, string | undefined]>> = {
    TLS_ECDHE_RSA: ['ECDHE', 'RSA'],
    TLS_ECDHE_ECDSA: ['ECDHE', 'ECDSA'],
    TLS_DHE_RSA: ['DHE', 'RSA'],
    TLS_DHE_RSA_EXPORT: ['DHE', 'RSA'],
    TLS_DHE_DSS: ['DHE', 'DSS'],
    TLS_DHE_DSS_EXPORT: ['DHE', 'DSS'],
    TLS_DHE_DSS_EXPORT1024: ['DHE', 'DSS'],
    TLS_DH_anon: ['anon', undefined],
    TLS_DH_anon_EXPORT: ['anon', undefined],
    TLS_ECDH_anon: ['anon', undefined],
    TLS_RSA: ['RSA', undefined],
    TLS_RSA_EXPORT: ['RSA', undefined],
    TLS_RSA_EXPORT1024: ['RSA', undefined],
  }
  for (const prefix of Object.keys(kinds)) assert.ok(SUITES.has(prefix), prefix)
  let suites = 0
  for (const [prefix, codes] of SUITES) {
    const [keyExchange, signer] = kinds[prefix] ?? []
    for (const code of codes) {
      assert.deepEqual(suiteKind(code), { keyExchange, signer }, cipherSuiteName(code))
      suites++
    }
  }
  assert.ok(suites > 350)
})

test('a suite that nobody registered says nothing', () => {
  for (const code of [0x0a0a, 0x00fe, 0xffff]) {
    assert.deepEqual(suiteKind(code), { keyExchange: undefined, signer: undefined })
  }
})
