// Bytes that are written down in hex: as xxd, hexdump -C and Wireshark print them, or as an article or a program has them.

/** The bytes of hex text; undefined when it is none. */
export function bytesOfHexText(file: Uint8Array): Uint8Array | undefined {
  const [first = 0] = file
  // Most files are none, which their first byte tells
  if (first > 0x7e || file.length > MAX_TEXT) return undefined
  const text = new TextDecoder('latin1').decode(file)
  const digits = digitsOfDump(text) ?? text.replace(/0x|\\x|[\s,:;{}"]/gi, '')
  return /^(?:[0-9a-f]{2})+$/i.test(digits)
    ? Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    : undefined
}

/** The digits of a dump, whose lines have their offset first and may have text behind them. */
function digitsOfDump(text: string): string | undefined {
  let digits = ''
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  const offsets = lines.map((line) => /^\s*([0-9a-f]{4,8})(?::\s?|\s{2,})/i.exec(line))
  for (const [i, line] of lines.entries()) {
    const [head, offset = ''] = offsets[i] ?? []
    // hexdump's last line is the length alone
    const isLast = i > 0 && i === lines.length - 1 && /^\s*[0-9a-f]{4,8}\s*$/i.test(line)
    if (isLast && Number.parseInt(line, 16) === digits.length / 2) return digits
    if (head === undefined || Number.parseInt(offset, 16) !== digits.length / 2) return undefined
    const next = Number.parseInt(/^\s*[0-9a-f]{4,8}/i.exec(lines[i + 1] ?? '')?.[0] ?? '', 16)
    const most = Number.isNaN(next) ? WIDEST : next - digits.length / 2
    const own = digitsOfLine(line.slice(head.length), most)
    if (own === '') return undefined
    digits += own
  }
  return digits
}

/** The digits of as many bytes, up to a gap; there may be one of two spaces behind the eighth byte. */
function digitsOfLine(line: string, most: number): string {
  let digits = ''
  const pair = /(\s*)([0-9a-f]{2})/iy
  for (let found = pair.exec(line); found; found = pair.exec(line)) {
    const gap = found[1]?.length ?? 0
    if (digits.length === 2 * most || gap > 2 || (gap === 2 && digits.length !== 16)) break
    digits += found[2]
  }
  return digits
}

/** Bytes of text that are looked at. */
const MAX_TEXT = 2 ** 24
/** Bytes in a line of a dump. */
const WIDEST = 256
