// The public API for Node.js: index.ts, and what needs a network, files and node:crypto.

export { NetworkError, type NetworkErrorCode, RefusalError } from './errors.ts'
export * from './index.ts'
export {
  type CreateOptions,
  createStatement,
  type OldVersion,
  renewStatement,
  type SigningOptions,
  type WitnessAddress,
} from './sign/sign.ts'
export { digestFile, type Progress } from './system/files.ts'
export { type HttpProxy, parseProxy, proxyFor } from './system/proxy.ts'
export { verifySignatureNative } from './system/signature.ts'
export { readTrustAnchors, systemTrustAnchors } from './system/trust.ts'
