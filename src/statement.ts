// The signed statement, format tls-stamp/1 (SPEC.md §2): canonical JSON, so that one statement has one encoding.

import { equal, fromBase64, fromHex, toBase64, toHex, utf8 } from './bytes.ts'
import type { InclusionProof, Subject } from './commitment.ts'
import { DecodeError, type DecodeErrorCode } from './errors.ts'
import { parseHost } from './pki/identity.ts'
import { MAX_MESSAGE, MESSAGE_HEADER_LENGTH } from './tls/handshake.ts'
import type { Transcript } from './tls/transcript.ts'

/** One captured handshake up to ServerKeyExchange, and where it was captured. */
export interface Round extends Transcript {
  /** DNS name in lower-case A-labels, or an IP address in canonical text. */
  readonly host: string
  readonly port: number
}

/** What `sign` writes and `verify` reads. */
export interface SignedStatement {
  /** At least one; exactly one when it has an inclusion proof. */
  readonly subjects: readonly Subject[]
  /** In the order they were made, 1 to 32. */
  readonly rounds: readonly Round[]
  /** The signer's own word; never used in a verdict. */
  readonly unsigned: Unsigned
}

export interface Unsigned {
  /** The signer's clock when the first round began. */
  readonly localTime: Date
  /** Name and version of the program that signed. */
  readonly tool: string
}

export const FORMAT = 'tls-stamp/1'
export const MAX_ROUNDS = 32
/** Bytes of a statement. */
export const MAX_STATEMENT: number = 2 ** 28

/**
 * Decodes a signed statement. Accepts only what `encodeStatement` writes, byte for byte. What the handshake messages
 * hold is not looked at: that is verification's. Throws DecodeError.
 */
export function decodeStatement(bytes: Uint8Array): SignedStatement {
  if (bytes.length > MAX_STATEMENT) fail('too-large', `expected at most ${MAX_STATEMENT} bytes`)
  const statement = readStatement(parseJson(bytes))
  const canonical = encodeStatement(statement)
  if (!equal(canonical, bytes)) {
    const at = firstDifference(canonical, bytes)
    const why = 'white space, a member twice, or a second spelling of a value'
    throw new DecodeError('not-canonical', 'SignedStatement', at, `not the canonical form: ${why}`)
  }
  return statement
}

/** The one encoding of a statement: UTF-8 JSON, members in the order of SPEC.md, two spaces, a final newline. */
export function encodeStatement(statement: SignedStatement): Uint8Array {
  const { subjects, rounds, unsigned } = statement
  const document = {
    format: FORMAT,
    subjects: subjects.map(writeSubject),
    rounds: rounds.map((round, i) => writeRound(round, rounds.slice(0, i))),
    unsigned: { localTime: unsigned.localTime.toISOString(), tool: unsigned.tool },
  }
  return utf8(`${JSON.stringify(document, null, 2)}\n`)
}

function writeSubject({ name, sha256, inclusionProof }: Subject): object {
  if (inclusionProof === undefined) return { name, sha256: toHex(sha256) }
  const { leafIndex, treeSize, hashes } = inclusionProof
  return {
    name,
    sha256: toHex(sha256),
    inclusionProof: { leafIndex, treeSize, hashes: hashes.map(toHex) },
  }
}

/** A Certificate message that an earlier round holds is written as that round's number. */
function writeRound(round: Round, earlier: readonly Round[]): object {
  const same = earlier.findIndex(({ certificate }) => equal(certificate, round.certificate))
  return {
    host: round.host,
    port: round.port,
    clientHello: toBase64(round.clientHello),
    serverHello: toBase64(round.serverHello),
    certificate: same < 0 ? toBase64(round.certificate) : same,
    ...(round.certificateStatus && { certificateStatus: toBase64(round.certificateStatus) }),
    serverKeyExchange: toBase64(round.serverKeyExchange),
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return fail('invalid-value', 'expected UTF-8 JSON')
  }
}

function readStatement(value: unknown): SignedStatement {
  if (!isObject(value) || value.format === undefined) {
    fail('invalid-value', `expected an object with format "${FORMAT}"`)
  }
  if (value.format !== FORMAT) {
    fail('invalid-value', `expected format "${FORMAT}", got ${excerpt(value.format)}`)
  }
  const members = object(value, '', ['format', 'subjects', 'rounds', 'unsigned'])
  const subjects = array(members.subjects, 'subjects', 1, MAX_STATEMENT).map(readSubject)
  if (subjects.length > 1 && subjects.some(({ inclusionProof }) => inclusionProof)) {
    fail('invalid-value', 'expected a subject with an inclusionProof to be the only one')
  }
  const rounds: Round[] = []
  for (const round of array(members.rounds, 'rounds', 1, MAX_ROUNDS)) {
    rounds.push(readRound(round, rounds))
  }
  return { subjects, rounds, unsigned: readUnsigned(members.unsigned) }
}

