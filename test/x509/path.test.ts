import assert from 'node:assert/strict'
import { sign } from 'node:crypto'
import test from 'node:test'
import { rootCertificates } from 'node:tls'
import { type PathInput, type PathResult, validatePath } from '../../src/index.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { decodeCertificate } from '../../src/x509/certificate.ts'
import { EXTENSION } from '../../src/x509/extensions.ts'
import type { PathCode } from '../../src/x509/path-code.ts'
import { bitString, integer, nullValue, octetString, oid, sequence } from '../support/make/asn1.ts'
import {
  type CertificateSpec,
  extension,
  fromPem,
  type KeyKind,
  type Minted,
  mintCertificate,
  mintKey,
  mintTestPki,
} from '../support/make/mint.ts'

const TIME = new Date('2026-06-01T12:00:00Z')
const rootKey = mintKey('p256')
const caKey = mintKey('p256')
const leafKey = mintKey('p256')

function mintRoot(spec: Partial<CertificateSpec> = {}): Minted {
  return mintCertificate({ subject: 'Root', key: rootKey, ca: true, ...spec })
}

function mintCa(issuer: Minted, spec: Partial<CertificateSpec> = {}): Minted {
  return mintCertificate({ subject: 'CA', issuer, key: caKey, ca: true, ...spec })
}

function mintLeaf(issuer: Minted, spec: Partial<CertificateSpec> = {}): Minted {
  return mintCertificate({
    subject: 'leaf',
    issuer,
    key: leafKey,
    dnsNames: ['www.example.com'],
    ...spec,
  })
}

/** A CA that signs key exchanges, too. */
const signingCa = { ca: true, keyUsage: ['digitalSignature', 'keyCertSign'] } as const

const root = mintRoot()
const ca = mintCa(root)
const leaf = mintLeaf(ca)

/** Both backends must agree. */
function judge(input: {
  leaf: Minted
  intermediates?: Minted[]
  anchors?: Minted[]
  time?: Date
  host?: string
  maxDepth?: number
}): PathResult {
  const given: PathInput = {
    endEntity: input.leaf.der,
    intermediates: (input.intermediates ?? []).map(({ der }) => der),
    trustAnchors: (input.anchors ?? [root]).map(({ der }) => der),
    time: input.time ?? TIME,
    host: input.host,
    maxDepth: input.maxDepth,
  }
  const portable = validatePath(given)
  assert.deepEqual(validatePath({ ...given, verifySignature: verifySignatureNative }), portable)
  return portable
}

function passes(input: Parameters<typeof judge>[0], path: Minted[]): void {
  assert.deepEqual(judge(input), { outcome: 'pass', path: path.map(({ der }) => der) })
}

function fails(input: Parameters<typeof judge>[0], code: PathCode): void {
  const result = judge(input)
  assert.equal(result.outcome === 'fail' ? result.code : 'pass', code)
}

/** A path whose end entity, intermediate or root differs from a good one. */
function failsWith(
  specs: {
    leaf?: Partial<CertificateSpec>
    ca?: Partial<CertificateSpec>
    root?: Partial<CertificateSpec>
  },
  code: PathCode,
): void {
  const anchor = mintRoot(specs.root)
  const intermediate = mintCa(anchor, specs.ca)
  const endEntity = mintLeaf(intermediate, specs.leaf)
  fails({ leaf: endEntity, intermediates: [intermediate], anchors: [anchor] }, code)
}

test('finds the path from end entity to trust anchor', () => {
  passes({ leaf, intermediates: [ca], host: 'www.example.com' }, [leaf, ca, root])
  const direct = mintLeaf(root)
  passes({ leaf: direct }, [direct, root])
})

test('order, repetition and strangers among the intermediates do not matter', () => {
  const second = mintCa(ca, { subject: 'CA 2', key: mintKey('p256') })
  const endEntity = mintLeaf(second)
  const stranger = mintCertificate({ subject: 'stranger', ca: true })
  const junk = { ...stranger, der: Uint8Array.of(0x30, 0x80, 1, 2, 3) }
  const intermediates = [junk, root, stranger, ca, ca, endEntity, second]
  passes({ leaf: endEntity, intermediates }, [endEntity, second, ca, root])
})

function message(input: Parameters<typeof judge>[0]): string {
  const result = judge(input)
  assert.ok(result.outcome === 'fail')
  return result.message
}

