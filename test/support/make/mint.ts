// Mints certificates for tests with node:crypto keys (RFC 5280 §4.1), well formed by default and wrong in any one way when asked.

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import {
  bitString,
  boolean,
  context,
  contextPrimitive,
  integer,
  integerContent,
  namedBits,
  nullValue,
  octetString,
  oid,
  sequence,
  set,
  time,
  tlv,
  utf8String,
} from './asn1.ts'

/** What mintKey makes; the number is the RSA modulus size in bits. */
export type KeyKind =
  | `rsa-${number}`
  /** id-RSASSA-PSS, for end entities. */
  | `rsa-pss-${number}`
  | 'p256'
  | 'p384'
  | 'p521'
  | 'p224'
  | 'secp256k1'
  | 'ed25519'
  | 'ed448'

export interface MintedKey {
  readonly kind: KeyKind
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array
  /** PKCS#8 PEM of the private key. */
  readonly pem: string
}

export interface Minted {
  readonly der: Uint8Array
  readonly pem: string
  readonly key: MintedKey
  /** PKCS#8 PEM of the private key. */
  readonly keyPem: string
  /** The raw subject Name. */
  readonly subject: Uint8Array
}

/** A common name, attributes in order ("CN", "O", ..., or a dotted OID), or a raw Name. */
export type NameSpec = string | readonly (readonly [type: string, value: string])[] | Uint8Array

/** A GeneralName. IP text may carry a prefix length ("10.0.0.0/8"), as name constraints need. */
export type GeneralNameSpec =
  | { readonly dns: string }
  | { readonly ip: string }
  | { readonly email: string }
  | { readonly uri: string }
  | { readonly directory: NameSpec }
  | { readonly raw: Uint8Array }

export interface NameConstraintsSpec {
  readonly permitted?: readonly GeneralNameSpec[]
  readonly excluded?: readonly GeneralNameSpec[]
  /** Default true. */
  readonly critical?: boolean
}

export type KeyUsageName = keyof typeof KEY_USAGE_BITS

export interface CertificateSpec {
  readonly subject: NameSpec
  /** Default: self-signed. */
  readonly issuer?: Minted | undefined
  /** Default: a new P-256 key. */
  readonly key?: MintedKey | KeyKind
  /** Default 2020-01-01 to 2040-01-01. */
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** cA of basicConstraints; default false, then the extension is left out. */
  readonly ca?: boolean
  readonly pathLength?: number
  /** Default keyCertSign and cRLSign for a CA, digitalSignature for others; false leaves it out. */
  readonly keyUsage?: readonly KeyUsageName[] | false
  /** "serverAuth", ... or dotted OIDs. Default serverAuth for end entities, none for CAs; false leaves it out. */
  readonly extKeyUsage?: readonly string[] | false
  readonly dnsNames?: readonly string[]
  readonly ipAddresses?: readonly string[]
  /** More subjectAltName entries, after dnsNames and ipAddresses. */
  readonly altNames?: readonly GeneralNameSpec[]
  readonly nameConstraints?: NameConstraintsSpec
  /** subjectKeyIdentifier and authorityKeyIdentifier; default true. */
  readonly keyIdentifiers?: boolean
  /** Raw Extension values, appended: see `extension`. */
  readonly extensions?: readonly Uint8Array[]
  /** TLS name ("rsa_pkcs1_sha1", "rsa_pss_rsae_sha256", "ecdsa_sha384", ...); default by the issuer's key. */
  readonly signatureScheme?: string
  readonly serial?: number | bigint | Uint8Array
  /** The raw parts that take the place of well-formed ones. */
  readonly raw?: {
    /** The version number as encoded: 2 for v3. null leaves the field out (v1). */
    readonly version?: number | null
    /** Content octets of the INTEGER, as given. */
    readonly serialContent?: Uint8Array
    readonly issuer?: NameSpec
    readonly validity?: Uint8Array
    readonly spki?: Uint8Array
    readonly innerAlgorithm?: Uint8Array
    readonly outerAlgorithm?: Uint8Array
    /** The whole list of Extension values; the ones made from the other fields are dropped. null: no field at all. */
    readonly extensions?: readonly Uint8Array[] | null
    /** Goes between the SubjectPublicKeyInfo and the extensions (unique identifiers). */
    readonly beforeExtensions?: Uint8Array
    readonly signature?: Uint8Array
    /** Appended inside TBSCertificate and inside Certificate. */
    readonly tbsTrailer?: Uint8Array
    readonly trailer?: Uint8Array
  }
}

