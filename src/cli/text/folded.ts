// Lines on a terminal, folded here and not by it: what a terminal folds may begin a line with whatever a name holds. Pure.

/**
 * A line in pieces no wider than `width`, parted at spaces where it can be. All but the first stand in from the margin,
 * by `margin` columns, where only the values of rows begin. Colours take no room.
 */
export function folded(line: string, width: number, margin: number = MARGIN): string {
  const pieces: string[] = []
  let [rest, indent] = [line.replace(INSTANT, (time) => time.replaceAll(' ', NO_BREAK)), '']
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

/** How much of a line to show in `width` columns: all of it, or up to the last space that is not in its title. */
function fit(line: string, width: number, margin: number): number {
  if (2 * line.length <= width) return line.length
  let [column, gap] = [0, 0]
  for (const { 0: token, index } of line.matchAll(TOKEN)) {
    if (token === ' ' && index > margin && line[index - 1] !== ' ') gap = index
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

/** A time as reports have it, which stays in one piece. */
const INSTANT = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g

/** A space where no line is parted: reports spell out those that come from outside. */
const NO_BREAK = '\u00a0'

/** A colour or a character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one
const TOKEN = /\u001b\[\d+m|./gsu

/** Columns that the titles of rows take. */
const MARGIN = 16
