// The codes of path validation's failures: stable, for callers to branch on and for SPEC.md to list.

/** One line of meaning per code. */
export const PATH_CODES = {
  'malformed-certificate':
    'a certificate that every path needs, or its key, is not strict DER of RFC 5280',
  'unknown-issuer': 'no trust anchor and no intermediate certificate has the name of an issuer',
  'bad-signature': 'a certificate with the name of the issuer does not verify the signature',
  expired: 'the time is after notAfter of a certificate',
  'not-yet-valid': 'the time is before notBefore of a certificate',
  'not-a-ca': 'an issuer is not a CA: its version, basicConstraints or contradicting key usage',
  'path-too-long': 'more intermediates than pathLenConstraint or the caller allows',
  'key-usage': 'keyUsage does not allow what the key is used for',
  'extended-key-usage': 'extKeyUsage does not allow TLS servers',
  'name-constraints':
    'a name is outside the name constraints of a CA above, or these cannot be read',
  'unknown-critical-extension': 'a critical extension that this library does not process',
  'profile-violation': 'a certificate breaks a rule of RFC 5280 for contents, such as criticality',
  'weak-key': 'a key below 2048 bits RSA, or of an algorithm or curve outside the list',
  'weak-algorithm': 'a signature algorithm outside the list, such as SHA-1',
  'host-mismatch': 'the end entity certificate does not name the host',
  'budget-exceeded': 'finding a path takes more work than any honest input needs',
} as const

export type PathCode = keyof typeof PATH_CODES

/** Why a certificate or a path is refused. Names from certificates in the message are made printable. */
export interface Fault {
  readonly code: PathCode
  readonly message: string
}
