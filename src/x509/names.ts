// Names in certificates: distinguished names, walked strictly, normalised to compare by, and told to people (RFC 5280
// §4.1.2.4, §7.1, RFC 4514); and GeneralName, the names of subjectAltName and of name constraints (RFC 5280 §4.2.1.6).

import { DerReader, printable, TAG, type Tlv, toHex } from '../encoding/index.ts'

/** AttributeTypeAndValue. */
export interface NameAttribute {
  /** Dotted OID. */
  readonly type: string
  readonly value: Tlv
}

// Name ::= SEQUENCE OF RelativeDistinguishedName
// RelativeDistinguishedName ::= SET SIZE (1..MAX) OF AttributeTypeAndValue
// AttributeTypeAndValue ::= SEQUENCE { type OBJECT IDENTIFIER, value ANY }
/**
 * The attributes of a DER Name, one list per relative distinguished name, in the order of encoding.
 * @param base offset of these bytes in the outermost ones, for errors
 * @throws DecodeError
 */
export function decodeName(name: Uint8Array, base = 0): NameAttribute[][] {
  const outer = new DerReader('Name', name, base)
  const rdns = outer.sequence('rdnSequence')
  outer.end()
  return rdns.list((sequence) => {
    const set = sequence.enter(TAG.set, 'rdn')
    if (set.left === 0) set.fail('invalid-length', 'expected at least 1 attribute, got 0')
    return set.list((attributes) => {
      const attribute = attributes.sequence('attribute')
      const type = attribute.oid('type')
      const value = attribute.any('value')
      attribute.end()
      return { type, value }
    })
  })
}

/** Whether a DER Name has no attributes at all. */
export function isEmptyName(name: Uint8Array): boolean {
  return name.length === 2
}

/**
 * Text of a DER Name in the manner of RFC 4514: last attribute first, special characters escaped, well-formed Unicode,
 * at most 512 characters, or `most`, and a mark of omission. Control characters stay in; whoever prints it escapes them.
 * @throws DecodeError when the bytes are not a Name; those of a decoded certificate always are.
 */
export function describeName(name: Uint8Array, most = MAX_DESCRIPTION): string {
  const parts: string[] = []
  let length = 0
  for (const rdn of decodeName(name).reverse()) {
    const text = rdn.map(describeAttribute).join('+')
    parts.push(text)
    length += text.length
    if (length > most) break
  }
  return clip(parts.join(','), most)
}

/** The text of a DER Name in a message: printable, in one line, and at most about a hundred characters. */
export function shownName(name: Uint8Array): string {
  return printable(describeName(name, MAX_SHOWN))
}

/**
 * One comparison key per relative distinguished name. Names match when their keys do (RFC 5280 §7.1, with NFKC, lower
 * case and folded white space in place of the whole of RFC 4518). Undefined when a value is longer than any real one:
 * the time of Unicode normalization grows with its square.
 */
export function normalizeName(name: Uint8Array): string[] | undefined {
  const keys: string[] = []
  for (const rdn of decodeName(name)) {
    const attributes = rdn.map(normalizeAttribute)
    if (attributes.includes(undefined)) return undefined
    keys.push(attributes.sort().join('\0'))
  }
  return keys
}

/** Values of the emailAddress attributes of a DER Name (RFC 5280 §4.1.2.6). */
export function emailAddressesOf(name: Uint8Array): string[] {
  return decodeName(name)
    .flat()
    .filter(({ type }) => type === EMAIL_ADDRESS)
    .map(({ value }) => textOf(value) ?? '')
}

function normalizeAttribute({ type, value }: NameAttribute): string | undefined {
  const text = textOf(value)
  if (text === undefined) return `${type}#${toHex(value.encoded)}`
  const folded = text.trim().replace(/\s+/g, ' ')
  if (folded.length > MAX_COMPARED) return undefined
  return `${type}=${folded.normalize('NFKC').toLowerCase()}`
}