test('says which issuer the server did not send', () => {
  assert.equal(
    message({ leaf }),
    'the server did not send the certificate of its issuer, CN=CA, and no trust anchor has that name',
  )
  const second = mintCa(ca, { subject: 'CA 2', key: mintKey('p256') })
  assert.equal(
    message({ leaf: mintLeaf(second), intermediates: [second] }),
    'the path ends at CN=CA 2, whose issuer CN=CA is not a trust anchor and was not sent',
  )
})

test('tells a root that is not trusted from an issuer that was not sent', () => {
  const anchors = [mintRoot({ subject: 'Other' })]
  assert.equal(
    message({ leaf, intermediates: [ca, root], anchors }),
    'the path ends at the root certificate CN=Root, which is not a trust anchor',
  )
})

test('says that an end entity is self-signed, and only when its own key has signed it', () => {
  const own = mintLeaf(root, { issuer: undefined })
  const selfSigned = 'the end entity certificate is self-signed and is not a trust anchor'
  assert.equal(message({ leaf: own }), selfSigned)
  assert.equal(message({ leaf: own, intermediates: [own, ca] }), selfSigned)
  const namesake = mintRoot({ subject: 'leaf', key: mintKey('p256') })
  assert.match(message({ leaf: mintLeaf(namesake) }), /not send .* issuer, CN=leaf,/)
})

test('CAs that certify each other lead to no trust anchor', () => {
  const keys = [mintKey('p256'), mintKey('p256')] as const
  const a = mintRoot({ subject: 'A', key: keys[0] })
  const b = mintCa(a, { subject: 'B', key: keys[1] })
  const aByB = mintCa(b, { subject: 'A', key: keys[0] })
  assert.equal(
    message({ leaf: mintLeaf(b), intermediates: [b, aByB] }),
    'the certificates that the server sent lead to no trust anchor',
  )
})

test('a name in a message is one line of bounded length', () => {
  const odd = mintRoot({ subject: `x\nhint: trust me\u202e${'y'.repeat(1000)}` })
  const text = message({ leaf: mintLeaf(odd) })
  assert.match(text, /issuer, CN=x\\u\{a\}hint: trust me\\u\{202e\}y+…, and/)
  assert.ok(text.length < 250, text)
})

test('says from when and until when a certificate is valid', () => {
  const notBefore = new Date('2026-07-01T00:00:00Z')
  const notAfter = new Date('2026-05-01T00:00:00Z')
  const intermediates = [ca]
  assert.match(
    message({ leaf: mintLeaf(ca, { notBefore }), intermediates }),
    /not valid before 2026-07-01 00:00:00 UTC$/,
  )
  assert.match(
    message({ leaf: mintLeaf(ca, { notAfter }), intermediates }),
    /expired at 2026-05-01 00:00:00 UTC$/,
  )
})

test('tries every issuer of the same name', () => {
  const expired = mintCa(root, { notAfter: new Date('2021-01-01T00:00:00Z') })
  const impostor = mintCa(root, { key: mintKey('p256') })
  const elsewhere = mintCa(mintRoot({ subject: 'Other' }))
  const intermediates = [expired, impostor, elsewhere, ca]
  passes({ leaf, intermediates }, [leaf, ca, root])
})

test('a cross-signed root leads on when its own certificate is not trusted', () => {
  const old = mintRoot({ subject: 'Old Root', key: mintKey('p256') })
  const cross = mintRoot({ issuer: old })
  passes({ leaf, intermediates: [ca, root, cross], anchors: [old] }, [leaf, ca, cross, old])
})

test('a cycle ends', () => {
  const a = mintCertificate({ subject: 'A', key: rootKey, ca: true })
  const b = mintCertificate({ subject: 'B', key: caKey, ca: true, issuer: a })
  const aByB = mintCertificate({ subject: 'A', key: rootKey, ca: true, issuer: b })
  fails({ leaf: mintLeaf(b), intermediates: [aByB, b, a], anchors: [root] }, 'unknown-issuer')
})

test('without an issuer, and without trust anchors, there is no path', () => {
  fails({ leaf, intermediates: [] }, 'unknown-issuer')
  fails({ leaf, intermediates: [ca], anchors: [] }, 'unknown-issuer')
  fails({ leaf, intermediates: [ca], anchors: [mintRoot({ subject: 'Other' })] }, 'unknown-issuer')
})

