// Waiting for what has to happen, however long a busy machine takes: never for a length of time.

/** Resolves when the condition holds. Rejects when it does not within two minutes: then it never will. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + LONG_MS
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`expected ${condition} within two minutes`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/**
 * The first of ten results that will do, or the last: for what the product itself gives but a second, which a busy
 * machine may not have left for the other side.
 */
export async function firstGood<T>(
  attempt: () => Promise<T>,
  isGood: (result: T) => boolean,
): Promise<T> {
  for (let left = 10; ; left--) {
    const result = await attempt()
    if (left <= 1 || isGood(result)) return result
  }
}

const LONG_MS = 120_000
const POLL_MS = 5
