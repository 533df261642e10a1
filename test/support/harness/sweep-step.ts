// How much of a sweep a run does: all of it where FUZZ_RUNS is set, as CI does, and a fixed part of it on a developer's machine.

/** The step of a sweep: 1 when nothing may be left out. */
export function sweepStep(usual: number): number {
  return isExhaustive ? 1 : usual
}

export const isExhaustive: boolean = process.env.FUZZ_RUNS !== undefined

/** For the `skip` option of a test that is for whole runs only. */
export const unlessExhaustive: false | string = isExhaustive
  ? false
  : 'a whole run does this: set FUZZ_RUNS'
