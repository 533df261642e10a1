// What a user may have meant by a name that there is not.

import { basename } from 'node:path'

/** Up to three of the names: the same file in another folder first, then those that a slip or two lead to. */
export function similarNames(name: string, names: readonly string[]): string[] {
  const wanted = name.toLowerCase()
  const last = basename(wanted)
  const sameFile = names.filter((each) => basename(each.toLowerCase()) === last)
  if (sameFile.length > 0) return sameFile.slice(0, MAX_SIMILAR)
  return names
    .slice(0, MAX_LOOKED_AT)
    .map((each) => ({ each, slips: slips(wanted, each.toLowerCase()) }))
    .filter(({ slips }) => slips <= (wanted.length < LONG ? 1 : MAX_SLIPS))
    .sort((a, b) => a.slips - b.slips)
    .slice(0, MAX_SIMILAR)
    .map(({ each }) => each)
}

/** Characters to put in, leave out, change or exchange with the next (optimal string alignment); more than MAX_SLIPS is not told apart. */
function slips(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MAX_SLIPS || b.length > LONGEST) return MAX_SLIPS + 1
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  let before = row
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isExchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const exchange = isExchanged ? (before[j - 2] as number) + 1 : change
      next.push(Math.min(change, exchange, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    before = row
    row = next
  }
  return row[b.length] as number
}

const MAX_SIMILAR = 3
const MAX_SLIPS = 2
/** Characters of a name in which a second slip is likely. */
const LONG = 6
/** Names that slips are counted for, and their length: a hint is worth no more. */
const MAX_LOOKED_AT = 10_000
const LONGEST = 100
