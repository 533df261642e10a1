// Bytes and texts: octet strings, the TLS presentation language, DER, JSON, and words for people.

export {
  bigInteger,
  concat,
  equal,
  fromBase64,
  fromHex,
  plainBytes,
  readHex,
  toBase64,
  toHex,
  utf8,
} from './bytes.ts'
export { DerReader, TAG, type Tlv } from './der.ts'
export {
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
  renderJson,
  requireModestJson,
} from './json.ts'
export { type Field, type Meaning, Reader, Writer } from './presentation.ts'
export { address, counted, instant, ipText, listed, listedUpTo, printable } from './text.ts'
