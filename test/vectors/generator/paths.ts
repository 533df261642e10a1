// Scenarios about the certification path up to a trust anchor (SPEC.md §6.1).

import { nullValue, sequence } from '../../support/make/asn1.ts'
import { type EndEntity, endEntity } from '../../support/make/end-entity.ts'
import { type CertificateSpec, extension, mintCertificate } from '../../support/make/mint.ts'
import { HOST } from '../../support/make/statements.ts'
import { intermediate, issue, issueBelow, NOT_BEFORE, root, witness } from './authority.ts'
import { type Case, presents } from './presentation.ts'
import type { Scenario } from './scenario.ts'

/** An end entity below an intermediate that is off. */
const below = (spec: Partial<CertificateSpec>): EndEntity =>
  issueBelow(mintCertificate({ subject: 'Odd Intermediate', issuer: root, ca: true, ...spec }))

/** The usual end entity, with other certificates beside its own. */
const presenting = (...certificates: readonly Uint8Array[]): EndEntity => ({
  ...witness,
  certificates: [...witness.certificates.slice(0, 1), ...certificates],
})

const hundreds = (label: string): { dns: string }[] =>
  Array.from({ length: 600 }, (_, i) => ({ dns: `${label}${i}.test` }))

const impostor = mintCertificate({ subject: 'Vector Intermediate', issuer: root, ca: true })
const otherRoot = mintCertificate({ subject: 'Other Root', ca: true })
const crossSigned = mintCertificate({
  subject: 'Vector Root',
  key: root.key,
  issuer: otherRoot,
  ca: true,
})
const deepRoot = mintCertificate({ subject: 'Deep Root', ca: true, pathLength: 0 })
const unconstrained = mintCertificate({ subject: 'Deep Intermediate', issuer: deepRoot, ca: true })

const rightPaths: readonly Case[] = [
  [
    'passes-intermediates-in-any-order',
    'Strangers and the root among the intermediates, the right one last.',
    presenting(otherRoot.der, Uint8Array.of(0x30, 0), root.der, intermediate.der),
  ],
  [
    'passes-cross-signed',
    'The trust anchor is another root, which has cross-signed the usual one.',
    presenting(intermediate.der, crossSigned.der),
    {},
    { trustAnchors: [otherRoot.der] },
  ],
  [
    'passes-dead-end-beside',
    'An intermediate of the right name whose key is another one comes first.',
    presenting(impostor.der, intermediate.der),
  ],
  [
    'passes-intermediate-as-anchor',
    'The trust anchor is the intermediate.',
    presenting(),
    {},
    { trustAnchors: [intermediate.der] },
  ],
  [
    'passes-end-entity-as-anchor-below-root',
    'The end entity is a trust anchor besides.',
    witness,
    {},
    { trustAnchors: [...witness.certificates.slice(0, 1), root.der] },
  ],
]

