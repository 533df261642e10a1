// Words and instants as every surface writes them, plain strings without colour or markup.

/** Text from outside with control, format and bidirectional characters spelled out, so that it can't act. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, (char) => {
    return `\\u{${(char.codePointAt(0) as number).toString(16)}}`
  })
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

/** "example.org:443", or the host alone when the port is not known. */
export function address({ host, port }: Readonly<{ host: string; port: number }>): string {
  if (port === 0) return host
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