export interface TestPki<Keys extends readonly unknown[] = readonly unknown[]> {
  readonly root: Minted
  readonly intermediate: Minted
  /** One per requested key, in that order. */
  readonly endEntities: { readonly [Key in keyof Keys]: Minted }
}

/** root -> intermediate -> one end entity per key, for localhost and 127.0.0.1 unless told otherwise. */
export function mintTestPki<const Keys extends readonly (KeyKind | MintedKey)[]>(options: {
  readonly endEntityKeys: Keys
  /** Key of root and intermediate; default "p256". */
  readonly caKey?: KeyKind
  readonly dnsNames?: readonly string[]
  readonly ip?: readonly string[]
  readonly notBefore?: Date
  readonly notAfter?: Date
}): TestPki<Keys> {
  const { endEntityKeys, caKey = 'p256', dnsNames = ['localhost'], ip = ['127.0.0.1'] } = options
  const validity = {
    notBefore: options.notBefore ?? NOT_BEFORE,
    notAfter: options.notAfter ?? NOT_AFTER,
  }
  const root = mintCertificate({ subject: 'Test Root', key: caKey, ca: true, ...validity })
  const intermediate = mintCertificate({
    subject: 'Test Intermediate',
    issuer: root,
    key: caKey,
    ca: true,
    pathLength: 0,
    ...validity,
  })
  const endEntities = endEntityKeys.map((key) =>
    mintCertificate({
      subject: dnsNames[0] ?? ip[0] ?? 'end entity',
      issuer: intermediate,
      key,
      dnsNames,
      ipAddresses: ip,
      ...validity,
    }),
  )
  return { root, intermediate, endEntities: endEntities as TestPki<Keys>['endEntities'] }
}

/** A fresh key pair. RSA generation takes time: share keys between certificates of a test file. */
export function mintKey(
  kind: KeyKind,
  options: { readonly publicExponent?: number } = {},
): MintedKey {
  const { privateKey, publicKey } = generate(kind, options)
  return {
    kind,
    privateKey,
    publicKey,
    spki: Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' })),
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** One certificate. Without an issuer it signs itself. */
export function mintCertificate(spec: CertificateSpec): Minted {
  const key = typeof spec.key === 'object' ? spec.key : mintKey(spec.key ?? 'p256')
  const subject = encodeName(spec.subject)
  const signer = spec.issuer?.key ?? key
  const scheme = spec.signatureScheme ?? defaultScheme(signer)
  const algorithm = encodeAlgorithm(scheme)
  const raw = spec.raw ?? {}
  const version = raw.version === undefined ? 2 : raw.version
  const extensions = raw.extensions === undefined ? encodeExtensions(spec, key) : raw.extensions
  const tbs = sequence(
    version === null ? EMPTY : context(0, integer(version)),
    raw.serialContent ? tlv(0x02, raw.serialContent) : integer(spec.serial ?? freshSerial()),
    raw.innerAlgorithm ?? algorithm,
    raw.issuer === undefined ? (spec.issuer?.subject ?? subject) : encodeName(raw.issuer),
    raw.validity ?? sequence(time(spec.notBefore ?? NOT_BEFORE), time(spec.notAfter ?? NOT_AFTER)),
    subject,
    raw.spki ?? key.spki,
    raw.beforeExtensions ?? EMPTY,
    extensions === null ? EMPTY : context(3, sequence(...extensions)),
    raw.tbsTrailer ?? EMPTY,
  )
  const signature = raw.signature ?? signTbs(scheme, signer, tbs)
  const der = sequence(
    tbs,
    raw.outerAlgorithm ?? algorithm,
    bitString(signature),
    raw.trailer ?? EMPTY,
  )
  return { der, pem: toPem(der), key, keyPem: key.pem, subject }
}

/** The validity from the beginning of one year to that of another, in UTC. */
export function years(
  from: number,
  to: number,
): Required<Pick<CertificateSpec, 'notBefore' | 'notAfter'>> {
  return { notBefore: new Date(Date.UTC(from, 0)), notAfter: new Date(Date.UTC(to, 0)) }
}

/** Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue OCTET STRING } */
export function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  return sequence(oid(id), critical ? boolean(true) : EMPTY, octetString(value))
}

export function toPem(der: Uint8Array, label = 'CERTIFICATE'): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

/** Every certificate of a PEM text, DER, in order. */
export function fromPem(text: string): Uint8Array[] {
  return [...text.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g)].map(
    (match) => Uint8Array.from(Buffer.from(match[1] ?? '', 'base64')),
  )
}

