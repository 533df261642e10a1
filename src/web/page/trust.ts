// Which trust anchors count, in a sentence: the reader's own may stand beside Mozilla's list or in its place.

import { wording } from '../../index.ts'
import type { Policy } from '../tasks.ts'

/** "Trusted: Mozilla’s list and 2 certificates of your own, either is enough." */
export function trustSentence({ anchors, builtIn }: Pick<Policy, 'anchors' | 'builtIn'>): string {
  const own = `${wording.counted(anchors.length, 'certificate')} of your own`
  if (builtIn) {
    return anchors.length === 0
      ? 'Trusted: Mozilla’s list, and nothing else.'
      : `Trusted: Mozilla’s list and ${own}. Either is enough.`
  }
  return anchors.length === 0
    ? 'Trusted: nobody. No certification path can be good.'
    : `Trusted: only ${own}. Mozilla’s list does not count.`
}
