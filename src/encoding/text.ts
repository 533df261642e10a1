// Words and instants as every surface writes them, plain strings without colour or markup.

/**
 * Text from outside that can neither act nor be mistaken for ours: control, format, bidirectional and invisible characters
 * are spelled out, and all white space but single spaces between words, so that no name paints a line of its own.
 */
export function printable(text: string): string {
  return text.replace(MISTAKABLE, (run) =>
    Array.from(run, (char) => `\\u{${(char.codePointAt(0) as number).toString(16)}}`).join(''),
  )
}

/** "2026-11-22 12:00:00 UTC". */
export function instant(date: Date | null): string {
  return date ? date.toISOString().replace('T', ' ').replace('.000Z', ' UTC') : 'an unknown time'
}

/** "1 byte", "2 rounds". */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** "a", "a and b", "a, b and c". */
export function listed(names: readonly string[]): string {
  const [last = '', ...others] = [...names].reverse()
  return others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`
}

/** "a, b and 7 more": the first `most` names, and how many are left out. */
export function listedUpTo(most: number, names: readonly string[]): string {
  const more = names.length - most
  return `${names.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** "example.org:443", or the host alone when the port is not known. */
export function address({ host, port }: Readonly<{ host: string; port: number }>): string {
  if (port === 0) return host
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** "192.0.2.1", or "2001:db8::1" in the manner of RFC 5952 §4 without its mixed notation: of 4 or 16 bytes. */
export function ipText(bytes: Uint8Array): string {
  return bytes.length === 4 ? bytes.join('.') : ipv6Text(bytes)
}

/** The first longest run of zero groups, if it has two or more, becomes "::" (RFC 5952 §4.2). */
function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  )
  let run = { start: 0, length: 1 }
  let start = 0
  for (const [i, group] of groups.entries()) {
    if (group !== '0') start = i + 1
    else if (i + 1 - start > run.length) run = { start, length: i + 1 - start }
  }
  if (run.length < 2) return groups.join(':')
  const [before, after] = [groups.slice(0, run.start), groups.slice(run.start + run.length)]
  return `${before.join(':')}::${after.join(':')}`
}

/** U+2800, a braille pattern without dots, is a space to the eye alone. */
const MISTAKABLE =
  /(?! )[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}\u{2800}]|^ +| +$| {2,}/gu
