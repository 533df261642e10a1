// Signature schemes and public keys of TLS and X.509. The portable backend is not here, so that a bundle may do without it.

export { judgeSignature, type SignatureJudgement } from './judge.ts'
export { HASH_NAMES, MGF1, RSASSA_PSS } from './oids.ts'
export type { VerifySignature } from './portable.ts'
export {
  type Curve,
  decodeSpki,
  describeKey,
  keyIdentity,
  type PublicKey,
  type RsaPublicKey,
} from './public-key.ts'
export { emsaPkcs1 } from './rsa-encoding.ts'
export { type HashName, hashLength, prepareVerification, type Verification } from './scheme.ts'
