// Scenarios that pass: every kind of key and of key exchange, and what else the format allows.

import { proveInclusion, type Subject } from '../../../src/statement/commitment.ts'
import { endEntity } from '../../support/make/end-entity.ts'
import { dheParams } from '../../support/make/key-exchange.ts'
import { type KeyKind, mintCertificate } from '../../support/make/mint.ts'
import {
  HOST,
  inTurn,
  makeStatement,
  roundsAt,
  subject,
  TIME,
} from '../../support/make/statements.ts'
import { issue, NOT_AFTER, NOT_BEFORE, trustAnchors, witness } from './authority.ts'
import type { Scenario } from './scenario.ts'

const rsa = issue({ key: 'rsa-2048' })

/** Kinds of key and signature. */
const keys: Scenario[] = [
  ...(['p256', 'p384', 'p521', 'ed25519', 'ed448'] as const satisfies KeyKind[]).map((kind) => ({
    name: `passes-${kind}`,
    description: `Three rounds signed by a key of kind ${kind}.`,
    statement: makeStatement({
      rounds: roundsAt(kind === 'p256' ? witness : issue({ key: kind })),
    }),
    trustAnchors,
  })),
  ...(
    [
      ['pss-sha256', 0x0804],
      ['pss-sha384', 0x0805],
      ['pss-sha512', 0x0806],
      ['pkcs1-sha256', 0x0401],
      ['pkcs1-sha384', 0x0501],
      ['pkcs1-sha512', 0x0601],
    ] as const
  ).map(([title, scheme]) => ({
    name: `passes-rsa-2048-${title}`,
    description: `An RSA key of 2048 bits signs with ${title}.`,
    statement: makeStatement({ rounds: roundsAt(rsa, [TIME, TIME, TIME], { flight: { scheme } }) }),
    trustAnchors,
  })),
  {
    name: 'passes-p256-with-sha512',
    description:
      "In TLS 1.2 the hash is the scheme's and the curve is the key's: P-256 with SHA-512.",
    statement: makeStatement({
      rounds: roundsAt(witness, [TIME, TIME, TIME], { flight: { scheme: 0x0603 } }),
    }),
    trustAnchors,
  },
  {
    name: 'passes-all-rsa',
    description: 'The end entity, the intermediate and the root all have RSA keys.',
    ...allRsa(),
  },
  {
    name: 'passes-dhe-rsa-2048',
    description: 'DHE_RSA over a prime of 2048 bits.',
    statement: makeStatement({
      rounds: roundsAt(rsa, [TIME, TIME, TIME], {
        flight: { keyExchange: 'dhe', params: dheParams() },
      }),
    }),
    trustAnchors,
  },
  ...([0x0017, 0x0018, 0x0019] as const).map((group) => ({
    name: `passes-ecdhe-${{ 23: 'secp256r1', 24: 'secp384r1', 25: 'secp521r1' }[group]}`,
    description: `ECDHE over group 0x00${group.toString(16)}.`,
    statement: makeStatement({
      rounds: roundsAt(witness, [TIME, TIME, TIME], { flight: { group } }),
    }),
    trustAnchors,
  })),
]

