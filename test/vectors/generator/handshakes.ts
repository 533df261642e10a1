// Scenarios about the messages of one round: those that do not parse, and those that do not make one handshake (SPEC.md §4).

import { Writer } from '../../../src/encoding/presentation.ts'
import type { ClientHello } from '../../../src/tls/messages.ts'
import { withExtension } from '../../support/make/client-hello.ts'
import type { FlightMessage, MessageName } from '../../support/make/flight.ts'
import { dheParams, ecdheParams, explicitCurveParams } from '../../support/make/key-exchange.ts'
import { HOST, type RoundPlan } from '../../support/make/statements.ts'
import { issue } from './authority.ts'
import {
  body,
  type Case,
  type Findings,
  type JudgedCase,
  plusByte,
  toScenarios,
} from './last-round.ts'
import { NOT_REACHED, type Scenario } from './scenario.ts'

const rsa = issue({ key: 'rsa-2048' })
const MALFORMED: Findings = { ...NOT_REACHED, handshakes: 'fail malformed-handshake' }
const INCONSISTENT: Findings = { ...NOT_REACHED, handshakes: 'fail inconsistent-handshake' }
const OTHER_HOST: Findings = { ...NOT_REACHED, handshakes: 'fail other-host-asked' }

const retype = (name: MessageName, type: number): Partial<RoundPlan> => ({
  edit: (messages): FlightMessage[] =>
    messages.map((message) => (message.name === name ? { ...message, type } : message)),
})
const offer = (change: (hello: ClientHello) => Partial<ClientHello>): Partial<RoundPlan> => ({
  offer: (hello) => ({ ...hello, ...change(hello) }),
})
const minusByte = (bytes: Uint8Array): Uint8Array => bytes.slice(0, -1)

const malformed: readonly Case[] = [
  [
    'server-hello-trailing-byte',
    'A byte after the last field of ServerHello.',
    body('serverHello', plusByte),
  ],
  [
    'server-hello-truncated',
    'ServerHello ends within its extensions.',
    body('serverHello', minusByte),
  ],
  [
    'certificate-truncated',
    'The last certificate of the list is cut off.',
    body('certificate', minusByte),
  ],
  [
    'too-many-certificates',
    'A Certificate message with 17 certificates; any more than 16 are refused.',
    body('certificate', () => {
      const list = new Writer()
      for (let i = 0; i < 17; i++) list.opaque(3, rsa.certificates[0] as Uint8Array)
      return new Writer().opaque(3, list.done()).done()
    }),
  ],
  [
    'key-exchange-trailing-byte',
    'A byte after the signature.',
    body('serverKeyExchange', plusByte),
  ],
  [
    'wrong-message',
    'A ServerHelloDone in place of ServerKeyExchange.',
    retype('serverKeyExchange', 14),
  ],
  [
    'explicit-curve',
    'P-256 spelled out instead of named.',
    { flight: { params: explicitCurveParams() } },
  ],
  [
    'compressed-point',
    'A share of secp256r1 that is 33 bytes long.',
    {
      flight: { params: ecdheParams(0x0017, new Uint8Array(33).fill(2)) },
    },
  ],
  [
    'client-hello-extension-twice',
    'ClientHello has extended_master_secret twice.',
    offer((hello) => ({
      extensions: [...hello.extensions, { type: 0x0017, content: new Uint8Array(0) }],
    })),
  ],
  [
    'even-prime',
    'A Diffie-Hellman modulus that is even.',
    {
      endEntity: rsa,
      flight: { keyExchange: 'dhe', params: evenPrime() },
    },
  ],
]

const inconsistent: readonly Case[] = [
  ['compression', 'The server chose DEFLATE.', { flight: { compression: 1 } }],
  [
    'unknown-group',
    'The server chose a group that is in no registry.',
    { flight: { group: 0x0a0a } },
  ],
  [
    'version-not-offered',
    'The client offered TLS 1.1 at most, the server chose TLS 1.2.',
    offer(() => ({ version: 0x0302 })),
  ],
  [
    'suite-not-offered',
    'The server chose a cipher suite that was not offered.',
    { flight: { cipherSuite: 0xc0ac } },
  ],
  [
    'scheme-not-offered',
    'The server signed with a scheme that was not offered.',
    {
      endEntity: rsa,
      flight: { scheme: 0x0201 },
    },
  ],
  [
    'group-not-offered',
    'The server chose a group that was not offered.',
    { flight: { group: 0x001e } },
  ],
  [
    'extension-not-offered',
    'The server sent an extension that was not offered.',
    {
      flight: { extensions: [{ type: 0x0010, body: Uint8Array.of(0, 3, 2, 0x68, 0x32) }] },
    },
  ],
  [
    'status-not-announced',
    'A CertificateStatus that ServerHello had not announced.',
    {
      flight: { ocsp: Uint8Array.of(0x30, 0), extensions: [] },
    },
  ],
  ['no-certificate', 'An empty list of certificates.', { flight: { certificates: [] } }],
  [
    'rsa-key-exchange',
    'A suite without a signed key exchange.',
    {
      endEntity: rsa,
      flight: { keyExchange: 'rsa' },
      ...offer((hello) => ({ cipherSuites: [...hello.cipherSuites, 0x009c] })),
    },
  ],
  [
    'anonymous',
    'An anonymous suite: params, and no signature.',
    {
      flight: { keyExchange: 'anon' },
      ...offer((hello) => ({ cipherSuites: [...hello.cipherSuites, 0xc018] })),
    },
  ],
  [
    'scheme-not-for-suite',
    'An ECDSA signature under an RSA suite.',
    { flight: { cipherSuite: 0xc02f } },
  ],
  [
    'no-schemes-offered',
    'ClientHello without signature_algorithms, which in TLS 1.2 means SHA-1.',
    {
      offer: (hello) => withExtension(hello, 0x000d, undefined),
    },
  ],
]

const otherHost: readonly Case[] = [
  [
    'other-name-asked',
    "server_name is another host than the round's.",
    { serverName: 'other.test' },
  ],
  ['no-name-asked', 'There is no server_name, though the host has a name.', { serverName: null }],
  [
    'name-asked-for-ip',
    'There is a server_name, though the host is an address.',
    {
      host: '192.0.2.7',
      serverName: HOST,
    },
  ],
  [
    'upper-case-name-asked',
    'server_name is not spelled as the host.',
    { serverName: 'EXAMPLE.test' },
  ],
]

const unfit = (cases: readonly Case[], findings: Findings): JudgedCase[] =>
  cases.map((each) => [...each, findings])

/** A prime of 2048 bits and its generator, with the last bit cleared. */
function evenPrime(): Uint8Array {
  const params = dheParams()
  return params.with(257, (params[257] ?? 0) & 0xfe)
}

export const handshakes: readonly Scenario[] = toScenarios('fails', [
  ...unfit(malformed, MALFORMED),
  ...unfit(inconsistent, INCONSISTENT),
  ...unfit(otherHost, OTHER_HOST),
])
