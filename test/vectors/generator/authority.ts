// The certification authority behind the vectors: one root, one intermediate, end entities as asked.

import { type EndEntity, endEntity } from '../../support/make/end-entity.ts'
import { type CertificateSpec, mintCertificate } from '../../support/make/mint.ts'
import { HOST } from '../../support/make/statements.ts'

export const root = mintCertificate({ subject: 'Vector Root', ca: true })
export const intermediate = mintCertificate({
  subject: 'Vector Intermediate',
  issuer: root,
  ca: true,
  pathLength: 0,
})
export const trustAnchors: readonly Uint8Array[] = [root.der]

/** Ninety days around the usual time: as long as certificates live, and over when anybody reads this. */
export const NOT_BEFORE = new Date('2026-01-01T00:00:00Z')
export const NOT_AFTER = new Date('2026-03-31T23:59:59Z')

/** An end entity for the usual host with what else it sends: the intermediate unless told otherwise. */
export function issue(spec: Partial<CertificateSpec> = {}): EndEntity {
  return endEntity(mintCertificate({ ...usual, ...spec }), intermediate)
}

/** An end entity below a certificate other than the usual intermediate. */
export function issueBelow(
  issuer: ReturnType<typeof mintCertificate>,
  spec: Partial<CertificateSpec> = {},
): EndEntity {
  return endEntity(mintCertificate({ ...usual, issuer, ...spec }), issuer)
}

const usual: CertificateSpec = {
  subject: HOST,
  issuer: intermediate,
  dnsNames: [HOST],
  notBefore: NOT_BEFORE,
  notAfter: NOT_AFTER,
}

/** The end entity of all scenarios that are not about certificates: P-256. */
export const witness: EndEntity = issue()
