// Whether work grows with its size or with its square, told by this process's own time.

import assert from 'node:assert/strict'

/**
 * Holds work at 8 times the size to less than 30 times the time: the square would take 64. What disturbs a machine only
 * ever adds, so the best of several measurements counts, and one good ratio of a few is enough; the short one is
 * measured twice, since it is what makes a ratio too good.
 */
export function assertLinear<Input>(
  work: (input: Input) => void,
  make: (scale: 1 | 8) => Input,
): void {
  const [short, long] = [make(1), make(8)]
  work(short)
  const ratios: number[] = []
  for (let attempt = 0; attempt < 4; attempt++) {
    // A few milliseconds are lost in what else there is.
    const least = Math.min(processorTime(work, short), processorTime(work, short))
    const ratio = processorTime(work, long) / Math.max(2000, least)
    if (ratio < 30) return
    ratios.push(ratio)
  }
  assert.fail(
    `8 times the size takes ${ratios.map((ratio) => ratio.toFixed(1)).join(', ')} times as long`,
  )
}

/** Microseconds. */
function processorTime<Input>(work: (input: Input) => void, input: Input): number {
  const start = process.cpuUsage()
  work(input)
  return process.cpuUsage(start).user
}