function describeAttribute({ type, value }: NameAttribute): string {
  const label = SHORT_NAMES.get(type) ?? type
  const { content } = value
  const head =
    content.length > 2 * MAX_DESCRIPTION
      ? { ...value, content: content.subarray(0, 2 * MAX_DESCRIPTION) }
      : value
  const text = textOf(head)
  if (text === undefined) return `${label}=#${toHex(value.encoded.subarray(0, MAX_DESCRIPTION))}`
  // RFC 4514 §2.4: these characters, a leading "#" or space, and a trailing space
  const escaped = clip(text, MAX_DESCRIPTION)
    .replace(/["+,;<>\\]/g, '\\$&')
    .replace(/\0/g, '\\00')
    .replace(/^[# ]/, '\\$&')
    .replace(/([^\\]) $/, '$1\\ ')
  return `${label}=${escaped}`
}

/** Text of a directory string, with U+FFFD for what is not text; undefined for other types. */
function textOf({ tag, content }: Tlv): string | undefined {
  switch (tag) {
    case TAG.utf8String:
    case TAG.printableString:
    case TAG.ia5String:
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(content)
    case TAG.teletexString:
      return Array.from(content, (octet) => String.fromCharCode(octet)).join('')
    case TAG.bmpString:
      return new TextDecoder('utf-16be', { ignoreBOM: true }).decode(content)
    default:
      return undefined
  }
}

/** At most `length` characters, never half a surrogate pair. */
function clip(text: string, length: number): string {
  if (text.length <= length) return text
  const end = /[\ud800-\udbff]/.test(text.charAt(length - 1)) ? length - 1 : length
  return `${text.slice(0, end)}…`
}

const MAX_DESCRIPTION = 512
const MAX_SHOWN = 100
const MAX_COMPARED = 256
const EMAIL_ADDRESS = '1.2.840.113549.1.9.1'

const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  [EMAIL_ADDRESS, 'emailAddress'],
])

export type GeneralName =
  /** As presented: any ASCII, not yet known to be a host name; may be a wildcard. */
  | { readonly type: 'dns'; readonly name: string }
  /** 4 or 16 bytes in a certificate that is right; twice as many in a name constraint. */
  | { readonly type: 'ip'; readonly address: Uint8Array }
  | { readonly type: 'email'; readonly address: string }
  | { readonly type: 'uri'; readonly uri: string }
  /** A DER Name. */
  | { readonly type: 'directory'; readonly name: Uint8Array }
  /** otherName (0), x400Address (3), ediPartyName (5) or registeredID (8). */
  | { readonly type: 'other'; readonly choice: number }

// GeneralName ::= CHOICE {
//   otherName [0] OtherName, rfc822Name [1] IA5String, dNSName [2] IA5String, x400Address [3] ORAddress,
//   directoryName [4] Name, ediPartyName [5] EDIPartyName, uniformResourceIdentifier [6] IA5String,
//   iPAddress [7] OCTET STRING, registeredID [8] OBJECT IDENTIFIER }
/** The next GeneralName. @throws DecodeError */
export function decodeGeneralName(reader: DerReader): GeneralName {
  const at = reader.offset
  const { tag, content, offset } = reader.any('generalName')
  switch (tag) {
    case TAG.context(1):
      return { type: 'email', address: ia5(reader, content, offset) }
    case TAG.context(2):
      return { type: 'dns', name: ia5(reader, content, offset) }
    case TAG.contextConstructed(4):
      decodeName(content, offset)
      return { type: 'directory', name: content }
    case TAG.context(6):
      return { type: 'uri', uri: ia5(reader, content, offset) }
    case TAG.context(7):
      return { type: 'ip', address: content }
    case TAG.contextConstructed(0):
    case TAG.contextConstructed(3):
    case TAG.contextConstructed(5):
    case TAG.context(8):
      return { type: 'other', choice: tag & 0x1f }
    default:
      return reader.fail(
        'invalid-value',
        `expected a GeneralName, got tag 0x${tag.toString(16)}`,
        at,
      )
  }
}

function ia5(reader: DerReader, content: Uint8Array, offset: number): string {
  const bad = content.findIndex((octet) => octet >= 0x80)
  if (bad >= 0)
    reader.fail('invalid-value', 'expected an IA5String, got an octet above 7f', offset + bad)
  return Array.from(content, (octet) => String.fromCharCode(octet)).join('')
}
