// Scenarios of keys and signature parameters at their bounds: salts, RSA sizes and exponents, keys that can't be read, and
// the work that signatures may take (SPEC.md §6, §6.1, §6.5).

import { constants, sign } from 'node:crypto'
import type { SignedStatement } from '../../../src/statement/statement.ts'
import { bitString, oid, sequence } from '../../support/make/asn1.ts'
import { offerSchemes } from '../../support/make/client-hello.ts'
import type { EndEntity } from '../../support/make/end-entity.ts'
import { rsaSpki } from '../../support/make/fresh-signatures.ts'
import { mintCertificate, mintKey } from '../../support/make/mint.ts'
import { makeStatement, type RoundPlan, roundsAt, TIME } from '../../support/make/statements.ts'
import { issue, issueBelow, root, trustAnchors, witness } from './authority.ts'
import { type JudgedCase, plusByte, toScenarios } from './last-round.ts'
import { presents } from './presentation.ts'
import type { Scenario } from './scenario.ts'

const rsa = issue({ key: 'rsa-2048' })
const pss = issue({ key: 'rsa-pss-2048' })
const BAD_SIGNATURE = { signatures: 'fail bad-signature' } as const
const WEAK_KEY = { path: 'fail weak-key' } as const

const salted = (saltLength: number): Partial<RoundPlan> => ({
  endEntity: rsa,
  flight: {
    scheme: 0x0804,
    signature: (_, signed) =>
      Uint8Array.from(
        sign('sha256', signed, {
          key: rsa.privateKey,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength,
        }),
      ),
  },
})

const right: readonly JudgedCase[] = [
  [
    'pss-key',
    'rsa_pss_pss_sha256 by a key that is for RSASSA-PSS alone.',
    { endEntity: pss, flight: { scheme: 0x0809 } },
    {},
  ],
  [
    'ecdsa-sha256-by-p384',
    'In TLS 1.2, an ECDSA scheme says nothing of the curve.',
    { endEntity: issue({ key: 'p384' }), flight: { scheme: 0x0403 } },
    {},
  ],
]

/** An EC key on P-256 whose point lacks a byte. */
const cutSpki = sequence(
  sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')),
  bitString(new Uint8Array(64).fill(4)),
)
/** Three rounds by a scheme that is not supported. */
const ecdsaMd5 = (endEntity: EndEntity): SignedStatement =>
  makeStatement({
    rounds: roundsAt(endEntity, [TIME, TIME, TIME], {
      flight: { scheme: 0x0103 },
      offer: offerSchemes(0x0103),
    }),
  })
const malformedWitness: EndEntity = {
  ...witness,
  certificates: witness.certificates.map((der, i) => (i === 0 ? plusByte(der) : der)),
}

const wrong: readonly JudgedCase[] = [
  ['pss-salt-20', 'RSASSA-PSS with a salt of 20 bytes.', salted(20), BAD_SIGNATURE],
  ['pss-salt-0', 'RSASSA-PSS without a salt.', salted(0), BAD_SIGNATURE],
  [
    'pss-salt-33',
    'RSASSA-PSS with a salt of a byte more than the hash.',
    salted(33),
    BAD_SIGNATURE,
  ],
  [
    'rsae-scheme-of-pss-key',
    'rsa_pss_rsae_sha256 by a key that is for RSASSA-PSS alone.',
    { endEntity: pss, flight: { scheme: 0x0804 } },
    BAD_SIGNATURE,
  ],
  [
    'pss-scheme-of-rsa-key',
    'rsa_pss_pss_sha256 by a key of rsaEncryption.',
    { endEntity: rsa, flight: { scheme: 0x0809 } },
    BAD_SIGNATURE,
  ],
  [
    'end-entity-key-malformed',
    'The key of the end entity is a point without its last byte.',
    { endEntity: issue({ raw: { spki: cutSpki } }) },
    { ...BAD_SIGNATURE, path: 'fail malformed-certificate' },
  ],
]

/** An intermediate with this RSA key; what it signs is never reached. */
const below = (modulus: bigint, exponent: bigint) =>
  issueBelow(
    mintCertificate({
      subject: 'Odd Intermediate',
      issuer: root,
      ca: true,
      raw: { spki: rsaSpki(modulus, exponent) },
    }),
  )

