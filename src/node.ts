// The public API for Node.js: index.ts, and what needs a network, files and node:crypto.

export { NetworkError, type NetworkErrorCode, RefusalError } from './errors.ts'
export * from './index.ts'
export { type CreateOptions, createStatement, type OldVersion } from './node/create.ts'
export { digestFile, type Progress } from './node/files.ts'
export { verifySignatureNative } from './node/native-signature.ts'
export { readTrustAnchors, systemTrustAnchors } from './node/trust.ts'
