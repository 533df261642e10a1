// Scenarios about the signature of one round: wrong ones, somebody else's, and those of kinds too old to count.

import { offerSchemes } from '../../support/make/client-hello.ts'
import { dheParams } from '../../support/make/key-exchange.ts'
import type { RoundPlan } from '../../support/make/statements.ts'
import { intermediate, issue, witness } from './authority.ts'
import { body, type Findings, type JudgedCase, plusByte, toScenarios } from './last-round.ts'
import type { Scenario } from './scenario.ts'

const BAD_SIGNATURE: Findings = { signatures: 'fail bad-signature' }

const rsa = issue({ key: 'rsa-2048' })
const other = issue()
const attacker = issue({ subject: 'attacker.test', dnsNames: ['attacker.test'] })
const attackerFirst = {
  ...attacker,
  certificates: [...attacker.certificates.slice(0, 1), ...witness.certificates],
}
const attackerSecond = {
  ...attacker,
  certificates: [...witness.certificates, ...attacker.certificates.slice(0, 1)],
}
const rewritten = (at: number): Partial<RoundPlan> =>
  body('serverHello', (bytes) => bytes.with(at, (bytes[at] ?? 0) ^ 1))

const wrong: readonly JudgedCase[] = [
  [
    'signed-by-other-key',
    'The path is right, and the message is signed by another key.',
    {
      endEntity: { ...other, certificates: witness.certificates },
    },
    BAD_SIGNATURE,
  ],
  [
    'signer-not-first',
    "The host's certificate comes first, but a second one's key has signed.",
    {
      endEntity: attackerSecond,
    },
    BAD_SIGNATURE,
  ],
  [
    'signer-of-other-host',
    "The first certificate's key has signed, for another host; the host's own comes second.",
    {
      endEntity: attackerFirst,
    },
    { identity: 'fail host-mismatch' },
  ],
  [
    'signature-of-other-round',
    'The client_random under the signature is another one.',
    {
      flight: { clientRandom: new Uint8Array(32) },
    },
    BAD_SIGNATURE,
  ],
  [
    'server-time-rewritten',
    'The last bit of gmt_unix_time was changed.',
    rewritten(5),
    BAD_SIGNATURE,
  ],
  [
    'server-random-rewritten',
    'The last bit of server_random was changed.',
    rewritten(33),
    BAD_SIGNATURE,
  ],
  [
    'params-rewritten',
    "The last bit of the server's share was changed.",
    body('serverKeyExchange', (bytes) => bytes.with(35, (bytes[35] ?? 0) ^ 1)),
    BAD_SIGNATURE,
  ],
  [
    'signature-altered',
    'The last bit of the signature was changed.',
    {
      flight: { signature: (valid) => valid.with(-1, (valid.at(-1) ?? 0) ^ 1) },
    },
    BAD_SIGNATURE,
  ],
  [
    'signature-not-der',
    'A byte after the DER of an ECDSA signature.',
    { flight: { signature: plusByte } },
    BAD_SIGNATURE,
  ],
  [
    'signature-empty',
    'An empty signature.',
    { flight: { signature: () => new Uint8Array(0) } },
    BAD_SIGNATURE,
  ],
  [
    'scheme-rewritten',
    'The signature over SHA-256 is said to be over SHA-384.',
    body('serverKeyExchange', (bytes) => bytes.with(36, 0x05)),
    BAD_SIGNATURE,
  ],
  [
    'end-entity-malformed',
    'The end entity certificate has a byte after it.',
    {
      endEntity: {
        ...witness,
        certificates: [plusByte(witness.certificates[0] ?? intermediate.der), intermediate.der],
      },
    },
    { path: 'fail malformed-certificate', identity: 'unknown not-reached' },
  ],
]

/** Verified by mathematics, and not enough: never "passed". */
const weak: readonly JudgedCase[] = [
  [
    'sha1-rsa',
    'RSA with SHA-1, which the client had offered.',
    {
      endEntity: rsa,
      flight: { scheme: 0x0201 },
      offer: offerSchemes(0x0201),
    },
    { strength: 'unknown weak-hash' },
  ],
  [
    'sha1-ecdsa',
    'ECDSA with SHA-1.',
    {
      flight: { scheme: 0x0203 },
      offer: offerSchemes(0x0203),
    },
    { strength: 'unknown weak-hash' },
  ],
  [
    'sha224-ecdsa',
    'ECDSA with SHA-224.',
    {
      flight: { scheme: 0x0303 },
      offer: offerSchemes(0x0303),
    },
    { strength: 'unknown weak-hash' },
  ],
  [
    'md5-rsa',
    'RSA with MD5 in TLS 1.2, which is not even verified.',
    {
      endEntity: rsa,
      flight: { scheme: 0x0101 },
      offer: offerSchemes(0x0101),
    },
    { signatures: 'unknown unsupported-scheme', strength: 'unknown weak-hash' },
  ],
  [
    'tls11-rsa',
    'TLS 1.1: RSA over MD5 and SHA-1.',
    {
      endEntity: rsa,
      flight: { version: 0x0302 },
    },
    { strength: 'unknown weak-version' },
  ],
  [
    'tls10-ecdsa',
    'TLS 1.0: ECDSA over SHA-1.',
    {
      flight: { version: 0x0301 },
    },
    { strength: 'unknown weak-version' },
  ],
  [
    'dh-1024',
    'DHE over a prime of 1024 bits.',
    {
      endEntity: rsa,
      flight: { keyExchange: 'dhe', params: dheParams('modp2') },
    },
    { strength: 'unknown weak-group' },
  ],
]

export const signatures: readonly Scenario[] = [
  ...toScenarios('fails', wrong),
  ...toScenarios('indeterminate', weak),
]