/** What the handshake may hold besides. */
const handshakes: Scenario[] = [
  {
    name: 'passes-ocsp-staple',
    description: 'A CertificateStatus that the server announced; what it says is not judged.',
    statement: makeStatement({
      rounds: roundsAt(witness, [TIME, TIME, TIME], {
        flight: { ocsp: Uint8Array.of(0x30, 3, 10, 1, 6) },
      }),
    }),
    trustAnchors,
  },
  {
    name: 'passes-server-extensions',
    description:
      'ServerHello answers extended_master_secret, renegotiation_info and ec_point_formats.',
    statement: makeStatement({
      rounds: roundsAt(witness, [TIME, TIME, TIME], {
        flight: {
          extensions: [
            { type: 0x0017, body: Uint8Array.of() },
            { type: 0xff01, body: Uint8Array.of(0) },
            { type: 0x000b, body: Uint8Array.of(1, 0) },
          ],
        },
      }),
    }),
    trustAnchors,
  },
  {
    name: 'passes-no-server-extensions',
    description: 'ServerHello ends after compression_method, without a field for extensions.',
    statement: makeStatement({
      rounds: roundsAt(witness, [TIME, TIME, TIME], { flight: { extensions: null } }),
    }),
    trustAnchors,
  },
  {
    name: 'passes-changed-certificate',
    description:
      'The second round presents another certificate, so it is stored and not referred to; the third refers to the first.',
    statement: makeStatement({
      rounds: [witness, issue(), witness].map((endEntity) => ({ endEntity, time: TIME })),
    }),
    trustAnchors,
  },
  {
    name: 'passes-sixteen-rounds',
    description: 'A long chain over an hour and more of steps of 10 seconds.',
    statement: makeStatement({
      rounds: roundsAt(
        witness,
        Array.from({ length: 16 }, (_, i) => TIME + 10 * i),
      ),
    }),
    trustAnchors,
  },
]

/** What the host may be. */
const hosts: Scenario[] = [
  ...(['192.0.2.7', '2001:db8::7'] as const).map((host) => ({
    name: `passes-ip-host-v${host.includes(':') ? 6 : 4}`,
    description: 'The host is an IP address: no server_name, and an iPAddress in subjectAltName.',
    statement: makeStatement({
      rounds: roundsAt(issue({ dnsNames: [], ipAddresses: [host] }), [TIME, TIME, TIME], {
        host,
        port: 8443,
      }),
    }),
    trustAnchors,
    witnesses: [host],
  })),
  {
    name: 'passes-wildcard-name',
    description: 'The wildcard *.test.example stands for the label www.',
    statement: makeStatement({
      rounds: roundsAt(issue({ dnsNames: ['*.test.example'] }), [TIME, TIME, TIME], {
        host: 'www.test.example',
      }),
    }),
    trustAnchors,
    witnesses: ['WWW.test.example.'],
  },
  {
    name: 'passes-built-in-witness',
    description: 'Nobody names a witness, and the host is on the built-in list.',
    statement: makeStatement({
      rounds: roundsAt(issue({ dnsNames: ['www.google.com'] }), [TIME, TIME, TIME], {
        host: 'www.google.com',
      }),
    }),
    trustAnchors,
    witnesses: null,
  },
  {
    name: 'passes-two-witnesses',
    description:
      "One chain over two hosts, each with three rounds; both are accepted. The time is the later first round's.",
    ...twoWitnesses(),
    witnesses: [HOST, 'second.test'],
    findings: { agreement: 'pass agree' },
  },
  {
    name: 'passes-one-of-two-accepted',
    description: 'One chain over two hosts, one of which is not accepted: it is passed over.',
    ...twoWitnesses(),
  },
  {
    name: 'indeterminate-host-with-one-round',
    description:
      'One chain over two hosts; the second has a single round, so nothing corroborates its clock.',
    ...twoWitnesses(1),
    witnesses: [HOST, 'second.test'],
    findings: { clock: 'unknown uncorroborated', path: 'unknown no-credible-time' },
  },
]

