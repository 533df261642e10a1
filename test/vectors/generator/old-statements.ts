// Scenarios of old statements, of toytls and of timmy (SPEC.md §10): what they may show, which is never "passed".

import assert from 'node:assert/strict'
import { toBase64, toHex } from '../../../src/encoding/bytes.ts'
import { verifyOldStatement } from '../../../src/legacy/verify.ts'
import { verifySignature } from '../../../src/signature/portable.ts'
import { readTranscript } from '../../../src/tls/transcript.ts'
import type { CheckId, Outcome } from '../../../src/verify/report.ts'
import { verdictOf } from '../../../src/verify/report.ts'
import type { GivenDigest } from '../../../src/verify/subjects.ts'
import {
  decodeOldVector,
  type Finding,
  type OldVector,
  verifyOptions,
} from '../../support/harness/vector.ts'
import {
  HOST,
  makeTls12Round,
  type RoundPlan,
  subject,
  TIME,
} from '../../support/make/statements.ts'
import { issue, witness } from './authority.ts'
import { findingsOf } from './scenario.ts'

export interface OldScenario {
  readonly name: string
  readonly description: string
  readonly form: 'toytls' | 'timmy'
  readonly round: Partial<RoundPlan>
  /** Changes the signature afterwards. */
  readonly forge?: (signature: Uint8Array) => Uint8Array
  readonly witnesses?: readonly string[]
  readonly quorum?: number
  /** Default: what was signed. */
  readonly digests?: readonly GivenDigest[]
  readonly findings?: Partial<Record<CheckId, Finding>>
}

const { sha256: message } = subject('document.txt')
const rsa = issue({ key: 'rsa-2048' })
const tls11: Partial<RoundPlan> = { endEntity: rsa, flight: { version: 0x0302 } }
const tls10: Partial<RoundPlan> = { endEntity: rsa, flight: { version: 0x0301 } }

export const oldStatements: readonly OldScenario[] = [
  {
    name: 'indeterminate-toytls',
    description: 'Three files of toytls: RSA over MD5 and SHA-1.',
    form: 'toytls',
    round: tls11,
  },
  {
    name: 'indeterminate-timmy',
    description: 'A file of timmy.',
    form: 'timmy',
    round: tls10,
  },
  {
    name: 'indeterminate-timmy-ecdsa',
    description: 'A file of timmy by a P-256 key over SHA-1, which no version gave a name.',
    form: 'timmy',
    round: { flight: { version: 0x0301 } },
    findings: { strength: 'unknown weak-hash' },
  },
  {
    name: 'indeterminate-timmy-host-not-accepted',
    description:
      'The certificate names no host that the verifier accepts, and the file names none.',
    form: 'timmy',
    round: tls10,
    witnesses: ['other.test'],
    findings: { identity: 'unknown no-host', witness: 'unknown not-accepted' },
  },
  {
    name: 'indeterminate-toytls-quorum',
    description: 'One is asked for, and such a witness never counts.',
    form: 'toytls',
    round: tls11,
    quorum: 1,
    findings: { quorum: 'unknown quorum-not-met' },
  },
  {
    name: 'indeterminate-toytls-clock-zero',
    description: 'The server time is zero.',
    form: 'toytls',
    round: { ...tls11, time: 0 },
    findings: { clock: 'unknown implausible' },
  },
  {
    name: 'fails-toytls-bad-signature',
    description: 'The last bit of the signature was changed.',
    form: 'toytls',
    round: tls11,
    forge: (signature) => signature.with(-1, (signature.at(-1) ?? 0) ^ 1),
    findings: { signatures: 'fail bad-signature', strength: 'unknown not-reached' },
  },
  {
    name: 'fails-timmy-other-digest',
    description: 'The file is another one than what was signed.',
    form: 'timmy',
    round: tls10,
    digests: [{ sha256: subject('other').sha256 }],
    findings: { subjects: 'fail no-such-subject' },
  },
]

/** Makes the scenario's vector, and holds what it says by hand against the verifier. */
export function toOldVector(scenario: OldScenario): OldVector {
  const { name, description, form, round, forge, quorum, findings } = scenario
  const { witnesses = [HOST], digests = [{ sha256: message }] } = scenario
  const plan = { endEntity: witness, time: TIME, ...round }
  const { signedBytes, signature, certificates } = readTranscript(makeTls12Round(plan, message))
  const parts = {
    blob: toBase64(signedBytes),
    certificates: certificates.map(toBase64),
    signature: toBase64(forge?.(signature) ?? signature),
  }
  const [certificate] = parts.certificates as [string]
  const material = {
    description,
    ...(form === 'timmy'
      ? { timmy: `${JSON.stringify(parts)}\n` }
      : { toytls: { bytes: parts.blob, signature: parts.signature, certificate } }),
    digests: digests.map(({ sha256 }) => ({ sha256: sha256 && toHex(sha256) })),
    trustAnchors: [],
    witnesses,
    ...(quorum !== undefined && { quorum }),
  }
  const checks = { ...USUAL, ...findings }
  const outcomes = Object.values(checks).map((finding) => finding.split(' ')[0] as Outcome)
  const verdict = verdictOf(
    outcomes.map((outcome) => ({ outcome, id: 'path', code: 'trusted', message: '' })),
  )
  const vector = { ...material, expected: { verdict, claimed: null, checks } }
  const options = { ...verifyOptions(vector), verifySignature }
  const report = verifyOldStatement(decodeOldVector(vector), options)
  assert.deepEqual(findingsOf(report), checks, name)
  assert.equal(report.verdict, verdict, name)
  const claimed = report.time.claimed?.toISOString() ?? null
  return { ...material, expected: { verdict, claimed, checks } }
}

/** What an old statement by RSA of TLS 1.0 or 1.1 shows when the verifier accepts its host. */
const USUAL: Readonly<Record<CheckId, Finding>> = {
  handshakes: 'unknown no-transcript',
  commitment: 'pass committed',
  chain: 'pass single-round',
  signatures: 'pass signed',
  strength: 'unknown weak-version',
  clock: 'unknown uncorroborated',
  path: 'unknown no-credible-time',
  identity: 'pass host-matches',
  witness: 'pass accepted',
  agreement: 'pass nothing-to-contradict',
  windows: 'pass no-windows',
  quorum: 'pass no-quorum-asked',
  renewals: 'pass not-renewed',
  subjects: 'pass all-compared',
}
