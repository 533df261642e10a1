// Scenarios of the files that a verifier is given: which of several faults is told (SPEC.md §6.4).

import { makeStatement, roundsAt, subject, TIME } from '../../support/make/statements.ts'
import { trustAnchors, witness } from './authority.ts'
import type { Scenario } from './scenario.ts'

const rounds = roundsAt(witness, [TIME, TIME, TIME])
const [a, b, c] = ['a.txt', 'b.txt', 'c.txt'].map((name) => subject(name)) as [
  ReturnType<typeof subject>,
  ReturnType<typeof subject>,
  ReturnType<typeof subject>,
]
const ofList = { statement: makeStatement({ subjects: [a, b, c], rounds }), trustAnchors }
const stranger = subject('stranger.txt')
const altered = { name: 'a.txt', sha256: stranger.sha256 }
const other = { name: 'b.txt', sha256: c.sha256 }
const missing = { name: 'c.txt', sha256: null }

export const givenFiles: readonly Scenario[] = [
  {
    name: 'fails-missing-file-that-is-no-subject',
    description: 'A file is missing that is not called as any subject.',
    ...ofList,
    digests: [a, b, c, { name: 'nobody.txt', sha256: null }],
    findings: { subjects: 'fail missing-file' },
  },
  {
    name: 'fails-all-four-faults',
    description: 'Of all four faults, that a file is altered is told.',
    ...ofList,
    digests: [stranger, missing, other, altered],
    findings: { subjects: 'fail altered' },
  },
  {
    name: 'fails-other-subject-and-missing-file',
    description: 'Of three, that a file is another subject.',
    ...ofList,
    digests: [stranger, missing, other],
    findings: { subjects: 'fail other-subject' },
  },
  {
    name: 'fails-missing-file-and-no-such-subject',
    description: 'Of two, that a file is missing.',
    ...ofList,
    digests: [stranger, missing],
    findings: { subjects: 'fail missing-file' },
  },
]
