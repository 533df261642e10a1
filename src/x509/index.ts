// X.509 certificates (RFC 5280): reading, paths, host names, and what is stapled to them.

export { type Budget, BudgetExceeded, openBudget, type Spend, signatureCost } from './budget.ts'
export { type Certificate, decodeCertificate, spkiOf, tryDecodeCertificate } from './certificate.ts'
export { decodeOnce, describePath } from './decoded-cache.ts'
export {
  type CertificateDescription,
  certificateLine,
  describeCertificate,
  describeSpki,
  fingerprintOf,
  keyOf,
} from './describe.ts'
export { type MatchedName, matchedName, matchesHost, parseHost } from './identity.ts'
export { describeName } from './names.ts'
export { type CertificateStatus, decodeOcspResponse, type OcspStatus } from './ocsp.ts'
export { malformedEndEntity, type PathInput, type PathResult, validatePath } from './path.ts'
export type { PathCode } from './path-code.ts'
export { certificatesOfFile, type PassOver } from './pem.ts'
export { embeddedScts, isSctV1 } from './sct.ts'