/** Name ::= SEQUENCE OF SET OF SEQUENCE { type, UTF8String } */
export function encodeName(name: NameSpec): Uint8Array {
  if (name instanceof Uint8Array) return name
  const attributes = typeof name === 'string' ? [['CN', name] as const] : name
  return sequence(
    ...attributes.map(([type, value]) =>
      set(sequence(oid(ATTRIBUTE_OIDS[type] ?? type), utf8String(value))),
    ),
  )
}

export function encodeGeneralName(name: GeneralNameSpec): Uint8Array {
  if ('dns' in name) return contextPrimitive(2, Buffer.from(name.dns, 'latin1'))
  if ('ip' in name) return contextPrimitive(7, encodeIp(name.ip))
  if ('email' in name) return contextPrimitive(1, Buffer.from(name.email, 'latin1'))
  if ('uri' in name) return contextPrimitive(6, Buffer.from(name.uri, 'latin1'))
  if ('directory' in name) return context(4, encodeName(name.directory))
  return name.raw
}

/** AlgorithmIdentifier of a certificate signature made with this TLS scheme. */
export function encodeAlgorithm(scheme: string): Uint8Array {
  const plain = SIGNATURE_OIDS[scheme]
  if (plain) {
    return sequence(oid(plain), scheme.startsWith('rsa_') ? nullValue() : EMPTY)
  }
  const hash = scheme.slice(scheme.lastIndexOf('_') + 1)
  if (!scheme.startsWith('rsa_pss_')) throw new RangeError(`no algorithm for scheme ${scheme}`)
  const hashAlgorithm = sequence(oid(HASH_OIDS[hash] ?? ''), nullValue())
  return sequence(
    oid('1.2.840.113549.1.1.10'),
    sequence(
      context(0, hashAlgorithm),
      context(1, sequence(oid('1.2.840.113549.1.1.8'), hashAlgorithm)),
      context(2, integer(createHash(hash).digest().length)),
    ),
  )
}

function generate(
  kind: KeyKind,
  options: { readonly publicExponent?: number },
): { privateKey: KeyObject; publicKey: KeyObject } {
  if (kind.startsWith('rsa-pss-')) {
    return generateKeyPairSync('rsa-pss', { modulusLength: Number(kind.slice(8)) })
  }
  if (kind.startsWith('rsa-')) {
    return generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(4)), ...options })
  }
  if (kind === 'ed25519') return generateKeyPairSync('ed25519')
  if (kind === 'ed448') return generateKeyPairSync('ed448')
  return generateKeyPairSync('ec', { namedCurve: EC_CURVES[kind] ?? kind })
}

function defaultScheme(key: MintedKey): string {
  if (key.kind.startsWith('rsa-')) return 'rsa_pkcs1_sha256'
  if (key.kind === 'ed25519' || key.kind === 'ed448') return key.kind
  return { p384: 'ecdsa_sha384', p521: 'ecdsa_sha512' }[key.kind as string] ?? 'ecdsa_sha256'
}

function signTbs(scheme: string, signer: MintedKey, tbs: Uint8Array): Uint8Array {
  if (scheme === 'ed25519' || scheme === 'ed448') {
    return Uint8Array.from(sign(null, tbs, signer.privateKey))
  }
  const hash = scheme.slice(scheme.lastIndexOf('_') + 1)
  const padding = scheme.startsWith('rsa_pss_')
    ? { padding: 6 /* RSA_PKCS1_PSS_PADDING */, saltLength: -1 /* the hash's length */ }
    : {}
  return Uint8Array.from(sign(hash, tbs, { key: signer.privateKey, ...padding }))
}

function encodeExtensions(spec: CertificateSpec, key: MintedKey): Uint8Array[] {
  const list: Uint8Array[] = []
  const { ca = false, pathLength, nameConstraints } = spec
  if (ca) {
    const length = pathLength === undefined ? EMPTY : integer(pathLength)
    list.push(extension('2.5.29.19', true, sequence(boolean(true), length)))
  }
  const usage = spec.keyUsage ?? (ca ? ['keyCertSign', 'cRLSign'] : ['digitalSignature'])
  if (usage) {
    const bits = usage.map((name) => KEY_USAGE_BITS[name as KeyUsageName])
    list.push(extension('2.5.29.15', true, namedBits(bits)))
  }
  const purposes = spec.extKeyUsage ?? (ca ? false : ['serverAuth'])
  if (purposes) {
    const ids = purposes.map((name) => oid(PURPOSE_OIDS[name] ?? name))
    list.push(extension('2.5.29.37', false, sequence(...ids)))
  }
  const altNames = [
    ...(spec.dnsNames ?? []).map((dns) => ({ dns })),
    ...(spec.ipAddresses ?? []).map((ip) => ({ ip })),
    ...(spec.altNames ?? []),
  ]
  if (altNames.length > 0) {
    list.push(extension('2.5.29.17', false, sequence(...altNames.map(encodeGeneralName))))
  }
  if (nameConstraints) list.push(encodeNameConstraints(nameConstraints))
  if (spec.keyIdentifiers !== false) {
    list.push(extension('2.5.29.14', false, octetString(keyIdentifier(key))))
    const authority = contextPrimitive(0, keyIdentifier(spec.issuer?.key ?? key))
    if (spec.issuer) list.push(extension('2.5.29.35', false, sequence(authority)))
  }
  return [...list, ...(spec.extensions ?? [])]
}

