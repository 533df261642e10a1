// Scenarios of single rules about TLS 1.2 handshakes: bounds of the key exchange, odd ClientHellos, and which of two
// faults is told (SPEC.md §4).

import { Writer } from '../../../src/encoding/presentation.ts'
import type { SignedStatement } from '../../../src/statement/statement.ts'
import { withExtension } from '../../support/make/client-hello.ts'
import { dheParams } from '../../support/make/key-exchange.ts'
import {
  HOST,
  makeStatement,
  type RoundPlan,
  roundsAt,
  TIME,
} from '../../support/make/statements.ts'
import { issue, trustAnchors, witness } from './authority.ts'
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

type ParamName = 'p' | 'g' | 'share'

/** DHE params of 2048 bits in which one number is another. */
function params(
  replace: (prime: Uint8Array) => Partial<Record<ParamName, Uint8Array>>,
): Uint8Array {
  const usual = dheParams()
  const length = ((usual[0] ?? 0) << 8) | (usual[1] ?? 0)
  const p = usual.slice(2, 2 + length)
  const parts = { p, g: Uint8Array.of(2), share: usual.slice(-length), ...replace(p) }
  return new Writer().opaque(2, parts.p).opaque(2, parts.g).opaque(2, parts.share).done()
}
const dhe = (replace: Parameters<typeof params>[0]): Partial<RoundPlan> => ({
  endEntity: rsa,
  flight: { keyExchange: 'dhe', params: params(replace) },
})
const minusOne = (prime: Uint8Array): Uint8Array => prime.with(-1, (prime.at(-1) ?? 0) - 1)
const minusTwo = (prime: Uint8Array): Uint8Array => prime.with(-1, (prime.at(-1) ?? 0) - 2)

const serverNames = (...names: readonly string[]): Partial<RoundPlan> => {
  const list = new Writer()
  for (const name of names) list.u8(0).opaque(2, new TextEncoder().encode(name))
  const content = new Writer().opaque(2, list.done()).done()
  return { offer: (hello) => withExtension(hello, 0, content) }
}

const right: readonly Case[] = [
  [
    'renegotiation-info-unasked',
    'The server sends renegotiation_info, which it may do unasked.',
    {
      offer: (hello) => withExtension(hello, 0xff01, undefined),
      flight: { extensions: [{ type: 0xff01, body: Uint8Array.of(0) }] },
    },
  ],
  ['dh-share-p-minus-2', 'The largest Diffie-Hellman share.', dhe((p) => ({ share: minusTwo(p) }))],
  ['dh-share-2', 'The smallest.', dhe(() => ({ share: Uint8Array.of(2) }))],
  ['dh-leading-zero', 'A share with a zero in front.', dhe(() => ({ share: Uint8Array.of(0, 2) }))],
]

const malformed: readonly Case[] = [
  ['dh-share-1', 'A Diffie-Hellman share of 1.', dhe(() => ({ share: Uint8Array.of(1) }))],
  ['dh-share-0', 'A share of 0.', dhe(() => ({ share: Uint8Array.of(0) }))],
  ['dh-share-p-minus-1', 'A share of p - 1.', dhe((p) => ({ share: minusOne(p) }))],
  ['dh-share-p', 'A share of p.', dhe((p) => ({ share: p }))],
  ['dh-generator-1', 'A generator of 1.', dhe(() => ({ g: Uint8Array.of(1) }))],
  ['dh-generator-p-minus-1', 'A generator of p - 1.', dhe((p) => ({ g: minusOne(p) }))],
  [
    'dh-prime-too-long',
    'A prime in 2049 bytes.',
    dhe((p) => ({ p: Uint8Array.of(...new Uint8Array(2049 - p.length), ...p) })),
  ],
  ['two-server-names', 'server_name has two names.', serverNames(HOST, 'other.test')],
  ['server-name-empty-list', 'server_name has none.', serverNames()],
  ['server-name-with-space', 'The name in server_name has a space.', serverNames('example test')],
]

/** Faults of two kinds: the messages are judged in order, each by itself before it is held against the others. */
const twofold: readonly JudgedCase[] = [
  [
    'suite-not-offered-and-certificate-truncated',
    'The suite was not offered, and Certificate does not parse: the suite is judged first.',
    {
      flight: { cipherSuite: 0xc0ac },
      ...body('certificate', (bytes) => bytes.slice(0, -1)),
    },
    INCONSISTENT,
  ],
  [
    'certificate-truncated-and-scheme-not-offered',
    'Certificate does not parse, and the scheme was not offered: Certificate comes first.',
    {
      endEntity: rsa,
      flight: { scheme: 0x0201 },
      ...body('certificate', (bytes) => bytes.slice(0, -1)),
    },
    MALFORMED,
  ],
  [
    'key-exchange-trailing-byte-and-scheme-not-offered',
    'ServerKeyExchange does not parse, and its scheme was not offered: a message parses first.',
    {
      endEntity: rsa,
      flight: { scheme: 0x0201 },
      ...body('serverKeyExchange', plusByte),
    },
    MALFORMED,
  ],
  [
    'compression-and-other-name-asked',
    'The server compresses, and server_name is another host: the name is judged last.',
    { flight: { compression: 1 }, serverName: 'other.test' },
    INCONSISTENT,
  ],
]

const three = makeStatement({ rounds: roundsAt(witness, [TIME, TIME, TIME]) })

/** The last round with its ClientHello changed; it is the one that nothing after it signs. */
const rewritten = (change: (hello: Uint8Array) => Uint8Array): SignedStatement => ({
  ...three,
  rounds: three.rounds.map((round, i) =>
    i === 2 ? { ...round, clientHello: change(round.clientHello) } : round,
  ),
})

/** Where the compression methods of our ClientHello begin: after the header, version, random, no session and the suites. */
function compressionAt(hello: Uint8Array): number {
  const suites = 4 + 2 + 32 + 1
  return suites + 2 + (((hello[suites] ?? 0) << 8) | (hello[suites + 1] ?? 0))
}

const statements: readonly Scenario[] = [
  {
    name: 'fails-no-null-compression',
    description: 'ClientHello offers DEFLATE alone.',
    statement: rewritten((hello) => hello.with(compressionAt(hello) + 1, 1)),
    trustAnchors,
    findings: MALFORMED,
  },
  {
    name: 'fails-inconsistent-then-malformed-round',
    description: 'Round 1 is inconsistent and round 2 malformed: the first round decides.',
    statement: makeStatement({
      rounds: [
        { endEntity: witness, time: TIME },
        { endEntity: witness, time: TIME, flight: { compression: 1 } },
        { endEntity: witness, time: TIME, ...body('serverHello', plusByte) },
      ],
    }),
    trustAnchors,
    findings: INCONSISTENT,
  },
]

const judged = (cases: readonly Case[], findings: Findings): JudgedCase[] =>
  cases.map((each) => [...each, findings])

export const tls12Handshakes: readonly Scenario[] = [
  ...toScenarios('passes', judged(right, {})),
  ...toScenarios('fails', [...judged(malformed, MALFORMED), ...twofold]),
  ...statements,
]
