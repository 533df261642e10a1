// The public API for Node.js: index.ts, and what needs a network, files and node:crypto.

export { NetworkError, type NetworkErrorCode, RefusalError } from './errors.ts'
export * from './index.ts'
export {
  type Created,
  type CreateOptions,
  createStatement,
  type DroppedWitness,
  type OldVersion,
  renewStatement,
  type SigningOptions,
  type WitnessAddress,
} from './sign/index.ts'
export {
  digestFile,
  type HttpProxy,
  type Progress,
  parseProxy,
  proxyFor,
  readTrustAnchors,
  recordCiphersNative,
  systemTrustAnchors,
  verifySignatureNative,
} from './system/index.ts'
