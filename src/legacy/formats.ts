// What the ancestors wrote (SPEC.md §10): toytls's three files and timmy's JSON. Both hold one signature made by a TLS
// server, the bytes that it signed, and its certificate: no handshake, no host, no chain of rounds.

import { fromBase64, Reader, requireModestJson } from '../encoding/index.ts'
import { DecodeError, type DecodeErrorCode, tryDecode } from '../errors.ts'
import { isTls13Round, type SignedStatement } from '../statement/index.ts'
import { decodeParams, type KeyShare, MAX_MESSAGE, readTranscript } from '../tls/index.ts'

/** What one handshake's server signed for toytls or timmy. */
export interface OldStatement {
  /** The program whose form it has. */
  readonly form: 'toytls' | 'timmy'
  /** client_random, 32 bytes: what was to be signed, a SHA-256 or (toytls) up to 32 bytes and zeros after them. */
  readonly message: Uint8Array
  readonly serverRandom: Uint8Array
  /** ServerECDHParams or ServerDHParams. */
  readonly params: Uint8Array
  readonly group: string
  /** Bits of the prime; undefined for ECDHE. */
  readonly primeBits: number | undefined
  /** client_random, server_random, params. */
  readonly signedBytes: Uint8Array
  /** As in ServerKeyExchange, without its length and, from TLS 1.2 on, without its SignatureAndHashAlgorithm. */
  readonly signature: Uint8Array
  /** DER, end entity first; toytls keeps no other. */
  readonly certificates: readonly [Uint8Array, ...Uint8Array[]]
}

/** toytls's files: PATH.bytes, PATH.signature and PATH.certificate.der. */
export interface ToytlsFiles {
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
  readonly certificate: Uint8Array
}

/** Decodes toytls's three files. Throws DecodeError. */
export function decodeToytls({ bytes, signature, certificate }: ToytlsFiles): OldStatement {
  return {
    form: 'toytls',
    ...decodeSignedBytes(bytes),
    signature: requireLength(signature, 'signature'),
    certificates: [requireLength(certificate, 'certificate')],
  }
}

/** Encodes one round of a statement as toytls would have kept it. Throws DecodeError, HandshakeError, RangeError. */
export function encodeToytls({ rounds }: SignedStatement, index = 0): ToytlsFiles {
  const round = rounds[index]
  if (round === undefined) throw new RangeError(`expected the number of a round, got ${index}`)
  if (isTls13Round(round)) throw new RangeError('expected a round of TLS 1.2 or older, got TLS 1.3')
  const { signedBytes, signature, certificates } = readTranscript(round)
  return { bytes: signedBytes, signature, certificate: certificates[0] }
}

/**
 * Decodes timmy's file: { "blob": base64 of the signed bytes, "certificates": [base64 of DER, ...], "signature": base64 },
 * each member once and no other, in any order; white space between tokens does not matter. Throws DecodeError.
 */
export function decodeTimmy(json: Uint8Array): OldStatement {
  if (json.length > MAX_OLD_STATEMENT) fail('too-large', `expected at most ${MAX_OLD_STATEMENT}`)
  const { text, value } = parseJson(json)
  if (!isTimmy(value)) fail('invalid-value', 'expected blob, certificates and signature')
  // A member twice is gone from the value, an escape is spelled out: either way this is another text
  if (JSON.stringify(value) !== text.replace(/[ \t\r\n]/g, '')) {
    fail('not-canonical', 'a member twice, or a second spelling of a value')
  }
  const [endEntity, ...others] = value.certificates.map((certificate) =>
    requireLength(binary(certificate), 'certificate'),
  )
  if (endEntity === undefined) fail('invalid-value', 'expected a certificate')
  return {
    form: 'timmy',
    ...decodeSignedBytes(binary(value.blob)),
    signature: requireLength(binary(value.signature), 'signature'),
    certificates: [endEntity, ...others],
  }
}

/** Tells whether a file that is not a signed statement is meant to be timmy's. */
export function looksLikeTimmy(json: Uint8Array): boolean {
  if (json.length > MAX_OLD_STATEMENT) return false
  return tryDecode(() => isTimmy(parseJson(json).value)) ?? false
}

/** The most bytes of any one file; certificates are what takes room. */
export const MAX_OLD_STATEMENT: number = 2 ** 20

/** struct { Random client_random; Random server_random; ServerECDHParams or ServerDHParams params; } */
function decodeSignedBytes(
  bytes: Uint8Array,
): Pick<OldStatement, 'message' | 'serverRandom' | 'params' | 'signedBytes'> &
  Pick<KeyShare, 'group' | 'primeBits'> {
  const signedBytes = Uint8Array.from(bytes)
  const reader = new Reader('SignedBytes', signedBytes)
  const message = reader.bytes(32, 'client_random')
  const serverRandom = reader.bytes(32, 'server_random')
  const params = reader.bytes(reader.left, 'params')
  const { group, primeBits } = decodeParams(params)
  return { message, serverRandom, params, group, primeBits, signedBytes }
}

interface TimmyJson {
  readonly blob: string
  readonly certificates: readonly string[]
  readonly signature: string
}

function isTimmy(value: unknown): value is TimmyJson {
  if (typeof value !== 'object' || value === null) return false
  const { blob, certificates, signature, ...others } = value as Partial<TimmyJson>
  return (
    typeof blob === 'string' &&
    typeof signature === 'string' &&
    Array.isArray(certificates) &&
    certificates.every((certificate) => typeof certificate === 'string') &&
    Object.keys(others).length === 0
  )
}

function parseJson(json: Uint8Array): { readonly text: string; readonly value: unknown } {
  requireModestJson(json)
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json)
    return { text, value: JSON.parse(text) }
  } catch {
    return fail('invalid-value', 'expected UTF-8 JSON')
  }
}

function binary(base64: string): Uint8Array {
  return fromBase64(base64) ?? fail('invalid-value', 'expected canonical base64')
}

function requireLength(bytes: Uint8Array, name: string): Uint8Array {
  if (bytes.length > 0 && bytes.length <= MAX_MESSAGE) return Uint8Array.from(bytes)
  fail('invalid-length', `expected 1 to ${MAX_MESSAGE} bytes of ${name}, got ${bytes.length}`)
}

function fail(code: DecodeErrorCode, message: string): never {
  throw new DecodeError(code, 'OldStatement', 0, message)
}
