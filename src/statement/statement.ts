// The signed statement, format tls-stamp/1 (SPEC.md §2): canonical JSON, so that one statement has one encoding.

import { sha256 } from '@noble/hashes/sha2.js'
import {
  array,
  binary,
  concat,
  digest,
  equal,
  excerpt,
  fail,
  integer,
  isObject,
  object,
  parseJson,
  text,
  toBase64,
  utf8,
} from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'
import type { Transcript } from '../tls/index.ts'
import { MAX_MESSAGE, MESSAGE_HEADER_LENGTH } from '../tls/index.ts'
import { parseHost } from '../x509/index.ts'
import type { InclusionProof, Subject } from './commitment.ts'
import { type ListExtent, readSubjectList, writeSubjectList } from './subject-list.ts'

/** One captured handshake up to ServerKeyExchange, and where it was captured. */
export interface Round extends Transcript {
  /** DNS name in lower-case A-labels, or an IP address in canonical text. */
  readonly host: string
  readonly port: number
}

/** A chain of rounds over one commitment, and what its signer says of it. */
export interface Renewal {
  /** In the order they were made, 1 to 32. */
  readonly rounds: readonly Round[]
  /** The signer's own word; never used in a verdict. */
  readonly unsigned: Unsigned
}

/** What `sign` writes and `verify` reads. */
export interface SignedStatement extends Renewal {
  /** At least one; exactly one when it has an inclusion proof. */
  readonly subjects: readonly Subject[]
  /** Later chains, at most 64: each one's commitment is the SHA-256 of the file as it was before. */
  readonly renewals?: readonly Renewal[]
}

export interface Unsigned {
  /** The signer's clock when the first round began. */
  readonly localTime: Date
  /** Name and version of the program that signed. */
  readonly tool: string
  /** Trust anchors that the signer's certification paths ended at, DER: evidence for whoever no longer has them. */
  readonly trustAnchors?: readonly Uint8Array[]
}

export const FORMAT = 'tls-stamp/1'
/** Of one chain. */
export const MAX_ROUNDS = 32
export const MAX_RENEWALS = 64
/** Of a statement and its renewals together. */
export const MAX_ALL_ROUNDS = 256
/** Bytes of a statement. */
export const MAX_STATEMENT: number = 2 ** 28

/**
 * Decodes a signed statement. Accepts only what `encodeStatement` writes, byte for byte. What the handshake messages
 * hold is not looked at: that is verification's. Throws DecodeError.
 */
export function decodeStatement(bytes: Uint8Array): SignedStatement {
  if (bytes.length > MAX_STATEMENT) fail('too-large', `expected at most ${MAX_STATEMENT} bytes`)
  return decodeLong(bytes) ?? decodeWhole(bytes)
}

/** A long list is read by itself, and the rest as the statement of its first subject alone. */
function decodeLong(bytes: Uint8Array): SignedStatement | undefined {
  const list = readSubjectList(bytes, listStart(bytes))
  const first = list && decodeFirst(bytes, list)
  return first && { ...first, subjects: list.subjects }
}

/** Where the list of a statement begins that is as `encodeStatement` writes it; at the end of what is none. */
export function listStart(bytes: Uint8Array): number {
  return equal(bytes.subarray(0, HEAD.length), HEAD) ? HEAD.length : bytes.length
}

/** The statement with only the first subject of its list, which `list` is; undefined for what is no statement. */
export function decodeFirst(bytes: Uint8Array, list: ListExtent): SignedStatement | undefined {
  try {
    return decodeWhole(concat(bytes.subarray(0, list.firstEnd), bytes.subarray(list.end)))
  } catch {
    return undefined
  }
}

function decodeWhole(bytes: Uint8Array): SignedStatement {
  const statement = readStatement(parseJson(bytes))
  requireCanonical(bytes, statement)
  return statement
}

/** The one encoding of a statement: UTF-8 JSON, members in the order of SPEC.md, two spaces, a final newline. */
export function encodeStatement(statement: SignedStatement): Uint8Array {
  return concat(...encodedPieces(statement))
}

