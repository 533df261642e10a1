// A signed statement as an in-toto Statement (v1, SPEC.md §13), for tools that know attestations by that form.

import {
  concat,
  equal,
  excerpt,
  failDecoding,
  parseJson,
  readArray,
  readDigest,
  readObject,
  readText,
  toHex,
  utf8,
} from '../encoding/index.ts'
import { MAX_NAME } from './checksum-line.ts'
import type { Subject } from './commitment.ts'
import { decodeUndamaged } from './damage.ts'
import { toStatement } from './decode.ts'
import { encodedPieces } from './encode.ts'
import { MAX_STATEMENT, type SignedStatement } from './statement.ts'

/** Names this predicate, format tls-stamp/1: a UUID (RFC 9562), as no domain is needed to own one. */
export const PREDICATE_TYPE = 'urn:uuid:8d1f2e44-5aac-44d3-957e-7358e8a74ab8'

/** The most bytes: those of a statement, and its subjects once more. */
export const MAX_IN_TOTO: number = 2 * MAX_STATEMENT

/** Writes an in-toto Statement whose subjects are those of the signed statement, which is its predicate; UTF-8 JSON. */
export function encodeInToto(statement: SignedStatement): Uint8Array {
  return concat(...inTotoPieces(statement))
}

/**
 * Reads the signed statement of an in-toto Statement, which may have any white space and any order of members, as tools
 * write it anew; but no member twice or unknown, and just the subjects of the signed statement, in its order.
 * Throws DecodeError.
 */
export function decodeInToto(bytes: Uint8Array): SignedStatement {
  if (bytes.length > MAX_IN_TOTO) failDecoding('too-large', `expected at most ${MAX_IN_TOTO} bytes`)
  return decodeUndamaged(bytes, () => decodeMembers(bytes))
}

function decodeMembers(bytes: Uint8Array): SignedStatement {
  const members = readObject(parseJson(bytes), WHERE, [
    '_type',
    'subject',
    'predicateType',
    'predicate',
  ])
  requireText(members, '_type', STATEMENT_TYPE)
  requireText(members, 'predicateType', PREDICATE_TYPE)
  const statement = toStatement(members.predicate)
  requireSubjects(members.subject, statement.subjects)
  requireCertificatesOnce(members.predicate as Predicate)
  requireMembersOnce(bytes, members)
  return statement
}

function* inTotoPieces(statement: SignedStatement): Generator<Uint8Array> {
  yield utf8(`{\n  "_type": "${STATEMENT_TYPE}",\n  "subject": [\n`)
  const { subjects } = statement
  for (let at = 0; at < subjects.length; at += BATCH) {
    const batch = subjects.slice(at, at + BATCH).map(writeSubject)
    yield utf8(`${at === 0 ? '' : ',\n'}${batch.join(',\n')}`)
  }
  yield utf8(`\n  ],\n  "predicateType": "${PREDICATE_TYPE}",\n  "predicate": `)
  yield* indented(encodedPieces(statement))
  yield utf8('\n}\n')
}

function writeSubject({ name, sha256 }: Subject): string {
  return `    { "name": ${JSON.stringify(name)}, "digest": { "sha256": "${toHex(sha256)}" } }`
}

/** Indents pieces by two more spaces, and leaves out the line feed at the end. */
function* indented(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const decoder = new TextDecoder()
  let held = ''
  for (const piece of pieces) {
    const whole = held + decoder.decode(piece)
    held = whole.endsWith('\n') ? '\n' : ''
    yield utf8(whole.slice(0, whole.length - held.length).replaceAll('\n', '\n  '))
  }
}

function requireText(
  members: Readonly<Record<string, unknown>>,
  name: '_type' | 'predicateType',
  expected: string,
): void {
  if (members[name] === expected) return
  failDecoding('invalid-value', `expected ${name} "${expected}", got ${excerpt(members[name])}`)
}

/** Refuses subjects for other tools that are not those that were signed. */
function requireSubjects(value: unknown, signed: readonly Subject[]): void {
  const { length } = signed
  for (const [i, given] of readArray(value, 'subject', length, length).entries()) {
    const path = `subject[${i}]`
    const members = readObject(given, path, ['name', 'digest'])
    const { sha256 } = readObject(members.digest, `${path}.digest`, ['sha256'])
    const name = readText(members.name, `${path}.name`, 1, MAX_NAME)
    const hash = readDigest(sha256, `${path}.digest.sha256`)
    const own = signed[i] as Subject
    if (name !== own.name || !equal(hash, own.sha256)) {
      failDecoding('invalid-value', `expected ${path} to be the signed statement's`)
    }
  }
}

/** Requires a Certificate message where it is first, and references to it from there on. */
function requireCertificatesOnce(predicate: Predicate): void {
  for (const { rounds } of [predicate, ...(predicate.renewals ?? [])]) {
    const written = rounds.map(({ certificate }) => certificate)
    for (const [i, one] of written.entries()) {
      if (typeof one === 'number' ? typeof written[one] === 'string' : written.indexOf(one) === i)
        continue
      failDecoding('not-canonical', `expected each Certificate message once in ${WHERE}`)
    }
  }
}

/**
 * JSON.parse keeps the last of two members of one name, and says nothing. Where there are two, the text has more members
 * than the value that came of it.
 */
function requireMembersOnce(bytes: Uint8Array, value: unknown): void {
  if (countWritten(bytes) !== countMembers(value))
    failDecoding('invalid-value', `a member is there twice in ${WHERE}`)
}

/** Counts the members of all objects within; never of what has not been read, as it may be nested deeper than the stack. */
function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const members: readonly unknown[] = Object.values(value)
  let count = Array.isArray(value) ? 0 : members.length
  for (const member of members) count += countMembers(member)
  return count
}

/** Counts the members of all objects in a JSON text: each has a colon outside strings. */
function countWritten(json: Uint8Array): number {
  let count = 0
  let inString = false
  for (let i = 0; i < json.length; i++) {
    const byte = json[i]
    if (byte === QUOTE) inString = !inString
    else if (byte === BACKSLASH) i++
    else if (byte === COLON && !inString) count++
  }
  return count
}

/** The rounds of a predicate that toStatement has taken. */
interface Predicate {
  readonly rounds: readonly { readonly certificate: string | number }[]
  readonly renewals?: readonly Pick<Predicate, 'rounds'>[]
}

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'
const WHERE = 'the in-toto statement'

const QUOTE = 0x22
const COLON = 0x3a
const BACKSLASH = 0x5c

/** The subjects in a piece. */
const BATCH = 1024
