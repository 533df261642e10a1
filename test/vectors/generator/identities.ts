// Scenarios about whom the certificate names, and whom the verifier accepts (SPEC.md §6.2).

import { HOST, makeStatement, roundsAt, TIME } from '../../support/make/statements.ts'
import { issue, trustAnchors, witness } from './authority.ts'
import { type Case, presents } from './presentation.ts'
import type { Scenario } from './scenario.ts'

const MISMATCH = { identity: 'fail host-mismatch' } as const
const names: readonly Case[] = [
  [
    'fails-other-name',
    'The certificate names another host.',
    issue({ dnsNames: ['other.test'] }),
    MISMATCH,
  ],
  [
    'fails-common-name-only',
    'The host is the common name and not in subjectAltName.',
    issue({ dnsNames: [] }),
    MISMATCH,
  ],
  [
    'fails-parent-name',
    'The certificate names the parent of the host.',
    issue({ dnsNames: ['test'] }),
    MISMATCH,
  ],
  [
    'fails-subdomain-name',
    'The certificate names a host below.',
    issue({ dnsNames: [`www.${HOST}`] }),
    MISMATCH,
  ],
  [
    'fails-wildcard-top-level',
    'A wildcard right below a top-level domain.',
    issue({ dnsNames: ['*.test'] }),
    MISMATCH,
  ],
  [
    'fails-wildcard-of-own-name',
    'A wildcard does not stand for its own parent.',
    issue({ dnsNames: [`*.${HOST}`] }),
    MISMATCH,
  ],
  [
    'fails-nul-in-presented-name',
    'A presented name that goes on after a NUL.',
    issue({ dnsNames: [`${HOST}\0.attacker.test`] }),
    MISMATCH,
  ],
  [
    'fails-name-as-uri',
    'The host as a URI.',
    issue({ dnsNames: [], altNames: [{ uri: `https://${HOST}/` }] }),
    MISMATCH,
  ],
]

const otherHosts: readonly (readonly [host: string, Case])[] = [
  [
    '1.2.example.test',
    [
      'passes-numbers-as-labels',
      'Labels in front of the last may be numbers.',
      issue({ dnsNames: ['1.2.example.test'] }),
    ],
  ],
  [
    'a.b.test.example',
    [
      'fails-wildcard-two-labels',
      'A wildcard stands for one label.',
      issue({ dnsNames: ['*.test.example'] }),
      MISMATCH,
    ],
  ],
  [
    '192.0.2.7',
    [
      'fails-ip-as-dns-name',
      'An address written as a dNSName.',
      issue({ dnsNames: ['192.0.2.7'] }),
      MISMATCH,
    ],
  ],
  [
    '192.0.2.7',
    [
      'fails-other-ip',
      'Another address.',
      issue({ dnsNames: [], ipAddresses: ['192.0.2.8'] }),
      MISMATCH,
    ],
  ],
]

const acceptance: readonly Case[] = [
  [
    'indeterminate-witness-not-named',
    'The verifier accepts another host.',
    witness,
    { witness: 'unknown not-accepted' },
    { witnesses: ['other.test'] },
  ],
  [
    'indeterminate-witness-not-built-in',
    'Nobody names a witness, and the host is not on the built-in list.',
    witness,
    { witness: 'unknown not-accepted' },
    { witnesses: null },
  ],
  [
    'indeterminate-no-witness-accepted',
    'The verifier accepts nobody.',
    witness,
    { witness: 'unknown not-accepted' },
    { witnesses: [] },
  ],
  [
    'indeterminate-subdomain-accepted',
    'A name below is not the host.',
    witness,
    { witness: 'unknown not-accepted' },
    { witnesses: [`www.${HOST}`] },
  ],
]

export const identities: readonly Scenario[] = [
  ...[...names, ...acceptance].map((each) => presents(each)),
  ...otherHosts.map(([host, each]) => presents(each, host)),
  {
    name: 'fails-other-name-in-last-round',
    description: 'The certificate of the first rounds names the host, that of the last another.',
    statement: makeStatement({
      rounds: [
        ...roundsAt(witness, [TIME, TIME]),
        ...roundsAt(issue({ dnsNames: ['other.test'] }), [TIME]),
      ],
    }),
    trustAnchors,
    findings: MISMATCH,
  },
]
