import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import test from 'node:test'
import { rootCertificates } from 'node:tls'
import fc from 'fast-check'
import { DecodeError } from '../../src/errors.ts'
import { decodeCertificate, subjectOf } from '../../src/x509/certificate.ts'
import { describeCertificate } from '../../src/x509/describe.ts'
import { EXTENSION } from '../../src/x509/extensions.ts'
import {
  boolean,
  context,
  contextPrimitive,
  integer,
  octetString,
  oid,
  sequence,
  tlv,
  utf8String,
} from '../support/make/asn1.ts'
import {
  type CertificateSpec,
  encodeGeneralName,
  extension,
  fromPem,
  type KeyKind,
  mintCertificate,
  mintKey,
} from '../support/make/mint.ts'

const key = mintKey('p256')
const rich = mintCertificate({
  subject: [
    ['C', 'DE'],
    ['O', 'A, "B"'],
    ['CN', 'example.com'],
  ],
  key,
  dnsNames: ['example.com', '*.example.com'],
  ipAddresses: ['192.0.2.1', '2001:db8::1'],
  altNames: [{ email: 'a@example.com' }, { uri: 'https://example.com/' }, { directory: 'x' }],
  ca: true,
  pathLength: 3,
  nameConstraints: { permitted: [{ dns: 'example.com' }], excluded: [{ ip: '10.0.0.0/8' }] },
  serial: 0x1234,
  notBefore: new Date('2021-02-03T04:05:06Z'),
  notAfter: new Date('2051-02-03T04:05:06Z'),
})

function refuses(spec: Partial<CertificateSpec>, pattern: RegExp): void {
  const { der } = mintCertificate({ subject: 'x', key, ...spec })
  assert.throws(
    () => decodeCertificate(der),
    (error) => error instanceof DecodeError && pattern.test(error.message),
    String(pattern),
  )
}

test('decodes every field', () => {
  const certificate = decodeCertificate(rich.der)
  const { extensions } = certificate
  assert.equal(certificate.version, 3)
  assert.deepEqual([...certificate.serialNumber], [0x12, 0x34])
  assert.equal(certificate.notBefore.toISOString(), '2021-02-03T04:05:06.000Z')
  assert.equal(certificate.notAfter.toISOString(), '2051-02-03T04:05:06.000Z')
  assert.deepEqual(certificate.subject, rich.subject)
  assert.deepEqual(certificate.issuer, rich.subject)
  assert.deepEqual(certificate.spki, key.spki)
  assert.deepEqual(extensions.basicConstraints, { ca: true, pathLength: 3 })
  assert.deepEqual([...(extensions.keyUsage ?? [])], ['keyCertSign', 'cRLSign'])
  assert.deepEqual(
    extensions.subjectAltName?.map(({ type }) => type),
    ['dns', 'dns', 'ip', 'ip', 'email', 'uri', 'directory'],
  )
  assert.deepEqual(extensions.nameConstraints?.permitted, [{ type: 'dns', name: 'example.com' }])
  assert.deepEqual(extensions.nameConstraints?.excluded, [
    { type: 'ip', address: Uint8Array.of(10, 0, 0, 0, 255, 0, 0, 0) },
  ])
  assert.deepEqual(extensions.unknownCritical, [])
})

test('describes a certificate as node:crypto does', () => {
  const description = describeCertificate(decodeCertificate(rich.der))
  const native = new X509Certificate(rich.der)
  assert.equal(description.subject, 'CN=example.com,O=A\\, \\"B\\",C=DE')
  assert.equal(description.fingerprint, native.fingerprint256.replaceAll(':', '').toLowerCase())
  assert.equal(description.serialNumber, native.serialNumber.toLowerCase())
  assert.equal(description.key, 'P-256')
  assert.equal(description.signatureScheme, 'ecdsa_sha256')
  assert.deepEqual(description.dnsNames, ['example.com', '*.example.com'])
})

