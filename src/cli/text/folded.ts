// Lines on a terminal, folded here and not by it: what a terminal folds may begin a line with whatever a name holds. Pure.

/** A line that is never folded: a command, which would not be one any more when it is copied. */
export function whole(line: string): string {
  return `${WHOLE}${line}`
}

/** The text without what `whole` marks its lines with. */
export function unmarked(text: string): string {
  return text.replaceAll(WHOLE, '')
}

/**
 * A line in pieces no wider than `width`, parted at spaces where it can be. All but the first stand in from the margin by
 * `margin` columns: where the last column of the line begins, unless given. Colours take no room.
 */
export function folded(
  line: string,
  width: number,
  margin: number = columnOf(line, width),
): string {
  if (line.startsWith(WHOLE)) return line
  const room = width - Math.min(margin, width >> 1)
  const text = line
    .replace(INSTANT, (time) => time.replaceAll(' ', NO_BREAK))
    .replace(DIGEST, (note) => (note.length <= room ? note.replaceAll(' ', NO_BREAK) : note))
  let [rest, indent] = [text, '']
  const pieces: string[] = []
  for (
    let end = fit(rest, width, margin);
    end < rest.length;
    end = fit(rest, width - indent.length, 0)
  ) {
    pieces.push(`${indent}${rest.slice(0, end)}`)
    rest = rest.slice(end).trimStart()
    indent = ' '.repeat(Math.min(margin, width >> 1))
  }
  return [...pieces, `${indent}${rest}`].join('\n').replaceAll(NO_BREAK, ' ')
}

/**
 * Where the text of a line goes on: behind a prefix, or in the last column that begins in its left half. What no column
 * precedes stands in further than the line itself, so that no piece looks like a line of its own.
 */
function columnOf(line: string, width: number): number {
  const plain = line.replace(COLOUR, '')
  const [prefix] = PREFIX.exec(plain) ?? []
  if (prefix !== undefined) return prefix.length
  const gaps = [...plain.matchAll(GAP)].map(({ index, 0: gap }) => index + gap.length)
  const column = gaps.filter((end) => end <= MOST).at(-1) ?? 0
  const least = gaps.length > 1 || column >= MARGIN ? column : column + HANGING
  // A word that would fit in no piece, such as a digest, is moved to the left rather than cut
  const longest = Math.max(
    ...plain
      .slice(column)
      .split(' ')
      .map(({ length }) => length),
  )
  return longest <= width - HANGING ? Math.max(HANGING, Math.min(least, width - longest)) : least
}

/** How much of a line to show in `width` columns: all of it, or up to the last space that is not in its title. */
function fit(line: string, width: number, margin: number): number {
  if (2 * line.length <= width) return line.length
  let [column, gap] = [0, 0]
  for (const { 0: token, index } of line.matchAll(TOKEN)) {
    if (token === ' ' && column >= margin && line[index - 1] !== ' ') gap = index
    column += widthOf(token)
    if (column > width) return gap > 0 ? gap : Math.max(index, 1)
  }
  return line.length
}

/** Columns, at most: of what may be wide it counts two. */
function widthOf(token: string): number {
  if (token.length > 2) return 0
  return (token.codePointAt(0) as number) < 0x1100 ? 1 : 2
}

/** Before a line that stays whole: an invisible character, which reports spell out where it comes from outside. */
const WHOLE = '\u2060'

/** A time as reports have it, which stays in one piece. */
const INSTANT = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g

/** A space where no line is parted: reports spell out those that come from outside. */
const NO_BREAK = '\u00a0'

// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one
const COLOUR = /\u001b\[\d+m/g

/** A colour or a character. */
const TOKEN = new RegExp(`${COLOUR.source}|.`, 'gsu')

/** What stands in parentheses up to a digest. */
const DIGEST = /\([^()]*[0-9a-f]{64}\)/g

/** What begins a line of standard error. */
const PREFIX = /^(?:tls-stamp: error|hint): /
/** What parts columns. */
const GAP = / {2,}(?=[^ ])/g

/** Columns that the titles of rows take. */
const MARGIN = 16
/** Where the last column begins at most. */
const MOST = 40
/** Columns by which pieces stand in when the line has none. */
const HANGING = 4
