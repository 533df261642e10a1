// A signed statement from its encoding (SPEC.md §2): strict, so that one statement has one encoding.

import {
  concat,
  equal,
  excerpt,
  failDecoding,
  isObject,
  parseJson,
  readArray,
  readBinary,
  readDigest,
  readInteger,
  readObject,
  readText,
} from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'
import { MAX_MESSAGE, MESSAGE_HEADER_LENGTH } from '../tls/index.ts'
import { parseHost } from '../x509/index.ts'
import { type InclusionProof, MAX_NAME, type Subject } from './commitment.ts'
import { encodedPieces, HEAD } from './encode.ts'
import {
  FORMAT,
  MAX_ALL_ROUNDS,
  MAX_RENEWALS,
  MAX_ROUNDS,
  MAX_STATEMENT,
  type Renewal,
  type Round,
  type SignedStatement,
  type Unsigned,
} from './statement.ts'
import { type ListExtent, readSubjectList } from './subject-list.ts'

/**
 * Decodes a signed statement. Accepts only what `encodeStatement` writes, byte for byte. What the handshake messages
 * hold is not looked at: that is verification's. Throws DecodeError.
 */
export function decodeStatement(bytes: Uint8Array): SignedStatement {
  if (bytes.length > MAX_STATEMENT)
    failDecoding('too-large', `expected at most ${MAX_STATEMENT} bytes`)
  // What is wrong is told of a short file by all of it, and of a long one by its beginning
  if (bytes.length > MAX_TOLD && listStart(bytes) === bytes.length) {
    failDecoding(
      'not-canonical',
      `expected a file that begins with {"format": "${FORMAT}", "subjects": [`,
    )
  }
  return decodeLong(bytes) ?? decodeWhole(bytes)
}

/** A long list is read by itself, and the rest as the statement of its first subject alone. */
function decodeLong(bytes: Uint8Array): SignedStatement | undefined {
  const list = readSubjectList(bytes, listStart(bytes))
  const first = list && decodeFirst(bytes, list)
  return first && { ...first, subjects: list.subjects }
}

/** Finds where the list of a statement begins, if it begins as `encodeStatement` writes it; else gives the end. */
export function listStart(bytes: Uint8Array): number {
  return equal(bytes.subarray(0, HEAD.length), HEAD) ? HEAD.length : bytes.length
}

/** Decodes a statement with only the first subject of its list, which `list` is; undefined for anything else. */
export function decodeFirst(bytes: Uint8Array, list: ListExtent): SignedStatement | undefined {
  try {
    return decodeWhole(concat(bytes.subarray(0, list.firstEnd), bytes.subarray(list.end)))
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
  const members = readObject(value, '', ['format', 'subjects', 'rounds', 'unsigned'], ['renewals'])
  const subjects = readArray(members.subjects, 'subjects', 1, MAX_STATEMENT).map(toSubject)
  if (subjects.length > 1 && subjects.some(({ inclusionProof }) => inclusionProof)) {
    failDecoding('invalid-value', 'expected a subject with an inclusionProof to be the only one')
  }
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

function toSubject(value: unknown, i: number): Subject {
  const path = `subjects[${i}]`
  const members = readObject(value, path, ['name', 'sha256'], ['salt', 'inclusionProof'])
  const name = readText(members.name, `${path}.name`, 1, MAX_NAME)
  if (name.includes('\0')) failDecoding('invalid-value', `expected no NUL in ${path}.name`)
  const hash = readDigest(members.sha256, `${path}.sha256`)
  if (members.salt === undefined && members.inclusionProof === undefined)
    return { name, sha256: hash }
  return {
    name,
    sha256: hash,
    ...(members.salt !== undefined && { salt: readDigest(members.salt, `${path}.salt`) }),
    ...(members.inclusionProof !== undefined && {
      inclusionProof: toProof(members.inclusionProof, `${path}.inclusionProof`),
    }),
  }
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
  const members = readObject(value, path, ROUND_MEMBERS, ['certificateStatus'])
  const message = (name: string): Uint8Array =>
    readBinary(members[name], `${path}.${name}`, MESSAGE_HEADER_LENGTH + MAX_MESSAGE)
  const certificate = members.certificate
  return {
    host: host(members.host, `${path}.host`),
    port: readInteger(members.port, `${path}.port`, 1, 65535),
    clientHello: message('clientHello'),
    serverHello: message('serverHello'),
    certificate:
      typeof certificate === 'number'
        ? referred(certificate, earlier, `${path}.certificate`)
        : message('certificate'),
    ...(members.certificateStatus !== undefined && {
      certificateStatus: message('certificateStatus'),
    }),
    serverKeyExchange: message('serverKeyExchange'),
  }
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

const ROUND_MEMBERS: readonly string[] = [
  'host',
  'port',
  'clientHello',
  'serverHello',
  'certificate',
  'serverKeyExchange',
]

/** Bytes of a file that is parsed whole although it does not begin as a statement does. */
const MAX_TOLD = 2 ** 20
