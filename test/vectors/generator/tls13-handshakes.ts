// Scenarios of TLS 1.3 handshakes that are off in one way and signed as they are (SPEC.md §4): a guard between clock rounds.

import { Writer } from '../../../src/encoding/presentation.ts'
import type { ClientHello } from '../../../src/tls/messages.ts'
import { withExtension } from '../../support/make/client-hello.ts'
import type { EndEntity } from '../../support/make/end-entity.ts'
import { HOST, makeStatement, TIME } from '../../support/make/statements.ts'
import { RETRY_RANDOM } from '../../support/make/tls13-flight.ts'
import type { GuardPlan } from '../../support/make/tls13-round.ts'
import { issue, trustAnchors, witness } from './authority.ts'
import type { Findings } from './last-round.ts'
import { NOT_REACHED, type Scenario } from './scenario.ts'

const GUARD = 'guard.test'
const named = (spec: Parameters<typeof issue>[0] = {}): EndEntity =>
  issue({ subject: GUARD, dnsNames: [GUARD], ...spec })
const honest = named()
const rsa = named({ key: 'rsa-2048' })
const pss = named({ key: 'rsa-pss-2048' })

type Case = readonly [name: string, description: string, plan: Partial<GuardPlan>]

const extension = (type: number, ...body: readonly number[]) => ({
  type,
  body: Uint8Array.from(body),
})
const offering = (type: number, ...content: readonly number[]): Partial<GuardPlan> => ({
  offer: (hello) => ({
    ...hello,
    extensions: [...hello.extensions, { type, content: Uint8Array.from(content) }],
  }),
})
const offeringSuite = (suite: number) => (hello: ClientHello) => ({
  ...hello,
  cipherSuites: [...hello.cipherSuites, suite],
})
const schemes = (...codes: readonly number[]): Uint8Array =>
  new Writer().opaque(2, new Writer().u16(...codes).done()).done()

const PRE_SHARED_KEY = [
  { type: 45, content: Uint8Array.of(1, 1) },
  {
    type: 41,
    content: Uint8Array.of(0, 7, 0, 1, 1, 0, 0, 0, 0, 0, 33, 32, ...new Uint8Array(32)),
  },
]

const right: readonly Case[] = [
  [
    'chacha20-suite-1303',
    'TLS_CHACHA20_POLY1305_SHA256 and a share of secp256r1.',
    { flight: { cipherSuite: 0x1303, group: 0x0017 } },
  ],
  ['ed25519', 'An Ed25519 key.', { endEntity: named({ key: 'ed25519' }) }],
  ['ed448', 'An Ed448 key.', { endEntity: named({ key: 'ed448' }) }],
  [
    'ecdsa-p521',
    'ecdsa_secp521r1_sha512 by a key on P-521.',
    { endEntity: named({ key: 'p521' }) },
  ],
  [
    'rsa-pss-key',
    'rsa_pss_pss_sha256 by a key that is for RSASSA-PSS alone.',
    { endEntity: pss, flight: { scheme: 0x0809 } },
  ],
  [
    'psk-offered',
    'ClientHello has psk_key_exchange_modes and pre_shared_key, and the server took none.',
    {
      offer: (hello) => ({
        ...hello,
        extensions: [...hello.extensions, ...PRE_SHARED_KEY],
      }),
    },
  ],
  [
    'retry-for-cookie',
    'A HelloRetryRequest with a cookie and without a group: the shares stay.',
    { retry: { cookie: Uint8Array.of(1, 2) } },
  ],
  [
    'sixteen-certificates',
    'As many certificates as a message may have.',
    { flight: { certificates: repeated(16) } },
  ],
]

const malformed: readonly Case[] = [
  ['too-many-certificates', '17 certificates.', { flight: { certificates: repeated(17) } }],
  [
    'encrypted-extension-twice',
    'EncryptedExtensions has supported_groups twice.',
    {
      flight: { encryptedExtensions: [extension(10, 0, 2, 0, 0x1d), extension(10, 0, 2, 0, 0x1d)] },
    },
  ],
  [
    'staple-of-other-kind',
    'A staple that is no OCSP response.',
    { flight: { entryExtensions: [extension(5, 2, 0, 0, 2, 0x30, 0)] } },
  ],
  [
    'certificate-context-signed',
    'A certificate_request_context in Certificate, which is signed.',
    { flight: { certificateContext: Uint8Array.of(7) } },
  ],
]