/** encodeStatement piece by piece, so that a list of a million subjects need not be in memory twice. */
export function* encodedPieces(statement: SignedStatement): Generator<Uint8Array> {
  yield* writeSigning(statement)
  const { renewals = [] } = statement
  if (renewals.length === 0) yield utf8(END)
  else yield utf8(`${FIRST_RENEWAL}${renewals.map(writeRenewal).join(NEXT_RENEWAL)}${END_RENEWALS}`)
}

/** What each renewal has to commit to: SHA-256 of the statement's encoding as it was before that renewal. */
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

/** Everything before the renewals, but for the end. */
function* writeSigning({ subjects, rounds, unsigned }: SignedStatement): Generator<Uint8Array> {
  yield HEAD
  yield* writeSubjectList(subjects)
  yield utf8(`\n  ],\n  "rounds": ${indented(rounds.map(writeRound), 2)}`)
  yield utf8(`,\n  "unsigned": ${indented(writeUnsigned(unsigned), 2)}`)
}

function writeRenewal({ rounds, unsigned }: Renewal): string {
  const value = { rounds: rounds.map(writeRound), unsigned: writeUnsigned(unsigned) }
  return `    ${indented(value, 4)}`
}

/** A Certificate message that an earlier round holds is written as that round's number. */
function writeRound(round: Round, index: number, all: readonly Round[]): object {
  const same = all.findIndex(({ certificate }) => equal(certificate, round.certificate))
  return {
    host: round.host,
    port: round.port,
    clientHello: toBase64(round.clientHello),
    serverHello: toBase64(round.serverHello),
    certificate: same === index ? toBase64(round.certificate) : same,
    ...(round.certificateStatus && { certificateStatus: toBase64(round.certificateStatus) }),
    serverKeyExchange: toBase64(round.serverKeyExchange),
  }
}

function writeUnsigned({ localTime, tool, trustAnchors = [] }: Unsigned): object {
  return {
    localTime: localTime.toISOString(),
    tool,
    ...(trustAnchors.length > 0 && { trustAnchors: trustAnchors.map(toBase64) }),
  }
}