test('every signature counts but that of the trust anchor on itself', () => {
  const forged = { signature: sign('sha256', Buffer.from('else'), rootKey.privateKey) }
  failsWith({ leaf: { raw: forged } }, 'bad-signature')
  failsWith({ ca: { raw: forged } }, 'bad-signature')
  const anchor = mintRoot({ raw: forged })
  passes({ leaf, intermediates: [ca], anchors: [anchor] }, [leaf, ca, anchor])
})

test('works with each kind of key', () => {
  const kinds: KeyKind[] = ['rsa-2048', 'p384', 'p521', 'ed25519', 'ed448']
  for (const kind of kinds) {
    const {
      root: anchor,
      intermediate,
      endEntities,
    } = mintTestPki({
      endEntityKeys: [kind],
      caKey: kind,
    })
    const [endEntity = leaf] = endEntities
    const path = [endEntity, intermediate, anchor]
    const host = '127.0.0.1'
    passes({ leaf: endEntity, intermediates: [intermediate], anchors: [anchor], host }, path)
  }
  const anchor = mintRoot({ key: mintKey('rsa-2048') })
  const endEntity = mintLeaf(anchor, { signatureScheme: 'rsa_pss_rsae_sha384' })
  passes({ leaf: endEntity, anchors: [anchor] }, [endEntity, anchor])
})

test('a key of id-RSASSA-PSS verifies under the scheme names of its own', () => {
  const rsa = mintKey('rsa-2048')
  const spki = sequence(
    sequence(oid('1.2.840.113549.1.1.10')),
    bitString(Uint8Array.from(rsa.publicKey.export({ type: 'pkcs1', format: 'der' }))),
  )
  const anchor = mintRoot({ key: rsa, raw: { spki } })
  const endEntity = mintLeaf(anchor, { signatureScheme: 'rsa_pss_rsae_sha256' })
  passes({ leaf: endEntity, anchors: [anchor] }, [endEntity, anchor])
  fails({ leaf: mintLeaf(anchor), anchors: [anchor] }, 'bad-signature')
  const schemes: string[] = []
  validatePath({
    endEntity: endEntity.der,
    intermediates: [],
    trustAnchors: [anchor.der],
    time: TIME,
    verifySignature: (scheme) => schemes.push(scheme) > 0,
  })
  assert.deepEqual(schemes, ['rsa_pss_pss_sha256'])
})

test('validity is inclusive, to the second, on every certificate', () => {
  const window = {
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2026-12-31T23:59:59Z'),
  }
  for (const narrow of ['leaf', 'ca', 'root'] as const) {
    const anchor = mintRoot(narrow === 'root' ? window : {})
    const intermediate = mintCa(anchor, narrow === 'ca' ? window : {})
    const endEntity = mintLeaf(intermediate, narrow === 'leaf' ? window : {})
    const at = (time: string) => ({
      leaf: endEntity,
      intermediates: [intermediate],
      anchors: [anchor],
      time: new Date(time),
    })
    const path = [endEntity, intermediate, anchor]
    fails(at('2025-12-31T23:59:59.999Z'), 'not-yet-valid')
    passes(at('2026-01-01T00:00:00Z'), path)
    passes(at('2026-12-31T23:59:59.999Z'), path)
    fails(at('2027-01-01T00:00:00Z'), 'expired')
  }
})

test('an issuer is a CA by basicConstraints, critical on intermediates', () => {
  failsWith({ ca: { ca: false } }, 'not-a-ca')
  failsWith({ root: { ca: false } }, 'not-a-ca')
  failsWith({ ca: { raw: { version: null, extensions: null } } }, 'not-a-ca')
  const value = decodeCertificate(root.der).extensions.all[0]?.value ?? new Uint8Array()
  const uncritical = [extension(EXTENSION.basicConstraints, false, value)]
  failsWith({ ca: { raw: { extensions: uncritical } } }, 'profile-violation')
  const anchor = mintRoot({ raw: { extensions: uncritical } })
  passes({ leaf, intermediates: [ca], anchors: [anchor] }, [leaf, ca, anchor])
})

test('a version 1 certificate can be a trust anchor', () => {
  const anchor = mintRoot({ raw: { version: null, extensions: null } })
  passes({ leaf, intermediates: [ca], anchors: [anchor] }, [leaf, ca, anchor])
})

