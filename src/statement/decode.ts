// A signed statement from its encoding (SPEC.md §2): strict, so that one statement has one encoding.

import {
  equal,
  excerpt,
  failDecoding,
  isObject,
  parseJson,
  plainBytes,
  readArray,
  readBinary,
  readDigest,
  readInteger,
  readObject,
  readText,
  utf8,
} from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'
import { MAX_MESSAGE, MESSAGE_HEADER_LENGTH } from '../tls/index.ts'
import { parseHost } from '../x509/index.ts'
import { HASH_LENGTH, LONGEST_LINE, readLine, SHORTEST_LINE } from './checksum-line.ts'
import type { Subject } from './commitment.ts'
import { decodeUndamaged } from './damage.ts'
import { encodedPieces } from './encode.ts'
import type { InclusionProof } from './merkle-tree.ts'
import { MESSAGE_NAMES, type MessageName, ROUND_MEMBERS, type Round } from './round.ts'
import {
  FORMAT,
  MAX_ALL_ROUNDS,
  MAX_RENEWALS,
  MAX_ROUNDS,
  MAX_STATEMENT,
  type Renewal,
  type SignedStatement,
  type Unsigned,
} from './statement.ts'
import { HEAD, readLists } from './subject-list.ts'

/**
 * Decodes a signed statement. Accepts only what `encodeStatement` writes, byte for byte. What the handshake messages
 * hold is not looked at: that is verification's. Throws DecodeError.
 */
export function decodeStatement(bytes: Uint8Array): SignedStatement {
  if (bytes.length > MAX_STATEMENT)
    failDecoding('too-large', `expected at most ${MAX_STATEMENT} bytes`)
  return decodeUndamaged(bytes, () => decodeCanonical(plainBytes(bytes)))
}

function decodeCanonical(plain: Uint8Array): SignedStatement {
  const lists = readLists(plain)
  const first = lists && decodeFirst(lists.rest, lists.subjects.length)
  if (first) return { ...first, subjects: lists.subjects }
  // What is wrong is told of a short file by all of it, and of a long one by its beginning
  if (plain.length > MAX_TOLD && !equal(plain.subarray(0, HEAD.length), HEAD)) {
    failDecoding(
      'not-canonical',
      `expected a file that begins with {"format": "${FORMAT}", "subjects": [`,
    )
  }
  return decodeWhole(plain)
}

/** Decodes the first of several subjects with all that is beside them; undefined for what is none of that. */
export function decodeFirst(bytes: Uint8Array, count: number): SignedStatement | undefined {
  try {
    const statement = count > 1 ? decodeWhole(bytes) : undefined
    return statement?.subjects[0]?.inclusionProof ? undefined : statement
  } catch {
    return undefined
  }
}

function decodeWhole(bytes: Uint8Array): SignedStatement {
  const statement = toStatement(parseJson(bytes))
  requireCanonical(bytes, statement)
  return statement
}

function requireCanonical(bytes: Uint8Array, statement: SignedStatement): void {
  let at = 0
  for (const piece of encodedPieces(statement)) {
    for (let i = 0; i < piece.length; i++, at++) if (piece[i] !== bytes[at]) throw notCanonical(at)
  }
  if (at !== bytes.length) throw notCanonical(at)
}

function notCanonical(at: number): DecodeError {
  const why = 'white space, a member twice, or a second spelling of a value'
  return new DecodeError('not-canonical', 'SignedStatement', at, `not the canonical form: ${why}`)
}

/** Makes a statement from the value that JSON makes of it: members in any order, with any white space. Throws DecodeError. */
export function toStatement(value: unknown): SignedStatement {
  if (!isObject(value) || value.format === undefined) {
    failDecoding('invalid-value', `expected an object with format "${FORMAT}"`)
  }
  if (value.format !== FORMAT) {
    failDecoding('invalid-value', `expected format "${FORMAT}", got ${excerpt(value.format)}`)
  }
  const members = readObject(
    value,
    '',
    ['format', 'subjects', 'rounds', 'unsigned'],
    ['salts', 'inclusionProof', 'renewals'],
  )
  const subjects = toSubjects(members)
  const signing = toSigning(members, '')
  if (members.renewals === undefined) return { subjects, ...signing }
  const renewals = readArray(members.renewals, 'renewals', 1, MAX_RENEWALS).map(toRenewal)
  requireFewRounds([signing, ...renewals])
  return { subjects, ...signing, renewals }
}

function requireFewRounds(chains: readonly Renewal[]): void {
  const count = chains.reduce((sum, { rounds }) => sum + rounds.length, 0)
  if (count > MAX_ALL_ROUNDS)
    failDecoding('too-large', `expected at most ${MAX_ALL_ROUNDS} rounds in all, got ${count}`)
}

function toRenewal(value: unknown, i: number): Renewal {
  const path = `renewals[${i}]`
  return toSigning(readObject(value, path, ['rounds', 'unsigned']), `${path}.`)
}

