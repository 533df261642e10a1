// What has happened to one of toytls's three files, which are binary, when they no longer make a signature that verifies.

import { DerReader } from '../encoding/index.ts'
import { DecodeError, tryDecode } from '../errors.ts'
import { decodeSpki, describeKey, type VerifySignature } from '../signature/index.ts'
import type { Damage } from '../statement/index.ts'
import { spkiOf } from '../x509/index.ts'
import { decodeToytls, type ToytlsFiles } from './formats.ts'
import { describeOldStatement } from './verify.ts'

type Part = keyof ToytlsFiles

/** The file that is damaged, and how: it is cut off, or without what a text tool put into it the signature verifies. */
export function damageOfToytls(
  files: ToytlsFiles,
  verifySignature: VerifySignature,
): { readonly part: Part; readonly damage: Damage } | undefined {
  const empty = PARTS.find((part) => files[part].length === 0)
  if (empty) return { part: empty, damage: 'empty' }
  const isWhole = (changed: ToytlsFiles): boolean =>
    isOneValue(changed.certificate) &&
    tryDecode(() => describeOldStatement(decodeToytls(changed), verifySignature).scheme) != null
  if (isWhole(files)) return undefined
  for (const [damage, undo] of UNDOING) {
    for (const changed of mended(files, undo)) {
      if (!isWhole(changed)) continue
      const part = PARTS.find((one) => changed[one] !== files[one]) as Part
      return { part, damage }
    }
  }
  const cut = PARTS.find((part) => isCut(part, files))
  return cut && { part: cut, damage: 'unfinished' }
}

/** The files with one, two or all of them mended, where that changes something. */
function* mended(
  files: ToytlsFiles,
  undo: (bytes: Uint8Array) => Uint8Array,
): Generator<ToytlsFiles> {
  const others = PARTS.map((part) => [part, undo(files[part])] as const).filter(
    ([part, bytes]) => bytes.length < files[part].length,
  )
  for (let set = 1; set < 2 ** others.length; set++) {
    yield { ...files, ...Object.fromEntries(others.filter((_, i) => (set >> i) & 1)) }
  }
}

function isCut(part: Part, files: ToytlsFiles): boolean {
  if (part === 'bytes') return isTruncated(() => decodeToytls(files))
  const bits = part === 'signature' ? rsaBits(files.certificate) : undefined
  if (bits !== undefined) return files[part].length < bits / 8
  return isTruncated(() => new DerReader(part, files[part]).any(part))
}

function isOneValue(der: Uint8Array): boolean {
  const reader = new DerReader('certificate', der)
  return tryDecode(() => reader.any('certificate')) !== undefined && reader.left === 0
}

function isTruncated(decode: () => unknown): boolean {
  try {
    decode()
    return false
  } catch (error) {
    return error instanceof DecodeError && error.code === 'truncated'
  }
}

function rsaBits(certificate: Uint8Array): number | undefined {
  const spki = spkiOf(certificate)
  const key = spki && tryDecode(() => describeKey(decodeSpki(spki)))
  const bits = /^RSA-(\d+)$/.exec(key ?? '')?.[1]
  return bits === undefined ? undefined : Number(bits)
}

function withoutReturns(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte, i) => byte !== CARRIAGE_RETURN || bytes[i + 1] !== LINE_FEED)
}

function withoutMark(bytes: Uint8Array): Uint8Array {
  return BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte) ? bytes.subarray(3) : bytes
}

const UNDOING: readonly (readonly [Damage, (bytes: Uint8Array) => Uint8Array])[] = [
  ['carriage-returns', withoutReturns],
  ['byte-order-mark', withoutMark],
]
const PARTS: readonly Part[] = ['bytes', 'signature', 'certificate']
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
