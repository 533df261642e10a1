// How much of a sweep a run does: all of it with npm run test:all, and a fixed part of it with npm test.

/** Whether nothing may be left out; test/run.ts sets it. */
export const isExhaustive: boolean = process.env.TLS_STAMP_TESTS === 'all'

/** The step of a sweep: 1 when nothing may be left out. */
export function sweepStep(usual: number): number {
  return isExhaustive ? 1 : usual
}