/** What the subjects may be. */
const list = ['a.txt', 'b.txt', 'c.txt', 'd\\e\n.txt', 'ü'].map((name) => subject(name))
const subjects: Scenario[] = [
  {
    name: 'passes-list',
    description:
      'Five subjects; the first client_random is their Merkle tree head. One name needs escapes in its line.',
    statement: makeStatement({ subjects: list, rounds: roundsAt(witness, [TIME, TIME, TIME]) }),
    trustAnchors,
  },
  {
    name: 'passes-two-subjects',
    description: 'The smallest list.',
    statement: makeStatement({
      subjects: list.slice(0, 2),
      rounds: roundsAt(witness, [TIME, TIME, TIME]),
    }),
    trustAnchors,
  },
  ...[0, 3, 4].map((index) => ({
    name: `passes-inclusion-proof-${index}-of-5`,
    description: `Subject ${index} cut out of the list of five, with its inclusion proof.`,
    statement: makeStatement({
      subjects: [{ ...(list[index] as Subject), inclusionProof: proveInclusion(list, index) }],
      rounds: roundsAt(witness, [TIME, TIME, TIME]),
    }),
    trustAnchors,
  })),
  ...(
    [
      ['first', 0, 2 ** 32, 32],
      ['last', 2 ** 32 - 1, 2 ** 32, 32],
      ['last-of-odd-number', 2 ** 32 - 2, 2 ** 32 - 1, 31],
    ] as const
  ).map(([which, leafIndex, treeSize, count]) => ({
    name: `passes-inclusion-proof-${which}-of-2-to-the-32`,
    description: `An inclusion proof of ${count} hashes, index ${leafIndex} of ${treeSize}: its numbers need 33 bits.`,
    statement: makeStatement({
      subjects: [
        { ...(list[0] as Subject), inclusionProof: { leafIndex, treeSize, hashes: hashes(count) } },
      ],
      rounds: roundsAt(witness, [TIME, TIME, TIME]),
    }),
    trustAnchors,
  })),
  {
    name: 'passes-odd-names',
    description:
      'A name may be absolute, lead up, begin with a space or an asterisk, look like a line, or hold a backslash.',
    statement: makeStatement({
      subjects: [
        ...['/etc/passwd', '../up', 'a/../b', '-', ' a', '  ', '*a', 'C:\\a', '\\', '\\n', '#a'],
        `${'ab'.repeat(32)}  a`,
      ].map((name) => subject(name)),
      rounds: roundsAt(witness, [TIME, TIME, TIME]),
    }),
    trustAnchors,
  },
  {
    name: 'passes-control-characters-in-name',
    description:
      'A name holds every control character but NUL, and a character outside the Basic Multilingual Plane.',
    statement: makeStatement({
      subjects: [
        subject(
          `${String.fromCharCode(...Array.from({ length: 31 }, (_, i) => i + 1))}\x7f"\\\u2028\u{1f512}`,
        ),
      ],
      rounds: roundsAt(witness, [TIME, TIME, TIME]),
    }),
    trustAnchors,
  },
]

function hashes(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, i) => subject(`node ${i}`).sha256)
}

function allRsa(): Pick<Scenario, 'statement' | 'trustAnchors'> {
  const root = mintCertificate({ subject: 'RSA Root', key: 'rsa-2048', ca: true })
  const ca = mintCertificate({ subject: 'RSA CA', issuer: root, key: 'rsa-2048', ca: true })
  const own = mintCertificate({
    subject: HOST,
    issuer: ca,
    key: 'rsa-2048',
    dnsNames: [HOST],
    signatureScheme: 'rsa_pss_rsae_sha256',
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
  })
  const rounds = roundsAt(endEntity(own, ca), [TIME, TIME, TIME])
  return { statement: makeStatement({ rounds }), trustAnchors: [root.der] }
}

function twoWitnesses(secondRounds = 3): Pick<Scenario, 'statement' | 'trustAnchors'> {
  const host = 'second.test'
  const second = issue({ subject: host, dnsNames: [host] })
  const first = roundsAt(witness, [TIME, TIME + 3, TIME + 6])
  const times = [TIME + 1, TIME + 4, TIME + 7].slice(0, secondRounds)
  const others = roundsAt(second, times, { host, port: 8443 })
  return { statement: makeStatement({ rounds: inTurn(first, others) }), trustAnchors }
}

export const passing: readonly Scenario[] = [...keys, ...handshakes, ...hosts, ...subjects]
