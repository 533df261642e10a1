// A signed statement to its one encoding (SPEC.md §2): canonical JSON, and what renewals commit to of it.

import { sha256 } from '@noble/hashes/sha2.js'
import { concat, equal, toBase64, toHex, utf8 } from '../encoding/index.ts'
import type { InclusionProof } from './merkle-tree.ts'
import { messagesOf, type Round } from './round.ts'
import type { Renewal, SignedStatement, Unsigned } from './statement.ts'
import { writeLists } from './subject-list.ts'

/** Writes the one encoding of a statement: UTF-8 JSON, members in the order of SPEC.md, two spaces, a final newline. */
export function encodeStatement(statement: SignedStatement): Uint8Array {
  return concat(...encodedPieces(statement))
}

/** Writes the encoding piece by piece, so that a list of a million subjects need not be in memory twice. */
export function* encodedPieces(statement: SignedStatement): Generator<Uint8Array> {
  yield* writeSigning(statement)
  const { renewals = [] } = statement
  if (renewals.length === 0) yield utf8(END)
  else yield utf8(`${FIRST_RENEWAL}${renewals.map(writeRenewal).join(NEXT_RENEWAL)}${END_RENEWALS}`)
}

/** Computes what each renewal has to commit to: SHA-256 of the statement's encoding as it was before that renewal. */
export function renewalCommitments(statement: SignedStatement): Uint8Array[] {
  const { renewals = [] } = statement
  const before = sha256.create()
  if (renewals.length > 0) for (const piece of writeSigning(statement)) before.update(piece)
  return renewals.map((renewal, i) => {
    const commitment = before
      .clone()
      .update(utf8(i === 0 ? END : END_RENEWALS))
      .digest()
    before.update(utf8(`${i === 0 ? FIRST_RENEWAL : NEXT_RENEWAL}${writeRenewal(renewal)}`))
    return commitment
  })
}

/** Writes everything before the renewals, except for the end. */
function* writeSigning({ subjects, rounds, unsigned }: SignedStatement): Generator<Uint8Array> {
  yield* writeLists(subjects)
  yield utf8(
    `\n  ],\n${writeProof(subjects[0]?.inclusionProof)}  "rounds": ${indented(rounds.map(writeRound), 2)}`,
  )
  yield utf8(`,\n  "unsigned": ${indented(writeUnsigned(unsigned), 2)}`)
}

function writeProof(proof: InclusionProof | undefined): string {
  if (proof === undefined) return ''
  const { leafIndex, treeSize, hashes } = proof
  const value = { leafIndex, treeSize, hashes: hashes.map(toHex) }
  return `  "inclusionProof": ${indented(value, 2)},\n`
}

function writeRenewal({ rounds, unsigned }: Renewal): string {
  const value = { rounds: rounds.map(writeRound), unsigned: writeUnsigned(unsigned) }
  return `    ${indented(value, 4)}`
}

/** A Certificate message that an earlier round holds is written as that round's number. */
function writeRound(round: Round, index: number, all: readonly Round[]): object {
  const same = all.findIndex(({ certificate }) => equal(certificate, round.certificate))
  const messages = messagesOf(round).map(([name, message]) => [
    name,
    name === 'certificate' && same !== index ? same : toBase64(message),
  ])
  return { host: round.host, port: round.port, ...Object.fromEntries(messages) }
}

function writeUnsigned({ localTime, tool, trustAnchors = [] }: Unsigned): object {
  return {
    localTime: localTime.toISOString(),
    tool,
    ...(trustAnchors.length > 0 && { trustAnchors: trustAnchors.map(toBase64) }),
  }
}

/** Writes a value as JSON.stringify would at that depth: no string of JSON holds a line feed. */
function indented(value: object, depth: number): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${' '.repeat(depth)}`)
}

const END = '\n}\n'
const FIRST_RENEWAL = ',\n  "renewals": [\n'
const NEXT_RENEWAL = ',\n'
const END_RENEWALS = '\n  ]\n}\n'
