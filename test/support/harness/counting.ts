// Counts the work that a program does, for tests that hold it in bounds: the same number on any machine, busy or idle.
//
// V8 counts each block of each function of ours that is run, in functions that it compiles after this module was loaded:
// so a test file imports this one before all others. What is counted runs unoptimized, so these are files of their own.

import assert from 'node:assert/strict'
import { Session } from 'node:inspector'

const SOURCES = new URL('../../../src/', import.meta.url).href

const session = new Session()
session.connect()
ask('Profiler.enable')
ask('Profiler.startPreciseCoverage', { callCount: true, detailed: true })

interface Script {
  readonly url: string
  readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[]
}

/** The session is this thread's own, so that answers are there at once. */
function ask(method: string, parameters?: object): unknown {
  let answer: unknown
  session.post(method, parameters, (error, result) => {
    if (error) throw new Error(`expected ${method}: ${error.message}`)
    answer = result
  })
  return answer
}

/** Blocks run, in sources and in packages, since this was last asked. */
function blocksRun(): number {
  const { result } = ask('Profiler.takePreciseCoverage') as { result: readonly Script[] }
  return result
    .filter(({ url }) => url.startsWith(SOURCES) || url.includes('/node_modules/'))
    .flatMap(({ functions }) => functions)
    .flatMap(({ ranges }) => ranges)
    .reduce((sum, { count }) => sum + count, 0)
}

type Method = (this: { readonly length: number }, ...args: unknown[]) => unknown
type Steps = (
  self: { readonly length: number },
  result: unknown,
  args: readonly unknown[],
) => number

const ofItself: Steps = ({ length }) => length
const ofResult: Steps = (_self, result) => (result as ArrayLike<unknown>).length
const ofSquare: Steps = ({ length }) => length ** 2
const ofArgument: Steps = (_self, _result, [source]) => (source as ArrayLike<unknown>).length
const ofSearch: Steps = ({ length }, result, [, from = 0]) =>
  Math.max(0, (result === -1 ? length : Number(result)) - Number(from))

const bytes = Object.getPrototypeOf(Uint8Array.prototype) as object
/** What goes through a list in one call, which is one block to V8: whose method, and the elements that it goes through. */
const LOOPS: readonly (readonly [object, string, Steps])[] = [
  [bytes, 'set', ofArgument],
  [bytes, 'slice', ofResult],
  [bytes, 'fill', ofItself],
  [bytes, 'copyWithin', ofItself],
  [bytes, 'indexOf', ofSearch],
  [bytes, 'includes', ofItself],
  [Array.prototype, 'slice', ofResult],
  [Array.prototype, 'concat', ofResult],
  [Array.prototype, 'splice', ofItself],
  [Array.prototype, 'shift', ofItself],
  [Array.prototype, 'unshift', ofItself],
  [Array.prototype, 'fill', ofItself],
  [Array.prototype, 'indexOf', ofSearch],
  [Array.prototype, 'includes', ofItself],
  [String.prototype, 'indexOf', ofSearch],
  // Sorts combining marks by comparing each with each.
  [String.prototype, 'normalize', ofSquare],
]

/** The work of one run: blocks run, and elements that built-in methods went through. */
export function workOf(run: () => unknown): number {
  let elements = 0
  const originals = LOOPS.map(([owner, name, steps]) => {
    const original = Reflect.get(owner, name) as Method
    Reflect.set(owner, name, function counted(this: { length: number }, ...args: unknown[]) {
      const self = this.length
      const result = original.apply(this, args)
      elements += steps({ length: self }, result, args)
      return result
    })
    return original
  })
  blocksRun()
  try {
    run()
  } finally {
    for (const [i, [owner, name]] of LOOPS.entries()) Reflect.set(owner, name, originals[i])
  }
  return blocksRun() + elements
}

/**
 * Holds work at twice the size to less than 2.4 times as much: in proportion it is twice, or a little more where there is
 * sorting, and the square is four times. The size is to be large enough for the square to show.
 */
export function assertLinear<Input>(
  work: (input: Input) => void,
  make: (scale: 1 | 2) => Input,
): void {
  const [short, long] = [make(1), make(2)]
  // What is done once, such as tables, and is no part of either.
  work(short)
  const [once, twice] = [short, long].map((input) => workOf(() => work(input))) as [number, number]
  assert.ok(once > 0, 'expected work, and nothing was counted')
  const ratio = twice / once
  assert.ok(ratio < 2.4, `twice the size takes ${ratio.toFixed(2)} times the work, ${twice} steps`)
}
