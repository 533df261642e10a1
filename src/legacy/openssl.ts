// The lines of shell by which anybody checks toytls's files with openssl, od and date alone.

/**
 * Writes the commands: first for the signature, then for what was signed and the time, then for the certificate. The
 * signature verifies by `scheme`.
 */
export function opensslCommands(path: string, scheme: string): readonly string[] {
  const [bytes, signature, certificate] = ['.bytes', '.signature', '.certificate.der'].map(
    (ending) => quoted(`${path}${ending}`),
  )
  const key = `openssl x509 -inform DER -in ${certificate} -noout -pubkey`
  return [
    `${key} | ${verifying(scheme, `${signature}`, `${bytes}`)}`,
    `od -A n -v -t x1 -N 32 ${bytes}`,
    `date -u -d @$((0x$(od -A n -t x1 -j 32 -N 4 ${bytes} | tr -d ' ')))`,
    `openssl x509 -inform DER -in ${certificate} -noout -text`,
  ]
}

function verifying(scheme: string, signature: string, bytes: string): string {
  if (/^ed/.test(scheme)) {
    return `openssl pkeyutl -verify -pubin -inkey /dev/stdin -rawin -in ${bytes} -sigfile ${signature}`
  }
  const hash = /_md5_sha1$/.test(scheme) ? 'md5-sha1' : scheme.replace(/.*_/, '')
  const padding = scheme.startsWith('rsa_pss_')
    ? ' -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest'
    : ''
  return `openssl dgst -${hash}${padding} -verify /dev/stdin -signature ${signature} ${bytes}`
}

/** Quotes a path so that sh reads it back, and no program takes it for an option. */
function quoted(path: string): string {
  const operand = path.startsWith('-') ? `./${path}` : path
  return /^[\w./+:@%-]+$/.test(operand) ? operand : `'${operand.replaceAll("'", `'\\''`)}'`
}
