// Why a path ends below any trust anchor: the server did not send a certificate, its root is not trusted, or it has none but
// its own.

import type { Certificate } from './certificate.ts'
import { shownName } from './names.ts'
import type { Fault } from './path-code.ts'

/** A path that goes no further, and what is known about its last certificate. */
export interface DeadEnd {
  readonly certificates: readonly [Certificate, ...Certificate[]]
  /** Whether its own key has signed it. */
  readonly isSelfSigned: boolean
  /** Whether any certificate has the name of its issuer. */
  readonly hasIssuers: boolean
}

/** Says what is missing above a path: an issuer that was not sent is likely an intermediate of an end entity, and a root of an intermediate. */
export function unknownIssuer({ certificates, isSelfSigned, hasIssuers }: DeadEnd): Fault {
  const last = certificates.at(-1) as Certificate
  const isEndEntity = certificates.length === 1
  const subject = shownName(last.subject)
  if (isSelfSigned) {
    return unknown(
      isEndEntity
        ? 'the end entity certificate is self-signed and is not a trust anchor'
        : `the path ends at the root certificate ${subject}, which is not a trust anchor`,
    )
  }
  if (hasIssuers) return unknown('the certificates that the server sent lead to no trust anchor')
  const issuer = shownName(last.issuer)
  return unknown(
    isEndEntity
      ? `the server did not send the certificate of its issuer, ${issuer}, and no trust anchor has that name`
      : `the path ends at ${subject}, whose issuer ${issuer} is not a trust anchor and was not sent`,
  )
}

function unknown(message: string): Fault {
  return { code: 'unknown-issuer', message }
}