function encodeNameConstraints(spec: NameConstraintsSpec): Uint8Array {
  const subtrees = (tag: number, names: readonly GeneralNameSpec[] | undefined): Uint8Array =>
    names ? context(tag, ...names.map((name) => sequence(encodeGeneralName(name)))) : EMPTY
  const value = sequence(subtrees(0, spec.permitted), subtrees(1, spec.excluded))
  return extension('2.5.29.30', spec.critical ?? true, value)
}

function keyIdentifier(key: MintedKey): Uint8Array {
  return Uint8Array.from(createHash('sha1').update(key.spki).digest())
}

function encodeIp(text: string): Uint8Array {
  const [address = '', prefix] = text.split('/')
  const octets = address.includes(':') ? ipv6Octets(address) : address.split('.').map(Number)
  if (prefix === undefined) return Uint8Array.from(octets)
  const mask = octets.map((_, i) => {
    const bits = Math.max(0, Math.min(8, Number(prefix) - 8 * i))
    return 0xff & ~(0xff >> bits)
  })
  return Uint8Array.from([...octets, ...mask])
}

function ipv6Octets(text: string): number[] {
  const [head = '', tail] = text.split('::')
  const groups = (part: string): number[] =>
    part ? part.split(':').map((g) => Number(`0x${g}`)) : []
  const front = groups(head)
  const back = tail === undefined ? [] : groups(tail)
  const middle = tail === undefined ? [] : Array<number>(8 - front.length - back.length).fill(0)
  return [...front, ...middle, ...back].flatMap((group) => [group >> 8, group & 0xff])
}

function freshSerial(): Uint8Array {
  const serial = Uint8Array.from(randomBytes(16))
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  return integerContent(serial)
}

const EMPTY = new Uint8Array(0)
const NOT_BEFORE = new Date('2020-01-01T00:00:00Z')
const NOT_AFTER = new Date('2040-01-01T00:00:00Z')

const EC_CURVES: Readonly<Record<string, string>> = {
  p224: 'secp224r1',
  p256: 'prime256v1',
  p384: 'secp384r1',
  p521: 'secp521r1',
}

const KEY_USAGE_BITS = {
  digitalSignature: 0,
  nonRepudiation: 1,
  keyEncipherment: 2,
  dataEncipherment: 3,
  keyAgreement: 4,
  keyCertSign: 5,
  cRLSign: 6,
} as const

const PURPOSE_OIDS: Readonly<Record<string, string>> = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
  any: '2.5.29.37.0',
}

const ATTRIBUTE_OIDS: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  emailAddress: '1.2.840.113549.1.9.1',
}

const HASH_OIDS: Readonly<Record<string, string>> = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
}

const SIGNATURE_OIDS: Readonly<Record<string, string>> = {
  rsa_pkcs1_md5: '1.2.840.113549.1.1.4',
  rsa_pkcs1_sha1: '1.2.840.113549.1.1.5',
  rsa_pkcs1_sha224: '1.2.840.113549.1.1.14',
  rsa_pkcs1_sha256: '1.2.840.113549.1.1.11',
  rsa_pkcs1_sha384: '1.2.840.113549.1.1.12',
  rsa_pkcs1_sha512: '1.2.840.113549.1.1.13',
  ecdsa_sha1: '1.2.840.10045.4.1',
  ecdsa_sha224: '1.2.840.10045.4.3.1',
  ecdsa_sha256: '1.2.840.10045.4.3.2',
  ecdsa_sha384: '1.2.840.10045.4.3.3',
  ecdsa_sha512: '1.2.840.10045.4.3.4',
  ed25519: '1.3.101.112',
  ed448: '1.3.101.113',
}
