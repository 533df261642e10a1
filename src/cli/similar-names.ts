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
    .filter(({ slips }) => slips <= MAX_SLIPS)
    .sort((a, b) => a.slips - b.slips)
    .slice(0, MAX_SIMILAR)
    .map(({ each }) => each)
}

/** Characters to put in, leave out or change (Levenshtein); more than MAX_SLIPS is not told apart. */
function slips(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MAX_SLIPS || b.length > LONGEST) return MAX_SLIPS + 1
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}

const MAX_SIMILAR = 3
const MAX_SLIPS = 2
/** Names that slips are counted for, and their length: a hint is worth no more. */
const MAX_LOOKED_AT = 10_000
const LONGEST = 100
