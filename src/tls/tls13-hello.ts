// What the hellos of TLS 1.3 say to each other: version, key share, and the second try after a HelloRetryRequest
// (RFC 8446 §4.1, §4.2.1, §4.2.2, §4.2.8).

import { sha256 } from '@noble/hashes/sha2.js'
import { equal, Reader, utf8 } from '../encoding/index.ts'
import type { HandshakeError } from '../errors.ts'
import { tls13Cipher } from './cipher-suites.ts'
import type { KeyShareEntry } from './client-hello.ts'
import {
  type ClientHello,
  decodeClientHello,
  type Extension,
  type ServerHello,
} from './messages.ts'
import {
  CURVE_POINT_LENGTH,
  cipherSuiteName,
  EXTENSION,
  extensionName,
  groupName,
  VERSION,
  versionName,
} from './registry.ts'
import { incompatible, misbehaving } from './transcript.ts'

/** A ClientHello that offers TLS 1.3. */
export interface Tls13Offer extends ClientHello {
  readonly keyShares: readonly KeyShareEntry[]
  readonly cookie: Uint8Array | undefined
}

/** What a HelloRetryRequest wants in the second ClientHello: at least one of both. */
export interface Retry {
  readonly cipherSuite: number
  readonly group: number | undefined
  readonly cookie: Uint8Array | undefined
}

/** Throws DecodeError, and HandshakeError for a ClientHello that does not offer TLS 1.3. */
export function readTls13Offer(message: Uint8Array): Tls13Offer {
  const hello = decodeClientHello(message)
  if (hello.version !== VERSION.tls12 || !offeredVersions(hello).includes(VERSION.tls13)) {
    throw misbehaving('the client did not offer TLS 1.3')
  }
  const keyShares = readContent(hello, EXTENSION.key_share, (reader) =>
    readEnded(reader.sub(2, 'client_shares'), (list) => list.list(readShare)),
  )
  if (!keyShares || !hello.groups || !hello.signatureSchemes) {
    throw misbehaving('the client left out key_share, supported_groups or signature_algorithms')
  }
  return { ...hello, keyShares, cookie: readCookie(hello) }
}

/** Whether a random is the one that makes a ServerHello a HelloRetryRequest (RFC 8446 §4.1.3). */
export function isRetryRandom(random: Uint8Array): boolean {
  return random[0] === 0xcf && equal(random, sha256(utf8('HelloRetryRequest')))
}

/** ProtocolVersion versions<2..254>; of a ClientHello, none when it has no such extension. */
export function offeredVersions(hello: ClientHello): readonly number[] {
  const read = (reader: Reader): number[] =>
    readEnded(reader.sub(1, 'versions', 2), (list) => list.list((r) => r.u16('version')))
  return readContent(hello, EXTENSION.supported_versions, read) ?? []
}

/** ProtocolVersion selected_version; of a ServerHello, undefined when it has no such extension. */
export function selectedVersion(answer: ServerHello): number | undefined {
  return readContent(answer, EXTENSION.supported_versions, (reader) =>
    reader.u16('selected_version'),
  )
}

/** Gives the server's key share. Throws for a ServerHello that does not answer this ClientHello, or is a HelloRetryRequest. */
export function checkTls13Answer(offer: Tls13Offer, answer: ServerHello): KeyShareEntry {
  if (isRetryRandom(answer.random)) throw misbehaving('the server sent a second HelloRetryRequest')
  checkChoices(offer, answer, ANSWER_EXTENSIONS)
  const share = readContent(answer, EXTENSION.key_share, readShare)
  if (share === undefined) throw misbehaving('the server sent no key_share', MISSING_EXTENSION)
  const { group, keyExchange } = share
  const name = groupName(group)
  if (!offer.keyShares.some((own) => own.group === group) || !offer.groups?.includes(group)) {
    throw misbehaving(`the server chose group ${name}, which was not offered`)
  }
  const length = CURVE_POINT_LENGTH.get(name)
  if (length === undefined) throw incompatible(`the server chose group ${name}`)
  if (keyExchange.length !== length || (length % 2 === 1 && keyExchange[0] !== 4)) {
    throw misbehaving(`the server's key share is not a point on ${name}`)
  }
  return share
}

/** Throws for a HelloRetryRequest that does not answer this ClientHello, or that changes nothing in it. */
export function readRetry(offer: Tls13Offer, answer: ServerHello): Retry {
  if (!isRetryRandom(answer.random))
    throw misbehaving('the server sent a HelloRetryRequest with a wrong random')
  checkChoices(offer, answer, RETRY_EXTENSIONS)
  const group = readContent(answer, EXTENSION.key_share, (reader) => reader.u16('selected_group'))
  const cookie = readCookie(answer)
  if (group === undefined && cookie === undefined) {
    throw misbehaving('the server sent a HelloRetryRequest that requests no change')
  }
  if (group !== undefined && !offer.groups?.includes(group)) {
    throw misbehaving(`the server chose group ${groupName(group)}, which was not offered`)
  }
  if (offer.keyShares.some((own) => own.group === group)) {
    throw misbehaving(
      `the server asked for a key share of ${groupName(group ?? 0)}, which it already had`,
    )
  }
  return { cipherSuite: answer.cipherSuite, group, cookie }
}

