// What a test server presents: one private key and the certificates that go with it, in the forms that servers read.

import type { KeyObject } from 'node:crypto'
import { type Minted, type TestPki, toPem } from './mint.ts'

export interface EndEntity {
  readonly privateKey: KeyObject
  /** DER, the end entity's certificate first, then what it was issued with; no trust anchor. */
  readonly certificates: readonly Uint8Array[]
  /** PKCS#8 PEM. */
  readonly keyPem: string
  /** The certificates as PEM, in the same order. */
  readonly chainPem: string
}

/** One end entity that presents its own certificate and these intermediates. */
export function endEntity(own: Minted, ...intermediates: readonly Minted[]): EndEntity {
  const certificates = [own, ...intermediates].map((minted) => minted.der)
  return {
    privateKey: own.key.privateKey,
    certificates,
    keyPem: own.keyPem,
    chainPem: certificates.map((der) => toPem(der)).join(''),
  }
}

/** The end entities of a test PKI, in its order, each with the intermediate. */
export function endEntities<Keys extends readonly unknown[]>({
  endEntities: minted,
  intermediate,
}: TestPki<Keys>): { -readonly [Key in keyof Keys]: EndEntity } {
  const each: readonly Minted[] = minted
  return each.map((own) => endEntity(own, intermediate)) as {
    -readonly [Key in keyof Keys]: EndEntity
  }
}
