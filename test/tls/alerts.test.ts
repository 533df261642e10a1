// Every alert of the registry by name: level and description (RFC 2246 §7.2, and the registry's later ones).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderConnection } from '../../src/cli/text/connection.ts'
import { inspectConnection } from '../../src/inspect/connection.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { alertLevelName, alertName } from '../../src/tls/registry.ts'

/** TLS 1.0, which has 41 from SSL 3.0 as a reserved one. */
const TLS10: Readonly<Record<number, string>> = {
  0: 'close_notify',
  10: 'unexpected_message',
  20: 'bad_record_mac',
  21: 'decryption_failed',
  22: 'record_overflow',
  30: 'decompression_failure',
  40: 'handshake_failure',
  41: 'no_certificate',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  60: 'export_restriction',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  90: 'user_canceled',
  100: 'no_renegotiation',
}

const LATER: Readonly<Record<number, string>> = {
  52: 'too_many_cids_requested',
  86: 'inappropriate_fallback',
  109: 'missing_extension',
  110: 'unsupported_extension',
  111: 'certificate_unobtainable',
  112: 'unrecognized_name',
  113: 'bad_certificate_status_response',
  114: 'bad_certificate_hash_value',
  115: 'unknown_psk_identity',
  116: 'certificate_required',
  117: 'general_error',
  120: 'no_application_protocol',
  121: 'ech_required',
}

test('the 24 alerts of TLS 1.0 and all later ones have their names, and no other code has one', () => {
  assert.equal(Object.keys(TLS10).length, 24)
  const named = { ...TLS10, ...LATER }
  for (let code = 0; code < 256; code++)
    assert.equal(alertName(code), named[code] ?? `alert_${code}`)
  assert.deepEqual([1, 2, 3].map(alertLevelName), ['warning', 'fatal', 'level_3'])
})

test('inspect shows each alert by level and description', () => {
  for (const [code, name] of Object.entries({ ...TLS10, ...LATER })) {
    for (const [level, levelName] of [
      [1, 'warning'],
      [2, 'fatal'],
    ] as const) {
      const streams = { server: Uint8Array.of(21, 3, 1, 0, 2, level, Number(code)) }
      const report = inspectConnection(streams, verifySignatureNative)
      const text = renderConnection(report, streams, { hex: false }).join('\n')
      assert.match(text, new RegExp(`alert +server: ${levelName}, ${name}\n`))
      assert.match(text, new RegExp(`level +${levelName}\n.* description +${name}$`))
      assert.equal(report.progress, level === 2 ? 'refused' : 'nothing')
    }
  }
})