const wrongPaths: readonly Case[] = [
  ['unknown-issuer', 'The intermediate is missing.', presenting(), { path: 'fail unknown-issuer' }],
  [
    'unknown-root',
    'The root is not among the trust anchors.',
    witness,
    { path: 'fail unknown-issuer' },
    { trustAnchors: [otherRoot.der] },
  ],
  [
    'no-trust-anchors',
    'There are no trust anchors.',
    witness,
    { path: 'fail unknown-issuer' },
    { trustAnchors: [] },
  ],
  [
    'root-only-presented',
    'The server sends its own root.',
    presenting(intermediate.der, root.der),
    { path: 'fail unknown-issuer' },
    { trustAnchors: [otherRoot.der] },
  ],
  [
    'forged-intermediate',
    'The intermediate has the right name and another key.',
    presenting(impostor.der),
    { path: 'fail bad-signature' },
  ],
  [
    'self-signed',
    'A self-signed certificate that nobody trusts.',
    endEntity(mintCertificate({ subject: HOST, dnsNames: [HOST] })),
    { path: 'fail unknown-issuer' },
  ],
  [
    'intermediate-expired',
    'The end entity is valid, the intermediate has expired.',
    below({ notAfter: NOT_BEFORE }),
    { path: 'fail expired' },
  ],
  [
    'intermediate-not-yet-valid',
    'The intermediate is not yet valid.',
    below({ notBefore: new Date('2026-02-01T00:00:00Z') }),
    { path: 'fail not-yet-valid' },
  ],
  [
    'issued-by-end-entity',
    'The issuer is an end entity like any other.',
    issueBelow(mintCertificate({ subject: 'www.test', issuer: root, dnsNames: ['www.test'] })),
    { path: 'fail not-a-ca' },
  ],
  [
    'version-1-intermediate',
    'The intermediate is of version 1 and says nothing of being a CA.',
    below({ raw: { version: null, extensions: null } }),
    { path: 'fail not-a-ca' },
  ],
  [
    'path-too-long',
    'The root allows no intermediate with an issuer below it.',
    issueBelow(unconstrained),
    { path: 'fail path-too-long' },
    { trustAnchors: [deepRoot.der] },
  ],
  [
    'key-usage',
    'The key may encipher and not sign.',
    issue({ keyUsage: ['keyEncipherment'] }),
    { path: 'fail key-usage' },
  ],
  [
    'ca-key-usage',
    "The intermediate's key may not sign certificates.",
    below({ keyUsage: ['cRLSign'] }),
    { path: 'fail key-usage' },
  ],
  [
    'client-certificate',
    'A certificate for clients.',
    issue({ extKeyUsage: ['clientAuth'] }),
    { path: 'fail extended-key-usage' },
  ],
  [
    'code-signing-intermediate',
    'An intermediate for signing code.',
    below({ extKeyUsage: ['codeSigning'] }),
    { path: 'fail extended-key-usage' },
  ],
  [
    'name-not-permitted',
    'The intermediate may certify names below other.test only.',
    below({ nameConstraints: { permitted: [{ dns: 'other.test' }] } }),
    { path: 'fail name-constraints' },
  ],
  [
    'name-excluded',
    'The intermediate may not certify the host.',
    below({ nameConstraints: { excluded: [{ dns: HOST }] } }),
    { path: 'fail name-constraints' },
  ],
  [
    'unknown-critical-extension',
    'A critical extension that nobody knows.',
    issue({ extensions: [extension('1.3.6.1.4.1.55555.1', true, nullValue())] }),
    { path: 'fail unknown-critical-extension' },
  ],
  [
    'profile-violation',
    'basicConstraints of the intermediate is not critical.',
    below({
      ca: false,
      keyUsage: ['keyCertSign'],
      extKeyUsage: false,
      extensions: [extension('2.5.29.19', false, sequence(Uint8Array.of(1, 1, 0xff)))],
    }),
    { path: 'fail profile-violation' },
  ],
  [
    'rsa-1024',
    'An RSA key of 1024 bits: the signature verifies, and counts for nothing.',
    issue({ key: 'rsa-1024' }),
    { path: 'fail weak-key' },
  ],
  [
    'rsa-1024-intermediate',
    'The intermediate has an RSA key of 1024 bits.',
    below({ key: 'rsa-1024' }),
    { path: 'fail weak-key' },
  ],
  [
    'curve-not-supported',
    'A key on secp256k1.',
    issue({ key: 'secp256k1' }),
    { path: 'fail weak-key', signatures: 'unknown unsupported-scheme' },
  ],
  [
    'certificate-signed-with-sha1',
    'The end entity certificate is signed with SHA-1.',
    issue({ signatureScheme: 'ecdsa_sha1' }),
    { path: 'fail weak-algorithm' },
  ],
  [
    'intermediate-signed-with-sha1',
    'The intermediate is signed with SHA-1.',
    below({ signatureScheme: 'ecdsa_sha1' }),
    { path: 'fail weak-algorithm' },
  ],
  [
    'malformed-intermediate',
    'The only intermediate has an element too many.',
    below({ raw: { trailer: nullValue() } }),
    { path: 'fail malformed-certificate' },
  ],
  [
    'too-many-names',
    '600 names below an intermediate with as many name constraints.',
    issueBelow(
      mintCertificate({
        subject: 'Odd Intermediate',
        issuer: root,
        ca: true,
        nameConstraints: { excluded: hundreds('excluded') },
      }),
      { altNames: [{ dns: HOST }, ...hundreds('named')] },
    ),
    { path: 'fail budget-exceeded' },
  ],
]

export const paths: readonly Scenario[] = [
  ...rightPaths.map((each) => presents(each)),
  ...wrongPaths.map(([name, ...rest]) => presents([`fails-${name}`, ...rest])),
]
