// Certificates in files: PEM with any number of them, or one in DER (RFC 7468 §5).

import { fromBase64 } from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'
import { decodeCertificate } from './certificate.ts'

/** Bytes of canonical base64, or undefined. */
export type DecodeBase64 = (base64: string) => Uint8Array | undefined

/** What is done with a certificate that is none, which is thrown otherwise; the others are given all the same. */
export type PassOver = (fault: DecodeError) => void

/**
 * Certificates of a file, as DER; `path` is what messages call it. PEM may hold none. Throws DecodeError for one that
 * does not parse, unless it is to be passed over.
 */
export function certificatesOfFile(
  bytes: Uint8Array,
  path: string,
  decode: DecodeBase64 = fromBase64,
  passOver: PassOver = refuse,
): Uint8Array[] {
  const text = new TextDecoder('latin1').decode(bytes)
  const isPem = bytes.length === 0 || text.includes('-----BEGIN ')
  const blocks = isPem ? blocksOf(text) : [{ at: 0, der: () => bytes }]
  return blocks.flatMap(({ at, der }, i) => {
    try {
      const certificate = der(path, decode)
      decodeCertificate(certificate)
      return [certificate]
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      const own = `${path} at byte ${error.offset}: `
      const what = error.message.startsWith(own)
        ? error.message.slice(own.length)
        : `not a certificate (${error.message})`
      const which = `certificate ${i + 1} of ${blocks.length}, ${lineOf(text, at)}: `
      const message = blocks.length > 1 ? `${which}${what}` : what
      passOver(new DecodeError(error.code, path, isPem ? at : error.offset, message))
      return []
    }
  })
}

/** Text around and between the blocks is allowed, and blocks of other things. Throws DecodeError for a broken block. */
export function certificatesOfPem(
  pem: string,
  path: string,
  decode: DecodeBase64 = fromBase64,
): Uint8Array[] {
  return blocksOf(pem).map(({ der }) => der(path, decode))
}
interface Block {
  /** Where it begins. */
  readonly at: number
  /** Throws DecodeError when it is broken. */
  readonly der: (path: string, decode: DecodeBase64) => Uint8Array
}

function blocksOf(pem: string): readonly Block[] {
  const blocks: Block[] = []
  for (let at = pem.indexOf(BEGIN); at >= 0; at = pem.indexOf(BEGIN, at + 1)) {
    blocks.push({ at, der: (path, decode) => readBlock(pem, at, path, decode) })
  }
  return blocks
}

function readBlock(pem: string, at: number, path: string, decode: DecodeBase64): Uint8Array {
  const start = at + BEGIN.length
  const end = pem.indexOf(END, start)
  const next = pem.indexOf(BEGIN, start)
  if (end < 0 || (next >= 0 && next < end)) {
    throw new DecodeError('truncated', path, at, 'the PEM block does not end')
  }
  const der = decode(pem.slice(start, end).replace(/\s/g, ''))
  if (der === undefined) {
    throw new DecodeError('invalid-value', path, start, 'the PEM block is not base64')
  }
  return der
}

function lineOf(text: string, at: number): string {
  return `line ${text.slice(0, at).split('\n').length}`
}

function refuse(fault: DecodeError): never {
  throw fault
}

const BEGIN = '-----BEGIN CERTIFICATE-----'
const END = '-----END CERTIFICATE-----'