/** As JSON.stringify writes it at that depth: no string of JSON holds a line feed. */
function indented(value: object, depth: number): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${' '.repeat(depth)}`)
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

/** A statement of the value that JSON makes of it: members in any order, with any white space. Throws DecodeError. */
export function readStatement(value: unknown): SignedStatement {
  if (!isObject(value) || value.format === undefined) {
    fail('invalid-value', `expected an object with format "${FORMAT}"`)
  }
  if (value.format !== FORMAT) {
    fail('invalid-value', `expected format "${FORMAT}", got ${excerpt(value.format)}`)
  }
  const members = object(value, '', ['format', 'subjects', 'rounds', 'unsigned'], ['renewals'])
  const subjects = array(members.subjects, 'subjects', 1, MAX_STATEMENT).map(readSubject)
  if (subjects.length > 1 && subjects.some(({ inclusionProof }) => inclusionProof)) {
    fail('invalid-value', 'expected a subject with an inclusionProof to be the only one')
  }
  const signing = readSigning(members, '')
  if (members.renewals === undefined) return { subjects, ...signing }
  const renewals = array(members.renewals, 'renewals', 1, MAX_RENEWALS).map(readRenewal)
  requireFewRounds([signing, ...renewals])
  return { subjects, ...signing, renewals }
}

function requireFewRounds(chains: readonly Renewal[]): void {
  const count = chains.reduce((sum, { rounds }) => sum + rounds.length, 0)
  if (count > MAX_ALL_ROUNDS)
    fail('too-large', `expected at most ${MAX_ALL_ROUNDS} rounds in all, got ${count}`)
}

function readRenewal(value: unknown, i: number): Renewal {
  const path = `renewals[${i}]`
  return readSigning(object(value, path, ['rounds', 'unsigned']), `${path}.`)
}

function readSigning(members: Readonly<Record<string, unknown>>, prefix: string): Renewal {
  const rounds: Round[] = []
  for (const round of array(members.rounds, `${prefix}rounds`, 1, MAX_ROUNDS)) {
    rounds.push(readRound(round, `${prefix}rounds[${rounds.length}]`, rounds))
  }
  return { rounds, unsigned: readUnsigned(members.unsigned, `${prefix}unsigned`) }
}

function readSubject(value: unknown, i: number): Subject {
  const path = `subjects[${i}]`
  const members = object(value, path, ['name', 'sha256'], ['salt', 'inclusionProof'])
  const name = text(members.name, `${path}.name`, 1, 4096)
  if (name.includes('\0')) fail('invalid-value', `expected no NUL in ${path}.name`)
  const hash = digest(members.sha256, `${path}.sha256`)
  if (members.salt === undefined && members.inclusionProof === undefined)
    return { name, sha256: hash }
  return {
    name,
    sha256: hash,
    ...(members.salt !== undefined && { salt: digest(members.salt, `${path}.salt`) }),
    ...(members.inclusionProof !== undefined && {
      inclusionProof: readProof(members.inclusionProof, `${path}.inclusionProof`),
    }),
  }
}

function readProof(value: unknown, path: string): InclusionProof {
  const members = object(value, path, ['leafIndex', 'treeSize', 'hashes'])
  const treeSize = integer(members.treeSize, `${path}.treeSize`, 2, 2 ** 32)
  const leafIndex = integer(members.leafIndex, `${path}.leafIndex`, 0, treeSize - 1)
  const hashes = array(members.hashes, `${path}.hashes`, 1, 32)
  return {
    leafIndex,
    treeSize,
    hashes: hashes.map((hash, i) => digest(hash, `${path}.hashes[${i}]`)),
  }
}

function readRound(value: unknown, path: string, earlier: readonly Round[]): Round {
  const members = object(value, path, ROUND_MEMBERS, ['certificateStatus'])
  const message = (name: string): Uint8Array =>
    binary(members[name], `${path}.${name}`, MESSAGE_HEADER_LENGTH + MAX_MESSAGE)
  const certificate = members.certificate
  return {
    host: host(members.host, `${path}.host`),
    port: integer(members.port, `${path}.port`, 1, 65535),
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

function readUnsigned(value: unknown, path: string): Unsigned {
  const members = object(value, path, ['localTime', 'tool'], ['trustAnchors'])
  const time = text(members.localTime, `${path}.localTime`, 24, 24)
  const localTime = new Date(time)
  if (Number.isNaN(localTime.getTime()) || localTime.toISOString() !== time) {
    fail('invalid-value', `expected a time like 2026-01-31T12:00:00.000Z in ${path}.localTime`)
  }
  const tool = text(members.tool, `${path}.tool`, 0, 256)
  if (members.trustAnchors === undefined) return { localTime, tool }
  const list = array(members.trustAnchors, `${path}.trustAnchors`, 1, MAX_ROUNDS)
  const trustAnchors = list.map((der, i) => binary(der, `${path}.trustAnchors[${i}]`, MAX_MESSAGE))
  return { localTime, tool, trustAnchors }
}

function referred(index: number, earlier: readonly Round[], path: string): Uint8Array {
  const round = earlier[index]
  if (round === undefined)
    fail('invalid-value', `expected the number of an earlier round in ${path}`)
  return round.certificate
}

function host(value: unknown, path: string): string {
  const name = text(value, path, 1, 253)
  const parsed = parseHost(name)
  if (parsed === undefined || parsed.name !== name) {
    fail('invalid-value', `expected a host name in lower-case A-labels or an IP address in ${path}`)
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

/** Between what a statement is made of. */
const HEAD = utf8(`{\n  "format": ${JSON.stringify(FORMAT)},\n  "subjects": [\n`)
const END = '\n}\n'
const FIRST_RENEWAL = ',\n  "renewals": [\n'
const NEXT_RENEWAL = ',\n'
const END_RENEWALS = '\n  ]\n}\n'
