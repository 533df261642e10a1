// Lines on a terminal, folded here and not by it: what a terminal folds may begin a line with whatever a name holds. Pure.

/**
 * A line in pieces no wider than `width`, parted at spaces where it can be. All but the first stand in from the margin,
 * where only the values of rows begin. Colours take no room.
 */
export function folded(line: string, width: number): string {
  const pieces: string[] = []
  let [rest, indent] = [line, '']
  for (let end = fit(rest, width); end < rest.length; end = fit(rest, width - indent.length)) {
    pieces.push(`${indent}${rest.slice(0, end)}`)
    rest = rest.slice(end).trimStart()
    indent = ' '.repeat(Math.min(MARGIN, width >> 1))
  }
  return [...pieces, `${indent}${rest}`].join('\n')
}

/** How much of a line to show in `width` columns: all of it, or up to the last space that is not in its title. */
function fit(line: string, width: number): number {
  if (2 * line.length <= width) return line.length
  let [column, gap] = [0, 0]
  for (const { 0: token, index } of line.matchAll(TOKEN)) {
    if (token === ' ' && index > MARGIN && line[index - 1] !== ' ') gap = index
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

/** A colour or a character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one
const TOKEN = /\u001b\[\d+m|./gsu

/** Columns that the titles of rows take. */
const MARGIN = 16