function readSubject(value: unknown, i: number): Subject {
  const path = `subjects[${i}]`
  const members = object(value, path, ['name', 'sha256'], ['inclusionProof'])
  const name = text(members.name, `${path}.name`, 1, 4096)
  if (name.includes('\0')) fail('invalid-value', `expected no NUL in ${path}.name`)
  const sha256 = digest(members.sha256, `${path}.sha256`)
  if (members.inclusionProof === undefined) return { name, sha256 }
  const inclusionProof = readProof(members.inclusionProof, `${path}.inclusionProof`)
  return { name, sha256, inclusionProof }
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

function readRound(value: unknown, earlier: readonly Round[]): Round {
  const path = `rounds[${earlier.length}]`
  const required = [
    'host',
    'port',
    'clientHello',
    'serverHello',
    'certificate',
    'serverKeyExchange',
  ]
  const members = object(value, path, required, ['certificateStatus'])
  const message = (name: string): Uint8Array => binary(members[name], `${path}.${name}`)
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

function readUnsigned(value: unknown): Unsigned {
  const members = object(value, 'unsigned', ['localTime', 'tool'])
  const time = text(members.localTime, 'unsigned.localTime', 24, 24)
  const localTime = new Date(time)
  if (Number.isNaN(localTime.getTime()) || localTime.toISOString() !== time) {
    fail('invalid-value', `expected a time like 2026-01-31T12:00:00.000Z in unsigned.localTime`)
  }
  return { localTime, tool: text(members.tool, 'unsigned.tool', 0, 256) }
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

/** Members of an object, which has all the required ones and none that is unknown. */
function object(
  value: unknown,
  path: string,
  required: readonly string[],
  optional: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  if (!isObject(value)) fail('invalid-value', `expected an object in ${path}`)
  const where = path === '' ? '' : ` in ${path}`
  for (const name of Object.keys(value)) {
    if (!required.includes(name) && !optional.includes(name)) {
      fail('invalid-value', `unknown member ${excerpt(name)}${where}`)
    }
  }
  const missing = required.find((name) => !Object.hasOwn(value, name))
  if (missing !== undefined) fail('invalid-value', `missing member "${missing}"${where}`)
  return value
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function array(value: unknown, path: string, min: number, max: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length < min || value.length > max) {
    fail('invalid-value', `expected a list of at least ${min} and at most ${max} in ${path}`)
  }
  return value
}

/** Bounds count UTF-8 bytes. */
function text(value: unknown, path: string, min: number, max: number): string {
  if (typeof value !== 'string') fail('invalid-value', `expected a string in ${path}`)
  const { length } = value.length > max ? value : utf8(value)
  if (length < min || length > max) {
    fail('invalid-length', `expected ${min} to ${max} bytes in ${path}, got ${length}`)
  }
  // Half a surrogate pair has no UTF-8: as U+FFFD it would be a second name with the same bytes
  if (/\p{Surrogate}/u.test(value)) fail('invalid-value', `expected Unicode text in ${path}`)
  return value
}

function integer(value: unknown, path: string, min: number, max: number): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    fail('invalid-value', `expected an integer from ${min} to ${max} in ${path}`)
  }
  return value as number
}

function digest(value: unknown, path: string): Uint8Array {
  const bytes = typeof value === 'string' && value.length === 64 ? fromHex(value) : undefined
  return bytes ?? fail('invalid-value', `expected 64 lower-case hex digits in ${path}`)
}

function binary(value: unknown, path: string): Uint8Array {
  const longest = MESSAGE_HEADER_LENGTH + MAX_MESSAGE
  if (typeof value === 'string' && value.length > 4 * Math.ceil(longest / 3)) {
    fail('too-large', `expected at most ${longest} bytes in ${path}`)
  }
  const bytes = typeof value === 'string' ? fromBase64(value) : undefined
  return bytes ?? fail('invalid-value', `expected canonical base64 in ${path}`)
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return at
}

/** Never of what a value holds: lists may be nested deeper than the stack. */
function excerpt(value: unknown): string {
  if (typeof value !== 'string') return Array.isArray(value) ? 'a list' : typeof value
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value)
}

function fail(code: DecodeErrorCode, message: string): never {
  throw new DecodeError(code, 'SignedStatement', 0, message)
}