test('every root of the Web PKI decodes, and its subject is found without decoding', () => {
  assert.ok(rootCertificates.length > 100)
  for (const pem of rootCertificates) {
    const [der = new Uint8Array()] = fromPem(pem)
    const certificate = decodeCertificate(der)
    assert.deepEqual(subjectOf(der), certificate.subject)
    const { fingerprint } = describeCertificate(certificate)
    const native = new X509Certificate(pem)
    assert.equal(fingerprint, native.fingerprint256.replaceAll(':', '').toLowerCase())
    assert.equal(certificate.notAfter.getTime(), Date.parse(native.validTo))
  }
})

test('names the scheme of each signature algorithm', () => {
  const rsa = mintKey('rsa-2048')
  for (const scheme of [
    'rsa_pkcs1_md5',
    'rsa_pkcs1_sha1',
    'rsa_pkcs1_sha256',
    'rsa_pkcs1_sha384',
    'rsa_pkcs1_sha512',
    'rsa_pss_rsae_sha256',
    'rsa_pss_rsae_sha384',
    'rsa_pss_rsae_sha512',
  ]) {
    const { der } = mintCertificate({ subject: 'x', key: rsa, signatureScheme: scheme })
    assert.equal(decodeCertificate(der).signatureAlgorithm.scheme, scheme)
  }
  const kinds: [KeyKind, string][] = [
    ['p384', 'ecdsa_sha384'],
    ['p521', 'ecdsa_sha512'],
    ['ed25519', 'ed25519'],
    ['ed448', 'ed448'],
  ]
  for (const [kind, scheme] of kinds) {
    const { der } = mintCertificate({ subject: 'x', key: kind })
    assert.equal(decodeCertificate(der).signatureAlgorithm.scheme, scheme)
  }
})

test('has no scheme for unknown algorithms and for parameters that TLS does not use', () => {
  const algorithms = [
    sequence(oid('1.2.3.4')),
    sequence(oid('1.2.840.10045.4.3.2'), tlv(5)),
    sequence(oid('1.2.840.113549.1.1.11'), integer(1)),
    sequence(oid('1.2.840.113549.1.1.10'), sequence()),
    sequence(oid('1.2.840.113549.1.1.10'), sequence(context(2, integer(32)))),
  ]
  for (const algorithm of algorithms) {
    const raw = { innerAlgorithm: algorithm, outerAlgorithm: algorithm }
    const { der } = mintCertificate({ subject: 'x', key, raw })
    assert.equal(decodeCertificate(der).signatureAlgorithm.scheme, undefined)
  }
})

test('refuses bytes left over, wherever they are', () => {
  const extra = Uint8Array.of(5, 0)
  refuses({ raw: { trailer: extra } }, /expected the end/)
  refuses({ raw: { tbsTrailer: extra } }, /expected the end/)
  const der = Buffer.concat([rich.der, extra])
  assert.throws(() => decodeCertificate(Uint8Array.from(der)), DecodeError)
})

test('refuses broken outer fields', () => {
  refuses({ raw: { version: 0 } }, /v1 is the default/)
  refuses({ raw: { version: 3 } }, /expected version/)
  refuses({ raw: { serialContent: Uint8Array.of(0, 1) } }, /not minimal/)
  refuses({ raw: { outerAlgorithm: sequence(oid('1.2.3')) } }, /algorithm differ/)
  refuses({ raw: { extensions: [] } }, /at least 1 extension/)
  refuses({ raw: { version: null } }, /expected the end/)
  refuses({ raw: { issuer: sequence(tlv(0x31)) } }, /at least 1 attribute/)
  refuses({ raw: { issuer: sequence(sequence()) } }, /expected tag 0x31/)
  refuses({ subject: tlv(0x31) }, /expected tag 0x30 for issuer/)
})

test('refuses a second extension of one kind', () => {
  const one = extension('1.2.3', false, Uint8Array.of(5, 0))
  refuses({ extensions: [one, one] }, /twice/)
})

