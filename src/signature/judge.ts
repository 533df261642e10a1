// Tells a signature that is wrong from one that nothing here can verify: the same answer wherever signatures are judged.

import type { VerifySignature } from './portable.ts'
import { decodeSpki, type PublicKey } from './public-key.ts'

/** "unsupported": the scheme, or the algorithm or the curve of the key, is not supported here. */
export type SignatureJudgement = 'valid' | 'invalid' | 'unsupported'

/** @throws DecodeError when the key does not parse. */
export function judgeSignature(
  verify: VerifySignature,
  ...[scheme, spki, message, signature]: Parameters<VerifySignature>
): SignatureJudgement {
  const key = decodeSpki(spki)
  if (key.type === 'unsupported') return 'unsupported'
  try {
    const isValid = verify(scheme, spki, message, signature) && isSchemeOf(key, scheme)
    return isValid ? 'valid' : 'invalid'
  } catch (error) {
    if (error instanceof RangeError) return 'unsupported'
    throw error
  }
}

/** Tells whether the name of an RSASSA-PSS scheme fits how the key is spelled (RFC 8446 §4.2.3), which backends leave open. */
function isSchemeOf(key: PublicKey, scheme: string): boolean {
  if (key.type !== 'rsa' || !scheme.startsWith('rsa_pss_')) return true
  return scheme.startsWith('rsa_pss_pss_') === (key.pss !== undefined)
}
