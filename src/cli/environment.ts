// Options from the environment: TLS_STAMP_MAX_SKEW stands for --max-skew. Not by yargs' own .env, which together with strict
// options refuses the variables of other commands and of other programs, and does not say where a value came from.

import { UsageError } from './errors.ts'
import { similarNames } from './similar-names.ts'

/** What of an option says how the text of its variable is read. */
export interface Reading<Value> {
  readonly type?: string | undefined
  readonly several?: RegExp
  readonly read: (typed: unknown, shown: string) => Value
}

/** The variable that an option can be set by. */
export function variableOf(option: string): string {
  return `${PREFIX}${option.replaceAll('-', '_').toUpperCase()}`
}

/** Reads the value of an option from the text of its variable, which is not empty. Throws UsageError that names the variable. */
export function readVariable<Value>(
  { type, several, read }: Reading<Value>,
  text: string,
  variable: string,
): Value {
  const pieces = (apart: RegExp): string[] => text.split(apart).filter((piece) => piece !== '')
  const typed = several ? pieces(several) : type === 'boolean' ? isOn(text, variable) : text
  try {
    return read(typed, variable)
  } catch (error) {
    if (!(error instanceof UsageError) || error.message.includes(variable)) throw error
    throw new UsageError(`${variable}: ${error.message}`, error.hints)
  }
}

function isOn(text: string, variable: string): boolean {
  const on = ON.get(text.toLowerCase())
  if (on !== undefined) return on
  throw new UsageError(`expected ${variable} to be 1 or 0, got ${text}`)
}

/** Variables that are set and would be options, but for their names; `options` are those that there are. */
export function unknownVariables(options: readonly string[]): readonly string[] {
  const known = new Set(options.map(variableOf))
  return Object.keys(process.env).filter((name) => name.startsWith(PREFIX) && !known.has(name))
}

/** The variable that is likely to be meant by this one, if it is near any. Names as short as CA are near too many. */
export function meantBy(variable: string, options: readonly string[]): string | undefined {
  const longer = options.map(variableOf).filter((name) => name.length > PREFIX.length + 3)
  return similarNames(variable, longer)[0]
}

const PREFIX = 'TLS_STAMP_'

const ON: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['true', true],
  ['0', false],
  ['false', false],
])