/** An RSA key that its certificate gives to RSASSA-PSS alone, and that signs otherwise all the same. */
const plain = mintKey('rsa-2048')
const confined = issue({
  key: plain,
  raw: {
    spki: sequence(
      sequence(oid('1.2.840.113549.1.1.10')),
      bitString(Uint8Array.from(plain.publicKey.export({ type: 'pkcs1', format: 'der' }))),
    ),
  },
})

const unsupported: readonly Scenario[] = [
  {
    name: 'fails-pkcs1-by-pss-key',
    description: 'A key that is for RSASSA-PSS alone signs the last round by RSASSA-PKCS1-v1_5.',
    statement: makeStatement({
      rounds: [0x0809, 0x0809, 0x0401].map((scheme) => {
        return { endEntity: confined, time: TIME, flight: { scheme } }
      }),
    }),
    trustAnchors,
    findings: BAD_SIGNATURE,
  },

  {
    name: 'fails-unsupported-scheme-and-end-entity-malformed',
    description:
      'A scheme that is not supported by a certificate that does not parse: its key is read, and the scheme looked at first.',
    statement: ecdsaMd5(malformedWitness),
    trustAnchors,
    findings: {
      signatures: 'unknown unsupported-scheme',
      strength: 'unknown weak-hash',
      path: 'fail malformed-certificate',
      identity: 'unknown not-reached',
    },
  },
  {
    name: 'fails-unsupported-scheme-and-key',
    description:
      'A scheme that is not supported by a key that is not: the scheme is looked at first.',
    statement: ecdsaMd5(issue({ key: 'secp256k1' })),
    trustAnchors,
    findings: {
      ...WEAK_KEY,
      signatures: 'unknown unsupported-scheme',
      strength: 'unknown weak-hash',
    },
  },
]

const limits: readonly Scenario[] = [
  presents([
    'fails-rsa-2050',
    'An RSA key of 2050 bits: the signature verifies, and sizes are in whole octets.',
    issue({ key: 'rsa-2050' }),
    WEAK_KEY,
  ]),
  presents([
    'fails-rsa-8200-intermediate',
    'The intermediate has an RSA key of 8200 bits.',
    below(2n ** 8199n + 1n, 65537n),
    WEAK_KEY,
  ]),
  presents([
    'fails-rsa-exponent-1-intermediate',
    'The intermediate has an RSA key with the exponent 1.',
    below(2n ** 2047n + 1n, 1n),
    WEAK_KEY,
  ]),
  presents([
    'fails-rsa-exponent-even-intermediate',
    'The intermediate has an RSA key with an even exponent.',
    below(2n ** 2047n + 1n, 65536n),
    WEAK_KEY,
  ]),
  presents([
    'fails-rsa-exponent-33-bits-intermediate',
    'The intermediate has an RSA key with an exponent of 33 bits.',
    below(2n ** 2047n + 1n, 2n ** 32n + 1n),
    WEAK_KEY,
  ]),
  presents([
    'fails-rsa-exponent-33-bits',
    'The end entity has such a key.',
    issue({ raw: { spki: rsaSpki(2n ** 2047n + 1n, 2n ** 32n + 1n) } }),
    { ...WEAK_KEY, signatures: 'fail bad-signature' },
  ]),
  presents([
    'passes-rsa-exponent-3',
    'An RSA key with the exponent 3.',
    issue({ key: mintKey('rsa-2048', { publicExponent: 3 }) }),
  ]),
  {
    name: 'fails-too-much-work',
    description:
      'A chain of 32 rounds by a key of 4608 bits whose exponent is none of the usual ones: each signature verifies, and together they take more work than any honest statement.',
    statement: makeStatement({
      rounds: roundsAt(
        issue({ key: mintKey('rsa-4608', { publicExponent: 65539 }) }),
        Array.from({ length: 32 }, () => TIME),
      ),
    }),
    trustAnchors,
    findings: { signatures: 'fail too-much-work' },
  },
]

export const keys: readonly Scenario[] = [
  ...toScenarios('passes', right),
  ...toScenarios('fails', wrong),
  ...unsupported,
  ...limits,
]
