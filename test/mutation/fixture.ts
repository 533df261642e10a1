// The statement that the mutation tests change, its judge, and which of its bytes nobody signed (SPEC.md §8).

import { verifyStatement } from '../../src/index.ts'
import type { VerifySignature } from '../../src/signature/portable.ts'
import type { Tls12Round } from '../../src/statement/round.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { endEntity } from '../support/make/end-entity.ts'
import { mintCertificate } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, TIME } from '../support/make/statements.ts'
import { type Regions, unsignedOfClientHello, unsignedOfServerHello } from './unsigned-bytes.ts'

export const root = mintCertificate({ subject: 'Test Root', ca: true })
export const intermediate = mintCertificate({
  subject: 'Test Intermediate',
  issuer: root,
  ca: true,
})
export const own = mintCertificate({ subject: HOST, issuer: intermediate, dnsNames: [HOST] })
/** Not a certificate, nor needed. */
const stray = Uint8Array.of(0x30, 3, 10, 1, 6)

const served = endEntity(own, intermediate)
const PRESENTED = { ...served, certificates: [...served.certificates, stray] }

export const statement: SignedStatement = makeStatement({
  rounds: roundsAt(PRESENTED, [TIME, TIME, TIME], {
    flight: {
      ocsp: Uint8Array.of(0x30, 3, 10, 1, 6),
      extensions: [
        { type: 0x0017, body: Uint8Array.of() },
        { type: 0xff01, body: Uint8Array.of(0) },
        { type: 0x000b, body: Uint8Array.of(1, 0) },
        { type: 0x0005, body: Uint8Array.of() },
      ],
    },
  }),
  trustAnchors: [stray],
})
/** The one round that no later one signs. */
export const LAST: number = statement.rounds.length - 1
export const last: Tls12Round = statement.rounds[LAST] as Tls12Round
export const MESSAGES = [
  'clientHello',
  'serverHello',
  'certificate',
  'certificateStatus',
  'serverKeyExchange',
] as const

/** The bytes of the last round that nobody signed, by message; its Certificate message is a reference to the first one's. */
export const UNSIGNED: Readonly<Record<(typeof MESSAGES)[number], Regions>> = {
  clientHello: unsignedOfClientHello(last),
  serverHello: unsignedOfServerHello(last),
  certificate: new Map(),
  certificateStatus: new Map([['OCSPResponse', Array.from({ length: 5 }, (_, i) => 8 + i)]]),
  serverKeyExchange: new Map(),
}

/** The members nobody signed. A single subject's name is one: in a list it is not. */
export const UNSIGNED_MEMBERS: readonly string[] = [
  'subjects[0].name',
  'rounds[2].port',
  'unsigned.localTime',
  'unsigned.tool',
  'unsigned.trustAnchors',
]

/** Of the statement with this change, to a verifier that accepts its witness. */
export function verdictOf(changed: SignedStatement): string {
  const { verdict } = verifyStatement(changed, {
    trustAnchors: [root.der],
    witnesses: [HOST],
    statementOnly: true,
    verifySignature: remembered,
  })
  return verdict
}

/** The native backend, asked once for each signature. */
const remembered: VerifySignature = (scheme, spki, message, signature) => {
  const question = `${scheme} ${Buffer.concat([spki, message, signature]).toString('latin1')}`
  const answer = ANSWERS.get(question) ?? verifySignatureNative(scheme, spki, message, signature)
  ANSWERS.set(question, answer)
  return answer
}

const ANSWERS = new Map<string, boolean>()
