// Decodes certificate extensions, each strictly by its own syntax (RFC 5280 §4.2).

import { DerReader, TAG } from '../encoding/index.ts'
import { decodeGeneralName, type GeneralName } from './names.ts'

export interface Extension {
  /** Dotted OID. */
  readonly id: string
  readonly critical: boolean
  /** Content of extnValue: the DER of the extension's own type. */
  readonly value: Uint8Array
}

export interface BasicConstraints {
  readonly ca: boolean
  readonly pathLength: number | undefined
}

export type KeyUsage =
  | 'digitalSignature'
  | 'nonRepudiation'
  | 'keyEncipherment'
  | 'dataEncipherment'
  | 'keyAgreement'
  | 'keyCertSign'
  | 'cRLSign'
  | 'encipherOnly'
  | 'decipherOnly'

export interface NameConstraints {
  readonly permitted: readonly GeneralName[]
  readonly excluded: readonly GeneralName[]
}

/** The extensions that this library reads; undefined (empty for unknownCritical) when the certificate has none. */
export interface Extensions {
  readonly all: readonly Extension[]
  readonly basicConstraints: BasicConstraints | undefined
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined
  /** Dotted OIDs, in order. */
  readonly extKeyUsage: readonly string[] | undefined
  readonly subjectAltName: readonly GeneralName[] | undefined
  readonly nameConstraints: NameConstraints | undefined
  readonly authorityKeyIdentifier: Uint8Array | undefined
  readonly subjectKeyIdentifier: Uint8Array | undefined
  /** OIDs of critical extensions that path validation does not process (RFC 5280 §4.2: reject). */
  readonly unknownCritical: readonly string[]
}

/** OIDs of the extensions (RFC 5280 §4.2.1, §4.2.2). */
export const EXTENSION = {
  subjectDirectoryAttributes: '2.5.29.9',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extKeyUsage: '2.5.29.37',
  freshestCrl: '2.5.29.46',
  inhibitAnyPolicy: '2.5.29.54',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  subjectInfoAccess: '1.3.6.1.5.5.7.1.11',
} as const

// Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension
/** Reads a list of extensions. @throws DecodeError also for one that is malformed, and for a second one of its kind */
export function decodeExtensions(reader: DerReader): Extensions {
  const list = reader.sequence('extensions')
  if (list.left === 0) list.fail('invalid-length', 'expected at least 1 extension, got 0')
  const readers = new Map<string, DerReader>()
  const all = list.list((sequence) => {
    const at = sequence.offset
    const [extension, value] = decodeExtension(sequence)
    if (readers.has(extension.id)) list.fail('invalid-value', `${extension.id} is there twice`, at)
    readers.set(extension.id, value)
    return extension
  })
  const read = <T>(id: string, decode: (value: DerReader) => T): T | undefined => {
    const value = readers.get(id)
    if (value === undefined) return undefined
    const decoded = decode(value)
    value.end()
    return decoded
  }
  read(EXTENSION.authorityInfoAccess, checkAccessDescriptions)
  read(EXTENSION.subjectInfoAccess, checkAccessDescriptions)
  read(EXTENSION.certificatePolicies, checkPolicies)
  return {
    all,
    basicConstraints: read(EXTENSION.basicConstraints, decodeBasicConstraints),
    keyUsage: read(EXTENSION.keyUsage, decodeKeyUsage),
    extKeyUsage: read(EXTENSION.extKeyUsage, decodeExtKeyUsage),
    subjectAltName: read(EXTENSION.subjectAltName, decodeGeneralNames),
    nameConstraints: read(EXTENSION.nameConstraints, decodeNameConstraints),
    authorityKeyIdentifier: read(EXTENSION.authorityKeyIdentifier, decodeAuthorityKeyIdentifier),
    subjectKeyIdentifier: read(EXTENSION.subjectKeyIdentifier, (value) =>
      value.octetString('keyIdentifier'),
    ),
    unknownCritical: all
      .filter(({ id, critical }) => critical && !PROCESSED.has(id))
      .map(({ id }) => id),
  }
}

/** What stands for the extensions of a certificate that has none. */
export const NO_EXTENSIONS: Extensions = {
  all: [],
  basicConstraints: undefined,
  keyUsage: undefined,
  extKeyUsage: undefined,
  subjectAltName: undefined,
  nameConstraints: undefined,
  authorityKeyIdentifier: undefined,
  subjectKeyIdentifier: undefined,
  unknownCritical: [],
}

// Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }
function decodeExtension(sequence: DerReader): [Extension, DerReader] {
  const reader = sequence.sequence('extension')
  const id = reader.oid('extnID')
  const critical = reader.peek() === TAG.boolean
  if (critical && !reader.boolean('critical')) {
    reader.fail('not-canonical', 'critical FALSE is the default and must be absent')
  }
  const { content: value, offset } = reader.tlv(TAG.octetString, 'extnValue')
  reader.end()
  return [{ id, critical, value }, new DerReader(`Extension ${id}`, value, offset)]
}

// BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL }
function decodeBasicConstraints(value: DerReader): BasicConstraints {
  const reader = value.sequence('basicConstraints')
  const ca = reader.peek() === TAG.boolean
  if (ca && !reader.boolean('cA')) {
    reader.fail('not-canonical', 'cA FALSE is the default and must be absent')
  }
  const pathLength = reader.left > 0 ? reader.smallInteger('pathLenConstraint') : undefined
  reader.end()
  return { ca, pathLength }
}

