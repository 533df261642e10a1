// Scenarios of stored trust anchors: they are the signer's word, and nothing is trusted because of them (SPEC.md §6.3).

import { endEntity } from '../../support/make/end-entity.ts'
import { mintCertificate } from '../../support/make/mint.ts'
import { HOST, makeStatement, renew, roundsAt, TIME } from '../../support/make/statements.ts'
import { root, trustAnchors, witness } from './authority.ts'
import type { Scenario } from './scenario.ts'

const rounds = roundsAt(witness, [TIME, TIME, TIME])
const stranger = mintCertificate({ subject: 'Other Root', ca: true })
const storing = (...stored: readonly Uint8Array[]): Scenario['statement'] =>
  makeStatement({ rounds, trustAnchors: stored })
const forger = mintCertificate({ subject: "Forger's Root", ca: true })
const forged = endEntity(mintCertificate({ subject: HOST, dnsNames: [HOST], issuer: forger }))

const MISSING = { path: 'fail unknown-issuer' } as const

export const anchors: readonly Scenario[] = [
  {
    name: 'passes-anchor-stored-and-given',
    description: 'The statement stores the trust anchor, and the verifier has it.',
    statement: storing(root.der),
    trustAnchors,
  },
  {
    name: 'passes-other-anchor-stored',
    description: 'What is stored is another one than what the verifier has, and does not matter.',
    statement: storing(stranger.der),
    trustAnchors,
  },
  {
    name: 'passes-malformed-anchor-stored',
    description: 'Nor does it matter that it is no certificate, or nothing at all.',
    statement: storing(Uint8Array.of(0x30, 3, 2, 1), new Uint8Array(0)),
    trustAnchors,
  },
  {
    name: 'fails-anchor-stored-and-not-given',
    description: 'A stored trust anchor is never trusted: the verifier has another one.',
    statement: storing(root.der),
    trustAnchors: [stranger.der],
    findings: MISSING,
  },
  {
    name: 'fails-anchor-stored-and-none-given',
    description: 'The verifier has none at all.',
    statement: storing(root.der),
    trustAnchors: [],
    findings: MISSING,
  },
  {
    name: 'fails-malformed-anchor-stored-and-none-given',
    description: 'The verifier has none, and what is stored is no certificate.',
    statement: storing(Uint8Array.of(0x30, 3, 2, 1), new Uint8Array(0)),
    trustAnchors: [],
    findings: MISSING,
  },
  {
    name: 'fails-anchor-of-forger-stored',
    description: 'A forger made a root, a certificate for the host below it, and stored the root.',
    statement: makeStatement({
      rounds: roundsAt(forged, [TIME, TIME, TIME]),
      trustAnchors: [forger.der],
    }),
    trustAnchors,
    findings: MISSING,
  },
  {
    name: 'fails-anchor-of-renewal-stored-and-not-given',
    description:
      "A renewal's path ends at an anchor that is stored, and that the verifier has not.",
    statement: renew(storing(root.der), {
      rounds: roundsAt(forged, [TIME, TIME, TIME]),
      trustAnchors: [forger.der],
    }),
    trustAnchors,
    findings: { renewals: 'fail renewal-not-good' },
  },
]
