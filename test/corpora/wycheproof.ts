// Wycheproof's signature vectors (testvectors_v1) as calls of verifySignature.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { signatureSchemes } from '../../src/signature/portable.ts'

/** One vector, but for those with the result "acceptable". */
export interface Vector {
  readonly id: number
  readonly comment: string
  readonly scheme: string
  readonly spki: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
  readonly valid: boolean
}

export interface VectorFile {
  readonly name: string
  /** Vectors of our schemes. */
  readonly vectors: readonly Vector[]
  /** Why other test groups of the file are left out, one reason per kind of group. */
  readonly leftOut: readonly string[]
}

/** Every JSON file of that folder, one after the other. */
export function* readVectorFiles(folder: string): Generator<VectorFile> {
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.json')) continue
    const { testGroups }: { testGroups: Group[] } = JSON.parse(
      readFileSync(join(folder, name), 'utf8'),
    )
    const leftOut = new Set<string>()
    const vectors = testGroups.flatMap((group) => {
      const scheme = schemeOf(group)
      if (scheme.startsWith('not ')) {
        leftOut.add(scheme)
        return []
      }
      return vectorsOf(group, scheme)
    })
    yield { name, vectors, leftOut: [...leftOut] }
  }
}

interface Group {
  readonly type: string
  /** SubjectPublicKeyInfo; keyDer in older files. */
  readonly publicKeyDer?: string
  readonly keyDer?: string
  readonly sha?: string
  readonly mgf?: string
  readonly mgfSha?: string
  readonly sLen?: number
  readonly publicKey?: { readonly curve?: string }
  readonly key?: { readonly curve?: string }
  readonly tests: readonly {
    readonly tcId: number
    readonly comment: string
    readonly msg: string
    readonly sig: string
    readonly result: 'valid' | 'invalid' | 'acceptable'
  }[]
}

/** The scheme of a group, or a reason that begins with "not". An unknown kind of group is an error, not a reason. */
function schemeOf(group: Group): string {
  const hash = (group.sha ?? '').replace(/^SHA-(\d+)$/, 'sha$1')
  const curve = (group.publicKey ?? group.key)?.curve ?? ''
  switch (group.type) {
    case 'EcdsaVerify':
      if (!CURVES.includes(curve)) return `not a curve of TLS here: ${curve}`
      return known(`ecdsa_${hash}`, group)
    case 'EddsaVerify':
      return known(curve.replace('edwards', 'ed'), group)
    case 'RsassaPkcs1Verify':
    case 'RsassaPkcs1Generate':
      return known(`rsa_pkcs1_${hash}`, group)
    case 'RsassaPssVerify':
    case 'RsassaPssWithParametersVerify':
      if (group.mgf !== 'MGF1' || group.mgfSha !== group.sha || group.sLen !== HASH_LENGTH[hash]) {
        return `not PSS as in TLS: ${group.sha}, ${group.mgf} of ${group.mgfSha}, salt ${group.sLen}`
      }
      return known(`rsa_pss_${isPssKey(group) ? 'pss' : 'rsae'}_${hash}`, group)
    case 'EcdsaP1363Verify':
    case 'EcdsaBitcoinVerify':
      return `not DER, or stricter than DER: ${group.type}`
    default:
      throw new Error(`unknown type of test group: ${group.type}`)
  }
}

function known(scheme: string, group: Group): string {
  if (signatureSchemes.includes(scheme)) return scheme
  if (group.sha !== undefined) return `not a hash of TLS for this algorithm: ${group.sha}`
  throw new Error(`no scheme for ${group.type}: ${scheme}`)
}

function vectorsOf(group: Group, scheme: string): Vector[] {
  const spki = bytes(group.publicKeyDer ?? group.keyDer ?? '')
  return group.tests
    .filter(({ result }) => result !== 'acceptable')
    .map(({ tcId: id, comment, msg, sig, result }) => {
      const valid = result === 'valid'
      return { id, comment, scheme, spki, message: bytes(msg), signature: bytes(sig), valid }
    })
}

function isPssKey(group: Group): boolean {
  return (group.publicKeyDer ?? group.keyDer ?? '').includes('06092a864886f70d01010a')
}

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}

const CURVES = ['secp256r1', 'secp384r1', 'secp521r1']

const HASH_LENGTH: Readonly<Record<string, number>> = { sha256: 32, sha384: 48, sha512: 64 }
