// Prints measurements, one to a line, each with what it is held against; nothing is asserted here.

/** A title over the lines that follow. */
export function heading(title: string): void {
  process.stdout.write(`\n${title}\n`)
}

export function row(what: string, value: string, note = ''): void {
  process.stdout.write(
    `  ${what.padEnd(58)}${value.padStart(12)}  ${note}\n`.replace(/ +\n$/, '\n'),
  )
}

export function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`
}

export function ratio(value: number, base: number): string {
  return `${(value / base).toFixed(2)} x`
}

/** A ratio, with the bar that it is held against, if any: the most that it should be. */
export function beside(value: number, base: number, bar?: number): string {
  if (bar === undefined) return ratio(value, base)
  return `${ratio(value, base)}, bar ${bar} x${value / base > bar ? ': MISSED' : ''}`
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** Milliseconds of one run. */
export async function time(run: () => unknown): Promise<number> {
  const start = performance.now()
  await run()
  return performance.now() - start
}

/** Median milliseconds of each, their runs taking turns so that a busy machine disturbs all alike. */
export async function interleaved<Name extends string>(
  runs: Readonly<Record<Name, () => unknown>>,
  times: number,
): Promise<Record<Name, number>> {
  const names = Object.keys(runs) as Name[]
  const taken = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let i = 0; i < times; i++) {
    for (const name of names) taken.get(name)?.push(await time(runs[name]))
  }
  return Object.fromEntries(names.map((name) => [name, median(taken.get(name) ?? [])])) as Record<
    Name,
    number
  >
}
