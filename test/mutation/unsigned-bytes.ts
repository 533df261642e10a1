// Which bytes of a round's hellos nobody signed and nothing cross-checks, by the rules of SPEC.md §8: what a mutation may pass at.

import type { Field } from '../../src/encoding/presentation.ts'
import { decodeServerKeyExchange } from '../../src/tls/key-exchange.ts'
import { decodeClientHello, decodeServerHello } from '../../src/tls/messages.ts'
import { suiteKind } from '../../src/tls/registry.ts'
import type { Transcript } from '../../src/tls/transcript.ts'

/** Offsets in the message, ascending, by the part of it that they belong to. */
export type Regions = ReadonlyMap<string, readonly number[]>

/**
 * In ClientHello: client_version; the cipher suites, groups and signature schemes that the server did not choose; the
 * content of the extensions other than server_name, supported_groups and signature_algorithms; of these the type too,
 * when ServerHello does not answer it; and their length, where a longer one swallows whole extensions after it that
 * could as well be missing.
 */
export function unsignedOfClientHello(transcript: Transcript): Regions {
  const { hello, answer, exchange, clientFields, answered } = read(transcript)
  const regions = new Map<string, number[]>()
  for (const field of leaves(clientFields)) {
    const isSpare =
      field.name === 'client_version' ||
      field.name === 'extension_data' ||
      (field.name === 'cipher_suite' && value(field) !== answer.cipherSuite) ||
      (field.name === 'named_group' && value(field) !== exchange.curve) ||
      (field.name === 'signature_scheme' && value(field) !== exchange.schemeCode)
    if (isSpare) add(regions, field.name, range(field))
  }
  const extensions = extensionsOf(clientFields)
  const isNeeded = (type: number): boolean => READ.has(type) || answered.has(type)
  for (const [i, { type, typeAt, lengthAt }] of extensions.entries()) {
    if (!isNeeded(type)) add(regions, 'extension_type', [typeAt, typeAt + 1])
    if (READ.has(type)) continue
    const next = extensions[i + 1]
    if (next && !isNeeded(next.type)) add(regions, 'extension length', [lengthAt])
  }
  if (hello.sessionId.length > 0) throw new Error('expected a ClientHello without session_id')
  return regions
}

/**
 * In ServerHello: session_id; the cipher suite as far as another one that was offered has the same kind of key; the
 * content of extensions; their types as far as others were offered, status_request excepted when a CertificateStatus
 * needs it; and their length, where a longer one swallows whole extensions after it that could as well be missing.
 */
export function unsignedOfServerHello(transcript: Transcript): Regions {
  const { hello, answer, serverFields } = read(transcript)
  const regions = new Map<string, number[]>()
  for (const field of leaves(serverFields)) {
    if (field.name === 'session_id') add(regions, field.name, range(field).slice(1))
    if (field.name === 'extension_data') add(regions, field.name, range(field))
    if (field.name !== 'cipher_suite') continue
    const { signer } = suiteKind(answer.cipherSuite)
    const others = hello.cipherSuites.filter((code) => suiteKind(code).signer === signer)
    add(regions, field.name, oneByteOff(answer.cipherSuite, others, field.offset))
  }
  const isNeeded = (type: number): boolean =>
    type === STATUS_REQUEST && transcript.certificateStatus !== undefined
  const present = answer.extensions.map(({ type }) => type)
  const absent = hello.extensions.map(({ type }) => type).filter((type) => !present.includes(type))
  const extensions = extensionsOf(serverFields)
  for (const [i, { type, typeAt, lengthAt }] of extensions.entries()) {
    if (!isNeeded(type)) add(regions, 'extension_type', oneByteOff(type, absent, typeAt))
    const next = extensions[i + 1]
    if (next && !isNeeded(next.type)) add(regions, 'extension length', [lengthAt])
  }
  return regions
}

interface ExtensionPlace {
  readonly type: number
  readonly typeAt: number
  /** Of the length's second byte: one byte changed is enough for the lengths here. */
  readonly lengthAt: number
}

function read(transcript: Transcript) {
  const [clientFields, serverFields]: [Field[], Field[]] = [[], []]
  const hello = decodeClientHello(transcript.clientHello, clientFields)
  const answer = decodeServerHello(transcript.serverHello, serverFields)
  const exchange = decodeServerKeyExchange(transcript.serverKeyExchange, answer)
  const answered = new Set(answer.extensions.map(({ type }) => type))
  // renegotiation_info may come unasked (RFC 5746 §3.6)
  answered.delete(RENEGOTIATION_INFO)
  return { hello, answer, exchange, clientFields, serverFields, answered }
}

/** The fields without fields of their own, the header excepted. */
function leaves(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => (field.fields?.length ? leaves(field.fields) : [field]))
}

function extensionsOf(fields: readonly Field[]): ExtensionPlace[] {
  const list = fields.find(({ name }) => name === 'extensions')?.fields ?? []
  return list
    .filter(({ name }) => name === 'extension_type')
    .map((field) => ({ type: value(field), typeAt: field.offset, lengthAt: field.offset + 3 }))
}

/** Which of the two bytes of a code at `offset` can be changed alone so that it becomes one of `others`. */
function oneByteOff(code: number, others: readonly number[], offset: number): number[] {
  const differing = others.filter((other) => other !== code)
  const high = differing.some((other) => (other & 0xff) === (code & 0xff))
  const low = differing.some((other) => other >> 8 === code >> 8)
  return [...(high ? [offset] : []), ...(low ? [offset + 1] : [])]
}

function add(regions: Map<string, number[]>, name: string, offsets: readonly number[]): void {
  if (offsets.length > 0) regions.set(name, [...(regions.get(name) ?? []), ...offsets])
}

function range({ offset, length }: Field): number[] {
  return Array.from({ length }, (_, i) => offset + i)
}

function value({ bytes }: Field): number {
  return bytes.reduce((number, byte) => number * 256 + byte, 0)
}

/** Extensions whose content is read: server_name, supported_groups, signature_algorithms. */
const READ: ReadonlySet<number> = new Set([0x0000, 0x000a, 0x000d])
const STATUS_REQUEST = 0x0005
const RENEGOTIATION_INFO = 0xff01