test('refuses critical FALSE and cA FALSE that are written out', () => {
  const value = octetString(sequence())
  const written = sequence(oid(EXTENSION.basicConstraints), boolean(false), value)
  refuses({ extensions: [written] }, /critical FALSE/)
  const ca = extension(EXTENSION.basicConstraints, true, sequence(boolean(false)))
  refuses({ extensions: [ca] }, /cA FALSE/)
})

test('refuses malformed extensions', () => {
  const bad: [string, Uint8Array, RegExp][] = [
    [EXTENSION.basicConstraints, sequence(boolean(true), integer(1), integer(1)), /the end/],
    [EXTENSION.basicConstraints, sequence(boolean(true), tlv(2, Uint8Array.of(255))), /negative/],
    [EXTENSION.keyUsage, tlv(3, Uint8Array.of(0)), /at least 1 usage/],
    [EXTENSION.extKeyUsage, sequence(), /at least 1 item/],
    [EXTENSION.subjectAltName, sequence(), /at least 1 item/],
    [EXTENSION.subjectAltName, Buffer.from('ascii'), /expected tag/],
    [EXTENSION.subjectAltName, sequence(contextPrimitive(9, key.spki)), /GeneralName/],
    [EXTENSION.subjectAltName, sequence(contextPrimitive(2, Uint8Array.of(0xc3))), /IA5String/],
    [EXTENSION.subjectAltName, sequence(context(4, tlv(0x31))), /Name/],
    [EXTENSION.nameConstraints, sequence(), /list of subtrees/],
    [EXTENSION.nameConstraints, sequence(context(0)), /at least 1 item/],
    [EXTENSION.nameConstraints, sequence(context(2)), /the end/],
    [
      EXTENSION.nameConstraints,
      sequence(
        context(
          0,
          sequence(encodeGeneralName({ dns: 'a' }), contextPrimitive(0, Uint8Array.of(0))),
        ),
      ),
      /the end/,
    ],
    [EXTENSION.authorityKeyIdentifier, sequence(contextPrimitive(2, Uint8Array.of(1))), /both/],
    [EXTENSION.subjectKeyIdentifier, utf8String('x'), /expected tag/],
    [EXTENSION.authorityInfoAccess, sequence(), /at least 1 item/],
    [
      EXTENSION.certificatePolicies,
      sequence(sequence(oid('1.2.3')), sequence(oid('1.2.3'))),
      /twice/,
    ],
  ]
  for (const [id, value, pattern] of bad) {
    const plain = { keyUsage: false, extKeyUsage: false, keyIdentifiers: false } as const
    refuses({ ...plain, extensions: [extension(id, false, value)] }, pattern)
    const trailing = Uint8Array.from([...sequence(boolean(true)), 0])
    if (id === EXTENSION.basicConstraints) {
      refuses({ ...plain, extensions: [extension(id, false, trailing)] }, /the end/)
    }
  }
})

test('lists critical extensions that path validation does not process', () => {
  const { der } = mintCertificate({
    subject: 'x',
    key,
    extensions: [extension('1.2.3', true, key.spki), extension('1.2.4', false, key.spki)],
  })
  assert.deepEqual(decodeCertificate(der).extensions.unknownCritical, ['1.2.3'])
})

test('a certificate cut off anywhere is a DecodeError', () => {
  for (let length = 0; length < rich.der.length; length++) {
    assert.throws(() => decodeCertificate(rich.der.subarray(0, length)), DecodeError)
    subjectOf(rich.der.subarray(0, length))
  }
})

test('a certificate with one byte changed decodes or is a DecodeError', () => {
  for (let at = 0; at < rich.der.length; at++) {
    for (const flip of [0x01, 0x80, 0xff]) {
      const der = Uint8Array.from(rich.der)
      der[at] = (der[at] ?? 0) ^ flip
      subjectOf(der)
      try {
        describeCertificate(decodeCertificate(der))
      } catch (error) {
        assert.ok(error instanceof DecodeError, `byte ${at}: ${error}`)
      }
    }
  }
})

test('any bytes decode or are a DecodeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      subjectOf(bytes)
      assert.throws(() => decodeCertificate(bytes), DecodeError)
    }),
  )
})
