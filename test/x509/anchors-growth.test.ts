// A trust anchor that no certificate names as its issuer is never decoded, however many there are.

import '../support/harness/counting.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { validatePath } from '../../src/index.ts'
import { systemTrustAnchors } from '../../src/system/trust.ts'
import { decodeCertificate } from '../../src/x509/certificate.ts'
import { workOf } from '../support/harness/counting.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { endEntities } from '../support/servers/servers.ts'

test('an anchor of another name costs a small part of what decoding it does', () => {
  const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: ['example.test'] })
  const [endEntity] = endEntities(pki)
  const [der, ...intermediates] = endEntity.certificates
  const others = systemTrustAnchors()
  const work = (trustAnchors: readonly Uint8Array[]): number =>
    workOf(() => {
      const { outcome } = validatePath({
        endEntity: der ?? assert.fail(),
        intermediates,
        trustAnchors,
        time: new Date('2026-01-31T12:00:00Z'),
        host: 'example.test',
        verifySignature: () => true,
      })
      assert.equal(outcome, 'pass')
    })
  // The first run makes what others find made
  work([pki.root.der])
  const alone = work([pki.root.der])
  const each = (work([...others, pki.root.der]) - alone) / others.length
  const decoding = workOf(() => others.forEach(decodeCertificate)) / others.length
  assert.ok(each > 0 && each * 5 < decoding, `${each} steps of ${decoding}`)
})
