// The certification path of a server here and now: unlike that of a statement it is judged by this machine's clock, which may
// be wrong.

import { instant } from '../encoding/index.ts'
import { type PathInput, type PathResult, validatePath } from '../x509/index.ts'

/** Looks for a path that is valid at the time of this machine's clock. A failure that may be that clock's names it. */
export function pathNow(input: PathInput): PathResult {
  const result = validatePath(input)
  if (result.outcome === 'pass') return result
  const { code, message } = result
  if (code !== 'not-yet-valid' && code !== 'expired') return result
  const now = shownSecond(input.time)
  const clock =
    code === 'not-yet-valid'
      ? `the time here is ${now}: check this machine's clock`
      : `this machine's clock shows ${now}`
  return { ...result, message: `${message}, and ${clock}` }
}

/** "2026-11-22 12:00:00 UTC", whatever the milliseconds are. */
export function shownSecond(time: Date): string {
  return instant(new Date(Math.floor(time.getTime() / 1000) * 1000))
}
