// What inspect makes of one of the things it is given.

/** One thing that was given, inspected. */
export interface Inspected {
  readonly kind: 'statement' | 'old-statement' | 'records' | 'capture' | 'unknown'
  readonly files: readonly string[]
  /** What JSON has of it. */
  readonly found: object
  /** Made when they are asked for. */
  readonly lines: () => Iterable<string>
  /** Why nothing, or not everything, could be shown; lower case, no full stop. */
  readonly fault?: string
  /** Whether there is anything to show. */
  readonly shown: boolean
}
