// Scenarios of TLS 1.3 rounds: guards among clock witnesses, windows without any clock, and rounds that are off in one way
// (SPEC.md §4, §11.1).

import { concat, utf8 } from '../../../src/encoding/bytes.ts'
import type { Tls13Round } from '../../../src/statement/round.ts'
import type { SignedStatement } from '../../../src/statement/statement.ts'
import type { EndEntity } from '../../support/make/end-entity.ts'
import { HOST, makeStatement, type RoundPlan, TIME } from '../../support/make/statements.ts'
import type { GuardPlan } from '../../support/make/tls13-round.ts'
import { issue, trustAnchors, witness } from './authority.ts'
import type { Findings } from './last-round.ts'
import { NOT_REACHED, type Scenario } from './scenario.ts'

const GUARD = 'guard.test'
const named = (spec: Parameters<typeof issue>[0] = {}): EndEntity =>
  issue({ subject: GUARD, dnsNames: [GUARD], ...spec })
const honest = named()
const shared = issue({ dnsNames: [HOST, GUARD] })
const clock = (time: number = TIME): RoundPlan => ({ endEntity: witness, time })
const guard = (plan: Partial<GuardPlan> = {}): GuardPlan => ({
  endEntity: honest,
  host: GUARD,
  ...plan,
})

interface Case {
  readonly rounds: readonly (RoundPlan | GuardPlan)[]
  readonly witnesses?: readonly string[]
  readonly guards?: number
  readonly window?: true
  /** Changes the statement after it was signed. */
  readonly edit?: (statement: SignedStatement) => SignedStatement
  readonly findings?: Findings
}

const guarded = (...own: readonly GuardPlan[]): (RoundPlan | GuardPlan)[] => [
  clock(),
  ...own,
  clock(TIME + 1),
  clock(TIME + 1),
]

/** Changes round 1, which is the guard's, after it was signed. */
function changed(
  change: (round: Tls13Round) => object,
): (statement: SignedStatement) => SignedStatement {
  return (statement) => {
    const rounds = statement.rounds.map((round, i) => {
      return i === 1 && 'certificateVerify' in round ? { ...round, ...change(round) } : round
    })
    return { ...statement, rounds }
  }
}

const IN_ORDER: Findings = { windows: 'pass in-order' }
const MALFORMED: Findings = { handshakes: 'fail malformed-handshake', ...NOT_REACHED }
const INCONSISTENT: Findings = { handshakes: 'fail inconsistent-handshake', ...NOT_REACHED }
const BAD: Findings = {
  ...IN_ORDER,
  chain: 'fail broken-chain',
  signatures: 'fail bad-signature',
  windows: 'pass no-windows',
}

const extension = (type: number, body: Uint8Array = new Uint8Array(0)) => ({ type, body })

