// The messages of TLS 1.3 that others of the handshake depend on, from a decrypted recording or as a statement stores them:
// the server's Certificate and CertificateVerify (RFC 8446 §4.4).

import type { Field } from '../encoding/index.ts'
import {
  CERTIFICATE_TYPE,
  certificateVerifyContent,
  decodeEncryptedExtensions,
  decodeTls13Certificate,
  decodeTls13CertificateVerify,
  EXTENSION,
  expandExtensions,
  HANDSHAKE_TYPE,
  isRetryRandom,
  messageHash,
  type ScheduleHash,
  signatureSchemeName,
  tls13Cipher,
  VERSION,
} from '../tls/index.ts'
import { type Reading, readOpaque, type Sender } from './message.ts'
import { negotiatedIn } from './negotiated.ts'

/** Reads one whole message; its fields are noted up to where it does not parse. Throws DecodeError. */
type Read = (message: Uint8Array, fields: Field[], seen: Reading) => void

/** What reads a message of this type in TLS 1.3; undefined when it is read as in other versions, or nothing depends on it. */
export function tls13Reader(sender: Sender, type: number, seen: Reading): Read | undefined {
  if (sender === 'client' || negotiatedIn(seen, sender).version !== VERSION.tls13) return undefined
  if (type === HANDSHAKE_TYPE.encrypted_extensions) return readEncryptedExtensions
  if (type === HANDSHAKE_TYPE.certificate) return readCertificate
  return type === HANDSHAKE_TYPE.certificate_verify ? readCertificateVerify : undefined
}

const readEncryptedExtensions: Read = (message, fields, seen) => {
  try {
    seen.encryptedExtensions = decodeEncryptedExtensions(message, fields)
  } finally {
    expandExtensions('server', fields)
  }
}

const readCertificate: Read = (message, fields, seen) => {
  const { certificateType = CERTIFICATE_TYPE.x509 } = negotiatedIn(seen, 'server')
  const isRaw = certificateType === CERTIFICATE_TYPE.raw_public_key
  if (!isRaw && certificateType !== CERTIFICATE_TYPE.x509) {
    readOpaque(message, fields)
    return
  }
  try {
    const entries = decodeTls13Certificate(message, fields, undefined, certificateType)
    if (isRaw && entries[0]) seen.rawPublicKey = entries[0].certificate
    else seen.certificates = entries.map(({ certificate }) => certificate)
    const extensions = entries[0]?.extensions ?? []
    seen.isDelegated = extensions.some(({ type }) => type === EXTENSION.delegated_credential)
  } finally {
    expandExtensions('certificate', fields)
  }
}

const readCertificateVerify: Read = (message, fields, seen) => {
  const { schemeCode, signature } = decodeTls13CertificateVerify(message, fields)
  const hash = tls13Cipher(seen.serverHello?.cipherSuite ?? 0)?.hash
  const before = hash && !seen.isDelegated ? hashedSoFar(hash, seen) : undefined
  seen.certificateVerify = {
    scheme: signatureSchemeName(schemeCode),
    signature,
    signedBytes: hash && before && certificateVerifyContent(hash, before),
  }
}

/** The messages of a transcript, as they are hashed; undefined when a hello is missing (RFC 8446 §4.4.1). */
function hashedSoFar(hash: ScheduleHash, { whole }: Reading): Uint8Array[] | undefined {
  const [first, second] = whole.client
  const [answer, ...others] = whole.server
  if (!first || !answer) return undefined
  if (!isRetryRandom(answer.subarray(RANDOM, RANDOM + 32))) return [first, answer, ...others]
  return second && [messageHash(hash, first), answer, second, ...others]
}

/** Where a hello has its random: behind header and version. */
const RANDOM = 6
