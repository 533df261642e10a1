// Tells a signature that is wrong from one that nothing here can verify: the same answer wherever signatures are judged.

import type { VerifySignature } from './portable.ts'
import { decodeSpki } from './public-key.ts'

/** "unsupported": the scheme, or the algorithm or the curve of the key, is not supported here. */
export type SignatureJudgement = 'valid' | 'invalid' | 'unsupported'

/** @throws DecodeError when the key does not parse. */
export function judgeSignature(
  verify: VerifySignature,
  ...[scheme, spki, message, signature]: Parameters<VerifySignature>
): SignatureJudgement {
  if (decodeSpki(spki).type === 'unsupported') return 'unsupported'
  try {
    return verify(scheme, spki, message, signature) ? 'valid' : 'invalid'
  } catch (error) {
    if (error instanceof RangeError) return 'unsupported'
    throw error
  }
}