test('pathLenConstraint counts intermediates that are not self-issued, also for the trust anchor', () => {
  failsWith({ root: { pathLength: 0 } }, 'path-too-long')
  const anchor = mintRoot({ pathLength: 1 })
  const [secondKey, thirdKey] = [mintKey('p256'), mintKey('p256')]
  const first = mintCa(anchor, { pathLength: 0 })
  const rollover = mintCa(first, { key: secondKey, pathLength: 0 })
  const endEntity = mintLeaf(rollover)
  const intermediates = [first, rollover]
  passes({ leaf: endEntity, intermediates, anchors: [anchor] }, [
    endEntity,
    rollover,
    first,
    anchor,
  ])
  const other = mintCa(rollover, { subject: 'CA 2', key: thirdKey })
  const deeper = { leaf: mintLeaf(other), intermediates: [...intermediates, other] }
  fails({ ...deeper, anchors: [anchor] }, 'path-too-long')
})

test('name constraints hold below each CA that has them, but not for self-issued intermediates', () => {
  const anchor = mintRoot({ nameConstraints: { permitted: [{ dns: 'example.com' }] } })
  const first = mintCa(anchor)
  const alias = { dnsNames: ['elsewhere.test'], key: mintKey('p256') }
  const judged = (intermediate: Minted, spec: Partial<CertificateSpec> = {}) => ({
    leaf: mintLeaf(intermediate, spec),
    intermediates: [first, intermediate],
    anchors: [anchor],
  })
  const rollover = judged(mintCa(first, alias))
  const [, second = first] = rollover.intermediates
  passes(rollover, [rollover.leaf, second, first, anchor])
  fails(judged(mintCa(first, { ...alias, subject: 'CA 2' })), 'name-constraints')
  fails(judged(first, { dnsNames: ['elsewhere.test'] }), 'name-constraints')
  const own = mintCertificate({ ...signingCa, subject: 'Root', issuer: anchor, ...alias })
  fails({ leaf: own, anchors: [anchor] }, 'name-constraints')
})

test('maxDepth bounds the intermediates', () => {
  fails({ leaf, intermediates: [ca], maxDepth: 0 }, 'path-too-long')
  passes({ leaf, intermediates: [ca], maxDepth: 1 }, [leaf, ca, root])
  const intermediates = [ca]
  for (let i = 0; i < 8; i++) {
    intermediates.push(mintCa(intermediates.at(-1) ?? ca, { subject: `CA ${i}`, key: rootKey }))
  }
  const endEntity = mintLeaf(intermediates.at(-1) ?? ca)
  fails({ leaf: endEntity, intermediates }, 'path-too-long')
  const path = [endEntity, ...[...intermediates].reverse(), root]
  passes({ leaf: endEntity, intermediates, maxDepth: 9 }, path)
})

test('keyUsage allows what each key does', () => {
  failsWith({ ca: { keyUsage: ['cRLSign'] } }, 'key-usage')
  failsWith({ root: { keyUsage: ['cRLSign'] } }, 'key-usage')
  failsWith({ leaf: { keyUsage: ['keyEncipherment'] } }, 'key-usage')
  failsWith({ leaf: { keyUsage: ['digitalSignature', 'keyCertSign'] } }, 'key-usage')
  const ownCa = mintCa(ca, { subject: 'CA for itself' })
  fails({ leaf: ownCa, intermediates: [ca] }, 'key-usage')
  const signing = mintCa(ca, { ...signingCa, subject: 'CA that signs' })
  passes({ leaf: signing, intermediates: [ca] }, [signing, ca, root])
  const selfSigned = mintRoot({ subject: 'Root that is a server' })
  fails({ leaf: selfSigned, anchors: [selfSigned] }, 'key-usage')
  const plain = mintLeaf(mintCa(root, { keyUsage: false }), { keyUsage: false })
  const intermediate = mintCa(root, { keyUsage: false })
  passes({ leaf: plain, intermediates: [intermediate] }, [plain, intermediate, root])
})

