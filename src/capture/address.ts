// IP addresses as people write them (RFC 791, RFC 5952).

/** Text of 4 or 16 bytes. */
export function addressText(bytes: Uint8Array): string {
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
