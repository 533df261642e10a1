// Scenarios of single rules about certification paths: trust anchors, the number of intermediates, names, and which code
// is told when several certificates, or several rules, are in the way (SPEC.md §6.1).

import { nullValue } from '../../support/make/asn1.ts'
import { type EndEntity, endEntity } from '../../support/make/end-entity.ts'
import { type Minted, mintCertificate } from '../../support/make/mint.ts'
import { HOST } from '../../support/make/statements.ts'
import {
  intermediate,
  issue,
  issueBelow,
  NOT_AFTER,
  NOT_BEFORE,
  root,
  witness,
} from './authority.ts'
import { type Case, presents } from './presentation.ts'
import type { Scenario } from './scenario.ts'

/** Below a root of its own, which is trusted. */
const underRoot = (
  spec: Parameters<typeof mintCertificate>[0],
): readonly [EndEntity, Partial<Scenario>] => {
  const own = mintCertificate(spec)
  return [issueBelow(own), { trustAnchors: [own.der] }]
}

const [underExpired, expired] = underRoot({ subject: 'Old Root', ca: true, notAfter: NOT_BEFORE })
const [underYoung, young] = underRoot({ subject: 'Young Root', ca: true, notBefore: NOT_AFTER })
const [underNoCa, noCa] = underRoot({ subject: 'No Root', keyUsage: false, extKeyUsage: false })
const [underVersion1, version1] = underRoot({
  subject: 'Ancient Root',
  raw: { version: null, extensions: null },
})

/** An end entity below so many intermediates. */
function deep(count: number): EndEntity {
  const chain: Minted[] = [root]
  for (let i = 1; i <= count; i++) {
    chain.push(
      mintCertificate({ subject: `Intermediate ${i}`, issuer: chain.at(-1) as Minted, ca: true }),
    )
  }
  const last = chain.at(-1) as Minted
  const own = mintCertificate({
    subject: HOST,
    issuer: last,
    dnsNames: [HOST],
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
  })
  return endEntity(own, ...chain.slice(1).reverse())
}

const excluding = (name: string, dnsNames: readonly string[]): EndEntity =>
  issueBelow(
    mintCertificate({
      subject: 'Odd Intermediate',
      issuer: root,
      ca: true,
      nameConstraints: { excluded: [{ dns: name }] },
    }),
    { dnsNames },
  )

const presenting = (own: EndEntity, ...certificates: readonly Uint8Array[]): EndEntity => ({
  ...own,
  certificates: [...own.certificates.slice(0, 1), ...certificates],
})

/** Other certificates by the name of the usual intermediate. */
const impostor = mintCertificate({ subject: 'Vector Intermediate', issuer: root, ca: true })
const spelled = { subject: 'Vector Intermediate', key: intermediate.key, issuer: root, ca: true }
const expiredTwin = mintCertificate({ ...spelled, notAfter: NOT_BEFORE })
const malformedTwin = mintCertificate({ ...spelled, raw: { trailer: nullValue() } })
const withoutSubject = intermediate.der.slice(0, 40)
const otherRoot = mintCertificate({ subject: 'Other Root', ca: true })

const right: readonly Case[] = [
  [
    'passes-version-1-anchor',
    'A trust anchor of version 1 has no way to say that it is a CA.',
    underVersion1,
    {},
    version1,
  ],
  ['passes-eight-intermediates', 'Eight intermediates.', deep(8)],
  [
    'passes-upper-case-alternative-name',
    'subjectAltName has the host in upper case.',
    issue({ dnsNames: [HOST.toUpperCase()] }),
  ],
  [
    'passes-wildcard-beside-exclusion',
    'A wildcard that no excluded name is below.',
    excluding('other.test', [HOST, `*.${HOST}`]),
  ],
  [
    'passes-cut-off-certificate-beside',
    'A certificate that ends before its subject is passed over.',
    presenting(witness, withoutSubject, intermediate.der),
  ],
]

const wrong: readonly Case[] = [
  [
    'anchor-expired',
    'The trust anchor has expired.',
    underExpired,
    { path: 'fail expired' },
    expired,
  ],
  [
    'anchor-not-yet-valid',
    'The trust anchor is not yet valid.',
    underYoung,
    { path: 'fail not-yet-valid' },
    young,
  ],
  ['anchor-not-a-ca', 'The trust anchor is no CA.', underNoCa, { path: 'fail not-a-ca' }, noCa],
  ['nine-intermediates', 'Nine intermediates.', deep(9), { path: 'fail path-too-long' }],
  [
    'wildcard-excluded',
    'A wildcard that covers a name which the intermediate may not certify.',
    excluding(`sub.${HOST}`, [HOST, `*.${HOST}`]),
    { path: 'fail name-constraints' },
  ],
  [
    'expired-and-rsa-1024',
    'A key of 1024 bits in a certificate that has expired: the key is looked at first.',
    issue({ key: 'rsa-1024', notAfter: new Date('2026-01-15T00:00:00Z') }),
    { path: 'fail weak-key' },
  ],
  [
    'expired-and-unknown-issuer',
    'The end entity has expired, and its issuer is missing: the end entity is looked at first.',
    presenting(issue({ notAfter: new Date('2026-01-15T00:00:00Z') })),
    { path: 'fail expired' },
  ],
  [
    'forged-and-expired-intermediate',
    'Two certificates have the name of the issuer: that of another key tells less than the one that has expired.',
    presenting(witness, impostor.der, expiredTwin.der),
    { path: 'fail expired' },
  ],
  [
    'forged-and-malformed-intermediate',
    'And the one that does not decode tells less than that of another key.',
    presenting(witness, malformedTwin.der, impostor.der),
    { path: 'fail bad-signature' },
  ],
  [
    'forged-intermediate-and-unknown-root',
    'The intermediate is there, its issuer is not, and a certificate of another key was in the way.',
    presenting(witness, impostor.der, intermediate.der),
    { path: 'fail bad-signature' },
    { trustAnchors: [otherRoot.der] },
  ],
  [
    'expired-intermediate-and-deeper',
    'One issuer has expired; another leads on to an issuer that has: the longer path tells more.',
    twoWays(),
    { path: 'fail name-constraints' },
  ],
]

/** Two certificates of one CA: one has expired, the other is below a CA that may not certify the host. */
function twoWays(): EndEntity {
  const upper = mintCertificate({
    subject: 'Upper Intermediate',
    issuer: root,
    ca: true,
    nameConstraints: { excluded: [{ dns: HOST }] },
  })
  const lower = { subject: 'Vector Intermediate', key: intermediate.key, ca: true }
  const second = mintCertificate({ ...lower, issuer: upper })
  return presenting(witness, expiredTwin.der, second.der, upper.der)
}

export const pathRules: readonly Scenario[] = [
  ...right.map((each) => presents(each)),
  ...wrong.map(([name, ...rest]) => presents([`fails-${name}`, ...rest])),
]
