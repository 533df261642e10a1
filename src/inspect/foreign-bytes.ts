// What a file is that inspect can show nothing of.

/** In words: "no statement, TLS records or capture, but HTTP in plain text". */
export function describeBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'empty: nothing to show'
  const text = String.fromCharCode(...bytes.subarray(0, 512))
  const [, what] =
    TEXTS.find(([form]) => form.test(text)) ??
    BINARIES.find(([begins]) => begins.every((byte, i) => byte === null || byte === bytes[i])) ??
    []
  const head = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0'))
  const guess = /^[\t\r\n\x20-\x7e]*$/.test(text)
    ? 'text'
    : `something that begins with ${head.join(' ')}`
  return `no statement, TLS records or capture, but ${what ?? guess}`
}

const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/^(?:HTTP\/|GET |POST |HEAD |CONNECT |PUT |OPTIONS )/, 'HTTP in plain text'],
  [/^SSH-/, 'the banner of SSH'],
  [/^220[ -]/, 'the greeting of SMTP or FTP, in plain text'],
  [/^-----BEGIN /, 'PEM'],
  [/^\s*\{\s*"format"\s*:\s*"tls-stamp\//, 'a damaged statement without a whole round'],
  [/^\s*[{[]/, 'JSON'],
]

/** Null stands for any byte. */
const BINARIES: readonly (readonly [readonly (number | null)[], string])[] = [
  // SSL 2.0: server_hello(4), session_id_hit, certificate_type, version 0.2
  [[null, null, 4, null, 1, 0, 2], 'a ServerHello of SSL 2.0'],
  [[22, 254], 'DTLS'],
  [[0x1f, 0x8b], 'gzip'],
  [[0x30, 0x82], 'DER, perhaps a certificate'],
]