const inconsistent: readonly Case[] = [
  [
    'session-id-not-echoed',
    'ServerHello has a session_id of its own.',
    { flight: { sessionId: new Uint8Array(32) } },
  ],
  [
    'session-id-emptied',
    'ServerHello has an empty session_id.',
    { flight: { sessionId: new Uint8Array(0) } },
  ],
  ['suite-not-offered', 'A suite that was not offered.', { flight: { cipherSuite: 0x1304 } }],
  [
    'suite-of-tls12',
    'A suite of TLS 1.2, which was offered.',
    { offer: offeringSuite(0xc02b), flight: { cipherSuite: 0xc02b } },
  ],
  [
    'suite-ccm',
    'A suite of TLS 1.3 that this format does not have, and that was offered.',
    { offer: offeringSuite(0x1304), flight: { cipherSuite: 0x1304 } },
  ],
  ['compression', 'The server chose a compression method.', { flight: { compression: 1 } }],
  [
    'version-in-field',
    'The version 0x0304 stands in the field of old versions too.',
    { flight: { version: 0x0304 } },
  ],
  [
    'version-tls12',
    'supported_versions of ServerHello says TLS 1.2.',
    { flight: { selectedVersion: 0x0303 } },
  ],
  [
    'version-missing',
    'ServerHello has no supported_versions.',
    { flight: { selectedVersion: null } },
  ],
  [
    'tls13-not-offered',
    'supported_versions of ClientHello offers a draft alone.',
    { offer: (hello) => withExtension(hello, 43, Uint8Array.of(2, 0x7f, 0x1c)) },
  ],
  [
    'group-without-share',
    'The server chose a group that was offered without a share, and sent no HelloRetryRequest.',
    { flight: { group: 0x0018 } },
  ],
  [
    'share-too-short',
    'A share of x25519 with 31 bytes.',
    { flight: { share: new Uint8Array(31).fill(9) } },
  ],
  [
    'share-compressed',
    'A compressed point of secp256r1.',
    { flight: { group: 0x0017, share: new Uint8Array(33).fill(2) } },
  ],
  ['no-share', 'ServerHello has no key_share.', { flight: { share: null } }],
  [
    'extension-in-server-hello',
    'ServerHello answers server_name, which belongs into EncryptedExtensions.',
    { flight: { helloExtensions: [extension(0)] } },
  ],
  [
    'pre-shared-key-taken',
    'ServerHello takes the pre-shared key that was offered, and a certificate follows all the same.',
    {
      offer: (hello) => ({ ...hello, extensions: [...hello.extensions, ...PRE_SHARED_KEY] }),
      flight: { helloExtensions: [extension(41, 0, 0)] },
    },
  ],
  [
    'staple-in-encrypted-extensions',
    'EncryptedExtensions has status_request, which belongs into Certificate.',
    { flight: { encryptedExtensions: [extension(5)] } },
  ],
  [
    'schemes-in-encrypted-extensions',
    'EncryptedExtensions has signature_algorithms_cert, which was offered and is for requests.',
    { ...offering(50, 0, 2, 4, 3), flight: { encryptedExtensions: [extension(50, 0, 2, 4, 3)] } },
  ],
  [
    'groups-in-certificate',
    'Certificate has supported_groups, which belongs into EncryptedExtensions.',
    { flight: { entryExtensions: [extension(10, 0, 2, 0, 0x1d)] } },
  ],
  [
    'unasked-extension-signed',
    'EncryptedExtensions has an extension that was not offered.',
    { flight: { encryptedExtensions: [extension(16, 0, 3, 2, 0x68, 0x32)] } },
  ],
  [
    'unasked-extension-in-certificate',
    'Certificate has signed_certificate_timestamp, which was not offered.',
    { flight: { entryExtensions: [extension(18, 0, 2, 0, 0)] } },
  ],
  ['no-certificate', 'An empty list of certificates.', { flight: { certificates: [] } }],
  [
    'pkcs1-scheme',
    'RSASSA-PKCS1-v1_5, which was offered for certificates.',
    { endEntity: rsa, flight: { scheme: 0x0401 } },
  ],
  [
    'sha1-scheme',
    'ECDSA over SHA-1, which was offered.',
    {
      flight: { scheme: 0x0203 },
      offer: (hello) => withExtension(hello, 13, schemes(0x0403, 0x0203)),
    },
  ],
  [
    'scheme-not-offered',
    'A scheme that was not offered.',
    { offer: (hello) => withExtension(hello, 13, schemes(0x0804)) },
  ],
  [
    'scheme-of-other-curve',
    'ecdsa_secp384r1_sha384 by a key on P-256.',
    { flight: { scheme: 0x0503 } },
  ],
  [
    'rsae-scheme-of-pss-key',
    'rsa_pss_rsae_sha256 by a key that is for RSASSA-PSS alone.',
    { endEntity: pss, flight: { scheme: 0x0804 } },
  ],
  [
    'pss-scheme-of-rsa-key',
    'rsa_pss_pss_sha256 by a key of rsaEncryption.',
    { endEntity: rsa, flight: { scheme: 0x0809 } },
  ],
]

