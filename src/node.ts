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
} from './node/create.ts'
export { digestFile, type Progress } from './node/files.ts'
export { verifySignatureNative } from './node/native-signature.ts'
export { type HttpProxy, parseProxy, proxyFor } from './node/proxy.ts'
export { readTrustAnchors, systemTrustAnchors } from './node/trust.ts'
