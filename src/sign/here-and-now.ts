// What `sign` holds against this machine's clock, which no later reader can (SPEC.md §7): the clock of a witness, its window,
// and its certification path.

import { equal } from '../encoding/index.ts'
import { RefusalError } from '../errors.ts'
import { type Round, readRoundHandshake } from '../statement/index.ts'
import { failedPath, pathNow, shownSecond, type WitnessReport } from '../verify/index.ts'
import type { PathInput } from '../x509/index.ts'

/** The paths of one witness, by this machine's clock. */
export interface PathsNow {
  /** Why one of them is not valid; then there are no anchors. */
  readonly fault: RefusalError | undefined
  /** DER of the trust anchors that they end at. */
  readonly anchors: readonly Uint8Array[]
}

/** Judges the path of each distinct certificate list that one witness's rounds presented. */
export function pathsNow(
  rounds: readonly Round[],
  time: Date,
  trust: Pick<PathInput, 'trustAnchors' | 'verifySignature' | 'allowWeak'>,
): PathsNow {
  const { trustAnchors, verifySignature, allowWeak } = trust
  const anchors: Uint8Array[] = []
  const lists = rounds.map(({ certificate }) => certificate)
  for (const round of rounds.filter((_, i) => isFirst(i, lists))) {
    const [endEntity, ...intermediates] = readRoundHandshake(round).certificates
    const given = { endEntity, intermediates, trustAnchors, verifySignature, allowWeak }
    const result = pathNow({ ...given, time })
    if (result.outcome === 'fail') {
      return { fault: new RefusalError(result.code, failedPath(result).message), anchors: [] }
    }
    anchors.push(...result.path.slice(-1))
  }
  return { fault: undefined, anchors }
}

/** Holds what a witness shows of the time against this machine's clock: its own clock, or its window when that is all there is. */
export function wrongTime(
  { clock, rounds: [first] }: WitnessReport,
  localTime: Date,
  { maxSkew, window }: { readonly maxSkew: number; readonly window: boolean },
): RefusalError | undefined {
  if (clock === 'none' && window && first?.window) {
    const { notBefore, notAfter } = first.window
    if (notBefore <= localTime && localTime.getTime() < notAfter.getTime() + 1000) return undefined
    const bounds = `${shownSecond(notBefore)} to ${shownSecond(notAfter)}`
    const message = `this machine's clock shows ${shownSecond(localTime)}, when the server's certificates are not valid: their window is ${bounds}`
    return new RefusalError('outside-window', message)
  }
  const claimed = first?.serverTime
  if (clock !== 'corroborated' || !claimed) return undefined
  const skew = Math.round((claimed.getTime() - localTime.getTime()) / 1000)
  if (Math.abs(skew) <= maxSkew) return undefined
  const side = skew > 0 ? 'ahead of' : 'behind'
  const apart = `${Math.abs(skew)} seconds ${side} this machine's clock, which shows ${shownSecond(localTime)}`
  const message = `the server's clock shows ${shownSecond(claimed)}, ${apart}; the limit is ${maxSkew} seconds, and either clock may be wrong`
  return new RefusalError('clock-skew', message)
}

/** Tells random bytes from a clock that is wrong, as far as one round shows it. */
export function unlikelyClock(
  { rounds: [first] }: WitnessReport,
  localTime: Date,
): RefusalError | undefined {
  const time = first?.serverTime
  if (!time || Math.abs(time.getTime() - localTime.getTime()) <= LIKELY_SKEW) return undefined
  const message = `the server shows no clock: it sent ${shownSecond(time)} as the time`
  return new RefusalError('implausible', message)
}

/** Tells whether a value is not there before. */
export function isFirst(i: number, values: readonly Uint8Array[]): boolean {
  return !values.slice(0, i).some((other) => equal(other, values[i] as Uint8Array))
}

/** Milliseconds that the clocks of running servers may be off: most random bytes are years off. */
const LIKELY_SKEW = 7 * 86_400_000
