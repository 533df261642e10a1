// What the user asked for can't be done as asked: exit code 2.

export class UsageError extends Error {
  readonly hints: readonly string[]

  /** Lower case, no full stop; at most two hints. */
  constructor(message: string, hints: readonly string[] = []) {
    super(message)
    this.name = 'UsageError'
    this.hints = hints
  }
}