// KeyUsage ::= BIT STRING; at least one bit is set
function decodeKeyUsage(value: DerReader): ReadonlySet<KeyUsage> {
  const bits = value.namedBits('keyUsage')
  if (bits.size === 0) value.fail('invalid-value', 'expected at least 1 usage, got 0')
  return new Set(KEY_USAGES.filter((_, bit) => bits.has(bit)))
}

// ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF KeyPurposeId
function decodeExtKeyUsage(value: DerReader): string[] {
  return nonEmpty(value, 'extKeyUsage', (reader) => reader.oid('keyPurposeId'))
}

// GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName
function decodeGeneralNames(value: DerReader): GeneralName[] {
  return nonEmpty(value, 'generalNames', decodeGeneralName)
}

// NameConstraints ::= SEQUENCE { permittedSubtrees [0] GeneralSubtrees OPTIONAL, excludedSubtrees [1] GeneralSubtrees OPTIONAL }
function decodeNameConstraints(value: DerReader): NameConstraints {
  const reader = value.sequence('nameConstraints')
  if (reader.left === 0)
    reader.fail('invalid-length', 'expected at least 1 list of subtrees, got 0')
  const permitted = decodeSubtrees(reader, 0, 'permittedSubtrees')
  const excluded = decodeSubtrees(reader, 1, 'excludedSubtrees')
  reader.end()
  return { permitted, excluded }
}

// GeneralSubtrees ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE {
//   base GeneralName, minimum [0] BaseDistance DEFAULT 0, maximum [1] BaseDistance OPTIONAL }
/** RFC 5280 §4.2.1.10: minimum must be 0, so absent in DER, and maximum must be absent. */
function decodeSubtrees(constraints: DerReader, tag: number, field: string): GeneralName[] {
  if (constraints.peek() !== TAG.contextConstructed(tag)) return []
  return nonEmpty(
    constraints,
    field,
    (subtrees) => {
      const subtree = subtrees.sequence('generalSubtree')
      const base = decodeGeneralName(subtree)
      subtree.end()
      return base
    },
    TAG.contextConstructed(tag),
  )
}

// AuthorityKeyIdentifier ::= SEQUENCE {
//   keyIdentifier [0] OCTET STRING OPTIONAL,
//   authorityCertIssuer [1] GeneralNames OPTIONAL, authorityCertSerialNumber [2] INTEGER OPTIONAL }
function decodeAuthorityKeyIdentifier(value: DerReader): Uint8Array | undefined {
  const reader = value.sequence('authorityKeyIdentifier')
  const keyIdentifier = reader.optional(TAG.context(0), 'keyIdentifier')?.content
  const issuer = reader.enterOptional(TAG.contextConstructed(1), 'authorityCertIssuer')
  issuer?.list(decodeGeneralName)
  const hasSerial = reader.peek() === TAG.context(2)
  if (hasSerial) reader.integer('authorityCertSerialNumber', TAG.context(2))
  if (hasSerial !== (issuer !== undefined)) {
    reader.fail('invalid-value', 'issuer and serial number must be both present or both absent')
  }
  reader.end()
  return keyIdentifier
}

// AuthorityInfoAccessSyntax ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }
function checkAccessDescriptions(value: DerReader): void {
  nonEmpty(value, 'accessDescriptions', (reader) => {
    const description = reader.sequence('accessDescription')
    description.oid('accessMethod')
    decodeGeneralName(description)
    description.end()
  })
}

// CertificatePolicies ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE {
//   policyIdentifier OBJECT IDENTIFIER, policyQualifiers SEQUENCE SIZE (1..MAX) OF PolicyQualifierInfo OPTIONAL }
function checkPolicies(value: DerReader): void {
  const policies = nonEmpty(value, 'certificatePolicies', (reader) => {
    const policy = reader.sequence('policyInformation')
    const id = policy.oid('policyIdentifier')
    if (policy.left > 0)
      nonEmpty(policy, 'policyQualifiers', (qualifiers) => qualifiers.any('info'))
    policy.end()
    return id
  })
  if (new Set(policies).size < policies.length) {
    value.fail('invalid-value', 'a policy is there twice')
  }
}

/** SEQUENCE SIZE (1..MAX) OF, or such a list under another tag. */
function nonEmpty<T>(
  reader: DerReader,
  field: string,
  item: (list: DerReader) => T,
  tag: number = TAG.sequence,
): T[] {
  const list = reader.enter(tag, field)
  if (list.left === 0) list.fail('invalid-length', `expected at least 1 item of ${field}, got 0`)
  return list.list(item)
}

/**
 * Critical extensions that path validation acts on. Certificate policies need no action as long as no other extension
 * demands one: the initial policy set is any-policy, and certificates with critical constraints on it are refused.
 */
const PROCESSED: ReadonlySet<string> = new Set<string>([
  EXTENSION.basicConstraints,
  EXTENSION.keyUsage,
  EXTENSION.extKeyUsage,
  EXTENSION.subjectAltName,
  EXTENSION.nameConstraints,
  EXTENSION.certificatePolicies,
  // Not acted on, but known: path validation refuses them as critical with a better reason.
  EXTENSION.authorityKeyIdentifier,
  EXTENSION.subjectKeyIdentifier,
  EXTENSION.authorityInfoAccess,
  EXTENSION.subjectInfoAccess,
])

/** By bit number (RFC 5280 §4.2.1.3). */
const KEY_USAGES: readonly KeyUsage[] = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
]
