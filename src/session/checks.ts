// What a complete handshake shows of the server: whether its keys, its signature, its certification path and its name
// hold (RFC 5246 §7.4.3, RFC 5280 §6, RFC 9525).

import { tryDecode } from '../errors.ts'
import { decodeSpki, describeKey, judgeSignature } from '../signature/index.ts'
import { verifySignatureNative } from '../system/index.ts'
import { failedPath, type Outcome, pathNow } from '../verify/index.ts'
import type { PathCode } from '../x509/index.ts'
import { matchesHost, spkiOf, tryDecodeCertificate } from '../x509/index.ts'
import type { CompleteHandshake } from './handshake.ts'

export interface SessionCheck {
  readonly id: 'finished' | 'signature' | 'path' | 'identity'
  /** "unknown": it can't be judged here. */
  readonly outcome: Outcome
  /** Stable. */
  readonly code:
    | PathCode
    | ('finished' | 'signed' | 'bad-signature' | 'unsupported-scheme' | 'key-transport' | 'trusted')
    | ('host-match' | 'not-reached')
  readonly message: string
}

export interface SessionChecks {
  /** All of them, always, in this order. */
  readonly checks: readonly SessionCheck[]
  /** End entity first, trust anchor last; as sent when no path was found. */
  readonly path: readonly Uint8Array[]
}

/** Judges the server as of `time`. The Finished messages are known to agree. */
export function checkSession(
  handshake: CompleteHandshake,
  trust: { readonly host: string; readonly trustAnchors: Uint8Array[]; readonly time: Date },
): SessionChecks {
  const { certificates } = handshake
  const [endEntity, ...intermediates] = certificates
  const { host, trustAnchors, time } = trust
  const search = { endEntity, intermediates, trustAnchors, time }
  const found = pathNow({ ...search, verifySignature: verifySignatureNative })
  const path: SessionCheck =
    found.outcome === 'pass'
      ? {
          id: 'path',
          outcome: 'pass',
          code: 'trusted',
          message: 'a certification path leads to a trust anchor and is valid now',
        }
      : { id: 'path', outcome: 'fail', code: found.code, message: failedPath(found).message }
  return {
    checks: [
      {
        id: 'finished',
        outcome: 'pass',
        code: 'finished',
        message: "the server's Finished matches the keys and all messages of the handshake",
      },
      checkSignature(handshake),
      path,
      checkIdentity(endEntity, host),
    ],
    path: found.outcome === 'pass' ? found.path : certificates,
  }
}

function checkSignature({ signed, certificates }: CompleteHandshake): SessionCheck {
  const id = 'signature'
  if (signed === undefined) {
    const message = 'RSA key transport has no signature; Finished shows that the server has the key'
    return { id, outcome: 'pass', code: 'key-transport', message }
  }
  const { scheme, signedBytes, signature, group } = signed
  const spki = spkiOf(certificates[0])
  const key = spki && tryDecode(() => decodeSpki(spki))
  if (!spki || !key) {
    const message = `${scheme} over ${group} cannot be verified: the server's key does not parse`
    return { id, outcome: 'fail', code: 'bad-signature', message }
  }
  switch (judgeSignature(verifySignatureNative, scheme, spki, signedBytes, signature)) {
    case 'valid':
      return { id, outcome: 'pass', code: 'signed', message: `${scheme} over ${group} verifies` }
    case 'invalid': {
      const message = `${scheme} over ${group} does not verify`
      return { id, outcome: 'fail', code: 'bad-signature', message }
    }
    case 'unsupported': {
      const message = `${scheme} by a key of ${describeKey(key)} is not supported`
      return { id, outcome: 'unknown', code: 'unsupported-scheme', message }
    }
  }
}

function checkIdentity(endEntity: Uint8Array, host: string): SessionCheck {
  const id = 'identity'
  const certificate = tryDecodeCertificate(endEntity)
  if (!certificate) {
    const message = 'the certificate does not parse, so it names no host'
    return { id, outcome: 'unknown', code: 'not-reached', message }
  }
  return matchesHost(certificate, host)
    ? {
        id,
        outcome: 'pass',
        code: 'host-match',
        message: `the end entity certificate names ${host}`,
      }
    : {
        id,
        outcome: 'fail',
        code: 'host-mismatch',
        message: `the end entity certificate does not name ${host}`,
      }
}