const retries: readonly Case[] = [
  [
    'retry-then-other-suite',
    'After its HelloRetryRequest the server changed the suite.',
    { retry: { group: 0x0018 }, flight: { cipherSuite: 0x1302 } },
  ],
  [
    'retry-then-other-group',
    'A HelloRetryRequest asked for secp384r1, the second ClientHello has x25519 too, and the server chose that.',
    {
      retry: { group: 0x0018 },
      flight: { group: 0x001d },
      offer: (hello) => withExtension(hello, 51, shares(hello, new Uint8Array(32).fill(9))),
    },
  ],
  [
    'retry-twice',
    'A second HelloRetryRequest in place of ServerHello.',
    { retry: { group: 0x0018 }, flight: { serverRandom: RETRY_RANDOM } },
  ],
  ['retry-for-nothing', 'A HelloRetryRequest without group and cookie.', { retry: {} }],
  [
    'retry-for-present-share',
    'A HelloRetryRequest for a group of which there was a share.',
    { retry: { group: 0x0017 } },
  ],
  [
    'retry-for-group-not-offered',
    'A HelloRetryRequest for a group that was not offered.',
    { retry: { group: 0x001e }, flight: { share: new Uint8Array(56) } },
  ],
  [
    'retry-without-session-id',
    'The HelloRetryRequest has an empty session_id.',
    { retry: { group: 0x0018, sessionId: new Uint8Array(0) } },
  ],
  [
    'retry-without-version',
    'The HelloRetryRequest has no supported_versions.',
    { retry: { group: 0x0018, selectedVersion: null } },
  ],
  [
    'retry-then-other-session-id',
    'The second ClientHello has another session_id.',
    {
      retry: { group: 0x0018 },
      offer: (hello) => ({ ...hello, sessionId: new Uint8Array(32) }),
    },
  ],
  [
    'retry-then-other-schemes',
    'The second ClientHello offers fewer signature schemes.',
    {
      retry: { group: 0x0018 },
      offer: (hello) => withExtension(hello, 13, schemes(0x0403)),
    },
  ],
  [
    'retry-then-other-suites',
    'The second ClientHello offers a suite more.',
    { retry: { group: 0x0018 }, offer: offeringSuite(0x1304) },
  ],
  [
    'retry-then-no-cookie',
    'The second ClientHello leaves out the cookie.',
    {
      retry: { cookie: Uint8Array.of(1) },
      offer: (hello) => withExtension(hello, 44, undefined),
    },
  ],
  ['cookie-without-retry', 'A cookie that nobody gave the client.', offering(44, 0, 1, 1)],
]

const otherHost: readonly Case[] = [
  ['other-name-asked', 'server_name is another host.', { serverName: 'other.test' }],
]

/** key_share of a second ClientHello with a share of x25519 in front. */
function shares({ extensions }: ClientHello, share: Uint8Array): Uint8Array {
  const own = extensions.find(({ type }) => type === 51)?.content.subarray(2) ?? new Uint8Array(0)
  const list = new Writer().u16(0x001d).opaque(2, share).bytes(own).done()
  return new Writer().opaque(2, list).done()
}

function repeated(count: number): readonly Uint8Array[] {
  const [own, ...others] = honest.certificates
  const fill = Array.from({ length: count }, () => others[0] as Uint8Array)
  return [own as Uint8Array, ...fill].slice(0, count)
}

function toScenarios(outcome: string, cases: readonly Case[], findings: Findings): Scenario[] {
  return cases.map(([name, description, plan]) => ({
    name: `${outcome}-guard-${name}`,
    description,
    statement: makeStatement({
      rounds: [
        { endEntity: witness, time: TIME },
        { endEntity: honest, host: GUARD, careless: true, ...plan },
        { endEntity: witness, time: TIME + 1 },
        { endEntity: witness, time: TIME + 1 },
      ],
    }),
    trustAnchors,
    witnesses: [HOST, GUARD],
    findings,
  }))
}

const unfit = (code: string): Findings =>
  ({ ...NOT_REACHED, handshakes: `fail ${code}` }) as Findings

export const tls13Handshakes: readonly Scenario[] = [
  ...toScenarios('passes', right, { windows: 'pass in-order' }),
  ...toScenarios('fails', malformed, unfit('malformed-handshake')),
  ...toScenarios('fails', [...inconsistent, ...retries], unfit('inconsistent-handshake')),
  ...toScenarios('fails', otherHost, unfit('other-host-asked')),
]
