// GeneralName: the names of subjectAltName and of name constraints (RFC 5280 §4.2.1.6).

import { type DerReader, TAG } from '../encoding/index.ts'
import { decodeName } from './names.ts'

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
