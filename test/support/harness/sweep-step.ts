// How much of a sweep a run does: a fixed part of it with npm test, and else all of it.

/** Whether nothing is left out: not in a quick run, which test/run.ts makes by this variable. */
export const isExhaustive: boolean = process.env.TLS_STAMP_TESTS !== 'quick'

/** How many of these random cases to try: all of them, or a fifth. */
export function casesOf(all: number): number {
  return isExhaustive ? all : Math.ceil(all / 5)
}

/** The step of a sweep: 1 when nothing may be left out. */
export function sweepStep(usual: number): number {
  return isExhaustive ? 1 : usual
}
