// What the operating system has: files, sockets, proxies, trust anchors, and node:crypto.

export {
  type Address,
  type Connection,
  type Exchange,
  openConnection,
  runExchange,
  runHandshake,
} from './connect.ts'
export {
  appendText,
  digestEachOnce,
  digestFile,
  digestStream,
  hashIntoNative,
  isTemporary,
  type Progress,
  readBounded,
  readStream,
  type WholeFile,
  writeAll,
  writeWhole,
} from './files.ts'
export { type HttpProxy, parseProxy, proxyFor } from './proxy.ts'
export { verifySignatureNative } from './signature.ts'
export { makeAeadNative, makeKeyPairNative, recordCiphersNative } from './tls-cryptography.ts'
export {
  MAX_ANCHORS,
  readTrustAnchors,
  systemTrustAnchors,
  trustAnchorsIn,
} from './trust.ts'
