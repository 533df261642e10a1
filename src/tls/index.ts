// TLS 1.0 to 1.2 on the wire (RFC 5246): records, messages, transcripts, and the client without I/O.

export { isRc4, type SuiteCipher, suiteCipher, suiteCodes } from './cipher-suites.ts'
export { HandshakeClient } from './client.ts'
export {
  encodeClientHello,
  GROUPS,
  type HelloOptions,
  SIGNATURE_SCHEMES,
  SIGNING_SUITES,
} from './client-hello.ts'
export {
  append,
  blame,
  nextMessage,
  nextRecord,
  openReceiveBuffer,
  type ReceiveBuffer,
  received,
} from './deframer.ts'
export { expandExtensions } from './extensions.ts'
export { type HelloAnswer, openHelloExchange } from './hello-client.ts'
export {
  decodeParams,
  decodeServerKeyExchange,
  type KeyShare,
  type ServerKeyExchange,
  signedBytes,
} from './key-exchange.ts'
export {
  decodeAlert,
  decodeChangeCipherSpec,
  decodeFinished,
  encodeClientKeyExchange,
  encodeEmptyCertificate,
  encodeFinished,
  traceMessage,
} from './later-messages.ts'
export {
  decodeCertificateMessage,
  decodeCertificateStatus,
  decodeClientHello,
  decodeServerHello,
  decodeServerHelloDone,
  type Extension,
  MAX_MESSAGE,
  MESSAGE_HEADER_LENGTH,
  type ServerHello,
  serverTimeOf,
} from './messages.ts'
export {
  encodeRecord,
  MAX_PLAINTEXT,
  RECORD_HEADER_LENGTH,
  readRecord,
  type TlsRecord,
} from './record.ts'
export {
  alertLevelName,
  alertName,
  CONTENT_TYPE,
  cipherSuiteName,
  contentTypeName,
  EXTENSION,
  groupName,
  HANDSHAKE_TYPE,
  handshakeName,
  type KeyExchange,
  signatureSchemeName,
  suiteKind,
  TLS_VERSIONS,
  type TlsVersion,
  VERSION,
  versionCode,
  versionName,
} from './registry.ts'
export {
  announcesStatus,
  checkAnswer,
  type Handshake,
  incompatible,
  misbehaving,
  readTranscript,
  type Transcript,
} from './transcript.ts'
