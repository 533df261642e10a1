// Signature verification over noble and forge: the portable backend and the reference (RFC 5246 §7.4.3, RFC 8446 §4.2.3).

/** Answers whether `signature` over `message` verifies under the key in `spki`. An unknown scheme throws RangeError. */
export type VerifySignature = (
  scheme: string,
  spki: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean

/** Portable signature verification: noble for curves, forge for the RSA public operation. */
export function verifySignature(
  _scheme: string,
  _spki: Uint8Array,
  _message: Uint8Array,
  _signature: Uint8Array,
): boolean {
  throw new Error('being written')
}