const cases: Readonly<Record<string, readonly [description: string, case_: Case]>> = {
  'passes-guard': [
    'A guard signs between the rounds of the clock witness.',
    { rounds: guarded(guard()), findings: IN_ORDER },
  ],
  'passes-guard-after-retry': [
    'The guard asked for another group, so that its round has two ClientHellos.',
    {
      rounds: guarded(guard({ retry: { group: 0x0018, cookie: Uint8Array.of(1) } })),
      findings: IN_ORDER,
    },
  ],
  'passes-guard-with-request-and-staple': [
    'The guard asked for a certificate, and stapled an OCSP response.',
    {
      rounds: guarded(
        guard({
          flight: {
            certificateRequest: true,
            entryExtensions: [extension(5, Uint8Array.of(1, 0, 0, 2, 0x30, 0))],
          },
        }),
      ),
      findings: IN_ORDER,
    },
  ],
  'passes-guard-by-p384-suite-1302': [
    'The transcript hash of TLS_AES_256_GCM_SHA384 is SHA-384.',
    {
      rounds: guarded(
        guard({ endEntity: named({ key: 'p384' }), flight: { cipherSuite: 0x1302 } }),
      ),
      findings: IN_ORDER,
    },
  ],
  'passes-guard-by-rsa-pss': [
    'An RSA key signs with RSASSA-PSS in TLS 1.3.',
    { rounds: guarded(guard({ endEntity: named({ key: 'rsa-2048' }) })), findings: IN_ORDER },
  ],
  'passes-guard-last': [
    'No round of the clock witness follows the guard, which then counts for nothing and does no harm.',
    { rounds: [clock(), clock(), clock(), guard()] },
  ],
  'passes-guard-not-accepted': [
    'The verifier does not accept the guard.',
    { rounds: guarded(guard()), witnesses: [HOST] },
  ],
  'fails-clock-before-guard': [
    'The clock shows a time before the certificate of the guard was good.',
    {
      rounds: guarded(guard({ endEntity: named({ notBefore: new Date((TIME + 60) * 1000) }) })),
      findings: { path: 'fail not-yet-valid', windows: 'fail out-of-order' },
    },
  ],
  'fails-clock-after-guard': [
    'The clock shows a time after the certificate of the guard has expired.',
    {
      rounds: guarded(guard({ endEntity: named({ notAfter: new Date((TIME - 60) * 1000) }) })),
      findings: { path: 'fail expired', windows: 'fail out-of-order' },
    },
  ],
  'passes-guard-ten-seconds-off': [
    'The windows are apart by ten seconds, as clocks may be; the path holds at the server times beside the guard.',
    {
      rounds: [
        clock(TIME + 10),
        guard({ endEntity: named({ notBefore: new Date((TIME + 10) * 1000) }) }),
        clock(TIME + 10),
        clock(TIME + 10),
      ],
      findings: IN_ORDER,
    },
  ],
  'fails-two-kinds': [
    'One host has rounds of TLS 1.2 and of TLS 1.3.',
    {
      rounds: guarded(guard({ endEntity: witness, host: HOST })),
      findings: { handshakes: 'fail two-kinds', ...NOT_REACHED },
    },
  ],
  'indeterminate-no-clock': [
    'There are TLS 1.3 rounds alone, and windows were not asked for.',
    { rounds: [guard()], findings: { clock: 'unknown no-clock', chain: 'pass single-round' } },
  ],
  'passes-window-alone': [
    'There are TLS 1.3 rounds alone, and windows are good enough.',
    {
      rounds: [guard()],
      window: true,
      findings: { clock: 'pass window-alone', chain: 'pass single-round' },
    },
  ],
  'passes-window-asked-with-clock': [
    'Windows would be good enough, and there is a clock: it decides.',
    { rounds: guarded(guard()), window: true, findings: IN_ORDER },
  ],
  'indeterminate-window-asked-without-clock': [
    'Windows would be good enough, but a round of TLS 1.2 shows no corroborated clock: it is not passed over.',
    {
      rounds: [clock(), guard()],
      window: true,
      findings: { clock: 'unknown uncorroborated', path: 'unknown no-credible-time' },
    },
  ],
  'passes-guard-asked': [
    'One guard is asked for, and counts.',
    { rounds: guarded(guard()), guards: 1, findings: IN_ORDER },
  ],
  'indeterminate-guards-not-met': [
    'Two guards are asked for, and one is there.',
    {
      rounds: guarded(guard()),
      guards: 2,
      findings: { ...IN_ORDER, quorum: 'unknown guards-not-met' },
    },
  ],
  'indeterminate-guard-last-asked': [
    'One guard is asked for, and no round of the clock witness follows it.',
    {
      rounds: [clock(), clock(), clock(), guard()],
      guards: 1,
      findings: { quorum: 'unknown guards-not-met' },
    },
  ],
  'indeterminate-guard-with-key-of-clock': [
    'One guard is asked for, and it has the key of the clock witness.',
    {
      rounds: [
        { ...clock(), endEntity: shared },
        guard({ endEntity: shared }),
        { ...clock(), endEntity: shared },
        { ...clock(), endEntity: shared },
      ],
      guards: 1,
      findings: { ...IN_ORDER, quorum: 'unknown guards-not-met' },
    },
  ],
  'fails-guard-certificate-verify-over-other-bytes': [
    'The CertificateVerify of the guard is over another transcript.',
    {
      rounds: guarded(
        guard({ flight: { signed: (content) => content.with(-1, (content.at(-1) ?? 0) ^ 1) } }),
      ),
      findings: { signatures: 'fail bad-signature' },
    },
  ],
  'fails-guard-signature-of-tls12-context': [
    'The guard signed randoms and a key share as TLS 1.2 has it.',
    {
      rounds: guarded(
        guard({
          flight: {
            signed: () =>
              concat(new Uint8Array(64), Uint8Array.of(3, 0, 0x1d, 32), new Uint8Array(32)),
          },
        }),
      ),
      findings: { signatures: 'fail bad-signature' },
    },
  ],
  'fails-guard-signature-of-client-context': [
    'The guard signed with the context string of a client.',
    {
      rounds: guarded(
        guard({
          flight: {
            signed: (content) =>
              concat(
                utf8(`${' '.repeat(64)}TLS 1.3, client CertificateVerify\0`),
                content.slice(98),
              ),
          },
        }),
      ),
      findings: { signatures: 'fail bad-signature' },
    },
  ],
  'fails-guard-unasked-extension': [
    'EncryptedExtensions have application_layer_protocol_negotiation, which was not offered.',
    {
      rounds: guarded(guard()),
      edit: changed(() => ({
        encryptedExtensions: Uint8Array.of(8, 0, 0, 11, 0, 9, 0, 16, 0, 5, 0, 3, 2, 0x68, 0x32),
      })),
      findings: INCONSISTENT,
    },
  ],
  'fails-guard-retry-without-first-hello': [
    'There is a HelloRetryRequest and no first ClientHello.',
    {
      rounds: guarded(guard({ retry: { group: 0x0018 } })),
      edit: withoutFirstHello,
      findings: INCONSISTENT,
    },
  ],
  'fails-guard-certificate-context': [
    'The Certificate message of the guard has a context.',
    {
      rounds: guarded(guard()),
      edit: changed(({ certificate }) => ({ certificate: withContext(certificate) })),
      findings: MALFORMED,
    },
  ],
  'fails-guard-staple-changed': [
    'One byte of the stapled OCSP response differs: TLS 1.3 signs it.',
    {
      rounds: guarded(
        guard({ flight: { entryExtensions: [extension(5, Uint8Array.of(1, 0, 0, 2, 0x30, 0))] } }),
      ),
      edit: changed(({ certificate }) => ({ certificate: withStaple(certificate) })),
      findings: { ...BAD },
    },
  ],
}

function withoutFirstHello(statement: SignedStatement): SignedStatement {
  const rounds = statement.rounds.map((round) => {
    if (!('certificateVerify' in round)) return round
    const { firstClientHello: _, ...rest } = round
    return rest
  })
  return { ...statement, rounds }
}

function withContext(certificate: Uint8Array): Uint8Array {
  const body = concat(Uint8Array.of(1, 7), certificate.slice(5))
  return concat(
    Uint8Array.of(11, body.length >> 16, (body.length >> 8) & 0xff, body.length & 0xff),
    body,
  )
}

function withStaple(certificate: Uint8Array): Uint8Array {
  const at = Buffer.from(certificate).indexOf(Uint8Array.of(1, 0, 0, 2, 0x30, 0))
  return certificate.with(at + 4, 0x31)
}

export const guards: readonly Scenario[] = Object.entries(cases).map(
  ([name, [description, { rounds, witnesses = [HOST, GUARD], edit, findings, ...asked }]]) => {
    const statement = makeStatement({ rounds })
    return {
      name,
      description,
      statement: edit ? edit(statement) : statement,
      trustAnchors,
      witnesses,
      ...asked,
      ...(findings && { findings }),
    }
  },
)
