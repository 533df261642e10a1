// The codes of path validation's failures: stable, for callers to branch on and for SPEC.md to list.

/** One line of meaning per code. */
export const PATH_CODES = {
  'malformed-certificate':
    'a certificate that every path needs, or its key, is malformed: not strict DER of RFC 5280',
  'unknown-issuer': 'no trust anchor and no certificate that was sent has the name of an issuer',
  'bad-signature': "the signature on a certificate does not verify with its issuer's key",
  expired: 'the time is after notAfter of a certificate',
  'not-yet-valid': 'the time is before notBefore of a certificate',
  'not-a-ca': 'an issuer is not a CA, by its version, basicConstraints or keyUsage',
  'path-too-long':
    'the path has more intermediate certificates than pathLenConstraint or the caller allows',
  'key-usage': 'keyUsage does not allow what a key is used for',
  'extended-key-usage': 'extKeyUsage does not allow TLS servers',
  'name-constraints': 'a name violates the name constraints of a CA, or these are unreadable',
  'unknown-critical-extension': 'a certificate has a critical extension that is not supported',
  'profile-violation': 'a certificate breaks a rule of RFC 5280, such as one on criticality',
  'weak-key': 'a key is weak, or its algorithm or curve is not supported',
  'weak-algorithm': 'a certificate is signed with an algorithm that is not accepted, such as SHA-1',
  'host-mismatch': 'the certificate of the server does not name the host',
  'budget-exceeded': 'path validation takes more work than any honest input needs',
} as const

export type PathCode = keyof typeof PATH_CODES

/** Why a certificate or a path is refused. Names from certificates in the message are made printable. */
export interface Fault {
  readonly code: PathCode
  readonly message: string
}