function toSigning(members: Readonly<Record<string, unknown>>, prefix: string): Renewal {
  const rounds: Round[] = []
  for (const round of readArray(members.rounds, `${prefix}rounds`, 1, MAX_ROUNDS)) {
    rounds.push(toRound(round, `${prefix}rounds[${rounds.length}]`, rounds))
  }
  return { rounds, unsigned: toUnsigned(members.unsigned, `${prefix}unsigned`) }
}

function toSubjects(members: Readonly<Record<string, unknown>>): Subject[] {
  const lines = readArray(members.subjects, 'subjects', 1, MAX_STATEMENT)
  const { length } = lines
  const salts = members.salts === undefined ? [] : readArray(members.salts, 'salts', length, length)
  const subjects = lines.map((line, i): Subject => {
    const subject = toSubject(line, `subjects[${i}]`)
    return salts.length > 0 ? { ...subject, salt: readDigest(salts[i], `salts[${i}]`) } : subject
  })
  if (members.inclusionProof === undefined) return subjects
  if (length > 1)
    failDecoding('invalid-value', 'expected no inclusionProof beside several subjects')
  const inclusionProof = toProof(members.inclusionProof, 'inclusionProof')
  return subjects.map((subject) => ({ ...subject, inclusionProof }))
}

function toSubject(value: unknown, path: string): Subject {
  const line = utf8(readText(value, path, SHORTEST_LINE, LONGEST_LINE))
  const sha256 = new Uint8Array(HASH_LENGTH)
  const name = readLine(line, 0, line.length, sha256)
  if (name !== undefined) return { name, sha256 }
  const form = '64 lower-case hex digits, two spaces and a name of at most 4096 bytes without NUL'
  failDecoding('invalid-value', `expected ${form}, as sha256sum escapes it, in ${path}`)
}

function toProof(value: unknown, path: string): InclusionProof {
  const members = readObject(value, path, ['leafIndex', 'treeSize', 'hashes'])
  const treeSize = readInteger(members.treeSize, `${path}.treeSize`, 2, 2 ** 32)
  const leafIndex = readInteger(members.leafIndex, `${path}.leafIndex`, 0, treeSize - 1)
  const hashes = readArray(members.hashes, `${path}.hashes`, 1, 32)
  return {
    leafIndex,
    treeSize,
    hashes: hashes.map((hash, i) => readDigest(hash, `${path}.hashes[${i}]`)),
  }
}

function toRound(value: unknown, path: string, earlier: readonly Round[]): Round {
  const isTls13 = isObject(value) && value.certificateVerify !== undefined
  const { required, optional } = ROUND_MEMBERS[isTls13 ? 'tls13' : 'tls12']
  const members = readObject(value, path, required, optional)
  const messages: Partial<Record<MessageName, Uint8Array>> = {}
  for (const name of MESSAGE_NAMES) {
    const member = members[name]
    if (member === undefined) continue
    messages[name] =
      name === 'certificate' && typeof member === 'number'
        ? referred(member, earlier, `${path}.certificate`)
        : readBinary(member, `${path}.${name}`, MESSAGE_HEADER_LENGTH + MAX_MESSAGE)
  }
  const endpoint = {
    host: host(members.host, `${path}.host`),
    port: readInteger(members.port, `${path}.port`, 1, 65535),
  }
  // readObject has seen that all required members are there
  return { ...endpoint, ...messages } as Round
}

function toUnsigned(value: unknown, path: string): Unsigned {
  const members = readObject(value, path, ['localTime', 'tool'], ['trustAnchors'])
  const time = readText(members.localTime, `${path}.localTime`, 24, 24)
  const localTime = new Date(time)
  if (Number.isNaN(localTime.getTime()) || localTime.toISOString() !== time) {
    failDecoding(
      'invalid-value',
      `expected a time like 2026-01-31T12:00:00.000Z in ${path}.localTime`,
    )
  }
  const tool = readText(members.tool, `${path}.tool`, 0, 256)
  if (members.trustAnchors === undefined) return { localTime, tool }
  const list = readArray(members.trustAnchors, `${path}.trustAnchors`, 1, MAX_ROUNDS)
  const trustAnchors = list.map((der, i) =>
    readBinary(der, `${path}.trustAnchors[${i}]`, MAX_MESSAGE),
  )
  return { localTime, tool, trustAnchors }
}

function referred(index: number, earlier: readonly Round[], path: string): Uint8Array {
  const round = earlier[index]
  if (round === undefined)
    failDecoding('invalid-value', `expected the number of an earlier round in ${path}`)
  return round.certificate
}

function host(value: unknown, path: string): string {
  const name = readText(value, path, 1, 253)
  const parsed = parseHost(name)
  if (parsed === undefined || parsed.name !== name) {
    failDecoding(
      'invalid-value',
      `expected a host name in lower-case A-labels or an IP address in ${path}`,
    )
  }
  return name
}

/** Bytes of a file that is parsed whole although it does not begin as a statement does. */
const MAX_TOLD = 2 ** 20
