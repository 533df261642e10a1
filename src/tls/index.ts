// TLS 1.0 to 1.3 on the wire (RFC 5246, RFC 8446): records, messages, transcripts, and the clients without I/O.

export {
  isRc4,
  type RecordIv,
  recordIvOf,
  suiteCipher,
  suiteCodes,
  tls13Cipher,
} from './cipher-suites.ts'
export { HandshakeClient } from './client.ts'
export {
  CURVE_GROUPS,
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
  applicationSecrets,
  finishedMac,
  hashMessages,
  messageHash,
  nextSecret,
  type ScheduleHash,
  type TrafficSecrets,
  trafficKeys,
} from './key-schedule.ts'
export {
  decodeAlert,
  decodeChangeCipherSpec,
  decodeFinished,
  encodeClientKeyExchange,
  encodeEmptyCertificate,
  encodeFinished,
  type Negotiated,
  traceMessage,
} from './later-messages.ts'
export {
  decodeCertificateMessage,
  decodeCertificateStatus,
  decodeClientHello,
  decodeRawPublicKey,
  decodeServerHello,
  decodeServerHelloDone,
  type Extension,
  MAX_CERTIFICATES,
  MAX_MESSAGE,
  MESSAGE_HEADER_LENGTH,
  type ServerHello,
  serverTimeOf,
} from './messages.ts'
export {
  extendedMasterSecret,
  finishedHash,
  keyBlock,
  masterSecret,
  prfHash,
  transcriptHash,
} from './prf.ts'
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
  CERTIFICATE_TYPE,
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
  cutKeyBlock,
  keyBlockLength,
  opener,
  type RecordCiphers,
  sealer,
} from './tls12-records.ts'
export { Tls13Client } from './tls13-client.ts'
export {
  type Agreed,
  type KeyPair,
  type MakeKeyPair,
  Tls13Flight,
} from './tls13-flight.ts'
export { isRetryRandom } from './tls13-hello.ts'
export {
  decodeEncryptedExtensions,
  decodeKeyUpdate,
  decodeTls13Certificate,
  decodeTls13CertificateVerify,
  decodeTls13Finished,
  encodeEmptyTls13Certificate,
  encodeKeyUpdate,
} from './tls13-messages.ts'
export {
  type MakeAead,
  openChangeCipherSpecs,
  tls13Opener,
  tls13Sealer,
  type Unprotected,
} from './tls13-records.ts'
export {
  certificateVerifyContent,
  hashedMessages,
  readTls13Transcript,
  type Tls13Transcript,
} from './tls13-transcript.ts'
export {
  announcesStatus,
  checkAnswer,
  decodeCertificates,
  type Handshake,
  incompatible,
  misbehaving,
  readTranscript,
  type Transcript,
} from './transcript.ts'