test('extKeyUsage allows TLS servers; anyExtendedKeyUsage is for CAs', () => {
  failsWith({ leaf: { extKeyUsage: ['clientAuth'] } }, 'extended-key-usage')
  failsWith({ leaf: { extKeyUsage: ['any'] } }, 'extended-key-usage')
  failsWith({ ca: { extKeyUsage: ['clientAuth'] } }, 'extended-key-usage')
  failsWith({ root: { extKeyUsage: ['codeSigning'] } }, 'extended-key-usage')
  const intermediate = mintCa(root, { extKeyUsage: ['any'] })
  const endEntity = mintLeaf(intermediate, { extKeyUsage: false })
  passes({ leaf: endEntity, intermediates: [intermediate] }, [endEntity, intermediate, root])
})

test('unknown critical extensions fail wherever they are', () => {
  const extensions = [extension('1.2.3.4', true, nullValue())]
  failsWith({ leaf: { extensions } }, 'unknown-critical-extension')
  failsWith({ ca: { extensions } }, 'unknown-critical-extension')
  failsWith({ root: { extensions } }, 'unknown-critical-extension')
  const policy = [extension(EXTENSION.policyConstraints, true, sequence())]
  failsWith({ ca: { extensions: policy } }, 'unknown-critical-extension')
})

test('breaking the profile fails', () => {
  const aia = sequence(sequence(oid('1.3.6.1.5.5.7.48.2'), altName()))
  const critical = (id: string, value: Uint8Array): Uint8Array[] => [extension(id, true, value)]
  const keyId = octetString(Uint8Array.of(1))
  failsWith(
    { leaf: { extensions: critical(EXTENSION.authorityInfoAccess, aia) } },
    'profile-violation',
  )
  failsWith(
    {
      leaf: {
        keyIdentifiers: false,
        extensions: critical(EXTENSION.subjectKeyIdentifier, keyId),
      },
    },
    'profile-violation',
  )
  const constraints = { permitted: [{ dns: 'example.com' }] }
  failsWith({ ca: { nameConstraints: { ...constraints, critical: false } } }, 'profile-violation')
  failsWith({ leaf: { nameConstraints: constraints } }, 'profile-violation')
  failsWith({ leaf: { raw: { issuer: sequence() } } }, 'profile-violation')
  failsWith({ leaf: { subject: sequence() } }, 'profile-violation')
  failsWith({ ca: { subject: sequence() }, leaf: {} }, 'profile-violation')
})

test('an empty subject goes with a critical subjectAltName', () => {
  const names = sequence(altName())
  const endEntity = mintLeaf(root, {
    subject: sequence(),
    dnsNames: [],
    extensions: [extension(EXTENSION.subjectAltName, true, names)],
  })
  passes({ leaf: endEntity, host: 'www.example.com' }, [endEntity, root])
})

test('weak keys fail wherever they are', () => {
  const weak: KeyKind[] = ['rsa-1024', 'p224', 'secp256k1']
  for (const kind of weak) failsWith({ leaf: { key: kind } }, 'weak-key')
  failsWith({ root: { key: 'rsa-1024' } }, 'weak-key')
  failsWith({ ca: { key: 'rsa-1024' } }, 'weak-key')
  const dsa = sequence(sequence(oid('1.2.840.10040.4.1')), bitString(integer(1)))
  failsWith({ leaf: { raw: { spki: dsa } } }, 'weak-key')
  const modulus = new Uint8Array(256).fill(0xff)
  for (const exponent of [1, 2, 2 ** 40 + 1]) {
    failsWith({ leaf: { raw: { spki: rsaSpki(modulus, exponent) } } }, 'weak-key')
  }
  const odd = Uint8Array.from([0x0f, ...modulus])
  failsWith({ leaf: { raw: { spki: rsaSpki(odd, 65537) } } }, 'weak-key')
  failsWith(
    { leaf: { raw: { spki: rsaSpki(new Uint8Array(1025).fill(0xff), 65537) } } },
    'weak-key',
  )
  failsWith({ leaf: { raw: { spki: sequence() } } }, 'malformed-certificate')
})

test('weak and unknown signature algorithms fail, but not on the trust anchor', () => {
  const rsa = mintKey('rsa-2048')
  const anchor = mintRoot({ key: rsa, signatureScheme: 'rsa_pkcs1_sha1' })
  const good = mintLeaf(anchor)
  passes({ leaf: good, anchors: [anchor] }, [good, anchor])
  for (const signatureScheme of ['rsa_pkcs1_sha1', 'rsa_pkcs1_md5', 'rsa_pkcs1_sha224']) {
    fails({ leaf: mintLeaf(anchor, { signatureScheme }), anchors: [anchor] }, 'weak-algorithm')
  }
  const intermediate = mintCa(anchor, { signatureScheme: 'rsa_pkcs1_sha1' })
  const below = { leaf: mintLeaf(intermediate), intermediates: [intermediate] }
  fails({ ...below, anchors: [anchor] }, 'weak-algorithm')
})