/** Refuses a second ClientHello that is not the first one with what the server asked for (RFC 8446 §4.1.2). */
export function checkSecondHello(first: Tls13Offer, retry: Retry, second: Tls13Offer): void {
  const before = first.extensions.filter(isKept)
  const after = second.extensions.filter(isKept)
  const isSame =
    equal(first.random, second.random) &&
    equal(first.sessionId, second.sessionId) &&
    String(first.cipherSuites) === String(second.cipherSuites) &&
    before.length === after.length &&
    before.every(({ type, content }, i) => {
      const other = after[i]
      return other !== undefined && other.type === type && equal(other.content, content)
    })
  if (!isSame) throw misbehaving('the client changed its ClientHello after the HelloRetryRequest')
  const groups = second.keyShares.map(({ group }) => group)
  const wanted =
    retry.group === undefined ? first.keyShares.map(({ group }) => group) : [retry.group]
  if (String(groups) !== String(wanted) || !isSameCookie(retry.cookie, second.cookie)) {
    throw misbehaving('the client did not do what the HelloRetryRequest asked for')
  }
}

function isKept({ type }: Extension): boolean {
  return !CHANGEABLE.includes(type)
}

/** Refuses a second answer that takes back what the HelloRetryRequest chose (RFC 8446 §4.1.4). */
export function checkKept(retry: Retry, answer: ServerHello, { group }: KeyShareEntry): void {
  if (answer.cipherSuite !== retry.cipherSuite) {
    throw misbehaving('the server changed its cipher suite after its HelloRetryRequest')
  }
  if (retry.group !== undefined && retry.group !== group) {
    throw misbehaving('the server changed its group after its HelloRetryRequest')
  }
}

/** Refuses extensions that the client did not offer (RFC 8446 §4.2). */
export function checkOffered(offer: ClientHello, extensions: readonly Extension[]): void {
  const offered = new Set(offer.extensions.map(({ type }) => type))
  for (const { type } of extensions) {
    if (!offered.has(type)) {
      const message = `the server sent ${extensionName(type)}, which was not offered`
      throw misbehaving(message, UNSUPPORTED_EXTENSION)
    }
  }
}

/** What a ServerHello and a HelloRetryRequest have to be alike. */
function checkChoices(offer: Tls13Offer, answer: ServerHello, allowed: readonly number[]): void {
  const version = selectedVersion(answer)
  if (version === undefined && answer.version <= VERSION.tls12) throw otherVersion(answer.version)
  if (answer.version !== VERSION.tls12 || version !== VERSION.tls13) {
    throw misbehaving(
      `the server chose ${versionName(version ?? answer.version)}, which was not offered`,
    )
  }
  if (!equal(answer.sessionId, offer.sessionId)) {
    throw misbehaving('the server did not echo the session_id')
  }
  if (answer.compression !== 0) {
    throw misbehaving(`the server chose compression method ${answer.compression}`)
  }
  const { cipherSuite } = answer
  const suite = cipherSuiteName(cipherSuite)
  if (!offer.cipherSuites.includes(cipherSuite)) {
    throw misbehaving(`the server chose ${suite}, which was not offered`)
  }
  if (!tls13Cipher(cipherSuite)) throw misbehaving(`the server chose ${suite} in TLS 1.3`)
  for (const { type } of answer.extensions) {
    if (!allowed.includes(type)) {
      const message = `the server sent ${extensionName(type)} in ServerHello`
      throw misbehaving(message, UNSUPPORTED_EXTENSION)
    }
  }
}

function otherVersion(version: number): HandshakeError {
  return incompatible(
    `the server speaks ${versionName(version)}, not ${versionName(VERSION.tls13)}`,
  )
}

/** opaque cookie<1..2^16-1>; */
function readCookie(hello: ClientHello | ServerHello): Uint8Array | undefined {
  return readContent(hello, EXTENSION.cookie, (reader) => reader.opaque(2, 'cookie', 1))
}

function isSameCookie(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one && other ? equal(one, other) : one === other
}

function readShare(reader: Reader): KeyShareEntry {
  const group = reader.u16('group', groupName)
  return { group, keyExchange: reader.opaque(2, 'key_exchange', 1) }
}

function readContent<T>(
  hello: ClientHello | ServerHello,
  type: number,
  read: (reader: Reader) => T,
): T | undefined {
  const extension = extensionOf(hello, type)
  if (extension === undefined) return undefined
  return readEnded(new Reader(extensionName(type), extension.content), read)
}

function readEnded<T>(reader: Reader, read: (reader: Reader) => T): T {
  const value = read(reader)
  reader.end()
  return value
}

function extensionOf(hello: ClientHello | ServerHello, wanted: number): Extension | undefined {
  return hello.extensions.find(({ type }) => type === wanted)
}

/** In which messages extensions may be (RFC 8446 §4.2): here those without pre_shared_key, which nobody is offered. */
const ANSWER_EXTENSIONS: readonly number[] = [EXTENSION.supported_versions, EXTENSION.key_share]
const RETRY_EXTENSIONS: readonly number[] = [...ANSWER_EXTENSIONS, EXTENSION.cookie]

/** What a second ClientHello may have in another form, or not at all: early_data and pre_shared_key with them. */
const CHANGEABLE: readonly number[] = [
  EXTENSION.key_share,
  EXTENSION.cookie,
  EXTENSION.padding,
  EXTENSION.pre_shared_key,
  EXTENSION.early_data,
]

/** AlertDescription: missing_extension, unsupported_extension (RFC 8446 §6.2). */
const MISSING_EXTENSION = 109
const UNSUPPORTED_EXTENSION = 110