test('malformed certificates fail when the path needs them', () => {
  const cut = (minted: Minted): Minted => ({ ...minted, der: minted.der.subarray(0, -1) })
  fails({ leaf: cut(leaf), intermediates: [ca] }, 'malformed-certificate')
  fails({ leaf, intermediates: [cut(ca)] }, 'malformed-certificate')
  const twice = mintRoot({
    extensions: [extension('1.2.3', false, nullValue()), extension('1.2.3', false, nullValue())],
  })
  fails({ leaf, intermediates: [ca], anchors: [twice] }, 'malformed-certificate')
})

test('the host is judged last, and only when given', () => {
  passes({ leaf, intermediates: [ca] }, [leaf, ca, root])
  fails({ leaf, intermediates: [ca], host: 'example.com' }, 'host-mismatch')
  fails({ leaf, intermediates: [ca], host: 'not a host' }, 'host-mismatch')
  fails({ leaf, intermediates: [], host: 'example.com' }, 'unknown-issuer')
})

test('an end entity that is a trust anchor stands for itself when it is a CA', () => {
  const names = { subject: 'own', dnsNames: ['www.example.com'] } as const
  const own = mintCertificate({ ...signingCa, ...names })
  passes({ leaf: own, anchors: [own], host: 'www.example.com' }, [own])
  const notCa = mintCertificate({ subject: 'own', dnsNames: ['www.example.com'] })
  fails({ leaf: notCa, anchors: [notCa] }, 'not-a-ca')
})

test('of several failures the one that got furthest is told', () => {
  const expired = mintCa(root, { notAfter: new Date('2021-01-01T00:00:00Z') })
  const impostor = mintCa(root, { key: mintKey('p256') })
  fails({ leaf, intermediates: [impostor, expired] }, 'expired')
  fails(
    { leaf, intermediates: [expired, ca], anchors: [mintRoot({ pathLength: 0 })] },
    'path-too-long',
  )
})

test('every root of the Web PKI is usable as a trust anchor', () => {
  const unusable = rootCertificates.filter((pem) => {
    const [der = new Uint8Array()] = fromPem(pem)
    const { subject, notAfter } = decodeCertificate(der)
    const endEntity = mintLeaf(root, { raw: { issuer: subject } })
    const result = validatePath({
      endEntity: endEntity.der,
      intermediates: [],
      trustAnchors: [der],
      time: new Date(Math.min(notAfter.getTime(), TIME.getTime())),
      verifySignature: () => true,
    })
    return result.outcome === 'fail'
  })
  assert.deepEqual(unusable, [])
})

test('misuse throws, and nothing else does', () => {
  const good = { endEntity: leaf.der, intermediates: [], trustAnchors: [root.der], time: TIME }
  const wrong = (change: object): PathInput => ({ ...good, ...change }) as PathInput
  assert.throws(() => validatePath(wrong({ endEntity: 'pem' })), TypeError)
  assert.throws(() => validatePath(wrong({ intermediates: [1] })), TypeError)
  assert.throws(() => validatePath(wrong({ trustAnchors: undefined })), TypeError)
  assert.throws(() => validatePath(wrong({ time: 0 })), TypeError)
  assert.throws(() => validatePath(wrong({ time: new Date(Number.NaN) })), RangeError)
  assert.throws(() => validatePath(wrong({ host: 1 })), TypeError)
  assert.throws(() => validatePath(wrong({ maxDepth: -1 })), RangeError)
  assert.throws(() => validatePath(wrong({ maxDepth: 0.5 })), RangeError)
})

function altName(): Uint8Array {
  return Uint8Array.from([0x82, 15, ...Buffer.from('www.example.com')])
}

function rsaSpki(modulus: Uint8Array, exponent: number): Uint8Array {
  return sequence(
    sequence(oid('1.2.840.113549.1.1.1'), nullValue()),
    bitString(sequence(integer(modulus), integer(exponent))),
  )
}
